"""``examgen bench embed``: our encoder beside bare sentence-transformers."""

from __future__ import annotations

import click

from examgen.cli.bench_sides import print_json, print_table, sides_options
from examgen.cli.talk import progress_bar


@click.command("embed")
@click.option("--texts", default=300, show_default=True, type=click.IntRange(8, 1_000_000))
@sides_options
@click.pass_context
def command(
    ctx: click.Context, texts: int, rounds: int, threads: int, backends: tuple[str, ...], as_json: bool
) -> None:
    """Embed made-up answers beside SentenceTransformer.encode, all at once and one by one.

    Ours look all texts up in an empty cache and write their vectors there.
    Exit code 3 says that something promised does not hold on this machine.

    \b
    examgen bench embed --texts 300 --rounds 3
    """
    from examgen.bench.embed import bench_embed

    with progress_bar("rounds") as progress:
        result = bench_embed(texts, rounds, threads, backends, progress)
    if as_json:
        print_json(result, texts=result.texts, overhead=round(result.overhead, 4), differences=result.differences)
    else:
        words = [
            f"{backend} against bare encode: numbers differ by {difference:.1g} at most"
            for backend, difference in result.differences.items()
        ]
        print_table(result, "texts", [f"overhead over bare encode: {result.overhead:+.0%}", *words])
    if result.misses:
        ctx.exit(3)
