"""A second look at pairs in doubt: a reader takes two questions side by side, word by word.

Its network is that of the grader's reader (`examgen.scorers.reader`), trained on pairs of questions instead of points
and answers: its three verdicts are same, related and different. `tools/fit_dedupe.py` trains it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examgen.dedupe.evidence import Reading
from examgen.embed import Encoder, FrugalEncoder
from examgen.embed.cache import VectorCache, key
from examgen.model import Item
from examgen.records import file_sha256
from examgen.scorers import open_reader
from examgen.scorers.cached import code_sha256
from examgen.scorers.reader import MAX_QUESTION, Text
from examgen.scorers.reading import Reads, cut

SHIPPED = Path(__file__).with_name("pairs.safetensors")
# Of a question so much is read, its title first; and so much is beside it, so that its own words are known.
MOST_CHARS, MOST_CONTEXT_CHARS = 120, 80


def wording(item: Item) -> str:
    """What is read of an item."""
    return f"{item.title}：{item.question}"[:MOST_CHARS]


def context(item: Item) -> str:
    """What stands beside it."""
    return item.question[:MOST_CONTEXT_CHARS]


WORDS = wording, context


class SecondLook:
    """Reads pairs of questions; each question is embedded once, and no pair is read again that a cache holds.

    Args:
        opens: Opens the reader, when the first pair comes that is not in the cache.
        cache: Keeps what came of reading, for other runs.
        scope: Names the model and everything learned that decides about pairs.
    """

    def __init__(self, opens: Callable[[], Reads], cache: VectorCache | None = None, scope: str = "") -> None:
        self._reader = functools.cache(opens)
        self._cache, self._scope = cache, scope
        self._texts: dict[str, Text] = {}

    def look(self, pairs: Sequence[tuple[Item, Item]]) -> list[Reading]:
        """What comes of reading each pair, both ways round."""
        if self._cache is None:
            return _readings(self._odds(pairs))
        keys = [key(self._scope, json.dumps([text(item) for item in pair for text in WORDS])) for pair in pairs]
        known = {name: row for name, row in self._cache.get(keys).items() if row.shape == (2,)}
        missing = [(name, pair) for name, pair in zip(keys, pairs, strict=True) if name not in known]
        if missing:
            names = [name for name, _ in missing]
            rows = self._odds([pair for _, pair in missing])
            self._cache.put(names, rows)
            known |= zip(names, rows, strict=True)
        return _readings(np.stack([known[name] for name in keys]) if keys else np.empty((0, 2)))

    def _odds(self, pairs: Sequence[tuple[Item, Item]]) -> NDArray[np.float32]:
        """Log-odds of the same against different and against related, (n_pairs, 2)."""
        wanted = {text(item): None for pair in pairs for item in pair for text in WORDS}
        new = [text for text in wanted if text not in self._texts]
        self._texts |= zip(new, self._reader().read(new), strict=True)
        asked = [(self._texts[wording(item)], self._context(item)) for pair in pairs for item in pair]
        lefts, rights = asked[::2], asked[1::2]
        there = [(left, right, beside) for (left, beside), (right, _) in zip(lefts, rights, strict=True)]
        back = [(right, left, beside) for (right, beside), (left, _) in zip(rights, lefts, strict=True)]
        logs = np.log(np.maximum(self._reader().judge([*there, *back]), 1e-6))
        same, related, different = ((logs[: len(pairs)] + logs[len(pairs) :]) / 2).T
        return np.stack([same - different, same - related], axis=1)

    def _context(self, item: Item) -> Text:
        return cut(self._texts[context(item)], 0, MAX_QUESTION)


def _readings(odds: NDArray[np.floating]) -> list[Reading]:
    # Rounded, so that the last bits, which depend on what is read together, change no decision.
    return [Reading(*row) for row in np.round(odds.astype(float), 2).tolist()]


def open_second_look(encoder: Encoder) -> SecondLook | None:
    """The reader of pairs for an encoder; None where it was trained for another model.

    Where the encoder keeps its vectors between runs, what comes of reading is kept too.
    """
    opens = open_reader(encoder, SHIPPED)
    if opens is None:
        return None
    if isinstance(encoder, FrugalEncoder) and encoder.cache is not None:
        scope = f"second look {encoder.scope} {file_sha256(SHIPPED)} {code_sha256()}"
        return SecondLook(opens, encoder.cache, scope)
    return SecondLook(opens)
