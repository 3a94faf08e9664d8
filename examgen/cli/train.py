"""``examgen train``: the reader and its calibration from marked answers and exercises."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import say


@click.command("train")
@click.argument("marked", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--items", "items_path", type=click.Path(path_type=Path), help="Bank or items.jsonl with the questions.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder for these files.")
@click.option("--folds", default=3, show_default=True, type=click.IntRange(2, 20), help="Parts for the calibration.")
@click.option(
    "--record",
    "recorded",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Marked answers to learn nothing from: only the errors on them are recorded, for the promise.",
)
@click.option("--exercises/--no-exercises", default=True, show_default=True, help="Learn from written exercises too.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--seed", default=0, show_default=True, help="Same answers and seed, same reader.")
def command(
    marked: tuple[Path, ...],
    items_path: Path | None,
    output: Path,
    folds: int,
    recorded: tuple[Path, ...],
    exercises: bool,
    device: str,
    seed: int,
) -> None:
    """Train the reader on MARKED answers and the exercises, and calibrate it on questions held out.

    Writes reader.safetensors and reader.onnx, calibration.json, and in evaluation.json how
    near the marks of questions that were held out come to the human ones. The
    shipped files were made by this command from le_zh, Beetle, SciEntsBank and
    the shipped bank; see docs/how-marks-are-made.md.

    \b
    examgen train le_zh.jsonl beetle.jsonl scientsbank_train.jsonl -o trained
    """
    from examgen.bank import load_bank
    from examgen.calibrate import save_calibration
    from examgen.cli.evaluate_marks import show, write
    from examgen.embed import open_encoder
    from examgen.evaluate import calibrate, cross_mark, mark_rows, question_folds, summarise, trained_parts, trainer
    from examgen.evaluate.protocols import Part, Remembering
    from examgen.grade import Risk
    from examgen.scorers.marked import read_marked
    from examgen.scorers.onnx_reader import write_graph
    from examgen.scorers.reader import load_reader, save_reader
    from examgen.scorers.reading import ReadingScorer

    items = load_bank(items_path).items if items_path else ()
    rows = read_marked(marked, items)
    others = read_marked(recorded, items) if recorded else []
    encoder, risk = open_encoder(None, device), Risk()
    school = trainer(rows, encoder, seed, say, items, exercises)
    parts, (reader,) = trained_parts(question_folds(rows, folds), school, [rows])
    save_reader(reader, output / "reader.safetensors")
    write_graph(load_reader(reader.model, output / "reader.safetensors"), output / "reader.safetensors")
    found = cross_mark(parts, encoder, risk)
    beside = [Part(others, Remembering(ReadingScorer(reader)), fitted=False)] if others else []
    calibration = calibrate([*parts, *beside], encoder)
    save_calibration(calibration, output / "calibration.json")
    for part in beside:
        found += mark_rows(part.rows, encoder, calibration, risk, part.scorer)
    summaries = summarise(found, risk, seed)
    show(summaries)
    write(summaries, output, "questions", risk.max_error)
    click.echo(f"{output}: trained on {len(rows)} answers and {len(school.practice)} exercises")
