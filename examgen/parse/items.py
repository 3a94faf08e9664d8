"""From the pieces of one item to the item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from examgen.model import Item, RubricPoint, Source
from examgen.parse.document import Rule
from examgen.parse.lines import Kind, Piece
from examgen.parse.marks import Label, Role
from examgen.parse.points import points_of
from examgen.parse.structure import PARAGRAPH, Span, asks, title_of, unbolded
from examgen.text import language

PARTS = {
    Role.QUESTION: Rule.QUESTION,
    Role.ANSWER: Rule.REFERENCE,
    Role.EXPLANATION: Rule.EXPLANATION,
    Role.RUBRIC: Rule.RUBRIC,
    Role.OPTIONS: Rule.OPTION,
}
# Labels that say no more than "what follows explains"; other labels of that role stay in the text.
PLAIN_EXPLANATION = (
    {"解析", "答案解析", "题目解析", "试题解析", "解析说明", "答案说明", "详细解析", "详解", "解释"}
    | {"explanation", "explanations", "rationale"}
    | {"answer explanation", "detailed explanation"}
)
# 答案解析 is the answer where no other label says answer, else the explanation.
EITHER = {"答案解析", "详解", "详细解析"}
TOPIC_WORDS = {"考点", "知识点", "考查点", "考察点", "主题", "分类", "类别", "topic", "category"}


@dataclass(frozen=True)
class Habits:
    """How the items of this document are usually built."""

    labels_answers: bool
    """Answers stand behind a label, so text without one is no answer."""
    asks_below_heading: bool
    """The question stands below the heading, so text there is no answer."""


@dataclass
class Draft:
    """An item as its texts, line by line, before they are joined."""

    title: str = ""
    label: str = ""
    texts: dict[Rule, list[tuple[int, int, str]]] = field(default_factory=dict)
    """For each part the pieces in it: index, line, text."""
    metadata: dict[str, str] = field(default_factory=dict)
    rules: dict[int, Rule] = field(default_factory=dict)
    """What each piece was taken for."""

    def add(self, rule: Rule, at: int, line: int, text: str) -> None:
        self.rules[at] = rule
        self.texts.setdefault(rule, []).append((at, line, text))

    def text(self, rule: Rule) -> str:
        return joined(self.texts.get(rule, []))


def joined(parts: Sequence[tuple[int, int, str]]) -> str:
    """Lines as one text; what shared a line in the document shares it again."""
    lines: list[str] = []
    last = -1
    for _, line, text in parts:
        if line == last and lines:
            lines[-1] += text
        else:
            lines.append(text)
        last = line
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if lines:
        lines[-1] = lines[-1].rstrip()
    return "\n".join(lines)


def habits_of(pieces: Sequence[Piece], spans: Sequence[Span]) -> Habits:
    """Look at all items that have an answer label: where do they ask?"""
    labelled = below = 0
    for span in spans:
        answer = _answer_label(pieces, span)
        if answer is not None:
            labelled += 1
            below += any(_visible(pieces[at]) for at in range(span.head.at + 1, answer))
    return Habits(labels_answers=labelled * 2 > len(spans), asks_below_heading=below * 2 > labelled > 0)


def _visible(piece: Piece) -> bool:
    return piece.kind not in (Kind.BLANK, Kind.BREAK, Kind.COMMENT, Kind.NOISE)


def _answer_label(pieces: Sequence[Piece], span: Span) -> int | None:
    either = None
    for at in range(span.head.at, span.end):
        label = pieces[at].label
        if label and pieces[at].kind is Kind.TEXT and not _inside_list(pieces[at]):
            if label.role is Role.ANSWER:
                return at
            if label.word in EITHER and either is None:
                either = at
    return either


def _inside_list(piece: Piece) -> bool:
    return piece.mark is not None and piece.mark.indented


def draft_item(pieces: Sequence[Piece], span: Span, habits: Habits) -> Draft:
    """Hand every piece of an item to one of its parts."""
    draft = Draft()
    answer = _answer_label(pieces, span)
    head = pieces[span.head.at]
    part = _take_head(draft, span, head)
    for at in range(span.head.at + 1, span.end):
        piece = pieces[at]
        if piece.kind is Kind.COMMENT:
            draft.rules[at] = Rule.COMMENT
        elif piece.kind is Kind.NOISE:
            draft.rules[at] = Rule.NOISE
        elif piece.label and (role := _accepted(piece, at, part, answer, draft)):
            if role is Role.METADATA:
                _take_metadata(draft, at, piece, piece.label)
                continue
            part = PARTS[role]
            draft.add(part, at, piece.line, _behind_label(piece, piece.label, draft, part))
        else:
            if part is Rule.QUESTION and answer is None and _answer_begins(draft, piece, span, habits):
                part = Rule.REFERENCE
            draft.add(part, at, piece.line, piece.text)
    _trim(draft, pieces)
    if not draft.text(Rule.REFERENCE) and answer is None and draft.text(Rule.EXPLANATION):
        _promote_explanation(draft)
    return draft


def _take_head(draft: Draft, span: Span, head: Piece) -> Rule:
    mark = head.mark
    draft.label = mark.numbering.printed if mark and mark.numbering else ""
    if span.head.style == PARAGRAPH:
        draft.add(Rule.QUESTION, span.head.at, head.line, head.text.strip())
    elif head.label and head.label.role is not Role.QUESTION:
        draft.add(PARTS.get(head.label.role, Rule.QUESTION), span.head.at, head.line, head.text)
    elif head.label and not head.level:
        draft.add(Rule.QUESTION, span.head.at, head.line, title_of(head))
    else:
        draft.title = title_of(head)
        draft.rules[span.head.at] = Rule.HEADING
    return Rule.QUESTION


def _accepted(piece: Piece, at: int, part: Rule, answer: int | None, draft: Draft) -> Role | None:
    """The role that a label plays at this place; None where it is only a word of the text."""
    label, mark = piece.label, piece.mark
    if label is None or mark is None or piece.kind is not Kind.TEXT or mark.indented:
        return None
    role = label.role
    if at == answer:
        return Role.ANSWER
    if role is Role.QUESTION:
        return role if part is Rule.QUESTION and not (mark.bullet and draft.text(Rule.QUESTION)) else None
    if role is Role.ANSWER:
        # A second answer label is a heading inside the answer, and stays there.
        return role if Rule.REFERENCE not in draft.texts else None
    if role is Role.METADATA:
        return role if part is Rule.QUESTION else None
    if role is Role.OPTIONS:
        return role if part is Rule.QUESTION else None
    if mark.bullet and part is Rule.REFERENCE and not _short(draft):
        return None
    if role is Role.EXPLANATION and not label.certain:
        return role if part is Rule.REFERENCE and _short(draft) else None
    return role


def _short(draft: Draft) -> bool:
    return len(draft.text(Rule.REFERENCE)) <= 40


def _behind_label(piece: Piece, label: Label, draft: Draft, part: Rule) -> str:
    if part is Rule.EXPLANATION and label.word not in PLAIN_EXPLANATION:
        return piece.text
    opened = piece.mark is not None and piece.mark.bold and not _closed_before(piece.text, label.start)
    text = piece.text[label.start :]
    if piece.level:
        text = text.rstrip().rstrip("#")
    return unbolded(text, opened=opened) if opened else text.strip()


def _closed_before(text: str, start: int) -> bool:
    return text.count("**", 0, start) % 2 == 0 and text.count("__", 0, start) % 2 == 0


def _take_metadata(draft: Draft, at: int, piece: Piece, label: Label) -> None:
    draft.rules[at] = Rule.METADATA
    draft.metadata[label.word] = unbolded(piece.text[label.start :].strip(), opened=False).strip("*_ ")


def _answer_begins(draft: Draft, piece: Piece, span: Span, habits: Habits) -> bool:
    """Whether text in an item without an answer label is its answer already."""
    if piece.kind is Kind.BLANK:
        return False
    asked = draft.text(Rule.QUESTION)
    if habits.labels_answers:
        return bool(draft.title) and not asked and not habits.asks_below_heading and asks(draft.title)
    return bool(asked or draft.title)


def _trim(draft: Draft, pieces: Sequence[Piece]) -> None:
    """Lines drawn between items are no part of the text in front of them."""
    for parts in draft.texts.values():
        while (
            parts
            and pieces[parts[-1][0]].kind in (Kind.BLANK, Kind.BREAK)
            and not parts[-1][2].strip(" \t-=_*~·.—─－＝…")
        ):
            at = parts.pop()[0]
            draft.rules[at] = Rule.BLANK if pieces[at].kind is Kind.BLANK else Rule.SEPARATOR
    for at, rule in draft.rules.items():
        if pieces[at].kind is Kind.BLANK and rule is not Rule.HEADING:
            draft.rules[at] = Rule.BLANK


def _promote_explanation(draft: Draft) -> None:
    """Where nothing else answers, the explanation does."""
    parts = draft.texts.pop(Rule.EXPLANATION)
    for at, _, _ in parts:
        if draft.rules[at] is Rule.EXPLANATION:
            draft.rules[at] = Rule.REFERENCE
    draft.texts[Rule.REFERENCE] = parts


def build_item(draft: Draft, *, item_id: str, source: Source) -> Item:
    """The item that a draft amounts to."""
    title, question = draft.title, draft.text(Rule.QUESTION)
    if not question:
        question = title
    elif title and asks(title) and not asks(question):
        question = f"{title}\n\n{question}"
    elif not title and "\n" not in question and len(question) <= 60:
        title = question
    reference = draft.text(Rule.REFERENCE)
    rubric = draft.text(Rule.RUBRIC)
    points = tuple(
        RubricPoint(id=f"p{number}", text=text)
        for number, text in enumerate(points_of(rubric or reference, f"{title}\n{question}"), 1)
    )
    return Item(
        id=item_id,
        kind="short_answer",
        lang="zh" if language(question + reference) == "zh" else "en",
        title=title,
        question=question,
        reference=reference,
        points=points,
        max_score=float(len(points)),
        topic=next((value for word, value in draft.metadata.items() if word in TOPIC_WORDS), ""),
        explanation=draft.text(Rule.EXPLANATION),
        sources=(source,),
        label=draft.label,
        complete=bool(question and reference),
    )
