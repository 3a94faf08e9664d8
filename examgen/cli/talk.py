"""What commands say beside their results: on stderr, and only as loud as is useful."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import click


def say(text: str) -> None:
    """Print a line of talk on stderr, so that stdout holds results only."""
    click.echo(text, err=True)


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr while the block runs; nothing where stderr is no terminal.

    Yields:
        A function of (done, total) to call after each step.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
