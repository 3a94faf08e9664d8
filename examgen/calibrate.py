"""From findings to marks: what a similarity is worth, and how far a mark can be trusted.

A calibration belongs to one embedding model and one set of features. It holds
the weights that turn the features of a rubric point into the probability that
the point is covered, and a record of held-out errors from which the promise
``at most E off, with probability P`` is made. See docs/how-marks-are-made.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from examgen.assets import PACKAGE
from examgen.errors import ExamgenError
from examgen.model import Noun
from examgen.records import read_json, validated, write_json
from examgen.scorers.coverage import FEATURES, Finding

FORMAT = 1


class Trained(Noun):
    """One set of marked answers that went into a calibration."""

    dataset: str
    licence: str = ""
    answers: int
    questions: int


class HeldOut(Noun):
    """The error of one answer whose question took no part in the fitting."""

    question: int
    spread: float
    """The uncertainty that was foretold for the answer."""
    error: float
    """Absolute difference from the human mark, as a share of the maximum."""


class Calibration(Noun):
    """What turns findings into marks for one embedding model."""

    format: int = FORMAT
    encoder: str
    """Fingerprint of the embedding model; empty for any."""
    date: str = ""
    trained: tuple[Trained, ...] = ()
    bias: float
    weights: dict[str, float]
    """One for each of `FEATURES`."""
    held_out: tuple[HeldOut, ...] = Field(default=(), repr=False)

    @property
    def name(self) -> str:
        """How grades name it."""
        sets = "+".join(entry.dataset for entry in self.trained) or "none"
        return f"{sets} {self.date}".strip()

    def covered(self, finding: Finding) -> float:
        """The probability that a point is covered, 0..1."""
        if finding.evidence.start == finding.evidence.end:
            return 0.0
        total = self.bias + sum(
            self.weights[name] * value for name, value in zip(FEATURES, finding.features, strict=True)
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def load_calibration(path: Path) -> Calibration:
    """Read a calibration.

    Raises:
        FileError: it is missing, broken, or was written by another version.
    """
    calibration = validated(Calibration, read_json(path), path)
    if calibration.format != FORMAT or set(calibration.weights) != set(FEATURES):
        raise ExamgenError(f"{path}: is a calibration of another version", "Make it anew with 'examgen calibrate'.")
    return calibration


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON."""
    data: dict[str, Any] = calibration.model_dump()
    write_json(path, data)


def shipped_calibration() -> Calibration:
    """The calibration of the default model."""
    return load_calibration(PACKAGE / "calibrations" / "default.json")


def spread(probabilities: Sequence[float], shares: Sequence[float]) -> float:
    """How uncertain a mark is: the standard deviation of its points' coverage, as a share of the maximum, 0..0.5."""
    return math.sqrt(sum(share * share * p * (1 - p) for p, share in zip(probabilities, shares, strict=True)))


def largest_spread(calibration: Calibration, max_error: float, at: float) -> float:
    """The largest spread up to which marks keep a promise.

    Among held-out answers with at most that spread, an upper bound on the
    share that is more than ``max_error`` off stays below ``1 - at``: the share
    itself plus two standard errors, counted over questions, since the answers
    to one question err together.

    Args:
        max_error: Largest tolerated error, as a share of the maximum.
        at: Required probability of staying within it.

    Returns:
        0 where no answer can be promised that much.

    Source:
        Selective classification with guaranteed risk: Geifman and El-Yaniv (2017), arXiv:1705.08500.
    """
    rows = sorted(calibration.held_out, key=lambda row: row.spread)
    wrong: dict[int, int] = {}
    seen: dict[int, int] = {}
    best = 0.0
    for count, row in enumerate(rows, 1):
        seen[row.question] = seen.get(row.question, 0) + 1
        wrong[row.question] = wrong.get(row.question, 0) + (row.error > max_error)
        if count < 20 or (count < len(rows) and rows[count].spread <= row.spread):
            continue
        share = sum(wrong.values()) / count
        deviation = math.sqrt(sum((wrong[q] - share * seen[q]) ** 2 for q in seen)) / count
        if share + 2 * max(deviation, 1 / count) <= 1 - at:
            best = row.spread
    return best


def confidence(calibration: Calibration, value: float, max_error: float) -> float:
    """The share of held-out answers about as uncertain as this one whose mark was within ``max_error``."""
    nearest = sorted(calibration.held_out, key=lambda row: abs(row.spread - value))[:100]
    return sum(row.error <= max_error for row in nearest) / len(nearest) if nearest else 0.0
