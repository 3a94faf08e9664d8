"""``examgen grade``: answers to marks with their reasons."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from examgen.cli.judge_options import JudgeOptions, judge_options, told
from examgen.cli.talk import say
from examgen.errors import ExamgenError
from examgen.records import file_sha256

if TYPE_CHECKING:
    from examgen.engines import Progress, Summary
    from examgen.engines.shards import Grades
    from examgen.judge import JudgedSetup
    from examgen.judge.opinion import Stats
    from examgen.model import Item


@click.command("grade")
@click.argument("answers", metavar="ANSWERS")
@click.option("--exam", "exam_dir", type=click.Path(path_type=Path), help="Exam folder that the answers belong to.")
@click.option("--items", "items_path", type=click.Path(path_type=Path), help="items.jsonl or bank, instead of --exam.")
@click.option("--keys", "keys_path", type=click.Path(path_type=Path), help="keys.jsonl of shuffled papers.")
@click.option("-o", "--output", required=True, help="A .jsonl or .parquet file, a folder for parts, or '-'.")
@click.option("--model", help="Any sentence-transformers model, by name or folder.  [default: built in]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--calibration", "calibration_path", type=click.Path(path_type=Path), help="Made by 'examgen calibrate'.")
@click.option(
    "--max-error",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Tolerated error of a mark: below 1 a share of the maximum, from 1 on in marks.",
)
@click.option(
    "--at",
    default=0.8,
    show_default=True,
    type=click.FloatRange(0, 1, max_open=True),
    help="Wanted probability of staying within it; what cannot be promised waits for a human.",
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes that grade.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished run, or start one.")
@click.option("--restart", is_flag=True, help="Throw an unfinished run away.")
@click.option("--no-cache", is_flag=True, help="Do not keep embeddings between runs.")
@judge_options
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.pass_context
def command(
    ctx: click.Context,
    answers: str,
    exam_dir: Path | None,
    items_path: Path | None,
    keys_path: Path | None,
    output: str,
    model: str | None,
    device: str,
    calibration_path: Path | None,
    max_error: float,
    at: float,
    workers: int,
    resume: bool,
    restart: bool,
    no_cache: bool,
    quiet: bool,
    judge: JudgeOptions,
) -> None:
    """Grade ANSWERS: CSV, TSV, JSONL or Parquet, a folder of them, or '-' for standard input.

    The columns candidate_id, item_id and answer are needed; others pass
    through. Grades come in the order of the answers. Exit code 3 says that
    some answers wait for a human, with the reason in their grade.

    Where candidates had papers in shuffled orders, --keys turns the letters
    that they wrote back into those of the exam.

    With --judge a language model is asked about the answers that would wait
    for a human; see docs/judge.md.

    \b
    examgen grade answers.csv --exam exam -o grades.jsonl
    cat answers.jsonl | examgen grade - --items items.jsonl -o - > grades.jsonl
    """
    from examgen.calibrate import load_calibration
    from examgen.engines import GraderSetup, grade_answers
    from examgen.grade import Risk
    from examgen.judge import JudgedGrader

    setup = GraderSetup(
        items=read_items(exam_dir, items_path),
        model=model,
        device=device,
        cache=not no_cache,
        calibration=load_calibration(calibration_path) if calibration_path else None,
        risk=Risk(max_error, at),
    )
    judged = judge.setup(setup, workers)
    if judge.dry_run and judged:
        _estimate(answers, judged)
        return
    local = setup()
    grader = judged.around(local) if judged else local
    stats = None
    if isinstance(grader, JudgedGrader):
        ctx.call_on_close(grader.close)
        stats = grader.stats if workers == 1 else None
    with _progress(answers, quiet, stats) as progress:
        summary = grade_answers(
            answers,
            output,
            keyed((judged or setup) if workers > 1 else lambda: grader, setup.items, keys_path),
            setup.versions(local) | (judged.versions() if judged else {}) | keys_version(keys_path),
            workers=workers,
            resume=resume,
            restart=restart,
            progress=progress,
        )
    if not quiet:
        say(_told(summary))
        if stats:
            say(told(stats, judged.settings.budget.calls if judged else None))
    if summary.review or summary.ungraded:
        ctx.exit(3)


def read_items(exam_dir: Path | None, items_path: Path | None) -> tuple[Item, ...]:
    """The items of an exam or of a file; exactly one of the two has to be named."""
    from examgen.bank import load_bank
    from examgen.model import Exam
    from examgen.records import read_json, validated

    if (exam_dir is None) == (items_path is None):
        raise click.UsageError("Name either --exam or --items.")
    if items_path is not None:
        return load_bank(items_path).items
    path = Path(str(exam_dir)) / "exam.json"
    if not path.is_file():
        raise ExamgenError(f"{exam_dir}: is no exam: it has no exam.json", "Make one with 'examgen exam build'.")
    return validated(Exam, read_json(path), path).marked_items()


def keyed(open_grader: Callable[[], Grades], items: tuple[Item, ...], path: Path | None) -> Callable[[], Grades]:
    """Grade by the keys of shuffled papers, where there are any."""
    if path is None:
        return open_grader
    from examgen.engines.keyed import KeyedSetup
    from examgen.paper import read_keys

    return KeyedSetup(open_grader, read_keys(path), items)


def keys_version(path: Path | None) -> dict[str, str]:
    """What the keys add to that which decides a mark."""
    return {} if path is None else {"keys": file_sha256(path)[:16]}


def _estimate(answers: str, judged: JudgedSetup) -> None:
    """Grade into nowhere, and say what the judge would cost."""
    from examgen.engines import grade_answers

    grader = judged()
    click.get_current_context().call_on_close(grader.close)
    with tempfile.TemporaryDirectory() as folder:
        grade_answers(answers, str(Path(folder) / "grades.jsonl"), lambda: grader, judged.versions())
    stats = grader.stats
    click.echo(f"{stats.calls} calls of about {stats.tokens} tokens in all; {stats.cached} replies are there already")


def _told(summary: Summary) -> str:
    again = f" ({summary.resumed} from an earlier run)" if summary.resumed else ""
    waiting = summary.review + summary.ungraded
    return (
        f"{summary.answers} answers{again}: {summary.graded} graded, {waiting} for a human "
        f"({summary.review} to review, {summary.ungraded} not graded), {summary.seconds:.1f} s"
    )


@contextmanager
def _progress(source: str, quiet: bool, stats: Stats | None = None) -> Iterator[Progress]:
    """A bar with rate and time left on stderr, where that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, resumed: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    from examgen.engines import count_answers

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:,.0f}/s")

    class Asked(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(told(stats) if stats else "")

    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(), Asked())
    with Progress(*columns, console=console, transient=True, speed_estimate_period=60) as bars:
        task = bars.add_task("grading", total=count_answers(source))
        yield lambda done, resumed: bars.advance(task, done)
