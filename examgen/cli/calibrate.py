"""``examgen calibrate``: from marked answers to what a similarity is worth."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import say

# With fewer answers or questions there is no curve of one's own to fit, only single questions to adapt to.
ENOUGH_ANSWERS, ENOUGH_QUESTIONS = 60, 6


@click.command("calibrate")
@click.argument("marked", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--items", "items_path", type=click.Path(path_type=Path), help="Bank or items.jsonl with the questions.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The calibration, as JSON.")
@click.option("--model", help="Any sentence-transformers model, by name or folder.  [default: built in]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--adapt/--no-adapt", default=True, show_default=True, help="Learn an offset for each question too.")
def command(
    marked: tuple[Path, ...], items_path: Path | None, output: Path, model: str | None, device: str, adapt: bool
) -> None:
    """Learn from MARKED answers what a finding is worth; see 'examgen evaluate' for their form.

    A few marks of single questions adapt the shipped calibration to these
    questions; sixty answers to six questions or more give a curve and a
    promise of their own. Says how far the marks came nearer to the human ones.

    \b
    examgen calibrate marked.jsonl --items exam/items.jsonl -o calibration.json
    examgen grade answers.csv --exam exam --calibration calibration.json -o grades.jsonl
    """
    from examgen.bank import load_bank
    from examgen.calibrate import save_calibration
    from examgen.embed import open_encoder
    from examgen.evaluate import adapted, calibrate
    from examgen.evaluate.protocols import Part
    from examgen.grade import default_calibration
    from examgen.scorers.marked import read_marked

    rows = read_marked(marked, load_bank(items_path).items if items_path else ())
    encoder = open_encoder(model, device)
    questions = len({row.question_id for row in rows})
    enough = len(rows) >= ENOUGH_ANSWERS and questions >= ENOUGH_QUESTIONS
    found = calibrate([Part(rows)], encoder) if enough else default_calibration(encoder)
    say(f"{len(rows)} answers to {questions} questions: " + ("a curve of their own" if enough else "the curve stays"))
    if adapt:
        found, gains = adapted(found, rows, encoder)
        for gain in gains:
            change = f"RMSE {gain.before:.3f} -> {gain.after:.3f}"
            say(f"{gain.question_id}: {change} on {gain.answers} answers, each left out in turn")
    save_calibration(found, output)
    click.echo(f"{output}: scorer {found.scorer}, model {found.encoder[:12]}, {len(found.questions)} questions adapted")
