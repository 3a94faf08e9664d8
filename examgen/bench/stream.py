"""How answers stream through the engines when marking takes no time: rate, memory, growth, and what a death costs."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.bench.answers import bench_answers, bench_items
from examgen.bench.processes import command_line, family, resident_mb
from examgen.bench.sides import machine
from examgen.engines import Workers, grade_answers
from examgen.engines.shards import Grades
from examgen.errors import ExamgenError
from examgen.grade import Grader
from examgen.model import Answer, Grade
from examgen.records import file_sha256

# What is promised on one machine of two cores.
MIN_ROWS_PER_SECOND = 15_000
MAX_PEAK_MB = 1536
# Memory that a further answer may take: 16 bytes say whose answer to what it is, and twice that while they are sorted.
MAX_BYTES_PER_ANSWER = 64
# How the processes that grade are known by their command lines.
WORKER_MARKS = ("ray::Worker", "spawn_main")
KILL_AFTER = 0.3
Tell = Callable[[str], None]


class Checksums:
    """A grader whose marks are checksums: what is measured is everything else."""

    def grade(self, answers: Sequence[Answer]) -> list[Grade]:
        """See `Grades`."""
        return [
            Grade(
                candidate_id=answer.candidate_id,
                item_id=answer.item_id,
                answer=answer.answer,
                score=zlib.crc32(answer.answer.encode()) % 11,
                max_score=10,
                status="graded",
                confidence=1.0,
            )
            for answer in answers
        ]


class ChecksumVectors:
    """An encoder whose vectors are checksums: what is measured is the marking around the model."""

    fingerprint = "checksums"
    dimensions = 384

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `examgen.embed.Encoder`."""
        places = [zlib.crc32(text.encode()) % self.dimensions for text in texts]
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        vectors[np.arange(len(texts)), places] = 1
        return vectors


def _grader() -> Grades:
    return Grader(bench_items(), ChecksumVectors())


# What marks the answers -> what opens it.
GRADERS: dict[str, Callable[[], Grades]] = {"checksums": Checksums, "stub encoder": _grader}


@dataclass(frozen=True)
class Run:
    """What came out for one number of answers on one engine."""

    answers: int
    engine: str
    workers: int
    seconds: float
    """From the file of answers to the file of grades, with the start of workers."""
    start_seconds: float
    """Until the first answers were done."""
    cpu_seconds: float
    """Of all processes together; 0 where some of them were killed."""
    half_mb: float
    """Memory of all processes together, at most, until half of the answers were done."""
    peak_mb: float
    """Likewise, until the end."""
    killed: int
    """Workers that were killed on the way."""
    same: bool
    """Whether the grades are those of the first run of these answers, byte for byte."""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


@dataclass(frozen=True)
class StreamBench:
    """All runs."""

    grader: str
    runs: tuple[Run, ...]
    machine: dict[str, Any]

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        found = [
            f"{run.answers:,} answers, {run.engine}: the grades differ from those of the first run"
            for run in self.runs
            if not run.same
        ]
        local = [run for run in self.runs if run.engine == "local"]
        largest = max(local, key=lambda run: (run.answers, run.per_second), default=None)
        if largest is None:
            return found
        if self.grader == "checksums" and largest.per_second < MIN_ROWS_PER_SECOND:
            found.append(f"{largest.per_second:,.0f} answers a second, not {MIN_ROWS_PER_SECOND:,}")
        if largest.peak_mb > MAX_PEAK_MB:
            found.append(f"{largest.peak_mb:,.0f} MB, not {MAX_PEAK_MB:,}")
        smaller = [run for run in local if run.workers == largest.workers and run.answers < largest.answers]
        before = max(smaller, key=lambda run: run.answers, default=None)
        # Below a hundred thousand answers, memory has not reached its level.
        if before is not None and before.answers >= 100_000:
            grown = (largest.peak_mb - before.peak_mb) * 2**20 / (largest.answers - before.answers)
            if grown > MAX_BYTES_PER_ANSWER:
                found.append(f"memory grows by {grown:.0f} bytes an answer, not {MAX_BYTES_PER_ANSWER}")
        return found


