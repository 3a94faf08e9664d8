"""How local evidence and a second opinion make one mark.

The rule, for each rubric point: the local grader's probability that the point
is covered is the prior, the verdict is evidence, and the credit is given for
the posterior, as `examgen.calibrate.credit` gives it for a local one::

    log-odds(after) = log-odds(before) + weight[verdict]

The weights are log likelihood ratios: how much oftener a judge gives this
verdict to a point that is covered than to one that is not. A judge that says
the same to everything has weights of 0 and changes nothing. `fit` finds them
from marked answers; see docs/judge.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from examgen.calibrate import HeldOut, behind, credit, doubt
from examgen.errors import ExamgenError
from examgen.model import Noun, PointGrade, PointVerdict, RubricPoint, Verdict
from examgen.records import read_json, validated, write_json

FORMAT = 2
# A judge that was not calibrated is taken to be right in 85 of 100 points: below what is published for rubric points
# (PrairieLearn's own figure is 99, GPT-4 agrees with people about as often as they with each other, 80 to 85).
ASSUMED_RIGHT = 0.85
# The largest distance between the judge's mark and the local one, as a share of the maximum, that may settle an answer.
MARGIN = 0.5
# A credited point of which the local grader sees no trace, or a denied one of which it is certain, is for a person.
POINT_MARGIN = 0.95
CREDIT: dict[Verdict, float] = {"yes": 1.0, "partly": 0.5, "no": 0.0}


class JudgeCalibration(Noun):
    """What one judge's verdicts are worth."""

    format: int = FORMAT
    judge: str = ""
    """Fingerprint of the judge; empty for any."""
    weights: dict[Verdict, float]
    """Log likelihood ratios."""
    answers: int = 0
    """Marked answers that they rest on."""
    held_out: tuple[HeldOut, ...] = Field(default=(), repr=False)
    """Errors of marks whose question took no part in fitting the weights."""

    @property
    def name(self) -> str:
        """How grades name it."""
        return f"calibrated on {self.answers}" if self.answers else "uncalibrated"


def assumed() -> JudgeCalibration:
    """The calibration of a judge that nobody has tested."""
    weight = round(math.log(ASSUMED_RIGHT / (1 - ASSUMED_RIGHT)), 4)
    return JudgeCalibration(weights={"yes": weight, "partly": 0.0, "no": -weight})


def load_judge_calibration(path: Path) -> JudgeCalibration:
    """Read a judge's calibration.

    Raises:
        FileError: it is missing or broken, or of another version.
    """
    calibration = validated(JudgeCalibration, read_json(path), path)
    if calibration.format != FORMAT or set(calibration.weights) != set(CREDIT):
        raise ExamgenError(f"{path}: is a judge's calibration of another version", "Make it anew.")
    return calibration


def save_judge_calibration(calibration: JudgeCalibration, path: Path) -> None:
    """Write a judge's calibration as JSON."""
    data: dict[str, Any] = calibration.model_dump()
    write_json(path, data)


def gap(
    points: Sequence[RubricPoint], local: Sequence[PointGrade], verdicts: Sequence[PointVerdict], margin: float = MARGIN
) -> str:
    """Where a judge is too far from the local evidence for the two to be combined.

    Args:
        points: The rubric; the other two stand in its order.
        margin: Largest distance of the two marks, as a share of the maximum.

    Returns:
        The distance of the marks, or the points at fault; empty where there is no gap.
    """
    total = sum(point.weight for point in points) or 1.0
    apart = [CREDIT[said.verdict] - seen.credit for said, seen in zip(verdicts, local, strict=True)]
    distance = sum(point.weight * far for point, far in zip(points, apart, strict=True)) / total
    if abs(distance) > margin:
        return f"{100 * distance:+.0f} %"
    return ", ".join(point.id for point, far in zip(points, apart, strict=True) if abs(far) > POINT_MARGIN)


def combine(
    local: Sequence[PointGrade], verdicts: Sequence[PointVerdict], calibration: JudgeCalibration
) -> tuple[float, ...]:
    """Weigh local evidence and verdicts: the probability that each point is covered, in their common order."""
    return tuple(
        fused(behind(seen.credit), calibration.weights[said.verdict])
        for seen, said in zip(local, verdicts, strict=True)
    )


