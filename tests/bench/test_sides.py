"""Several ways in turns, with ways that take no time to speak of."""

import os
import re
import time
from dataclasses import replace

import pytest

from examgen.bench.sides import Side, Timed, measure, memory_mb, times
from examgen.errors import ExamgenError


def counting():
    rounds = []

    def work():
        rounds.append(1)
        return len(rounds), os.environ["OMP_NUM_THREADS"], os.getpid()

    return work


def broken():
    raise ValueError("no model here")


def dying():
    os._exit(3)


def test_each_way_has_a_process_of_its_own_for_all_rounds():
    before = os.environ.get("OMP_NUM_THREADS")
    steps = []

    one, other = measure(
        [Side("one", 10, counting), Side("other", 20, counting)], 3, 2, lambda done, total: steps.append((done, total))
    )

    assert (one.result[:2], other.result[:2]) == ((3, "2"), (3, "2"))
    assert len({one.result[2], other.result[2], os.getpid()}) == 3
    assert (len(one.seconds), len(one.cpu_seconds), one.rows, other.rows) == (3, 3, 10, 20)
    assert one.peak_mb >= one.private_mb
    assert steps == [(step, 8) for step in range(1, 9)]
    assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.parametrize(
    ("start", "message"), [(broken, "it: ValueError: no model here"), (dying, "it: its process ended")]
)
def test_a_way_that_fails_is_one_line(start, message):
    with pytest.raises(ExamgenError, match=re.escape(message)):
        measure([Side("it", 1, start)], 1, 1)


def timed(name, rows, *seconds):
    return Timed(name, rows, seconds, seconds, 0.0, 0.0, 0.0)


def test_ratios_compare_neighbours_in_time_and_count_rows():
    ours, bare = timed("ours", 100, 1.0, 2.0, 4.0), timed("bare", 50, 1.0, 2.0, 1.0)

    assert times(ours, bare) == 2.0
    assert times(bare, ours) == 0.5
    assert times(replace(ours, cpu_seconds=(1.0, 1.0, 1.0)), bare, cpu=True) == 2.0
    assert (ours.per_second, ours.spread) == (50.0, 1.5)


def test_memory_of_this_process_is_told():
    if not os.path.exists("/proc/self/status"):  # noqa: PTH110
        pytest.skip("this system does not tell")
    kept = bytearray(os.urandom(1)) * (64 * 1024 * 1024)
    peak, private = memory_mb()

    assert peak >= private > len(kept) / 1024**2
    assert time.process_time() > 0
