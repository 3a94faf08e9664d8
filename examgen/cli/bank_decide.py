"""examgen bank decide: write down an editor's decision."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.dedupe import Decision, add_decision
from examgen.errors import ExamgenError


@click.command("decide")
@click.argument("bank_dir", metavar="BANK", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("verdict", type=click.Choice(["same", "different", "related", "keep"]))
@click.argument("items", nargs=-1, required=True)
@click.option("--note", default="", help="Why; for people.")
def command(bank_dir: Path, verdict: str, items: tuple[str, ...], note: str) -> None:
    """Write into BANK/decisions.toml that ITEMS (document#number) are the same, different or related, or which to keep.

    The decision counts from the next 'bank build' or 'bank add' on, and at all later ones.

    \b
    examgen bank decide banks/algebra different week1#3 week2#7 --note "one is the special case"
    """
    if verdict != "keep" and len(set(items)) < 2:
        raise ExamgenError(f"{verdict!r} is about two items or more, and one was named", "Name the other.")
    add_decision(bank_dir, Decision(verdict=verdict, items=items, note=note))
    click.echo(f"{bank_dir / 'decisions.toml'}: {verdict} {' '.join(items)}")
