"""The certificate of an exam: what was asked and what each form has, derived from the exam alone.

    sha256    seal over the whole exam and its certificate
    solver    name, version, status, objective and the bound proved for it; how many items it chose from
    pool      the bank's items in that language: candidates, and why the others are none
    earlier   ids of the earlier exams that were looked at;  used_in  which of them had an item of this exam
    topics    names of the bank's topics
    forms     for each form: items, marks, minutes, facility
    gaps      the largest difference between two forms, for each of these
    overlap   for each two forms, how many items they share
    table     marks for each topic (row) and level (column), on each form, beside what a table asked for
    lines     every line of the blueprint: bounds asked, and what each form has; of a line without bounds (all_or_none,
              order) that each form keeps it
    assumed   items of this exam for which difficulty, minutes or level was assumed

All from ``forms`` on is derived anew by `verify_exam`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from pydantic import ValidationError

from examgen.assemble.arrange import in_order
from examgen.assemble.blueprint import BlueprintError
from examgen.assemble.exposure import item_ids
from examgen.assemble.pool import Pool, enemy_map, make_candidate
from examgen.assemble.rows import make_task
from examgen.assemble.task import CENTI, Bundle, OrderRule, Task
from examgen.model import Blueprint, Exam, Form, Topic

LEVELS = ("remember", "understand", "apply", "analyse", "evaluate")
# Decimals that a certificate shows and compares.
DIGITS = 6


def certify(
    exam: Exam,
    *,
    solver: Mapping[str, Any],
    pool: Pool,
    topics: Mapping[str, Topic],
    earlier: Sequence[str],
    used_in: Mapping[str, Sequence[str]],
) -> Exam:
    """The exam with its certificate, and with an id that names its content.

    Args:
        exam: As assembled; its id is the blueprint's.
        solver: What the solver reports.
        pool: The candidates that it was chosen from.
        topics: The bank's topics.
        earlier: Ids of the earlier exams, the oldest first.
        used_in: Item id -> ids of the earlier exams it stood in.

    Raises:
        AssertionError: the exam breaks its blueprint, which would be a fault of this program.
    """
    known = {name: Topic() for name in sorted({c.item.topic for c in pool.candidates if c.item.topic})} | dict(topics)
    here = set(item_ids(exam))
    certificate: dict[str, Any] = {
        "solver": dict(solver),
        "pool": {
            "candidates": len(pool.candidates),
            "left_out": dict(sorted(Counter(pool.left_out.values()).items())),
        },
        "earlier": list(earlier),
        "used_in": {name: list(exams) for name, exams in sorted(used_in.items()) if name in here},
        "topics": {name: topic.model_dump(exclude_defaults=True) for name, topic in known.items()},
    }
    exam = exam.model_copy(update={"certificate": certificate})
    derived, broken = derive(exam)
    if broken:
        raise AssertionError(f"the exam breaks its blueprint: {'; '.join(broken)}")
    certificate |= derived
    certificate["sha256"] = seal(exam)
    return exam.model_copy(update={"id": f"{exam.id}-{certificate['sha256'][:8]}", "certificate": certificate})


def seal(exam: Exam) -> str:
    """A hash of all that an exam and its certificate say, but the exam's id and the hash itself."""
    data = exam.model_dump(mode="json", exclude={"id"})
    if not data["pictures"]:
        del data["pictures"]
    data["certificate"] = {name: value for name, value in data["certificate"].items() if name != "sha256"}
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def derive(exam: Exam) -> tuple[dict[str, Any], list[str]]:
    """Work out, from an exam's items, forms and blueprint, what its certificate says, and which lines it breaks.

    Returns:
        The derived entries of the certificate, and complaints in words; none where every line holds.
    """
    try:
        blueprint = Blueprint.model_validate(exam.blueprint)
        task = _task(exam, blueprint)
        chosen = [_placed(task, form) for form in exam.forms]
    except (ValidationError, BlueprintError) as error:
        return {}, [f"its blueprint cannot be read: {error}"]
    except KeyError as error:
        return {}, [f"the item {error.args[0]!r} may not stand where it does"]
    broken = _structure(exam, blueprint, task) + _lines_broken(exam, task, chosen)
    summaries = [_summary(task, form.name, indices) for form, indices in zip(exam.forms, chosen, strict=True)]
    derived = {
        "forms": summaries,
        "gaps": {
            name: _round(max(form[name] for form in summaries) - min(form[name] for form in summaries))
            for name in ("items", "marks", "minutes", "facility")
        },
        "overlap": [
            {"forms": [one.name, other.name], "items": len(_ids(one) & _ids(other))}
            for one, other in combinations(exam.forms, 2)
        ],
        "table": _table(exam, task, chosen),
        "lines": _lines(exam, task, chosen),
        "assumed": _assumed(task, {index for indices in chosen for index in indices}),
    }
    return derived, broken


