"""Much work of one kind, done by as many processes as there are cores."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

# Fewer things than this are done before processes have started.
MANY, AT_ONCE = 5_000, 1_000

# What a forked process does, and with what: both are too big to be sent.
_forked: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []


def in_processes(work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]) -> list[Result]:
    """Do the work on some things at a time, on every core where the system can fork.

    Args:
        work: Done on `AT_ONCE` things each time, so its results must not depend on who stands with whom.

    Returns:
        What the work gave, in the order of the things; the same on one core.
    """
    starts = range(0, len(things), AT_ONCE)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(things) < MANY or cores < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [work(things[start : start + AT_ONCE]) for start in starts]
    with multiprocessing.get_context("fork").Pool(cores, _begin, (work, things)) as pool:
        return list(pool.imap(_work, starts))


def _begin(work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]) -> None:
    # What the garbage collector looks at, the system copies: let it look at nothing that was there before.
    gc.freeze()
    _forked.append((work, things))


def _work(start: int) -> Any:
    ((work, things),) = _forked
    return work(things[start : start + AT_ONCE])
