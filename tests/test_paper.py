import json
from itertools import pairwise

import pytest
from exam_samples import ITEMS, candidates, make_exam, options
from hypothesis import given
from hypothesis import strategies as st

from examgen.errors import ExamgenError, FileError
from examgen.model import Answer, Candidate, Item, KeyedItem
from examgen.paper import (
    PaperCode,
    assign_versions,
    file_stem,
    make_paper,
    mixed_orders,
    own_answer,
    own_answers,
    own_letters,
    read_candidates,
    read_keys,
    write_keys,
)
from examgen.questions import QUESTIONS, mark_answer

EXAM = make_exam("A", "B")
BY_ID = {item.id: item for item in ITEMS}
SHUFFLED = [item for item in ITEMS if own_letters(item)]


def printed(item: Item, order: tuple[str, ...], own: str) -> str:
    """What a candidate writes on a paper to mean the item's own letters."""
    means = dict(zip(order, own_letters(item), strict=True))
    return "".join(means.get(char, char) for char in own)


def test_a_paper_without_shuffling_keeps_the_order_of_the_form():
    paper = make_paper(EXAM, "B")

    assert [(item.number, item.item.id, item.orders) for item in paper.items] == [
        (number, item.id, {}) for number, item in enumerate(ITEMS, 1)
    ]
    assert paper.points == 52


def test_items_stay_in_their_section_and_numbers_run_through():
    paper = make_paper(EXAM, shuffle="all", version="A3")

    assert [section.section.id for section in paper.sections] == [s.id for s in EXAM.forms[0].sections]
    assert sorted(item.item.id for item in paper.sections[0].items) == ["batch-norm", "gap", "hash"]
    assert [item.number for item in paper.items] == list(range(1, 13))


def test_the_seed_and_the_version_decide_the_order():
    def orders(version, seed):
        paper = make_paper(EXAM, shuffle="all", version=version, seed=seed)
        return [(item.item.id, item.orders) for item in paper.items]

    assert orders("A1", 1) == orders("A1", 1)
    assert orders("A1", 1) != orders("A2", 1)
    assert orders("A1", 1) != orders("A1", 2)


def test_options_that_speak_of_the_others_stay_last():
    item = BY_ID["regular"]

    assert {mixed_orders(item, str(seed)).get("", own_letters(item))[3] for seed in range(20)} == {"D"}


def test_options_that_name_others_by_letter_are_not_mixed():
    item = Item(
        id="q",
        kind="single_choice",
        question="哪些对",
        options=options("甲", "乙", "A和B", "无", right="C"),
        max_score=1,
    )

    assert {tuple(mixed_orders(item, str(seed))) for seed in range(20)} == {()}


def test_an_ordering_item_never_shows_the_right_order():
    item = BY_ID["step"]
    shown = QUESTIONS["ordering"].shown(item)
    texts = dict(zip(own_letters(item), shown, strict=True))

    for seed in range(200):
        order = mixed_orders(item, str(seed)).get("", own_letters(item))
        assert tuple(texts[letter] for letter in order) != item.sequence


@given(st.integers(), st.sampled_from(SHUFFLED))
def test_the_right_answer_by_printed_letters_gets_full_marks(seed, item):
    orders = mixed_orders(item, str(seed))
    keyed = KeyedItem(item_id=item.id, number=1, orders=orders)
    order = orders.get("", own_letters(item))
    answer = printed(item, order, QUESTIONS[item.kind].key(item))

    assert mark_answer(item, own_answer(item, keyed, answer)).score == item.max_score


@pytest.mark.parametrize(
    ("item_id", "order", "answer", "own"),
    [
        ("gap", "DCBA", "B", "C"),
        ("gap", "DCBA", "（b）", "C"),
        ("gap", "DCBA", "过拟合", "A"),
        ("gap", "DCBA", "D. 过拟合", "A"),
        ("gap", "DCBA", "不选A", "不选A"),
        ("gap", "DCBA", "", ""),
        ("regular", "CABD", "AB", "C,A"),
        ("methods", "DCBA", "1-A, 2-B", '{"残差连接": "过拟合", "权重衰减": "深层网络难以训练"}'),
        ("methods", "DCBA", "BAD", '{"残差连接": "深层网络难以训练", "权重衰减": "过拟合", "梯度裁剪": "类别不平衡"}'),
        ("methods", "DCBA", "不会", "不会"),
        ("step", "BCDA", "B>D>A>C", '["前向传播", "计算损失", "反向传播", "更新参数"]'),
    ],
)
def test_printed_letters_turn_into_own_letters(item_id, order, answer, own):
    keyed = KeyedItem(item_id=item_id, number=1, orders={"": tuple(order)})

    assert own_answer(BY_ID[item_id], keyed, answer) == own


