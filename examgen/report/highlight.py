"""An answer with its evidence marked, as pieces that a template prints."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from examgen.model import PointGrade

COLOURS = 8
"""Distinct marks in the style sheet; with more points they repeat."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the answer and the rubric points that it is evidence for."""

    text: str
    points: tuple[str, ...] = ()
    colour: int = 0
    """0 for plain text, else 1..`COLOURS`: that of the first point."""


def pieces(answer: str, points: Sequence[PointGrade]) -> list[Piece]:
    """Cut an answer where evidence starts and ends; put together again, the texts give the answer."""
    found = [(n, p) for n, p in enumerate(points) if p.credit > 0 and 0 <= p.start < p.end <= len(answer)]
    cuts = sorted({0, len(answer), *(p.start for _, p in found), *(p.end for _, p in found)})
    result = []
    for start, end in itertools.pairwise(cuts):
        here = [(n, p.id) for n, p in found if p.start <= start and end <= p.end]
        colour = here[0][0] % COLOURS + 1 if here else 0
        result.append(Piece(answer[start:end], tuple(point_id for _, point_id in here), colour))
    return result