def _task(exam: Exam, blueprint: Blueprint) -> Task:
    """The task with the exam's own items as its only candidates."""
    used_in = exam.certificate.get("used_in", {})
    items = [item for item in exam.items if item.lang == exam.lang]
    candidates = tuple(make_candidate(item, tuple(used_in.get(item.id, ()))) for item in items)
    here = {candidate.id for candidate in candidates}
    named = {*blueprint.exclude, *(name for constraint in blueprint.constraints for name in constraint.items)}
    pool = Pool(candidates, dict.fromkeys(named - here, "not in this exam"), enemy_map(exam.items))
    topics = {name: Topic.model_validate(names) for name, names in exam.certificate.get("topics", {}).items()}
    return make_task(blueprint, pool, topics, exam.certificate.get("earlier", ()))


def _placed(task: Task, form: Form) -> list[int]:
    """Indices of the placements that a form takes, in printed order."""
    where = {(p.candidate.id, p.section): index for index, p in enumerate(task.placements)}
    return [
        where[item.item_id, number] if (item.item_id, number) in where else _missing(item.item_id)
        for number, section in enumerate(form.sections)
        for item in section.items
    ]


def _missing(name: str) -> int:
    raise KeyError(name)


def _structure(exam: Exam, blueprint: Blueprint, task: Task) -> list[str]:
    """What does not fit in names, numbers and marks."""
    broken = []
    if tuple(form.name for form in exam.forms) != blueprint.forms:
        broken.append(f"its forms are not {', '.join(blueprint.forms)}")
    worth = {(p.candidate.id, p.section): p.points / CENTI for p in task.placements}
    for form in exam.forms:
        items = [item for section in form.sections for item in section.items]
        if [item.number for item in items] != list(range(1, len(items) + 1)):
            broken.append(f"form {form.name} is not numbered 1 to {len(items)}")
        if len({item.item_id for item in items}) != len(items):
            broken.append(f"form {form.name} has an item twice")
        broken += [
            f"{item.item_id} is worth {item.points:g} on form {form.name}, not {worth[item.item_id, number]:g}"
            for number, section in enumerate(form.sections)
            for item in section.items
            if item.points != worth[item.item_id, number]
        ]
        broken += [
            f"{a} and {b} are enemies and both on form {form.name}"
            for a, b in combinations(sorted(_ids(form)), 2)
            if b in task.pool.enemies.get(a, frozenset())
        ]
    return broken + _between_forms(exam, blueprint, task)


def _between_forms(exam: Exam, blueprint: Blueprint, task: Task) -> list[str]:
    broken = []
    marks = {sum(item.points for section in form.sections for item in section.items) for form in exam.forms}
    if len({_round(value) for value in marks}) > 1:
        broken.append("its forms are not worth the same")
    for (number, one), (second, other) in combinations(enumerate(exam.forms), 2):
        both = {number, second}
        shared = {name for name in _ids(one) & _ids(other) if not both <= task.pinned.get(name, frozenset())}
        if blueprint.overlap == "all":
            if _ids(one) != _ids(other):
                broken.append(f"forms {one.name} and {other.name} do not have the same items")
        elif len(shared) > blueprint.overlap:
            broken.append(f"forms {one.name} and {other.name} share {len(shared)} items, not {blueprint.overlap}")
    return broken


