"""What follows from the decisions on one answer, and how they become grades. A human mark always wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from examgen.model import Decision, Grade, PointGrade, Policy, Ruling
from examgen.review.decisions import Entry, digest

State = Literal["open", "second", "arbitration", "done"]
Key = tuple[str, str]
"""Candidate and item."""


@dataclass(frozen=True)
class Numbered:
    """A decision and its line in the file."""

    line: int
    decision: Decision


@dataclass(frozen=True)
class Settled:
    """Where one answer stands."""

    state: State
    score: float | None = None
    """None where no human has marked it yet."""
    deciding: tuple[Numbered, ...] = ()
    """Whose marks the score is made of."""


def policy_of(entries: Sequence[Entry]) -> Policy:
    """The policy in force: the last one that was set."""
    return next((entry for entry in reversed(entries) if isinstance(entry, Policy)), Policy(at=""))


def by_case(entries: Sequence[Entry]) -> dict[Key, list[Numbered]]:
    """All decisions on each answer, in their order."""
    cases: dict[Key, list[Numbered]] = {}
    for line, entry in enumerate(entries, 1):
        if isinstance(entry, Decision):
            cases.setdefault((entry.candidate_id, entry.item_id), []).append(Numbered(line, entry))
    return cases


def settle(decisions: Sequence[Numbered], policy: Policy) -> Settled:
    """The rule: the last appeal decides; without one the last arbiter; without one the markers.

    One marker decides alone. Of two, the mean of their last marks counts where
    they differ by at most ``policy.difference``; else an arbiter is needed. A
    mark that waits for a second one, or for an arbiter, stands until then.
    """
    for role in ("appeal", "arbiter"):
        last = [numbered for numbered in decisions if numbered.decision.role == role][-1:]
        if last:
            return Settled("done", last[0].decision.score, tuple(last))
    marks = last_marks(decisions)
    if not marks:
        return Settled("open")
    if policy.markers == 1:
        latest = max(marks, key=lambda numbered: numbered.line)
        return Settled("done", latest.decision.score, (latest,))
    if len(marks) < policy.markers:
        return Settled("second", marks[0].decision.score, tuple(marks))
    first, second = marks[:2]
    apart = abs(first.decision.score - second.decision.score)
    mean = round((first.decision.score + second.decision.score) / 2, 4)
    near = apart <= policy.difference * first.decision.max_score + 1e-9
    return Settled("done" if near else "arbitration", mean, (first, second))


def last_marks(decisions: Sequence[Numbered]) -> list[Numbered]:
    """The last mark of each marker, in the order in which they first marked."""
    marks: dict[str, Numbered] = {}
    for numbered in decisions:
        if numbered.decision.role == "marker":
            marks[numbered.decision.by] = numbered
    return list(marks.values())


@dataclass
class Applied:
    """What became of decisions that were merged into grades."""

    changed: int = 0
    """Answers that got a human mark."""
    waiting: int = 0
    """Of these, the ones that wait for a second marker or an arbiter."""
    other_answer: list[Key] = field(default_factory=list)
    """Decisions on an answer that is another one now."""
    missing: list[Key] = field(default_factory=list)
    """Decisions on answers that the grades do not hold."""


WAITING = {
    "second": ("等待第二位阅卷人", "waits for a second marker"),
    "arbitration": ("两位阅卷人分差过大，等待仲裁", "the two markers are too far apart: waits for an arbiter"),
}


def apply(grades: Iterable[Grade], entries: Sequence[Entry], applied: Applied) -> Iterator[Grade]:
    """Merge decisions into a stream of grades; ``applied`` is filled as they pass.

    A decision on another text than the grade's own is not applied, since nobody has marked that text.
    """
    policy, cases = policy_of(entries), by_case(entries)
    left = set(cases)
    for grade in grades:
        key = (grade.candidate_id, grade.item_id)
        decisions = cases.get(key)
        if decisions is None:
            yield grade
            continue
        left.discard(key)
        mine = [n for n in decisions if _is_about(n.decision, grade)]
        if not mine:
            applied.other_answer.append(key)
            yield grade
            continue
        settled = settle(mine, policy)
        applied.changed += 1
        applied.waiting += settled.state != "done"
        yield with_ruling(grade, settled)
    applied.missing += sorted(left)


def _is_about(decision: Decision, grade: Grade) -> bool:
    return grade.answer is None or not decision.answer_sha256 or decision.answer_sha256 == digest(grade.answer)


def with_ruling(grade: Grade, settled: Settled) -> Grade:
    """A grade with its human mark in place of the machine's."""
    last = settled.deciding[-1]
    machine = grade.ruling.machine_score if grade.ruling else grade.score
    waiting = WAITING.get(settled.state)
    return grade.model_copy(
        update={
            "score": settled.score,
            "max_score": grade.max_score or last.decision.max_score,
            "status": "graded" if settled.state == "done" else "review",
            "confidence": 1.0 if settled.state == "done" else 0.0,
            "points": _credited(grade, settled),
            "reason": waiting[1] if waiting else "",
            "ruling": Ruling(
                by=tuple(numbered.decision.by for numbered in settled.deciding),
                at=last.decision.at,
                why=last.decision.why,
                machine_score=machine,
                line=last.line,
            ),
        }
    )


def _credited(grade: Grade, settled: Settled) -> tuple[PointGrade, ...]:
    """The points with the humans' mean credits; the machine's evidence stays beside them.

    A mark that was given as a whole has no points: the machine's would not add up to it.
    """
    given = [numbered.decision.credits for numbered in settled.deciding]
    if not all(given):
        return ()
    ids = list(dict.fromkeys(point_id for credits_ in given for point_id in credits_))
    known = {point.id: point for point in grade.points}
    points = []
    for point_id in ids:
        credit = round(sum(credits_.get(point_id, 0.0) for credits_ in given) / len(given), 4)
        seen = known.get(point_id) or PointGrade(id=point_id, credit=0, similarity=0)
        points.append(seen.model_copy(update={"credit": credit}))
    return tuple(points)
