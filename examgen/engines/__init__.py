"""Answers to grades, from a handful to many millions: in this process, in several, or on a Ray cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from examgen.engines.answers import STDIN, Row, count_answers, read_answers
from examgen.engines.local import Inline, Pool
from examgen.engines.on_ray import RayActors
from examgen.engines.output import OUTPUTS
from examgen.engines.parts import Stream, open_parts
from examgen.engines.run import Engine, run
from examgen.engines.setup import GraderSetup
from examgen.engines.shards import SHARD_ROWS, Counts, Grades
from examgen.errors import ExamgenError

__all__ = ["ENGINES", "GraderSetup", "Progress", "Summary", "Workers", "count_answers", "grade_answers", "read_answers"]

# Called with the number of rows that are done now, and how many of these an earlier run had done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Workers:
    """Where and by how many workers answers are graded."""

    engine: str = "local"
    """A key of `ENGINES`."""
    count: int = 1
    """Processes or actors. One local worker is this process itself."""
    address: str = ""
    """Of a Ray cluster; empty starts one on this machine."""
    cpus: float = 1.0
    """CPUs that Ray reserves for each actor."""
    gpus: float = 0.0
    """GPUs likewise."""


def _local(workers: Workers, open_grader: Callable[[], Grades], output: str, run: _Run) -> Engine:
    if workers.count > 1:
        return Pool(open_grader, output, workers.count)
    return Inline(open_grader, output, run.advance)


def _ray(workers: Workers, open_grader: Callable[[], Grades], output: str, run: _Run) -> Engine:
    return RayActors(open_grader, output, workers.count, workers.address, workers.cpus, workers.gpus, run.versions)


@dataclass(frozen=True)
class _Run:
    """What an engine may want to know of the run."""

    versions: dict[str, str]
    advance: Callable[[int], None]


# Name of an engine -> what starts it.
ENGINES: dict[str, Callable[[Workers, Callable[[], Grades], str, _Run], Engine]] = {"local": _local, "ray": _ray}


ALONE = Workers()


@dataclass(frozen=True)
class Summary:
    """What a run did, for people and for pipelines."""

    answers: int
    graded: int
    review: int
    ungraded: int
    resumed: int
    """Answers whose grades an earlier run had already."""
    unique: int
    """Different pairs of item and answer among the others, counted within each shard."""
    seconds: float
    versions: dict[str, str]
    run_key: str = ""

    @property
    def graded_share(self) -> float:
        """Share of the answers that need no human, 0..1."""
        return self.graded / self.answers if self.answers else 0.0

    def as_json(self) -> dict[str, Any]:
        """For the summary file."""
        return asdict(self) | {"graded_share": round(self.graded_share, 6)}


def grade_answers(
    source: str,
    output: str,
    open_grader: Callable[[], Grades],
    versions: dict[str, str],
    *,
    workers: Workers = ALONE,
    prepare: Callable[[Iterator[Row]], Iterator[Row]] = lambda rows: rows,
    shard_rows: int = SHARD_ROWS,
    resume: bool = False,
    restart: bool = False,
    progress: Progress = lambda done, resumed: None,
) -> Summary:
    """Grade a stream of answers in bounded memory; the grades come in the order of the answers.

    Args:
        source: a CSV, TSV, JSONL or Parquet file, a folder of them, or ``-`` for standard input.
        output: a ``.jsonl`` or ``.parquet`` file; a folder, which gets parts and a manifest that names
            them; or ``-`` for standard output.
        open_grader: makes the grader, in whatever process it is called; has to be picklable for more than one worker.
        versions: everything besides the answers that decides the grades, by name. Runs of different versions are
            never mixed in one output.
        workers: what grades.
        prepare: changes rows on their way in, such as `examgen.engines.keys.with_own_letters`.
        shard_rows: rows in a unit of work; what a kill costs at most, for each worker. A single worker whose grader
            waits for a judge has two units on their way; the judge's replies are kept whatever happens.
        resume: go on with an unfinished run. Where there is none, start one.
        restart: throw an unfinished run away.
        progress: called as rows are done.

    Raises:
        ExamgenError: the answers cannot be read, the output cannot be written, the model cannot be loaded, or the
            output holds an unfinished run, or one of other versions.
    """
    started = time.monotonic()
    if workers.engine not in ENGINES:
        raise ExamgenError(f"there is no engine {workers.engine!r}", f"Name one of {', '.join(ENGINES)}.")
    sink, form = _sink(output, versions | {"shard_rows": str(shard_rows)}, resume, restart)
    resumed = 0
    told = 0  # rows of the shard at hand that `progress` knows of already

    def advance(rows: int) -> None:
        nonlocal told
        told += rows
        progress(rows, 0)

    def report(counts: Counts, skipped: bool) -> None:
        nonlocal told, resumed
        resumed += counts.rows * skipped
        progress(counts.rows - told, counts.rows * skipped)
        told = 0

    start = ENGINES[workers.engine]
    with sink as parts, closing(start(workers, open_grader, form, _Run(versions, advance))) as engine:
        counts = run(prepare(read_answers(source)), engine, parts, shard_rows, report)
    return Summary(
        answers=counts.rows,
        graded=counts.statuses["graded"],
        review=counts.statuses["review"],
        ungraded=counts.statuses["ungraded"],
        resumed=resumed,
        unique=counts.unique,
        seconds=round(time.monotonic() - started, 3),
        versions=versions,
    )


def _sink(output: str, versions: dict[str, str], resume: bool, restart: bool) -> tuple[Any, str]:
    """What takes the parts, as a context, and the form of the output."""
    if output == STDIN:
        if resume or restart:
            raise ExamgenError("standard output keeps no unfinished run", "Name a file with -o to use --resume.")
        return nullcontext(Stream(sys.stdout.buffer)), "jsonl"
    path = Path(output)
    form = path.suffix.removeprefix(".")
    if form in OUTPUTS and not path.is_dir():
        folder, target = path.with_name(f"{path.name}.parts"), path
    elif path.suffix and not path.is_dir():
        endings = ", ".join(f".{name}" for name in OUTPUTS)
        raise ExamgenError(f"{output}: has the unknown ending {path.suffix!r}", f"Give {endings}, a folder, or '-'.")
    else:
        folder, target, form = path, None, "jsonl"
    return open_parts(folder, form, versions, target, resume=resume, restart=restart), form
