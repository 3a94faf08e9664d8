"""``examgen report``: grades to pages that people read."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import progress_bar, say
from examgen.model import Bank, Exam, Item


@click.command("report")
@click.argument("grades", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pages.",
)
@click.option(
    "--items",
    "items_path",
    type=click.Path(path_type=Path),
    help="items.jsonl or bank: shows questions and points in words.",
)
@click.option("--exam", "exam_dir", type=click.Path(path_type=Path), help="Exam folder, instead of --items.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="[default: that of the items]")
@click.option(
    "--max-pages",
    default=5000,
    show_default=True,
    type=click.IntRange(0),
    help="Beyond so many candidates, only doubtful ones get a page.",
)
def command(
    grades: Path, folder: Path, items_path: Path | None, exam_dir: Path | None, lang: str | None, max_pages: int
) -> None:
    """Show GRADES as HTML pages and a CSV table.

    \b
    examgen report grades.jsonl --exam exam -o report
    """
    from examgen.report import write_report

    items, home = _items(items_path, exam_dir)
    with progress_bar("pages") as progress:
        report = write_report(grades, folder, items, home=home, lang=lang, max_pages=max_pages, progress=progress)
    batch = report.tally
    say(f"{batch.answers} answers of {len(batch.candidates)} candidates, {len(batch.waiting)} for a human")
    click.echo(folder / "index.html")


def _items(items_path: Path | None, exam_dir: Path | None) -> tuple[dict[str, Item], Path | None]:
    """Items by id, and the folder that their pictures are in.

    Of an item in two languages, that in the language of the bank or exam.
    """
    from examgen.assemble import load_exam
    from examgen.bank import bank_folder, load_bank

    if items_path is not None and exam_dir is not None:
        raise click.UsageError("Name either --exam or --items.")
    path = items_path or exam_dir
    if path is None:
        return {}, None
    source: Bank | Exam = load_bank(path) if items_path else load_exam(path)
    items = {item.id: item for item in sorted(source.items, key=lambda item: item.lang == source.lang)}
    return items, bank_folder(path)
