"""The linear relaxation of a task, with every row breakable at a price: quick proof that something cannot be, and why.

Items may be chosen in part, and all forms are one average form, in which an item has the share of forms that may have
it. What this cannot do, no choice of items can. The rows with a shadow price at the optimum are those that
stand against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from examgen.assemble.pool import enemy_cliques
from examgen.assemble.task import Row, Task

# Prices below this are the dust of floating-point arithmetic: a step costs 50 and more.
DUST = 1e-3


@dataclass(frozen=True)
class Relaxed:
    """The cheapest way to break rows."""

    price: float
    """0 where all rows can be kept in parts."""
    weights: Mapping[int, float]
    """Placement index -> how much of it the average form has, where that is not nothing."""
    priced: tuple[int, ...]
    """Positions, in the rows given, of those that have a shadow price."""

    @property
    def impossible(self) -> bool:
        """Whether no choice of items keeps the rows."""
        return self.price > DUST


def relax(task: Task, rows: Sequence[Row], indices: Sequence[int]) -> Relaxed | None:
    """Solve the relaxation.

    Args:
        task: Whose forms, enemies and overlap hold.
        rows: The rows to keep or to break.
        indices: The placements to choose from.

    Returns:
        None where rows hold for some forms only, so that there is no average form, or the solver gives up.
    """
    from scipy.optimize import linprog

    every_form = tuple(task.forms)
    if any(row.forms != every_form for row in rows):
        return None
    column = {index: number for number, index in enumerate(indices)}
    table = _Table(len(indices))
    lines: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        terms = {column[index]: value for index, value in row.terms.items() if index in column and value}
        for bound, sign in ((row.lower, -1), (row.upper, 1)):
            if bound is not None:
                # sign x (sum - bound) <= slack, in the row's own steps
                lines.append((table.add(terms, sign, sign * bound, row.cost / row.step), number))
    _add_structure(task, table, indices, column)
    most = _most_of_an_item(task)
    bounds = [(0.0, 1.0 if task.placements[i].candidate.id in task.pinned else most) for i in indices]
    result: Any = linprog(
        table.costs(), A_ub=table.matrix(), b_ub=table.right, bounds=bounds + [(0, None)] * table.slacks, method="highs"
    )
    if result.status != 0:
        return None
    prices = result.ineqlin.marginals
    return Relaxed(
        float(result.fun),
        {index: float(result.x[number]) for index, number in column.items() if result.x[number] > 1e-9},
        tuple(sorted({number for line, number in lines if abs(prices[line]) > 1e-9})),
    )


class _Table:
    """Rows of ``A x <= b`` with slack columns behind the placements' own."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.slack_costs: list[float] = []
        self.entries: tuple[list[int], list[int], list[float]] = ([], [], [])
        self.right: list[float] = []

    @property
    def slacks(self) -> int:
        return len(self.slack_costs)

    def add(self, terms: Mapping[int, int], sign: int, right: float, cost: float | None) -> int:
        """Add a row and return its number; ``cost`` is the price of a unit of slack, None for a row that holds."""
        line = len(self.right)
        lines, columns, values = self.entries
        # Every row in units of its largest coefficient, so that none is lost in another's rounding.
        scale = max((abs(value) for value in terms.values()), default=1)
        lines += [line] * len(terms)
        columns += terms.keys()
        values += [sign * value / scale for value in terms.values()]
        if cost is not None:
            lines.append(line)
            columns.append(self.columns + self.slacks)
            values.append(-1.0)
            self.slack_costs.append(cost * scale)
        self.right.append(right / scale)
        return line

    def costs(self) -> list[float]:
        return [0.0] * self.columns + self.slack_costs

    def matrix(self) -> Any:
        from scipy.sparse import csr_matrix

        lines, columns, values = self.entries
        return csr_matrix((values, (lines, columns)), shape=(len(self.right), self.columns + self.slacks))


def _add_structure(task: Task, table: _Table, indices: Sequence[int], column: Mapping[int, int]) -> None:
    """Every item once on a form, enemies apart, and as often over all forms as the overlap allows."""
    items: dict[str, list[int]] = {}
    for index in indices:
        items.setdefault(task.placements[index].candidate.id, []).append(column[index])
    most = _most_of_an_item(task)
    for name, columns in items.items():
        if len(columns) > 1:
            table.add(dict.fromkeys(columns, 1), 1, 1.0 if name in task.pinned else most, None)
    for clique in enemy_cliques(task.pool.enemies, items):
        table.add(dict.fromkeys((c for name in clique for c in items[name]), 1), 1, 1.0, None)


def _most_of_an_item(task: Task) -> float:
    """The share of the forms that may have an item."""
    return 1.0 / len(task.forms) if task.blueprint.overlap == 0 else 1.0
