"""``examgen report``: grades to pages that people read."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import progress_bar, say
from examgen.model import Item


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
@click.option("--lang", type=click.Choice(["zh", "en"]), help="[default: that of the items]")
@click.option(
    "--max-pages", default=5000, show_default=True, help="Beyond so many candidates, only doubtful ones get a page."
)
def command(grades: Path, folder: Path, items_path: Path | None, lang: str | None, max_pages: int) -> None:
    """Show GRADES as HTML pages and a CSV table.

    \b
    examgen report grades.jsonl --items items.jsonl -o report
    """
    from examgen.report import write_report

    items = _items(items_path)
    with progress_bar("pages") as progress:
        report = write_report(grades, folder, items, lang=lang, max_pages=max_pages, progress=progress)
    batch = report.tally
    say(f"{batch.answers} answers of {len(batch.candidates)} candidates, {len(batch.waiting)} for a human")
    click.echo(folder / "index.html")


def _items(path: Path | None) -> dict[str, Item]:
    if path is None:
        return {}
    from examgen.bank import load_bank

    bank = load_bank(path)
    # Of an item in two languages, the bank's own is shown: it comes last.
    return {item.id: item for item in sorted(bank.items, key=lambda item: item.lang == bank.lang)}
