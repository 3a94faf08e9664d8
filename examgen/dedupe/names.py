"""A tree of names, and where they stand in a text: the longest where several begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

Found = TypeVar("Found")


def _anywhere(_: int) -> bool:
    return True


class NameTree(Generic[Found]):
    """Names as sequences of units, which are characters or words, each with what it is found as."""

    def __init__(self) -> None:
        # Unit by unit; no unit is empty, so what a name is found as stands at the empty one that ends it.
        self.root: dict[str, Any] = {}

    def add(self, name: Iterable[str], found: Found) -> None:
        """Add a name; of two that are the same, the later one counts."""
        branch = self.root
        for unit in name:
            branch = branch.setdefault(unit, {})
        branch[""] = found

    def find(
        self,
        units: Sequence[str],
        onward: Callable[[int], int],
        begins: Callable[[int], bool] = _anywhere,
        ends: Callable[[int], bool] = _anywhere,
    ) -> Iterator[tuple[int, int, Found]]:
        """Find the names in a text, from the left; no two overlap.

        Args:
            units: Those of the text.
            onward: Where a name that reached up to this place goes on: there, behind what may stand between two parts
                of a name, or at ``len(units)`` where it cannot go on.
            begins: Whether a name may begin at this place.
            ends: Whether a name may end in front of this place.

        Yields:
            The places of a name's first unit and behind its last one, and what it is found as.
        """
        at = 0
        while at < len(units):
            branch = self.root.get(units[at])
            start, at = at, at + 1
            if branch is None or not begins(start):
                continue
            place, found = at, None
            while branch:
                if "" in branch and ends(place):
                    at, found = place, branch[""]
                place = onward(place)
                branch = branch.get(units[place]) if place < len(units) else None
                place += 1
            if found is not None:
                yield start, at, found
