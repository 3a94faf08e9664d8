"""Arrays on a shelf keep what is written into them, and take no memory while they are put back."""

import os
import resource
from pathlib import Path

import numpy as np
import pytest

from examgen.bench.processes import resident_mb
from examgen.dedupe.shelf import Shelf

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)
MEGABYTE = 2**20


@pytest.mark.parametrize("in_files", [False, True])
def test_what_is_put_back_is_there_again(in_files):
    shelf = Shelf(in_files)
    whole, halves, none = shelf.zeros((4, 3)), shelf.zeros((4, 3), np.float16), shelf.zeros((0, 3))

    whole[:], halves[1:3] = ROWS, ROWS[1:3]
    shelf.put_back()

    assert whole.tolist() == ROWS.tolist()
    assert halves.tolist() == [[0, 0, 0], *ROWS[1:3].tolist(), [0, 0, 0]]
    assert none.shape == (0, 3)


def test_what_a_forked_process_writes_is_there():
    shelf = Shelf(in_files=True)
    rows = shelf.zeros((4, 3))

    child = os.fork()
    if not child:
        rows[:] = ROWS
        os._exit(0)
    os.waitpid(child, 0)

    assert rows.tolist() == ROWS.tolist()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell")
def test_what_is_put_back_takes_no_memory():
    shelf = Shelf(in_files=True)
    rows = shelf.zeros((64, MEGABYTE), np.uint8)
    before = resident_mb(os.getpid())

    rows[:] = 1
    taken = resident_mb(os.getpid()) - before
    shelf.put_back()

    assert taken > 60
    assert resident_mb(os.getpid()) - before < 4


def test_what_finds_no_room_on_the_disk_stays_in_memory():
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, hard))
    try:
        shelf = Shelf(in_files=True)
        rows = shelf.zeros((2, MEGABYTE), np.uint8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    rows[1] = 7
    shelf.put_back()

    assert rows.sum(axis=1).tolist() == [0, 7 * MEGABYTE]
