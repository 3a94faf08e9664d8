"""examgen bank build: documents to a bank."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from examgen.build import Built


@click.command("build")
@click.argument("documents", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--bank", "bank_dir", required=True, type=click.Path(path_type=Path), help="Folder of the bank.")
@click.option("--title", default="", help="Title of the bank. [default: as it was, or the folder's name]")
@click.option("--model", default=None, help="Embedding model: a sentence-transformers name or folder.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.pass_context
def command(
    ctx: click.Context, documents: tuple[Path, ...], bank_dir: Path, title: str, model: str | None, device: str
) -> None:
    """Read DOCUMENTS, merge what asks the same, and write a bank with a page to review the merges.

    Exit code 3 says that the bank is written and a person should look at something:
    a doubtful merge (BANK/duplicates.html) or a line that was not understood (on stderr).

    \b
    examgen bank build week1.md week2.md -o banks/algebra
    """
    from examgen.build import build_bank
    from examgen.embed import open_encoder

    report(ctx, build_bank(documents, bank_dir, open_encoder(model, device), title=title), bank_dir)


def report(ctx: click.Context, built: Built, bank_dir: Path) -> None:
    """Print what a bank was made of, and set the exit code."""
    for problem in built.problems:
        click.echo(str(problem), err=True)
    found = built.duplicates
    documents = {source.document for item in found.items.values() for source in item.sources}
    groups = [group for group in found.groups if len(group.members) > 1]
    verdicts = Counter(pair.verdict for pair in found.pairs)
    click.echo(f"Read      {len(found.items)} items in {len(documents)} documents")
    click.echo(f"Merged    {sum(len(g.members) for g in groups)} of them into {len(groups)} questions")
    click.echo(
        f"Bank      {len(built.bank.items)} questions, {verdicts['related']} related pairs kept apart: {bank_dir}"
    )
    if built.edited:
        click.echo(f"Kept      your changes to {', '.join(built.edited)}")
    if built.removed:
        click.echo(f"Left out  {', '.join(built.removed)}, which you removed")
    if found.unknown:
        click.echo(f"Waiting   decisions about items that are not here: {', '.join(found.unknown)}")
    for conflict in found.conflicts:
        click.echo(f"Conflict  {conflict.left} and {conflict.right} disagree: {conflict.why}")
    incomplete = sum(not item.complete for item in built.bank.items)
    if incomplete:
        click.echo(f"Cut off   {incomplete} questions whose document breaks off; no exam will use them")
    if found.review:
        click.echo(f"Review    {len(found.review)} doubtful decisions: {bank_dir / 'duplicates.html'}")
    ctx.exit(3 if built.needs_review else 0)
