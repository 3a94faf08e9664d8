"""``examgen evaluate``: how far marks, or duplicates, agree with people."""

from __future__ import annotations

import click

from examgen.cli import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "duplicates": ("examgen.cli.evaluate_duplicates", "A bank's merges beside a person's reading."),
    "judge": ("examgen.cli.evaluate_judge", "A judge beside local marks and human marks (with --judge)."),
    "marks": ("examgen.cli.evaluate_marks", "Agreement of our marks with human marks (the default)."),
}


class MarksByDefault(LazyGroup):
    """A group whose arguments go to ``marks``, or with ``--judge`` to ``judge``, unless they begin with a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.lazy and args[0] not in ("-h", "--help"):
            named = any(arg.split("=")[0] == "--judge" for arg in args)
            args = ["judge" if named else "marks", *args]
        return super().parse_args(ctx, args)


@click.group("evaluate", cls=MarksByDefault, lazy=COMMANDS)
def command() -> None:
    """Measure marks, or merges, against a person's.

    \b
    examgen evaluate marked.jsonl --items items.jsonl
    examgen evaluate marked.jsonl --judge http://127.0.0.1:8000/v1 --judge-model m
    examgen evaluate duplicates bank --gold gold.json
    """
