"""Much work of one kind, done by as many processes as there are cores."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

# Fewer things than this are done before processes have started.
MANY, AT_ONCE = 2_000, 500
# After so much work a process ends, and another one is forked. What it looks at becomes a copy of its own, because
# Python writes down in each object that it is in use.
TASKS = 60

# What a forked process does, and with what: both are too big to be sent.
_forked: list[tuple[Callable[[Any], Any], Sequence[Any], int]] = []


def in_processes(
    work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing], at_once: int = AT_ONCE, many: int = MANY
) -> list[Result]:
    """Do the work on some things at a time, on every core where the system can fork.

    Args:
        work: Done on ``at_once`` things each time, so its results must not depend on who stands with whom.
        many: Fewer things than this are done in this process.

    Returns:
        What the work gave, in the order of the things; the same on one core.
    """
    starts = range(0, len(things), at_once)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(things) < many or cores < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [work(things[start : start + at_once]) for start in starts]
    fork = multiprocessing.get_context("fork")
    with uncollected(), fork.Pool(cores, _forked.append, ((work, things, at_once),), maxtasksperchild=TASKS) as pool:
        return list(pool.imap(_work, starts))


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Nobody looks for rings of objects in here: there are none, and to look at millions of objects takes long.

    What the collector looks at in a forked process, the system also copies.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _work(start: int) -> Any:
    ((work, things, at_once),) = _forked
    return work(things[start : start + at_once])
