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
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from examgen.assets import PACKAGE
from examgen.errors import ExamgenError, FileError
from examgen.model import Noun
from examgen.records import read_json, validated, write_text
from examgen.scorers import Finding
from examgen.scorers.points import Origin

FORMAT = 4
SHIPPED = PACKAGE / "calibrations" / "default.json"
# A probability this near to 0 or 1 is given no or full credit, as an examiner would: 0.93 of a point is no mark. Chosen
# on a third of the questions: 0.05 leaves a tenth fewer marks of Beetle within a tenth of the maximum, 0.2 costs RMSE.
MARGIN = 0.1
# Words alone may move log-odds by no more than this, which is too little for a heap of words to pass for a statement.
MOST_WORDS = 1.0
# Whose curve serves where there is none for a sort of points. Of all sets Beetle alone has several reference answers;
# marked without it, its macro-F1 is 0.69 with the curve of one reference answer, and 0.66 with none (one network).
ALIKE: dict[Origin, Origin] = {"several": "text"}
# How strongly the marks of one question must speak before its own curve leaves the common one: the variance of the
# curves' offsets between questions, against that of the marks around a curve.
PRIOR = 0.05
# The promise is tested from the surest twentieth of the held-out answers on, or from as many as can bear it out if none
# of them is wrong; a fortieth more at each step.
SUREST, STEP = 0.05, 0.025
# A data set with fewer answers of a sort says too little by itself; such sets are tested together, and where even
# together they are no more, nothing is promised.
FEW = 100
# The same for questions: how much errors differ between them cannot be told from fewer. A reader and record without
# SciEntsBank, with too few other questions of its sort, decided 41 % of it at 0.1 and 0.95, and 27 % of these wrongly.
FEW_QUESTIONS = 5
# Chance below which the errors of such a set are no accident of a kept promise.
HARDLY = 0.025
# Added to the numbers of questions, so that those of different sets stay different.
APART = 1_000_000
# A mark this near to nothing or to all is of its own sort: it errs for other reasons than the marks between.
END = 0.1
# Answers are ranked by the chance that their mark is further off than this; and the grid that the chance is counted on.
TOLERANCE, GRID = 0.1, 200
# Held-out answers that a confidence is counted over: a tenth of the record, at most so many.
NEAREST = 200


Level = Literal["nothing", "part", "all"]


class Trained(Noun):
    """One set of marked answers that went into a scorer or a calibration."""

    dataset: str
    licence: str = ""
    answers: int
    questions: int = 0


class Curve(Noun):
    """How log-odds, and the share of a point's words in the answer, become a probability."""

    slope: float = Field(default=1.0, gt=0)
    words: float = Field(default=0.0, ge=0, le=MOST_WORDS)
    """What is added to the log-odds where all words of the point stand in the answer."""
    offset: float = 0.0


class Seen(NamedTuple):
    """What was found of one point of an answer."""

    odds: float
    """Log-odds that the point is covered, as the scorer has them."""
    words: float
    """See `scorers.Finding.words`."""
    share: float
    """The point's share of the maximum, 0..1."""


class HeldOut(Noun):
    """The error of one answer whose question took no part in the training."""

    dataset: str = ""
    origin: Origin | None = None
    """Where the points came from: errors of one sort say nothing of another. None counts for all sorts."""
    question: int
    """Number of the question: answers with the same one err together."""
    spread: float
    """The uncertainty that was foretold for the answer."""
    error: float
    """Absolute difference from the human mark, as a share of the maximum."""
    mark: float | None = None
    """The mark that was given, as a share of the maximum; None where it was not kept."""

    @model_validator(mode="before")
    @classmethod
    def _may_be_a_list(cls, value: Any) -> Any:
        """A file holds thousands of them, each as a list of its fields."""
        return dict(zip(cls.model_fields, value, strict=False)) if isinstance(value, list) else value


