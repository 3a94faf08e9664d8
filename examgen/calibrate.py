"""From findings to marks: what a finding is worth, and how far a mark can be trusted.

A calibration belongs to one scorer with one embedding model. It holds the curve that turns a finding into credit, what
human marks of single questions have taught, and a record of errors on questions that took no part in the training, from
which the promise ``at most E off, with probability P`` is made. docs/how-marks-are-made.md explains all of it.
"""

from __future__ import annotations

import bisect
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from examgen.assets import PACKAGE
from examgen.errors import ExamgenError, FileError
from examgen.model import Noun
from examgen.records import read_json, validated, write_text
from examgen.scorers import Finding
from examgen.scorers.points import Origin

FORMAT = 3
SHIPPED = PACKAGE / "calibrations" / "default.json"
# A probability this near to 0 or 1 is given no or full credit, as an examiner would: 0.97 of a point is no mark.
MARGIN = 0.05
# How strongly the marks of one question must speak before its own curve leaves the common one: the variance of the
# curves' offsets between questions, against that of the marks around a curve.
PRIOR = 0.05
# The promise is tested from the surest fifth of the held-out answers on, a twentieth more at each step.
SUREST, STEP = 0.2, 0.05
# Held-out answers that a confidence is counted over: a tenth of the record, at most so many.
NEAREST = 200


class Trained(Noun):
    """One set of marked answers that went into a scorer or a calibration."""

    dataset: str
    licence: str = ""
    answers: int
    questions: int = 0


class Curve(Noun):
    """How log-odds become a probability."""

    slope: float = Field(default=1.0, gt=0)
    offset: float = 0.0


class HeldOut(Noun):
    """The error of one answer whose question took no part in the training."""

    dataset: str = ""
    origin: Origin | None = None
    """Where the points came from: errors of one sort say nothing of another. None counts for all sorts."""
    question: int
    """Number of the question within its data set."""
    spread: float
    """The uncertainty that was foretold for the answer."""
    error: float
    """Absolute difference from the human mark, as a share of the maximum."""

    @model_validator(mode="before")
    @classmethod
    def _may_be_a_list(cls, value: Any) -> Any:
        """A file holds thousands of them, each as a list of its fields."""
        return dict(zip(cls.model_fields, value, strict=True)) if isinstance(value, list) else value


class Calibration(Noun):
    """What turns findings into marks, for one scorer with one embedding model."""

    format: int = FORMAT
    scorer: str
    encoder: str
    """Fingerprint of the embedding model; empty for any, which makes every mark ``uncalibrated``."""
    date: str = ""
    trained: tuple[Trained, ...] = ()
    curves: dict[Origin, Curve] = Field(default={})
    """By where the points come from: a rubric, the entries of a list, the sentences of a text."""
    questions: dict[str, float] = Field(default={})
    """Offsets of single items, by item id, learned from a few marks."""
    held_out: tuple[HeldOut, ...] = Field(default=(), repr=False)

    @property
    def name(self) -> str:
        """How grades name it."""
        sets = "+".join(entry.dataset for entry in self.trained) or "none"
        return f"{sets} {self.date}".strip()

    def probability(self, finding: Finding, origin: Origin, item_id: str = "") -> float:
        """The probability that a point is covered, 0..1; 0 where there is no evidence."""
        if finding.evidence.start == finding.evidence.end:
            return 0.0
        return sigmoid(self.curved(logit(finding.covered), origin) + self.questions.get(item_id, 0.0))

    def record(self, origin: Origin) -> list[HeldOut]:
        """The held-out errors that say something of points of an origin, the surest answers first."""
        return sorted((row for row in self.held_out if row.origin in (None, origin)), key=lambda row: row.spread)

    def curved(self, value: float, origin: Origin) -> float:
        """Log-odds as calibrated for points of an origin."""
        curve = self.curves.get(origin, Curve())
        return curve.slope * value + curve.offset


def logit(probability: float) -> float:
    """Log-odds, kept within +-7."""
    bounded = min(max(probability, 0.001), 0.999)
    return math.log(bounded / (1 - bounded))


