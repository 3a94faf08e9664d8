"""What follows from decisions: one marker, two markers, an arbiter, an appeal; and the grades after it."""

import pytest
from review_samples import GRADES, LONG

from examgen.model import Decision, Policy
from examgen.review.decisions import digest
from examgen.review.settle import Applied, Numbered, apply, settle

DOUBLE = Policy(at="", markers=2, difference=0.2)


def mark(by, score, role="marker", **more):
    facts = {"at": "t", "candidate_id": "李雷", "item_id": "clip", "max_score": 10.0} | more
    return Decision(by=by, score=score, role=role, **facts)


@pytest.mark.parametrize(
    "marks, policy, state, score",
    [
        ([], Policy(at=""), "open", None),
        ([("A", 4)], Policy(at=""), "done", 4),
        ([("A", 4), ("A", 5)], Policy(at=""), "done", 5),
        ([("A", 4), ("B", 6)], Policy(at=""), "done", 6),
        ([("A", 4)], DOUBLE, "second", 4),
        ([("A", 4), ("A", 5)], DOUBLE, "second", 5),
        ([("A", 4), ("B", 6)], DOUBLE, "done", 5),
        ([("A", 4), ("B", 6.1)], DOUBLE, "arbitration", 5.05),
        ([("A", 4), ("B", 9), ("A", 8)], DOUBLE, "done", 8.5),
        ([("A", 4), ("B", 9), ("C", 7, "arbiter")], DOUBLE, "done", 7),
        ([("A", 4), ("C", 7, "arbiter"), ("B", 9)], DOUBLE, "done", 7),
        ([("A", 4), ("D", 6, "appeal"), ("C", 7, "arbiter"), ("A", 3)], DOUBLE, "done", 6),
    ],
)
def test_who_decides(marks, policy, state, score):
    settled = settle([Numbered(n, mark(*entry)) for n, entry in enumerate(marks, 1)], policy)

    assert (settled.state, settled.score) == (state, score)


def test_a_human_mark_replaces_the_machines_and_keeps_it_beside():
    applied = Applied()
    decision = mark("Li", 6, credits={"p1": 1, "p2": 1, "p3": 0, "p4": 0}, why="两点都有", answer_sha256=digest(LONG))

    first, *rest = apply(GRADES, [decision], applied)

    assert (first.score, first.status, first.confidence, first.reason) == (6, "graded", 1.0, "")
    assert [(point.id, point.credit, point.evidence != "") for point in first.points] == [
        ("p1", 1, True),
        ("p2", 1, True),
        ("p3", 0, False),
        ("p4", 0, False),
    ]
    assert first.ruling.model_dump() == {
        "by": ("Li",),
        "at": "t",
        "why": "两点都有",
        "machine_score": 4.5,
        "line": 1,
    }
    assert (rest, applied) == (list(GRADES[1:]), Applied(changed=1))


def test_no_new_run_of_the_machine_loses_a_human_mark():
    decision = mark("Li", 6, answer_sha256=digest(LONG))
    [once, *_] = apply(GRADES, [decision], Applied())
    rerun = [grade.model_copy(update={"score": 9.9, "status": "graded"}) for grade in GRADES]

    [again, *_] = apply(rerun, [decision], Applied())
    [twice, *_] = apply([once], [decision], Applied())

    assert (again.score, twice.score, twice.ruling.machine_score) == (6, 6, 4.5)


def test_a_mark_does_not_move_to_another_answer():
    applied = Applied()
    decision = mark("Li", 6, answer_sha256=digest("another text"))
    stranger = mark("Li", 6, candidate_id="nobody")

    grades = list(apply(GRADES, [decision, stranger], applied))

    assert grades == list(GRADES)
    assert (applied.other_answer, applied.missing) == ([("李雷", "clip")], [("nobody", "clip")])


def test_a_mark_that_waits_for_another_person_stands_but_is_not_final():
    applied = Applied()

    [grade, *_] = apply(GRADES, [DOUBLE, mark("Li", 6)], applied)

    assert (grade.score, grade.status, grade.reason) == (6, "review", "waits for a second marker")
    assert (applied.changed, applied.waiting) == (1, 1)


def test_two_markers_credits_are_averaged_and_a_mark_as_a_whole_has_none():
    half = {"p1": 1, "p2": 0, "p3": 0, "p4": 0}
    full = {"p1": 1, "p2": 0.5, "p3": 0, "p4": 0}

    [both, *_] = apply(GRADES, [DOUBLE, mark("A", 3, credits=half), mark("B", 4.5, credits=full)], Applied())
    [whole, *_] = apply(GRADES, [DOUBLE, mark("A", 3, credits=half), mark("B", 4)], Applied())

    assert (both.score, [point.credit for point in both.points]) == (3.75, [1, 0.25, 0, 0])
    assert (whole.score, whole.points) == (3.5, ())
