"""The plan of a document: its items with their ends, the headings of its parts, and what stands around them."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from examgen.parse.aligned import Alignment
from examgen.parse.asking import announces_follow_ups, begins_part, names_ending, names_part, says_farewell, sums_up
from examgen.parse.heads import BULLET, BULLET_MARK, HIDDEN, Head, Style, indent_of, style_of, title_of
from examgen.parse.lines import Kind, Piece
from examgen.parse.unlabelled import heads_that_ask
from examgen.parse.vocabulary import Role

# A style heads the parts of a document where this share of its lines stands right in front of an item.
MOSTLY = 0.8
# As many questions without an answer in front of the last make a list of questions.
MIN_LISTED = 2
MAX_PART_TITLE_CHARS = 80
SKIPPED = (*HIDDEN, Kind.BREAK)


@dataclass(frozen=True)
class Span:
    """One item's pieces: head, then everything up to ``end``."""

    head: Head
    end: int


@dataclass(frozen=True)
class Outline:
    """Where the items are. All pieces outside the spans belong to the document, not to an item."""

    spans: tuple[Span, ...]
    sections: frozenset[int]
    """Pieces that are headings of parts of the document."""


def outline(pieces: Sequence[Piece]) -> Outline:
    """Find the items of a text."""
    return _Cutter(pieces, find_heads(pieces)).outline()


def find_heads(pieces: Sequence[Piece]) -> list[Head]:
    """The first piece of every item, in order."""
    by_style: dict[Style, list[int]] = defaultdict(list)
    labels: dict[Role, list[int]] = defaultdict(list)
    for at, piece in enumerate(pieces):
        if style := style_of(piece):
            by_style[style].append(at)
        if piece.label and piece.kind is Kind.TEXT and piece.label.certain:
            labels[piece.label.role].append(at)
    answers, questions = _first_of_each(pieces, labels[Role.ANSWER]), labels[Role.QUESTION]
    marks = answers if len(answers) * 3 >= len(questions) else questions
    marks = marks or labels[Role.EXPLANATION]
    heads = Alignment(pieces, by_style).heads(0, len(pieces), marks) if marks else []
    if not answers and len(questions) == 1 and len(listed := heads_that_ask(pieces, by_style)) > 1:
        # ## 问题 above a list of questions labels none of them.
        return listed
    return sorted(heads, key=lambda head: head.at) or heads_that_ask(pieces, by_style)


def _first_of_each(pieces: Sequence[Piece], labels: list[int]) -> list[int]:
    """Labels without those that follow another with nothing in between: a fold named 答案 that opens with 答案：B."""
    found: list[int] = []
    for at in labels:
        if not (found and _is_empty(pieces, found[-1], at)):
            found.append(at)
    return found


def _is_empty(pieces: Sequence[Piece], label_at: int, end: int) -> bool:
    label = pieces[label_at].label
    if label is None or end - label_at > 8 or pieces[label_at].text[label.start :].strip(" *:："):
        return False
    return all(piece.kind in HIDDEN for piece in pieces[label_at + 1 : end])


