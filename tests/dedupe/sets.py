"""Labelled sets of questions, each a text file in tests/assets/duplicates.

= id | title | question
- a rubric point
same: id id            one question
related: id id         not the same, but never in one exam
apart: id id           two questions, which may be taken as related or not
open: id id            may be taken either way, and is not counted
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from examgen.dedupe import Duplicates
from examgen.evaluate.duplicates import Agreement, agreement, ordered, pairs_of
from examgen.model import Item, RubricPoint
from examgen.text import language

FOLDER = Path(__file__).parent.parent / "assets" / "duplicates"
HELD_OUT = sorted(path.stem for path in FOLDER.glob("heldout-*.txt"))
# Their authors had not read the method; they are much harder than the others.
WRITTEN_BLIND = {"heldout-llm-apps", "heldout-networks", "heldout-languages", "heldout-ecology"}


@dataclass(frozen=True)
class Labelled:
    items: tuple[Item, ...]
    labels: dict[tuple[str, str], str]

    def label(self, left: str, right: str) -> str:
        return self.labels.get((min(left, right), max(left, right)), "different")


def load(name: str) -> Labelled:
    items, labels = [], {}
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "=":
            ident, title, question = (part.strip() for part in rest.split("|", 2))
            items.append((ident, title, question, []))
        elif mark == "-":
            items[-1][3].append(rest)
        elif mark in ("same:", "related:", "apart:", "open:"):
            labels |= dict.fromkeys(combinations(sorted(rest.split()), 2), mark[:-1])
    return Labelled(tuple(_item(*item) for item in items), labels)


def _item(ident, title, question, points):
    return Item(
        id=ident,
        lang=language(title + question),
        title=title,
        question=question,
        reference="\n".join(f"- {point}" for point in points),
        points=tuple(RubricPoint(id=f"p{n}", text=text) for n, text in enumerate(points, 1)),
        max_score=len(points),
        complete=bool(points),
    )


def merged_pairs(found: Duplicates) -> frozenset[tuple[str, str]]:
    return pairs_of(group.members for group in found.groups)


def related_pairs(found: Duplicates) -> set[tuple[str, str]]:
    return {ordered(pair.left, pair.right) for pair in found.pairs if pair.verdict == "related"}


def agreements(readings: Iterable[tuple[Labelled, Duplicates]]) -> tuple[Agreement, Agreement]:
    """How well the same pairs, and the related pairs, of several sets taken together were found."""
    same, related, gold = set(), set(), {"same": set(), "related": set(), "apart": set(), "open": set()}
    for number, (labelled, found) in enumerate(readings):
        same |= {(number, *pair) for pair in merged_pairs(found)}
        related |= {(number, *pair) for pair in related_pairs(found)}
        for pair, label in labelled.labels.items():
            gold[label].add((number, *pair))
    uncounted = gold["same"] | gold["apart"] | gold["open"]
    return agreement(same - gold["open"], gold["same"]), agreement(related - uncounted, gold["related"])
