"""Engines of one machine: this process, or a pool of processes."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import multiprocessing.connection
import os
import pickle
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias, TypeVar

from examgen.engines.shards import Grades, GradesAhead, Lost, Scored, Shard, begin, score
from examgen.errors import ExamgenError

T = TypeVar("T")
_Pipe: TypeAlias = "Connection[Any, Any]"
# How long a worker may take to end by itself once its pipe is closed.
GOODBYE_SECONDS = 5
# So many workers dying one after the other while they open the grader are no accident.
MAX_STILLBORN = 3


class Inline:
    """Scores in this process. A model's own threads use the cores; nothing survives what kills the process.

    A grader that waits for others begins with the next shard before it waits for the last of this one.
    """

    def __init__(
        self, open_grader: Callable[[], Grades], output: str, advance: Callable[[int], None] = lambda rows: None
    ) -> None:
        self.open_grader, self.output, self.advance = open_grader, output, advance
        self.grader: Grades | None = None
        self.begun: deque[Callable[[], Scored]] = deque()

    @property
    def capacity(self) -> int:
        """See `Engine.capacity`."""
        return 2 if isinstance(self.grader, GradesAhead) else 1

    def submit(self, shard: Shard) -> None:
        """See `Engine.submit`."""
        self.grader = self.grader or self.open_grader()
        self.begun.append(begin(shard, self.grader, self.output, self.advance))

    def next(self) -> Scored | Lost:
        """See `Engine.next`."""
        return self.begun.popleft()()

    def close(self) -> None:
        """See `Engine.close`."""


class Pool:
    """Scores in worker processes, one shard each at a time. A worker that dies costs its shard and is replaced."""

    def __init__(self, open_grader: Callable[[], Grades], output: str, workers: int) -> None:
        self.context = multiprocessing.get_context("spawn")
        self.setup = pickle.dumps((open_grader, output, max(1, (os.cpu_count() or 1) // workers)))
        self.capacity = workers
        self.workers: dict[_Pipe, BaseProcess] = {}
        self.idle: list[_Pipe] = []
        self.busy: dict[_Pipe, Shard] = {}
        self.opening: set[_Pipe] = set()
        """Workers whose grader is not open yet; what kills one of these is no answer."""
        self.stillborn = 0

    def submit(self, shard: Shard) -> None:
        """See `Engine.submit`."""
        worker = self.idle.pop() if self.idle else self._start()
        self.busy[worker] = shard
        with contextlib.suppress(
            BrokenPipeError, ConnectionResetError
        ):  # it died while idle; `next` notices and says so
            worker.send(shard)

    def next(self) -> Scored | Lost:
        """See `Engine.next`."""
        while True:
            ready = multiprocessing.connection.wait(list(self.busy))
            worker = next(worker for worker in self.busy if worker in ready)
            try:
                result = worker.recv()
            except (EOFError, ConnectionResetError) as error:
                shard = self.busy.pop(worker)
                self._forget(worker)
                if worker not in self.opening:
                    return Lost(shard)
                self.stillborn += 1
                if self.stillborn > MAX_STILLBORN:
                    raise ExamgenError(
                        "the processes that grade end before they have begun", "Their own words stand above."
                    ) from error
                self.submit(shard)
                continue
            if result is not None:
                break
            self.opening.discard(worker)
            self.stillborn = 0
        del self.busy[worker]
        if not isinstance(result, Scored):
            raise result
        self.idle.append(worker)
        return result

    def close(self) -> None:
        """See `Engine.close`."""
        for worker in list(self.workers):
            self._forget(worker)

    def _start(self) -> _Pipe:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_work, args=(theirs, self.setup), daemon=True)
        process.start()
        theirs.close()
        self.workers[ours] = process
        self.opening.add(ours)
        return ours

    def _forget(self, worker: _Pipe) -> None:
        process = self.workers.pop(worker)
        busy = worker in self.busy
        worker.close()
        if busy:
            process.terminate()
        process.join(GOODBYE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _work(driver: _Pipe, setup: bytes) -> None:
    """A worker's life: open the grader, score shards, end when the driver is gone."""
    open_grader, output, threads = pickle.loads(setup)  # noqa: S301  # our own bytes, from our own parent
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read by torch and onnxruntime when they are first imported
    try:
        grader = _caught(open_grader)
        if isinstance(grader, ExamgenError):
            driver.send(grader)
            return
        driver.send(None)  # ready
        while True:
            driver.send(_caught(functools.partial(score, driver.recv(), grader, output)))
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


def _caught(work: Callable[[], T]) -> T | ExamgenError:
    """A result, or the error in a form that can travel to the driver."""
    try:
        return work()
    except ExamgenError as error:
        return error
    except Exception as error:
        return ExamgenError(f"{type(error).__name__}: {error}")