def sigmoid(value: float) -> float:
    """The probability of log-odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def credit(probability: float) -> float:
    """The share of a point that is given for a probability: itself, but nothing and all at its ends."""
    return min(1.0, max(0.0, (probability - MARGIN) / (1 - 2 * MARGIN)))


def load_calibration(path: Path) -> Calibration:
    """Read a calibration.

    Raises:
        FileError: it is missing, broken, or was written by another version.
    """
    data = read_json(path)
    if isinstance(data, dict) and data.get("format") != FORMAT:
        raise FileError(str(path), None, "is a calibration of another version", "Run 'examgen calibrate' again.")
    return validated(Calibration, data, path)


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON, one held-out error a line."""
    data = calibration.model_dump(exclude={"held_out"})
    rows = [json.dumps(list(row.model_dump().values()), ensure_ascii=False) for row in calibration.held_out]
    head = json.dumps(data, ensure_ascii=False, indent=2).removesuffix("\n}")
    write_text(path, head + ',\n  "held_out": [\n' + ",\n".join(rows) + "\n  ]\n}\n")


def shipped_calibration() -> Calibration:
    """The calibration of the shipped reader with the default model."""
    return load_calibration(SHIPPED)


def uncalibrated(scorer: str) -> Calibration:
    """What there is for another model: no curve and no promise."""
    return Calibration(scorer=scorer, encoder="")


def spread(probabilities: Sequence[float], shares: Sequence[float]) -> float:
    """How uncertain a mark is: the standard deviation of its points' coverage, as a share of the maximum, 0..0.5.

    Args:
        probabilities: That each point is covered.
        shares: Weight of each point, adding up to 1.
    """
    return math.sqrt(sum(share * share * p * (1 - p) for p, share in zip(probabilities, shares, strict=True)))


def largest_spread(calibration: Calibration, max_error: float, at: float, origin: Origin) -> float:
    """The largest spread up to which marks keep a promise.

    Thresholds are tried from the surest answers on. At each, the share of
    held-out answers whose error exceeds ``max_error`` plus two standard errors
    must stay below ``1 - at``; the first threshold that fails ends the search,
    so no correction for many tests is needed. Errors are counted over
    questions, since the answers to one question err together, and for each
    data set by itself: the promise holds for the hardest of them. Only
    answers to items whose points have the same origin count.

    Args:
        max_error: Largest tolerated error, as a share of the maximum.
        at: Required probability of staying within it.
        origin: Where the points of the item come from.

    Returns:
        -1 where no answer can be promised that much.

    Source:
        Fixed sequence testing as in Learn then Test (Angelopoulos et al. 2021, arXiv:2110.01052), for the selective
        risk of Geifman and El-Yaniv (2017, arXiv:1705.08500).
    """
    alike = calibration.record(origin)
    return min((_largest_spread(rows, max_error, at) for rows in by_dataset(alike)), default=-1.0)


def by_dataset(rows: Sequence[HeldOut]) -> list[list[HeldOut]]:
    """The rows of each data set."""
    groups: dict[str, list[HeldOut]] = {}
    for row in rows:
        groups.setdefault(row.dataset, []).append(row)
    return list(groups.values())


def _largest_spread(rows: Sequence[HeldOut], max_error: float, at: float) -> float:
    ordered = sorted(rows, key=lambda row: row.spread)
    questions = np.array([row.question for row in ordered])
    wrong = np.array([row.error > max_error for row in ordered], dtype=float)
    best = -1.0
    share = SUREST
    while share <= 1 + 1e-9:
        edge = ordered[max(1, round(share * len(ordered))) - 1].spread
        count = bisect.bisect_right([row.spread for row in ordered], edge)
        if upper_bound(wrong[:count], questions[:count]) > 1 - at:
            return best
        best = edge
        share += STEP
    return best


def upper_bound(wrong: NDArray[np.float64], questions: NDArray[np.int64]) -> float:
    """A mean plus two standard errors, the answers to one question counting together; 3/n where none is wrong.

    The standard error is never taken to be less than that of answers which
    have nothing to do with each other.
    """
    share = float(wrong.mean())
    _, group = np.unique(questions, return_inverse=True)
    residuals = np.bincount(group, weights=wrong - share)
    alone = math.sqrt(share * (1 - share) / len(wrong))
    error = max(alone, math.sqrt(float((residuals**2).sum())) / len(wrong))
    return max(share + 2 * error, 3 / len(wrong))


