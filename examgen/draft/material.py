"""What drafts are made of: the rubric points of a bank, with their vectors."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from examgen.assemble.pool import enemy_map, unfit
from examgen.embed import Encoder
from examgen.model import Bank, Item
from examgen.text import fold

# ``隐私：发布前……``: a label in front of a point says where it belongs in its answer, and nothing by itself.
LABEL = re.compile(r"^\s*[^，。；：:,.;0-9]{1,12}(?:：|:\s)\s*")
_EDGES = " 。.；;，,"
# A point that leans on the one before it cannot stand alone.
_LEANING = re.compile(
    r"^(?:这|那|其|它|该|此|因此|所以|另外|此外|同时|并且|而且|但|然后|前者|后者|上述|如上"
    r"|(?:it|this|that|these|those|they|its|their|then|therefore|so|but|and|also|the (?:former|latter))\b)",
    re.IGNORECASE,
)
MIN_CHARS = {"zh": 8, "en": 20}
MAX_CHARS = {"zh": 90, "en": 200}


@dataclass(frozen=True)
class Point:
    """A rubric point as a statement of its own."""

    parent: Item
    id: str
    text: str
    """Without label and without a full stop."""
    row: int
    """Of its vector."""


@dataclass(frozen=True)
class Material:
    """All usable rubric points of a bank in one language."""

    lang: str
    parents: dict[str, Item]
    points: tuple[Point, ...]
    vectors: NDArray[np.float32]
    """One row a point, of length 1."""
    questions: dict[str, NDArray[np.float32]]
    """One vector for each parent's question."""
    enemies: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def of_parent(self) -> dict[str, list[Point]]:
        """The points by their parent's id."""
        found: dict[str, list[Point]] = {}
        for point in self.points:
            found.setdefault(point.parent.id, []).append(point)
        return found

    def in_turn(self, name: str, lot: str) -> list[Point]:
        """A parent's points in an order drawn by lot."""
        points = list(self.of_parent.get(name, ()))
        random.Random(f"{lot} {name}").shuffle(points)
        return points

    @cached_property
    def _texts(self) -> list[str]:
        """Everything that each parent says, on one line."""
        return [
            fold("\n".join([item.title, item.question, item.reference, *(point.text for point in item.points)]))
            for item in self.parents.values()
        ]

    def questions_with(self, word: str) -> int:
        """How many parents say a word anywhere."""
        folded = fold(word)
        return sum(folded in text for text in self._texts)


def gather(bank: Bank, encoder: Encoder, lang: str) -> Material:
    """The points of a bank's sound free-text items that can stand alone."""
    parents = {
        item.id: item
        for item in bank.in_language(lang)
        if item.kind == "short_answer" and item.points and not unfit(item)
    }
    points: list[Point] = []
    for item in parents.values():
        for rubric in item.points:
            text = plain_statement(rubric.text)
            if MIN_CHARS[item.lang] <= len(text) <= MAX_CHARS[item.lang] and not _LEANING.match(text):
                points.append(Point(item, rubric.id, text, len(points)))
    questions = encoder.encode([stem(item) for item in parents.values()])
    vectors = encoder.encode([point.text for point in points])
    return Material(
        lang,
        parents,
        tuple(points),
        vectors,
        dict(zip(parents, questions, strict=True)),
        enemy_map(bank.items),
    )


def plain_statement(text: str) -> str:
    """A rubric point on one line, without its label and its full stop."""
    return LABEL.sub("", " ".join(text.split()), count=1).strip(_EDGES) if text.strip(_EDGES) else ""


def stem(item: Item) -> str:
    """An item's question on one line."""
    return " ".join(item.question.split())


def words(text: str) -> list[str]:
    """The words of a text that carry meaning: two letters or more."""
    from examgen.dedupe.words import cutter

    return [word for word in cutter().cut(text) if len(word) > 1 and any(char.isalnum() for char in word)]


def draft(point: Point, kind: str, short: str, others: Iterable[str] = (), **fields: object) -> Item:
    """A draft of a kind from a point; it and all that it is made from give each other away."""
    parent = point.parent
    return Item.model_validate(
        {
            "id": f"{parent.id[:70]}-{short}-{point.id}"[:100],
            "kind": kind,
            "lang": parent.lang,
            "title": parent.title,
            "topic": parent.topic,
            "level": "remember",
            "citations": parent.citations,
            "enemies": tuple(dict.fromkeys([parent.id, *others])),
            "sources": parent.sources,
            "status": "draft",
            **fields,
        }
    )


def in_context(point: Point, statement: str) -> str:
    """A statement as a stem of its own, behind the title of what it is about."""
    title = point.parent.title
    zh, en = (f"（{title}）", f"({title}) ") if title else ("", "")
    return say(point, f"{zh}{statement}。", f"{en}{statement}.")


def say(point: Point, zh: str, en: str) -> str:
    """A sentence in the language of the draft."""
    return zh if point.parent.lang == "zh" else en