def _lines_broken(exam: Exam, task: Task, chosen: Sequence[Sequence[int]]) -> list[str]:
    broken = []
    for number, indices in enumerate(chosen):
        solved = 0 if task.blueprint.overlap == "all" else number
        name = exam.forms[number].name
        broken += [
            f"{row.says}: form {name} has {task.delivered(row, indices):.6g}"
            for row in task.rows
            if solved in row.forms and not row.holds(row.value(indices))
        ]
        broken += [
            f"{bundle.says}: form {name} has some"
            for bundle in task.bundles
            if solved in bundle.forms and not _keeps(task, bundle, indices)
        ]
        broken += [
            f"{rule.says}: form {name} has another"
            for rule in task.orders
            if solved in rule.forms and not _keeps(task, rule, indices)
        ]
    gap = task.facility_gap
    expected = [sum(task.placements[index].expected for index in indices) for indices in chosen]
    if gap is not None and max(expected) - min(expected) > gap:
        broken.append(f"facility_gap = {task.blueprint.facility_gap:g}: it is more")
    return broken


def _keeps(task: Task, rule: Bundle | OrderRule, indices: Sequence[int]) -> bool:
    placements = [task.placements[index] for index in indices]
    if isinstance(rule, OrderRule):
        return in_order(rule, placements)
    return {placement.candidate.id for placement in placements} & set(rule.ids) in (set(), set(rule.ids))


def _summary(task: Task, name: str, indices: Sequence[int]) -> dict[str, Any]:
    placements = [task.placements[index] for index in indices]
    marks = sum(p.points for p in placements) / CENTI
    expected = sum(p.points / CENTI * p.candidate.facility for p in placements)
    return {
        "name": name,
        "items": len(placements),
        "marks": _round(marks),
        "minutes": _round(sum(p.candidate.minutes for p in placements)),
        "facility": _round(expected / marks) if marks else 0.0,
    }


def _table(exam: Exam, task: Task, chosen: Sequence[Sequence[int]]) -> dict[str, Any]:
    every = [task.placements[index] for indices in chosen for index in indices]
    present = {p.candidate.item.topic for p in every}
    topics = [name for name in exam.certificate.get("topics", {}) if name in present]
    topics += sorted(present - set(topics))
    levels = list(LEVELS) + ([""] if any(p.candidate.item.level is None for p in every) else [])
    forms = {}
    for form, indices in zip(exam.forms, chosen, strict=True):
        marks: Counter[tuple[str, str]] = Counter()
        for index in indices:
            item = task.placements[index].candidate.item
            marks[item.topic, item.level or ""] += task.placements[index].points
        forms[form.name] = [[_round(marks[topic, level] / CENTI) for level in levels] for topic in topics]
    return {"topics": topics, "levels": levels, "forms": forms}


def _lines(exam: Exam, task: Task, chosen: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """One entry for each line; the two sides of a share or a mean are one line, and lines without bounds come last."""
    lines: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in task.rows:
        delivered = {
            form.name: _round(task.delivered(row, indices))
            for number, (form, indices) in enumerate(zip(exam.forms, chosen, strict=True))
            if (0 if task.blueprint.overlap == "all" else number) in row.forms
        }
        lines[row.loc, row.says] = {
            "line": row.says,
            "measure": row.measure,
            "asked": list(row.asked),
            "delivered": delivered,
        }
    rules: list[Bundle | OrderRule] = [*task.bundles, *task.orders]
    for rule in rules:
        kept = {
            form.name: _keeps(task, rule, indices)
            for number, (form, indices) in enumerate(zip(exam.forms, chosen, strict=True))
            if (0 if task.blueprint.overlap == "all" else number) in rule.forms
        }
        lines[rule.loc, rule.says] = {"line": rule.says, "measure": "kept", "asked": [None, None], "delivered": kept}
    return list(lines.values())


def _assumed(task: Task, indices: set[int]) -> dict[str, int]:
    candidates = {task.placements[index].candidate.id: task.placements[index].candidate for index in indices}
    return {name: sum(name in c.assumed for c in candidates.values()) for name in ("difficulty", "minutes", "level")}


def _ids(form: Form) -> set[str]:
    return {item.item_id for section in form.sections for item in section.items}


def _round(value: float) -> float:
    return round(value, DIGITS) + 0.0
