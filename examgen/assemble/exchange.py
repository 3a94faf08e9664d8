"""Improving a choice by exchanging items that no row tells apart.

CP-SAT finds quickly who may stand where, and slowly the last thousandth of equal difficulty, which needs no
search tree: among hundreds of items of the same sort, some pair always fits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterator, Sequence

from examgen.assemble.prices import PRICE_LEVEL_MARK, PRICE_MINUTE, PRICE_TARGET, PRICE_TOPIC_MARK, PRICE_USE
from examgen.assemble.task import CENTI, MILLI, Placement, Task, is_fluid, signatures

Choice = tuple[tuple[int, ...], ...]
"""For each form solved for, the indices of its placements."""

# Rounds over all places; each takes the best exchange for every place. Five come close to what fifty reach.
ROUNDS = 8
# Partners tried for one place; more of the same sort bring nothing.
PARTNERS = 60


def cost(task: Task, choice: Choice) -> float:
    """How far a choice is from ideal in content, facility, time and use; see `prices`."""
    total = _fluid_cost(task, [_sums(task, form) for form in choice])
    if len(choice) > 1:
        for name, price in (("topic", PRICE_TOPIC_MARK), ("level", PRICE_LEVEL_MARK)):
            marks = [_marks(task, form, name) for form in choice]
            for key in set().union(*marks):
                values = [form.get(key, 0) for form in marks]
                total += price * (max(values) - min(values)) / CENTI
    return total


def _marks(task: Task, form: Sequence[int], name: str) -> dict[object, int]:
    marks: dict[object, int] = {}
    for index in form:
        key = getattr(task.placements[index].candidate.item, name)
        marks[key] = marks.get(key, 0) + task.placements[index].points
    return marks


def _sums(task: Task, form: Sequence[int]) -> tuple[int, int, int]:
    """Expected marks, minutes and uses of a form."""
    placements = [task.placements[index] for index in form]
    return sum(p.expected for p in placements), sum(p.minutes for p in placements), sum(_uses(p) for p in placements)


def _uses(placement: Placement) -> int:
    return len(placement.candidate.used_in)


def _fluid_cost(task: Task, sums: Sequence[tuple[int, int, int]]) -> float:
    expected = [form[0] for form in sums]
    minutes = [form[1] for form in sums]
    total = PRICE_USE * sum(form[2] for form in sums) + PRICE_MINUTE * (max(minutes) - min(minutes)) / CENTI
    if task.facility_gap is not None and max(expected) - min(expected) > task.facility_gap:
        return math.inf
    if task.total:
        unit = task.total * MILLI / 10_000
        total += (max(expected) - min(expected)) / unit
        if isinstance(task.blueprint.facility, float):
            wished = task.blueprint.facility * MILLI * task.total
            total += PRICE_TARGET * max(abs(value - wished) for value in expected) / unit
    return total


def exchange(task: Task, choice: Choice, seed: int) -> Choice:
    """Exchange items for others of the same sort while that brings the forms closer.

    Args:
        task: Whose rows the result keeps, as ``choice`` does.
        choice: Where to start.
        seed: Draws the order in which places are tried.
    """
    rng = random.Random(f"exchange {seed}")
    return _Exchange(task, _reserves(task, choice, rng), choice).run(rng)


def _reserves(task: Task, choice: Choice, rng: random.Random) -> list[int]:
    """Placements of the chosen ones' sections, topics and levels, the least used of each first, in bounded number."""
    banned = {index for row in task.rows if row.kind == "ban" for index in row.terms}
    chosen = {index for form in choice for index in form}
    cells: dict[Hashable, list[int]] = {_cell(task.placements[index]): [] for index in chosen}
    for index, placement in enumerate(task.placements):
        if index not in banned and (cell := cells.get(_cell(placement))) is not None:
            cell.append(index)
    for cell in cells.values():
        rng.shuffle(cell)
        cell.sort(key=lambda index: _uses(task.placements[index]))
    return sorted(chosen.union(*(cell[: 2 * PARTNERS] for cell in cells.values())))


def _cell(placement: Placement) -> Hashable:
    item = placement.candidate.item
    return placement.section, item.topic, item.level, placement.points


