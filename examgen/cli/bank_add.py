"""examgen bank add: more documents into a bank."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.build import add_to_bank
from examgen.cli.bank_build import report


@click.command("add")
@click.argument("bank_dir", metavar="BANK", type=click.Path(path_type=Path))
@click.argument("documents", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default=None, help="Embedding model: a sentence-transformers name or folder.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.pass_context
def command(ctx: click.Context, bank_dir: Path, documents: tuple[Path, ...], model: str | None, device: str) -> None:
    """Add DOCUMENTS to BANK and tell which of their questions it knew already.

    The result is the bank that all documents together would have made. A document
    whose name the bank knows replaces the earlier one. Exit code 3 as for 'bank build'.

    \b
    examgen bank add banks/algebra week3.md
    """
    from examgen.embed import open_encoder

    built = add_to_bank(documents, bank_dir, open_encoder(model, device))
    for name, home in built.met.items():
        click.echo(f"Met       {name} is {home}")
    report(ctx, built, bank_dir)