@dataclass(frozen=True)
class Promise:
    """What a calibration can say about errors beyond one tolerance, for items of one sort."""

    largest_spread: float
    """Marks up to this uncertainty keep the promise; see `largest_spread`."""
    spreads: tuple[float, ...]
    within: tuple[bool, ...]
    """For each held-out answer, in order of spread, whether its error was within the tolerance."""

    def confidence(self, spread: float) -> float:
        """The share of held-out answers about as uncertain as this one that were within the tolerance, 0..1."""
        place = bisect.bisect_left(self.spreads, spread)
        count = min(NEAREST, max(NEAREST // 6, len(self.spreads) // 10))
        start = max(0, min(place - count // 2, len(self.spreads) - count))
        near = self.within[start : start + count]
        return round(sum(near) / len(near), 4) if near else 0.0


def promise(calibration: Calibration, max_error: float, at: float, origin: Origin) -> Promise:
    """Work out once what is asked for every answer; see `largest_spread` for the arguments."""
    record = calibration.record(origin)
    return Promise(
        largest_spread(calibration, max_error, at, origin),
        tuple(row.spread for row in record),
        tuple(row.error <= max_error for row in record),
    )


def fit_curve(findings: Sequence[Sequence[tuple[float, float]]], marks: Sequence[float]) -> Curve:
    """The curve whose marks come nearest to human marks.

    Args:
        findings: For each answer, the log-odds and weight share of each of its points.
        marks: Human marks, 0..1.

    Returns:
        Drawn lightly towards slope 1 and offset 0.
    """
    from scipy.optimize import minimize

    values, shares, owner = _flat(findings)
    wanted = np.asarray(marks, dtype=float)

    def loss(curve: NDArray[np.float64]) -> float:
        pull = 0.5 * float((curve[0] - 1) ** 2 + curve[1] ** 2)
        return _squares(curve[0] * values + curve[1], shares, owner, wanted) + pull

    found = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6})
    slope, offset = found.x.tolist()
    return Curve(slope=round(max(0.05, float(slope)), 4), offset=round(float(offset), 4))


def fit_offset(findings: Sequence[Sequence[tuple[float, float]]], marks: Sequence[float]) -> float:
    """The offset that a few human marks of one question speak for, drawn towards 0 the more the fewer they are.

    Args:
        findings: As for `fit_curve`, the log-odds already calibrated.
        marks: Human marks, 0..1.
    """
    from scipy.optimize import minimize_scalar

    values, shares, owner = _flat(findings)
    wanted = np.asarray(marks, dtype=float)

    def loss(offset: float) -> float:
        return _squares(values + offset, shares, owner, wanted) + PRIOR * offset * offset

    return float(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x)


def mark_of(points: Sequence[tuple[float, float]], offset: float = 0.0) -> float:
    """The mark of an answer, 0..1, from the calibrated log-odds and the weight shares of its points."""
    return sum(share * credit(sigmoid(value + offset)) for value, share in points)


def _flat(
    findings: Sequence[Sequence[tuple[float, float]]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    values = np.array([value for found in findings for value, _ in found], dtype=float)
    shares = np.array([share for found in findings for _, share in found], dtype=float)
    owner = np.array([n for n, found in enumerate(findings) for _ in found], dtype=np.int64)
    return values, shares, owner


def _squares(
    values: NDArray[np.float64],
    shares: NDArray[np.float64],
    owner: NDArray[np.int64],
    wanted: NDArray[np.float64],
) -> float:
    given = np.bincount(owner, weights=shares / (1 + np.exp(-np.clip(values, -30, 30))), minlength=len(wanted))
    return float(((given - wanted) ** 2).sum())


def model_of(encoder: str) -> str:
    """The model of an encoder's fingerprint; what stands behind a dash is a precision, which moves marks by little."""
    return encoder.partition("-")[0]


def check_fits(calibration: Calibration, scorer: str, encoder: str) -> None:
    """See that a calibration belongs to a scorer and a model.

    Raises:
        ExamgenError: it does not.
    """
    if calibration.encoder and (calibration.scorer, calibration.encoder) != (scorer, model_of(encoder)):
        made, found = (
            f"{name} with model {print_[:12]}"
            for name, print_ in ((calibration.scorer, calibration.encoder), (scorer, encoder))
        )
        raise ExamgenError(
            f"the calibration was made for scorer {made}, not for {found}",
            "Calibrate this model with 'examgen calibrate --model', or grade with the default model.",
        )
