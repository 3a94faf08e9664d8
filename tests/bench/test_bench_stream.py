"""Streams of made-up answers: what is said of their figures, and a small one."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from examgen.bench.processes import command_line, family, resident_mb
from examgen.bench.stream import Checksums, ChecksumVectors, Run, StreamBench, bench_stream
from examgen.cli import cli
from examgen.engines import Workers
from examgen.errors import ExamgenError
from examgen.model import Answer

FEW = Run(100_000, "local", 1, 5.0, 0.1, 4.0, 110.0, 120.0, 0, True)
MANY = replace(FEW, answers=1_000_000, seconds=50.0, cpu_seconds=40.0, peak_mb=140.0)
RAY = replace(MANY, engine="ray", workers=2, seconds=80.0, peak_mb=2000.0, killed=1)
GOOD = StreamBench("checksums", (FEW, MANY, RAY), {})


@pytest.mark.parametrize(
    ("change", "misses"),
    [
        ({}, []),
        ({"seconds": 100.0}, ["10,000 answers a second, not 15,000"]),
        ({"peak_mb": 1600.0}, ["1,600 MB, not 1,536", "memory grows by 1724 bytes an answer, not 64"]),
        ({"peak_mb": 210.0}, ["memory grows by 105 bytes an answer, not 64"]),
        ({"same": False}, ["1,000,000 answers, local: the grades differ from those of the first run"]),
    ],
)
def test_what_does_not_hold_is_said(change, misses):
    assert replace(GOOD, runs=(FEW, replace(MANY, **change), RAY)).misses == misses


def test_a_stub_encoder_promises_no_rate():
    assert StreamBench("stub encoder", (replace(MANY, seconds=1000.0),), {}).misses == []


def test_marks_and_vectors_of_checksums_depend_on_the_text_alone():
    answers = [Answer(candidate_id="c", item_id="t0", answer=text) for text in ("甲", "乙", "甲")]
    marks = [grade.score for grade in Checksums().grade(answers)]
    vectors = ChecksumVectors().encode(["甲", "乙", "甲"])

    assert marks[0] == marks[2]
    assert (vectors[0] == vectors[2]).all()
    assert np.linalg.norm(vectors, axis=1).tolist() == [1, 1, 1]


def test_this_process_is_found():
    if not os.path.exists("/proc/self/statm"):  # noqa: PTH110
        pytest.skip("this system does not tell")

    assert family(os.getpid())[0] == os.getpid()
    assert resident_mb(os.getpid()) > 10
    assert "python" in command_line(os.getpid())
    assert (resident_mb(0), command_line(0)) == (0.0, "")


def test_all_engines_give_the_same_bytes_and_a_killed_worker_changes_nothing():
    result = bench_stream((4000,), (Workers(), Workers(count=2)), kill=True)

    assert [(run.answers, run.engine, run.workers, run.same) for run in result.runs] == [
        (4000, "local", 1, True),
        (4000, "local", 2, True),
    ]
    assert all(run.peak_mb >= run.half_mb > 10 for run in result.runs)


def test_a_run_that_fails_is_one_line():
    with pytest.raises(ExamgenError, match="there is no engine 'spark'"):
        bench_stream((100,), (Workers("spark"),))


def test_the_command_prints_its_figures_as_json(runner):
    result = runner.invoke(
        cli, ["bench", "stream", "--answers", "200", "--workers", "1", "--grader", "stub encoder", "--json"]
    )

    figures = json.loads(result.stdout)
    assert [(run["answers"], run["same"]) for run in figures["runs"]] == [(200, True)]
    assert (figures["grader"], figures["misses"], result.exit_code) == ("stub encoder", [], 0)
