"""An answer with its evidence marked, as pieces that a template prints."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from examgen.model import PointGrade

COLOURS = 8
"""Distinct marks in the style sheet; with more points they repeat."""


# Evidence begins behind a stop, where Markdown may still close what it emphasised, or open an entry of a list.
MARKUP = re.compile(r"(?:[\s*#>]|[-+]\s)*")


@dataclass(frozen=True)
class Piece:
    """A stretch of the answer and the rubric points that it is evidence for."""

    text: str
    points: tuple[str, ...] = ()
    colour: int = 0
    """0 for plain text, else 1..`COLOURS`: that of the first point."""


def pieces(answer: str, points: Sequence[PointGrade]) -> list[Piece]:
    """Cut an answer where evidence starts and ends; put together again, the texts give the answer."""
    found = [
        (n, p.id, _first_word(answer, p.start, p.end), p.end)
        for n, p in enumerate(points)
        if p.credit > 0 and 0 <= p.start < p.end <= len(answer)
    ]
    cuts = sorted({0, len(answer), *(place for *_, begin, stop in found for place in (begin, stop))})
    result = []
    for start, end in itertools.pairwise(cuts):
        here = [(n, point_id) for n, point_id, begin, stop in found if begin <= start and end <= stop]
        colour = here[0][0] % COLOURS + 1 if here else 0
        result.append(Piece(answer[start:end], tuple(point_id for _, point_id in here), colour))
    return result


def _first_word(answer: str, start: int, end: int) -> int:
    """Where a stretch begins to say something."""
    match = MARKUP.match(answer, start, end)
    return match.end() if match and match.end() < end else start
