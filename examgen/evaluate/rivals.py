"""What others do about duplicates, measured on the same items: a cut on embedding cosine, and SemHash."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from examgen.embed import Encoder
from examgen.evaluate.duplicates import Agreement, NamePair, agreement, ordered, pairs_of
from examgen.model import Item

# Where a cut is tried; above and below, nobody would cut.
THRESHOLDS = tuple(round(0.7 + 0.0025 * n, 4) for n in range(120))


@dataclass(frozen=True)
class Rival:
    """How well a method does at the cut that suits these very items best: more than it could know beforehand."""

    name: str
    threshold: float
    pairs: frozenset[NamePair]
    found: Agreement


def rivals(items: Mapping[str, Item], encoder: Encoder, gold: Collection[NamePair]) -> Iterator[Rival]:
    """Yield each method's best, on titles and on whole questions; SemHash only where it is installed."""
    texts = {
        "titles": {name: item.title or item.question for name, item in items.items()},
        "questions": {name: item.question for name, item in items.items()},
    }
    for what, by_name in texts.items():
        vectors = encoder.encode(list(by_name.values()))
        yield _best(f"cosine of {what}", _cosine(list(by_name), vectors), gold)
    vectors = encoder.encode(list(texts["questions"].values()))
    if (cut := _semhash(texts["questions"], vectors, encoder)) is not None:
        yield _best("SemHash on questions", cut, gold)


def _best(name: str, cut: Callable[[float], frozenset[NamePair]], gold: Collection[NamePair]) -> Rival:
    tried = (Rival(name, at, pairs, agreement(pairs, gold)) for at in THRESHOLDS if (pairs := cut(at)))
    nothing = Rival(name, 1.0, frozenset(), agreement((), gold))
    return max(tried, key=lambda rival: rival.found.f1, default=nothing)


def _cosine(names: Sequence[str], vectors: np.ndarray) -> Callable[[float], frozenset[NamePair]]:
    """Every pair from a similarity on is the same."""
    similar = vectors @ vectors.T
    left, right = np.triu_indices(len(names), 1)
    values = similar[left, right]
    order = np.argsort(-values, kind="stable")
    sorted_values = values[order]
    pairs = [ordered(names[left[n]], names[right[n]]) for n in order]

    def cut(threshold: float) -> frozenset[NamePair]:
        return frozenset(pairs[: int(np.searchsorted(-sorted_values, -threshold, side="right"))])

    return cut


def _semhash(
    texts: Mapping[str, str], vectors: np.ndarray, encoder: Encoder
) -> Callable[[float], frozenset[NamePair]] | None:
    """The groups that SemHash makes with our vectors; None where it is not installed."""
    try:
        from semhash import SemHash
    except ImportError:
        return None
    records = [{"name": name, "text": text} for name, text in texts.items()]
    index = SemHash.from_embeddings(vectors, records, model=encoder, columns=["text"])  # type: ignore[arg-type]

    def cut(threshold: float) -> frozenset[NamePair]:
        groups: dict[str, list[str]] = {}
        for gone in index.self_deduplicate(threshold=threshold).filtered:
            kept = gone.duplicate_of["name"]
            groups.setdefault(kept, [kept]).append(gone.record["name"])
        return pairs_of(groups.values())

    return cut