class _Cutter:
    """Turns heads into spans: an item ends where the next begins, or where a part of the document does."""

    def __init__(self, pieces: Sequence[Piece], heads: list[Head]) -> None:
        self.pieces = pieces
        self.heads = heads
        self.starts = {head.at for head in heads}
        self.titles = Counter(title_of(piece) for piece in pieces if piece.level and piece.kind is Kind.TEXT)
        self.outer = self._outer_styles()
        above = pieces[: heads[0].at] if heads else ()
        self.above = {style_of(piece) for piece in above if piece.level and piece.kind is Kind.TEXT}

    def outline(self) -> Outline:
        spans: list[Span] = []
        ends = [*(head.at for head in self.heads[1:]), len(self.pieces)]
        for head, end in zip(self.heads, ends, strict=False):
            is_last = end == len(self.pieces)
            stop = next((at for at in range(head.at + 1, end) if self._ends_item(at, end, head, is_last)), end)
            if is_last and len(spans) >= MIN_LISTED and all(self._is_bare(span) for span in spans):
                stop = next((at for at in range(head.at, stop) if self.pieces[at].kind is Kind.BLANK), stop)
            spans.append(Span(head, self._farewell(head.at, stop) if is_last else stop))
        starts = [0, *(span.end for span in spans)]
        stops = [*(span.head.at for span in spans), len(self.pieces)]
        outside = (at for start, stop in zip(starts, stops, strict=True) for at in range(start, stop))
        sections = {at for at in outside if self._is_section(at)}
        # Between two items, the line that ended the first is a heading whatever it looks like.
        sections |= {span.end for span, stop in zip(spans, stops[1:-1], strict=False) if span.end < stop}
        return Outline(tuple(spans), frozenset(sections))

    def _is_bare(self, span: Span) -> bool:
        """Whether nothing stands below a head: in a list of such, what stands apart below the last is no answer."""
        return self._is_empty_below(span.head.at, span.end)

    def _is_empty_below(self, at: int, end: int) -> bool:
        return all(self.pieces[below].kind in SKIPPED for below in range(at + 1, end))

    def _is_section(self, at: int) -> bool:
        """Whether a line outside the items is a heading."""
        piece = self.pieces[at]
        if piece.kind is not Kind.TEXT:
            return False
        if piece.mark is None:
            return begins_part(piece.text)
        return bool(piece.level) or style_of(piece) in self.outer or names_part(title_of(piece))

    def _outer_styles(self) -> set[Style]:
        """Styles of which nearly every line stands right in front of an item, the first one included.

        They are the headings of parts. The last entry of a list may stand in front of an item, too, but its
        first entry does not stand in front of the first item.
        """
        in_front: dict[Style, int] = defaultdict(int)
        total: dict[Style, int] = defaultdict(int)
        opening: set[Style] = set()
        for at, piece in enumerate(self.pieces):
            style = style_of(piece)
            if style and at not in self.starts:
                following = self._next_visible(at)
                total[style] += 1
                in_front[style] += following in self.starts
                if self.heads and following == self.heads[0].at:
                    opening.add(style)
        return {style for style in opening if in_front[style] >= MOSTLY * total[style]}

    def _next_visible(self, at: int) -> int:
        for later in range(at + 1, min(at + 6, len(self.pieces))):
            if self.pieces[later].kind not in SKIPPED:
                return later
        return -1

    def _ends_item(self, at: int, end: int, head: Head, is_last: bool) -> bool:
        """Whether a piece inside an item is the heading of the next part, and so its end."""
        piece = self.pieces[at]
        mark = piece.mark
        if piece.kind is not Kind.TEXT or (mark and mark.label):
            return False
        if head.style == BULLET and BULLET_MARK.match(piece.text):
            return indent_of(piece.text) < indent_of(self.pieces[head.at].text)
        title = title_of(piece)
        before_item = not is_last and self._next_visible(at) == end
        if mark is None:
            return before_item and (begins_part(piece.text) or announces_follow_ups(piece.text))
        if not mark.level:
            if before_item and len(title) < MAX_PART_TITLE_CHARS:
                return style_of(piece) in self.outer or names_part(title) or announces_follow_ups(title)
            return is_last and mark.whole_bold and names_ending(title)
        own = head.style.level or 7
        if mark.level < own < 7 or (own == 7 and style_of(piece) in self.above):
            # Below items that are no headings, one like those above the first item begins another part.
            return True
        # Between numbered headings, one of their level without a number is none of theirs, unless it returns.
        apart = mark.level == own and head.value is not None and not mark.numbering and self.titles[title] == 1
        ending = is_last and names_ending(title)
        return mark.level <= own and (before_item or names_part(title) or ending or apart)

    def _farewell(self, start: int, stop: int) -> int:
        """The end of the last item, in front of paragraphs that close the document."""
        while True:
            last = stop - 1
            while last > start and self.pieces[last].kind in SKIPPED:
                last -= 1
            first = last
            while first > start and self.pieces[first - 1].kind is Kind.TEXT:
                first -= 1
            sums_up_all = self._sums_up_all(start, first)
            if first <= start + 1 or not (sums_up_all or self._closes(first, last + 1)):
                return stop
            stop = first

    def _sums_up_all(self, start: int, first: int) -> bool:
        """Whether all text below the last question sums up, where others lack an answer, too: 总结：… below 反问."""
        if not sums_up(self.pieces[first].text) or any(
            piece.kind is not Kind.BLANK for piece in self.pieces[start + 1 : first]
        ):
            return False
        return any(self._is_empty_below(head.at, following.at) for head, following in itertools.pairwise(self.heads))

    def _closes(self, first: int, end: int) -> bool:
        """Whether a paragraph is no answer: it stands alone, without marks, and says farewell or sums up."""
        paragraph = self.pieces[first:end]
        if any(piece.kind is not Kind.TEXT for piece in paragraph):
            return False
        before = first - 1
        while before > 0 and self.pieces[before].kind is Kind.BLANK:
            before -= 1
        label = self.pieces[before].label
        if label and not self.pieces[before].text[label.start :].strip(" *:："):
            return False
        text = "\n".join(piece.text for piece in paragraph)
        if self.pieces[before].kind is Kind.BREAK and sums_up(text):
            return True
        alone = self.pieces[first - 1].kind in (Kind.BLANK, Kind.BREAK, Kind.NOISE)
        plain = all(piece.mark is None or piece.mark.whole_bold for piece in paragraph)
        return alone and plain and says_farewell(text)
