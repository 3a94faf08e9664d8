"""``examgen bench dedupe``: how the search for duplicates grows."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from examgen.cli.talk import progress_bar


@click.command("dedupe")
@click.option(
    "--size",
    "sizes",
    multiple=True,
    default=(1_000, 10_000, 100_000),
    show_default=True,
    type=click.IntRange(100, 200_000),
    help="Items of a made-up bank (repeatable).",
)
@click.option("--whole", is_flag=True, help="Embed whole texts, not words: an hour for 100,000 items.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def command(ctx: click.Context, sizes: tuple[int, ...], whole: bool, as_json: bool) -> None:
    """Search made-up banks for duplicates; the model embeds single words, and texts are their mean.

    Three in ten items reword another one, and two in five questions have a
    sibling that differs in its term, part, place or wish. The time of embedding
    is left out. Exit code 3 says that something promised does not hold on this
    machine.

    \b
    examgen bench dedupe --size 1000 --size 10000
    """
    from examgen.bench.dedupe import bench_dedupe

    with progress_bar("banks") as progress:
        result = bench_dedupe(sizes, progress, whole=whole)
    if as_json:
        click.echo(json.dumps(asdict(result) | {"misses": result.misses}, ensure_ascii=False, indent=2))
    else:
        for run in result.runs:
            each = run.seconds / run.items * 1000
            click.echo(
                f"{run.items} items: {run.groups} questions, {run.seconds:.1f} s ({each:.1f} ms an item), "
                f"{run.peak_mb:.0f} MB, precision {run.precision:.3f}, recall {run.recall:.3f}"
            )
        for miss in result.misses:
            click.echo(f"promised otherwise: {miss}")
    if result.misses:
        ctx.exit(3)
