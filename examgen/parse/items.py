"""From the pieces of one item to its texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from examgen.model import Kind as ItemKind
from examgen.parse import objective
from examgen.parse.answer_key import Entry
from examgen.parse.asking import asks, wants_words
from examgen.parse.build import Parts
from examgen.parse.document import Rule
from examgen.parse.heads import BULLET, FIELD, PARAGRAPH, in_callout, indent_of, title_of
from examgen.parse.lines import Kind, Piece, open_fence
from examgen.parse.marks import Mark
from examgen.parse.outline import Span
from examgen.parse.points import ENTRY
from examgen.parse.vocabulary import EITHER, METADATA, PLAIN_EXPLANATION, Role

PARTS = {
    Role.QUESTION: Rule.QUESTION,
    Role.ANSWER: Rule.REFERENCE,
    Role.EXPLANATION: Rule.EXPLANATION,
    Role.RUBRIC: Rule.RUBRIC,
    Role.OPTIONS: Rule.QUESTION,
}
HIDDEN = {Kind.COMMENT: Rule.COMMENT, Kind.NOISE: Rule.NOISE}
# Up to here an answer is a letter or a few words, so that a label behind it begins something else.
SHORT_ANSWER_CHARS = 40
# Options stand within as many lines below their question.
MAX_QUESTION_LINES = 40

# Where an answer comes from, as its last line: 参考：《…》第 3 章
SOURCE = re.compile(
    r"[ >]*(?:[-*+•] +)?\**(?P<word>参考(?:资料|链接|文献|来源)?|出处|来源|references?|sources?|see also)\** *[:：]",
    re.IGNORECASE,
)
MAX_FIELD_CHARS = 120
# Fields behind the answers count where as many items have them, and this share of all.
MIN_FIELDS, SHARE_OF_FIELDS = 2, 0.5

Taken = tuple[int, int, str]
"""Index of a piece, its line, and the text of it that counts."""


@dataclass(frozen=True)
class Habits:
    """How the items of this document are usually built."""

    labels_answers: bool
    """Answers stand behind a label, so text without one is no answer."""
    asks_below_heading: bool
    """The question stands below the heading, so text there is no answer."""
    boxes_choose: bool = True
    """Ticked boxes are options; else they are lists of things to do."""
    closing_fields: frozenset[str] = frozenset()
    """Words of the fields that stand below the answers: 难度, 来源. In a single answer they are words like others."""


@dataclass
class Draft:
    """The pieces of an item, each with the part it was handed to."""

    title: str = ""
    label: str = ""
    asked_apart: bool = False
    boxes: bool = True
    """Ticked boxes are options."""
    texts: dict[Rule, list[Taken]] = field(default_factory=dict)
    chars: dict[Rule, int] = field(default_factory=dict)
    """Visible characters in each part so far."""
    metadata: dict[str, str] = field(default_factory=dict)
    rules: dict[int, Rule] = field(default_factory=dict)
    """What each piece was taken for."""

    def add(self, rule: Rule, at: int, line: int, text: str) -> None:
        self.rules[at] = rule
        self.texts.setdefault(rule, []).append((at, line, text))
        self.chars[rule] = self.chars.get(rule, 0) + len(text.strip())

    def has(self, rule: Rule) -> bool:
        return self.chars.get(rule, 0) > 0

    def parts(self, hint: ItemKind | None) -> Parts:
        """The texts, with the options taken out of the question."""
        asked = self.texts.get(Rule.QUESTION, [])
        choices = objective.find_options([text for _, _, text in asked], boxes=self.boxes)
        for at in choices.lines:
            if asked[at][2].strip():
                self.rules[asked[at][0]] = Rule.OPTION
        stem = [taken for at, taken in enumerate(asked) if at not in choices.lines]
        title, options = (self.title, choices.options) if choices.options else objective.options_on_line(self.title)
        if not options:
            stem, options = _without_options(stem)
        return Parts(
            title=title,
            question=joined(stem),
            asked_apart=self.asked_apart,
            reference=joined(self.texts.get(Rule.REFERENCE, [])),
            explanation=joined(self.texts.get(Rule.EXPLANATION, [])),
            rubric=joined(self.texts.get(Rule.RUBRIC, [])),
            label=self.label,
            options=options,
            hint=objective.hint(self.metadata.get("kind", "")) or hint,
            topic=self.metadata.get("topic", ""),
            difficulty=self.metadata.get("difficulty", ""),
            score=self.metadata.get("score", ""),
        )

    def tail(self) -> str:
        """The last text of the item."""
        last = max((parts[-1] for parts in self.texts.values() if parts), default=(0, 0, ""))
        return last[2].strip()


def _without_options(stem: list[Taken]) -> tuple[list[Taken], tuple[objective.OptionLine, ...]]:
    """A question without the options that stand behind it in the same line."""
    for index, (at, line, text) in enumerate(stem):
        asked, options = objective.options_on_line(text)
        if options:
            return [*stem[:index], (at, line, asked), *stem[index + 1 :]], options
    return stem, ()


def joined(parts: Sequence[Taken]) -> str:
    """Lines as one text; what shared a line in the document shares it again."""
    lines: list[str] = []
    last = -1
    for _, line, text in parts:
        if line == last and lines:
            lines[-1] += text
        else:
            lines.append(text)
        last = line
    start, stop = 0, len(lines)
    while start < stop and not lines[start].strip():
        start += 1
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    text = "\n".join(at_margin(lines[start:stop])).rstrip()
    return f"{text}\n{fence}" if (fence := open_fence(text)) else text


def at_margin(lines: list[str]) -> list[str]:
    """Lines without the indentation that they share.

    The first may stand behind a label and so without it; a list that begins
    there keeps its nesting.
    """
    first, rest = lines[:1], lines[1:]
    shared = min((indent_of(line) for line in rest if line.strip()), default=0)
    if first and indent_of(first[0]):
        shared = min(shared, indent_of(first[0])) if any(line.strip() for line in rest) else indent_of(first[0])
        return [line[shared:] for line in lines]
    begins = ENTRY.match(first[0]) if first else None
    goes_on = next((ENTRY.match(line) for line in rest if line.strip()), None)
    same = begins and goes_on and begins["marker"][-1] == goes_on["marker"][-1] and begins["marker"] != "-"
    if not shared or (begins and not same):
        return lines
    return first + [line[shared:] for line in rest]


def habits_of(pieces: Sequence[Piece], spans: Sequence[Span]) -> Habits:
    """Look at all items that have an answer label: where do they ask?"""
    labelled = below = 0
    for span in spans:
        answer = _answer_label(pieces, span)
        if answer is not None:
            labelled += 1
            below += any(_visible(pieces[at]) for at in range(span.head.at + 1, answer))
    return Habits(
        labels_answers=labelled * 2 > len(spans),
        asks_below_heading=below * 2 > labelled > 0,
        boxes_choose=_boxes_choose(pieces, spans),
        closing_fields=_closing_fields(pieces, spans),
    )


def _closing_fields(pieces: Sequence[Piece], spans: Sequence[Span]) -> frozenset[str]:
    """Words of fields that stand below the answers of most items."""
    words = Counter(word for span in spans for word in set(_at_end(pieces, span).values()))
    least = max(MIN_FIELDS, SHARE_OF_FIELDS * len(spans))
    return frozenset(word for word, count in words.items() if count >= least)


def _at_end(pieces: Sequence[Piece], span: Span) -> dict[int, str]:
    """The fields with which an item ends, and their words."""
    found: dict[int, str] = {}
    for at in range(span.end - 1, span.head.at, -1):
        if not _visible(pieces[at]):
            continue
        if not (word := _field(pieces[at])):
            break
        found[at] = word
    return found


def _field(piece: Piece) -> str:
    """The word of a line that names a field of the item, or nothing."""
    if piece.kind is not Kind.TEXT or len(piece.text) > MAX_FIELD_CHARS:
        return ""
    if piece.label and piece.label.role is Role.METADATA:
        return piece.label.word
    source = SOURCE.match(piece.text)
    return source["word"].lower() if source else ""


def _boxes_choose(pieces: Sequence[Piece], spans: Sequence[Span]) -> bool:
    """Whether boxes stand below questions that let choose; below 如何排查？ they are steps, some of them done."""
    words = choice = 0
    for span in spans:
        below = [piece.text for piece in pieces[span.head.at + 1 : span.end]][:MAX_QUESTION_LINES]
        if any(objective.BOXED_OPTION.match(line) for line in below):
            wants = wants_words(title_of(pieces[span.head.at]))
            words, choice = words + wants, choice + (not wants)
    return choice > 0 or words == 0


def _visible(piece: Piece) -> bool:
    return piece.kind not in (Kind.BLANK, Kind.BREAK, Kind.COMMENT, Kind.NOISE)


def _answer_label(pieces: Sequence[Piece], span: Span) -> int | None:
    """The label that the answer begins with: one at the margin before one inside a list, 答案 before 答案解析."""
    found: dict[bool, int] = {}
    either = None
    answered: bool | None = None
    for at in range(span.head.at, span.end):
        piece = pieces[at]
        if piece.kind is not Kind.TEXT or piece.label is None or piece.mark is None:
            continue
        if piece.label.word in EITHER:
            either = at if either is None and not piece.mark.indented else either
        elif piece.label.role is Role.ANSWER:
            if not piece.label.certain:
                answered = _is_answered(pieces, span, at) if answered is None else answered
                if answered:
                    continue
            found.setdefault(piece.mark.indented, at)
            if not piece.mark.indented:
                break
    return found.get(False, found.get(True, either))


def _is_answered(pieces: Sequence[Piece], span: Span, at: int) -> bool:
    """Whether a head that asks has its answer in front of a fold without a name: text that is no option."""
    between = [piece for piece in pieces[span.head.at + 1 : at] if piece.kind is Kind.TEXT]
    options = objective.find_options([piece.text for piece in between]).options
    return bool(between) and not options and asks(title_of(pieces[span.head.at]))


def draft_item(pieces: Sequence[Piece], span: Span, habits: Habits) -> Draft:
    """Hand every piece of an item to one of its parts."""
    draft = Draft(boxes=habits.boxes_choose)
    answer = _answer_label(pieces, span)
    _take_head(draft, span, pieces[span.head.at])
    mark = pieces[span.head.at].mark
    part, inset = Rule.QUESTION, Inset(mark.indent if mark else 0, in_callout(pieces, span.head.at) or _is_quoted(mark))
    asked = _question_label(pieces, span)
    begins = _answer_begins(pieces, span, draft, habits) if answer is None else -1
    closing = _at_end(pieces, span)
    if habits.closing_fields.isdisjoint(closing.values()):
        closing = {}
    for at in range(span.head.at + 1, span.end):
        piece = pieces[at]
        if piece.kind in HIDDEN:
            draft.rules[at] = HIDDEN[piece.kind]
        elif at < asked and (said := FIELD.match(piece.text)):
            draft.rules[at] = Rule.METADATA
            _say(draft, said["name"].strip().lower(), said["value"])
        elif at in closing and part is not Rule.QUESTION:
            _close(draft, at, piece)
        elif (
            not (at == begins and _is_metadata(piece))
            and piece.label
            and piece.mark
            and (role := _accepted(piece, at, part, answer, draft))
        ):
            if role is Role.METADATA:
                draft.rules[at] = Rule.METADATA
                _say(draft, piece.label.word, piece.mark.text_behind(piece.text))
                continue
            part, inset = PARTS[role], Inset(piece.mark.indent, piece.mark.quoted)
            draft.asked_apart |= role is Role.QUESTION
            draft.add(part, at, piece.line, _behind_label(piece, part))
        else:
            if part is Rule.QUESTION and at == begins:
                part = Rule.REFERENCE
            draft.add(part, at, piece.line, inset.taken_off(piece))
    _trim(draft, pieces)
    if answer is None and draft.has(Rule.EXPLANATION) and not draft.has(Rule.REFERENCE):
        _promote_explanation(draft)
    return draft


def _close(draft: Draft, at: int, piece: Piece) -> None:
    """Take a field below the answer: what it says of the question, or where the answer comes from."""
    if SOURCE.match(piece.text) or piece.mark is None or piece.label is None:
        draft.add(Rule.EXPLANATION, at, piece.line, piece.text.strip())
    else:
        draft.rules[at] = Rule.METADATA
        _say(draft, piece.label.word, piece.mark.text_behind(piece.text))


def _is_quoted(mark: Mark | None) -> bool:
    return mark is not None and mark.quoted


@dataclass(frozen=True)
class Inset:
    """How far the text behind a label stands in: indented below a list entry, or quoted."""

    indent: int = 0
    quoted: bool = False

    def taken_off(self, piece: Piece) -> str:
        """A line of that text as it would stand at the margin."""
        text = piece.text
        if self.quoted:
            text = re.sub(r"^ {0,3}> ?", "", text, count=1)
        return text[min(self.indent, indent_of(text)) :] if self.indent > 1 else text


def _take_head(draft: Draft, span: Span, head: Piece) -> None:
    mark = head.mark
    draft.label = mark.numbering.printed if mark and mark.numbering else ""
    if span.head.style == PARAGRAPH or (mark is None and span.head.style != BULLET):
        draft.add(Rule.QUESTION, span.head.at, head.line, title_of(head))
    elif head.label and not head.level:
        draft.asked_apart = True
        draft.add(Rule.QUESTION, span.head.at, head.line, title_of(head))
    else:
        draft.title = title_of(head)
        draft.rules[span.head.at] = Rule.HEADING


def _question_label(pieces: Sequence[Piece], span: Span) -> int:
    """The question label below a head, if there is one; else -1."""
    for at in range(span.head.at + 1, span.end):
        label = pieces[at].label
        if label and pieces[at].kind is Kind.TEXT and label.role in (Role.QUESTION, Role.ANSWER):
            return at if label.role is Role.QUESTION else -1
    return -1


def _accepted(piece: Piece, at: int, part: Rule, answer: int | None, draft: Draft) -> Role | None:
    """The role that a label plays at this place; None where it is only a word of the text."""
    label, mark = piece.label, piece.mark
    if label is None or mark is None or piece.kind is not Kind.TEXT:
        return None
    if at == answer:
        return Role.ANSWER
    role = Role.EXPLANATION if label.word in EITHER else label.role
    if role is Role.QUESTION:
        again = mark.bullet and draft.has(Rule.QUESTION)
        return role if part is Rule.QUESTION and not again and not mark.indented else None
    if role is Role.ANSWER:
        # A second answer label is a heading inside the answer, and stays there.
        return role if not draft.has(Rule.REFERENCE) and not mark.indented else None
    if role in (Role.METADATA, Role.OPTIONS):
        return role if part is Rule.QUESTION else None
    answered = part is Rule.REFERENCE
    short = draft.chars.get(Rule.REFERENCE, 0) <= SHORT_ANSWER_CHARS
    if (mark.bullet or mark.indented) and not (answered and short):
        return None
    if role is Role.EXPLANATION and not label.certain:
        # Where nothing labels the answer, 说明：… goes on with it.
        return role if answered and short and answer is not None else None
    return role


def _behind_label(piece: Piece, part: Rule) -> str:
    """What a label's line says; an explanation of a special kind keeps its label as a heading."""
    if piece.mark is None or piece.label is None:
        return piece.text
    if part is Rule.EXPLANATION and piece.label.word not in PLAIN_EXPLANATION:
        return piece.text
    return piece.mark.text_behind(piece.text)


