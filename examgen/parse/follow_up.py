"""Questions that follow up another and have an answer of their own: 追问：… 回答：…"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from examgen.parse.answered import answer_behind_question
from examgen.parse.asking import announces_follow_ups, asks, wonders
from examgen.parse.heads import HIDDEN, Head, Style, title_of
from examgen.parse.items import habits_of
from examgen.parse.lines import Kind, Piece
from examgen.parse.marks import fold, label_alone, read_mark, second_label
from examgen.parse.outline import Outline, Span, outline
from examgen.parse.vocabulary import Role

FOLLOW_UP = Style("label", "follow-up")
# 追问：…  - 追问 2：…  **Follow-up:** …
BEGINS = re.compile(
    r"[ >]*(?:[-*+•] +)?(?:#{1,6} *)?[*_]{0,3}[\[【(]?"
    r"(?:(?:面试官)?(?:继续|深入|再次|进一步)?追问|追加问题|follow[- ]?up(?: questions?)?)"
    r" *(?:\d{1,2}|[一二三四五六七八九十])?[\]】)]?[*_]{0,3} *: *[*_]{0,3} *(?=[^\s*_])",
    re.IGNORECASE,
)
HEAD_CHARS = 64


class Pair(NamedTuple):
    """Places of a question that follows up and of the label of its answer."""

    asking: int
    answering: int


def lines_apart(pieces: Sequence[Piece]) -> list[Piece]:
    """Cut the lines that hold such a question and its answer."""
    cut: list[Piece] = []
    for piece in pieces:
        found = BEGINS.match(fold(piece.text[:HEAD_CHARS])) if piece.kind is Kind.TEXT else None
        if found and (at := second_label(piece.text, found.end())):
            answer = piece.text[at:]
            cut += [replace(piece, text=piece.text[:at]), replace(piece, text=answer, mark=read_mark(answer))]
        else:
            cut.append(piece)
    return cut


def outline_with_follow_ups(pieces: Sequence[Piece]) -> Outline:
    """Find the items of a text, those included that follow up the item above them.

    The pairs are kept from view while the other items are sought, as code is:
    their labels answer none of those.
    """
    pairs = _pairs(pieces)
    lines = itertools.chain.from_iterable(range(pair.asking, pair.answering + 1) for pair in pairs)
    hidden = [pieces[at] for at in lines if pieces[at].kind is Kind.TEXT]
    for piece in hidden:
        piece.kind = Kind.CODE
    found = outline(pieces)
    for piece in hidden:
        piece.kind = Kind.TEXT
    if not pairs:
        return found
    asking = [pair.asking for pair in pairs]
    inside = [asking[bisect_right(asking, span.head.at) : bisect_left(asking, span.end)] for span in found.spans]
    if sum(map(len, inside)) < len(pairs):
        return outline(pieces)
    return Outline(_apart(pieces, found.spans, inside), found.sections)


def _pairs(pieces: Sequence[Piece]) -> list[Pair]:
    """Questions that follow up an answer, each with its own answer right below it."""
    pairs = []
    visible = [at for at, piece in enumerate(pieces) if piece.kind not in HIDDEN]
    for above, at, below, last in zip(visible, visible[1:], visible[2:], [*visible[3:], -1], strict=False):
        if pieces[at].kind is not Kind.TEXT or _is_question(pieces[above]):
            continue
        if BEGINS.match(fold(pieces[at].text[:HEAD_CHARS])):
            answer = below
        elif announces_follow_ups(pieces[at].text) and last > below and _is_plain_question(pieces[below]):
            # The question stands on the next line.
            answer = last
        else:
            continue
        if (label := pieces[answer].label) and label.role is Role.ANSWER:
            pairs.append(Pair(at, answer))
    return pairs


def _is_plain_question(piece: Piece) -> bool:
    """Whether a line asks and has no number, label or heading of its own: 追问： above Q2：… announces another item."""
    begins = piece.numbering is not None or piece.label is not None or piece.level > 0
    return piece.kind is Kind.TEXT and not begins and wonders(title_of(piece))


def _is_question(piece: Piece) -> bool:
    """Whether a line rather asks than answers: what follows up below it has the same answer as the line itself."""
    if piece.kind is not Kind.TEXT or (piece.label and piece.label.role is not Role.QUESTION):
        return False
    title = title_of(piece)
    begins = piece.mark is not None and (piece.numbering or piece.mark.whole_bold) and not piece.mark.bullet
    asked = wonders(title) or (begins and asks(title))
    return piece.level > 0 or piece.label is not None or (asked and not answer_behind_question(title))


def _apart(pieces: Sequence[Piece], spans: Sequence[Span], inside: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    """Spans without what follows up their answers, and behind each the spans of that.

    Args:
        inside: For each span the questions in it that follow up.
    """
    mains = [replace(span, end=asking[0]) if asking else span for span, asking in zip(spans, inside, strict=True)]
    labels_answers = habits_of(pieces, mains).labels_answers
    found: list[Span] = []
    for whole, main, asking in zip(spans, mains, inside, strict=True):
        answered = any(piece.label and piece.label.role is Role.ANSWER for piece in pieces[main.head.at : main.end])
        if not asking or (labels_answers and not answered):
            found.append(whole)
            continue
        found.append(main)
        for at, end in zip(asking, [*asking[1:], whole.end], strict=True):
            begins = BEGINS.match(fold(pieces[at].text[:HEAD_CHARS]))
            pieces[at].mark = label_alone(Role.QUESTION, "follow-up", begins.end() if begins else len(pieces[at].text))
            found.append(Span(Head(at, FOLLOW_UP, None), end))
    return tuple(found)
