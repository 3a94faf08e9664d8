"""Scorers: what looks for rubric points in an answer.

reader   a small trained network over the token vectors of the default model; its weights are in reader.safetensors
cosine   similarity of clauses and shared words, for any embedding model
"""

from __future__ import annotations

from collections.abc import Callable

from examgen.embed import Encoder
from examgen.embed.tokens import token_model
from examgen.scorers.base import NOTHING, Case, Finding, Scorer
from examgen.scorers.cosine import CosineScorer
from examgen.scorers.reader import SHIPPED, load_reader
from examgen.scorers.reading import ReadingScorer

__all__ = ["NOTHING", "SCORERS", "Case", "Finding", "Scorer", "open_scorer"]


def _reading(encoder: Encoder) -> Scorer | None:
    model = token_model(encoder)
    if model is None or not SHIPPED.exists():
        return None
    reader = load_reader(model)
    return ReadingScorer(reader) if reader.about.model == encoder.fingerprint.partition("-")[0] else None


# In order of preference; each gives None where it cannot work with an encoder.
SCORERS: dict[str, Callable[[Encoder], Scorer | None]] = {
    "reader": _reading,
    "cosine": CosineScorer,
}


def open_scorer(encoder: Encoder) -> Scorer:
    """The best scorer that works with an encoder: the reader with the model it was trained for, else cosines."""
    return next(scorer for make in SCORERS.values() if (scorer := make(encoder)) is not None)
