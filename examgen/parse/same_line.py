"""Questions and answers that share a line become two pieces, once it is known which lines are questions."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace

from examgen.parse.answered import Split, answer_behind_colon, answer_behind_question, meaning_behind_colon
from examgen.parse.asking import defines_terms
from examgen.parse.heads import BULLET_MARK
from examgen.parse.lines import Kind, Piece
from examgen.parse.marks import label_alone
from examgen.parse.objective import find_options
from examgen.parse.outline import Outline, Span
from examgen.parse.vocabulary import Role

# Behind a heading, and above further text, what is shorter and no whole sentence belongs to the question.
MIN_ANSWER_CHARS = 20
ENDS = ("。", "！", "!", ".", "；")
LABELS = (Role.QUESTION, Role.ANSWER, Role.EXPLANATION)
VISIBLE = (Kind.TEXT, Kind.CODE, Kind.TABLE, Kind.MATH)
# As many lines of a question hold its options.
NEAR = 12


def answers_apart(pieces: Sequence[Piece], found: Outline) -> tuple[list[Piece], Outline]:
    """Cut the lines that hold a question and its answer.

    Returns:
        The pieces, and the outline with their new places.
    """
    splits = _splits(pieces, found.spans)
    cut: list[Piece] = []
    for at, piece in enumerate(pieces):
        if split := splits.get(at):
            cut += _halves(piece, split)
        else:
            cut.append(piece)
    places = sorted(splits)
    spans = tuple(
        Span(replace(span.head, at=_moved(span.head.at, places)), _moved(span.end, places)) for span in found.spans
    )
    return cut, Outline(spans, frozenset(_moved(at, places) for at in found.sections))


def _moved(at: int, places: Sequence[int]) -> int:
    return at + bisect.bisect_left(places, at)


def _splits(pieces: Sequence[Piece], spans: Sequence[Span]) -> dict[int, Split]:
    """Where to cut which heads: those of items without any other label."""
    splits: dict[int, Split] = {}
    bare: dict[int, Split | None] = {}
    defining = any(piece.kind is Kind.TEXT and defines_terms(piece.text) for piece in pieces)
    for span in spans:
        below = pieces[span.head.at + 1 : span.end]
        if any(piece.label and piece.label.role in LABELS and piece.kind is Kind.TEXT for piece in below):
            continue
        head = pieces[span.head.at]
        more = any(piece.kind in VISIBLE for piece in below)
        split = answer_behind_question(head.text, _start(head))
        if split and _is_whole(head, split, more=more):
            if not (more and find_options([piece.text for piece in below[:NEAR]]).options):
                splits[span.head.at] = split
        elif not more and not head.level:
            split = answer_behind_colon(head.text, _start(head))
            bare[span.head.at] = split or (meaning_behind_colon(head.text, _start(head)) if defining else None)
    behind_colons = {at: split for at, split in bare.items() if split}
    # One colon may stand in any question; a series of them is how the document answers.
    if len(behind_colons) > 1 and len(behind_colons) * 2 > len(bare):
        splits |= behind_colons
    return splits


def _start(head: Piece) -> int:
    if head.mark:
        return head.mark.label.start if head.mark.label else head.mark.start
    entry = BULLET_MARK.match(head.text)
    return entry.end() if entry else 0


def _is_whole(head: Piece, split: Split, *, more: bool) -> bool:
    """Whether what stands behind a question is an answer and no second half of it."""
    answer = head.text[split.start :].strip()
    bold = head.text[: split.end].rstrip().endswith("**")
    certain = bold or not (more or head.level)
    return certain or answer.rstrip("*_ ").endswith(ENDS) or len(answer) > MIN_ANSWER_CHARS


def _halves(piece: Piece, split: Split) -> tuple[Piece, Piece]:
    mark = label_alone(Role.ANSWER, "answer", split.start - split.end)
    return replace(piece, text=piece.text[: split.end]), replace(piece, text=piece.text[split.end :], mark=mark)
