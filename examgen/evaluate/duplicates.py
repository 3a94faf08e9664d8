"""How well merges agree with a person's reading: pairs and B-cubed, and every pair that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pydantic import Field

from examgen.dedupe.decisions import match_names
from examgen.errors import FileError
from examgen.model import Noun
from examgen.records import read_json, validated

Name = str
NamePair = tuple[Name, Name]


class GoldFile(Noun):
    """What a person decided by reading; items are named ``document#number``, as in decisions."""

    note: str = ""
    documents: dict[str, str] = Field(default={})
    groups: tuple[tuple[str, ...], ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    doubtful: tuple[tuple[str, ...], ...] = Field(default=())
    """Pairs that another careful reader could take differently, each with a word on why."""


@dataclass(frozen=True)
class Gold:
    """A person's decisions on the items at hand."""

    same: frozenset[NamePair]
    related: frozenset[NamePair]
    doubtful: frozenset[NamePair]


@dataclass(frozen=True)
class Agreement:
    """Agreement of pairs, 0..1. Where nothing was said, precision is 1; where there is nothing to find, recall is."""

    precision: float
    recall: float
    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def load_gold(path: Path, names: Collection[Name]) -> Gold:
    """Read a gold file and find its items among those at hand.

    Raises:
        FileError: the file breaks the form, or names an item that is not at hand.
    """
    data = validated(GoldFile, read_json(path), path)
    wanted = {name for group in (*data.groups, *data.related, *(d[:2] for d in data.doubtful)) for name in group}
    found = match_names(wanted, names, path)
    if missing := sorted(name for name in wanted if found.get(name) is None):
        raise FileError(
            str(path), None, f"names {missing[0]!r}, which is not in the bank", "Build the bank of the same documents."
        )

    def pair(left: str, right: str) -> NamePair:
        return ordered(found[left] or left, found[right] or right)

    return Gold(
        same=frozenset(pair(a, b) for group in data.groups for a, b in combinations(group, 2)),
        related=frozenset(pair(a, b) for a, b in data.related),
        doubtful=frozenset(pair(entry[0], entry[1]) for entry in data.doubtful),
    )


def ordered(left: Name, right: Name) -> NamePair:
    """A pair in the one order that all sets of pairs use."""
    return (left, right) if left < right else (right, left)


def pairs_of(groups: Iterable[Sequence[Name]]) -> frozenset[NamePair]:
    """All pairs inside groups."""
    return frozenset(ordered(a, b) for group in groups for a, b in combinations(group, 2))


def agreement(said: Collection[NamePair], gold: Collection[NamePair]) -> Agreement:
    """Precision and recall of the pairs that were said to belong together."""
    right = len(set(said) & set(gold))
    wrong, missed = len(set(said)) - right, len(set(gold)) - right
    return Agreement(
        right / (right + wrong) if said else 1.0, right / (right + missed) if gold else 1.0, right, wrong, missed
    )


def b_cubed(said: Collection[NamePair], gold: Collection[NamePair], names: Collection[Name]) -> Agreement:
    """B-cubed precision and recall: the mean over items of how pure and how whole the item's group is.

    Source:
        Bagga & Baldwin 1998, Entity-based cross-document coreferencing using the vector space model, section 4.
    """
    said_of, gold_of = _partners(said, names), _partners(gold, names)
    common = {name: len(said_of[name] & gold_of[name]) for name in names}
    precision = sum(common[name] / len(said_of[name]) for name in names) / len(names)
    recall = sum(common[name] / len(gold_of[name]) for name in names) / len(names)
    found = agreement(said, gold)
    return Agreement(precision, recall, found.right, found.wrong, found.missed)


def _partners(pairs: Iterable[NamePair], names: Iterable[Name]) -> Mapping[Name, set[Name]]:
    partners = {name: {name} for name in names}
    for a, b in pairs:
        partners[a].add(b)
        partners[b].add(a)
    return partners
