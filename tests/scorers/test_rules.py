"""Verdicts and formulas."""

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
