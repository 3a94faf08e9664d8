"""A second look at pairs in doubt: a reader takes two questions side by side, word by word.

Its network is that of the grader's reader (`examgen.scorers.reader`), trained on pairs of questions instead of points
and answers: its three verdicts are same, related and different. `tools/fit_dedupe.py` trains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from examgen.dedupe.evidence import Reading
from examgen.embed import Encoder
from examgen.model import Item
from examgen.scorers import open_reader
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


class SecondLook:
    """Reads pairs of questions; each question is embedded once."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader
        self._texts: dict[str, Text] = {}

    def look(self, pairs: Sequence[tuple[Item, Item]]) -> list[Reading]:
        """What comes of reading each pair, both ways round."""
        wanted = {text(item): None for pair in pairs for item in pair for text in (wording, context)}
        new = [text for text in wanted if text not in self._texts]
        self._texts |= zip(new, self._reader.read(new), strict=True)
        asked = [(self._texts[wording(item)], self._context(item)) for pair in pairs for item in pair]
        lefts, rights = asked[::2], asked[1::2]
        there = [(left, right, beside) for (left, beside), (right, _) in zip(lefts, rights, strict=True)]
        back = [(right, left, beside) for (right, beside), (left, _) in zip(rights, lefts, strict=True)]
        logs = np.log(np.maximum(self._reader.judge([*there, *back]), 1e-6))
        same, related, different = ((logs[: len(pairs)] + logs[len(pairs) :]) / 2).T
        # Rounded, so that the last bits, which depend on what is read together, change no decision.
        odds = np.round(np.stack([same - different, same - related], axis=1).astype(float), 2)
        return [Reading(*row) for row in odds.tolist()]

    def _context(self, item: Item) -> Text:
        return cut(self._texts[context(item)], 0, MAX_QUESTION)


def open_second_look(encoder: Encoder) -> SecondLook | None:
    """The reader of pairs for an encoder; None where it was trained for another model."""
    opens = open_reader(encoder, SHIPPED)
    return None if opens is None else SecondLook(opens())
