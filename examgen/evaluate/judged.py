"""The local grader, the judge, and both together, side by side on marked answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from examgen.calibrate import promise
from examgen.evaluate.agreement import Scored, agreement
from examgen.evaluate.protocols import by_set, items_of
from examgen.grade import Risk, spread_of
from examgen.judge.combine import CREDIT, HeldOutMark, JudgeCalibration, cross_marks, fit
from examgen.judge.combine import Marked as Judged
from examgen.judge.grader import Case, JudgedGrader, JudgeRule, Local
from examgen.judge.opinion import Heard, Judge
from examgen.model import Grade, Item, PointVerdict
from examgen.scorers.marked import Marked, as_answer
from examgen.scorers.points import origin


@dataclass(frozen=True)
class Way:
    """One way to mark, measured against human marks."""

    name: str
    answers: int
    """Answers that it gives a mark to."""
    decided: float
    """Share of all answers that need no person."""
    decided_wrong: float
    """Share of the decided ones whose error exceeds the tolerance."""
    qwk: float
    mae: float
    """Over the answers that it gives a mark to, as a share of the maximum."""
    calls: int
    tokens: int


@dataclass(frozen=True)
class Compared:
    """Three ways side by side, and what was learned about the judge."""

    ways: tuple[Way, ...]
    calibration: JudgeCalibration
    outcomes: dict[str, int]
    """How many answers the judge was believed, doubted or unread on, or not asked about."""


@dataclass(frozen=True)
class _Row:
    """One marked answer with all that was said about it."""

    question: str
    human: float
    grade: Grade
    item: Item | None
    case: Case | None
    heard: Heard | None

    @property
    def local(self) -> float:
        return (self.grade.score or 0.0) / (self.grade.max_score or 1.0)


def compare(rows: Sequence[Marked], open_local: Callable[[list[Item]], Local], judge: Judge, risk: Risk) -> Compared:
    """Ask a judge about marked answers, and compare the ways to mark.

    The combined marks come from weights that were fitted without their
    question, so the figures hold for questions that nobody has marked.

    Args:
        open_local: The local grader for the items of one data set.
        judge: Asked about every answer that has points and no suspicious flag.

    Raises:
        ExamgenError: the answers are to fewer than two questions, or the judge cannot be reached for good.
    """
    found: list[_Row] = []
    first_local: Local | None = None
    for dataset, members in by_set(rows).items():
        local = open_local(items_of(members))
        first_local = first_local or local
        grader = JudgedGrader(local, judge, JudgeRule(scope="all"))
        answers = [as_answer(row, number) for number, row in enumerate(members)]
        grades, heard = grader.listen(answers)
        grader.pool.shutdown()
        for place, (row, grade) in enumerate(zip(members, grades, strict=True)):
            if grade.score is not None:
                case, what = heard.get(place, (None, None))
                item = local.item_of(answers[place])
                found.append(_Row(f"{dataset} {row.question_id}", row.mark, grade, item, case, what))
    believed = [row for row in found if row.heard is not None and row.heard.outcome == "believed"]
    numbers = {name: number for number, name in enumerate(sorted({row.question for row in found}))}
    judged = [_judged(row, numbers[row.question]) for row in believed]
    calibration = fit(judged, judge.settings.fingerprint)
    combined = dict(zip(map(id, believed), cross_marks(judged), strict=True))
    assert first_local is not None  # there are rows, so there is a data set  # noqa: S101
    learned = first_local.calibration.model_copy(update={"held_out": calibration.held_out})
    ways = (
        _way("local", found, [(row, row.local, row.grade.status == "graded") for row in found], risk, ()),
        _way("judge", found, [(row, _verdict_mark(row), True) for row in found if _verdicts(row)], risk, found),
        _way(
            "both",
            found,
            [_both(row, combined.get(id(row)), learned, risk) for row in found],
            risk,
            [row for row in found if row.grade.status == "review"],
        ),
    )
    outcomes: dict[str, int] = {}
    for one in found:
        outcome = one.heard.outcome if one.heard else "not_asked"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return Compared(ways, calibration, outcomes)


def _shares(case: Case) -> tuple[float, ...]:
    total = sum(point.weight for point in case.points) or 1.0
    return tuple(point.weight / total for point in case.points)


def _judged(row: _Row, question: int) -> Judged:
    assert row.case is not None and row.heard is not None  # noqa: S101  # only believed opinions come here
    return Judged(
        question,
        _shares(row.case),
        tuple(point.credit for point in row.grade.points),
        tuple(verdict.verdict for verdict in row.heard.verdicts),
        row.human,
    )


def _verdicts(row: _Row) -> tuple[PointVerdict, ...]:
    """What the judge said, believed or not; empty where it said nothing."""
    return row.heard.verdicts if row.heard is not None else ()


def _verdict_mark(row: _Row) -> float:
    """The mark that the verdicts alone would give."""
    shares = _shares(row.case) if row.case is not None else ()
    return sum(share * CREDIT[said.verdict] for share, said in zip(shares, _verdicts(row), strict=True))


def _both(row: _Row, out: HeldOutMark | None, learned: object, risk: Risk) -> tuple[_Row, float, bool]:
    """The mark of the cascade: the local one where it is sure, else the combined one where there is one."""
    if row.grade.status == "graded" or out is None or row.item is None:
        return row, row.local, row.grade.status == "graded"
    promised = promise(learned, risk.share(row.grade.max_score), risk.at, origin(row.item))  # type: ignore[arg-type]
    return row, out.mark, out.spread <= promised.largest_spread


def _way(
    name: str, everything: Sequence[_Row], marks: Sequence[tuple[_Row, float, bool]], risk: Risk, asked: Sequence[_Row]
) -> Way:
    scored = [Scored("all", row.question, row.human, given, sure, spread_of(row.grade)) for row, given, sure in marks]
    decided = [one for one in scored if one.decided]
    wrong = sum(abs(one.human - one.given) > risk.share(1.0) + 1e-9 for one in decided)
    figures = agreement(scored) if scored else {}
    heard = [row.heard for row in asked if row.heard is not None]
    return Way(
        name,
        len(scored),
        len(decided) / len(everything),
        wrong / len(decided) if decided else 0.0,
        figures["QWK"].value if figures else 0.0,
        figures["MAE"].value if figures else 0.0,
        sum(one.calls for one in heard),
        sum(one.tokens for one in heard),
    )
