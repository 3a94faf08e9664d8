"""``examgen evaluate --judge``: local marks, the judge's, and both together, side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from examgen.cli.judge_options import JudgeOptions, judge_options, told
from examgen.cli.talk import say

PATH = click.Path(path_type=Path)


@click.command("judge")
@click.argument("marked", nargs=-1, required=True, type=PATH)
@click.option("--items", "items_path", type=PATH, help="Bank or items.jsonl with the questions.")
@click.option("-o", "--output", type=PATH, help="Where the judge's calibration goes, for --judge-calibration.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--max-error", default=0.2, show_default=True, help="Tolerated error, as a share of the maximum.")
@click.option("--at", default=0.8, show_default=True, help="Wanted probability of staying within it.")
@click.option("--model", help="Any sentence-transformers model, by name or folder.  [default: built in]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--calibration", "calibration_path", type=PATH, help="Made by 'examgen calibrate'.")
@judge_options
def command(
    marked: tuple[Path, ...],
    items_path: Path | None,
    output: Path | None,
    as_json: bool,
    max_error: float,
    at: float,
    model: str | None,
    device: str,
    calibration_path: Path | None,
    judge: JudgeOptions,
) -> None:
    """Ask a judge about the MARKED answers and compare: how good, how much decided, what it cost.

    \b
    examgen evaluate marked.jsonl --items bank --judge http://127.0.0.1:8000/v1 --judge-model m -o judge.json
    """
    from examgen.bank import load_bank
    from examgen.calibrate import load_calibration
    from examgen.embed import open_encoder
    from examgen.evaluate.judged import compare
    from examgen.grade import Grader, Risk
    from examgen.judge import Judge, save_judge_calibration
    from examgen.scorers.marked import read_marked

    settings = judge.settings()
    if settings is None:
        raise click.UsageError("Name the judge: --judge URL --judge-model NAME.")
    if judge.dry_run:
        raise click.UsageError("--judge-dry-run goes with 'examgen grade' and 'examgen regrade'.")
    rows = read_marked(marked, load_bank(items_path).items if items_path else ())
    encoder, risk = open_encoder(model, device), Risk(max_error, at)
    calibration = load_calibration(calibration_path) if calibration_path else None
    asked = Judge(settings)
    try:
        found = compare(rows, lambda items: Grader(items, encoder, calibration, risk), asked, risk)
    finally:
        asked.close()
    if output:
        save_judge_calibration(found.calibration, output)
        say(f"Written: {output}, for --judge-calibration")
    say(told(asked.stats))
    if as_json:
        facts = {"ways": [asdict(way) for way in found.ways], "outcomes": found.outcomes}
        click.echo(json.dumps(facts | {"weights": found.calibration.weights}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("way", *("answers", "decided", "of these wrong", "QWK", "MAE", "calls", "tokens"))
    for way in found.ways:
        shares = (f"{way.decided:.0%}", f"{way.decided_wrong:.1%}", f"{way.qwk:.3f}", f"{way.mae:.3f}")
        table.add_row(way.name, str(way.answers), *shares, str(way.calls), str(way.tokens))
    Console(markup=False, highlight=False).print(table)
    weights = ", ".join(f"{name} {weight:+.2f}" for name, weight in found.calibration.weights.items())
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(found.outcomes.items()))
    click.echo(f"What its verdicts are worth: {weights}. Opinions: {outcomes}.")
