"""Several ways to do one thing, timed side by side: each in a process of its own, in turns, so that noise hits all."""

from __future__ import annotations

import contextlib
import importlib.metadata
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeAlias

from examgen.errors import ExamgenError

_Pipe: TypeAlias = "Connection[Any, Any]"
PACKAGES = ("openexamgen", "torch", "sentence-transformers", "transformers", "onnxruntime", "numpy", "ray", "pyarrow")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Side:
    """One way."""

    name: str
    rows: int
    """How many it does in a round."""
    start: Callable[[], Callable[[], Any]]
    """Opens what it needs, which is not timed, and gives the work of one round; picklable."""


@dataclass(frozen=True)
class Timed:
    """What came out for one side."""

    name: str
    rows: int
    seconds: tuple[float, ...]
    """Of each round."""
    cpu_seconds: tuple[float, ...]
    """The same without waiting for other processes of this machine."""
    start_seconds: float
    """To open what it needs: the model above all."""
    peak_mb: float
    """Resident memory, at most; files that are mapped into memory count too."""
    private_mb: float
    """Memory of its own after the last round."""
    result: Any = None
    """What the last round gave."""

    @property
    def per_second(self) -> float:
        """Rows a second, by the median round."""
        return self.rows / statistics.median(self.seconds)

    @property
    def per_cpu_second(self) -> float:
        """Likewise, by CPU seconds."""
        return self.rows / statistics.median(self.cpu_seconds)

    @property
    def spread(self) -> float:
        """Between the slowest and the fastest round, as a share of the median."""
        return (max(self.seconds) - min(self.seconds)) / statistics.median(self.seconds)

    def as_json(self) -> dict[str, Any]:
        """The figures, without the result."""
        figures = asdict(self)
        del figures["result"]
        return figures | {
            "per_second": round(self.per_second, 2),
            "per_cpu_second": round(self.per_cpu_second, 2),
            "spread": round(self.spread, 3),
        }


def times(one: Timed, other: Timed, cpu: bool = False) -> float:
    """How many times as fast as the other one is: the median of the rounds, each against its neighbour in time.

    Args:
        cpu: Compare CPU seconds, which other processes of a busy machine disturb less.
    """
    took, others = (one.cpu_seconds, other.cpu_seconds) if cpu else (one.seconds, other.seconds)
    ratios = [(one.rows / a) / (other.rows / b) for a, b in zip(took, others, strict=True)]
    return statistics.median(ratios)


def told(name: str, value: float) -> str:
    """A ratio in words."""
    return f"{value:.2f} times the speed {name}" if name.startswith("of ") else f"{value:.2f} times: {name}"


def measure(
    sides: Sequence[Side], rounds: int, threads: int, progress: Progress = lambda done, total: None
) -> list[Timed]:
    """Run all sides in turns.

    Args:
        rounds: For each side; the sides' order is turned round after each.
        threads: For each side.
        progress: Is told what is done, and of how much.

    Raises:
        ExamgenError: a side fails.
    """
    if len({side.name for side in sides}) < len(sides):
        raise ValueError("two sides of one name")
    done, total = 0, len(sides) * (rounds + 1)
    seconds: dict[str, list[tuple[float, float]]] = {side.name: [] for side in sides}
    results: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        workers = {}
        starts = {}
        for side in sides:
            workers[side.name] = stack.enter_context(_worker(side, threads))
            starts[side.name] = _received(side.name, workers[side.name])
            progress(done := done + 1, total)
        for number in range(rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                workers[side.name].send(True)
                wall, cpu, results[side.name] = _received(side.name, workers[side.name])
                seconds[side.name].append((wall, cpu))
                progress(done := done + 1, total)
        memory: dict[str, tuple[float, float]] = {}
        for side in sides:
            workers[side.name].send(False)
            memory[side.name] = _received(side.name, workers[side.name])
    return [
        Timed(
            side.name,
            side.rows,
            tuple(round(wall, 4) for wall, _ in seconds[side.name]),
            tuple(round(cpu, 4) for _, cpu in seconds[side.name]),
            round(starts[side.name], 3),
            round(memory[side.name][0], 1),
            round(memory[side.name][1], 1),
            results[side.name],
        )
        for side in sides
    ]


@contextlib.contextmanager
def _worker(side: Side, threads: int) -> Iterator[_Pipe]:
    """A process for one side."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch and numpy are first imported, over there
    process: BaseProcess = context.Process(target=_run, args=(theirs, side.start), daemon=True)
    try:
        process.start()
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.terminate()
        process.join()


def _received(name: str, worker: _Pipe) -> Any:
    try:
        told = worker.recv()
    except EOFError as error:
        raise ExamgenError(f"{name}: its process ended", "Its own words stand above.") from error
    if isinstance(told, Exception):
        raise ExamgenError(f"{name}: {type(told).__name__}: {told}") from told
    return told


def _run(pipe: _Pipe, start: Callable[[], Callable[[], Any]]) -> None:
    """The life of a side's process."""
    try:
        begun = time.perf_counter()
        work = start()
        pipe.send(time.perf_counter() - begun)
        while pipe.recv():
            begun, cpu = time.perf_counter(), time.process_time()
            result = work()
            pipe.send((time.perf_counter() - begun, time.process_time() - cpu, result))
        pipe.send(memory_mb())
    except EOFError:
        return
    except Exception as error:
        pipe.send(error)


def memory_mb(pid: int | None = None) -> tuple[float, float]:
    """Peak resident memory of a process, and its memory that no file backs; zeros where the system does not tell."""
    try:
        status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0, 0.0
    kilobytes = {
        name: int(value.split()[0])
        for name, _, value in (line.partition(":") for line in status.splitlines())
        if name in ("VmHWM", "RssAnon")
    }
    return kilobytes.get("VmHWM", 0) / 1024, kilobytes.get("RssAnon", 0) / 1024


def machine(threads: int) -> dict[str, Any]:
    """What the figures were taken on."""
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": threads,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "versions": versions,
    }