def _say(draft: Draft, word: str, value: str) -> None:
    draft.metadata.setdefault(METADATA.get(word, word), value.strip(" *"))


def _answer_begins(pieces: Sequence[Piece], span: Span, draft: Draft, habits: Habits) -> int:
    """The piece that an unlabelled answer begins with; -1 where there is none.

    Below a heading that asks, everything answers. Below a question that stands in the
    text, its paragraph still asks, and the next one answers.
    """
    visible = [at for at in range(span.head.at + 1, span.end) if _visible(pieces[at])]
    while len(visible) > 1 and _is_metadata(pieces[visible[0]]):
        visible.pop(0)
    visible = visible[_options_end(pieces, visible, boxes=habits.boxes_choose) :]
    labels = [at for at in visible if (label := pieces[at].label) and label.role is Role.QUESTION]
    if habits.labels_answers:
        plain = draft.title and not labels and not habits.asks_below_heading and asks(draft.title)
        return visible[0] if plain and visible else -1
    if labels:
        visible = [at for at in visible if at > labels[0]]
    elif draft.title:
        return visible[0] if visible else -1
    if not visible or in_callout(pieces, span.head.at):
        return visible[0] if visible else -1
    end = (labels[0] if labels else span.head.at) + 1
    if not labels and not draft.has(Rule.QUESTION):
        # ## 题目一 says nothing itself, so the first paragraph below it asks.
        end = visible[0]
    while end < span.end and _visible(pieces[end]) and not pieces[end].label:
        end += 1
    return next((at for at in visible if at >= end), visible[0])


