"""``examgen demo``: see the whole thing work, without a file of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import say


@click.command("demo")
@click.option(
    "-o", "--output", "folder", default="demo", show_default=True, type=click.Path(file_okay=False, path_type=Path)
)
def command(folder: Path) -> None:
    """Build an exam from the shipped bank, print it, mark sample answers and report: offline, in about a minute."""
    from rich.console import Console

    from examgen.demo import STEPS, run_demo

    console = Console(stderr=True)
    with console.status("starting") as status:
        done = 0

        def progress(step: str) -> None:
            nonlocal done
            done += 1
            if console.is_terminal:
                status.update(f"[{done}/{len(STEPS)}] {step}")
            else:
                say(f"[{done}/{len(STEPS)}] {step}")

        demo = run_demo(folder, progress)
    waiting = demo.summary.review + demo.summary.ungraded
    say(f"{demo.items} items in the bank, {len(demo.papers)} papers and schemes printed")
    say(f"{demo.summary.answers} answers: {demo.summary.graded} marked, {waiting} left to a human")
    click.echo("Look at")
    for what, path in (
        ("the paper", folder / "papers" / "paper-A.pdf"),
        ("its marking scheme", folder / "papers" / "scheme-A.pdf"),
        ("the paper that answers", folder / "papers" / "paper-A.html"),
        ("the marks and their evidence", folder / "report" / "index.html"),
        ("the same as data", demo.grades),
    ):
        click.echo(f"  {what:<30} {path}")
