"""From a blueprint to the rows of its task, line by line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from examgen.assemble.blueprint import BlueprintError, Loc, blueprint_error
from examgen.assemble.condition import Condition, ConditionError, columns_of, compile_condition
from examgen.assemble.measures import COST_COUNT, COST_PIN, Asked, Line, Rows
from examgen.assemble.pool import Candidate, Pool
from examgen.assemble.task import CENTI, Bundle, OrderRule, Placement, Task
from examgen.model import Blueprint, BlueprintPart, BlueprintSection, Bounds, Constraint, Topic
from examgen.questions import QUESTIONS

# A facility given as one number is a target; this far from it the paper would be another paper.
FACILITY_TOLERANCE = 0.02
LEVEL_RANK = {
    level: rank for rank, level in enumerate((None, "remember", "understand", "apply", "analyse", "evaluate"))
}
SUMMED = ("points", "minutes", "difficulty", "facility", "uses", "chars")


def make_task(
    blueprint: Blueprint,
    pool: Pool,
    topics: Mapping[str, Topic],
    earlier: Sequence[str] = (),
    *,
    free_total: bool = False,
) -> Task:
    """Write out what a blueprint asks of a pool.

    Args:
        blueprint: What is asked.
        pool: The candidates.
        topics: The bank's topics with their names, any of which a blueprint may use.
        earlier: Ids of earlier exams, the oldest first.
        free_total: Write shares of the marks so that they stay right when the marks of the paper change.

    Raises:
        BlueprintError: a line names a topic, item, form or column that does not exist.
    """
    return _Builder(blueprint, pool, topics, earlier, free_total=free_total).task()


class _Builder:
    """Collects the rows of one task."""

    def __init__(
        self,
        blueprint: Blueprint,
        pool: Pool,
        topics: Mapping[str, Topic],
        earlier: Sequence[str],
        *,
        free_total: bool,
    ) -> None:
        self.blueprint, self.pool, self.earlier, self.free_total = blueprint, pool, earlier, free_total
        self.topics = _topic_names(pool, topics)
        self.bundles: list[Bundle] = []
        self.orders: list[OrderRule] = []
        self.pinned: dict[str, set[int]] = {}
        self.placements: list[Placement] = []
        self.sections: list[tuple[int, ...]] = []
        self.all_forms = tuple(range(1 if blueprint.overlap == "all" else len(blueprint.forms)))

    @cached_property
    def places_of(self) -> dict[str, list[int]]:
        """The placements of each item, when all are known."""
        places: dict[str, list[int]] = {}
        for index, placement in enumerate(self.placements):
            places.setdefault(placement.candidate.id, []).append(index)
        return places

    @cached_property
    def rows(self) -> Rows:
        """The rows so far; the first is made when all placements are known."""
        return Rows(self.placements, self.all_forms, self._about_total)

    def task(self) -> Task:
        """All rows: section by section, then those of the whole paper."""
        gap = self.blueprint.facility_gap
        if gap is not None and self.total is None and len(self.all_forms) > 1:
            raise self.error(
                ("facility_gap",),
                f"facility_gap = {gap:g} needs forms whose marks are fixed",
                "Give points, or every section points or total.",
            )
        self._place()
        for number in range(len(self.blueprint.sections)):
            self._section_rows(number)
        everything = range(len(self.placements))
        self._part_rows((), "", self.blueprint, everything, self.total)
        self._paper_rows(everything)
        self._table_rows()
        self._reuse_rows()
        self._include(("include",), self.blueprint.include, self.all_forms)
        for name in self.blueprint.exclude:
            self._known_item(("exclude",), name)
            matching = self.places_of.get(name, [])
            self.rows.ban(Line(("exclude",), f"exclude {name}", f"the item {name}"), matching)
        for number, constraint in enumerate(self.blueprint.constraints):
            if constraint.on:
                self._constraint_rows(("constraint", number), constraint)
        return Task(
            blueprint=self.blueprint,
            pool=self.pool,
            placements=tuple(self.placements),
            sections=tuple(self.sections),
            rows=tuple(self.rows.made),
            bundles=tuple(self.bundles),
            orders=tuple(self.orders),
            pinned={name: frozenset(forms) for name, forms in self.pinned.items()},
            total=self.total,
        )

    @cached_property
    def total(self) -> int | None:
        """Marks of a form in hundredths, where the sections fix them or the paper's total does."""
        totals = [section_total(section) for section in self.blueprint.sections]
        if None not in totals:
            return round(sum(total or 0.0 for total in totals) * CENTI)
        return None if self.blueprint.points is None else round(self.blueprint.points * CENTI)

    @cached_property
    def _about_total(self) -> int:
        """The marks of a form, or a guess at them."""
        if self.total is not None:
            return self.total
        most = [max((self.placements[i].points for i in indices), default=CENTI) for indices in self.sections]
        return sum(section.count * points for section, points in zip(self.blueprint.sections, most, strict=True))

    # Who may stand where.

    def _place(self) -> None:
        for number, section in enumerate(self.blueprint.sections):
            fits = self._fits(number, section)
            first = len(self.placements)
            for candidate in self.pool.candidates:
                if fits(candidate):
                    points = section.points if section.points is not None else candidate.item.max_score
                    self.placements.append(Placement(candidate, number, round(points * CENTI)))
            self.sections.append(tuple(range(first, len(self.placements))))

    def _fits(self, number: int, section: BlueprintSection) -> Callable[[Candidate], bool]:
        kinds = frozenset(section.kind)
        topics = frozenset(self._topic(("section", number, "topics"), name) for name in _listed(section.topics))
        levels, bands = frozenset(_listed(section.levels)), frozenset(_listed(section.difficulties))
        least, most = section.difficulty or (0.0, 1.0)

        def fits(candidate: Candidate) -> bool:
            item = candidate.item
            return (
                (not kinds or item.kind in kinds)
                and (not topics or item.topic in topics)
                and (not levels or item.level in levels)
                and (not bands or candidate.band in bands)
                and least <= candidate.difficulty <= most
            )

        return fits

    # The blueprint's own fields.

    def _section_rows(self, number: int) -> None:
        section, indices = self.blueprint.sections[number], self.sections[number]
        loc: Loc = ("section", number)
        name = section_name(self.blueprint.sections, number)
        asked = (float(section.count), float(section.count))
        line = Line((*loc, "count"), f"{name}: count = {section.count}", self._eligible_in_words(number))
        self.rows.items(line, indices, asked, cost=COST_COUNT)
        if section.total is not None and section.points is None:
            line = Line((*loc, "total"), f"{name}: total = {section.total:g}", "all items")
            self.rows.marks(line, indices, (section.total, section.total))
        if section.minutes is not None:
            line = Line((*loc, "minutes"), f"{name}: minutes = {section.minutes:g}", "minutes")
            self.rows.minutes(line, indices, (None, section.minutes))
        total = section_total(section)
        self._part_rows(loc, name, section, indices, None if total is None else round(total * CENTI))

    def _part_rows(self, loc: Loc, name: str, part: BlueprintPart, indices: Sequence[int], total: int | None) -> None:
        """The tables and, for the whole paper, the lists of topics, levels and difficulties."""
        tables: tuple[tuple[str, Any, Callable[[Candidate], Any], Callable[[str], str]], ...] = (
            ("topics", part.topics, lambda c: c.item.topic, lambda key: f"items on {key}"),
            ("levels", part.levels, lambda c: c.item.level, lambda key: f"{key!r} items"),
            ("difficulties", part.difficulties, lambda c: c.band, lambda key: f"{key} items"),
        )
        prefix = f"{name}: " if name else ""
        for field, table, get, words in tables:
            where = (*loc, field)
            if isinstance(table, dict):
                groups: dict[object, list[int]] = {}
                for index in indices:
                    groups.setdefault(get(self.placements[index].candidate), []).append(index)
                for key, bounds in table.items():
                    wanted = self._topic((*where, key), key) if field == "topics" else key
                    says = f"{prefix}{field}.{key} {bounds_in_words(bounds)}"
                    about = words(key) + (f" for {name}" if name else "")
                    self._bounded(Line((*where, key), says, about), groups.get(wanted, []), indices, bounds, total)
            elif table and not loc:
                allowed = {self._topic(where, key) for key in table} if field == "topics" else set(table)
                others = [i for i in indices if get(self.placements[i].candidate) not in allowed]
                self.rows.ban(Line(where, f"{field} = {list(table)}", f"items of other {field}"), others)

    def _bounded(
        self, line: Line, matching: Sequence[int], whole: Sequence[int], bounds: Bounds, total: int | None
    ) -> None:
        asked = (bounds.lower, bounds.upper)
        if bounds.share:
            self.rows.share(line, matching, whole, asked, None if self.free_total else total)
        else:
            self.rows.items(line, matching, asked)

    def _paper_rows(self, everything: Sequence[int]) -> None:
        blueprint = self.blueprint
        if blueprint.minutes is not None:
            line = Line(("minutes",), f"minutes = {blueprint.minutes:g}", "minutes")
            self.rows.minutes(line, everything, (None, blueprint.minutes))
        if blueprint.points is not None and any(section_total(s) is None for s in blueprint.sections):
            line = Line(("points",), f"points = {blueprint.points:g}", "all items")
            self.rows.marks(line, everything, (blueprint.points, blueprint.points))
        if blueprint.facility is not None:
            line = Line(("facility",), f"facility = {_written(blueprint.facility)}", "facility")
            self.rows.mean(line, "facility", everything, facility_bounds(blueprint.facility))

    def _table_rows(self) -> None:
        table = self.blueprint.table
        if table is None:
            return
        cells: dict[tuple[str, str | None], list[int]] = {}
        for index, placement in enumerate(self.placements):
            cells.setdefault((placement.candidate.item.topic, placement.candidate.item.level), []).append(index)
        for topic, marks in table.marks.items():
            loc: Loc = ("table", "marks", topic)
            wanted = self._topic(loc, topic)
            for level, cell in zip(table.levels, marks, strict=True):
                asked = (max(0.0, cell - table.tolerance), cell + table.tolerance)
                says = f"table: {topic} at {level!r} {_range(*asked)} marks"
                line = Line(loc, says, f"{level!r} items on {topic}")
                self.rows.marks(line, cells.get((wanted, level), []), asked)

    def _reuse_rows(self) -> None:
        reuse = self.blueprint.reuse
        if reuse.max_uses is not None:
            worn = [i for i, p in enumerate(self.placements) if len(p.candidate.used_in) > reuse.max_uses]
            line = Line(("reuse", "max_uses"), f"reuse.max_uses = {reuse.max_uses}", "items used more often")
            self.rows.ban(line, worn)
        if reuse.max_shared is not None:
            for exam in self.earlier:
                shared = [i for i, p in enumerate(self.placements) if exam in p.candidate.used_in]
                says = f"reuse.max_shared = {reuse.max_shared} with {exam}"
                line = Line(("reuse", "max_shared"), says, f"items that stood in {exam}")
                self.rows.items(line, shared, (None, float(reuse.max_shared)))

    def _include(self, loc: Loc, ids: Iterable[str], forms: tuple[int, ...]) -> None:
        for name in ids:
            self._known_item(loc, name)
            if name in self.pool.left_out:
                raise self.error(
                    loc, f"{name!r} cannot be included: it is {self.pool.left_out[name]}", "Mend the item."
                )
            self.pinned.setdefault(name, set()).update(forms)
            matching = self.places_of.get(name, [])
            if not matching:
                raise self.error(loc, f"{name!r} fits into no section", "Add a section of its kind, or leave it out.")
            line = Line(loc, f"include {name}", f"the item {name}")
            self.rows.items(line, matching, (1.0, None), kind="pin", forms=forms, cost=COST_PIN)

    # The constraint table.

    def _constraint_rows(self, loc: Loc, constraint: Constraint) -> None:
        name = f"constraint {constraint.id or int(loc[1]) + 1!r}"
        forms = self._constraint_forms(loc, constraint)
        matching = self._matching(loc, constraint)
        ids = tuple(dict.fromkeys(self.placements[index].candidate.id for index in matching))
        about = f"items with {constraint.condition}" if constraint.condition else "items of that line"
        match constraint.type:
            case "include":
                self._include(loc, constraint.items or ids, forms)
            case "exclude":
                self.rows.ban(Line(loc, f"{name}: exclude", about), matching, forms)
            case "enemy":
                most = 1.0 if constraint.upper is None else constraint.upper
                self.rows.items(Line(loc, f"{name}: at most {most:g}", about), matching, (None, most), forms=forms)
            case "all_or_none":
                self.bundles.append(Bundle(loc, f"{name}: all or none", constraint.items or ids, forms))
            case "order":
                self._order(loc, name, constraint, matching, forms)
            case "number":
                asked = self._asked(loc, name, constraint)
                line = Line(loc, f"{name}: number {_range(*asked)}", about)
                self.rows.items(line, matching, asked, forms=forms)
            case "sum" | "mean":
                asked = self._asked(loc, name, constraint)
                self._column_row(loc, name, constraint, matching, asked, forms)

    def _column_row(
        self,
        loc: Loc,
        name: str,
        constraint: Constraint,
        matching: Sequence[int],
        asked: Asked,
        forms: tuple[int, ...],
    ) -> None:
        what = constraint.what
        if what not in SUMMED:
            found = f"{constraint.type} needs what = one of {', '.join(SUMMED)}"
            raise self.error((*loc, "what"), found, "Name the column to add up.")
        says = f"{name}: {constraint.type} of {what} {_range(*asked)}"
        if constraint.type == "mean":
            self.rows.mean(Line(loc, says, what), what, matching, asked, forms)
            return
        about = f"{what} of items with {constraint.condition}" if constraint.condition else f"{what} of those items"
        self.rows.sum(Line(loc, says, about), what, matching, asked, forms)

    def _order(
        self, loc: Loc, name: str, constraint: Constraint, matching: Sequence[int], forms: tuple[int, ...]
    ) -> None:
        ids = constraint.items
        if not ids:
            column, falling = constraint.what.removeprefix("-"), constraint.what.startswith("-")
            if column not in ("id", "topic", "level", "difficulty", "facility", "points", "minutes", "uses", "chars"):
                raise self.error((*loc, "what"), f"order knows no column {column!r}", "Name one, such as difficulty.")
            # Items without level come first.
            values = {self.placements[i].candidate.id: self._fact(self.placements[i], column) for i in matching}
            ranks = {name: LEVEL_RANK[value] if column == "level" else value for name, value in values.items()}
            ids = tuple(sorted(ranks, key=lambda name: (ranks[name], name), reverse=falling))
        self.orders.append(OrderRule(loc, f"{name}: order", ids, forms))

    def _asked(self, loc: Loc, name: str, constraint: Constraint) -> Asked:
        if constraint.lower is None and constraint.upper is None:
            raise self.error(loc, f"{name} has neither lower nor upper", "Give one of them, or both.")
        if constraint.lower is not None and constraint.upper is not None and constraint.lower > constraint.upper:
            raise self.error(loc, f"{name}: lower is more than upper", "Swap them.")
        return constraint.lower, constraint.upper

    def _constraint_forms(self, loc: Loc, constraint: Constraint) -> tuple[int, ...]:
        names = self.blueprint.forms
        for name in constraint.forms:
            if name not in names:
                raise self.error((*loc, "forms"), f"there is no form {name!r}", f"The forms are {', '.join(names)}.")
        if constraint.forms and self.blueprint.overlap == "all" and set(constraint.forms) != set(names):
            found = "a row for some forms only cannot hold where all forms have the same items"
            raise self.error((*loc, "forms"), found, "Leave out forms.")
        if not constraint.forms or len(self.all_forms) == 1:
            return self.all_forms
        return tuple(sorted({names.index(name) for name in constraint.forms}))

    def _matching(self, loc: Loc, constraint: Constraint) -> list[int]:
        for name in constraint.items:
            self._known_item((*loc, "items"), name)
        try:
            condition: Condition = compile_condition(constraint.condition)
        except ConditionError as error:
            raise self.error((*loc, "condition"), error.found, error.fix) from error
        wanted = set(constraint.items)
        columns = columns_of(constraint.condition)
        return [
            index
            for index, placement in enumerate(self.placements)
            if (not wanted or placement.candidate.id in wanted)
            and condition({name: self._fact(placement, name) for name in columns})
        ]

    def _fact(self, placement: Placement, column: str) -> Any:
        if column == "section":
            return self.blueprint.sections[placement.section].id or str(placement.section + 1)
        return placement.points / CENTI if column == "points" else placement.candidate.fact(column)

    def _known_item(self, loc: Loc, name: str) -> None:
        if name not in self.pool.by_id and name not in self.pool.left_out:
            near = difflib.get_close_matches(name, [*self.pool.by_id, *self.pool.left_out], 1)
            hint = f"Did you mean {near[0]!r}?" if near else "Check its id."
            raise self.error(loc, f"the bank has no item {name!r}", hint)

    def _topic(self, loc: Loc, name: str) -> str:
        if name in self.topics:
            return self.topics[name]
        near = difflib.get_close_matches(name, self.topics, 1)
        known = sorted(set(self.topics.values()))
        hint = "Leave topics out: the bank's items have none."
        if near or known:
            hint = f"Did you mean {near[0]!r}?" if near else f"Its topics are {', '.join(known[:12])}."
        raise self.error(loc, f"the bank has no topic {name!r}", hint)

    def _eligible_in_words(self, number: int) -> str:
        section = self.blueprint.sections[number]
        words = f"{' or '.join(QUESTIONS[kind].NAMES['en'].lower() for kind in section.kind)} items".strip()
        if topics := _listed(section.topics):
            words += f" on {' or '.join(topics)}"
        if levels := _listed(section.levels):
            words += f" at {' or '.join(map(repr, levels))}"
        if bands := _listed(section.difficulties):
            words += f" that are {' or '.join(bands)}"
        if section.difficulty:
            words += f" with a difficulty of {section.difficulty[0]:g} to {section.difficulty[1]:g}"
        return words

    def error(self, loc: Loc, found: str, fix: str) -> BlueprintError:
        """A complaint about one line of the blueprint."""
        return blueprint_error(self.blueprint, loc, found, fix)


