"""Rows of each measure: what a line of a blueprint asks for, as bounds on sums of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from examgen.assemble.blueprint import Loc
from examgen.assemble.task import CENTI, MILLI, Placement, Row, RowKind

# Against the dust of floating-point products at a bound that is meant to be included.
DUST = 1e-6

# What a step of the smallest change costs: an item of a section is dearer than one of a topic, and an item is
# dearer than a few minutes or a hundredth of difficulty. Only the order matters.
COST_COUNT = 2000
COST_PIN = 3000
COST_BAN = 1500
COST_ITEM = 1000
COST_HALF_MARK = 250
COST_HALF_MINUTE = 50
COST_PERCENT = 300
COST_MEAN = 50

Asked = tuple[float | None, float | None]
"""The lowest and the highest that a user wants; None where there is no bound."""


class Line(NamedTuple):
    """A line of a blueprint; see `Row` for its fields."""

    loc: Loc
    says: str
    about: str


class Measure(NamedTuple):
    """What a row adds up, and how its bounds move when the smallest change is looked for; see `Row`."""

    name: str
    step: int
    cost: int
    kind: RowKind = "amount"


MARKS = Measure("marks", CENTI // 2, COST_HALF_MARK)
MINUTES = Measure("sum:minutes", CENTI // 2, COST_HALF_MINUTE)
# Columns that are added up in parts of a unit; the others are whole numbers.
SCALES = {"points": CENTI, "minutes": CENTI, "difficulty": MILLI, "facility": MILLI}


class Rows:
    """Collects rows over placements."""

    def __init__(self, placements: Sequence[Placement], forms: tuple[int, ...], about_total: int) -> None:
        """Begin without rows.

        Args:
            placements: What rows choose among.
            forms: The forms of a row that names none.
            about_total: The marks of a form in hundredths, or a guess at them: the size of a step of a share or a mean.
        """
        self.placements, self.forms, self.about_total = placements, forms, about_total
        self.made: list[Row] = []

    def items(
        self,
        line: Line,
        indices: Iterable[int],
        asked: Asked,
        *,
        kind: RowKind = "count",
        cost: int = COST_ITEM,
        forms: tuple[int, ...] | None = None,
    ) -> None:
        """So many of these items."""
        self._add(line, Measure("items", 1, cost, kind), asked, dict.fromkeys(indices, 1), _scaled(asked, 1), forms)

    def ban(self, line: Line, indices: Iterable[int], forms: tuple[int, ...] | None = None) -> None:
        """None of these items."""
        self.items(line, indices, (None, 0.0), kind="ban", cost=COST_BAN, forms=forms)

    def marks(self, line: Line, indices: Iterable[int], asked: Asked) -> None:
        """So many marks from these items."""
        terms = {index: self.placements[index].points for index in indices}
        self._add(line._replace(about=f"marks of {line.about}"), MARKS, asked, terms, _scaled(asked, CENTI))

    def minutes(self, line: Line, indices: Iterable[int], asked: Asked) -> None:
        """So much time for these items."""
        terms = {index: self.placements[index].minutes for index in indices}
        self._add(line, MINUTES, asked, terms, _scaled(asked, CENTI))

    def sum(
        self, line: Line, column: str, indices: Iterable[int], asked: Asked, forms: tuple[int, ...] | None = None
    ) -> None:
        """So much of a column from these items."""
        scale = SCALES.get(column, 1)
        measure = {"points": MARKS, "minutes": MINUTES}.get(
            column, Measure(f"sum:{column}", max(1, scale // 2), COST_MEAN)
        )
        terms = {index: round(self.placements[index].column(column) * scale) for index in indices}
        self._add(line, measure, asked, terms, _scaled(asked, scale), forms)

    def share(self, line: Line, inside: Iterable[int], whole: Iterable[int], asked: Asked, total: int | None) -> None:
        """Such a share of the marks from the items inside.

        Args:
            total: The marks of the whole in hundredths; None where they are not fixed.
        """
        parts = frozenset(inside), frozenset(whole)
        line = line._replace(about=f"marks of {line.about}")
        if total is not None:
            terms = {index: self.placements[index].points for index in inside}
            percent = Measure("share", max(1, total // 100), COST_PERCENT)
            self._add(line, percent, asked, terms, _scaled(asked, total), parts=parts)
            return
        percent = Measure("share", max(1, self.about_total * MILLI // 100), COST_PERCENT)
        # Marks inside minus the share of all marks, on each side a row of its own.
        for bound, sign in ((asked[0], 1), (asked[1], -1)):
            if bound is not None:
                part = round(bound * MILLI)
                terms = {i: sign * self.placements[i].points * (MILLI * (i in parts[0]) - part) for i in whole}
                self._add(line, percent, asked, terms, (0, None), parts=parts)

    def mean(
        self, line: Line, column: str, indices: Sequence[int], asked: Asked, forms: tuple[int, ...] | None = None
    ) -> None:
        """Such a mark-weighted mean of a column: the sum of points x (value - bound) is at least, or at most, 0."""
        measure = Measure(f"mean:{column}", max(1, self.about_total * MILLI // 200), COST_MEAN)
        for bound, sign in ((asked[0], 1), (asked[1], -1)):
            if bound is not None:
                terms = {
                    index: sign
                    * self.placements[index].points
                    * round((self.placements[index].column(column) - bound) * MILLI)
                    for index in indices
                }
                self._add(line, measure, asked, terms, (0, None), forms)

    def _add(
        self,
        line: Line,
        measure: Measure,
        asked: Asked,
        terms: Mapping[int, int],
        bounds: tuple[int | None, int | None],
        forms: tuple[int, ...] | None = None,
        parts: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset()),
    ) -> None:
        name, step, cost, kind = measure
        forms = self.forms if forms is None else forms
        self.made.append(Row(*line, kind, name, asked, terms, *bounds, forms, step, cost, *parts))


def _scaled(asked: Asked, scale: int) -> tuple[int | None, int | None]:
    """Bounds in coefficient units, inward to whole ones."""
    lower, upper = asked
    return (
        None if lower is None else math.ceil(lower * scale - DUST),
        None if upper is None else math.floor(upper * scale + DUST),
    )
