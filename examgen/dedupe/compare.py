"""Do two items ask the same? The decision about one pair, with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from examgen.model import Item
from examgen.text import fold

# Cosines of multilingual-e5-small: unrelated questions 0.80, paraphrases and siblings 0.95.
SAME_COSINE = 0.965
RELATED_COSINE = 0.955
SLOPE = 400.0


@dataclass(frozen=True)
class Likeness:
    """How alike two items are."""

    same: float
    """Probability that they are the same."""
    related: float
    """Probability that they are at least related."""
    reason: str


def asked(item: Item) -> str:
    """The words that ask: the title and the question, once where they are equal."""
    return item.question if fold(item.title) in fold(item.question) else f"{item.title}\n{item.question}"


def compare(left: np.ndarray, right: np.ndarray) -> Likeness:
    """Compare two items by the embeddings of what they ask, rows of length 1."""
    cosine = float(left @ right)
    return Likeness(
        same=_logistic(SLOPE * (cosine - SAME_COSINE)),
        related=_logistic(SLOPE * (cosine - RELATED_COSINE)),
        reason=f"cosine {cosine:.3f}",
    )


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
