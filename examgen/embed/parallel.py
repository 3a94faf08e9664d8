"""Work that is shared out to the cores of a processor, by threads of one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def threads() -> int:
    """How many threads a process may use: ``OMP_NUM_THREADS``, or as many as it has cores."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def for_each(work: Callable[[T], None], items: Sequence[T], workers: int) -> None:
    """Do some work for each item, as many at once as there are workers.

    This helps where the work is done by a library that lets other threads run
    meanwhile. What one item raises is raised here, when those under way are done.
    """
    if min(workers, len(items)) <= 1:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(min(workers, len(items))) as pool:
        list(pool.map(work, items))
