"""Work shared out to threads."""

import threading

import pytest

from examgen.embed.parallel import for_each, threads


def test_threads_are_those_of_the_environment_or_the_cores(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert threads() >= 1


@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_is_worked_on_once(workers):
    done = []

    for_each(done.append, range(20), workers)

    assert sorted(done) == list(range(20))


def test_as_many_are_under_way_as_there_are_workers():
    meeting = threading.Barrier(3, timeout=20)

    for_each(lambda item: meeting.wait(), range(6), 3)

    assert meeting.broken is False


@pytest.mark.parametrize("workers", [1, 3])
def test_what_an_item_raises_is_raised(workers):
    def work(item):
        if item == 2:
            raise ZeroDivisionError(item)

    with pytest.raises(ZeroDivisionError, match="2"):
        for_each(work, range(4), workers)
