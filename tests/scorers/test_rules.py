"""Verdicts and formulas."""

import time

import pytest

from examgen.scorers.base import Case, Finding
from examgen.scorers.rules import SURE, UNLIKELY, formulas, opposite_verdict, verdict, with_rules, with_words
from examgen.text import Span


def covered(answer, *points, question="请判断并说明理由", before=0.5):
    found = tuple(Finding(before, 0.0, 0.9, Span(0, len(answer))) for _ in points)
    case = Case(question, points, answer)
    return [finding.covered for finding in with_rules(case, found)], opposite_verdict(case)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("错误，因为二者不同", False),
        ("这个说法不正确。", False),
        ("不一定，要看情况", False),
        ("对，先进先出", True),
        ("正确的。", True),
        ("是的", True),
        ("False, since it may be empty.", False),
        ("Yes, always.", True),
        ("因为二者有关", None),
        ("这是错误的，栈是后进先出的。", False),
        ("这种说法是错误的。", False),
        ("对于这种说法，我认为是错误的", False),
        ("答：错", False),
        ("不会，因为容量有限", False),
        ("This is not correct.", False),
        ("It isn't true, since", False),
        ("untrue", False),
        ("The right answer is false", False),
        ("No, it does not.", False),
        ("It is not wrong.", True),
        ("Not false", True),
        ("There is no doubt this is true", True),
        ("It's right because", True),
        ("这个说法不错", True),
        ("没有错误。", True),
        ("该命题成立", True),
        ("因为不同的样本来自不同分布", None),
        ("对于稀疏特征，它更快", None),
        ("出现错误时会重试", None),
        ("错误的数据要先清洗", None),
        ("the right bulb is brighter", None),
        ("nothing is lost", None),
        ("", None),
    ],
)
def test_a_verdict_is_read_from_the_opening(text, right):
    assert verdict(text) is right


def test_the_opposite_verdict_covers_nothing():
    assert covered("正确，树总是平衡的", "错误。", "树可能退化成链") == ([UNLIKELY, UNLIKELY], True)


def test_the_same_verdict_covers_its_point_only():
    assert covered("不对，要看插入的顺序", "错误。", "树可能退化成链") == ([SURE, 0.5], False)


def test_an_item_that_asks_for_no_verdict_has_none():
    assert covered("对象被回收", "计数归零时回收") == ([0.5], False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("平均移动 n/2 个", ["n/2"]),
        ("需要（2n + 1）/3", ["(2n+1)/3"]),
        ("复杂度 O(n log n)", ["o(nlogn)"]),
        (r"$\frac{2n+1}{3}$", ["(2n+1)/3"]),
        ("a = 3*(n-i+1)", ["a=3(n-i+1)"]),
        ("没有公式", []),
        ("a pre-trained model, all-reduce and/or k-fold cross-validation", []),
        ("先用 mini-batch 训练 3-5 轮", []),
        ("约为 (n-1)/2，即 n-i", ["(n-1)/2", "n-i"]),
        ("y = a x + b", ["y=ax+b"]),
        ("F=m a", ["f=ma"]),
        ("当 x≤5 时", ["x<=5"]),
        (r"$x \\geq 5$", ["x>=5"]),
        ("this is a + b", ["a+b"]),
        ("a b-tree is balanced", []),
    ],
)
def test_formulas_are_found_in_any_dress(text, found):
    assert formulas(text) == found


def test_a_point_of_formulas_is_covered_as_far_as_the_answer_holds_them():
    question = "平均移动的元素个数是多少？"

    assert covered("n/2", "平均移动的元素个数是 n/2", question=question) == ([SURE], False)
    assert covered("是 n-1", "平均移动的元素个数是 n/2", question=question) == ([0.125], False)


def test_words_of_a_point_count_without_those_of_the_question():
    case = Case("什么是负载均衡？", ("负载均衡分散请求", "负载均衡"), "负载均衡就是把请求分开发给机器")
    found = (Finding(0.5, 0.0, 0.9, Span(0, 9)), Finding(0.5, 0.0, 0.9, Span(0, 9)))

    assert [finding.words for finding in with_words(case, found)] == [0.25, 0.0]


@pytest.mark.parametrize("text", ["1." * 50_000, "." * 100_000, "a(" * 50_000, "x+" * 50_000, "错" * 100_000])
def test_a_long_answer_is_searched_in_no_time(text):
    begun = time.process_time()

    formulas(text)
    verdict(text)

    assert time.process_time() - begun < 2
