"""Answers to papers that were shuffled for each candidate."""

from exam_samples import ITEMS, make_exam

from examgen.engines.answers import Row
from examgen.engines.keys import with_own_letters
from examgen.model import Candidate, Option
from examgen.paper import make_paper
from examgen.questions import mark_answer

BY_ID = {item.id: item for item in ITEMS}


def paper(name):
    return make_paper(make_exam("A"), shuffle="all", candidate=Candidate(candidate_id=name))


def test_letters_of_shuffled_papers_get_the_marks_of_what_they_stand_for():
    papers = {name: paper(name) for name in ("E1", "E2")}
    keys = {name: printed.key() for name, printed in papers.items()}
    rows, wanted = [], []
    for name, printed in papers.items():
        placed = next(item for item in printed.items if item.item.id == "gap")
        for own in ("A", "B"):
            rows.append(Row("a.csv:1", name, "gap", "ABCD"[placed.order().index(own)], {}))
            wanted.append(2.0 if own == "A" else 0.0)

    marks = [mark_answer(BY_ID["gap"], row.answer) for row in with_own_letters(rows, keys, ITEMS)]

    assert [mark.score for mark in marks] == wanted
    assert keys["E1"].items != keys["E2"].items


def test_what_was_written_stays_with_the_row_and_other_rows_pass():
    keys = {"E1": paper("E1").key()}
    rows = [
        Row("a.csv:1", "E1", "gap", "不知道", {"room": "R1"}),
        Row("a.csv:2", "E1", "no such item", "A", {}),
        Row("a.csv:3", "", "", "", {}, "the line is not JSON"),
        Row("a.csv:4", "E9", "gap", "A", {}),
    ]

    passed = list(with_own_letters(rows, keys, ITEMS))

    assert passed[:3] == rows[:3]
    assert passed[3] == rows[3]._replace(problem="the keys name no paper of candidate 'E9'")


def test_a_key_of_an_item_that_has_changed_since_is_a_problem_of_the_row():
    keys = {"E1": paper("E1").key()}
    longer = (*BY_ID["gap"].options, Option(id="E", text="都不是"))
    items = [BY_ID["gap"].model_copy(update={"options": longer})]

    (passed,) = with_own_letters([Row("a.csv:1", "E1", "gap", "A", {})], keys, items)

    assert passed.problem == (
        "the key of the paper has other entries than item 'gap' now. "
        "Grade with the exam that the papers were made from."
    )