class _Exchange:
    def __init__(self, task: Task, reserves: Sequence[int], choice: Choice) -> None:
        self.task = task
        self.forms = [set(form) for form in choice]
        self.names = [{self._name(index) for index in form} for form in choice]
        self.sums = [_sums(task, form) for form in choice]
        self.rows = [row for row in task.rows if is_fluid(row)]
        self.values = [[row.value(form) for row in self.rows] for form in choice]
        self.fixed = {name for bundle in task.bundles for name in bundle.ids} | set(task.pinned)
        self.sort = signatures(task, reserves)
        self.partners: dict[Hashable, list[int]] = {}
        for index in reserves:
            self.partners.setdefault(self.sort[index], []).append(index)

    def _name(self, index: int) -> str:
        return self.task.placements[index].candidate.id

    def run(self, rng: random.Random) -> Choice:
        """Rounds of best exchanges, until one brings nothing."""
        best = _fluid_cost(self.task, self.sums)
        for _ in range(ROUNDS):
            before = best
            places = [(form, index) for form in range(len(self.forms)) for index in sorted(self.forms[form])]
            rng.shuffle(places)
            for form, index in places:
                if index in self.forms[form]:
                    best = self._best_move(form, index, best, rng)
            if before - best < 0.5:
                break
        return tuple(tuple(sorted(form)) for form in self.forms)

    def _best_move(self, form: int, index: int, best: float, rng: random.Random) -> float:
        name = self._name(index)
        if name in self.fixed or sum(name in names for names in self.names) > 1:
            return best
        partners = self.partners[self.sort[index]]
        if len(partners) > PARTNERS:
            partners = rng.sample(partners, PARTNERS)
        move = None
        for partner, other in self._moves(form, index, partners):
            sums = self._sums_after(form, index, partner, other)
            price = _fluid_cost(self.task, sums)
            if price < best - 1e-9 and self._rows_hold(form, index, partner, other):
                best, move = price, (partner, other)
        if move:
            self._make(form, index, *move)
        return best

    def _moves(self, form: int, index: int, partners: Sequence[int]) -> Iterator[tuple[int, int | None]]:
        """Partners that may come in, each with the form that it stands on now, or None."""
        for partner in partners:
            name = self._name(partner)
            homes = [number for number, names in enumerate(self.names) if name in names]
            if partner == index or form in homes or len(homes) > 1 or name in self.fixed:
                continue
            if not self._enemies_allow(form, partner, index):
                continue
            if not homes:
                yield partner, None
            elif partner in self.forms[homes[0]] and self._enemies_allow(homes[0], index, partner):
                yield partner, homes[0]

    def _enemies_allow(self, form: int, incoming: int, outgoing: int) -> bool:
        enemies = self.task.pool.enemies.get(self._name(incoming), frozenset())
        return not enemies & (self.names[form] - {self._name(outgoing)})

    def _sums_after(self, form: int, index: int, partner: int, other: int | None) -> list[tuple[int, int, int]]:
        sums = list(self.sums)
        sums[form] = self._swapped(sums[form], index, partner)
        if other is not None:
            sums[other] = self._swapped(sums[other], partner, index)
        return sums

    def _swapped(self, sums: tuple[int, int, int], out: int, into: int) -> tuple[int, int, int]:
        old, new = self.task.placements[out], self.task.placements[into]
        return (
            sums[0] - old.expected + new.expected,
            sums[1] - old.minutes + new.minutes,
            sums[2] - _uses(old) + _uses(new),
        )

    def _rows_hold(self, form: int, index: int, partner: int, other: int | None) -> bool:
        moves = [(form, index, partner)] + ([(other, partner, index)] if other is not None else [])
        return all(
            number not in row.forms or row.holds(value + row.terms.get(into, 0) - row.terms.get(out, 0))
            for number, out, into in moves
            for row, value in zip(self.rows, self.values[number], strict=True)
        )

    def _make(self, form: int, index: int, partner: int, other: int | None) -> None:
        self.sums = self._sums_after(form, index, partner, other)
        self._replace(form, index, partner)
        if other is not None:
            self._replace(other, partner, index)

    def _replace(self, form: int, out: int, into: int) -> None:
        self.forms[form] = self.forms[form] - {out} | {into}
        self.names[form] = self.names[form] - {self._name(out)} | {self._name(into)}
        self.values[form] = [
            value + row.terms.get(into, 0) - row.terms.get(out, 0)
            for row, value in zip(self.rows, self.values[form], strict=True)
        ]
