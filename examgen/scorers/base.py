"""What all scorers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from examgen.text import Span


@dataclass(frozen=True)
class Case:
    """One answer to look through for one list of points."""

    question: str
    points: tuple[str, ...]
    answer: str
    references: tuple[str, ...] = ()
    """Answers that cover all of the points, in other words; empty where there are none."""


@dataclass(frozen=True)
class Finding:
    """What was found of one point."""

    covered: float
    """How much speaks for the point being covered, 0..1; `calibrate` turns it into credit."""
    contradicted: float
    """How much speaks for the answer saying the opposite, 0..1."""
    similarity: float
    """Cosine of the point with its evidence, in [-1, 1]; -1 where there is no evidence."""
    evidence: Span
    words: float = 0.0
    """Share of the point's content words, without those of the question, that stand in the answer, 0..1."""


NOTHING = Finding(0.0, 0.0, -1.0, Span(0, 0))


class Scorer(Protocol):
    """What looks for points in answers."""

    name: str
    """Goes into every grade, with the version of what was learned."""

    def find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """Look for each point of each case in its answer.

        Returns:
            For each case its findings, in the order of its points. A finding depends on its case alone.
        """
