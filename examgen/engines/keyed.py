"""Grading by the keys of papers that printed items and options in other orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from examgen.engines.shards import Grades
from examgen.model import Answer, Grade, Item, PaperKey
from examgen.paper import own_answers


@dataclass(frozen=True)
class KeyedGrader:
    """Turns printed letters into the items' own before another grader marks them."""

    local: Grades
    keys: Mapping[str, PaperKey]
    items: tuple[Item, ...]

    def grade(self, answers: Sequence[Answer]) -> list[Grade]:
        """One grade an answer, in their order."""
        return self.local.grade(list(own_answers(answers, self.keys, self.items)))


@dataclass(frozen=True)
class KeyedSetup:
    """Makes a `KeyedGrader`, also in another process."""

    setup: Callable[[], Grades]
    keys: Mapping[str, PaperKey]
    items: tuple[Item, ...]

    def __call__(self) -> KeyedGrader:
        return KeyedGrader(self.setup(), self.keys, self.items)