def fused(probability: float, weight: float) -> float:
    """A probability after evidence of a log likelihood ratio; certainty stays certain."""
    if probability <= 0.0 or probability >= 1.0:
        return probability
    odds = math.log(probability / (1 - probability)) + weight
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


@dataclass(frozen=True)
class Marked:
    """A marked answer that was judged: what a calibration learns from."""

    question: int
    """A number for its question: answers to one question are held out together."""
    shares: tuple[float, ...]
    """Weights of the points, adding up to 1."""
    local: tuple[float, ...]
    """The local grader's credits."""
    verdicts: tuple[Verdict, ...]
    human: float
    """The human mark, 0..1."""

    def mark(self, weights: dict[Verdict, float]) -> float:
        """The combined mark, 0..1."""
        return sum(share * credit(p) for share, p in zip(self.shares, self._after(weights), strict=True))

    def expected(self, weights: dict[Verdict, float]) -> float:
        """The mark to expect of the points' probabilities, before nothing and all are given for its ends, 0..1."""
        return sum(share * p for share, p in zip(self.shares, self._after(weights), strict=True))

    def spread(self, weights: dict[Verdict, float]) -> float:
        """How uncertain the combined mark is; see `examgen.calibrate.doubt`."""
        return doubt(self._after(weights), self.shares, self.mark(weights))

    def _after(self, weights: dict[Verdict, float]) -> list[float]:
        """See `combine`."""
        return [fused(behind(seen), weights[verdict]) for seen, verdict in zip(self.local, self.verdicts, strict=True)]


FOLDS = 5
_STEPS = (1.0, 0.25)
_LARGEST = 5.0


@dataclass(frozen=True)
class HeldOutMark:
    """A combined mark by weights that did not know its question."""

    mark: float
    """0..1"""
    spread: float


def cross_marks(rows: Sequence[Marked]) -> list[HeldOutMark]:
    """The combined marks of answers, each by weights fitted without its question.

    Raises:
        ExamgenError: there are answers to fewer than two questions.
    """
    questions = sorted({row.question for row in rows})
    if len(questions) < 2:
        raise ExamgenError("a judge is calibrated on answers to at least two questions", "Give more marked answers.")
    count = min(FOLDS, len(questions))
    fold_of = {question: place % count for place, question in enumerate(questions)}
    weights = [_fitted([row for row in rows if fold_of[row.question] != fold]) for fold in range(count)]
    return [
        HeldOutMark(row.mark(weights[fold_of[row.question]]), row.spread(weights[fold_of[row.question]]))
        for row in rows
    ]


def fit(rows: Sequence[Marked], judge: str) -> JudgeCalibration:
    """Find what a judge's verdicts are worth.

    The weights make the squared error of the expected marks smallest; the
    errors on record are those of `cross_marks`.

    Raises:
        ExamgenError: there are answers to fewer than two questions.
    """
    held_out = tuple(
        HeldOut(question=row.question, spread=round(out.spread, 4), error=round(abs(out.mark - row.human), 4))
        for row, out in zip(rows, cross_marks(rows), strict=True)
    )
    return JudgeCalibration(judge=judge, weights=_fitted(rows), answers=len(rows), held_out=held_out)


def _fitted(rows: Sequence[Marked]) -> dict[Verdict, float]:
    """The weights of least squared error, by coordinate descent: three numbers, a smooth valley.

    A tiny pull towards 0 decides where the rows say nothing about a verdict.
    """

    def loss(weights: dict[Verdict, float]) -> float:
        error = sum((row.expected(weights) - row.human) ** 2 for row in rows)
        return error + 1e-3 * sum(weight**2 for weight in weights.values())

    weights: dict[Verdict, float] = {"yes": 1.0, "partly": 0.0, "no": -1.0}
    best = loss(weights)
    for step in _STEPS:
        moved = True
        while moved:
            moved = False
            for verdict in weights:
                for change in (step, -step):
                    trial = weights | {verdict: max(-_LARGEST, min(_LARGEST, weights[verdict] + change))}
                    value = loss(trial)
                    if value < best - 1e-12:
                        weights, best, moved = trial, value, True
    return weights
