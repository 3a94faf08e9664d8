"""Coverage by the cosine of clauses and the words they share: for any embedding model, and as a yardstick."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from examgen.embed import Encoder
from examgen.scorers.base import NOTHING, Case, Finding
from examgen.scorers.lexical import grams, negations, numbers, share
from examgen.scorers.spans import clauses
from examgen.text import Span

# Learned from le_zh (Apache-2.0) with the default model, by least squares on the marks of whole answers. What they are
# worth with another model is for `examgen calibrate` to say.
BIAS = -11.5
WEIGHTS = {
    "cosine": 9.0,
    "contrast": 5.0,
    "question_cosine": -5.0,
    "recall": 5.0,
    "negation": -1.0,
    "missing_numbers": -1.0,
}
# No text is read further for its one vector; its clauses are read to the end.
MAX_WHOLE = 2000


class CosineScorer:
    """Credits a point for its nearest clause and for the share of its words that the answer holds."""

    name = "cosine"

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """See `Scorer.find`. Every distinct text is encoded once."""
        spans = [clauses(case.answer) for case in cases]
        texts: dict[str, int] = {}
        for case, pieces in zip(cases, spans, strict=True):
            parts = [case.answer[piece.start : piece.end] for piece in pieces]
            for text in (case.question, case.answer[:MAX_WHOLE], *case.points, *parts):
                texts.setdefault(text, len(texts))
        if not texts:
            return []
        vectors = self.encoder.encode(list(texts))
        return [_find(case, pieces, texts, vectors) for case, pieces in zip(cases, spans, strict=True)]


def _find(
    case: Case, pieces: list[Span], texts: Mapping[str, int], vectors: NDArray[np.float32]
) -> tuple[Finding, ...]:
    if not pieces:
        return (NOTHING,) * len(case.points)
    points = vectors[[texts[point] for point in case.points]]
    parts = vectors[[texts[case.answer[piece.start : piece.end]] for piece in pieces]]
    whole, question = vectors[texts[case.answer[:MAX_WHOLE]]], vectors[texts[case.question]]
    close = points @ parts.T
    words = grams(case.answer)
    found = []
    for row, point in enumerate(case.points):
        best = int(close[row].argmax())
        span = pieces[best]
        clause = case.answer[span.start : span.end]
        wanted = grams(point) - grams(case.question) or grams(point)
        features = {
            "cosine": float(max(close[row, best], points[row] @ whole)),
            "contrast": float(close[row, best] - np.delete(close[:, best], row).max(initial=0.75)),
            "question_cosine": float(parts[best] @ question),
            "recall": share(wanted, words),
            "negation": float((negations(clause) + negations(point)) % 2),
            "missing_numbers": 1.0 - share(numbers(point), numbers(case.answer)) if numbers(point) else 0.0,
        }
        total = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
        found.append(Finding(1 / (1 + math.exp(-total)), 0.0, float(close[row, best]), span))
    return tuple(found)
