"""``examgen grade``: answers to marks with their reasons."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from examgen.cli.grade_talk import Talk
from examgen.cli.grader_options import grader_options
from examgen.cli.judge_options import JudgeOptions, estimate, judge_options
from examgen.errors import ExamgenError

if TYPE_CHECKING:
    from examgen.engines import Summary
    from examgen.judge import JudgedSetup
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
@grader_options
@click.option("--engine", default="local", show_default=True, help="local, or ray.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 10_000), help="Processes or actors.")
@click.option("--ray-address", default="", help="Of a running Ray cluster.  [default: start one here]")
@click.option("--worker-cpus", default=1.0, show_default=True, help="CPUs that Ray reserves for each actor.")
@click.option("--worker-gpus", default=0.0, show_default=True, help="GPUs likewise; may be a fraction.")
@click.option(
    "--shard-rows", default=2048, show_default=True, type=click.IntRange(1), help="Answers in a unit of work."
)
@click.option("--resume", is_flag=True, help="Go on with an unfinished run, or start one.")
@click.option("--restart", is_flag=True, help="Throw an unfinished run away.")
@click.option("--no-cache", is_flag=True, help="Do not keep embeddings between runs.")
@click.option("--summary", "summary_path", type=click.Path(path_type=Path), help="Write what was done here, as JSON.")
@click.option("--run-key", default="", help="Do nothing where the summary says that the run of this key is done.")
@click.option("--fail-under", type=click.FloatRange(0, 1), help="Exit with 1 if a smaller share needs no human.")
@click.option("--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the talk.")
@judge_options
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.pass_context
def command(ctx: click.Context, /, answers: str, output: str, judge: JudgeOptions, **options: Any) -> None:
    """Grade ANSWERS: CSV, TSV, JSONL or Parquet, a folder of them, or '-' for standard input.

    The columns candidate_id, item_id and answer are needed; others pass
    through. Grades come in the order of the answers. Exit code 3 says that
    some answers wait for a human, with the reason in their grade.

    With --judge a language model is asked about the answers that would wait
    for a human; see docs/judge.md.

    \b
    examgen grade answers.csv --exam exam -o grades.jsonl
    cat answers.jsonl | examgen grade - --items items.jsonl -o - > grades.jsonl
    """
    summary_path: Path | None = options["summary_path"]
    run_key: str = options["run_key"]
    if run_key and summary_path is None:
        raise click.UsageError("--run-key needs --summary, which remembers the run.")
    summary = _done_before(summary_path, run_key, output) if summary_path and run_key else None
    talk = Talk(answers, options["log"], options["quiet"])
    if summary is not None:
        talk.again(summary)
    else:
        summary = _grade(ctx, answers, output, judge, options, talk)
        if summary is None:
            return
        if summary_path is not None:
            _write_summary(summary_path, summary)
    fail_under: float | None = options["fail_under"]
    if fail_under is not None and summary.graded_share < fail_under:
        raise ExamgenError(
            f"{summary.graded_share:.1%} of the answers got a mark without a human, less than {fail_under:.1%}",
            "The grades are written; their reasons say why.",
        )
    if summary.review or summary.ungraded:
        ctx.exit(3)


def _grade(
    ctx: click.Context, answers: str, output: str, judge: JudgeOptions, options: dict[str, Any], talk: Talk
) -> Summary | None:
    """Grade; None where only the cost of the judge was asked for."""
    from examgen.calibrate import load_calibration
    from examgen.engines import GraderSetup, Workers, grade_answers
    from examgen.engines.keys import with_own_letters
    from examgen.grade import Risk
    from examgen.judge import JudgedGrader
    from examgen.paper import read_keys
    from examgen.records import file_sha256

    keys_path: Path | None = options["keys_path"]
    if keys_path is not None and options["exam_dir"] is None:
        raise click.UsageError("--keys needs --exam.")
    calibration_path: Path | None = options["calibration_path"]
    setup = GraderSetup(
        items=read_items(options["exam_dir"], options["items_path"]),
        model=options["model"],
        device=options["device"],
        backend=options["backend"],
        cache=not options["no_cache"],
        calibration=load_calibration(calibration_path) if calibration_path else None,
        risk=Risk(options["max_error"], options["at"]),
    )
    workers = Workers(
        options["engine"], options["workers"], options["ray_address"], options["worker_cpus"], options["worker_gpus"]
    )
    judged = judge.setup(setup, workers.count)
    if judge.dry_run and judged:
        _estimate(answers, judged)
        return None
    local = setup()
    versions = setup.versions(local) | (judged.versions() if judged else {})
    keys = read_keys(keys_path) if keys_path else None
    if keys_path:
        versions["keys"] = file_sha256(keys_path)[:16]
    grader = judged.around(local) if judged else local
    here = workers.engine == "local" and workers.count == 1
    stats = None
    if isinstance(grader, JudgedGrader):
        ctx.call_on_close(grader.close)
        stats = grader.stats if here else None
    with talk.progress(stats) as progress:
        summary = grade_answers(
            answers,
            output,
            (lambda: grader) if here else (judged or setup),
            versions,
            workers=workers,
            prepare=lambda rows: rows if keys is None else with_own_letters(rows, keys, setup.items),
            shard_rows=options["shard_rows"],
            resume=options["resume"],
            restart=options["restart"],
            progress=progress,
        )
    summary = dataclasses.replace(summary, run_key=options["run_key"])
    talk.done(summary)
    if stats:
        talk.judge(stats, judged.settings.budget.calls if judged else None)
    return summary


def read_items(exam_dir: Path | None, items_path: Path | None) -> tuple[Item, ...]:
    """The items of an exam or of a file; exactly one of the two has to be named."""
    from examgen.assemble import load_exam
    from examgen.bank import load_bank

    if exam_dir is not None and items_path is None:
        return load_exam(exam_dir).marked_items()
    if items_path is not None and exam_dir is None:
        return load_bank(items_path).items
    raise click.UsageError("Name either --exam or --items.")


def _estimate(answers: str, judged: JudgedSetup) -> None:
    """Grade into nowhere, and say what the judge would cost."""
    from examgen.engines import grade_answers

    grader = judged()
    click.get_current_context().call_on_close(grader.close)
    with tempfile.TemporaryDirectory() as folder:
        grade_answers(answers, str(Path(folder) / "grades.jsonl"), lambda: grader, judged.versions())
    click.echo(estimate(grader.stats))


def _write_summary(path: Path, summary: Summary) -> None:
    from examgen.records import write_json

    write_json(path, summary.as_json())


def _done_before(path: Path, run_key: str, output: str) -> Summary | None:
    """The summary of the run with that key, where it is done and its grades are there."""
    from examgen.engines import Summary
    from examgen.records import read_json

    if not path.is_file() or (output != "-" and not Path(output).exists()):
        return None
    data = read_json(path)
    if not isinstance(data, dict) or data.get("run_key") != run_key:
        return None
    data.pop("graded_share", None)
    try:
        return Summary(**data)
    except TypeError as error:
        raise ExamgenError(f"{path}: is not a summary of this version", "Delete it to grade again.") from error