def section_name(sections: Sequence[BlueprintSection], number: int) -> str:
    """How messages call a section: by its id or title, else by its ordinal."""
    section = sections[number]
    return f"section {(section.id or section.title or str(number + 1))!r}"


def section_total(section: BlueprintSection) -> float | None:
    """Marks of a section, where the blueprint fixes them."""
    return section.points * section.count if section.points is not None else section.total


def facility_bounds(facility: float | tuple[float, float]) -> tuple[float, float]:
    """The bounds that a wished facility stands for; see `FACILITY_TOLERANCE`."""
    if isinstance(facility, tuple):
        return facility
    return max(0.0, facility - FACILITY_TOLERANCE), min(1.0, facility + FACILITY_TOLERANCE)


def bounds_in_words(bounds: Bounds) -> str:
    """``= 3``, ``2 to 4``, ``>= 30%``."""
    if bounds.share:
        return _range(bounds.lower, bounds.upper, 100, "%")
    return _range(bounds.lower, bounds.upper)


def _range(lower: float | None, upper: float | None, size: float = 1, unit: str = "") -> str:
    low = "" if lower is None else f"{lower * size:.6g}{unit}"
    high = "" if upper is None else f"{upper * size:.6g}{unit}"
    if low and high:
        return f"= {low}" if low == high else f"{low} to {high}"
    return f">= {low}" if low else f"<= {high}" if high else "any"


def _written(facility: float | tuple[float, float]) -> str:
    return f"[{facility[0]:g}, {facility[1]:g}]" if isinstance(facility, tuple) else f"{facility:g}"


def _listed(table: object) -> tuple[str, ...]:
    """The entries of a list; nothing for a table, which allows what it does not name."""
    return table if isinstance(table, tuple) else ()


def _topic_names(pool: Pool, topics: Mapping[str, Topic]) -> dict[str, str]:
    """Every name of a topic that a blueprint may use -> the topic as items have it."""
    names = {name: key for key, topic in topics.items() for name in (topic.en, topic.zh) if name}
    return names | {key: key for key in topics} | {c.item.topic: c.item.topic for c in pool.candidates if c.item.topic}
