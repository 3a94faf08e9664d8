"""Labelled sets of questions, each a text file in tests/assets/duplicates.

= id | title | question
- a rubric point
same: id id            one question
related: id id         not the same, but never in one exam
apart: id id           two questions, which may be taken as related or not
open: id id            may be taken either way, and is not counted
"""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from examgen.model import Item, RubricPoint
from examgen.text import language

FOLDER = Path(__file__).parent.parent / "assets" / "duplicates"


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
