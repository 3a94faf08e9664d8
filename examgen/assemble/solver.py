"""Solving an assembly task with CP-SAT: which item stands in which section of which form.

The model is the standard one of automated test assembly (van der Linden, Linear Models for Optimal Test Design, 2005):
a yes/no variable for each item, section and form; a linear row for each wish; and an objective that makes
parallel forms alike. Classical difficulties stand in for information functions.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Container, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from typing import Any

from examgen.assemble.exchange import Choice, cost, exchange
from examgen.assemble.pool import enemy_cliques
from examgen.assemble.prices import PRICE_LEVEL_MARK, PRICE_MINUTE, PRICE_TARGET, PRICE_TOPIC_MARK, PRICE_USE
from examgen.assemble.relax import relax
from examgen.assemble.task import CENTI, MILLI, Row, Task, signatures

# Candidates kept for each place to fill, tried in turn; 0 keeps all that could matter. Measured with
# `examgen bench assemble`: 4 meets nearly every blueprint that can be met, twenty times faster than all.
THINNING = (4, 16, 0)
# The fewest candidates kept for a section: small sections still need choice in every topic.
MIN_CANDIDATES = 60
# CP-SAT's own measure of effort, one to three seconds on one core; unlike seconds it gives the same paper twice.
EFFORT = 0.5
# For the search after exchanges, where all forms have the same content, and where they have not.
POLISH_EFFORT = 0.3
CONTENT_EFFORT = 2.0
# Prices by lot are drawn below the first; a choice within the second of the best is as good as any.
LOT = 1000
LOT_GAP = 0.3
# What forms have the same marks on, the best wish first: every cell of the two-way table, its margins, the topics.
ALIKE: tuple[tuple[str, ...], ...] = (("cell",), ("topic", "level"), ("topic",), ())
# A first choice this close in facility and minutes leaves the rest to exchanges.
CLOSE_FACILITY = 0.004
CLOSE_MINUTES = 2.0
# For the last pool, which is all there is; `explain` looks once more where this does not settle it.
LAST_EFFORT = 3.0
# Placements times forms from which on a model is big.
MANY_DECISIONS = 3000
# A choice this good is kept as it is, in the currency of `prices`: 0.005 off the wished facility, or four minutes
# between forms. A search stops this close to its bound.
GOOD_ENOUGH = 160
CLOSE_ENOUGH = 5


@dataclass(frozen=True)
class Solution:
    """Which placements each form takes, and what the solver proved about the choice."""

    chosen: Choice
    report: dict[str, Any]
    """``solver``, ``version``, ``status``, ``objective``, ``bound``, ``candidates``, ``of``."""


def solve(task: Task, seed: int) -> Solution | None:
    """Choose the items of all forms.

    Big pools are thinned first: of items that no row tells apart, the least used ones are kept, drawn by the
    seed, several times as many as could be needed. Only if those do not suffice are more looked at. Forms
    get the same marks on every topic and level where the pool allows it, then on every topic, then as nearly as can be.
    What CP-SAT chose is then improved by exchanging items that no row tells apart.

    Returns:
        None where no choice keeps all rows.
    """
    small = thin(task, seed, THINNING[0])
    # Many forms make a big model: there a quick proof comes first, elsewhere once the first pool has failed.
    if len(small) * len(task.forms) <= MANY_DECISIONS:
        if found := _first_choice(task, small, seed, EFFORT):
            return _improved(task, small, *found, seed)
        if len(small) == len(task.placements):
            return None
    usable = sorted(set(range(len(task.placements))) - banned_everywhere(task))
    relaxed = relax(task, task.rows, usable)
    if relaxed is not None and relaxed.impossible:
        return None
    if one_by_one := _one_by_one(task, seed):
        return _improved(task, sorted({*small, *chain(*one_by_one[0])}), *one_by_one, seed)
    # What a solution in parts is made of makes good company for what the lot has drawn.
    company = set(relaxed.weights) if relaxed is not None else set()
    size = 0
    for factor in THINNING:
        kept = sorted(company.union(thin(task, seed, factor)))
        if len(kept) > size:
            size = len(kept)
            if found := _first_choice(task, kept, seed, EFFORT if factor else LAST_EFFORT):
                return _improved(task, kept, *found, seed)
    return None


def _one_by_one(task: Task, seed: int) -> tuple[Choice, tuple[str, ...]] | None:
    """One form after another, each from what the earlier ones left and with the marks of the first in every cell.

    Where no search over all forms at once is short enough, this finds most of what there is to be found in a big bank.
    """
    if len(task.forms) < 2 or task.blueprint.overlap != 0 or task.total is None:
        return None
    chosen: list[tuple[int, ...]] = []
    taken: set[str] = set()
    rank = 0
    for form in task.forms:
        left = task.alone(form, taken)
        kept = sorted({*thin(left, seed, THINNING[1]), *(_alike(left, chosen[0], seed) if chosen else ())})
        # Less likeness with the first form is enough for all that come after it, too.
        wishes = [(alike, True) for alike in ALIKE[rank:]] if chosen else [((), True)]
        for alike, close in [*wishes, ((), False)]:
            found = _feasible(left, kept, seed, EFFORT, alike, close=close, like=chosen[0] if chosen else None)
            if found:
                break
        else:
            return None
        rank = ALIKE.index(alike) if chosen else 0
        chosen += found
        taken |= {task.placements[index].candidate.id for index in found[0]}
    choice = tuple(chosen)
    return (choice, ALIKE[rank]) if cost(task, choice) < math.inf else None


def _alike(task: Task, form: Sequence[int], seed: int) -> list[int]:
    """Placements of the sections, topics and levels of a form, a few for each of its places, the least used first."""
    rng = random.Random(f"alike {seed}")
    wanted = Counter(_place(task, index) for index in form)
    banned = banned_everywhere(task)
    order = [index for index in range(len(task.placements)) if index not in banned and _place(task, index) in wanted]
    rng.shuffle(order)
    order.sort(key=lambda index: len(task.placements[index].candidate.used_in))
    kept, had = [], Counter[Hashable]()
    for index in order:
        place = _place(task, index)
        had[place] += 1
        if had[place] <= THINNING[1] * wanted[place]:
            kept.append(index)
    return kept


def _place(task: Task, index: int) -> Hashable:
    placement = task.placements[index]
    return placement.section, placement.candidate.item.topic, placement.candidate.item.level


def _first_choice(task: Task, kept: Sequence[int], seed: int, effort: float) -> tuple[Choice, tuple[str, ...]] | None:
    """A choice that keeps all rows, and what its forms have the same marks on, as a short search finds them."""
    many = len(task.forms) > 1
    closeness = (True, False) if many or isinstance(task.blueprint.facility, float) else (False,)
    # The last wish is none at all.
    wishes = [(alike, close) for alike in (ALIKE if many else ((),)) for close in closeness][:-1]
    for alike, close in wishes[:1]:
        if found := _feasible(task, kept, seed, EFFORT, alike, close=close):
            return found, alike
    # Before lesser wishes are tried: can the rows be kept at all?
    plain = _feasible(task, kept, seed, effort)
    if plain is None:
        return None
    for alike, close in wishes[1:]:
        if found := _feasible(task, kept, seed, EFFORT, alike, close=close):
            return found, alike
    return plain, ()


def _feasible(
    task: Task,
    kept: Sequence[int],
    seed: int,
    effort: float,
    alike: Sequence[str] = (),
    *,
    close: bool = False,
    like: Sequence[int] | None = None,
) -> Choice | None:
    """A choice that a short search finds, with forms like each other or all like a form that is there already."""
    model = Model(task, kept)
    for name in alike:
        model.same_marks(name, like)
    if close:
        model.close(like)
    model.prefer_by_lot(seed)
    solver, status = model.run(seed, effort, relative_gap=LOT_GAP)
    return model.choice(solver) if status in ("OPTIMAL", "FEASIBLE") else None


def _improved(task: Task, kept: Sequence[int], chosen: Choice, alike: tuple[str, ...], seed: int) -> Solution:
    """The choice after exchanges and, where those leave something to be wished for, after a search with CP-SAT."""
    import importlib.metadata

    chosen = exchange(task, chosen, seed)
    status, bound = "feasible", 0.0
    if cost(task, chosen) > GOOD_ENOUGH:
        model = Model(task, kept)
        for name in alike:
            model.same_marks(name)
        model.make_forms_alike(content=not alike)
        model.hint(chosen)
        solver, found = model.run(seed, POLISH_EFFORT if alike else CONTENT_EFFORT, CLOSE_ENOUGH)
        if found in ("OPTIMAL", "FEASIBLE"):
            better = exchange(task, model.choice(solver), seed)
            chosen = min(better, chosen, key=lambda choice: cost(task, choice))
            status, bound = found.lower(), max(0.0, solver.best_objective_bound)
    report = {
        "solver": "OR-tools CP-SAT",
        "version": importlib.metadata.version("ortools"),
        "status": status,
        "objective": round(cost(task, chosen), 3),
        "bound": round(bound, 3),
        "candidates": len({task.placements[index].candidate.id for index in kept}),
        "of": len(task.pool.candidates),
    }
    return Solution(chosen, report)


def thin(task: Task, seed: int, factor: int, *, banned_too: bool = False) -> list[int]:
    """Keep, of placements that no row tells apart, those used least, in an order drawn by the seed.

    Args:
        factor: Placements to keep for each place to fill in a section, and for each place that a row needs; 0 keeps
            as many of every sort as all forms could ever take, which loses only choice between equals.
        banned_too: Whether to keep placements that a row bans from all forms.
    """
    rng = random.Random(f"thin {seed}")
    banned = set() if banned_too else banned_everywhere(task)
    needed = {name for bundle in task.bundles for name in bundle.ids} | task.pinned
    order = list(range(len(task.placements)))
    rng.shuffle(order)
    order.sort(key=lambda index: len(task.placements[index].candidate.used_in))
    rank = {index: position for position, index in enumerate(order)}
    kept: set[int] = set()
    for number, indices in enumerate(task.sections):
        usable = sorted((index for index in indices if index not in banned), key=rank.__getitem__)
        kept |= {index for index in usable if task.placements[index].candidate.id in needed}
        places = task.blueprint.sections[number].count * len(task.forms)
        if factor:
            kept |= set(_round_robin(task, usable, max(factor * places, MIN_CANDIDATES)))
        else:
            kept |= set(_of_every_sort(task, usable, 2 * places + 40))
    for row in task.rows if factor else ():
        if row.lower and row.kind == "count":
            wanted = factor * row.lower * len(task.forms)
            have = sum(index in kept for index in row.terms)
            if have < wanted:
                more = sorted((i for i in row.terms if i not in banned and i not in kept), key=rank.__getitem__)
                kept |= set(more[: wanted - have])
    return sorted(kept)


def banned_everywhere(task: Task) -> set[int]:
    """Placements that some row bans from all forms."""
    return {index for row in task.rows if row.kind == "ban" and row.forms == tuple(task.forms) for index in row.terms}


def _round_robin(task: Task, ranked: Sequence[int], wanted: int) -> list[int]:
    """Of every topic and level one for each form, then another for each, and so on."""
    cells: dict[tuple[str, str], int] = {}
    turns = []
    for index in ranked:
        item = task.placements[index].candidate.item
        turn = cells.get((item.topic, item.level or ""), 0)
        cells[item.topic, item.level or ""] = turn + 1
        turns.append(turn // len(task.forms))
    order = sorted(range(len(ranked)), key=turns.__getitem__)
    return [ranked[position] for position in order[:wanted]]


def _of_every_sort(task: Task, ranked: Sequence[int], quota: int) -> list[int]:
    """The first of every set of placements that no row tells apart, up to a quota for each."""
    sorts = signatures(task, ranked)
    counts: dict[object, int] = {}
    kept = []
    for index in ranked:
        counts[sorts[index]] = counts.get(sorts[index], 0) + 1
        if counts[sorts[index]] <= quota:
            kept.append(index)
    return kept


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
        items = {name: indices for name, indices in self._by_item().items() if name not in self.task.pinned}
        if overlap == 0 and not free:
            for indices in items.values():
                self.model.add_at_most_one(self.x[form, index] for form in self.task.forms for index in indices)
            return
        most = self.model.new_int_var(0, self._places, "") if free else overlap
        for one, other in combinations(self.task.forms, 2):
            shared = []
            for indices in items.values():
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