def test_each_part_of_a_composite_is_turned_by_its_own_order():
    keyed = KeyedItem(item_id="nan", number=1, orders={"a": ("C", "B", "A")})

    own = own_answer(BY_ID["nan"], keyed, "(1) A (2) 65504 (3) 逐层检查")

    assert json.loads(own) == {"a": "C", "b": "65504", "c": "逐层检查"}


def test_answers_of_strangers_and_to_other_items_pass_through(tmp_path):
    paper = make_paper(EXAM, shuffle="options", candidate=Candidate(candidate_id="E1"))
    write_keys(tmp_path / "keys.jsonl", [paper.key()])
    answers = [
        Answer(candidate_id="E2", item_id="gap", answer="A"),
        Answer(candidate_id="E1", item_id="unknown", answer="A"),
        Answer(candidate_id="E1", item_id="gap", answer="A", room="3"),
    ]

    own = list(own_answers(answers, read_keys(tmp_path / "keys.jsonl"), ITEMS))

    order = paper.items[0].order()
    assert own == [*answers[:2], answers[2].model_copy(update={"answer": order[0]})]


def test_a_key_holds_no_answers(tmp_path):
    paper = make_paper(EXAM, shuffle="all", candidate=Candidate(candidate_id="E1", name="王小明"))

    line = paper.key().model_dump_json()

    assert not any(word in line for word in ("correct", "points", "truth", "0.8", "王小明", "交叉熵"))


def test_two_papers_for_one_candidate_are_refused(tmp_path):
    key = make_paper(EXAM, candidate=Candidate(candidate_id="E1")).key()
    write_keys(tmp_path / "keys.jsonl", [key, key])

    with pytest.raises(FileError, match="candidate 'E1' has two papers"):
        read_keys(tmp_path / "keys.jsonl")


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.integers(1, 99))
def test_a_code_reads_back_as_it_was_written(exam_id, version, candidate_id, page):
    code = PaperCode(exam_id, version, candidate_id, page)

    assert PaperCode.read(str(code)) == code


def test_a_foreign_code_is_refused():
    with pytest.raises(ExamgenError, match="not the code of a page"):
        PaperCode.read("https://example.org/1/2/3/4")


def test_a_list_of_candidates_has_chinese_heads_and_other_columns(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes('\ufeff准考证号,姓名,班级\n001,王小明,三（2）班\n002,"Lee, A.",\n'.encode())

    assert [c.model_dump() for c in read_candidates(path)] == [
        {"candidate_id": "001", "name": "王小明", "班级": "三（2）班"},
        {"candidate_id": "002", "name": "Lee, A.", "班级": ""},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: has no column candidate_id"),
        ("name\n王\n", "1: has no column candidate_id"),
        ("candidate_id,name\n", "lists no candidates"),
        ("candidate_id,name\n1,a\n1,b\n", "3: candidate '1' is listed in line 2 already"),
        ("candidate_id,name\n,a\n", "2: candidate_id: string should have at least 1 character"),
        ("candidate_id,name\n1,a,b\n", "2: has 3 cells, the head line has 2"),
        ('candidate_id,name\n1,"a\n', "is not valid CSV"),
        ('candidate_id,name\n1,"a\nb"\n', "3: name: holds a line end or a control character"),
    ],
)
def test_a_broken_list_names_its_line(tmp_path, text, message):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(FileError) as error:
        read_candidates(path)

    assert message in str(error.value)


def test_neighbours_get_different_versions_and_all_are_used_alike():
    slots = [f"A{n}" for n in range(1, 9)]
    people = candidates(100)

    given_versions = assign_versions(people, slots, seed=3)

    row = [given_versions[candidate.candidate_id] for candidate in people]
    assert all(left != right for left, right in pairwise(row))
    assert {row.count(slot) for slot in slots} == {12, 13}
    assert given_versions == assign_versions(people, slots, seed=3) != assign_versions(people, slots, seed=4)


@pytest.mark.parametrize(
    ("candidate_id", "stem"),
    [("E10001", "E10001"), ("张三-1", "张三-1"), ("../x", "_x~..2Fx"), ("con", "con~con"), ("a/b", "a_b~a2Fb")],
)
def test_a_file_is_named_after_its_candidate(candidate_id, stem):
    assert file_stem(candidate_id) == stem
