"""Whatever the blueprint and the bank: an exam that keeps every line, or one line that says why there is none."""

from itertools import combinations

import tomlkit
from assemble_samples import choice, judge, of_kind, short
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examgen.assemble import BlueprintError, assemble, load_blueprint, verify_exam
from examgen.assemble.explain import Explanation, explain
from examgen.assemble.pool import make_pool
from examgen.errors import ExamgenError
from examgen.model import Bank, Blueprint
from examgen.questions import check_item

TOPICS, LEVELS = ("a", "b", "c"), ("remember", "apply", "analyse")
KINDS = {"single_choice": choice, "true_false": judge, "short_answer": short} | {
    kind: of_kind(kind) for kind in ("multiple_choice", "fill_in", "numeric", "matching", "ordering", "composite")
}


@st.composite
def banks(draw, most=22):
    count = draw(st.integers(0, most))
    names = [f"q{n}" for n in range(count)]
    return Bank(
        items=tuple(
            KINDS[draw(st.sampled_from(sorted(KINDS)))](
                name,
                topic=draw(st.sampled_from(TOPICS)),
                level=draw(st.none() | st.sampled_from(LEVELS)),
                difficulty=draw(st.none() | st.floats(0, 1).map(lambda x: round(x, 2))),
                minutes=draw(st.none() | st.integers(1, 10).map(float)),
                max_score=draw(st.sampled_from([1, 2, 2.5, 10 / 3])),
                enemies=tuple(draw(st.lists(st.sampled_from([*names, "gone"]), max_size=2))),
                status=draw(st.sampled_from(["ready"] * 8 + ["draft"])),
                complete=draw(st.sampled_from([True] * 8 + [False])),
            )
            for name in names
        )
    )


