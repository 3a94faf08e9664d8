"""What a blueprint asks, line by line, as linear rows over the items that may stand in its sections.

The solver, the explanation of what cannot be had, and the check of a finished exam all read the same rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from examgen.assemble.blueprint import BlueprintError, Loc, blueprint_error
from examgen.assemble.condition import Condition, ConditionError, compile_condition
from examgen.assemble.pool import Candidate, Pool
from examgen.model import Blueprint, BlueprintPart, BlueprintSection, Bounds, Constraint, Topic
from examgen.questions import QUESTIONS

# Integers for the solver: marks and minutes in hundredths, facility in thousandths.
CENTI = 100
MILLI = 1000
# A facility given as one number is a target; this far from it the paper would be another paper.
FACILITY_TOLERANCE = 0.02

RowKind = Literal["count", "amount", "mean", "ban", "pin"]


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
    def facility(self) -> int:
        """Thousandths."""
        return round(self.candidate.facility * MILLI)

    @property
    def expected(self) -> int:
        """Expected marks, in hundred-thousandths."""
        return self.points * self.facility


@dataclass(frozen=True)
class Row:
    """``lower <= sum of coefficient x chosen <= upper`` on each of some forms."""

    loc: Loc
    """Where the blueprint says so: keys and indices."""
    says: str
    """The line in short, as the user wrote it: ``section 'choice': topics.cnn = 3``."""
    about: str
    """What is counted or added up, in words: ``'apply' items on cnn``."""
    unit: str
    """``items``, ``marks``, ``minutes``, or a column's name."""
    kind: RowKind
    terms: Mapping[int, int]
    """Placement index -> coefficient."""
    lower: int | None
    upper: int | None
    scale: int = 1
    """What one unit is in the coefficients."""
    forms: tuple[int, ...] = ()
    """Indices of the forms that it holds for."""
    cost: int = 100
    """What moving a bound by one coefficient unit costs when the smallest change is looked for."""

    def value(self, chosen: Iterable[int]) -> int:
        """The sum over chosen placements, in coefficient units."""
        return sum(self.terms.get(index, 0) for index in chosen)

    def holds(self, value: int) -> bool:
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
    """An assembly task: who may stand where, and the rows to keep."""

    blueprint: Blueprint
    pool: Pool
    placements: tuple[Placement, ...]
    rows: tuple[Row, ...]
    bundles: tuple[Bundle, ...] = ()
    orders: tuple[OrderRule, ...] = ()
    pinned: frozenset[str] = frozenset()
    """Items that the user put on forms by name; they do not count as overlap."""
    total: int | None = None
    """Marks of a form in hundredths, where the blueprint fixes them."""
    form_rows_differ: bool = False
    sections: tuple[tuple[int, ...], ...] = field(default=())
    """For each section, the indices of its placements."""

    @property
    def forms(self) -> range:
        """Indices of the forms to solve for: one where all forms hold the same items."""
        return range(1 if self.blueprint.overlap == "all" else len(self.blueprint.forms))

    @property
    def facility_gap(self) -> int | None:
        """The most that two forms' expected marks may differ by, in hundred-thousandths; None where it is free."""
        gap = self.blueprint.facility_gap
        return None if gap is None or not self.total or len(self.forms) < 2 else int(gap * MILLI * self.total + 1e-6)


def make_task(blueprint: Blueprint, pool: Pool, topics: Mapping[str, Topic], earlier: Sequence[str] = ()) -> Task:
    """Write out what a blueprint asks of a pool.

    Args:
        blueprint: What is asked.
        pool: The candidates.
        topics: The bank's topics with their names, any of which a blueprint may use.
        earlier: Ids of earlier exams, the oldest first.

    Raises:
        BlueprintError: a line names a topic, item, form or column that does not exist.
    """
    return _Builder(blueprint, pool, topics, earlier).task()


