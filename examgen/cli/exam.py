"""Exams: built from a bank, printed, verified."""

from __future__ import annotations

import click

from examgen.cli import LazyGroup

COMMANDS = {
    "build": ("examgen.cli.exam_build", "Assemble an exam from a bank and a blueprint."),
    "verify": ("examgen.cli.exam_verify", "Derive every number of an exam anew."),
    "record": ("examgen.cli.exam_record", "Remember in a bank that an exam was given."),
    "papers": ("examgen.cli.papers", "Print an exam's papers, keys and marking schemes."),
    "rehearse": ("examgen.cli.exam_rehearse", "Write made-up answers, to try an exam beforehand."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Exams from a bank, and their papers."""
