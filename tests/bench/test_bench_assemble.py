"""The measurement of assembly measures real exams, and says what does not hold."""

from dataclasses import replace

from click.testing import CliRunner

from examgen.bench.assemble import AssembleBench, Assembled, bench_assemble, bench_bank, bench_blueprint
from examgen.cli import cli
from examgen.questions import check_item

GOOD = Assembled(1_000, 1, 1.0, 0.9, 0.001, 0.5, 0.62, True, ())


def test_made_up_banks_are_sound_and_the_same_every_time():
    bank = bench_bank(200)

    assert bank == bench_bank(200)
    assert [problem for item in bank.items for problem in check_item(item)] == []


def test_the_blueprint_is_the_one_that_is_promised():
    plan = bench_blueprint()

    assert sum(section.count for section in plan.sections) == 37
    assert (len(plan.topics), len(plan.forms), plan.minutes, plan.facility) == (12, 2, 120.0, 0.62)


def test_exams_of_a_small_bank_keep_everything_and_chance_does_not():
    result = bench_assemble((1_000,), (1,), draws=50)

    run = result.runs[0]
    assert run.problems == ()
    assert run.facility_gap <= 0.005
    assert run.same_cells
    assert result.drawn_right == 0


def test_what_does_not_hold_is_named():
    slow, apart, wrong = (
        replace(GOOD, seconds=3.0),
        replace(GOOD, facility_gap=0.01),
        replace(GOOD, problems=("broken",)),
    )

    assert AssembleBench((GOOD,), 0, 0).misses == []
    assert AssembleBench((slow, apart, wrong), 0, 0).misses == [
        "1000 items, seed 1: 3.0 s, not 2",
        "1000 items, seed 1: a gap of 0.0100 in facility, not 0.005",
        "1000 items, seed 1: broken",
    ]


def test_the_command_prints_a_line_for_every_exam():
    result = CliRunner().invoke(cli, ["bench", "assemble", "--size", "400", "--seeds", "1", "--draws", "5"])

    lines = result.stdout.splitlines()
    assert lines[0].startswith("400 items, seed 1: ")
    assert lines[1] == "drawn at random: 0 of 5 pairs of forms would do"
