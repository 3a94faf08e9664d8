"""What parsing gives: items, what a human should look at, and what became of every line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from examgen.model import Item


class Rule(StrEnum):
    """What a line of a document was taken for."""

    BLANK = "blank"
    INTRO = "intro"
    SECTION = "section"
    HEADING = "heading"
    QUESTION = "question"
    OPTION = "option"
    REFERENCE = "reference"
    RUBRIC = "rubric"
    EXPLANATION = "explanation"
    METADATA = "metadata"
    SEPARATOR = "separator"
    COMMENT = "comment"
    NOISE = "noise"
    OUTRO = "outro"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Problem:
    """Something in a document that a human should look at; the items are written all the same."""

    path: str
    line: int | None
    found: str
    fix: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.found}. {self.fix}"


class Traced(NamedTuple):
    """One line of a document, or a part of it, with the rule that took it."""

    line: int
    rule: Rule
    item: int
    """Ordinal of the item that holds the text; 0 where none does."""
    text: str


@dataclass(frozen=True)
class Parsed:
    """A document taken apart. Nothing of it is missing from ``lines``."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    lines: tuple[Traced, ...] = ()
