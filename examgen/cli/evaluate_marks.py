"""``examgen evaluate marks``: agreement with human marks, as a table, JSON and pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from examgen.cli.talk import say
from examgen.errors import ExamgenError

if TYPE_CHECKING:
    from examgen.evaluate import Figure, Summary


@click.command("marks")
@click.argument("marked", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--items", "items_path", type=click.Path(path_type=Path), help="Bank or items.jsonl with the questions.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for evaluation.json and evaluation.svg.")
@click.option(
    "--protocol",
    type=click.Choice(["shipped", "questions", "sets"]),
    default="shipped",
    show_default=True,
    help="Mark with what is shipped; or train anew, holding out questions, or whole data sets.",
)
@click.option("--test", "tests", multiple=True, help="With --protocol: measure on these data sets only.")
@click.option(
    "--folds", default=3, show_default=True, type=click.IntRange(2, 20), help="Parts that questions are held out in."
)
@click.option("--max-error", default=0.1, show_default=True, help="Tolerated error, as a share of the maximum.")
@click.option("--at", default=0.95, show_default=True, help="Wanted probability of staying within it.")
@click.option("--model", help="Any sentence-transformers model, by name or folder.  [default: built in]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--calibration", "calibration_path", type=click.Path(path_type=Path), help="Made by 'examgen calibrate'.")
@click.option("--seed", default=0, show_default=True, help="Of training and resampling.")
def command(
    marked: tuple[Path, ...],
    items_path: Path | None,
    output: Path | None,
    protocol: str,
    tests: tuple[str, ...],
    folds: int,
    max_error: float,
    at: float,
    model: str | None,
    device: str,
    calibration_path: Path | None,
    seed: int,
) -> None:
    """Mark the answers of MARKED and compare with the human marks in it.

    MARKED are JSONL files, or folders of them: question_id, answer, score
    (0..1), and question with references or rubric, unless --items has these.
    Intervals hold 95 % of 500 resamplings of the questions.

    \b
    examgen evaluate marked.jsonl --items bank
    examgen evaluate a.jsonl b.jsonl --protocol questions -o evaluation
    """
    from examgen.bank import load_bank
    from examgen.calibrate import load_calibration
    from examgen.embed import open_encoder
    from examgen.evaluate import (
        cross_mark,
        held_out_parts,
        mark_rows,
        mark_sets,
        question_folds,
        set_folds,
        summarise,
        trainer,
    )
    from examgen.grade import Risk
    from examgen.scorers.marked import read_marked

    items = load_bank(items_path).items if items_path else ()
    rows = read_marked(marked, items)
    encoder, risk = open_encoder(model, device), Risk(max_error, at)
    wanted = [row for row in rows if not tests or row.dataset in tests]
    there = dict.fromkeys(row.dataset for row in rows)
    if missing := next((name for name in tests if name not in there), None):
        raise ExamgenError(f"no data set is called {missing!r}", f"There are {', '.join(there)}.")
    if protocol == "shipped":
        calibration = load_calibration(calibration_path) if calibration_path else None
        found = mark_rows(wanted, encoder, calibration, risk)
    elif protocol == "questions":
        parts = held_out_parts(question_folds(rows, folds), trainer(rows, encoder, seed, say, items))
        found = [each for each in cross_mark(parts, encoder, risk) if not tests or each.dataset in tests]
    else:
        without = [fold for fold in set_folds(rows) if not tests or fold.test[0].dataset in tests]
        found = mark_sets(without, trainer(rows, encoder, seed, say, items), risk)
    summaries = summarise(found, risk, seed)
    show(summaries)
    if output:
        write(summaries, output, protocol, max_error)


def write(summaries: list[Summary], output: Path, protocol: str, max_error: float) -> None:
    """Write figures as JSON and as pictures."""
    from examgen.evaluate import draw, summary_json
    from examgen.records import write_json, write_text

    write_json(output / "evaluation.json", {"protocol": protocol, "sets": summary_json(summaries)})
    write_text(output / "evaluation.svg", draw(summaries, f"Marks against human marks ({protocol})", max_error))
    say(f"Written: {output / 'evaluation.json'}, {output / 'evaluation.svg'}")


FIGURES = ("r", "QWK", "RMSE", "MAE", "SMD", "macro-F1")
# What a column takes with a figure and its interval, and what the first one takes.
SET_CHARS, HEAD_CHARS = 23, 18


def show(summaries: list[Summary]) -> None:
    """Print the figures of each data set, and of the sorts of answers where these are named."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 140, markup=False, highlight=False)
    at_once = max(1, (console.width - HEAD_CHARS) // SET_CHARS)
    for begin in range(0, len(summaries), at_once):
        some = summaries[begin : begin + at_once]
        table = Table("data set", *(each.dataset for each in some))
        table.add_row("answers", *(f"{each.answers}" for each in some))
        for name in FIGURES:
            table.add_row(name, *(_short(each.figures.get(name)) for each in some))
        table.add_row("decided", *(f"{each.decided:.0%}" for each in some))
        table.add_row(
            "of these wrong", *("" if math.isnan(each.decided_wrong) else f"{each.decided_wrong:.1%}" for each in some)
        )
        console.print(table)
    kinds = [(each.dataset, kind) for each in summaries for kind in each.by_kind]
    if kinds:
        table = Table("data set", "sort of answer", "answers", "human mark", "our mark", "decided")
        for name, kind in kinds:
            table.add_row(
                name, kind.kind, f"{kind.answers}", f"{kind.human:.2f}", f"{kind.given:.2f}", f"{kind.decided:.0%}"
            )
        console.print(table)


def _short(figure: Figure | None) -> str:
    if figure is None or math.isnan(figure.value):
        return ""
    if math.isnan(figure.low):
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.2f}..{figure.high:.2f})"
