"""What the commands ``examgen bench grade`` and ``examgen bench embed`` share: options, and a table of sides."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from examgen.bench.sides import Timed

F = TypeVar("F", bound=Callable[..., Any])


class Result(Protocol):
    """What a measurement of several sides gives."""

    def compared(self, cpu: bool = False) -> dict[str, float]: ...

    @property
    def sides(self) -> tuple[Timed, ...]: ...
    @property
    def misses(self) -> list[str]: ...
    @property
    def machine(self) -> dict[str, Any]: ...


def sides_options(function: F) -> F:
    """Options of every measurement side by side."""
    options = [
        click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 100), help="For each way."),
        click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 256), help="For each way."),
        click.option(
            "--backend", "backends", multiple=True, default=("onnx",), show_default=True, help="Beside torch."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def print_json(result: Result, **more: Any) -> None:
    """Print all figures."""
    figures = {
        **more,
        "sides": [side.as_json() for side in result.sides],
        "times_as_fast": {name: round(value, 3) for name, value in result.compared().items()},
        "times_as_fast_by_cpu": {name: round(value, 3) for name, value in result.compared(cpu=True).items()},
        "misses": result.misses,
        "machine": result.machine,
    }
    click.echo(json.dumps(figures, ensure_ascii=False, indent=2))


def print_table(result: Result, what: str, words: list[str]) -> None:
    """Print a table of sides, what one is to the other, and what was promised otherwise.

    Args:
        what: The noun of the rows.
        words: Lines to print below.
    """
    from examgen.bench.sides import told

    heads = ("", what, f"{what}/s", "per CPU s", "spread", "start s", "peak MB", "private MB")
    rows = [
        (
            side.name,
            f"{side.rows:,}",
            f"{side.per_second:,.1f}",
            f"{side.per_cpu_second:,.1f}",
            f"{side.spread:.0%}",
            f"{side.start_seconds:.1f}",
            f"{side.peak_mb:,.0f}",
            f"{side.private_mb:,.0f}",
        )
        for side in result.sides
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for first, *others in (heads, *rows):
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        click.echo("  ".join((first.ljust(widths[0]), *cells)))
    by_cpu = result.compared(cpu=True)
    for name, value in result.compared().items():
        click.echo(f"{told(name, value)} ({by_cpu[name]:.2f} by CPU seconds)")
    for line in words:
        click.echo(line)
    about = result.machine
    versions = ", ".join(f"{package} {version}" for package, version in about["versions"].items())
    place = f"{about['cores']} cores, {about['threads']} threads each, load {about['load']}"
    click.echo(f"{place}, Python {about['python']}, {versions}")
    for miss in result.misses:
        click.echo(f"promised otherwise: {miss}")
