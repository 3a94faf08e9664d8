"""examgen bank decide: write down an editor's decision."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import say
from examgen.errors import ExamgenError


@click.command("decide")
@click.argument("bank_dir", metavar="BANK", type=click.Path(path_type=Path))
@click.argument("verdict", type=click.Choice(["same", "different", "related", "keep"]))
@click.argument("items", nargs=-1, required=True)
@click.option("--note", default="", help="Why; for people.")
def command(bank_dir: Path, verdict: str, items: tuple[str, ...], note: str) -> None:
    """Write into BANK/decisions.toml that ITEMS (document#number) are the same, different or related, or which to keep.

    The decision counts from the next 'bank build' or 'bank add' on, and at all later ones.

    \b
    examgen bank decide banks/algebra different week1#3 week2#7 --note "one is the special case"
    """
    from examgen.bank import load_bank
    from examgen.build import MEMBERS, read_members
    from examgen.dedupe import Decision, add_decision, named
    from examgen.dedupe.decisions import FILE, match_names

    if verdict != "keep" and len(set(items)) < 2:
        raise ExamgenError(f"{verdict!r} is about two items or more, and one was named", "Name the other.")
    bank = load_bank(bank_dir)
    known = named(read_members(bank_dir) if (bank_dir / MEMBERS).is_file() else bank.items)
    matched = match_names(items, known, bank_dir / FILE)
    add_decision(bank_dir, Decision(verdict=verdict, items=items, note=note))
    click.echo(f"{bank_dir / FILE}: {verdict} {' '.join(items)}")
    for name in items:
        if matched[name] is None:
            say(f"{name} is not in the bank: the decision waits until it is")