AMOUNT = st.one_of(
    st.integers(0, 4),
    st.sampled_from(["1-3", ">=1", "<=2", "20-60%", ">=30%", "<=80%", "50%", [0, 2]]),
)
PART = {
    "topics": st.dictionaries(st.sampled_from(TOPICS), AMOUNT, max_size=2)
    | st.lists(st.sampled_from(TOPICS), max_size=3),
    "levels": st.dictionaries(st.sampled_from(LEVELS), AMOUNT, max_size=2)
    | st.lists(st.sampled_from(LEVELS), max_size=3),
    "difficulties": st.dictionaries(st.sampled_from(["easy", "medium", "hard"]), AMOUNT, max_size=2),
}
SECTION = st.fixed_dictionaries(
    {"count": st.integers(1, 5)},
    optional={
        **PART,
        "kind": st.sampled_from([*KINDS, ["single_choice", "short_answer"]]),
        "points": st.sampled_from([0.5, 1, 2, 7.5]),
        "total": st.sampled_from([4, 10]),
        "minutes": st.integers(2, 30),
        "difficulty": st.just([0.2, 0.8]),
        "order": st.sampled_from(["difficulty", "topic", "random"]),
    },
)
CONDITIONS = ["", "topic == 'a'", "level in ['apply', none]", "not difficulty < 0.5", "section == '1' and points >= 2"]
CONSTRAINT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["number", "sum", "mean", "enemy", "include", "exclude", "all-or-none", "order"]),
        "condition": st.sampled_from(CONDITIONS),
    },
    optional={
        "what": st.sampled_from(["points", "minutes", "difficulty", "-difficulty", "chars", "id"]),
        "items": st.lists(st.sampled_from(["q0", "q1", "q2"]), max_size=3),
        "lower": st.integers(-1, 5),
        "upper": st.integers(0, 20),
        "forms": st.lists(st.sampled_from(["A", "B"]), max_size=2),
        "on": st.booleans(),
    },
)
BLUEPRINT = st.fixed_dictionaries(
    {"section": st.lists(SECTION, min_size=1, max_size=3)},
    optional={
        **PART,
        "forms": st.integers(1, 3),
        "overlap": st.integers(0, 3) | st.just("all"),
        "minutes": st.integers(5, 60),
        "facility": st.sampled_from([0.5, [0.3, 0.8]]),
        "facility_gap": st.sampled_from([0.01, 0.1]),
        "include": st.lists(st.sampled_from(["q0", "q1"]), max_size=1),
        "exclude": st.lists(st.sampled_from(["q0", "q3"]), max_size=2),
        "constraint": st.lists(CONSTRAINT, max_size=2),
        "table": st.just({"levels": ["apply"], "marks": {"a": [2]}, "tolerance": 2}),
        "seed": st.integers(0, 5),
    },
)
SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def faults(exam, bank, blueprint):
    """What an exam breaks of its blueprint, worked out item by item, without any of the assembly's own rows."""
    found = []
    items = {item.id: item for item in bank.items}
    assert {item.id for item in exam.items} <= {i.id for i in bank.items if i.complete and i.status == "ready"}
    sets = []
    for form in exam.forms:
        placed = [(number, p) for number, section in enumerate(form.sections) for p in section.items]
        names = [p.item_id for _, p in placed]
        sets.append(set(names))
        enemies = [(a, b) for a, b in combinations(names, 2) if b in items[a].enemies or a in items[b].enemies]
        found += enemies + ([] if len(set(names)) == len(names) else ["twice"])
        found += [name for name in blueprint.exclude if name in names]
        found += [name for name in blueprint.include if name not in names]
        parts = [(blueprint, placed)]
        parts += [(s, [p for p in placed if p[0] == n]) for n, s in enumerate(blueprint.sections)]
        for part, inside in parts:
            found += part_faults(part, [(items[p.item_id], p.points) for _, p in inside])
        for number, section in enumerate(blueprint.sections):
            inside = [p for n, p in placed if n == number]
            found += ["count"] if len(inside) != section.count else []
            found += [p for p in inside if section.kind and items[p.item_id].kind not in section.kind]
            found += [p for p in inside if section.points and p.points != section.points]
    for one, other in combinations(sets, 2):
        shared = (one & other) - set(blueprint.include)
        pinned = any(c.type == "include" and c.on for c in blueprint.constraints)
        if blueprint.overlap == "all":
            found += [] if one == other else ["not the same items"]
        elif not pinned and len(shared) > blueprint.overlap:
            found.append("overlap")
    totals = {round(sum(p.points for s in form.sections for p in s.items), 2) for form in exam.forms}
    return found + ([] if len(totals) == 1 else ["unequal marks"])


def part_faults(part, placed):
    found = []
    for field, get in (("topics", lambda i: i.topic), ("levels", lambda i: i.level)):
        table = getattr(part, field)
        if isinstance(table, tuple):
            found += [item.id for item, _ in placed if table and get(item) not in table]
            continue
        for key, bounds in table.items():
            hits = [(item, points) for item, points in placed if get(item) == key]
            amount = sum(p for _, p in hits) / sum(p for _, p in placed) if bounds.share else len(hits)
            low, high = bounds.lower, bounds.upper
            # Item points are rounded to hundredths of a mark, so a share may miss by that dust.
            dust = 0.002 if bounds.share else 0
            if (low is not None and amount < low - dust) or (high is not None and amount > high + dust):
                found.append(f"{field}.{key}: {amount}")
    stated = all(item.minutes for item, _ in placed)
    if part.minutes and stated and sum(item.minutes for item, _ in placed) > part.minutes:
        found.append("minutes")
    return found


@SETTINGS
@given(banks(), BLUEPRINT)
def test_an_exam_keeps_its_blueprint_or_is_refused_in_one_line(bank, data):
    try:
        blueprint = Blueprint.model_validate(data)
    except ValueError:
        return
    try:
        exam = assemble(bank, blueprint)
    except BlueprintError as error:
        assert "\n" not in str(error)
        assert error.found
        return
    assert faults(exam, bank, blueprint) == []
    assert verify_exam(exam) == []


