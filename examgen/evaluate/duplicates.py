"""How well merges agree with a person's reading: pairs and B-cubed, and every pair that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Annotated

from pydantic import Field

from examgen.bank import load_bank
from examgen.build import read_members
from examgen.dedupe.decisions import match_names
from examgen.dedupe.verdict import key, named
from examgen.errors import FileError
from examgen.model import Item, Noun
from examgen.records import read_json, validated

Name = str
NamePair = tuple[Name, Name]


class GoldFile(Noun):
    """What a person decided by reading; items are named ``document#number``, as in decisions."""

    note: str = ""
    documents: dict[str, str] = Field(default={})
    groups: tuple[tuple[str, ...], ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    doubtful: tuple[Annotated[tuple[str, ...], Field(min_length=2)], ...] = Field(default=())
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


@dataclass(frozen=True)
class Comparison:
    """What a bank says of the items it was made of, beside what a person said.

    Doubtful pairs count neither way, but for B-cubed, which is of whole groups.
    """

    items: Mapping[Name, Item]
    gold: Gold
    said_same: frozenset[NamePair]
    said_related: frozenset[NamePair]

    @property
    def same(self) -> Agreement:
        return agreement(self.said_same - self.gold.doubtful, self.gold.same - self.gold.doubtful)

    @property
    def related(self) -> Agreement:
        """Of pairs that are not the same by either reading: a merge where a person saw relatives is wrong already."""
        settled = self.gold.same | self.gold.doubtful
        return agreement(self.said_related - settled, self.gold.related - self.gold.doubtful)

    @property
    def b_cubed(self) -> Agreement:
        return self.purity(self.said_same)

    def purity(self, said: frozenset[NamePair]) -> Agreement:
        """B-cubed of any method's pairs."""
        return b_cubed(said, self.gold.same, self.items)

    def wrong_pairs(self) -> dict[str, list[NamePair]]:
        """The pairs that bank and person decide differently about, by what is wrong with them."""
        gold = self.gold
        return {
            "merged, but a person says related": sorted((self.said_same & gold.related) - gold.doubtful),
            "merged, but a person says different": sorted(
                self.said_same - gold.same - gold.related - gold.doubtful,
            ),
            "not merged, but a person says same": sorted(gold.same - self.said_same - gold.doubtful),
            "not called related, but a person says related": sorted(
                gold.related - self.said_same - self.said_related - gold.doubtful
            ),
            "called related, but a person says different": sorted(
                self.said_related - gold.same - gold.related - gold.doubtful
            ),
        }


def compare_bank(bank_dir: Path, gold_path: Path) -> Comparison:
    """Lay a bank that was built of documents beside a gold file about them.

    Raises:
        FileError: either cannot be read, or they are about other documents.
    """
    items = named(read_members(bank_dir))
    bank = load_bank(bank_dir)
    by_source = {key(item): name for name, item in items.items()}
    members = {
        (item.id, item.lang): [
            by_source[place] for source in item.sources if (place := f"{source.document}#{source.number}") in by_source
        ]
        for item in bank.items
    }
    related = {
        ordered(a, b)
        for item in bank.items
        for enemy in item.enemies
        for a, b in product(members[item.id, item.lang], members.get((enemy, item.lang), ()))
    }
    return Comparison(items, load_gold(gold_path, items), pairs_of(members.values()), frozenset(related))


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

    def pairs(written: Iterable[tuple[str, str]]) -> frozenset[NamePair]:
        there = ((found[left] or left, found[right] or right) for left, right in written)
        return frozenset(ordered(left, right) for left, right in there if left != right)

    return Gold(
        same=pairs(pair for group in data.groups for pair in combinations(group, 2)),
        related=pairs(data.related),
        doubtful=pairs((entry[0], entry[1]) for entry in data.doubtful),
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
    if not names:
        return agreement(said, gold)
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
