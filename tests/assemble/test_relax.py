"""What cannot be had even in parts cannot be had at all."""

from assemble_samples import bank, blueprint, choice
from hypothesis import given
from test_assemble_fuzz import BLUEPRINT, SETTINGS, banks

from examgen.assemble import BlueprintError
from examgen.assemble.pool import make_pool
from examgen.assemble.relax import relax
from examgen.assemble.rows import make_task
from examgen.assemble.solver import solve
from examgen.model import Blueprint


def task_of(sample, *sections, **fields):
    return make_task(blueprint(*sections, **fields), make_pool(sample), {})


def relaxed(task):
    found = relax(task, task.rows, range(len(task.placements)))
    return found.impossible, [task.rows[number].says for number in found.priced]


def test_items_that_suffice_are_no_conflict():
    task = task_of(bank(*(choice(f"q{n}") for n in range(6))), {"count": 3}, forms=2)

    assert relaxed(task) == (False, [])


def test_a_form_has_its_share_of_the_items_alone():
    task = task_of(
        bank(*(choice(f"q{n}", topic="ab"[n % 2]) for n in range(6))), {"count": 2}, forms=3, topics={"a": 2}
    )

    assert relaxed(task) == (True, ["topics.a = 2"])


def test_of_enemies_there_is_one():
    items = [choice(f"q{n}", enemies=tuple(f"q{m}" for m in range(4) if m != n)) for n in range(4)]

    assert relaxed(task_of(bank(*items), {"count": 2})) == (True, ["section '1': count = 2"])


def test_lines_that_have_nothing_to_do_with_it_have_no_price():
    items = [choice(f"q{n}", topic="ab"[n % 2], minutes=3) for n in range(12)]

    assert relaxed(task_of(bank(*items), {"count": 8}, minutes=20, topics={"a": ">=1"})) == (
        True,
        ["section '1': count = 8", "minutes = 20"],
    )


def test_rows_of_single_forms_have_no_average():
    rule = {"type": "include", "items": ["q1"], "forms": ["A"]}
    task = task_of(bank(*(choice(f"q{n}") for n in range(6))), {"count": 2}, forms=2, constraint=[rule])

    assert relax(task, task.rows, range(len(task.placements))) is None


@SETTINGS
@given(banks(), BLUEPRINT)
def test_what_can_be_had_is_never_called_impossible(sample, data):
    try:
        task = make_task(Blueprint.model_validate(data), make_pool(sample), {})
    except (ValueError, BlueprintError):
        return
    found = relax(task, task.rows, range(len(task.placements)))

    if found is not None and found.impossible:
        assert solve(task, 1) is None
