"""``examgen exam rehearse``: made-up answers, to try an exam's way through grading and reports beforehand."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from examgen.errors import ExamgenError


@click.command("rehearse")
@click.argument("exam_path", metavar="EXAM", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV to write.")
@click.option("--form", "form_name", help="Form to answer.  [default: the first]")
@click.option("--seed", default=0, show_default=True, help="Decides whose answers the mixed-up candidate gives.")
def command(exam_path: Path, output: Path, form_name: str | None, seed: int) -> None:
    """Write the answers of five made-up candidates to EXAM.

    They answer in full, by half, for another question, by copying the question, and not at all; their words are
    the exam's own references, so this shows that everything runs, not how good the marks are.

    \b
    examgen exam rehearse EXAM -o answers.csv
    """
    from examgen.assemble import load_exam
    from examgen.records import atomic_path
    from examgen.rehearse import rehearse

    exam = load_exam(exam_path)
    form = next((form for form in exam.forms if form_name in (None, form.name)), None)
    if form is None:
        names = ", ".join(form.name for form in exam.forms)
        raise ExamgenError(f"{exam_path}: has no form {form_name!r}", f"Name one of {names}.")
    with atomic_path(output) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("candidate_id", "item_id", "answer"))
        count = 0
        for answer in rehearse(exam, form, seed):
            table.writerow((answer.candidate_id, answer.item_id, answer.answer))
            count += 1
    click.echo(f"{output}: {count} answers")
