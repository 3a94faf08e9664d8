"""``examgen bench assemble``: parallel forms from big banks."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from examgen.cli.talk import progress_bar


@click.command("assemble")
@click.option(
    "--size", "sizes", multiple=True, default=(1_000, 20_000), show_default=True, type=click.IntRange(100, 1_000_000)
)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 100), help="Exams for each bank.")
@click.option(
    "--draws", default=2000, show_default=True, type=click.IntRange(0), help="Pairs of forms drawn at random."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def command(ctx: click.Context, sizes: tuple[int, ...], seeds: int, draws: int, as_json: bool) -> None:
    """Assemble two parallel forms of 37 items from made-up banks, and try the same by drawing at random.

    Exit code 3 says that something promised does not hold on this machine.

    \b
    examgen bench assemble --size 1000 --size 20000
    """
    from examgen.bench.assemble import bench_assemble

    with progress_bar("exams") as progress:
        result = bench_assemble(sizes, range(1, seeds + 1), draws, progress)
    if as_json:
        click.echo(json.dumps(asdict(result) | {"misses": result.misses}, ensure_ascii=False, indent=2))
    else:
        for run in result.runs:
            cells = "the same two-way table" if run.same_cells else "different two-way tables"
            gaps = f"{run.facility_gap:.5f} in facility and {run.minutes_gap:.1f} minutes"
            click.echo(
                f"{run.items} items, seed {run.seed}: {run.seconds:.2f} s ({run.cpu_seconds:.2f} s of work), "
                f"facility {run.facility:.4f}, gaps {gaps}, {cells}"
            )
        click.echo(f"drawn at random: {result.drawn_right} of {result.drawn} pairs of forms would do")
        for miss in result.misses:
            click.echo(f"promised otherwise: {miss}")
    if result.misses:
        ctx.exit(3)