def _is_metadata(piece: Piece) -> bool:
    return piece.kind is Kind.TEXT and piece.label is not None and piece.label.role is Role.METADATA


def _options_end(pieces: Sequence[Piece], visible: list[int], *, boxes: bool) -> int:
    """How many visible pieces there are up to the last option, where options follow a head."""
    choices = objective.find_options([pieces[at].text for at in visible[:MAX_QUESTION_LINES]], boxes=boxes)
    above = visible[: min(choices.lines, default=0)]
    if not choices.lettered and any(pieces[at].kind is Kind.TEXT for at in above):
        # Boxes below text are a list of things to do.
        return 0
    return max(choices.lines) + 1 if choices.lines else 0


def add_answer(draft: Draft, pieces: Sequence[Piece], entry: Entry) -> None:
    """Add the answer that stands in the key at the document's end."""
    part = Rule.REFERENCE
    for number, (at, text) in enumerate(entry.pieces):
        piece = pieces[at]
        if piece.kind in HIDDEN:
            draft.rules[at] = HIDDEN[piece.kind]
        elif number and piece.label and piece.label.role in (Role.EXPLANATION, Role.RUBRIC):
            part = PARTS[piece.label.role]
            draft.add(part, at, piece.line, _behind_label(piece, part))
        else:
            draft.add(part, at, piece.line, text)
    _trim(draft, pieces)


def _trim(draft: Draft, pieces: Sequence[Piece]) -> None:
    """Lines drawn between items are no part of the text in front of them."""
    for parts in draft.texts.values():
        while parts and pieces[parts[-1][0]].kind in (Kind.BLANK, Kind.BREAK):
            draft.rules[parts.pop()[0]] = Rule.SEPARATOR
    for at in draft.rules:
        if pieces[at].kind is Kind.BLANK:
            draft.rules[at] = Rule.BLANK


def _promote_explanation(draft: Draft) -> None:
    """Where nothing else answers, the explanation does."""
    draft.texts[Rule.REFERENCE] = draft.texts.pop(Rule.EXPLANATION)
    for at, _, _ in draft.texts[Rule.REFERENCE]:
        if draft.rules[at] is Rule.EXPLANATION:
            draft.rules[at] = Rule.REFERENCE
