"""From items to decisions about them: neighbours, comparisons, groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from examgen.dedupe.compare import Likeness, asked, compare
from examgen.dedupe.decisions import FILE, Decision, Decisions, resolve
from examgen.dedupe.group import cluster
from examgen.dedupe.neighbours import nearest_pairs
from examgen.dedupe.verdict import Duplicates, Group, Pair, Verdict, named
from examgen.embed import Encoder
from examgen.model import Item

NEIGHBOURS = 12
# Decisions less sure than this go to a person.
SURE = 0.8
# Items that differ so surely are not worth a line.
CLEAR = 0.9


def find_duplicates(
    items: Iterable[Item],
    encoder: Encoder,
    *,
    decisions: Sequence[Decision] = (),
    decisions_path: Path = Path(FILE),
) -> Duplicates:
    """Decide which items are the same, which are related, and which decisions a person should look at.

    The result does not depend on the order of the items.

    Args:
        items: Items of any languages; those of different languages are never the same.
        decisions: What editors decided; their word counts more than any figure.
        decisions_path: Where the decisions stand, for messages.

    Raises:
        ExamgenError: two items have the same key.
        FileError: the decisions contradict each other.
    """
    by_name = named(items)
    keys, ordered = list(by_name), list(by_name.values())
    editors = resolve(decisions, keys, decisions_path)
    vectors = encoder.encode([asked(item) for item in ordered]) if ordered else np.zeros((0, 1), dtype=np.float32)
    likeness: dict[tuple[int, int], Likeness] = {}

    def like(i: int, j: int) -> Likeness:
        if (i, j) not in likeness:
            likeness[i, j] = _compare(ordered[i], ordered[j], vectors[i], vectors[j])
        return likeness[i, j]

    number = {name: i for i, name in enumerate(keys)}
    groups = cluster(
        len(ordered),
        nearest_pairs(vectors, NEIGHBOURS),
        lambda i, j: like(i, j).same,
        together=[(number[a], number[b]) for a, b in editors.same],
        apart=[(number[a], number[b]) for a, b in sorted(editors.apart)],
    )
    within = {pair for members in groups for pair in combinations(members, 2)}
    pairs = [
        _decide(keys[i], keys[j], like(i, j), together=(i, j) in within, editors=editors)
        for i, j in sorted(within | set(likeness))
    ]
    listed = [pair for pair in pairs if pair.verdict != "different" or pair.by == "editor" or pair.confidence < CLEAR]
    return Duplicates(
        items=by_name,
        groups=_groups(by_name, groups, listed, editors),
        pairs=tuple(sorted(listed, key=lambda pair: (pair.confidence, pair.left, pair.right))),
        unknown=editors.unknown,
    )


def _compare(left: Item, right: Item, left_vector: np.ndarray, right_vector: np.ndarray) -> Likeness:
    if left.lang != right.lang:
        return Likeness(0.0, 0.0, "different languages")
    found = compare(left_vector, right_vector)
    if left.kind != right.kind:
        return replace(found, same=0.0, reason=f"different kinds; {found.reason}")
    if not (left.complete and right.complete):
        return replace(found, same=0.0, reason=f"one is cut off; {found.reason}")
    return found


def _decide(left: str, right: str, found: Likeness, *, together: bool, editors: Decisions) -> Pair:
    """The decision about a pair: the editor's where there is one, else that of the groups and the figures."""
    verdict: Verdict = "same" if together else "related" if found.related >= 0.5 else "different"
    for words, decided in (("same", editors.same), ("different", editors.different), ("related", editors.related)):
        if (left, right) in decided or (right, left) in decided:
            return Pair(left, right, words, 1.0, f"decided by an editor; {found.reason}", "editor")  # type: ignore[arg-type]
    certainty = {"same": found.same, "related": found.related * (1 - found.same), "different": 1 - found.related}
    confidence = certainty[verdict]
    return Pair(left, right, verdict, confidence, found.reason, "method", confidence < SURE)


def _groups(
    items: dict[str, Item], groups: Sequence[Sequence[int]], pairs: Iterable[Pair], editors: Decisions
) -> tuple[Group, ...]:
    weakest: dict[str, float] = {}
    for pair in pairs:
        if pair.verdict == "same":
            for name in (pair.left, pair.right):
                weakest[name] = min(pair.confidence, weakest.get(name, 1.0))
    keys = list(items)
    made = []
    for numbers in groups:
        names = tuple(keys[i] for i in numbers)
        kept = max(names, key=lambda name: (name in editors.keep, *_worth(items[name])))
        made.append(Group(names, kept, min(weakest.get(name, 1.0) for name in names)))
    return tuple(made)


def _worth(item: Item) -> tuple[bool, bool, int, int]:
    """Which member is printed: an editor's own, a complete one, the one with most points, the longest."""
    return not item.sources, item.complete, len(item.points), len(item.reference)
