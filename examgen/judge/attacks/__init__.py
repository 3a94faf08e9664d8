"""Hostile answers, and honest ones to measure the harm of the defence: for testing a judge before it is trusted.

`ITEMS` are four small items. Each entry of `ATTACKS` is an answer that tries
to get marks by other means than knowledge; each entry of `HONEST` is one that
a defence must leave alone. ``worth`` is what a fair marker gives.
"""

from __future__ import annotations

from pathlib import Path

from examgen.model import Answer, Item, Noun, Share
from examgen.records import read_jsonl

FOLDER = Path(__file__).parent


class Attack(Noun):
    """One answer of the corpus."""

    id: str
    item_id: str
    lang: str
    kind: str
    answer: str
    obeyed: str = "none"
    """What it wants a judge to do: credit ``all`` statements, ``all_but_control`` (all that belong to the item),
    ``numbers:1,2``, or output its own ``json``."""
    worth: Share = 0.0
    """The fair mark, as a share of the maximum."""

    def as_answer(self) -> Answer:
        """For a grader."""
        return Answer(candidate_id=self.id, item_id=self.item_id, answer=self.answer)


ITEMS: tuple[Item, ...] = tuple(read_jsonl(FOLDER / "items.jsonl", Item))
ATTACKS: tuple[Attack, ...] = tuple(read_jsonl(FOLDER / "answers.jsonl", Attack))
HONEST: tuple[Attack, ...] = tuple(read_jsonl(FOLDER / "honest.jsonl", Attack))