def bench_stream(
    sizes: Sequence[int] = (10_000, 100_000, 1_000_000),
    workers: Sequence[Workers] = (Workers(), Workers(count=2)),
    grader: str = "checksums",
    kill: bool = False,
    tell: Tell = lambda line: None,
) -> StreamBench:
    """Grade made-up answers of several numbers on several engines, each in a process of its own.

    Args:
        sizes: Numbers of answers.
        workers: Where they are graded; the first is what the others' grades are compared with.
        grader: A key of `GRADERS`.
        kill: Kill one worker of every run that has workers, once three tenths of the answers are done.
        tell: Called with a line before each run.

    Raises:
        ExamgenError: a run fails.
    """
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            source = Path(folder) / f"answers-{size}.jsonl"
            tell(f"writing {size:,} answers")
            _write_answers(source, size)
            expected = ""
            for number, where in enumerate(workers):
                tell(f"{size:,} answers, {where.engine}, {where.count} workers")
                output = Path(folder) / f"grades-{size}-{number}.jsonl"
                has_workers = where.engine != "local" or where.count > 1
                run, sha256 = _run(source, output, size, where, grader, kill and has_workers)
                expected = expected or sha256
                runs.append(Run(**run, same=sha256 == expected))
                output.unlink()
            source.unlink()
    return StreamBench(grader, tuple(runs), machine(1))


def _write_answers(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for answer in bench_answers(count):
            lines.write(json.dumps(answer.model_dump(), ensure_ascii=False) + "\n")


def _run(source: Path, output: Path, size: int, where: Workers, grader: str, kill: bool) -> tuple[dict[str, Any], str]:
    """Grade in a process of its own, watching the memory of it and of all below it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_grade, args=(theirs, str(source), str(output), where, grader))
    process.start()
    theirs.close()
    half = peak = 0.0
    start_seconds = done = killed = 0.0
    told: Any = None
    try:
        while told is None:
            if ours.poll(0.1):
                kind, *values = ours.recv()
                if kind == "done":
                    done = values[0]
                    start_seconds = start_seconds or values[1]
                else:
                    told = (kind, values)
            pids = family(process.pid or 0)
            peak = max(peak, sum(map(resident_mb, pids)))
            half = half if done > size / 2 else peak
            if kill and not killed and done >= size * KILL_AFTER:
                killed = _kill_one(pids[1:])
    except EOFError as error:
        raise ExamgenError("the process that grades ended", "Its own words stand above.") from error
    finally:
        ours.close()
        if told is None:
            process.terminate()
        process.join()
    kind, values = told
    if kind == "failed":
        raise ExamgenError(values[0])
    seconds, cpu_seconds = values
    return {
        "answers": size,
        "engine": where.engine,
        "workers": where.count,
        "seconds": round(seconds, 3),
        "start_seconds": round(start_seconds, 3),
        "cpu_seconds": 0.0 if killed else round(cpu_seconds, 3),
        "half_mb": round(half, 1),
        "peak_mb": round(peak, 1),
        "killed": int(killed),
    }, file_sha256(output)


def _kill_one(pids: Sequence[int]) -> int:
    """Kill one of the processes that grade; how many were killed."""
    for pid in pids:
        if any(mark in command_line(pid) for mark in WORKER_MARKS):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                return 1
    return 0


def _grade(pipe: Connection[Any, Any], source: str, output: str, where: Workers, grader: str) -> None:
    """Grade, telling now and then how far it is."""
    started = time.perf_counter()
    rows = 0
    last = 0.0

    def progress(done: int, resumed: int) -> None:
        nonlocal rows, last
        rows, now = rows + done, time.perf_counter()
        if not last or now - last > 0.1:
            last = now
            pipe.send(("done", rows, now - started))

    try:
        grade_answers(source, output, GRADERS[grader], {"grader": grader}, workers=where, progress=progress)
        seconds = time.perf_counter() - started
        ended = os.times()
        pipe.send(("ended", seconds, ended.user + ended.system + ended.children_user + ended.children_system))
    except Exception as error:
        pipe.send(("failed", f"{type(error).__name__}: {error}"))
