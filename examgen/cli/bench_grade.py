"""``examgen bench grade``: grading beside the naive loop and bare encoding."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from examgen.cli.bench_sides import print_json, print_table, sides_options
from examgen.cli.talk import progress_bar


@click.command("grade")
@click.option("--answers", default=300, show_default=True, type=click.IntRange(8, 1_000_000))
@click.option("--repeats", default=0.3, show_default=True, type=click.FloatRange(0, 0.99), help="Share that repeats.")
@sides_options
@click.pass_context
def command(ctx: click.Context, /, answers: int, repeats: float, as_json: bool, **settings: Any) -> None:
    """Grade made-up answers beside a loop of encode and cosine, and beside bare encoding of the same texts.

    Each way runs in a process of its own, in turns, so that what else the
    machine does hits all of them. Exit code 3 says that something promised
    does not hold on this machine.

    \b
    examgen bench grade --answers 300 --rounds 3
    """
    from examgen.bench.grade import bench_grade

    with progress_bar("rounds") as progress:
        result = bench_grade(answers, repeats=repeats, progress=progress, **settings)
    if as_json:
        print_json(
            result,
            answers=result.answers,
            unique=result.unique,
            changes=[asdict(change) for change in result.changes],
        )
    else:
        changes = [
            f"{change.backend} against torch: marks change by {change.largest:.2g} at most, {change.mean:.2g} on the "
            f"mean, as shares of the maximum; {change.status} of {result.answers} answers change hands"
            for change in result.changes
        ]
        print_table(result, "answers", [f"{result.answers} answers, {result.unique} of them different", *changes])
    if result.misses:
        ctx.exit(3)
