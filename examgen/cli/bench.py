"""``examgen bench``: what is promised of speed and memory, measured on this machine."""

from __future__ import annotations

import click

from examgen.cli import LazyGroup

COMMANDS = {
    "assemble": ("examgen.cli.bench_assemble", "Assemble two parallel forms from banks of 1,000 and 20,000 items."),
    "dedupe": ("examgen.cli.bench_dedupe", "Search banks of 1,000 to 100,000 items for duplicates."),
    "embed": ("examgen.cli.bench_embed", "Embed texts beside bare sentence-transformers."),
    "grade": ("examgen.cli.bench_grade", "Grade answers beside a naive loop and bare encoding."),
    "stream": ("examgen.cli.bench_stream", "Stream a million answers through the engines."),
    "papers": ("examgen.cli.bench_papers", "Print a thousand papers, and check every page."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Measure speed and memory on this machine, against what is promised."""
