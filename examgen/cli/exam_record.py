"""``examgen exam record``: a bank remembers that an exam was given."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.assemble import load_exam, record_exposure


@click.command("record")
@click.argument("exam_path", metavar="EXAM", type=click.Path(path_type=Path))
@click.option(
    "--bank", required=True, type=click.Path(exists=True, path_type=Path), help="Bank that it was built from."
)
def command(exam_path: Path, bank: Path) -> None:
    """Remember in a bank that EXAM was given, so that later exams can pass over its items.

    \b
    examgen exam record exams/screening --bank banks/llm-training
    """
    exam = load_exam(exam_path)
    added = record_exposure(exam, bank)
    click.echo(f"{exam.id}: {'recorded' if added else 'was recorded before'}")
