"""examgen bank stats: what a bank holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from examgen.bank import bank_sha256, load_bank


@click.command("stats")
@click.argument("bank_dir", metavar="BANK", type=click.Path(path_type=Path))
def command(bank_dir: Path) -> None:
    """Count the questions of BANK by language, kind, topic and source."""
    bank = load_bank(bank_dir)
    items = bank.items
    click.echo(f"{bank.title or bank_dir.name}: {len(items)} questions, sha256 {bank_sha256(bank)[:12]}")
    for name, counts in (
        ("language", Counter(item.lang for item in items)),
        ("kind", Counter(item.kind for item in items)),
        ("topic", Counter(item.topic or "(none)" for item in items)),
        ("level", Counter(item.level or "(none)" for item in items)),
        ("document", Counter(source.document for item in items for source in item.sources)),
        ("merged from", Counter(f"{len(item.sources)} items" for item in items if len(item.sources) > 1)),
    ):
        if counts:
            click.echo(f"  {name:<12}" + ", ".join(f"{key} {count}" for key, count in sorted(counts.items())))
    points = [len(item.points) for item in items if item.points]
    if points:
        click.echo(f"  {'points':<12}{sum(points)} in {len(points)} questions, at most {max(points)}")
    click.echo(f"  {'not usable':<12}{sum(not i.complete or i.status == 'draft' for i in items)} cut off or draft")
