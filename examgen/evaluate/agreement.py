"""How well marks agree with human marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RESAMPLES = 500
LEVEL = 0.95


@dataclass(frozen=True)
class Scored:
    """One answer with its human mark and ours, both as a share of the maximum."""

    dataset: str
    question_id: str
    human: float
    given: float
    decided: bool
    """Whether the mark may stand without a human."""
    spread: float
    """How uncertain the mark is; the surest answers are decided first."""
    correct: bool | None = None
    """The two-way label, where there is one."""
    kind: str = ""
    answer_id: str = ""


@dataclass(frozen=True)
class Figure:
    """A measured number with its interval; the interval is NaN where there is one question only."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def pearson(human: Numbers, given: Numbers) -> float:
    """Pearson's r; NaN where one side does not vary."""
    if human.std() < 1e-9 or given.std() < 1e-9:
        return math.nan
    return float(np.corrcoef(human, given)[0, 1])


def rmse(human: Numbers, given: Numbers) -> float:
    """Root of the mean squared difference."""
    return float(np.sqrt(((human - given) ** 2).mean()))


def mae(human: Numbers, given: Numbers) -> float:
    """Mean absolute difference."""
    return float(np.abs(human - given).mean())


def smd(human: Numbers, given: Numbers) -> float:
    """Difference of the means in standard deviations of the human marks; NaN where these do not vary."""
    deviation = human.std()
    return float((given.mean() - human.mean()) / deviation) if deviation > 1e-9 else math.nan


def qwk(human: Numbers, given: Numbers, steps: int = 10) -> float:
    """Cohen's kappa with quadratic weights, on a grid of ``steps`` equal steps; NaN where nobody varies.

    Source:
        Cohen (1968), Weighted kappa, Psychological Bulletin 70(4).
    """
    a, b = on_grid(human, steps), on_grid(given, steps)
    observed = ((a - b) ** 2).mean()
    left = np.bincount(a, minlength=steps + 1) / len(a)
    right = np.bincount(b, minlength=steps + 1) / len(b)
    distance = (np.arange(steps + 1)[:, None] - np.arange(steps + 1)[None, :]) ** 2
    expected = float(left @ distance @ right)
    return 1 - float(observed) / expected if expected > 1e-12 else math.nan


def on_grid(marks: Numbers, steps: int) -> NDArray[np.int64]:
    """Marks as numbers of steps, 0..``steps``; halves go up, as examiners round."""
    found: NDArray[np.int64] = np.clip(np.floor(marks * steps + 0.5 + 1e-9), 0, steps).astype(np.int64)
    return found


def exact(human: Numbers, given: Numbers, steps: int = 10) -> float:
    """Share of answers with the same mark on the grid."""
    return float((on_grid(human, steps) == on_grid(given, steps)).mean())


def adjacent(human: Numbers, given: Numbers, steps: int = 10) -> float:
    """Share of answers at most one step apart on the grid."""
    return float((np.abs(on_grid(human, steps) - on_grid(given, steps)) <= 1).mean())


def macro_f1(correct: Numbers, given: Numbers) -> float:
    """Mean of the F1 of right and of wrong answers, a mark of a half or more being right; of those that there are."""
    called = given >= 0.5
    truth = correct > 0.5
    scores = []
    for side in (True, False):
        hit = float(((called == side) & (truth == side)).sum())
        total = float((called == side).sum() + (truth == side).sum())
        if total:
            scores.append(2 * hit / total)
    return sum(scores) / len(scores) if scores else 0.0


METRICS: dict[str, Callable[[Numbers, Numbers], float]] = {
    "r": pearson,
    "QWK": qwk,
    "RMSE": rmse,
    "MAE": mae,
    "SMD": smd,
    "exact": exact,
    "adjacent": adjacent,
}


def agreement(rows: Sequence[Scored], seed: int = 0) -> dict[str, Figure]:
    """All metrics of a set of answers, each with a 95 % interval from a bootstrap over questions.

    Args:
        rows: At least one; answers to one question stay together in the resampling.
        seed: Of the resampling.

    Returns:
        By the names of `METRICS`, and ``macro-F1`` where all rows have a two-way label.
    """
    human = np.array([row.human for row in rows])
    given = np.array([row.given for row in rows])
    groups = _groups([row.question_id for row in rows])
    found = {name: _figure(metric, human, given, groups, seed) for name, metric in METRICS.items()}
    if all(row.correct is not None for row in rows):
        labels = np.array([float(bool(row.correct)) for row in rows])
        found["macro-F1"] = _figure(macro_f1, labels, given, groups, seed)
    return found


def _groups(names: Sequence[str]) -> list[NDArray[np.int64]]:
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    return [np.array(group) for group in places.values()]


def _figure(
    metric: Callable[[Numbers, Numbers], float],
    human: Numbers,
    given: Numbers,
    groups: list[NDArray[np.int64]],
    seed: int,
) -> Figure:
    value = metric(human, given)
    if len(groups) < 2:
        return Figure(value, math.nan, math.nan)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([groups[place] for place in rng.integers(len(groups), size=len(groups))])
        found.append(metric(human[drawn], given[drawn]))
    known = [each for each in found if not math.isnan(each)]
    if not known:
        return Figure(value, math.nan, math.nan)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Figure(value, low, high)


@dataclass(frozen=True)
class RiskPoint:
    """What happens when the surest share of the answers is decided."""

    decided: float
    wrong: float
    """Share of the decided whose error exceeds the tolerance."""
    mae: float


def risk_curve(rows: Sequence[Scored], max_error: float, points: int = 20) -> list[RiskPoint]:
    """The share of errors beyond ``max_error`` among the surest answers, for growing shares of answers."""
    ordered = sorted(rows, key=lambda row: row.spread)
    errors = np.array([abs(row.human - row.given) for row in ordered])
    curve = []
    for step in range(1, points + 1):
        count = max(1, round(step / points * len(errors)))
        part = errors[:count]
        curve.append(RiskPoint(count / len(errors), float((part > max_error + 1e-9).mean()), float(part.mean())))
    return curve


@dataclass(frozen=True)
class Bin:
    """Answers that were given about the same mark."""

    given: float
    human: float
    answers: int


def reliability(rows: Sequence[Scored], bins: int = 10) -> list[Bin]:
    """Mean human mark against mean given mark, by tenths of the given mark; empty tenths are left out."""
    place = np.minimum(on_grid(np.array([row.given for row in rows]) - 0.5 / bins, bins), bins - 1)
    found = []
    for number in sorted(set(place.tolist())):
        part = [row for row, where in zip(rows, place, strict=True) if where == number]
        found.append(
            Bin(sum(row.given for row in part) / len(part), sum(row.human for row in part) / len(part), len(part))
        )
    return found


def confusion(rows: Sequence[Scored], steps: int = 5) -> list[list[int]]:
    """How many answers got each pair of marks on a grid: rows are human marks, columns ours."""
    human = on_grid(np.array([row.human for row in rows]), steps)
    given = on_grid(np.array([row.given for row in rows]), steps)
    table = np.zeros((steps + 1, steps + 1), dtype=int)
    np.add.at(table, (human, given), 1)
    return [list(map(int, line)) for line in table]
