"""What cannot be had is explained in the blueprint's own words."""

import re

import pytest
from assemble_samples import bank, blueprint, choice, ids, short

from examgen.assemble import BlueprintError, assemble, load_blueprint
from examgen.bench.assemble import bench_bank, bench_blueprint
from examgen.model import Blueprint


def why(sample, *sections, **fields):
    asked = sections[0] if sections and isinstance(sections[0], Blueprint) else blueprint(*sections, **fields)
    with pytest.raises(BlueprintError) as caught:
        assemble(sample, asked)
    return str(caught.value)


def shorts(count, **fields):
    return [short(f"s{n}", **fields) for n in range(count)]


def test_too_few_items_for_a_section():
    drafts = [short("d1", status="draft"), short("d2", status="draft"), short("d3", complete=False)]

    message = why(bank(*shorts(3), *drafts), {"id": "essay", "kind": "short_answer", "count": 5})

    assert message == (
        "blueprint: section 'essay': count = 5: needs 5 short answer items, the bank has 3 (2 more are drafts, 1 more "
        "is incomplete). Smallest change that would do: section 'essay': count = 5 → 3."
    )


def test_whatever_is_wrong_with_items_they_are_counted_together():
    faulty = [short("f1", reference=""), short("f2", max_score=0)]

    message = why(bank(*shorts(1), *faulty), {"id": "essay", "kind": "short_answer", "count": 2})

    assert "the bank has 1 (2 more are faulty; see 'examgen bank check')." in message


def test_enough_for_one_form_and_not_for_two():
    message = why(bank(*shorts(5)), {"id": "essay", "count": 4}, forms=2)

    assert message == (
        "blueprint: section 'essay': count = 4: needs 8 items (4 for each of 2 forms), the bank has 5. Smallest change "
        "that would do: section 'essay': count = 4 → 2; or overlap = 0 → 3."
    )


def test_enough_items_but_enemies():
    sample = bank(
        short("a", level="apply"),
        short("b", level="apply", enemies=("c",)),
        short("c", level="apply"),
        *shorts(5),
    )

    message = why(sample, {"count": 4}, levels={"apply": 3})

    assert message == (
        "blueprint: levels.apply = 3: needs 3 'apply' items, the bank has 3, but only 2 of them can be had at once: 2 "
        "are enemies of each other. Smallest change that would do: levels.apply = 3 → 2."
    )


def test_lines_that_only_together_ask_too_much(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text('minutes = 20\n\n[[section]]\nid = "essay"\ncount = 5\npoints = 4\n', encoding="utf-8")

    with pytest.raises(BlueprintError) as caught:
        assemble(bank(*shorts(8, minutes=5)), load_blueprint(path))

    assert str(caught.value) == (
        f"{path}:5: these lines cannot hold together: section 'essay': count = 5 (line 5), minutes = 20 (line 1): "
        "minutes can get to 25 at best. Smallest change that would do: minutes = 20 → 25."
    )


def test_the_place_is_that_of_the_line_named_first(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(
        '[[section]]\nid = "first"\ncount = 9\n\n[[section]]\nid = "second"\ntopics = ["t"]\ncount = 2\n', "utf-8"
    )

    with pytest.raises(BlueprintError) as caught:
        assemble(bank(*shorts(3), *(short(f"t{n}", topic="t") for n in range(1))), load_blueprint(path))

    assert str(caught.value).startswith(f"{path}:3: section 'first': count = 9: needs ")


def test_a_facility_out_of_reach_names_the_nearest_that_is_not():
    message = why(bank(*shorts(4, difficulty=0.5)), {"count": 2, "points": 5}, facility=0.8)

    assert message.endswith("facility can get to 0.5 at best. Smallest change that would do: facility = 0.8 → 0.52.")


def test_two_items_that_are_included_and_are_enemies():
    message = why(bank(short("a", enemies=("b",)), short("b"), short("c")), {"count": 2}, include=["a", "b"])

    assert "these lines cannot hold together: include a, include b" in message
    assert "a and b are enemies" in message


def test_a_changed_count_changes_the_stated_total_too():
    message = why(bank(*shorts(3)), {"count": 5, "points": 4}, points=20)

    assert message.endswith("section '1': count = 5 → 3; or with it points = 20 → 12.")


@pytest.mark.parametrize("seed", range(3))
def test_the_change_that_is_proposed_would_do(seed):
    items = [choice(f"q{n}", topic="ab"[n % 2], minutes=3, difficulty=0.3) for n in range(12)]
    asked = {"minutes": 20, "topics": {"a": 5, "b": 4}}

    message = why(bank(*items), {"count": 9}, **asked)
    exam = assemble(bank(*items), blueprint({"count": 9}, **asked | {"minutes": 27}), seed)

    assert "minutes = 20 → 27" in message
    assert len(ids(exam)[0]) == 9


def test_what_is_far_too_much_is_refused_at_sight():
    message = why(bank(*shorts(3), *(choice(f"c{n}") for n in range(20))), {"count": 400, "kind": "单选题"}, forms=2)

    assert message == (
        "blueprint: the sections ask for 800 different items (400 for each of 2 forms), the bank has 20 that fit; "
        "section '1': count = 400: needs 800 single choice items, the bank has 20. Section '1': count = 400 → at most "
        "10, or enlarge the bank."
    )


def test_items_that_stand_together_or_not_at_all_can_be_in_the_way():
    bundle = {"id": "pair", "type": "all-or-none", "items": ["s0", "s1"]}

    message = why(bank(*shorts(2)), {"count": 1}, constraint=[bundle])

    assert "constraint 'pair': all or none left out" in message


def test_no_more_lines_are_to_be_changed_than_need_be():
    message = why(bench_bank(300), bench_blueprint().model_copy(update={"minutes": 50.0}))

    assert re.search(r"Smallest change that would do: minutes = 50 → 9\d(\.\d)?\.$", message)


def test_a_ban_that_is_in_the_way_is_named():
    message = why(bank(*shorts(2)), {"count": 2}, exclude=["s0"])

    assert message == (
        "blueprint: these lines cannot hold together: section '1': count = 2, exclude s0. Smallest change that would "
        "do: exclude s0 left out."
    )


def test_a_bound_is_proposed_with_all_its_digits():
    sample = bank(*(short(f"s{n}", question="问" * (1238 + (n < 5))) for n in range(10)))
    row = {"type": "sum", "what": "chars", "upper": 12381}

    message = why(sample, {"count": 10}, constraint=[row])

    (bound,) = re.findall(r"→ <= (\d+)\.", message)
    assemble(sample, blueprint({"count": 10}, constraint=[row | {"upper": int(bound)}]))


def test_a_total_that_a_smaller_count_leaves_alone_is_not_mentioned():
    sections = ({"kind": "short_answer", "count": 5, "total": 10}, {"kind": "single_choice", "count": 2, "points": 2})

    message = why(bank(*shorts(4, max_score=2.5), choice("a"), choice("b")), *sections, points=14)

    assert "points = 14" not in message
