"""``examgen evaluate duplicates``: how well a bank's merges agree with a person's reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from examgen.cli.talk import say

if TYPE_CHECKING:
    from examgen.evaluate.duplicates import Agreement, Comparison
    from examgen.evaluate.rivals import Rival
    from examgen.model import Item

# Of a question, on the list of wrong pairs.
SHOWN_CHARS = 200


@click.command("duplicates")
@click.argument("bank", type=click.Path(path_type=Path))
@click.option("--gold", "gold_path", required=True, type=click.Path(path_type=Path), help="What a person decided.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the figures and wrong pairs here, as JSON."
)
@click.option("--model", help="For the methods compared with: any sentence-transformers model.  [default: built in]")
@click.option("--alone", is_flag=True, help="Measure the bank only, and no other method beside it.")
def command(bank: Path, gold_path: Path, output: Path | None, model: str | None, alone: bool) -> None:
    """Compare the merges of BANK with what a person decided.

    GOLD is JSON: groups, lists of items that are the same; related, pairs that
    must not stand in one exam; doubtful, pairs that count neither way. Items
    are named document#number, as in decisions.toml.

    Beside it stand a cut on embedding cosine and SemHash, each at the cut that
    suits these items best.

    \b
    examgen evaluate duplicates bank --gold gold.json
    """
    from examgen.embed import open_encoder
    from examgen.evaluate.duplicates import compare_bank
    from examgen.evaluate.rivals import rivals
    from examgen.records import write_json

    found = compare_bank(bank, gold_path)
    others = [] if alone else list(rivals(found.items, open_encoder(model), found.gold.same))
    if not alone and not any(rival.name.startswith("SemHash") for rival in others):
        say("SemHash is not installed, and left out: pip install 'openexamgen[compare]'")
    _show(found, others)
    if output:
        write_json(output, _as_json(found, others))


def _show(found: Comparison, others: list[Rival]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 120, markup=False, highlight=False)
    table = Table("method", "precision", "recall", "F1", "B-cubed F1", "wrong", "missed")
    table.add_row("examgen, same", *_cells(found.same), f"{found.b_cubed.f1:.3f}", *_counts(found.same))
    for rival in others:
        name = f"{rival.name}, cut {rival.threshold:g}"
        table.add_row(name, *_cells(rival.found), f"{found.purity(rival.pairs).f1:.3f}", *_counts(rival.found))
    table.add_row("examgen, related", *_cells(found.related), "", *_counts(found.related))
    console.print(table)
    for title, pairs in found.wrong_pairs().items():
        for pair in pairs:
            console.print(f"{title}:")
            for name in pair:
                console.print(f"  {name}  {_shown(found.items[name])}", soft_wrap=True)


def _cells(agreement: Agreement) -> tuple[str, str, str]:
    return f"{agreement.precision:.3f}", f"{agreement.recall:.3f}", f"{agreement.f1:.3f}"


def _counts(agreement: Agreement) -> tuple[str, str]:
    return f"{agreement.wrong}", f"{agreement.missed}"


def _shown(item: Item) -> str:
    text = " ".join(item.question.split())
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


def _as_json(found: Comparison, others: list[Rival]) -> dict[str, Any]:
    from dataclasses import asdict

    def figures(agreement: Agreement) -> dict[str, Any]:
        return asdict(agreement) | {"f1": agreement.f1}

    return {
        "items": len(found.items),
        "same": figures(found.same),
        "b_cubed": figures(found.b_cubed),
        "related": figures(found.related),
        "others": [{"name": r.name, "threshold": r.threshold, **figures(r.found)} for r in others],
        "wrong_pairs": {title: [list(pair) for pair in pairs] for title, pairs in found.wrong_pairs().items()},
    }
