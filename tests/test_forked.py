"""Much work is shared by processes, and nobody can tell from what comes out."""

import multiprocessing
import os
from itertools import chain

import pytest

from examgen.forked import AT_ONCE, MANY, TASKS, in_processes


@pytest.mark.parametrize("count", [0, 1, AT_ONCE + 1, MANY + 1])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_results_come_in_the_order_of_the_things(count):
    squares = in_processes(lambda some: [n * n for n in some], range(count))

    assert list(chain.from_iterable(squares)) == [n * n for n in range(count)]


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods() or len(os.sched_getaffinity(0)) < 2, reason="one process"
)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_other_processes_do_much_work_and_this_one_does_little():
    assert set(in_processes(lambda some: os.getpid(), range(AT_ONCE))) == {os.getpid()}
    assert os.getpid() not in in_processes(lambda some: os.getpid(), range(MANY))


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods() or len(os.sched_getaffinity(0)) < 2, reason="one process"
)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_has_done_much_is_replaced_by_a_new_one():
    cores = len(os.sched_getaffinity(0))

    pids = in_processes(lambda some: os.getpid(), range((cores * TASKS + 1) * AT_ONCE))

    assert len(set(pids)) > cores
    assert max(map(pids.count, pids)) <= TASKS
