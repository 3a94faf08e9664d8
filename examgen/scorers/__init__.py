"""Scorers: what looks for rubric points in an answer.

reader   a small trained network over the token vectors of the default model; its weights are in reader.safetensors
cosine   similarity of clauses and shared words, for any embedding model
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from examgen.embed import Encoder, FrugalEncoder
from examgen.embed.onnx_backend import OnnxEncoder
from examgen.embed.tokens import innermost, reads_tokens, token_model
from examgen.records import file_sha256
from examgen.scorers.base import NOTHING, Case, Finding, Scorer
from examgen.scorers.cached import CachedScorer
from examgen.scorers.cosine import CosineScorer
from examgen.scorers.onnx_reader import OnnxReader
from examgen.scorers.reader import SHIPPED, load_reader, shipped_reader
from examgen.scorers.reading import ReadingScorer, Reads

__all__ = ["NOTHING", "SCORERS", "Case", "Finding", "Scorer", "open_reader", "open_scorer"]


def open_reader(encoder: Encoder, path: Path = SHIPPED) -> Callable[[], Reads] | None:
    """What opens a reader that works with an encoder; None where there is none, as for another model.

    Args:
        path: The weights of the reader.
    """
    about = shipped_reader(path)
    if about is None or about.model != encoder.fingerprint.partition("-")[0]:
        return None
    inner = innermost(encoder)
    if isinstance(inner, OnnxEncoder):
        return lambda: OnnxReader(inner, path)
    if not reads_tokens(encoder):
        return None
    return lambda: load_reader(token_model(encoder), path)  # type: ignore[arg-type]  # it reads tokens


def _reading(encoder: Encoder) -> Callable[[], Scorer] | None:
    opens = open_reader(encoder)
    return None if opens is None else lambda: ReadingScorer(opens())


def _cosine(encoder: Encoder) -> Callable[[], Scorer]:
    return lambda: CosineScorer(encoder)


# In order of preference; each gives None where it cannot work with an encoder, else what opens it.
SCORERS: dict[str, Callable[[Encoder], Callable[[], Scorer] | None]] = {"reader": _reading, "cosine": _cosine}


def open_scorer(encoder: Encoder) -> Scorer:
    """The best scorer that works with an encoder: the reader with the model it was trained for, else cosines.

    Where the encoder keeps its vectors between runs, the findings are kept too.
    """
    name, start = next((name, start) for name, make in SCORERS.items() if (start := make(encoder)) is not None)
    if isinstance(encoder, FrugalEncoder) and encoder.cache is not None:
        learned = file_sha256(SHIPPED) if name == "reader" else ""
        return CachedScorer(name, start, f"{encoder.scope} {learned}", encoder.cache)
    return start()
