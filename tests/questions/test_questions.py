"""The contract of all question kinds, run over the dictionary that names them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.model import Item, Kind, Option, Pair
from examgen.questions import QUESTIONS, check_item, mark_answer
from examgen.questions.base import MAX_ANSWER_CHARS

EXAMPLES = [
    pytest.param(examples.item, example, id=f"{kind}-{group}-{example.answer[:20]}")
    for kind, module in QUESTIONS.items()
    for examples in module.EXAMPLES
    for group in ("right", "partial", "wrong", "unreadable")
    for example in getattr(examples, group)
]
ITEMS = [
    pytest.param(examples.item, id=f"{kind}-{number}")
    for kind, module in QUESTIONS.items()
    for number, examples in enumerate(module.EXAMPLES)
]
KEYED = [param for param in ITEMS if mark_answer(param.values[0], "") is not None]
ANSWER = st.text(max_size=60) | st.text(
    "ABCDEabcd对错√×0123456789.,;；，、-→>()（）[]{}\"'\n %e/点百分之一二三万", max_size=40
)


def test_every_kind_has_a_module_that_says_so():
    assert set(QUESTIONS) == set(get_args(Kind))
    assert [module.KIND for module in QUESTIONS.values()] == list(QUESTIONS)


@pytest.mark.parametrize(("item", "example"), EXAMPLES)
def test_an_example_answer_gets_its_mark(item, example):
    mark = mark_answer(item, example.answer)

    if mark is None:
        assert example.share is None
    else:
        score = None if example.share is None else pytest.approx(example.share * item.max_score, abs=1e-6)
        assert (mark.score, mark.status) == (score, example.status)
        assert (mark.status == "graded") == (mark.reason == "")


@pytest.mark.parametrize("item", ITEMS)
def test_every_kind_shows_right_wrong_and_unreadable_answers_to_a_sound_item(item):
    assert check_item(item) == []
    examples = next(e for e in QUESTIONS[item.kind].EXAMPLES if e.item == item)
    assert examples.right
    assert examples.wrong
    assert examples.unreadable


@pytest.mark.parametrize("item", KEYED)
def test_the_key_itself_gets_full_marks(item):
    assert mark_answer(item, QUESTIONS[item.kind].key(item)).score == item.max_score


@pytest.mark.parametrize("item", KEYED)
@pytest.mark.parametrize("answer", ["", "  \n\u3000"])
def test_a_blank_answer_gets_no_marks_and_says_that_it_is_blank(item, answer):
    mark = mark_answer(item, answer)

    assert (mark.score, mark.status, mark.flags) == (0.0, "graded", ("empty",))


@pytest.mark.parametrize("item", KEYED)
def test_a_megabyte_goes_to_a_human(item):
    mark = mark_answer(item, "A" * 1_000_000)

    assert (mark.score, mark.status, mark.flags) == (None, "ungraded", ("unreadable",))
    assert str(MAX_ANSWER_CHARS) in mark.reason


@pytest.mark.parametrize("item", KEYED)
@given(answer=ANSWER)
def test_any_text_is_marked_within_bounds_or_left_to_a_human(item, answer):
    mark = mark_answer(item, answer)

    if mark.status == "ungraded":
        assert mark.score is None
        assert mark.reason
    else:
        assert 0 <= mark.score <= item.max_score


@pytest.mark.parametrize("kind", QUESTIONS)
@given(answer=ANSWER)
def test_an_item_without_its_key_gives_no_marks_and_does_not_fail(kind, answer):
    mark = mark_answer(Item(id="bare", kind=kind, question="?", max_score=1), answer)

    assert mark is None or not mark.score


@pytest.mark.parametrize("kind", QUESTIONS)
def test_an_item_without_its_key_is_refused(kind):
    problems = check_item(Item(id="bare", kind=kind))

    assert problems[:2] == ["it has no question", "it is worth no marks: set max_score"]
    assert len(problems) > 2


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_credit_rule_that_the_kind_does_not_have_is_refused(kind):
    item = QUESTIONS[kind].EXAMPLES[0].item.model_copy(update={"credit": "generous"})
    rules = ", ".join(QUESTIONS[kind].RULES) or "none"

    assert check_item(item) == [f"credit = 'generous' is not a rule of {kind}: it has {rules}"]


BASES = ("A", "C", "G", "T")


@pytest.mark.parametrize(("typed", "read"), [("C", "C"), ("c.", "C"), ("选 C", "C"), ('["C"]', "C")])
def test_a_letter_is_a_letter_also_where_it_is_the_text_of_another_option(typed, read):
    options = tuple(
        Option(id=letter, text=base, correct=letter == "C") for letter, base in zip("ABCD", BASES, strict=True)
    )
    item = Item(id="i", kind="single_choice", question="与 C 配对的碱基是哪个？", options=options, max_score=1)

    assert (mark_answer(item, typed).read_as, mark_answer(item, typed).score) == (read, 1.0)


def test_numbers_and_letters_name_the_entries_of_a_matching_item_also_where_these_look_like_them():
    pairs = tuple(Pair(left=left, right=right) for left, right in (("2", "B"), ("1", "A"), ("3", "C")))
    item = Item(id="i", kind="matching", question="?", pairs=pairs, max_score=3)

    assert mark_answer(item, QUESTIONS["matching"].key(item)).score == 3.0


@pytest.mark.parametrize("max_score", [6.6666667, 0.1234567, 3.3333337])
def test_a_score_is_never_rounded_up_beyond_the_maximum(max_score):
    gaps = QUESTIONS["fill_in"].EXAMPLES[1].item.model_copy(update={"id": "a", "max_score": max_score})
    whole = Item(id="i", kind="composite", question="?", parts=(gaps,), max_score=max_score)

    mark = mark_answer(whole, "单元；5")

    assert (mark.score, [point.credit for point in mark.points]) == (max_score, [1.0])
