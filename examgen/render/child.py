"""Child processes that lay out papers, each within bounds of time and memory.

A text that would take the layout an hour, or all memory, ends a child and not the program. The children are plain
Python processes: nothing of the caller's main module is run again in them, and WeasyPrint is imported only there.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NamedTuple, TypeVar

from examgen.errors import ExamgenError

Result = TypeVar("Result")

# A paper takes about a second and 150 MB. Ten times that is no paper.
MAX_SECONDS = 60.0
MAX_MEMORY_BYTES = 1536 * 1024 * 1024
# WeasyPrint's memory grows slowly over hundreds of papers.
TASKS_A_CHILD = 150


class Task(NamedTuple, Generic[Result]):
    """Something to do in a child: a function of a module, which yields results, and its arguments."""

    name: str
    """What is printed, for people to read."""
    work: Callable[..., Iterator[Result]]
    arguments: tuple[Any, ...]


def in_children(tasks: Iterable[Task[Result]], processes: int = 0, seconds: float = MAX_SECONDS) -> Iterator[Result]:
    """Do tasks in child processes.

    Args:
        tasks: What is to be done. They are taken in order; results come as they are ready.
        processes: How many at a time; 0 for the number of cores.
        seconds: How long a task may take from one result to the next.

    Yields:
        The results of all tasks.

    Raises:
        ExamgenError: a task raised it, took too long, or ended its process.
    """
    waiting = deque(tasks)
    count = min(processes or len(os.sched_getaffinity(0)), len(waiting))
    children = [_spare.pop() if _spare else _Child() for _ in range(count)]
    try:
        for child in children:
            child.begin(waiting.popleft())
        while busy := [child for child in children if child.task]:
            ready = wait([child.connection for child in busy], timeout=0.5)
            for child in busy:
                if child.connection in ready:
                    yield from child.results()
                elif time.monotonic() - child.heard_of > seconds:
                    raise _too_much(child.name, f"took more than {seconds:g} seconds")
                if child.task is None and waiting:
                    if child.tasks_done >= TASKS_A_CHILD:
                        child.end()
                        children[children.index(child)] = child = _Child()
                    child.begin(waiting.popleft())
    finally:
        for child in children:
            if child.task or child.tasks_done >= TASKS_A_CHILD:
                child.end()
            else:
                _spare.append(child)


# Children without work wait for the next: to start one takes longer than a paper.
_spare: list[_Child] = []


@atexit.register
def _end_spare_children() -> None:
    while _spare:
        _spare.pop().end()


def _too_much(name: str, found: str) -> ExamgenError:
    return ExamgenError(f"{name} {found} and was given up", "Look for a huge table, formula or text in it.")


class _Child:
    """One child process, as its parent sees it."""

    def __init__(self) -> None:
        there_in, out = os.pipe()
        back, there_out = os.pipe()
        path = os.pathsep.join(filter(None, sys.path))
        # Ctrl-C in a terminal reaches all processes; the parent ends its children itself.
        deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
        code = f"{deaf}; from examgen.render.child import serve; serve({there_in}, {there_out})"
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own code
            [sys.executable, "-c", code],
            pass_fds=(there_in, there_out),
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
        )
        os.close(there_in)
        os.close(there_out)
        self.connection, self._out = Connection(back, writable=False), Connection(out, readable=False)
        self.task: Task[Any] | None = None
        self.name = ""
        self.tasks_done = 0
        self.heard_of = 0.0

    def begin(self, task: Task[Any]) -> None:
        self.task, self.name, self.heard_of = task, task.name, time.monotonic()
        try:
            self._out.send((task.work, task.arguments))
        except BrokenPipeError:
            raise self._ended() from None

    def results(self) -> Iterator[Any]:
        """What has come in so far."""
        while self.task and self.connection.poll():
            try:
                what, value = self.connection.recv()
            except EOFError:
                raise self._ended() from None
            self.heard_of = time.monotonic()
            if what == "result":
                yield value
            elif what == "error":
                raise value
            else:
                self.task = None
                self.tasks_done += 1

    def _ended(self) -> ExamgenError:
        code = self.process.wait()
        with contextlib.suppress(ValueError):
            return _too_much(self.name, f"ended its process by {signal.Signals(-code).name}")
        return _too_much(self.name, f"ended its process with {code}")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.connection.close()
        self._out.close()


def serve(fd_in: int, fd_out: int) -> None:
    """Do tasks until the parent is gone. Runs in the child."""
    _limit_memory()
    _warm_up()
    tasks, results = Connection(fd_in, writable=False), Connection(fd_out, readable=False)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            work, arguments = tasks.recv()
            try:
                for result in work(*arguments):
                    results.send(("result", result))
            except ExamgenError as error:
                results.send(("error", error))
            except MemoryError:
                megabytes = MAX_MEMORY_BYTES // 1024**2
                found = f"the paper needs more than {megabytes} MB"
                results.send(("error", ExamgenError(found, "Look for a huge text in it.")))
            except RecursionError:
                results.send(("error", ExamgenError("a text is nested too deeply to be printed", "Make it flatter.")))
            else:
                results.send(("done", None))


def _warm_up() -> None:
    """Load what every paper needs, while the parent still makes up its mind."""
    for module in ("examgen.render.pages", "examgen.render.stamp", "weasyprint", "pikepdf"):
        with contextlib.suppress(ImportError, OSError):  # `examgen.render.pdf` tells what to install.
            importlib.import_module(module)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
