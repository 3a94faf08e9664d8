"""``examgen bench stream``: many answers through the engines, with marks that take no time."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from examgen.cli.talk import say


@click.command("stream")
@click.option(
    "--answers",
    "sizes",
    multiple=True,
    default=(10_000, 100_000, 1_000_000),
    show_default=True,
    type=click.IntRange(100, 100_000_000),
)
@click.option("--workers", multiple=True, default=(1, 2), show_default=True, type=click.IntRange(1, 256))
@click.option("--ray", "on_ray", is_flag=True, help="On Ray too, with as many workers as the last --workers says.")
@click.option("--kill", is_flag=True, help="Kill one worker of each run, to see what it costs.")
@click.option(
    "--grader",
    type=click.Choice(["checksums", "stub encoder"]),
    default="checksums",
    show_default=True,
    help="Nothing but checksums, or the real grader over an encoder of checksums.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    sizes: tuple[int, ...],
    workers: tuple[int, ...],
    on_ray: bool,
    kill: bool,
    grader: str,
    as_json: bool,
) -> None:
    """Stream made-up answers through the engines: rate, memory and growth, and the same bytes from all of them.

    Exit code 3 says that something promised does not hold on this machine.

    \b
    examgen bench stream
    examgen bench stream --answers 200000 --ray --kill
    """
    from examgen.bench.stream import bench_stream
    from examgen.engines import Workers

    where = [Workers(count=count) for count in workers]
    if on_ray:
        where.append(Workers("ray", workers[-1], cpus=0.5))
    result = bench_stream(sizes, where, grader, kill, say)
    if as_json:
        runs = [asdict(run) | {"per_second": round(run.per_second, 1)} for run in result.runs]
        click.echo(json.dumps({**asdict(result), "runs": runs, "misses": result.misses}, ensure_ascii=False, indent=2))
    else:
        for run in result.runs:
            cpu = f"{run.answers / run.cpu_seconds:,.0f} a CPU second, " if run.cpu_seconds else ""
            died = f", {run.killed} killed" if run.killed else ""
            click.echo(
                f"{run.answers:>11,} answers, {run.engine}, {run.workers} workers{died}: {run.seconds:.1f} s, "
                f"{run.per_second:,.0f} a second, {cpu}first after {run.start_seconds:.1f} s, "
                f"{run.peak_mb:,.0f} MB ({run.half_mb:,.0f} at half), {'same bytes' if run.same else 'OTHER BYTES'}"
            )
        about = result.machine
        click.echo(f"grader: {result.grader}; {about['cores']} cores, load {about['load']}, Python {about['python']}")
        for miss in result.misses:
            click.echo(f"promised otherwise: {miss}")
    if result.misses:
        ctx.exit(3)
