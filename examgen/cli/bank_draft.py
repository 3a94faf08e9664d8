"""``examgen bank draft-choices``: objective items proposed from rubric points."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from examgen.bank import load_bank, update_bank
from examgen.model import Kind
from examgen.records import write_jsonl

KINDS: tuple[Kind, ...] = ("single_choice", "true_false", "fill_in")


@click.command("draft-choices")
@click.argument("bank_dir", metavar="BANK", type=click.Path(path_type=Path))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind; may be given again.")
@click.option("--item", "only", multiple=True, help="Only from this free-text item; may be given again.")
@click.option(
    "--each", default=1, show_default=True, type=click.IntRange(1, 20), help="Drafts of a kind for each item."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the drafts.  [default: the bank's]")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Draws points and places.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write them there and leave the bank as it is.")
@click.option("--model", default=None, help="Embedding model: a sentence-transformers name or folder.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
def command(
    bank_dir: Path,
    kinds: tuple[Kind, ...],
    only: tuple[str, ...],
    each: int,
    lang: str | None,
    seed: int,
    output: Path | None,
    model: str | None,
    device: str,
) -> None:
    """Propose choice, true/false and fill-in items from the rubric points of BANK.

    They come into the bank as drafts, each with the reasons for its options, and enter no exam until an editor has
    read them: 'examgen bank accept' makes them ready.

    \b
    examgen bank draft-choices banks/llm-training --kind single_choice
    examgen bank accept banks/llm-training gradient-clipping-sc-p2
    """
    from examgen.draft import draft_items
    from examgen.embed import open_encoder

    bank = load_bank(bank_dir)
    encoder = open_encoder(model, device)
    drafts = draft_items(bank, encoder, lang=lang, kinds=kinds or KINDS, only=only, each=each, seed=seed)
    if output:
        write_jsonl(output, drafts)
    elif drafts:
        update_bank(bank.model_copy(update={"items": (*bank.items, *drafts)}), bank_dir)
    for draft in drafts:
        click.echo(f"{draft.id}: {draft.question.splitlines()[0][:90]}")
    counts = ", ".join(f"{count} {kind}" for kind, count in Counter(draft.kind for draft in drafts).items())
    click.echo(f"{len(drafts)} drafts{f' ({counts})' if counts else ''}: {output or bank_dir}", err=True)
