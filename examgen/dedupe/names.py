"""Names as sequences of units, and where they stand in a text: the longest where several begin.

A unit is a Chinese character or a word of another script. So a name of several words is found however its words are
joined, and never inside of words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

HAN = "\u3400-\u9fff\uf900-\ufaff"
Name = tuple[str, ...]
Found = TypeVar("Found")

# A word keeps what it is written with: can't, c++, A*. The particle 的 joins.
UNIT = re.compile(rf"(?!的)[{HAN}]|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)?[+#*]*")
# https is no plural, nor are class, basis and focus.
PLURAL = re.compile(r"(?=.*[aeiouy]).{3,}[^siu']s")
# What may stand between the units of a name.
BETWEEN = re.compile(r"[的\s'’.&·–—-]*")
# 非线性回归 is no 线性回归, nor is non-linear regression a linear one; 是进程而非线程 speaks of threads.
NOT = re.compile(r"(?:(?<![而并或])非|\bnon[-\s]?)$")
NOT_CHARS = 5


def units(text: str) -> Name:
    """A folded text as what names are compared by: Chinese characters, and other words without their plural."""
    return tuple(unit for _, _, unit in places(text))


# One text is asked for names of several kinds.
@functools.lru_cache(maxsize=64)
def places(text: str) -> tuple[tuple[int, int, str], ...]:
    """The units of a folded text, each with its place."""
    return tuple((match.start(), match.end(), singular(match[0])) for match in UNIT.finditer(text))


def singular(word: str) -> str:
    """An English word without its plural; what looks like one loses its end as well, which does not matter here."""
    if len(word) == 1:
        return word
    word = word.replace("’", "'")
    return word[:-1] if PLURAL.fullmatch(word) else word


class NameTree(Generic[Found]):
    """Names, each with what it is found as."""

    def __init__(self) -> None:
        # Unit by unit; no unit is empty, so what a name is found as stands at the empty one that ends it.
        self.root: dict[str, Any] = {}

    def add(self, name: Name, found: Found) -> None:
        """Add a name; of two that are the same, the later one counts."""
        branch = self.root
        for unit in name:
            branch = branch.setdefault(unit, {})
        branch[""] = found

    def find(self, text: str) -> Iterator[tuple[int, int, Found]]:
        """Find the names in a folded text, from the left; no two overlap.

        Yields:
            Where a name begins and ends, and what it is found as.
        """
        there = places(text)
        at = 0
        while at < len(there):
            first, at = at, at + 1
            branch, place = self.root.get(there[first][2]), at
            end, found = at, None
            while branch:
                if "" in branch:
                    end, found = place, branch[""]
                joined = place < len(there) and BETWEEN.fullmatch(text, there[place - 1][1], there[place][0])
                branch = branch.get(there[place][2]) if joined else None
                place += 1
            start = there[first][0]
            if found is not None and not NOT.search(text, max(0, start - NOT_CHARS), start):
                at = end
                yield start, there[end - 1][1], found
