"""Why a blueprint cannot be met, in its own words: which lines conflict, and the least change that helps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from examgen.assemble.blueprint import BlueprintError, Loc, blueprint_error, line_of
from examgen.assemble.exchange import Choice
from examgen.assemble.pool import Pool, make_candidate
from examgen.assemble.rows import FACILITY_TOLERANCE, make_task, section_total
from examgen.assemble.solver import Model, banned_everywhere, thin
from examgen.assemble.task import Row, Task
from examgen.model import Blueprint, Item, Topic

# Placements times forms beyond which the search for the smallest change looks at a thinned pool only.
MAX_DECISIONS = 8000
CHANGE_EFFORT = 3.0
CORE_EFFORT = 0.2
# Trials in which a line is left out of a conflict; a conflict of more lines is reported with some too many.
MAX_TRIALS = 40
# Lines named in a message.
MAX_LINES = 6
# The grid on which new bounds are proposed, by measure; 1 for all others.
GRIDS = {"marks": 0.5, "sum:minutes": 0.5, "share": 0.01, "mean:facility": 0.01, "mean:difficulty": 0.01}


@dataclass(frozen=True)
class Change:
    """A line with bounds that could be met."""

    row: Row
    lower: float | None
    upper: float | None
    target: float | None = None
    """Where the line is a facility to aim at, the one that could be met."""

    def __str__(self) -> str:
        row = self.row
        if row.kind in ("ban", "pin") or (not self.lower and self.upper is None):
            return f"{row.says} left out"
        bounds = _bounds(row.measure, self.lower, self.upper)
        if row.loc == ("facility",) and isinstance(self.target, float):
            bounds = f"{self.target:.4g}"
        elif " = " in row.says:
            bounds = bounds.removeprefix("<= ").removeprefix(">= ")
        return f"{row.says} → {bounds}"


@dataclass(frozen=True)
class Explanation:
    """Why no form keeps all lines."""

    conflict: tuple[Row, ...]
    """Lines that cannot hold together, one row each; leaving out any one of them would do for these."""
    changes: tuple[Change, ...]
    """The least change with which everything holds."""
    details: tuple[str, ...]
    """How far the bank falls short."""
    others: tuple[str, ...]
    """Other ways out, such as letting forms share items."""

    def error(self, blueprint: Blueprint) -> BlueprintError:
        """The explanation as one line."""
        first = self.conflict[0] if self.conflict else self.changes[0].row
        if len(self.conflict) > 1:
            lines = [_with_line(blueprint, row) for row in self.conflict[:MAX_LINES]]
            more = len(self.conflict) - len(lines)
            found = "these lines cannot hold together: " + ", ".join(lines) + (f" and {more} more" if more else "")
        else:
            found = first.says
        if self.details:
            found += ": " + "; ".join(self.details)
        fix = "Smallest change that would do: " + ", ".join(map(str, self.changes)) if self.changes else ""
        fix = "; or ".join([fix, *self.others] if fix else self.others)
        return blueprint_error(blueprint, first.loc, found, f"{fix}.")


def explain(
    blueprint: Blueprint,
    pool: Pool,
    unfit: Sequence[Item],
    topics: Mapping[str, Topic],
    earlier: Sequence[str],
    seed: int,
) -> Explanation | Choice:
    """Find out why no choice of items meets a blueprint.

    Args:
        blueprint: What is asked.
        pool: The candidates.
        unfit: Items of the bank that are none, of which an editor could make candidates.
        topics: As for `make_task`.
        earlier: As for `make_task`.
        seed: As for `solve`.

    Returns:
        The explanation; or a choice, where there is one after all and the search before gave up too early.
    """
    task = make_task(blueprint, pool, topics, earlier, free_total=True)
    kept = thin(task, seed, 0, banned_too=True)
    if len(kept) * len(task.forms) > MAX_DECISIONS:
        kept = thin(task, seed, 16, banned_too=True)
    model = Model(task, kept, breakable=True)
    if model.penalty:
        model.model.minimize(sum(model.penalty))
    solver, status = model.run(seed, CHANGE_EFFORT)
    if status not in ("OPTIMAL", "FEASIBLE"):
        return Explanation(_conflict(task, kept, ()), (), (), ("fewer lines, or a larger bank",))
    chosen = model.choice(solver)
    changes = _changes(task, chosen)
    if not changes:
        return chosen
    usable = [index for index in kept if index not in banned_everywhere(task)]
    conflict = _conflict(task, usable, [change.row for change in changes])
    what_if = make_task(blueprint, _with_unfit(pool, unfit), topics, earlier, free_total=True)
    details = [_detail(task, change.row, chosen, usable, seed, what_if, pool.left_out) for change in changes]
    others = _total_change(blueprint, changes) + _overlap_change(task, usable, seed, changes)
    return Explanation(conflict, tuple(changes), tuple(text for text in details if text), tuple(others))


def _changes(task: Task, chosen: Choice) -> list[Change]:
    """The rows that a choice breaks, with the bounds that it keeps; one for each line of the blueprint."""
    changes: dict[tuple[Loc, str], Change] = {}
    for row in task.rows:
        if all(row.holds(row.value(chosen[form])) for form in row.forms):
            continue
        values = [task.delivered(row, chosen[form]) for form in row.forms]
        grid = GRIDS.get(row.measure, 1.0)
        lower, upper = row.asked
        # To the grid and not past it: dust must not push a bound that is met.
        least, most = math.floor(min(values) / grid + 1e-6) * grid, math.ceil(max(values) / grid - 1e-6) * grid
        if lower is not None and lower == upper and row.measure in ("items", "marks"):
            lower = upper = values[0]
        target = None
        if row.loc == ("facility",) and isinstance(task.blueprint.facility, float):
            target = least + FACILITY_TOLERANCE if least < (lower or 0.0) else most - FACILITY_TOLERANCE
        changes[row.loc, row.says] = Change(
            row, None if lower is None else min(lower, least), None if upper is None else max(upper, most), target
        )
    return list(changes.values())


def _conflict(task: Task, kept: Sequence[int], changed: Sequence[Row]) -> tuple[Row, ...]:
    """A small set of lines that cannot hold together: each is left out once, and comes back only if that helps."""
    lines: dict[tuple[Loc, str], list[Row]] = {}
    for row in task.rows:
        if row.kind != "ban":
            lines.setdefault((row.loc, row.says), []).append(row)
    moved = {(row.loc, row.says) for row in changed}
    core = _impossible(task, kept, [row for rows in lines.values() for row in rows])
    keys = [key for key in lines if core is None or any(row in core for row in lines[key])]
    trials = 0
    # The lines to change are left out last, so that the conflict is about them.
    for key in sorted(keys, key=lambda key: key in moved):
        rest = [other for other in keys if other != key]
        if trials < MAX_TRIALS and len(keys) > 1:
            trials += 1
            if _impossible(task, kept, [row for other in rest for row in lines[other]]) is not None:
                keys = rest
    return tuple(lines[key][0] for key in keys)


def _impossible(task: Task, kept: Sequence[int], rows: Sequence[Row]) -> list[Row] | None:
    """The rows, if it is proved that they cannot hold together."""
    _, status = Model(task, kept, rows).run(0, CORE_EFFORT)
    return list(rows) if status == "INFEASIBLE" else None


def _detail(
    task: Task,
    row: Row,
    chosen: Choice,
    usable: Sequence[int],
    seed: int,
    what_if: Task,
    left_out: Mapping[str, str],
) -> str:
    """How far the bank falls short of a row."""
    if row.kind == "pin":
        return _pin_detail(task, row)
    if row.measure != "items" or not row.lower or row.kind == "ban":
        best = _bounds(row.measure, *(f([task.delivered(row, chosen[form]) for form in row.forms]) for f in (min, max)))
        return f"{row.about} can get to {best} at best" if row.kind == "amount" else ""
    need = _needed(task, row)
    ids = {task.placements[index].candidate.id for index in row.terms}
    fit = {task.placements[index].candidate.id for index in row.terms if index in set(usable)}
    split = f" ({row.lower} for each of {len(row.forms)} forms)" if need > row.lower else ""
    text = f"needs {need} {_plural(row.about, need)}{split}, the bank has {len(ids)}"
    if len(fit) < len(ids):
        text += f" ({len(ids) - len(fit)} of them excluded by other lines)"
    waiting = Counter(left_out[name] for name in _ids(what_if, row) - ids if name in left_out)
    if waiting:
        text += " (" + ", ".join(f"{count} more {_are(count, why)}" for why, count in waiting.most_common(2)) + ")"
    if len(fit) >= need:
        most = _most_at_once(task, usable, row, seed)
        if most >= need:
            return ""
        enemies = sum(1 for name in fit if task.pool.enemies.get(name, frozenset()) & fit)
        text += f", but only {most} of them can be had at once: {enemies} are enemies of each other"
    return text


def _pin_detail(task: Task, row: Row) -> str:
    """Which other item that has to stand there is an enemy of this one."""
    names = {task.placements[index].candidate.id for index in row.terms}
    for name in sorted(names):
        if others := sorted(task.pool.enemies.get(name, frozenset()) & task.pinned):
            return f"{name} and {others[0]} are enemies"
    return ""


def _plural(about: str, count: int) -> str:
    """``items`` as ``item`` where there is one."""
    return about.replace("items", "item", 1) if count == 1 else about


def _are(count: int, why: str) -> str:
    words = {"a draft": ("is a draft", "are drafts"), "incomplete": ("is incomplete", "are incomplete")}
    return words.get(why, ("is faulty", "are faulty"))[count != 1]


def _ids(what_if: Task, row: Row) -> set[str]:
    for other in what_if.rows:
        if (other.loc, other.says) == (row.loc, row.says):
            return {what_if.placements[index].candidate.id for index in other.terms}
    return set()


def _needed(task: Task, row: Row) -> int:
    """Different items that a row's lower bound needs on all its forms together."""
    forms, lower = len(row.forms), row.lower or 0
    overlap = task.blueprint.overlap
    if row.kind == "pin" or not isinstance(overlap, int):
        return lower
    return max(lower, forms * lower - overlap * forms * (forms - 1) // 2)


def _most_at_once(task: Task, usable: Sequence[int], row: Row, seed: int) -> int:
    """How many of a row's items all its forms can hold together, with no other line to keep."""
    model = Model(task, [index for index in usable if index in row.terms], ())
    model.model.maximize(sum(model.x.values()))
    solver, status = model.run(seed, CORE_EFFORT)
    return round(solver.objective_value) if status in ("OPTIMAL", "FEASIBLE") else len(usable)


def _with_unfit(pool: Pool, unfit: Sequence[Item]) -> Pool:
    return Pool((*pool.candidates, *(make_candidate(item) for item in unfit)), {}, pool.enemies)


def _total_change(blueprint: Blueprint, changes: Sequence[Change]) -> list[str]:
    """The paper's stated total, where a section's count moves it."""
    counts = {change.row.loc[1]: change.lower for change in changes if change.row.loc[2:] == ("count",)}
    totals = [section_total(section) for section in blueprint.sections]
    if blueprint.points is None or not counts or None in totals:
        return []
    total = sum(
        (section.points or 0) * (counts.get(number) or 0) if number in counts else totals[number] or 0
        for number, section in enumerate(blueprint.sections)
    )
    return [f"with it points = {blueprint.points:g} → {total:g}"]


def _overlap_change(task: Task, usable: Sequence[int], seed: int, changes: Sequence[Change]) -> list[str]:
    """How many items two forms would have to share for everything else to hold."""
    overlap = task.blueprint.overlap
    if len(task.forms) < 2 or overlap == "all" or not any(change.row.measure == "items" for change in changes):
        return []
    model = Model(task, usable, any_overlap=True)
    model.model.minimize(model.shared)
    solver, status = model.run(seed, CHANGE_EFFORT)
    return [f"overlap = {overlap} → {solver.value(model.shared)}"] if status in ("OPTIMAL", "FEASIBLE") else []


def _bounds(measure: str, lower: float | None, upper: float | None) -> str:
    size, unit = (100, "%") if measure == "share" else (1, "")
    low, high = (None if bound is None else f"{bound * size:.4g}{unit}" for bound in (lower, upper))
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f">= {low}" if low else f"<= {high}"


def _with_line(blueprint: Blueprint, row: Row) -> str:
    line = line_of(blueprint._lines, row.loc)
    return f"{row.says} (line {line})" if line else row.says
