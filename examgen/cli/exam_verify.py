"""``examgen exam verify``: every number of an exam derived anew."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.assemble import load_exam, load_exposure, verify_against_bank, verify_folder
from examgen.bank import bank_folder, load_bank
from examgen.errors import FileError


@click.command("verify")
@click.argument("exam_path", metavar="EXAM", type=click.Path(path_type=Path))
@click.option("--bank", type=click.Path(path_type=Path), help="Also assemble it once more from this bank.")
def command(exam_path: Path, bank: Path | None) -> None:
    """Derive every number of EXAM's certificate anew, and refuse a changed file.

    \b
    examgen exam verify exams/screening --bank banks/llm-training
    """
    problems = verify_folder(exam_path)
    exam = load_exam(exam_path)
    if bank is not None:
        problems += verify_against_bank(exam, load_bank(bank), load_exposure(bank), bank_folder(bank))
    if problems:
        for problem in problems:
            click.echo(problem)
        found = f"{len(problems)} thing{'s do' if len(problems) > 1 else ' does'} not hold, first: {problems[0]}"
        raise FileError(str(exam_path), None, found, "Build the exam again, or take back the change.")
    lines = len(exam.certificate["lines"])
    again = ", and assembled again it is the same exam" if bank else ""
    forms = f"{len(exam.forms)} forms" if len(exam.forms) > 1 else "its form"
    click.echo(f"{exam.id}: all {lines} lines of the blueprint hold on {forms}{again}")
