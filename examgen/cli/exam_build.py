"""``examgen exam build``: a bank and a blueprint to an exam."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.assemble import assemble, load_blueprint, load_exposure, record_exposure, save_exam
from examgen.bank import bank_folder, load_bank


@click.command("build")
@click.argument("bank", type=click.Path(path_type=Path))
@click.option("--blueprint", "blueprint_path", required=True, type=click.Path(path_type=Path), help="What to build.")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), help="Draws between equal choices.  [default: the blueprint's]"
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder for the exam.")
@click.option("--record", is_flag=True, help="Remember in the bank that these items were used.")
def command(bank: Path, blueprint_path: Path, seed: int | None, output: Path, record: bool) -> None:
    """Assemble an exam from BANK as a blueprint asks.

    The folder gets exam.json, the pictures in use, and the certificate, as JSON and as a page. docs/blueprint.md
    tells how to write a blueprint.

    \b
    examgen exam build banks/llm-training --blueprint screening.toml --seed 7 -o exams/screening
    """
    home = bank_folder(bank)
    exam = assemble(load_bank(bank), load_blueprint(blueprint_path), seed, load_exposure(bank), folder=home)
    save_exam(exam, output, home)
    if record:
        record_exposure(exam, bank)
    for form in exam.certificate["forms"]:
        size = f"{form['items']} items, {form['marks']:g} marks, about {form['minutes']:.0f} minutes"
        click.echo(f"form {form['name']}: {size}, facility {form['facility']:.3f}")
    click.echo(f"{output}: {exam.id}; what was asked and what came out is in certificate.html")
