"""``examgen regrade``: what a changed rubric, calibration or judge changes, before it is written."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from examgen.cli.grade import read_items
from examgen.cli.grader_options import grader_options
from examgen.cli.judge_options import JudgeOptions, estimate, judge_options, told
from examgen.cli.talk import say

if TYPE_CHECKING:
    from examgen.review.regrade import Difference

PATH = click.Path(path_type=Path)


@click.command("regrade")
@click.argument("grades", type=PATH)
@click.option("--exam", "exam_dir", type=PATH, help="Exam folder with the changed key.")
@click.option("--items", "items_path", type=PATH, help="items.jsonl or bank, instead of --exam.")
@click.option("--decisions", "decisions_path", type=PATH, help="[default: decisions.jsonl beside GRADES]")
@click.option("--diff", is_flag=True, help="Show what would change; write only with -o.")
@click.option("-o", "--output", type=PATH, help="Where the new grades go.")
@click.option("--json", "as_json", is_flag=True, help="Print all changes as JSON.")
@click.option("--model", help="Any sentence-transformers model, by name or folder.  [default: built in]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--calibration", "calibration_path", type=PATH, help="Made by 'examgen calibrate'.")
@grader_options
@judge_options
@click.pass_context
def command(
    ctx: click.Context,
    grades: Path,
    exam_dir: Path | None,
    items_path: Path | None,
    decisions_path: Path | None,
    diff: bool,
    output: Path | None,
    as_json: bool,
    model: str | None,
    device: str,
    calibration_path: Path | None,
    backend: str,
    max_error: float,
    at: float,
    judge: JudgeOptions,
) -> None:
    """Mark the answers in GRADES anew and show who changes, and by how much. Human marks stand.

    Grades that were made with another --max-error or --at than usual need the same here, or their status changes.

    \b
    examgen regrade grades.jsonl --exam exam --diff
    examgen regrade grades.jsonl --exam exam -o grades-2.jsonl
    """
    from examgen.calibrate import load_calibration
    from examgen.engines import GraderSetup, grade_answers
    from examgen.grade import Risk
    from examgen.records import atomic_path
    from examgen.review import DecisionFile
    from examgen.review.regrade import regrade

    if not diff and output is None:
        raise click.UsageError("Name --diff to look, or -o to write.")
    setup = GraderSetup(
        items=read_items(exam_dir, items_path),
        model=model,
        device=device,
        backend=backend,
        calibration=load_calibration(calibration_path) if calibration_path else None,
        risk=Risk(max_error, at),
    )
    judged = judge.setup(setup)
    decisions = DecisionFile(decisions_path or grades.parent / "decisions.jsonl")
    grader = judged() if judged else setup()
    if judged:
        ctx.call_on_close(grader.close)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        final, difference = regrade(
            grades,
            lambda answers, out: grade_answers(str(answers), str(out), lambda: grader, {"regrade": "once"}),
            decisions.entries,
            Path(folder),
        )
        if judge.dry_run:
            click.echo(estimate(grader.stats))  # type: ignore[union-attr]
            return
        _show(difference, as_json)
        if judged:
            say(told(grader.stats))  # type: ignore[union-attr]
        if output is not None:
            with atomic_path(output) as temporary:
                shutil.copyfile(final, temporary)
            say(f"Written: {output}")


def _show(difference: Difference, as_json: bool) -> None:
    if as_json:
        changes = [asdict(change) | {"by": change.by} for change in difference.changes]
        facts = {"answers": difference.answers, "kept": difference.kept, "changes": changes}
        click.echo(json.dumps(facts | {"candidates": difference.candidates}, ensure_ascii=False, indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Column, Table

    console = Console(markup=False, highlight=False)
    up, down = (sum(sign * change.by > 0 for change in difference.changes) for sign in (1, -1))
    other = len(difference.changes) - up - down
    for (old, new), count in difference.scorers.most_common(3):
        if old != new:
            say(f"{count} answers: {old} -> {new}")
    if difference.changes:
        ids = (Column(head, overflow="fold") for head in ("candidate", "item"))
        table = Table(*ids, "before", "after", "by", "status", box=box.SIMPLE)
        for change in sorted(difference.changes, key=lambda one: -abs(one.by))[:30]:
            statuses = dict.fromkeys((change.status_before, change.status_after))
            marks = (_mark(change.before), _mark(change.after), f"{change.by:+g}" if change.by else "")
            table.add_row(change.candidate_id, change.item_id, *marks, " -> ".join(statuses))
        console.print(table)
    click.echo(
        f"{difference.answers} answers, {len(difference.changes)} change "
        f"({up} up, {down} down, {other} in status only) for {len(difference.candidates)} candidates; "
        f"{difference.kept} human marks stand"
    )


def _mark(score: float | None) -> str:
    return "–" if score is None else f"{score:g}"
