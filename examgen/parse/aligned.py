"""Heads of a document whose answers are labelled: the style that alternates with the labels."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from examgen.parse.asking import asks, names_ending, names_opening, names_part, tells_case
from examgen.parse.heads import FIELD, HIDDEN, PARAGRAPH, Head, Style, counting, head_at, preference, style_of, title_of
from examgen.parse.lines import Kind, Piece
from examgen.parse.vocabulary import Role

# Documents that are glued together of parts in different styles are taken apart to this depth.
MAX_DEPTH = 6
# What a style is judged by. That every answer has its head (1) outweighs all else; then that its numbers count on, so
# that the last entries of lists lose; that it has no other lines; and that its lines ask. The weights were set by
# hand; +-30 % on any of them changes nothing in tests/parse (styles with 600 examples, samples, seeds).
COUNTING, PRECISION, ASKING = 0.7, 0.5, 0.3
NEAR = 12
MAX_CASE_LINES = 40


class Alignment:
    """The heads of one document, found in front of its answer labels."""

    def __init__(self, pieces: Sequence[Piece], by_style: dict[Style, list[int]]) -> None:
        self.pieces = pieces
        self.by_style = by_style

    def heads(
        self, start: int, stop: int, marks: Sequence[int], parent: Head | None = None, depth: int = 0
    ) -> list[Head]:
        """Heads in a stretch of the document, each in front of one of the marks.

        Args:
            marks: The labels in it, in order.
            parent: The head of the item that the stretch would otherwise belong to.
        """
        best: tuple[float, Style, list[int], list[int]] | None = None
        for style, inside, before in self._candidates(start, stop, marks, parent):
            score = self._score(style, inside, before, marks)
            if best is None or score > best[0]:
                best = (score, style, inside, before)
        if best is None or depth > MAX_DEPTH:
            return []
        _, style, inside, before = best
        chosen = before if style == PARAGRAPH else self._filled(style, inside, before)
        heads = [head_at(self.pieces, at, style) for at in chosen]
        if style.is_label:
            heads = self._begun(heads, start)
        return heads + self._rest(heads, start, stop, marks, depth)

    def _candidates(
        self, start: int, stop: int, marks: Sequence[int], parent: Head | None
    ) -> list[tuple[Style, list[int], list[int]]]:
        """Styles with their places in a stretch, and the last place in front of each mark."""
        found = []
        for style, places in self.by_style.items():
            inside = places[bisect.bisect_left(places, start) : bisect.bisect_left(places, stop)]
            before = _before_each(inside, marks) if inside else []
            if before and (parent is None or self._may_stand_beside(style, before, parent)):
                found.append((style, inside, before))
        leads = self._leads(start, marks) if parent is None else []
        return [*found, (PARAGRAPH, leads, leads)] if leads else found

    def _score(self, style: Style, places: list[int], before: list[int], marks: Sequence[int]) -> float:
        """How well a style alternates with the marks, counts on, and looks like what people number questions with."""
        titles = [title_of(self.pieces[at]) for at in before]
        recall = len(before) / len(marks)
        if style != PARAGRAPH and not style.is_label:
            # The same words over and over head a section of every item, not the items.
            recall *= max(len(set(titles)) / len(titles), 0.2)
        return (
            recall
            + PRECISION * len(before) / len(places)
            + COUNTING * counting(self.pieces, style, places, before)
            + ASKING * sum(map(asks, titles)) / len(titles)
            - sum(map(names_part, titles)) / len(titles)
            + preference(style)
        )

    def _may_stand_beside(self, style: Style, places: list[int], parent: Head) -> bool:
        """Whether a style may begin items of its own beside those of another style."""
        if style.is_label or style.has_keyword or 0 < style.level <= parent.style.level:
            return True
        value = head_at(self.pieces, places[0], style).value
        if value is not None and parent.value is not None and value == parent.value + 1:
            return True
        return sum(asks(title_of(self.pieces[at])) for at in places) * 2 > len(places)

    def _rest(self, heads: list[Head], start: int, stop: int, marks: Sequence[int], depth: int) -> list[Head]:
        """Heads of another style in stretches that hold more answers than one item can."""
        ends = [*(head.at for head in heads), stop]
        found = self._between(start, ends[0], marks, heads[0], depth)
        for head, end in zip(heads, ends[1:], strict=True):
            first = bisect.bisect_left(marks, head.at)
            if first < len(marks) and marks[first] < end:
                found += self._between(marks[first] + 1, end, marks, head, depth)
        return found

    def _between(self, start: int, stop: int, marks: Sequence[int], parent: Head, depth: int) -> list[Head]:
        inside = marks[bisect.bisect_left(marks, start) : bisect.bisect_left(marks, stop)]
        return self.heads(start, stop, inside, parent, depth + 1) if inside else []

    def _begun(self, heads: list[Head], start: int) -> list[Head]:
        """Heads of items whose questions are labelled, moved up to where the items begin."""
        headed = [self._with_heading(head, start) for head in heads]
        # A heading above few of the labels is that of a part.
        if sum(a != b for a, b in zip(heads, headed, strict=True)) * 2 > len(heads):
            return headed
        with_cases = [self._with_case(head, start) for head in heads]
        # Below the first answer a case may as well be an example in it; above the first question it is none.
        many = sum(a != b for a, b in zip(heads, with_cases, strict=True)) * 2 > len(heads)
        return with_cases if many and with_cases[0] != heads[0] else heads

    def _with_case(self, head: Head, start: int) -> Head:
        """A question label's item begins where the case is told that it asks about: 案例一, 材料：…."""
        for at in range(head.at - 1, max(start, head.at - MAX_CASE_LINES) - 1, -1):
            piece = self.pieces[at]
            if piece.label:
                break
            if piece.kind is Kind.TEXT and tells_case(piece.text):
                return Head(at, PARAGRAPH, None)
        return head

    def _with_heading(self, head: Head, start: int) -> Head:
        """A question label's item begins at the heading above it, where only other fields stand between."""
        for at in range(head.at - 1, max(start, head.at - NEAR) - 1, -1):
            piece = self.pieces[at]
            if piece.kind is Kind.TEXT and piece.level and not piece.label:
                return Head(at, style_of(piece) or head.style, None)
            if piece.kind not in HIDDEN and not (piece.kind is Kind.TEXT and FIELD.match(piece.text)):
                break
        return head

    def _leads(self, start: int, marks: Sequence[int]) -> list[int]:
        """The first lines of the paragraphs right in front of the marks."""
        leads = []
        floor = start
        for mark in marks:
            at = mark
            while at > floor and self.pieces[at - 1].kind is Kind.BLANK:
                at -= 1
            first = at
            while first > floor and self.pieces[first - 1].kind not in (Kind.BLANK, Kind.BREAK):
                first -= 1
            if first < at:
                leads.append(first)
            floor = mark + 1
        return leads

    # -- heads without an answer ---------------------------------------------------------------------------------

    def _filled(self, style: Style, places: list[int], before: list[int]) -> list[int]:
        """Add heads without an answer where the numbers, or the words, say that an item begins there."""
        taken = set(before)
        # Heads that all stand below an empty line are told by it from the entries of a list.
        spaced = all(self._is_apart(at) for at in before)
        previous: int | None = None
        for index, at in enumerate(places):
            if at not in taken:
                last = places[index - 1] if index else None
                next_one = bisect.bisect_right(before, at)
                following = before[next_one] if next_one < len(before) else None
                part_of_list = last is not None and last not in taken and self._counts_on(last, at)
                alike = self._is_apart(at) or not spaced
                if part_of_list and not (alike and following is None and self._leaves_list(at, previous)):
                    continue
                if not self._fits(style, at, previous, following) and not (
                    self._is_empty(style, at) or (alike and self._follows(at, last, previous))
                ):
                    continue
                taken.add(at)
            previous = at
        return sorted(taken)

    def _leaves_list(self, at: int, previous: int | None) -> bool:
        """Whether a line that counts on from a list counts on from the head above it and asks: 4、… behind 3、"""
        return previous is not None and self._counts_on(previous, at) and asks(title_of(self.pieces[at]))

    def _follows(self, at: int, last: int | None, previous: int | None) -> bool:
        """Whether a line that does not ask is the next of the series, with no list between: 6、反问 behind item 5."""
        if last is None or last != previous or not self._counts_on(last, at) or not self._may_ask(at):
            return False
        # 答：1、… begins a list on the line of its label, and 2、… goes on with it.
        begun = re.compile(rf"(?<![\d(（]){self._value(last)} *[.．、)）]")
        return not any(begun.search(piece.text) for piece in self.pieces[last + 1 : at] if piece.kind is Kind.TEXT)

    def _is_empty(self, style: Style, at: int) -> bool:
        """Whether nothing stands below an unnumbered heading, the last of all; elsewhere an empty one heads a part."""
        if not style.level or style.number or not self._may_ask(at):
            return False
        return all(piece.kind in HIDDEN for piece in self.pieces[at + 1 : at + NEAR])

    def _may_ask(self, at: int) -> bool:
        """Whether a title could be a question's: it names no part, and not what stands around all parts."""
        title = title_of(self.pieces[at])
        return bool(title) and not (names_part(title) or names_ending(title) or names_opening(title))

    def _is_apart(self, at: int) -> bool:
        """Whether a line stands below an empty one, or is the first."""
        return at == 0 or self.pieces[at - 1].kind is Kind.BLANK

    def _value(self, at: int | None) -> int | None:
        numbering = self.pieces[at].numbering if at is not None else None
        return numbering.value if numbering else None

    def _counts_on(self, earlier: int, later: int) -> bool:
        first, second = self._value(earlier), self._value(later)
        return first is not None and second is not None and second == first + 1

    def _fits(self, style: Style, at: int, previous: int | None, following: int | None) -> bool:
        """Whether a place without an answer is a head all the same."""
        title = title_of(self.pieces[at])
        tells = asks(title) or self._question_follows(at)
        value, before, after = self._value(at), self._value(previous), self._value(following)
        if value is None:
            return bool(title) and (tells or style.is_label)
        between = before is not None and after is not None and before < value < after
        if not (between or tells or style.level or style.has_keyword):
            return False
        if previous is None:
            return after is not None and value < after
        return between or ((after is None or after <= (before or 0)) and value == (before or 0) + 1)

    def _question_follows(self, at: int) -> bool:
        for piece in self.pieces[at + 1 : at + 6]:
            if piece.label:
                return piece.label.role is Role.QUESTION
            if style_of(piece):
                return False
        return False


def _before_each(places: Sequence[int], marks: Sequence[int]) -> list[int]:
    """For each mark the last place in front of it (or at it), where one stands behind the mark before."""
    found = []
    floor = -1
    for mark in marks:
        index = bisect.bisect_right(places, mark) - 1
        if index >= 0 and places[index] > floor:
            found.append(places[index])
        floor = mark
    return found
