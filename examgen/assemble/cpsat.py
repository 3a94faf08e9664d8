"""An assembly task as a model for CP-SAT: which item stands in which section of which form.

The model is the standard one of automated test assembly (van der Linden, Linear Models for Optimal Test Design, 2005):
a yes/no variable for each item, section and form; a linear row for each wish; and an objective that makes
parallel forms alike. Classical difficulties stand in for information functions.
"""

from __future__ import annotations

import random
from collections.abc import Container, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from examgen.assemble.exchange import Choice
from examgen.assemble.pool import enemy_cliques
from examgen.assemble.prices import PRICE_LEVEL_MARK, PRICE_MINUTE, PRICE_TARGET, PRICE_TOPIC_MARK, PRICE_USE
from examgen.assemble.task import CENTI, MILLI, Row, Task

# Prices by lot are drawn below this.
LOT = 1000
# A choice this close in facility and minutes leaves the rest to exchanges.
CLOSE_FACILITY = 0.004
CLOSE_MINUTES = 2.0


class Model:
    """The CP-SAT model of a task over some of its placements.

    Args:
        task: What to keep.
        kept: Indices of the placements to choose from.
        rows: The rows to keep; all of the task's where it is None.
        breakable: Positions of rows whose bounds may move, at a price, by the same amount on all forms.
        any_overlap: Whether forms may share any number of items; ``shared`` is then the most that two of them do.
        without: ``bundles``, ``equal marks`` or ``facility_gap``: what to leave out beside the rows.
    """

    def __init__(
        self,
        task: Task,
        kept: Sequence[int],
        rows: Sequence[Row] | None = None,
        *,
        breakable: Container[int] = (),
        any_overlap: bool = False,
        without: str = "",
    ) -> None:
        from ortools.sat.python import cp_model

        self.task, self.kept, self.breakable = task, kept, breakable
        self.model = cp_model.CpModel()
        self.x = {(form, index): self.model.new_bool_var("") for form in task.forms for index in kept}
        self.penalty: list[Any] = []
        """The price of every row's move."""
        self.shared: Any = None
        self._each_item_once()
        self._enemies_apart()
        self._overlap(free=any_overlap)
        for number, row in enumerate(task.rows if rows is None else rows):
            self._row(row, breakable=number in breakable)
        for name, add in (
            ("bundles", self._bundles),
            ("equal marks", self._equal_totals),
            ("facility_gap", self._facility_gap),
        ):
            if name != without:
                add()

    def _by_item(self) -> dict[str, list[int]]:
        items: dict[str, list[int]] = {}
        for index in self.kept:
            items.setdefault(self.task.placements[index].candidate.id, []).append(index)
        return items

    def _each_item_once(self) -> None:
        for indices in self._by_item().values():
            if len(indices) > 1:
                for form in self.task.forms:
                    self.model.add_at_most_one(self.x[form, index] for index in indices)

    def _enemies_apart(self) -> None:
        items = self._by_item()
        for clique in enemy_cliques(self.task.pool.enemies, items):
            for form in self.task.forms:
                self.model.add_at_most_one(self.x[form, index] for name in clique for index in items[name])

    def _overlap(self, *, free: bool) -> None:
        overlap = self.task.blueprint.overlap
        if len(self.task.forms) < 2 or overlap == "all":
            return
        items = self._by_item()
        if overlap == 0 and not free:
            for name, indices in items.items():
                pinned = self.task.pinned.get(name, frozenset())
                others = [form for form in self.task.forms if form not in pinned]
                for forms in [[form, *others] for form in sorted(pinned)] or [others]:
                    self.model.add_at_most_one(self.x[form, index] for form in forms for index in indices)
            return
        most = self.model.new_int_var(0, self._places, "") if free else overlap
        for one, other in combinations(self.task.forms, 2):
            shared = []
            for name, indices in items.items():
                if {one, other} <= self.task.pinned.get(name, frozenset()):
                    continue
                both = self.model.new_bool_var("")
                stands = [sum(self.x[form, index] for index in indices) for form in (one, other)]
                self.model.add(stands[0] + stands[1] <= 1 + both)
                shared.append(both)
            self.model.add(sum(shared) <= most)
        self.shared = most

    def _row(self, row: Row, *, breakable: bool) -> None:
        terms = [(index, row.terms[index]) for index in self.kept if index in row.terms]
        low, high = self._moves(row, terms) if breakable else (0, 0)
        for form in row.forms:
            total = sum(coefficient * self.x[form, index] for index, coefficient in terms)
            if row.lower is not None and row.lower == row.upper and row.step == 1:
                # An exact number stays exact on all forms, also where it moves.
                self.model.add(total + low - high == row.lower)
                continue
            if row.lower is not None:
                self.model.add(total + row.step * low >= row.lower)
            if row.upper is not None:
                self.model.add(total - row.step * high <= row.upper)

    def _moves(self, row: Row, terms: Sequence[tuple[int, int]]) -> tuple[Any, Any]:
        """By how many steps the lower bound goes down and the upper one up, each 0 where it could never be missed."""
        smallest = sum(min(0, coefficient) for _, coefficient in terms)
        largest = sum(max(0, coefficient) for _, coefficient in terms)
        moves: list[Any] = [0, 0]
        for side, miss in enumerate(
            (0 if row.lower is None else row.lower - smallest, 0 if row.upper is None else largest - row.upper)
        ):
            if miss > 0:
                moves[side] = self.model.new_int_var(0, -(-miss // row.step), "")
                self.penalty.append(row.cost * moves[side])
        return moves[0], moves[1]

    def _bundles(self) -> None:
        items = self._by_item()
        for bundle in self.task.bundles:
            for form in bundle.forms:
                stands = [sum(self.x[form, i] for i in items.get(name, [])) for name in dict.fromkeys(bundle.ids)]
                for one, other in pairwise(stands):
                    self.model.add(one == other)

    def _equal_totals(self) -> None:
        """Parallel forms are worth the same, also where the marks are the items' own."""
        if len(self.task.forms) > 1 and (self.task.total is None or self.breakable):
            first, *others = [
                sum(self.task.placements[index].points * self.x[form, index] for index in self.kept)
                for form in self.task.forms
            ]
            for other in others:
                self.model.add(first == other)

    def _facility_gap(self) -> None:
        allowed = self.task.facility_gap
        if allowed is not None:
            self._within({index: self.task.placements[index].expected for index in self.kept}, allowed)

    def prefer_by_lot(self, seed: int) -> None:
        """An objective drawn by the seed, after use: it leads the search to a choice, and every seed to another one."""
        rng = random.Random(f"lot {seed}")
        uses = {index: len(self.task.placements[index].candidate.used_in) for index in self.kept}
        self.model.minimize(sum((rng.randrange(LOT) + LOT * uses[index]) * x for (_, index), x in self.x.items()))

    def make_forms_alike(self, *, content: bool) -> None:
        """The objective: equal content, then equal facility near the wished one, equal time, and little used items."""
        prices: list[Any] = []
        if len(self.task.forms) > 1:
            if content:
                prices += self._content_gaps("topic", PRICE_TOPIC_MARK) + self._content_gaps("level", PRICE_LEVEL_MARK)
            minutes = {index: self.task.placements[index].minutes for index in self.kept}
            prices += [PRICE_MINUTE * self._gap(minutes, CENTI)]
        prices += self._facility_cost()
        for (_, index), chosen in self.x.items():
            if uses := len(self.task.placements[index].candidate.used_in):
                prices.append(PRICE_USE * uses * chosen)
        if prices:
            self.model.minimize(sum(prices))

    def _facility_cost(self) -> list[Any]:
        """In units of 0.0001 of the mean facility."""
        total = self.task.total
        if not total:
            return []
        expected = {index: self.task.placements[index].expected for index in self.kept}
        unit = max(1, total * MILLI // 10_000)
        prices = [self._gap(expected, unit)] if len(self.task.forms) > 1 else []
        target = self.task.blueprint.facility
        if isinstance(target, float):
            wished = round(target * MILLI) * total
            off = self.model.new_int_var(0, total * MILLI // unit + 1, "")
            for form in self.task.forms:
                value = sum(coefficient * self.x[form, index] for index, coefficient in expected.items())
                self.model.add(value - wished <= unit * off)
                self.model.add(wished - value <= unit * off)
            prices.append(PRICE_TARGET * off)
        return prices

    def _content_gaps(self, name: str, price: int) -> list[Any]:
        cells: dict[object, dict[int, int]] = {}
        for index in self.kept:
            placement = self.task.placements[index]
            cells.setdefault(getattr(placement.candidate.item, name), {})[index] = placement.points
        return [price * self._gap(terms, CENTI) for terms in cells.values()] if len(cells) > 1 else []

    def _gap(self, terms: Mapping[int, int], unit: int) -> Any:
        """The difference between the largest and the smallest form, in whole units rounded up."""
        most = sum(sorted(terms.values(), reverse=True)[: self._places])
        low, high = self.model.new_int_var(0, most, ""), self.model.new_int_var(0, most, "")
        gap = self.model.new_int_var(0, most // unit + 1, "")
        for form in self.task.forms:
            total = sum(coefficient * self.x[form, index] for index, coefficient in terms.items())
            self.model.add(total >= low)
            self.model.add(total <= high)
        self.model.add(high - low <= unit * gap)
        return gap

    @property
    def _places(self) -> int:
        return sum(section.count for section in self.task.blueprint.sections)

    def same_marks(self, name: str, like: Sequence[int] | None = None) -> None:
        """Every form has the same marks on each topic, at each level, or in each cell of the two.

        Args:
            name: ``topic``, ``level`` or ``cell``.
            like: A form with those marks; where it is None, the forms agree among themselves.
        """
        cells = self._cells(name, self.kept)
        points = [placement.points for placement in self.task.placements]
        first, *others = self.task.forms
        if like is not None:
            asked = {key: sum(points[index] for index in indices) for key, indices in self._cells(name, like).items()}
            for key in {**cells, **asked}:
                marks = sum(points[index] * self.x[first, index] for index in cells.get(key, ()))
                self.model.add(marks == asked.get(key, 0))
        for indices in cells.values():
            for other in others:
                one = sum(points[index] * self.x[first, index] for index in indices)
                self.model.add(one == sum(points[index] * self.x[other, index] for index in indices))

    def _cells(self, name: str, indices: Sequence[int]) -> dict[object, list[int]]:
        cells: dict[object, list[int]] = {}
        for index in indices:
            item = self.task.placements[index].candidate.item
            key = (item.topic, item.level) if name == "cell" else getattr(item, name)
            cells.setdefault(key, []).append(index)
        return cells

    def close(self, like: Sequence[int] | None = None) -> None:
        """Forms close to the wished facility, and close in facility and time to each other or to a form given."""
        expected = {index: self.task.placements[index].expected for index in self.kept}
        minutes = {index: self.task.placements[index].minutes for index in self.kept}
        unit = round(CLOSE_FACILITY * MILLI * (self.task.total or 0))
        wished = self.task.blueprint.facility
        if unit and isinstance(wished, float):
            target = round(wished * MILLI) * (self.task.total or 0)
            for form in self.task.forms:
                value = sum(coefficient * self.x[form, index] for index, coefficient in expected.items())
                self.model.add_linear_constraint(value, target - unit, target + unit)
        elif unit:
            self._within(expected, unit, None if like is None else sum(self.task.placements[i].expected for i in like))
        asked = None if like is None else sum(self.task.placements[index].minutes for index in like)
        self._within(minutes, round(CLOSE_MINUTES * CENTI), asked)

    def _within(self, terms: Mapping[int, int], most: int, asked: int | None = None) -> None:
        """The sums of all forms lie within a range, or at most half of it away from what is asked."""
        largest = sum(sorted(terms.values(), reverse=True)[: self._places])
        low = self.model.new_int_var(0, largest, "") if asked is None else asked - most // 2
        for form in self.task.forms:
            total = sum(coefficient * self.x[form, index] for index, coefficient in terms.items())
            self.model.add(total >= low)
            self.model.add(total <= low + most)

    def hint(self, choice: Choice) -> None:
        """A choice to start from; it need not keep the rows."""
        for form, indices in zip(self.task.forms, choice, strict=True):
            wanted = set(indices)
            for index in self.kept:
                self.model.add_hint(self.x[form, index], index in wanted)

    def choice(self, solver: Any) -> Choice:
        """What the solver chose."""
        return tuple(
            tuple(index for index in self.kept if solver.boolean_value(self.x[form, index])) for form in self.task.forms
        )

    def run(self, seed: int, effort: float, gap: float = 0.0, relative_gap: float = 0.0) -> tuple[Any, str]:
        """Solve with one worker and a limit on effort; return the solver and ``OPTIMAL``, ``FEASIBLE`` and so on."""
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = 1
        parameters.random_seed = seed % 2**31
        parameters.max_deterministic_time = effort
        parameters.absolute_gap_limit = gap
        parameters.relative_gap_limit = relative_gap
        # All of the model goes into the linear relaxation, which settles most questions of "enough items" at once.
        parameters.linearization_level = 2
        return solver, solver.status_name(solver.solve(self.model))
