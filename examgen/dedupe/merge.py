"""One item out of each group: the points of all members, none twice, each with its sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from examgen.dedupe.asked import beginning
from examgen.dedupe.verdict import Duplicates
from examgen.embed import Encoder
from examgen.model import Item, RubricPoint, Source
from examgen.text import fold

# Two rubric points this close say the same; below it, each stays. e5's paraphrases begin here.
SAME_POINT = 0.95
# Labels that many a thing may follow: two points that bear one of them are compared like points without a label.
UNNAMED = """
优点 缺点 优势 劣势 不足 局限 局限性 长处 短处 好处 坏处 特点 应用 场景 适用场景 应用场景 方法 措施 步骤 作用 影响
例 例如 例子 示例 举例 比如 如 注 注意 备注 提示 此外 另外 同时 首先 其次 再次 最后 总结 小结 总之 补充 其他 其它
advantage advantages disadvantage disadvantages pro pros con cons benefit benefits limitation limitations
method methods step steps use uses effect effects example examples e.g. note notes tip tips also first second
third finally further other summary http https
"""
NO_NAMES = frozenset(UNNAMED.split())
# The words in front of a colon, or in bold, that name a point.
LABEL = re.compile(
    r"^[\s\-*+•\d.、()（）]*(?:\*\*|__)?\s*([^:：*_\n]{1,40}?)\s*(?:[:：]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:：]|[:：])"
)


@dataclass(frozen=True)
class Merged:
    """The items after merging, in the order of their first members."""

    items: tuple[Item, ...]
    united: int
    """How many items were left out because another one has taken them in."""


def merge(duplicates: Duplicates, encoder: Encoder) -> Merged:
    """Make one item of every group.

    The kept member's texts stay as they are; points that only other members
    have are added to its rubric, to its marks, and below its reference answer,
    worth as much of its marks as they were worth of theirs: a usual point there
    is a usual point here.
    The id is the first member's, so that it stays when a document is added. Related
    items become enemies; enemies of an item are enemies of the one that has taken it in.
    """
    groups = [[duplicates.items[name] for name in group.members] for group in duplicates.groups]
    ids = {name: duplicates.items[group.members[0]].id for group in duplicates.groups for name in group.members}
    taken_in = {duplicates.items[name].id: home for name, home in ids.items()}
    enemies: dict[str, set[str]] = {}
    for pair in duplicates.pairs:
        if pair.verdict == "related":
            enemies.setdefault(ids[pair.left], set()).add(ids[pair.right])
            enemies.setdefault(ids[pair.right], set()).add(ids[pair.left])
    items = []
    for group, members in zip(duplicates.groups, groups, strict=True):
        item = unite(members, duplicates.items[group.kept], encoder) if len(members) > 1 else members[0]
        named = {taken_in.get(enemy, enemy) for enemy in item.enemies}
        foes = sorted({*named, *enemies.get(item.id, ())} - {item.id})
        items.append(item.model_copy(update={"enemies": tuple(foes)}))
    return Merged(tuple(items), sum(len(members) - 1 for members in groups))


def unite(members: Sequence[Item], kept: Item, encoder: Encoder) -> Item:
    """Unite items that ask the same.

    Args:
        members: All of them, the kept one too, in order.
        kept: The one whose question and reference are printed.
    """
    others = [item for item in members if item is not kept]
    points, added = _points(kept, others, encoder)
    reference, max_score = kept.reference, kept.max_score
    if added:
        max_score = (max_score if kept.points else 0.0) + sum(point.weight for point in added)
    if added and reference:
        heading = "补充要点：" if kept.lang == "zh" else "Further points:"
        reference = "\n\n".join([reference.rstrip(), heading, "\n".join(f"- {point.text}" for point in added)])
    return kept.model_copy(
        update={
            "id": members[0].id,
            "points": points,
            "reference": reference,
            "max_score": max_score,
            "topic": kept.topic or next((item.topic for item in others if item.topic), ""),
            "explanation": kept.explanation or next((item.explanation for item in others if item.explanation), ""),
            "citations": tuple(dict.fromkeys(c for item in [kept, *others] for c in item.citations)),
            "enemies": tuple(dict.fromkeys(e for item in members for e in item.enemies)),
            "sources": tuple(dict.fromkeys(source for item in members for source in item.sources)),
        }
    )


def _points(
    kept: Item, others: Sequence[Item], encoder: Encoder
) -> tuple[tuple[RubricPoint, ...], tuple[RubricPoint, ...]]:
    """The united points, and those among them that the kept item lacks."""
    usual = _usual(next((item for item in [kept, *others] if item.points), kept))
    offered = [
        (_worth(point, usual / _usual(item)) if item is not kept else point, point.sources or item.sources)
        for item in [kept, *others]
        for point in item.points
    ]
    if not offered or kept.kind != "short_answer":
        return kept.points, ()
    vectors = encoder.encode([beginning(point.text) for point, _ in offered])
    texts: list[RubricPoint] = []
    rows: list[int] = []
    sources: list[list[Source]] = []
    for row, (point, origin) in enumerate(offered):
        twin = None if row < len(kept.points) else _twin(point.text, vectors[row], texts, vectors[rows], encoder)
        if twin is None:
            texts.append(point)
            rows.append(row)
            sources.append(list(origin))
        else:
            sources[twin] += origin
    united = tuple(
        point.model_copy(update={"id": f"p{number}", "sources": tuple(dict.fromkeys(origin))})
        for number, (point, origin) in enumerate(zip(texts, sources, strict=True), 1)
    )
    return united, united[len(kept.points) :]


def _twin(
    text: str, vector: np.ndarray, others: Sequence[RubricPoint], vectors: np.ndarray, encoder: Encoder
) -> int | None:
    """The point that says the same: by its label, else by its beginning and then the whole of it."""
    label = _label(text)
    for number, other in enumerate(others):
        if label and label == _label(other.text):
            return number
    if not others:
        return None
    cosines = vectors @ vector
    nearest = int(cosines.argmax())
    if cosines[nearest] < SAME_POINT:
        return None
    whole = encoder.encode([text, others[nearest].text])
    return nearest if whole[0] @ whole[1] >= SAME_POINT else None


def _label(text: str) -> str:
    """The name that a text gives its point; empty where it gives none."""
    found = LABEL.match(text)
    label = fold(found[1]) if found else ""
    return "" if label in NO_NAMES else label


def _usual(item: Item) -> float:
    """What a point of an item is worth on average, in marks."""
    return sum(point.weight for point in item.points) / max(1, len(item.points)) or 1.0


def _worth(point: RubricPoint, factor: float) -> RubricPoint:
    """A point on the scale of another item, in halves of a mark as people give them."""
    weight = point.weight * factor
    return point.model_copy(update={"weight": round(weight * 2) / 2 if weight >= 0.5 else round(weight, 2)})
