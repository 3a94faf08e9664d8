"""The key of an item that is marked by rule, for whoever reads an answer beside it."""

from __future__ import annotations

from examgen.model import Item
from examgen.paper import own_letters, own_texts
from examgen.questions import QUESTIONS


def key_of(item: Item) -> str:
    """The right answer as an answer is written; empty where free text is marked by points."""
    return "" if item.kind in ("short_answer", "composite") else QUESTIONS[item.kind].key(item)


def lettered(item: Item) -> list[tuple[str, str]]:
    """The entries that an answer names by letter, each with its letter; empty for kinds that have none."""
    return list(zip(own_letters(item), own_texts(item), strict=True))