class Calibration(Noun):
    """What turns findings into marks, for one scorer with one embedding model."""

    format: int = FORMAT
    scorer: str
    encoder: str
    """Fingerprint of the embedding model; empty for any, which makes every mark ``uncalibrated``."""
    date: str = ""
    trained: tuple[Trained, ...] = ()
    curves: dict[Origin, Curve] = Field(default={})
    """By where the points come from: a rubric, the entries of a list, the sentences of one or of several texts."""
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
        curved = self.curved(logit(finding.covered), finding.words, origin)
        return sigmoid(curved + self.questions.get(item_id, 0.0))

    def record(self, origin: Origin) -> list[HeldOut]:
        """The held-out errors that say something of points of an origin, the surest answers first."""
        return sorted((row for row in self.held_out if row.origin in (None, origin)), key=lambda row: row.spread)

    def curved(self, odds: float, words: float, origin: Origin) -> float:
        """Log-odds as calibrated for points of an origin; see `Seen` for the arguments."""
        curve = self.curves.get(origin) or self.curves.get(ALIKE.get(origin, origin)) or Curve()
        return curve.slope * odds + curve.words * words + curve.offset


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


def behind(given: float) -> float:
    """The probability that a `credit` was given for; nothing and all are taken for certain."""
    return MARGIN + given * (1 - 2 * MARGIN) if 0.0 < given < 1.0 else given


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


def doubt(probabilities: Sequence[float], shares: Sequence[float], mark: float, tolerance: float = TOLERANCE) -> float:
    """How likely a mark is to be off, if each point were covered independently with its probability.

    The distribution of the sum of the covered points' shares is worked out
    on a grid of half a percent of the maximum, on which all shares together
    are the whole.

    Args:
        probabilities: That each point is covered.
        shares: Weight of each point, adding up to 1.
        mark: The mark that is given, as a share of the maximum.
        tolerance: How far it may be from the sum, as a share of the maximum.

    Returns:
        The probability that it is further off, 0..1.
    """
    chances = np.zeros(GRID + 1)
    chances[0] = 1.0
    steps = np.diff(np.rint(np.cumsum([0.0, *shares]) * GRID).astype(int))
    for probability, step in zip(probabilities, steps.tolist(), strict=True):
        covered = np.concatenate([np.zeros(step), chances[: GRID + 1 - step]]) * probability
        chances = chances * (1 - probability) + covered
    far = np.abs(np.arange(GRID + 1) / GRID - mark) > tolerance + 1e-6
    return min(1.0, float(chances[far].sum()))


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
    return _reach(calibration.record(origin), max_error, at)


def _reach(rows: Sequence[HeldOut], max_error: float, at: float) -> float:
    """The largest spread at which every data set keeps the promise, as far as it is large enough to tell."""
    sets: dict[str, list[HeldOut]] = {}
    for row in rows:
        sets.setdefault(row.dataset, []).append(row)
    small = [group for group in sets.values() if says_little(group)]
    reaches = [_largest_spread(group, max_error, at) for group in by_dataset(rows)]
    return min(reaches + [_barred_from(group, max_error, at) for group in small], default=-1.0)


def _barred_from(rows: Sequence[HeldOut], max_error: float, at: float) -> float:
    """The largest spread before a small data set errs so often that the promise can hardly be kept for it."""
    from scipy.stats import binom

    ordered = sorted(rows, key=lambda row: row.spread)
    wrong = np.cumsum([row.error > max_error for row in ordered])
    likely = binom.sf(wrong - 1, np.arange(1, len(ordered) + 1), 1 - at)
    barred = np.flatnonzero(likely < HARDLY)
    return math.inf if not len(barred) else math.nextafter(ordered[barred[0]].spread, -1.0)


def level_of(mark: float) -> Level:
    """Whether a mark, as a share of the maximum, is nearly nothing, nearly all, or part of it."""
    return "nothing" if mark <= END else "all" if mark >= 1 - END else "part"


