"""What the measurements of grading and embedding say of their figures, and one run of each with the real model."""

import json
import os
from dataclasses import replace

import pytest

from examgen.bench.answers import bench_answers, bench_items
from examgen.bench.embed import EmbedBench
from examgen.bench.grade import Change, GradeBench, _change
from examgen.bench.sides import Timed
from examgen.cli import cli
from examgen.questions import check_item


def side(name, rows, seconds):
    return Timed(name, rows, (seconds,) * 3, (seconds,) * 3, 1.0, 900.0, 500.0)


GRADED = GradeBench(
    answers=100,
    unique=70,
    sides=(
        side("naive loop", 25, 2.5),
        side("naive, points encoded before", 25, 1.5),
        side("bare encode", 80, 1.7),
        side("examgen, torch", 100, 2.0),
        side("examgen, onnx", 100, 1.0),
        side("examgen, second run", 100, 0.1),
    ),
    changes=(Change("onnx", 0.001, 0.0001, 0),),
    machine={},
)
EMBEDDED = EmbedBench(
    texts=100,
    sides=(side("one by one", 25, 1.0), side("bare encode", 100, 1.0), side("examgen, torch", 100, 1.1),
           side("examgen, onnx", 100, 0.5)),
    differences={"torch": 1e-7, "onnx": 2e-7},
    machine={},
)  # fmt: skip


def test_made_up_answers_are_the_same_every_time_and_three_in_ten_repeat():
    answers = list(bench_answers(1000))

    assert answers == list(bench_answers(1000))
    assert len({answer.candidate_id for answer in answers}) == 1000
    assert 660 < len({(answer.item_id, answer.answer) for answer in answers}) < 740
    assert len({answer.answer for answer in bench_answers(1000, repeats=0)}) == 1000
    assert {answer.item_id for answer in answers} == {item.id for item in bench_items()}
    assert [problem for item in bench_items() for problem in check_item(item)] == []


def test_ratios_of_grading_say_what_is_as_fast_as_what():
    assert GRADED.compared() == pytest.approx(
        {
            "of bare encode": 0.85,  # both with the same answers: 1.7 s against 2.0 s
            "of the naive loop": 5.0,
            "of the naive loop with points encoded before": 3.0,
            "onnx against torch": 2.0,
            "onnx against the naive loop": 10.0,
        }
    )
    assert GRADED.misses == []


@pytest.mark.parametrize(
    ("name", "seconds", "miss"),
    [
        ("bare encode", 1.5, "0.75 times the speed of bare encode, not 0.8"),
        ("naive loop", 2.0, "4.00 times the speed of the naive loop, not 5"),
        ("examgen, onnx", 1.9, "1.05 times: onnx against torch, not 1.15"),
    ],
)
def test_what_is_slower_than_promised_is_said(name, seconds, miss):
    sides = tuple(side(one.name, one.rows, seconds) if one.name == name else one for one in GRADED.sides)

    assert replace(GRADED, sides=sides).misses == [miss]


def test_marks_that_change_too_much_are_said():
    assert replace(GRADED, changes=(Change("onnx", 0.03, 0.0, 1),)).misses == [
        "onnx changes a mark by 0.030 of the maximum"
    ]


def test_a_change_of_marks_counts_those_that_both_give():
    expected = [(0.5, "graded"), (None, "ungraded"), (1.0, "graded")]
    found = [(0.6, "graded"), (0.3, "review"), (1.0, "graded")]

    change = _change("onnx", found, expected)

    assert (change.largest, change.mean, change.status) == pytest.approx((0.1, 0.05, 1))


def test_overhead_of_embedding_is_measured_against_bare_encode():
    assert EMBEDDED.overhead == pytest.approx(0.1)
    assert EMBEDDED.misses == []
    slow = replace(EMBEDDED, sides=(*EMBEDDED.sides[:2], side("examgen, torch", 100, 1.3), EMBEDDED.sides[3]))
    assert slow.misses == ["30% over bare encode, not 20%"]
    even = replace(EMBEDDED, sides=(*EMBEDDED.sides[:3], side("examgen, onnx", 100, 1.0)))
    assert even.misses == ["1.10 times: onnx against torch, not 1.15"]
    assert replace(EMBEDDED, differences={"torch": 1e-7, "onnx": 1e-3}).misses == ["onnx differs by 0.001, not 1e-05"]


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.skipif("EXAMGEN_ALL" not in os.environ, reason="six processes load a model: set EXAMGEN_ALL to run it")
def test_a_small_measurement_of_grading_gives_all_figures(runner):
    pytest.importorskip("onnxruntime")

    result = runner.invoke(cli, ["bench", "grade", "--answers", "8", "--rounds", "1", "--json"])

    figures = json.loads(result.stdout)
    assert [one["name"] for one in figures["sides"]] == [one.name for one in GRADED.sides]
    assert figures["changes"][0]["largest"] <= 0.02
    assert figures["times_as_fast"].keys() == GRADED.compared().keys()
    assert result.exit_code == (3 if figures["misses"] else 0)
