"""``examgen bank check``: everything about a bank that a program can verify."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import say


@click.command("check")
@click.argument("bank_path", metavar="BANK", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Count advice as problems: for a bank that is to be published.")
@click.option(
    "--documents",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A source document (repeatable), or a folder of them: every complete item is covered, no sentence is copied.",
)
@click.option(
    "--duplicates", is_flag=True, help="Also look for duplicates and unnamed enemies, with the embedding model."
)
@click.pass_context
def command(ctx: click.Context, bank_path: Path, strict: bool, documents: tuple[Path, ...], duplicates: bool) -> None:
    """Verify the items, keys, pictures, translations, sources, marked answers and blueprints of BANK.

    Problems stand on stdout, one a line; the exit code is 3 where there is one.

    \b
    examgen bank check banks/llm-training --strict
    """
    from examgen.bank import bank_folder, load_bank
    from examgen.check import check_bank, check_blueprints, check_marked, check_pictures

    bank = load_bank(bank_path)
    findings = check_bank(bank) + check_pictures(bank, bank_folder(bank_path))
    findings += check_marked(bank, bank_path) + check_blueprints(bank, bank_path)
    if documents:
        from examgen.check import check_sources

        findings += check_sources(bank, bank_path, documents)
    if duplicates:
        from examgen.check import check_duplicates
        from examgen.embed import open_encoder

        findings += check_duplicates(bank, bank_path, open_encoder())
    problems = [finding for finding in findings if strict or finding.severity == "error"]
    for finding in problems:
        click.echo(str(finding))
    hidden = len(findings) - len(problems)
    say(
        f"{len(bank.items)} items, {len(problems)} problems"
        + (f", {hidden} pieces of advice (--strict)" if hidden else "")
    )
    if problems:
        ctx.exit(3)
