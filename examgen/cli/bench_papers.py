"""``examgen bench papers``: stamped papers against a new layout for everybody."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from examgen.cli.talk import progress_bar


@click.command("papers")
@click.option("--papers", default=1000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--versions", default=8, show_default=True, type=click.IntRange(1, 100))
@click.option("--laid-out", default=10, show_default=True, type=click.IntRange(2), help="Papers laid out one by one.")
@click.option(
    "-o", "--output", "folder", type=click.Path(file_okay=False, path_type=Path), help="Keep the papers here."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def command(ctx: click.Context, papers: int, versions: int, laid_out: int, folder: Path | None, as_json: bool) -> None:
    """Print papers for made-up candidates, lay some out one by one for comparison, and read every page back.

    Exit code 3 says that something promised does not hold on this machine.

    \b
    examgen bench papers --papers 1000 --versions 8
    """
    from examgen.bench.papers import bench_papers

    with tempfile.TemporaryDirectory() as scratch, progress_bar("papers") as progress:
        result = bench_papers(
            folder or Path(scratch),
            papers,
            versions,
            laid_out,
            progress=lambda _, done, total: progress(done, total),
        )
    if as_json:
        figures = asdict(result) | {"times_faster": result.times_faster, "misses": result.misses}
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"{result.papers} papers, {result.pages} pages, {result.versions} versions: {result.seconds:.1f} s, "
            f"{result.papers / result.seconds:.1f} papers/s, at most {result.peak_mb:.0f} MB\n"
            f"laid out one by one: {result.seconds_each:.2f} s each (median of {result.laid_out}); "
            f"{result.times_faster:.1f} times faster\n"
            f"one paper by itself: {result.single_seconds:.1f} s; the largest has {result.largest_bytes} bytes\n"
            f"right name and number on {result.names_checked} pages, right code on {result.codes_checked}"
        )
        for miss in result.misses:
            click.echo(f"promised otherwise: {miss}")
    if result.misses:
        ctx.exit(3)
