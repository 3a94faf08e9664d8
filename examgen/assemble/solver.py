"""Choosing the items of all forms: what is tried, in which order, and when it is good enough."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from examgen.assemble.cpsat import Model
from examgen.assemble.exchange import Choice, cost, exchange
from examgen.assemble.relax import relax
from examgen.assemble.task import Task
from examgen.assemble.thinning import banned_everywhere, thin

# Candidates kept for each place to fill, tried in turn; 0 keeps all that could matter. Measured with
# `examgen bench assemble`: 4 meets nearly every blueprint that can be met, twenty times faster than all.
THINNING = (4, 16, 0)
# CP-SAT's own measure of effort, one to three seconds on one core; unlike seconds it gives the same paper twice.
EFFORT = 0.5
# For the search after exchanges, where all forms have the same content, and where they have not.
POLISH_EFFORT = 0.3
CONTENT_EFFORT = 2.0
# Where prices are drawn by lot, a choice within this of the best is as good as any.
LOT_GAP = 0.3
# What forms have the same marks on, the best wish first: every cell of the two-way table, its margins, the topics.
ALIKE: tuple[tuple[str, ...], ...] = (("cell",), ("topic", "level"), ("topic",), ())
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
    return solution(task, kept, chosen, status, bound)


def solution(task: Task, kept: Sequence[int], chosen: Choice, status: str, bound: float = 0.0) -> Solution:
    """A choice with how it came about.

    Args:
        kept: Placements that it was made from.
        bound: What no choice of these can cost less than.
    """
    import importlib.metadata

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
