"""How likely each rubric point is covered by an answer, and by which clause."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from examgen.scorers.lexical import grams, negations, numbers, share
from examgen.scorers.spans import clauses
from examgen.text import Span

Matrix = npt.NDArray[np.float32]

FEATURES = (
    "cosine",
    "contrast",
    "question_cosine",
    "recall",
    "new_words",
    "negation",
    "missing_numbers",
    "short_point",
)


class Encoder(Protocol):
    """What a scorer needs of `examgen.embed`: rows of length 1, (n, dim), for n texts."""

    def encode(self, texts: Sequence[str]) -> Matrix: ...


@dataclass(frozen=True)
class Case:
    """One answer to look through for one list of points."""

    question: str
    points: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Finding:
    """What was found of one point."""

    features: tuple[float, ...]
    """In the order of `FEATURES`."""
    similarity: float
    """Cosine of the point with its evidence, in [-1, 1]."""
    evidence: Span


def find(cases: Sequence[Case], encoder: Encoder) -> list[tuple[Finding, ...]]:
    """Look for each point of each case in the clauses of its answer.

    Every distinct text is encoded once, so many answers to one question cost
    little more than their own words. An answer without words finds nothing:
    similarity -1 and an empty span.

    Returns:
        For each case its findings, in the order of its points.
    """
    spans = [clauses(case.answer) for case in cases]
    texts: dict[str, int] = {}
    for case, pieces in zip(cases, spans, strict=True):
        for text in (
            case.question,
            case.answer[:2000],
            *case.points,
            *(case.answer[slice(*piece)] for piece in pieces),
        ):
            texts.setdefault(text, len(texts))
    vectors = encoder.encode(list(texts)) if texts else np.zeros((0, 1), dtype=np.float32)
    return [_find(case, pieces, texts, vectors) for case, pieces in zip(cases, spans, strict=True)]


def _find(case: Case, pieces: list[Span], texts: Mapping[str, int], vectors: Matrix) -> tuple[Finding, ...]:
    if not pieces:
        return tuple(Finding((0.0,) * len(FEATURES), -1.0, Span(0, 0)) for _ in case.points)
    points = vectors[[texts[point] for point in case.points]]
    parts = vectors[[texts[case.answer[slice(*piece)]] for piece in pieces]]
    whole, question = vectors[texts[case.answer[:2000]]], vectors[texts[case.question]]
    close = points @ parts.T
    found = []
    words = grams(case.answer)
    for row, point in enumerate(case.points):
        best = int(close[row].argmax())
        span = pieces[best]
        clause = case.answer[slice(*span)]
        wanted = grams(point) - grams(case.question) or grams(point)
        features = (
            float(max(close[row, best], points[row] @ whole)),
            float(close[row, best] - np.delete(close[:, best], row).max(initial=0.75)),
            float(parts[best] @ question),
            share(wanted, words),
            share(grams(clause), grams(point)),
            float((negations(clause) + negations(point)) % 2),
            1.0 - share(numbers(point), numbers(case.answer)) if numbers(point) else 0.0,
            1.0 / (1.0 + math.log1p(len(point))),
        )
        found.append(Finding(features, float(close[row, best]), span))
    return tuple(found)