@SETTINGS
@given(banks(most=9), st.lists(SECTION, min_size=1, max_size=2), PART["topics"])
def test_a_refusal_is_never_wrong(bank, sections, topics):
    sections = [{k: v for k, v in s.items() if k in ("count", "kind", "points", "topics", "levels")} for s in sections]
    data = {"section": [{"points": 1} | s for s in sections], "topics": topics}
    try:
        blueprint = Blueprint.model_validate(data)
        assemble(bank, blueprint)
    except BlueprintError as error:
        if "no topic" in error.found:
            return
        assert not any(possible(bank, blueprint)), error


def possible(bank, blueprint):
    """Whether each way to fill the sections keeps the blueprint, all ways tried."""
    ready = [item for item in bank.items if item.complete and item.status == "ready" and not check_item(item)]
    pools = [[i for i in ready if not s.kind or i.kind in s.kind] for s in blueprint.sections]
    for first in combinations(pools[0], blueprint.sections[0].count):
        rest = combinations(pools[1], blueprint.sections[1].count) if len(pools) > 1 else [()]
        for second in rest:
            both = (*first, *second)
            enemies = any(b.id in a.enemies or a.id in b.enemies for a, b in combinations(both, 2))
            if len({item.id for item in both}) < len(both) or enemies:
                continue
            parts = [(blueprint, both), *zip(blueprint.sections, (first, second), strict=False)]
            points = [blueprint.sections[0].points] * len(first) + [blueprint.sections[-1].points] * len(second)
            pairs = dict(zip((item.id for item in both), points, strict=True))
            yield not any(part_faults(part, [(item, pairs[item.id]) for item in inside]) for part, inside in parts)


def mended(data, changes):
    """The blueprint with its lines changed as proposed; None where a line is none that this test can change."""
    for change in changes:
        match change.row.loc:
            case ("section", number, "count"):
                data["section"][number]["count"] = int(change.lower)
            case ("minutes",):
                data["minutes"] = change.upper
            case ("section", number, "minutes"):
                data["section"][number]["minutes"] = change.upper
            case (("topics" | "levels" | "difficulties") as field, key) if change.row.measure == "items":
                data[field][key] = {"lower": change.lower, "upper": change.upper}
            case ("section", number, ("topics" | "levels" | "difficulties") as field, key):
                if change.row.measure != "items":
                    return None
                data["section"][number][field][key] = {"lower": change.lower, "upper": change.upper}
            case ("include",):
                data["include"] = []
            case _:
                return None
    return data if all(section["count"] for section in data["section"]) else None


@SETTINGS
@given(banks(), BLUEPRINT)
def test_a_change_that_is_proposed_would_do(bank, data):
    try:
        blueprint = Blueprint.model_validate(data)
    except ValueError:
        return
    try:
        assemble(bank, blueprint)
    except BlueprintError:
        pass
    else:
        return
    try:
        found = explain(blueprint, make_pool(bank), (), {}, (), 1)
    except BlueprintError:  # a line that makes no sense, which is told before
        return
    assert isinstance(found, Explanation)
    changed = mended(data, found.changes) if found.changes else None
    if changed:
        assemble(bank, Blueprint.model_validate(changed))


NAMES = st.sampled_from(["section", "constraint", "count", "type", "levels", "forms", "table", "marks", "x"])
SENSELESS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@SETTINGS
@given(SENSELESS)
def test_a_senseless_blueprint_is_refused_in_one_line(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("b") / "b.toml"
    try:
        text = tomlkit.dumps(data if isinstance(data, dict) else {"section": [{"count": 1, "kind": "单选题"}, data]})
    except (ValueError, TypeError, tomlkit.exceptions.TOMLKitError):
        text = repr(data)
    path.write_text(text, encoding="utf-8")
    try:
        load_blueprint(path)
    except ExamgenError as error:
        assert "\n" not in str(error)
        assert str(path) in str(error)
