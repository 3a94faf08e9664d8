"""What is decided about two items, and what a run of the step returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from examgen.errors import ExamgenError
from examgen.model import Item

Verdict = Literal["same", "related", "different"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two items are."""

    same: float
    """Probability that they are the same; 0 where that is out of the question."""
    related: float
    """Probability that they are the same or related."""
    reason: str


Opinion = Callable[[Item, Item], Likeness | None]
"""Somebody who judges two items, or says nothing."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A decision about two items, with its reason.

    ``same``: an exam must never hold both, and one merged reference answer serves both.
    ``related``: not the same, but one gives the other away or they overlap heavily.
    """

    left: str
    """Key of the item that comes first, see `named`."""
    right: str
    verdict: Verdict
    confidence: float
    """Probability, 0..1, that the verdict is right."""
    reason: str
    """What was shared and what differed, in words and figures."""
    by: Literal["method", "editor", "opinion"] = "method"
    review: bool = False
    """Whether a person should look at it."""


@dataclass(frozen=True)
class Conflict:
    """Two statements in the answers of one question that cannot both be right."""

    left: str
    """Key of an item."""
    right: str
    left_says: str
    right_says: str
    why: str
    """The words that disagree: ``增大 / 减小``."""


@dataclass(frozen=True)
class Group:
    """Items that ask the same."""

    members: tuple[str, ...]
    """Keys, in order; the first one gives the merged item its id."""
    kept: str
    """Key of the member whose question is printed."""
    confidence: float = 1.0
    """That of the weakest decision that holds the group together."""
    conflicts: tuple[Conflict, ...] = ()
    """Where the members' answers contradict each other; a person must choose."""


@dataclass(frozen=True)
class Duplicates:
    """All decisions about a set of items."""

    items: dict[str, Item]
    """Every item by its key, in order."""
    groups: tuple[Group, ...]
    """Every item is in exactly one group; most groups have one member."""
    pairs: tuple[Pair, ...]
    """The decisions that were made, least confident first. Items in no pair together are far apart."""
    unknown: tuple[str, ...] = ()
    """Items that editors' decisions name and that are not here."""

    @property
    def review(self) -> tuple[Pair, ...]:
        """The decisions that a person should look at, least confident first."""
        return tuple(pair for pair in self.pairs if pair.review)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Where merged answers contradict each other."""
        return tuple(conflict for group in self.groups for conflict in group.conflicts)


def named(items: Iterable[Item]) -> dict[str, Item]:
    """Items by the names that decisions know them by, in an order that does not depend on theirs.

    The name is `key`; where several items share it (translations; documents of
    one name in two folders), it is the id with the language.

    Raises:
        ExamgenError: two items of one language have the same id.
    """
    ordered = sorted(items, key=_order)
    count = Counter(key(item) for item in ordered)
    by_name: dict[str, Item] = {}
    for item in ordered:
        name = key(item) if count[key(item)] == 1 else f"{item.id}.{item.lang}"
        if name in by_name:
            raise ExamgenError(f"two items are called {name}", "Rename one, or one of their documents.")
        by_name[name] = item
    return by_name


def key(item: Item) -> str:
    """``document#number`` of an item's first source, or its id where it has none."""
    return f"{item.sources[0].document}#{item.sources[0].number}" if item.sources else item.id


def _order(item: Item) -> tuple[str, int, str, str]:
    source = item.sources[0] if item.sources else None
    return (source.document, source.number, item.id, item.lang) if source else ("", 0, item.id, item.lang)