def says_little(rows: Sequence[HeldOut]) -> bool:
    """Whether answers are too few, or answer too few questions, to promise anything by themselves."""
    return len(rows) < FEW or len({row.question for row in rows}) < FEW_QUESTIONS


def by_dataset(rows: Sequence[HeldOut]) -> list[list[HeldOut]]:
    """The rows of each data set; small ones together, and with the largest where even together they are small."""
    groups: dict[str, list[HeldOut]] = {}
    for row in rows:
        groups.setdefault(row.dataset, []).append(row)
    large = sorted((group for group in groups.values() if not says_little(group)), key=len)
    rest = [
        row.model_copy(update={"question": row.question + n * APART})
        for n, group in enumerate(groups.values())
        if says_little(group)
        for row in group
    ]
    if rest and large and says_little(rest):
        return [*large[:-1], [*large[-1], *rest]]
    return [*large, rest] if rest else large


def _largest_spread(rows: Sequence[HeldOut], max_error: float, at: float) -> float:
    if says_little(rows) or at >= 1:
        return -1.0
    ordered = sorted(rows, key=lambda row: row.spread)
    questions = np.array([row.question for row in ordered])
    wrong = np.array([row.error > max_error for row in ordered], dtype=float)
    spreads = [row.spread for row in ordered]
    best = -1.0
    share = max(SUREST, math.ceil(3 / (1 - at)) / len(ordered))
    while share <= 1 + 1e-9:
        edge = spreads[max(1, round(share * len(ordered))) - 1]
        count = bisect.bisect_right(spreads, edge)
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


def promise(
    calibration: Calibration, max_error: float, at: float, origin: Origin, level: Level | None = None
) -> Promise:
    """Work out once what is asked for every answer; see `largest_spread` for the arguments.

    Marks near nothing, near all and between have a threshold each where the
    record keeps marks and more of its answers are decided so. The promise then
    holds for each of the three by itself.

    Args:
        level: Of the mark; None for the threshold that holds for all marks.
    """
    record = calibration.record(origin)
    reach = _reach(record, max_error, at)
    levels = [None if row.mark is None else level_of(row.mark) for row in record]
    if level is not None and None not in levels:
        parts = {
            each: [row for row, its in zip(record, levels, strict=True) if its == each] for each in get_args(Level)
        }
        reaches = {each: _reach(rows, max_error, at) for each, rows in parts.items()}
        apart = sum(row.spread <= reaches[each] for each, rows in parts.items() for row in rows)
        if apart > sum(row.spread <= reach for row in record):
            record, reach = parts[level], reaches[level]
    return Promise(reach, tuple(row.spread for row in record), tuple(row.error <= max_error for row in record))


def fit_curve(findings: Sequence[Sequence[Seen]], marks: Sequence[float]) -> Curve:
    """The curve whose marks come nearest to human marks.

    Args:
        findings: For each answer, what was found of each of its points.
        marks: Human marks, 0..1.

    Returns:
        Drawn lightly towards slope 1, no weight of words, and offset 0.
    """
    from scipy.optimize import minimize

    values, shares, owner = _flat([[(seen.odds, seen.share) for seen in found] for found in findings])
    words = np.array([seen.words for found in findings for seen in found])
    wanted = np.asarray(marks, dtype=float)

    columns = np.stack([values, words, np.ones(len(values))], 1)
    start = np.array([1.0, 0.0, 0.0])

    def loss(curve: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        chances = 1 / (1 + np.exp(-np.clip(columns @ curve, -30, 30)))
        off = np.bincount(owner, weights=shares * chances, minlength=len(wanted)) - wanted
        slopes = columns.T @ (2 * off[owner] * shares * chances * (1 - chances))
        return float((off**2).sum() + 0.5 * ((curve - start) ** 2).sum()), slopes + (curve - start)

    bounds = [(0.05, None), (0.0, MOST_WORDS), (None, None)]
    slope, weight, offset = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x.tolist()
    return Curve(slope=round(slope, 4), words=round(weight, 4), offset=round(offset, 4))


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
