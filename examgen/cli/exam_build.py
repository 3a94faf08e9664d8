"""``examgen exam build``."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.assemble import assemble, load_blueprint, save_exam
from examgen.bank import load_bank


@click.command("build")
@click.argument("bank", type=click.Path(exists=True, path_type=Path))
@click.option("--blueprint", "blueprint_path", required=True, type=click.Path(path_type=Path), help="What to build.")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), help="Draws between equal choices [default: the blueprint's]."
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder for the exam.")
def command(bank: Path, blueprint_path: Path, seed: int | None, output: Path) -> None:
    """Assemble an exam from BANK.

    \b
    examgen exam build banks/ml --blueprint quiz.toml --seed 7 -o exams/quiz
    """
    exam = assemble(load_bank(bank), load_blueprint(blueprint_path), seed)
    save_exam(exam, output)
    for form in exam.forms:
        items = [item for section in form.sections for item in section.items]
        click.echo(f"form {form.name}: {len(items)} items, {sum(item.points for item in items):g} marks")
    click.echo(f"{output}: exam {exam.id}")
