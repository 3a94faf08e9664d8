"""Markdown and plain text."""

from __future__ import annotations

import itertools

from examgen.errors import ParseError
from examgen.model import Item, Source
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.items import Draft, build_item, draft_item, habits_of
from examgen.parse.lines import Kind, Lexed, Piece, lex
from examgen.parse.structure import Outline, Span, outline

MAX_LINES = 1_000_000
NO_QUESTIONS = "holds no question that could be told from its text"
NO_QUESTIONS_FIX = (
    "Number the questions or label their parts, as in '### 1. …', '题目：…', '答案：…'; "
    "'examgen parse --explain' shows what each line was taken for."
)


def parse_prose(text: str, *, path: str, document: str, prefix: str) -> Parsed:
    """Read questions and answers out of running text.

    Args:
        path: As the user gave it, for messages.
        document: File name, for the items' sources.
        prefix: Beginning of the items' ids.

    Returns:
        Items in the order of the document; none where the text holds no question.

    Raises:
        ParseError: the text has more lines than any document.
    """
    if text.count("\n") > MAX_LINES:
        raise ParseError(path, None, f"has more than {MAX_LINES} lines", "Split it.")
    lexed = lex(text)
    return _Assembly(lexed, outline(lexed.pieces), path, document, prefix).parsed()


class _Assembly:
    """One document on its way from pieces to items."""

    def __init__(self, lexed: Lexed, found: Outline, path: str, document: str, prefix: str) -> None:
        self.pieces = lexed.pieces
        self.outline = found
        self.path, self.document, self.prefix = path, document, prefix
        self.rules: list[Rule] = [Rule.UNKNOWN] * len(self.pieces)
        self.owners = [0] * len(self.pieces)
        self.problems = [Problem(path, t.line, t.found, t.fix) for t in lexed.troubles]

    def parsed(self) -> Parsed:
        self._outside()
        habits = habits_of(self.pieces, self.outline.spans)
        items = [
            self._item(number, span, draft_item(self.pieces, span, habits))
            for number, span in enumerate(self.outline.spans, 1)
        ]
        self._check_numbers()
        lines = tuple(
            Traced(piece.line, rule, owner, piece.text)
            for piece, rule, owner in zip(self.pieces, self.rules, self.owners, strict=True)
        )
        problems = sorted(self.problems, key=lambda problem: problem.line or 0)
        return Parsed(tuple(items), tuple(problems), lines)

    def _item(self, number: int, span: Span, draft: Draft) -> Item:
        for at, rule in draft.rules.items():
            self.rules[at], self.owners[at] = rule, number
        head = self.pieces[span.head.at]
        source = Source(document=self.document, number=number, line=head.line)
        width = max(2, len(str(len(self.outline.spans))))
        item = build_item(draft, item_id=f"{self.prefix}-{number:0{width}d}", source=source)
        if not item.complete:
            self._report_incomplete(item, span, number)
        return item

    def _report_incomplete(self, item: Item, span: Span, number: int) -> None:
        line = self.pieces[span.head.at].line
        name = item.label or f"number {number}"
        if number == len(self.outline.spans) and span.end == len(self.pieces):
            found = f"the document breaks off inside question {name}, in front of its answer"
            visible = (Kind.TEXT, Kind.CODE, Kind.TABLE, Kind.MATH)
            line = next(p.line for p in reversed(self.pieces[: span.end]) if p.kind in visible)
            self.problems.append(
                Problem(self.path, line, found, "Complete it, or leave it: incomplete items enter no exam.")
            )
        else:
            self.problems.append(
                Problem(self.path, line, f"question {name} has no answer", "Add one under a label such as '答案：'.")
            )

    def _outside(self) -> None:
        """Say what the pieces are that belong to no item."""
        first = self.outline.spans[0].head.at if self.outline.spans else len(self.pieces)
        inside: set[int] = set()
        for span in self.outline.spans:
            inside.update(range(span.head.at, span.end))
        for at, piece in enumerate(self.pieces):
            if at not in inside:
                self.rules[at] = self._outside_rule(at, piece, first)

    def _outside_rule(self, at: int, piece: Piece, first: int) -> Rule:
        by_kind = {
            Kind.BLANK: Rule.BLANK,
            Kind.COMMENT: Rule.COMMENT,
            Kind.NOISE: Rule.NOISE,
            Kind.BREAK: Rule.SEPARATOR,
        }
        if piece.kind in by_kind:
            return by_kind[piece.kind]
        if at in self.outline.sections:
            return Rule.SECTION
        if at >= self.outline.outro:
            return Rule.OUTRO
        return Rule.INTRO

    def _check_numbers(self) -> None:
        """A jump in the printed numbers may mean that a question was not recognised."""
        spans = self.outline.spans
        for before, after in itertools.pairwise(spans):
            old, new = before.head.value, after.head.value
            if before.head.style == after.head.style and old is not None and new is not None and new > old + 1:
                found = f"the numbers jump from {old} to {new}"
                fix = "Look whether a question between them was not recognised."
                self.problems.append(Problem(self.path, self.pieces[after.head.at].line, found, fix))
