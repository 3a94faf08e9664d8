"""examgen bank: make, extend and look at a bank."""

from __future__ import annotations

import click

from examgen.cli import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "build": ("examgen.cli.bank_build", "Make a bank of question documents."),
    "add": ("examgen.cli.bank_add", "Add documents to a bank."),
    "check": ("examgen.cli.bank_check", "Verify everything about a bank that a program can."),
    "stats": ("examgen.cli.bank_stats", "Count what a bank holds."),
    "draft-choices": ("examgen.cli.bank_draft", "Propose choice, true/false and fill-in items as drafts."),
    "accept": ("examgen.cli.bank_accept", "Make drafts ready for exams."),
    "decide": ("examgen.cli.bank_decide", "Decide whether items are the same."),
}


@click.group("bank", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Make, extend and look at a bank."""
