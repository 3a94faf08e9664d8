"""``examgen bank accept``: an editor makes drafts ready."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.bank import load_bank, update_bank


@click.command("accept")
@click.argument("bank_dir", metavar="BANK", type=click.Path(path_type=Path))
@click.argument("ids", metavar="DRAFT...", nargs=-1, required=True)
def command(bank_dir: Path, ids: tuple[str, ...]) -> None:
    """Make DRAFTs of BANK ready, so that exams may use them. Read them first: no program did.

    \b
    examgen bank accept banks/llm-training gradient-clipping-sc-p2
    """
    from examgen.draft import accept

    bank = accept(load_bank(bank_dir), ids)
    update_bank(bank, bank_dir)
    click.echo(f"{len(set(ids))} accepted: {', '.join(dict.fromkeys(ids))}")
