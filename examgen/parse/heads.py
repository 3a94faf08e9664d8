"""Where the items of a text begin, read off from how the whole document is built.

No heading style is presumed. Every way in which lines of the document begin is
a candidate; the one that best alternates with the answers is the style of the
items (`aligned`). Lists inside answers fail that test: between their entries
stands no answer. Where nothing labels answers, headings that ask decide (`unlabelled`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from examgen.parse.lines import CALLOUT_ALONE, Kind, Piece
from examgen.parse.marks import Mark
from examgen.parse.vocabulary import KEYWORDS, Role

# A field of a record, in front of its question: - **Round**: 2
FIELD = re.compile(r"\s*[-*+] +\**(?P<name>[^*:：]{1,20})\**\s*[:：]\**\s*(?P<value>.{0,80})$")
HIDDEN = (Kind.BLANK, Kind.NOISE, Kind.COMMENT)


class Style(NamedTuple):
    """How a line begins."""

    container: str
    """``heading``, ``bold``, ``lead`` (bold at its beginning only), ``plain``, ``fold``, ``label``, ..."""
    number: str = ""
    """The kind of number, or the word of the label."""
    level: int = 0
    """Of a heading."""

    @property
    def has_keyword(self) -> bool:
        return self.number in KEYWORDS or self.number == "第"

    @property
    def is_label(self) -> bool:
        return self.container == "label"


# The first line of a paragraph that stands right in front of an answer, whatever it begins with.
PARAGRAPH = Style("paragraph")

# An entry of a list that has no numbers: the question, with its answer below it.
BULLET = Style("entry")
# What such an entry, or a callout, puts in front of its words: - [ ] …, > [!question] …
BULLET_MARK = re.compile(r"^[ \t]*[-*+•] +(?:\[[ xX]\] +)?(?=\S)")
CALLOUT_MARK = re.compile(r"^ ?> ?\[!\w+\][-+]? *(?=\S)")
QUOTE_MARK = re.compile(r"^ ?> ?(?=\S)")


@dataclass(frozen=True, slots=True)
class Head:
    """The line that an item begins with."""

    at: int
    style: Style
    value: int | None
    """Printed number, where there is one."""


def style_of(piece: Piece) -> Style | None:
    """How a piece begins, if it could begin an item."""
    mark = piece.mark
    if piece.kind is not Kind.TEXT or mark is None:
        return None
    if mark.label and not mark.numbering:
        return Style("label", mark.label.word) if mark.label.role is Role.QUESTION else None
    if mark.numbering or mark.level or mark.folds or (mark.whole_bold and not mark.bullet):
        return Style(_container(mark), mark.numbering.style if mark.numbering else "", mark.level)
    return None


def _container(mark: Mark) -> str:
    if mark.level:
        return "heading"
    if mark.folds:
        return "fold"
    if mark.bullet or mark.indented:
        return "bullet" if mark.bullet else "indent"
    if mark.stars:
        return "bold" if mark.whole_bold else "lead"
    return "quote" if mark.quoted else "plain"


def head_at(pieces: Sequence[Piece], at: int, style: Style) -> Head:
    """The head that a piece would be."""
    numbering = pieces[at].numbering
    return Head(at, style, numbering.value if numbering else None)


def title_of(piece: Piece) -> str:
    """The words of a head, without number, heading marks and bold."""
    if piece.mark:
        return piece.mark.text_behind(piece.text)
    text = CALLOUT_MARK.sub("", BULLET_MARK.sub("", piece.text, count=1), count=1)
    return QUOTE_MARK.sub("", text, count=1).strip()


def in_callout(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a line is what a callout asks: on the line of its mark, or on the next one."""
    above = pieces[at - 1].text if at else ""
    return CALLOUT_MARK.match(pieces[at].text) is not None or CALLOUT_ALONE.match(above) is not None


def indent_of(text: str) -> int:
    """How far a line stands in, in characters."""
    return len(text) - len(text.lstrip(" \t\u3000"))


def preference(style: Style) -> float:
    """A small preference for what else is equal: a heading before a label inside the same item."""
    if style == PARAGRAPH:
        return -0.4
    if style.is_label:
        return 0.0
    by_container = {"heading": 0.3, "bold": 0.2, "lead": 0.1, "plain": 0.1, "fold": 0.1}
    return by_container.get(style.container, -0.1) + (0.1 if style.has_keyword else 0.0)


def counting(pieces: Sequence[Piece], style: Style, places: Sequence[int], chosen: Sequence[int]) -> float:
    """Share of steps between chosen places that count on; 0.5 where there is nothing to count.

    A step counts on where the next number follows, or where the places in
    between lead up to it one by one. Starting again at 1 counts half: it may be
    a new part, or a list.
    """
    values = [head_at(pieces, at, style).value for at in places]
    if len(chosen) < 2 or values[0] is None:
        return 0.5
    wanted = set(chosen)
    counted = steps = 0.0
    unbroken = True
    last_chosen: int | None = None
    for index, (at, value) in enumerate(zip(places, values, strict=True)):
        goes_on = index > 0 and value == (values[index - 1] or 0) + 1
        unbroken = goes_on and (unbroken or places[index - 1] in wanted)
        if at in wanted:
            if last_chosen is not None:
                steps += 1
                counted += 1 if unbroken or value == last_chosen + 1 else 0.5 if value == 1 else 0
            last_chosen, unbroken = value, True
    return counted / steps if steps else 0.5
