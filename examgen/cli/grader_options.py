"""The options of commands that grade: what runs the model, and how sure a mark has to be that no human sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def grader_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--backend``, ``--max-error`` and ``--at``; see `examgen.embed.BACKENDS` and `examgen.grade.Risk`."""
    for option in (
        click.option(
            "--at",
            default=0.8,
            show_default=True,
            type=click.FloatRange(0, 1, max_open=True),
            help="Wanted probability of staying within it; what cannot be promised waits for a human.",
        ),
        click.option(
            "--max-error",
            default=0.2,
            show_default=True,
            type=click.FloatRange(0, min_open=True),
            help="Tolerated error of a mark: below 1 a share of the maximum, from 1 on in marks.",
        ),
        click.option(
            "--backend",
            default="torch",
            show_default=True,
            help="torch, torch-bf16, torch-fp16, onnx; see docs/scale.md.",
        ),
    ):
        command = option(command)
    return command