class _Builder:
    """Collects the rows of one task."""

    def __init__(self, blueprint: Blueprint, pool: Pool, topics: Mapping[str, Topic], earlier: Sequence[str]) -> None:
        self.blueprint, self.pool, self.earlier = blueprint, pool, earlier
        self.topics = _topic_names(pool, topics)
        self.rows: list[Row] = []
        self.bundles: list[Bundle] = []
        self.orders: list[OrderRule] = []
        self.pinned: set[str] = set()
        self.placements: list[Placement] = []
        self.sections: list[tuple[int, ...]] = []
        forms = 1 if self.blueprint.overlap == "all" else len(self.blueprint.forms)
        self.all_forms = tuple(range(forms))

    def task(self) -> Task:
        """All rows, section by section, then those of the whole paper."""
        self._place()
        for index in range(len(self.blueprint.sections)):
            self._section_rows(index)
        everything = range(len(self.placements))
        self._part_rows((), "", self.blueprint, everything, self.total)
        self._paper_rows(everything)
        self._table_rows()
        self._reuse_rows()
        for loc, ids in ((("include",), self.blueprint.include), (("exclude",), self.blueprint.exclude)):
            self._named_rows(loc, ids, self.all_forms, include=loc == ("include",))
        for index, constraint in enumerate(self.blueprint.constraints):
            if constraint.on:
                self._constraint_rows(("constraint", index), constraint)
        return Task(
            self.blueprint,
            self.pool,
            tuple(self.placements),
            tuple(self.rows),
            tuple(self.bundles),
            tuple(self.orders),
            frozenset(self.pinned),
            self.total,
            any(row.forms != self.all_forms for row in self.rows)
            or any(bundle.forms != self.all_forms for bundle in self.bundles),
            tuple(self.sections),
        )

    @property
    def total(self) -> int | None:
        """Marks of a form, where the sections fix them or the paper's total does."""
        totals = [_section_total(section) for section in self.blueprint.sections]
        if all(total is not None for total in totals):
            return round(sum(total or 0 for total in totals) * CENTI)
        return None if self.blueprint.points is None else round(self.blueprint.points * CENTI)

    def _place(self) -> None:
        for number, section in enumerate(self.blueprint.sections):
            loc: Loc = ("section", number)
            only = frozenset(self._topic((*loc, "topics"), t) for t in _listed(section.topics))
            levels, bands = _listed(section.levels), _listed(section.difficulties)
            least, most = section.difficulty or (0.0, 1.0)
            first = len(self.placements)
            for candidate in self.pool.candidates:
                item = candidate.item
                points = section.points if section.points is not None else item.max_score
                if (
                    (not section.kind or item.kind in section.kind)
                    and (not only or item.topic in only)
                    and (not levels or item.level in levels)
                    and (not bands or candidate.band in bands)
                    and least <= candidate.difficulty <= most
                ):
                    self.placements.append(Placement(candidate, number, round(points * CENTI)))
            self.sections.append(tuple(range(first, len(self.placements))))

    def _section_rows(self, number: int) -> None:
        section, indices = self.blueprint.sections[number], self.sections[number]
        loc: Loc = ("section", number)
        name = section_name(self.blueprint.sections, number)
        about = self._eligible_in_words(number)
        self._row(
            (*loc, "count"), f"{name}: count = {section.count}", about, indices, section.count, section.count, cost=2000
        )
        if section.total is not None and section.points is None:
            self._amount(
                (*loc, "total"), f"{name}: total = {section.total:g}", "marks", indices, section.total, section.total
            )
        if section.minutes is not None:
            self._amount(
                (*loc, "minutes"), f"{name}: minutes = {section.minutes:g}", "minutes", indices, None, section.minutes
            )
        total = _section_total(section)
        self._part_rows(loc, name, section, indices, None if total is None else round(total * CENTI))

    def _part_rows(self, loc: Loc, name: str, part: BlueprintPart, indices: Sequence[int], total: int | None) -> None:
        """The tables and, for the whole paper, the lists of topics, levels and difficulties."""
        tables: tuple[tuple[str, Any, Callable[[Candidate], Any], Callable[[str], str]], ...] = (
            ("topics", part.topics, lambda c: c.item.topic, lambda key: f"items on {key}"),
            ("levels", part.levels, lambda c: c.item.level, lambda key: f"{key!r} items"),
            ("difficulties", part.difficulties, lambda c: c.band, lambda key: f"{key} items"),
        )
        for field_name, table, get, words in tables:
            where = (*loc, field_name)
            prefix = f"{name}: " if name else ""
            if isinstance(table, dict):
                groups: dict[object, list[int]] = {}
                for index in indices:
                    groups.setdefault(get(self.placements[index].candidate), []).append(index)
                for key, bounds in table.items():
                    wanted = self._topic((*where, key), key) if field_name == "topics" else key
                    matching = groups.get(wanted, [])
                    says = f"{prefix}{field_name}.{key} {bounds_in_words(bounds)}"
                    about = words(key) + (f" for {name}" if name else "")
                    self._bounded((*where, key), says, about, matching, indices, bounds, total)
            elif table and not loc:
                allowed = {self._topic(where, key) for key in table} if field_name == "topics" else set(table)
                others = [i for i in indices if get(self.placements[i].candidate) not in allowed]
                self._row(
                    where, f"{field_name} = {list(table)}", f"items of other {field_name}", others, None, 0, kind="ban"
                )

    def _bounded(
        self,
        loc: Loc,
        says: str,
        about: str,
        matching: Sequence[int],
        whole: Sequence[int],
        bounds: Bounds,
        total: int | None,
    ) -> None:
        if not bounds.share:
            lower = None if bounds.lower is None else -int(-bounds.lower // 1)
            upper = None if bounds.upper is None else int(bounds.upper // 1)
            self._row(loc, says, about, matching, lower, upper)
        elif total is not None:
            lower_marks = None if bounds.lower is None else -int(-(bounds.lower * total - 1e-6) // 1)
            upper_marks = None if bounds.upper is None else int((bounds.upper * total + 1e-6) // 1)
            terms = {i: self.placements[i].points for i in matching}
            self._add(loc, says, f"marks of {about}", "marks", "amount", terms, lower_marks, upper_marks, CENTI, cost=5)
        else:
            # Without a fixed total, a share is a row of its own on each side: marks inside minus share of all marks.
            inside = set(matching)
            for bound, sign in ((bounds.lower, 1), (bounds.upper, -1)):
                if bound is not None:
                    part = round(bound * MILLI)
                    terms = {
                        i: sign * self.placements[i].points * ((MILLI if i in inside else 0) - part) for i in whole
                    }
                    self._add(loc, says, f"share of {about}", "share", "amount", terms, 0, None, CENTI * MILLI, cost=1)

    def _paper_rows(self, everything: Sequence[int]) -> None:
        blueprint = self.blueprint
        if blueprint.minutes is not None:
            self._amount(
                ("minutes",), f"minutes = {blueprint.minutes:g}", "minutes", everything, None, blueprint.minutes
            )
        if blueprint.points is not None and any(_section_total(s) is None for s in blueprint.sections):
            self._amount(
                ("points",), f"points = {blueprint.points:g}", "marks", everything, blueprint.points, blueprint.points
            )
        if blueprint.facility is not None:
            least, most = facility_bounds(blueprint.facility)
            self._mean(("facility",), f"facility = {_written(blueprint.facility)}", "facility", everything, least, most)

    def _table_rows(self) -> None:
        table = self.blueprint.table
        if table is None:
            return
        for topic, marks in table.marks.items():
            wanted = self._topic(("table", "marks", topic), topic)
            for level, cell in zip(table.levels, marks, strict=True):
                matching = [
                    index
                    for index, placement in enumerate(self.placements)
                    if placement.candidate.item.topic == wanted and placement.candidate.item.level == level
                ]
                self._amount(
                    ("table", "marks", topic),
                    f"table: {cell:g} marks for {topic} at {level!r}",
                    "marks",
                    matching,
                    max(0.0, cell - table.tolerance),
                    cell + table.tolerance,
                    about=f"marks of {level!r} items on {topic}",
                )

    def _reuse_rows(self) -> None:
        reuse = self.blueprint.reuse
        if reuse.max_uses is not None:
            worn = [i for i, p in enumerate(self.placements) if len(p.candidate.used_in) > reuse.max_uses]
            says = f"reuse.max_uses = {reuse.max_uses}"
            self._row(("reuse", "max_uses"), says, "items used more often", worn, None, 0, kind="ban")
        if reuse.max_shared is not None:
            for exam in self.earlier:
                shared = [i for i, p in enumerate(self.placements) if exam in p.candidate.used_in]
                says = f"reuse.max_shared = {reuse.max_shared}, for the earlier exam {exam!r}"
                self._row(("reuse", "max_shared"), says, f"items that stood in {exam}", shared, None, reuse.max_shared)

    def _named_rows(self, loc: Loc, ids: Sequence[str], forms: tuple[int, ...], *, include: bool) -> None:
        for name in ids:
            self._known_item(loc, name)
            matching = [i for i, p in enumerate(self.placements) if p.candidate.id == name]
            if include:
                if name in self.pool.left_out:
                    raise self.error(
                        loc, f"{name!r} cannot be included: it is {self.pool.left_out[name]}", "Mend the item."
                    )
                self.pinned.add(name)
                self._row(
                    loc, f"include {name}", f"the item {name}", matching, 1, None, kind="pin", forms=forms, cost=3000
                )
            else:
                self._row(loc, f"exclude {name}", f"the item {name}", matching, None, 0, kind="ban", forms=forms)

    def _constraint_rows(self, loc: Loc, constraint: Constraint) -> None:
        name = f"constraint {constraint.id or int(loc[1]) + 1}"
        forms = self._constraint_forms(loc, constraint)
        matching = self._matching(loc, constraint)
        ids = tuple(dict.fromkeys(self.placements[i].candidate.id for i in matching))
        about = f"items with {constraint.condition}" if constraint.condition else "the items of that line"
        match constraint.type:
            case "include":
                self._named_rows(loc, constraint.items or ids, forms, include=True)
            case "exclude":
                self._row(loc, name, about, matching, None, 0, kind="ban", forms=forms)
            case "enemy":
                most = 1.0 if constraint.upper is None else constraint.upper
                self._row(loc, f"{name}: at most {most:g}", about, matching, None, int(most // 1), forms=forms)
            case "all_or_none":
                self.bundles.append(Bundle(loc, f"{name}: all or none", constraint.items or ids, forms))
            case "order":
                self._order(loc, name, constraint, matching, forms)
            case "number":
                self._needs_bounds(loc, name, constraint)
                lower = None if constraint.lower is None else -int(-constraint.lower // 1)
                upper = None if constraint.upper is None else int(constraint.upper // 1)
                says = f"{name}: number {_range(constraint.lower, constraint.upper)}"
                self._row(loc, says, about, matching, lower, upper, forms=forms)
            case "sum" | "mean":
                self._needs_bounds(loc, name, constraint)
                self._column_row(loc, name, constraint, matching, forms)

    def _column_row(
        self, loc: Loc, name: str, constraint: Constraint, matching: Sequence[int], forms: tuple[int, ...]
    ) -> None:
        columns = ("points", "minutes", "difficulty", "facility", "uses", "chars")
        if constraint.what not in columns:
            raise self.error(
                (*loc, "what"),
                f"{constraint.type} needs what = one of {', '.join(columns)}",
                "Name the column to add up.",
            )
        says = f"{name}: {constraint.type} of {constraint.what} {_range(constraint.lower, constraint.upper)}"
        about = f"{constraint.what} of " + (
            f"items with {constraint.condition}" if constraint.condition else "those items"
        )
        if constraint.type == "mean":
            self._mean(loc, says, constraint.what, matching, constraint.lower, constraint.upper, forms, about)
            return
        scale = {"points": CENTI, "minutes": CENTI, "difficulty": MILLI, "facility": MILLI}.get(constraint.what, 1)
        terms = {i: round(self._column(i, constraint.what) * scale) for i in matching}
        lower = None if constraint.lower is None else -int(-(constraint.lower * scale - 1e-6) // 1)
        upper = None if constraint.upper is None else int((constraint.upper * scale + 1e-6) // 1)
        self._add(
            loc, says, about, constraint.what, "amount", terms, lower, upper, scale, forms, cost=max(1, 200 // scale)
        )

    def _order(
        self, loc: Loc, name: str, constraint: Constraint, matching: Sequence[int], forms: tuple[int, ...]
    ) -> None:
        if constraint.items:
            ids = constraint.items
        else:
            column = constraint.what.removeprefix("-")
            facts = {self.placements[i].candidate.id: self._facts(i) for i in matching}
            if column not in next(iter(facts.values()), {column: 0}) or column in ("used_in", "documents"):
                raise self.error(
                    (*loc, "what"), f"order knows no column {column!r}", "Name a column, such as difficulty."
                )
            ranked = sorted(facts, key=lambda i: (str(facts[i][column]) if column == "level" else facts[i][column], i))
            ids = tuple(reversed(ranked) if constraint.what.startswith("-") else ranked)
        self.orders.append(OrderRule(loc, f"{name}: order", tuple(ids), forms))

    def _needs_bounds(self, loc: Loc, name: str, constraint: Constraint) -> None:
        if constraint.lower is None and constraint.upper is None:
            raise self.error(loc, f"{name} has neither lower nor upper", "Give one of them, or both.")
        if constraint.lower is not None and constraint.upper is not None and constraint.lower > constraint.upper:
            raise self.error(loc, f"{name}: lower is more than upper", "Swap them.")

    def _constraint_forms(self, loc: Loc, constraint: Constraint) -> tuple[int, ...]:
        names = self.blueprint.forms
        for name in constraint.forms:
            if name not in names:
                raise self.error((*loc, "forms"), f"there is no form {name!r}", f"The forms are {', '.join(names)}.")
        if constraint.forms and self.blueprint.overlap == "all" and set(constraint.forms) != set(names):
            raise self.error(
                (*loc, "forms"),
                "a row for one form cannot hold where all forms have the same items",
                "Leave out forms.",
            )
        if not constraint.forms or len(self.all_forms) == 1:
            return self.all_forms
        return tuple(sorted({names.index(name) for name in constraint.forms}))

    def _matching(self, loc: Loc, constraint: Constraint) -> list[int]:
        for name in constraint.items:
            self._known_item((*loc, "items"), name)
        condition = self._condition(loc, constraint.condition)
        wanted = set(constraint.items)
        return [
            index
            for index, placement in enumerate(self.placements)
            if (not wanted or placement.candidate.id in wanted) and condition(self._facts(index))
        ]

    def _condition(self, loc: Loc, text: str) -> Condition:
        try:
            return compile_condition(text)
        except ConditionError as error:
            raise self.error((*loc, "condition"), error.found, error.fix) from error

    def _facts(self, index: int) -> dict[str, Any]:
        return self._all_facts[index]

    @cached_property
    def _all_facts(self) -> list[dict[str, Any]]:
        names = [section.id or str(number) for number, section in enumerate(self.blueprint.sections, 1)]
        return [
            {**placement.candidate.facts, "section": names[placement.section], "points": placement.points / CENTI}
            for placement in self.placements
        ]

    def _column(self, index: int, name: str) -> float:
        placement = self.placements[index]
        if name == "points":
            return placement.points / CENTI
        return float(placement.candidate.facts[name])

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
        hint = (
            f"Did you mean {near[0]!r}?"
            if near
            else f"Its topics are {', '.join(known[:12])}."
            if known
            else "Leave topics out."
        )
        raise self.error(loc, f"the bank has no items on the topic {name!r}", hint)

    def _eligible_in_words(self, number: int) -> str:
        section = self.blueprint.sections[number]
        kinds = " or ".join(QUESTIONS[kind].NAMES["en"].lower() for kind in section.kind)
        words = f"{kinds} items" if kinds else "items"
        if topics := _listed(section.topics):
            words += f" on {' or '.join(topics)}"
        if levels := _listed(section.levels):
            words += f" at {' or '.join(map(repr, levels))}"
        if bands := _listed(section.difficulties):
            words += f" that are {' or '.join(bands)}"
        if section.difficulty:
            words += f" with a difficulty of {section.difficulty[0]:g} to {section.difficulty[1]:g}"
        return words

    def _amount(
        self,
        loc: Loc,
        says: str,
        unit: Literal["marks", "minutes"],
        indices: Sequence[int],
        lower: float | None,
        upper: float | None,
        about: str = "",
    ) -> None:
        terms = {i: self.placements[i].points if unit == "marks" else self.placements[i].minutes for i in indices}
        low = None if lower is None else round(lower * CENTI)
        high = None if upper is None else round(upper * CENTI)
        self._add(loc, says, about or unit, unit, "amount", terms, low, high, CENTI, cost=5 if unit == "marks" else 1)

    def _mean(
        self,
        loc: Loc,
        says: str,
        column: str,
        indices: Sequence[int],
        lower: float | None,
        upper: float | None,
        forms: tuple[int, ...] | None = None,
        about: str = "",
    ) -> None:
        """Mark-weighted mean: the sum of points x (value - bound) is at least, or at most, 0."""
        for bound, sign in ((lower, 1), (upper, -1)):
            if bound is not None:
                terms = {
                    i: sign * self.placements[i].points * round((self._column(i, column) - bound) * MILLI)
                    for i in indices
                }
                self._add(loc, says, about or column, column, "mean", terms, 0, None, CENTI * MILLI, forms, cost=1)

    def _row(
        self,
        loc: Loc,
        says: str,
        about: str,
        indices: Sequence[int],
        lower: int | None,
        upper: int | None,
        *,
        kind: RowKind = "count",
        forms: tuple[int, ...] | None = None,
        cost: int = 1000,
    ) -> None:
        self._add(loc, says, about, "items", kind, dict.fromkeys(indices, 1), lower, upper, 1, forms, cost)

    def _add(
        self,
        loc: Loc,
        says: str,
        about: str,
        unit: str,
        kind: RowKind,
        terms: Mapping[int, int],
        lower: int | None,
        upper: int | None,
        scale: int,
        forms: tuple[int, ...] | None = None,
        cost: int = 100,
    ) -> None:
        self.rows.append(
            Row(
                loc,
                says,
                about,
                unit,
                kind,
                terms,
                lower,
                upper,
                scale,
                self.all_forms if forms is None else forms,
                cost,
            )
        )

    def error(self, loc: Loc, found: str, fix: str) -> BlueprintError:
        """A complaint about one line of the blueprint."""
        return blueprint_error(self.blueprint, loc, found, fix)


def section_name(sections: Sequence[BlueprintSection], number: int) -> str:
    """How messages call a section: by its id or title, else by its ordinal."""
    section = sections[number]
    return f"section {(section.id or section.title or str(number + 1))!r}"


def facility_bounds(facility: float | tuple[float, float]) -> tuple[float, float]:
    """The bounds that a wished facility stands for; see `FACILITY_TOLERANCE`."""
    if isinstance(facility, tuple):
        return facility
    return max(0.0, facility - FACILITY_TOLERANCE), min(1.0, facility + FACILITY_TOLERANCE)


def bounds_in_words(bounds: Bounds) -> str:
    """``= 3``, ``2-4``, ``>= 30%``."""
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


def _section_total(section: BlueprintSection) -> float | None:
    return section.points * section.count if section.points is not None else section.total


def _topic_names(pool: Pool, topics: Mapping[str, Topic]) -> dict[str, str]:
    """Every name of a topic that a blueprint may use -> the topic as items have it."""
    names = {name: key for key, topic in topics.items() for name in (topic.en, topic.zh) if name}
    return names | {key: key for key in topics} | {c.item.topic: c.item.topic for c in pool.candidates if c.item.topic}


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


def is_fluid(row: Row) -> bool:
    """Whether a row sums up what nearly every item has another value of: time, difficulty, length, use."""
    return row.kind in ("amount", "mean") and row.unit not in ("marks", "share", "points")
