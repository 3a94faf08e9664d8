"""Why a blueprint cannot be met, in its own words: which lines conflict, and the least change that helps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from examgen.assemble.blueprint import BlueprintError, Loc, blueprint_error, line_of
from examgen.assemble.cpsat import Model
from examgen.assemble.exchange import Choice
from examgen.assemble.pool import Pool, make_candidate
from examgen.assemble.relax import relax
from examgen.assemble.rows import FACILITY_TOLERANCE, make_task, section_total
from examgen.assemble.task import Row, Task
from examgen.assemble.thinning import banned_everywhere, thin
from examgen.model import Blueprint, Item, Topic

# Placements times forms beyond which the search for the smallest change looks at a thinned pool only.
MAX_DECISIONS = 8000
CHANGE_EFFORT = 2.0
# A change this near to the cheapest is taken for the smallest; prices are a matter of taste anyway.
CHANGE_GAP = 0.05
CORE_EFFORT = 0.2
# Broken rows that a second look tries to spare, the cheapest first.
MAX_SPARED = 6
SPARE_EFFORT = 0.6
# Trials in which a line is left out of a conflict; a conflict of more lines is reported with some too many.
MAX_TRIALS = 40
MAX_SLOW_TRIALS = 12
# Lines named in a message.
MAX_LINES = 6
# Why an item is no candidate, of one and of several; whatever else is wrong with it, it is faulty.
WAITING = {"a draft": ("is a draft", "are drafts"), "incomplete": ("is incomplete", "are incomplete")}
FAULTY = ("is faulty", "are faulty")
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
    """How far the bank falls short of each changed line; empty where there is nothing more to say."""
    others: tuple[str, ...]
    """Other ways out, such as letting forms share items."""

    def _details(self) -> list[str]:
        """The shortfalls, each with the line that it is about where that is not plain."""
        short = [(change.row, detail) for change, detail in zip(self.changes, self.details, strict=True) if detail]
        plain = len(self.conflict) > 1 and len(short) == 1
        return [detail if plain else f"{row.says}: {detail}" for row, detail in short]

    def error(self, blueprint: Blueprint) -> BlueprintError:
        """The explanation as one line."""
        first = self.conflict[0] if self.conflict else self.changes[0].row if self.changes else None
        if first is None:
            return blueprint_error(blueprint, ("section", 0), "no way was found to meet it", f"{self.others[0]}.")
        if len(self.conflict) > 1:
            lines = [_with_line(blueprint, row) for row in self.conflict[:MAX_LINES]]
            more = len(self.conflict) - len(lines)
            found = "these lines cannot hold together: " + ", ".join(lines) + (f" and {more} more" if more else "")
            found += "".join(f": {detail}" if not n else f"; {detail}" for n, detail in enumerate(self._details()))
        else:
            found = "; ".join(self._details()) or first.says
            # The place of the line that the message begins with.
            first = next((c.row for c, detail in zip(self.changes, self.details, strict=True) if detail), first)
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
    chosen = _least_change(task, kept, seed) if len(kept) * len(task.forms) <= MAX_DECISIONS else None
    if chosen is not None and not _changes(task, chosen):
        return chosen
    averages: Choice | Sequence[Mapping[int, float]] | None = chosen or _average_form(task)
    if averages is None:
        return Explanation((), (), (), ("Ask for fewer lines or fewer forms, or enlarge the bank",))
    changes = _changes(task, averages)
    banned = banned_everywhere(task)
    usable = [index for index in kept if index not in banned]
    conflict = _conflict(task, usable, sorted(set(range(len(task.placements))) - banned), changes)
    # Bans hold in every trial; one that is to be lifted is a part of the conflict.
    conflict += tuple(change.row for change in changes if change.row.kind == "ban")
    what_if = make_task(blueprint, _with_unfit(pool, unfit), topics, earlier, free_total=True)
    details = [_detail(task, change.row, averages, usable, seed, what_if, pool.left_out) for change in changes]
    others = _total_change(blueprint, changes)
    if len(usable) * len(task.forms) <= MAX_DECISIONS:
        others += _overlap_change(task, usable, seed, changes) + _without(task, usable, seed)
    return Explanation(conflict, tuple(changes), tuple(details), tuple(others))


def refuse_at_sight(task: Task) -> None:
    """Refuse a blueprint that asks for more items than there are, before a model of it fills the memory.

    Raises:
        BlueprintError: all sections and forms together need more different items than could stand anywhere.
    """
    have = len({placement.candidate.id for placement in task.placements})
    forms, places = len(task.forms), sum(section.count for section in task.blueprint.sections)
    overlap = task.blueprint.overlap
    shared = overlap * forms * (forms - 1) // 2 if isinstance(overlap, int) else 0
    need = max(places, forms * (places - len(task.pinned)) - shared)
    # Close calls are explained in full.
    if need <= 2 * have + 100:
        return
    split = f" ({places} for each of {forms} forms)" if forms > 1 else ""
    found = f"the sections ask for {need} different items{split}, the bank has {have} that fit"
    fixes = []
    for row in task.rows:
        if row.loc[::2] == ("section", "count") and (need := _needed(task, row)) > len(row.terms):
            found += f"; {row.says}: needs {need} {row.about}, the bank has {len(row.terms)}"
            most = (len(row.terms) + shared) // forms if overlap != "all" else len(row.terms)
            fixes.append(f"{row.says} → at most {min(most, len(row.terms))}")
    fix = ", ".join([*fixes[:MAX_LINES], "or enlarge the bank"]) if fixes else "Lower the counts, or enlarge the bank"
    raise blueprint_error(task.blueprint, ("section", 0), found, f"{fix[0].upper()}{fix[1:]}.")


def _least_change(task: Task, kept: Sequence[int], seed: int) -> Choice | None:
    """The choice that breaks rows at the least price; None where the search finds none in time."""
    found = _breaking(task, kept, seed, range(len(task.rows)), CHANGE_EFFORT)
    if found is None:
        return None
    # The search stops near the cheapest change; what it breaks without need is found by doing without.
    broken = _broken(task, found)
    few = sorted({*thin(task, seed, 4, banned_too=True), *(index for form in found for index in form)})
    for number in sorted(broken, key=lambda number: task.rows[number].cost)[:MAX_SPARED]:
        if number in broken and len(broken) > 1:
            better = _breaking(task, few, seed, broken - {number}, SPARE_EFFORT)
            if better is not None:
                found, broken = better, _broken(task, better)
    return found


def _breaking(task: Task, kept: Sequence[int], seed: int, breakable: Collection[int], effort: float) -> Choice | None:
    """A choice that breaks only some rows, and those at nearly the least price."""
    model = Model(task, kept, breakable=breakable)
    if model.penalty:
        model.model.minimize(sum(model.penalty))
    solver, status = model.run(seed, effort, relative_gap=CHANGE_GAP)
    return model.choice(solver) if status in ("OPTIMAL", "FEASIBLE") else None


def _broken(task: Task, chosen: Choice) -> set[int]:
    """Positions of the rows that a choice breaks."""
    return {
        number
        for number, row in enumerate(task.rows)
        if not all(row.holds(row.value(chosen[form])) for form in row.forms)
    }


def _average_form(task: Task) -> list[Mapping[int, float]] | None:
    """What an average form of all items in part would have, for every form."""
    relaxed = relax(task, task.rows, range(len(task.placements)))
    return None if relaxed is None or not relaxed.impossible else [relaxed.weights for _ in task.forms]


def _changes(task: Task, chosen: Choice | Sequence[Mapping[int, float]]) -> list[Change]:
    """The rows that a choice breaks, with the bounds that it keeps; one for each line of the blueprint."""
    changes: dict[tuple[Loc, str], Change] = {}
    for row in task.rows:
        if all(row.holds(_whole(row, row.value(chosen[form]))) for form in row.forms):
            continue
        values = [task.delivered(row, chosen[form]) for form in row.forms]
        grid = GRIDS.get(row.measure, 1.0)
        lower, upper = row.asked
        # To the grid and not past it: dust must not push a bound that is met.
        least, most = math.floor(min(values) / grid + 1e-6) * grid, math.ceil(max(values) / grid - 1e-6) * grid
        if lower is not None and lower == upper and row.measure in ("items", "marks"):
            least = most = lower = upper = least if least < lower else most
        target = None
        if row.loc == ("facility",) and isinstance(task.blueprint.facility, float):
            target = least + FACILITY_TOLERANCE if least < (lower or 0.0) else most - FACILITY_TOLERANCE
        changes[row.loc, row.says] = Change(
            row, None if lower is None else min(lower, least), None if upper is None else max(upper, most), target
        )
    return list(changes.values())


def _whole(row: Row, value: float) -> int:
    """A value without the dust of the linear solver, rounded away from the bound that it keeps."""
    near = round(value)
    return near if abs(value - near) < 1e-4 * max(1.0, row.step) else math.floor(value)


def _conflict(task: Task, usable: Sequence[int], whole: Sequence[int], changes: Sequence[Change]) -> tuple[Row, ...]:
    """A small set of lines that cannot hold together: each is left out once, and comes back only if that helps.

    Args:
        task: What was asked.
        usable: Placements of the thinned pool, on which lines are tried out.
        whole: All placements, for which the result has to be true.
        changes: Lines that the conflict should be about.
    """
    lines: dict[tuple[Loc, str], list[Row]] = {}
    for row in task.rows:
        if row.kind != "ban":
            lines.setdefault((row.loc, row.says), []).append(row)
    rows = [row for several in lines.values() for row in several]
    relaxed = relax(task, rows, whole)
    in_parts = relaxed is not None and relaxed.impossible
    if relaxed is not None and in_parts:
        priced = {(rows[number].loc, rows[number].says) for number in relaxed.priced}
        keys, trials = [key for key in lines if key in priced], MAX_TRIALS
        test = _impossible_in_parts
    else:
        keys, trials = list(lines), MAX_SLOW_TRIALS
        test = _impossible
    priced_keys = keys
    moved = {(change.row.loc, change.row.says) for change in changes}
    # The lines to change are left out last, so that the conflict is about them; before them how many items there are.
    for key in sorted(keys, key=lambda key: (key in moved, key[0][0] == "section"))[:trials]:
        rest = [other for other in keys if other != key]
        if rest and test(task, usable, [row for other in rest for row in lines[other]]):
            keys = rest
    if in_parts and len(whole) > len(usable) and not test(task, whole, [r for key in keys for r in lines[key]]):
        # The thinned pool misled; what has a shadow price is a conflict of the whole one, if not the smallest.
        keys = priced_keys
    return tuple(lines[key][0] for key in keys)


def _impossible_in_parts(task: Task, usable: Sequence[int], rows: Sequence[Row]) -> bool:
    """Whether the rows cannot hold together even for items in part."""
    relaxed = relax(task, rows, usable)
    return relaxed is not None and relaxed.impossible


def _impossible(task: Task, usable: Sequence[int], rows: Sequence[Row]) -> bool:
    """Whether it is proved quickly that the rows cannot hold together."""
    return Model(task, usable, rows).run(0, CORE_EFFORT)[1] == "INFEASIBLE"


def _detail(
    task: Task,
    row: Row,
    chosen: Choice | Sequence[Mapping[int, float]],
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
    waiting = Counter(WAITING.get(left_out[name], FAULTY) for name in _ids(what_if, row) - ids if name in left_out)
    if waiting:
        more = ", ".join(f"{count} more {words[count != 1]}" for words, count in waiting.most_common())
        hint = "; see 'examgen bank check'" if FAULTY in waiting else ""
        text += f" ({more}{hint})"
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
        if others := sorted(task.pool.enemies.get(name, frozenset()) & set(task.pinned)):
            return f"{name} and {others[0]} are enemies"
    return ""


def _plural(about: str, count: int) -> str:
    """``items`` as ``item`` where there is one."""
    return about.replace("items", "item", 1) if count == 1 else about


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
    inside = [index for index in usable if index in row.terms]
    if len(inside) * len(task.forms) > MAX_DECISIONS:
        return len(inside)
    model = Model(task, inside, ())
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
        section.points * (counts[number] or 0) if number in counts and section.points else totals[number] or 0
        for number, section in enumerate(blueprint.sections)
    )
    return [f"with it points = {blueprint.points:g} → {total:g}"] if total != blueprint.points else []


def _overlap_change(task: Task, usable: Sequence[int], seed: int, changes: Sequence[Change]) -> list[str]:
    """How many items two forms would have to share for everything else to hold."""
    overlap = task.blueprint.overlap
    if len(task.forms) < 2 or overlap == "all" or not any(change.row.measure == "items" for change in changes):
        return []
    model = Model(task, usable, any_overlap=True)
    model.model.minimize(model.shared)
    solver, status = model.run(seed, CHANGE_EFFORT)
    return [f"overlap = {overlap} → {solver.value(model.shared)}"] if status in ("OPTIMAL", "FEASIBLE") else []


def _without(task: Task, usable: Sequence[int], seed: int) -> list[str]:
    """What is no row and, left out by itself, would let all rows hold."""
    asked = [
        ("bundles", bool(task.bundles), " and ".join(bundle.says for bundle in task.bundles) + " left out"),
        ("facility_gap", task.facility_gap is not None, f"facility_gap = {task.blueprint.facility_gap} left out"),
        (
            "equal marks",
            len(task.forms) > 1 and task.total is None,
            "points for every section, so that all forms are worth the same",
        ),
    ]
    ways = []
    for name, present, words in asked:
        if present and Model(task, usable, without=name).run(seed, CHANGE_EFFORT)[1] in ("OPTIMAL", "FEASIBLE"):
            ways.append(words)
    return ways


def _bounds(measure: str, lower: float | None, upper: float | None) -> str:
    size, unit = (100, "%") if measure == "share" else (1, "")
    low, high = (None if bound is None else f"{bound * size:.10g}{unit}" for bound in (lower, upper))
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f">= {low}" if low else f"<= {high}"


def _with_line(blueprint: Blueprint, row: Row) -> str:
    line = line_of(blueprint._lines, row.loc)
    return f"{row.says} (line {line})" if line else row.says
