"""An assembly task: who may stand where, and what has to hold, as linear rows.

The solver, the explanation of what cannot be had, and the check of a finished exam all read the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from examgen.assemble.blueprint import Loc
from examgen.assemble.pool import Candidate, Pool
from examgen.model import Blueprint

# Integers for the solver: marks and minutes in hundredths, facility in thousandths.
CENTI = 100
MILLI = 1000

RowKind = Literal["count", "amount", "ban", "pin"]


@dataclass(frozen=True)
class Placement:
    """An item at home in a section: one decision of the solver for each form."""

    candidate: Candidate
    section: int
    points: int
    """Hundredths of a mark."""

    @property
    def minutes(self) -> int:
        """Hundredths of a minute."""
        return round(self.candidate.minutes * CENTI)

    @property
    def expected(self) -> int:
        """Expected marks, in hundred-thousandths."""
        return self.points * round(self.candidate.facility * MILLI)

    def column(self, name: str) -> float:
        """A number that a blueprint can add up: see `condition.NUMBERS`."""
        return self.points / CENTI if name == "points" else float(self.candidate.fact(name))


@dataclass(frozen=True)
class Row:
    """``lower <= sum of coefficient x chosen <= upper`` on each of some forms."""

    loc: Loc
    """Where the blueprint says so: keys and indices."""
    says: str
    """The line in short, as the user wrote it: ``section 'choice': topics.cnn = 3``."""
    about: str
    """What is counted or added up, in words: ``'apply' items on cnn``."""
    kind: RowKind
    measure: str
    """``items``, ``marks``, ``share``, ``mean:COLUMN`` or ``sum:COLUMN``: what the user sees."""
    asked: tuple[float | None, float | None]
    """The bounds as the user gave them, in units of ``measure``."""
    terms: Mapping[int, int]
    """Placement index -> coefficient."""
    lower: int | None
    upper: int | None
    forms: tuple[int, ...]
    """Indices of the forms that it holds for."""
    step: int = 1
    """By how many coefficient units its bounds move at a time when the smallest change is looked for."""
    cost: int = 1000
    """What one such step costs."""
    inside: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    """For a share: the placements whose marks it is, and those of whose marks it is a part."""

    def value(self, chosen: Iterable[int] | Mapping[int, float]) -> float:
        """The sum over chosen placements, or over parts of them, in coefficient units."""
        if isinstance(chosen, Mapping):
            return sum(weight * self.terms.get(index, 0) for index, weight in chosen.items())
        return sum(self.terms.get(index, 0) for index in chosen)

    def holds(self, value: float) -> bool:
        """Whether a value keeps the bounds."""
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)


@dataclass(frozen=True)
class Bundle:
    """Items that stand on a form all together or not at all."""

    loc: Loc
    says: str
    ids: tuple[str, ...]
    forms: tuple[int, ...]


@dataclass(frozen=True)
class OrderRule:
    """Items that keep an order on paper."""

    loc: Loc
    says: str
    ids: tuple[str, ...]
    """In their order."""
    forms: tuple[int, ...]


@dataclass(frozen=True)
class Task:
    """Everything that a choice of items has to keep."""

    blueprint: Blueprint
    pool: Pool
    placements: tuple[Placement, ...]
    sections: tuple[tuple[int, ...], ...]
    """For each section, the indices of its placements."""
    rows: tuple[Row, ...]
    bundles: tuple[Bundle, ...] = ()
    orders: tuple[OrderRule, ...] = ()
    pinned: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Items that the user put on forms by name, and these forms: between them they do not count as overlap."""
    total: int | None = None
    """Marks of a form in hundredths, where the blueprint fixes them."""

    @property
    def forms(self) -> range:
        """Indices of the forms to solve for: one where all forms hold the same items."""
        return range(1 if self.blueprint.overlap == "all" else len(self.blueprint.forms))

    @property
    def facility_gap(self) -> int | None:
        """The most that two forms' expected marks may differ by, in hundred-thousandths; None where it is free."""
        gap = self.blueprint.facility_gap
        return None if gap is None or not self.total or len(self.forms) < 2 else int(gap * MILLI * self.total + 1e-6)

    def alone(self, form: int, taken: Collection[str]) -> Task:
        """The task of one form by itself.

        Args:
            form: Its index.
            taken: Items that stand on other forms and are not to be had any more.
        """
        elsewhere = {name for name in self.pinned if self.blueprint.overlap == 0}
        not_here = {*taken, *elsewhere} - {name for name, forms in self.pinned.items() if form in forms}
        gone = {i: 1 for i, p in enumerate(self.placements) if p.candidate.id in not_here}
        banned = Row((), "on another form", "items on another form", "ban", "items", (None, 0), gone, None, 0, (0,))
        return replace(
            self,
            blueprint=self.blueprint.model_copy(update={"forms": self.blueprint.forms[form : form + 1]}),
            rows=(*(replace(row, forms=(0,)) for row in self.rows if form in row.forms), banned),
            bundles=tuple(replace(bundle, forms=(0,)) for bundle in self.bundles if form in bundle.forms),
        )

    def delivered(self, row: Row, chosen: Sequence[int] | Mapping[int, float]) -> float:
        """What a form has of what a row asks for, in units of the row's ``measure``; 0 where nothing counts.

        Args:
            row: What is asked.
            chosen: The placements of a form, or how much of each an average form has.
        """
        weights = chosen if isinstance(chosen, Mapping) else Counter(chosen)
        hits = {index: weight for index, weight in weights.items() if index in row.terms}
        if row.measure == "items":
            return float(sum(hits.values()))
        if row.measure == "share":
            whole = self._marks({index: weight for index, weight in weights.items() if index in row.whole})
            return self._marks({i: w for i, w in weights.items() if i in row.inside}) / whole if whole else 0.0
        if row.measure == "marks":
            return self._marks(hits)
        name, _, column = row.measure.rpartition(":")
        if name == "mean":
            total = self._marks(hits)
            parts = sum(w * self.placements[i].points * self.placements[i].column(column) for i, w in hits.items())
            return parts / CENTI / total if total else 0.0
        return sum(weight * self.placements[index].column(column) for index, weight in hits.items())

    def _marks(self, weights: Mapping[int, float]) -> float:
        return sum(weight * self.placements[index].points for index, weight in weights.items()) / CENTI


def is_fluid(row: Row) -> bool:
    """Whether a row sums up what nearly every item has another value of: time, difficulty, length, use."""
    return row.measure not in ("items", "marks", "share")


def signatures(task: Task, indices: Sequence[int]) -> dict[int, Hashable]:
    """What tells placements apart other than difficulty, time and use; equal ones can replace each other."""
    rows = [row for row in task.rows if not is_fluid(row)]
    return {
        index: _signature(
            task.placements[index],
            [(number, row.terms[index]) for number, row in enumerate(rows) if index in row.terms],
        )
        for index in indices
    }


def _signature(placement: Placement, rows: Sequence[tuple[int, int]]) -> Hashable:
    item = placement.candidate.item
    return placement.section, item.topic, item.level, placement.points, tuple(rows)
