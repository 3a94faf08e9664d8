"""Markdown and plain text."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator

from examgen.errors import ParseError
from examgen.model import Item, Source
from examgen.model import Kind as ItemKind
from examgen.parse.answer_key import Key, find_key
from examgen.parse.asking import asks, ends_asking, names_ending, names_part, speaks_of_questions
from examgen.parse.build import NO_ANSWER, build_item, follow_up
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.follow_up import FOLLOW_UP, lines_apart, outline_with_follow_ups
from examgen.parse.heads import style_of, title_of
from examgen.parse.items import HIDDEN, Draft, Habits, add_answer, draft_item, habits_of
from examgen.parse.lines import TABLE_RULE, Kind, Lexed, Piece, lex
from examgen.parse.objective import hint
from examgen.parse.outline import Outline, Span
from examgen.parse.rows import holds_questions
from examgen.parse.same_line import answers_apart
from examgen.parse.tables import Row, Table
from examgen.parse.transcript import label_turns, unlabel_stories
from examgen.parse.vocabulary import Role

MAX_LINES = 1_000_000
# Below the heading of a part, more text than this is no introduction to its questions.
MAX_INTRODUCTION_CHARS = 400
# Here a document says what it is.
FIRST_LINES = 12
ASKS_FIRST = Habits(labels_answers=True, asks_below_heading=True)
# How a whole sentence ends, and how one that goes on.
ENDS = tuple("。！？.!?；;）)】」』”\"'…：:|>}]*_`~$")
GOES_ON = tuple("，、,（(《“「『【[")
CONTENT = (Kind.TEXT, Kind.CODE, Kind.TABLE, Kind.MATH)
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
    tables = _set_apart(lexed.pieces)
    unlabel_stories(lexed.pieces)
    label_turns(lexed.pieces)
    lexed.pieces = lines_apart(lexed.pieces)
    key = find_key(lexed.pieces)
    found = Outline(key.spans, key.sections | {key.at}) if key else outline_with_follow_ups(lexed.pieces)
    mains = [span for span in found.spans if span.head.style != FOLLOW_UP]
    habits = ASKS_FIRST if key else habits_of(lexed.pieces, mains)
    if not key:
        lexed.pieces, found = answers_apart(lexed.pieces, found)
    assembly = _Assembly(lexed, found, habits, key, path, document, prefix)
    parsed = assembly.parsed()
    if parsed.items:
        return assembly.beside_tables(parsed, tables) if tables else parsed
    for piece in itertools.chain.from_iterable(tables):
        piece.kind = Kind.TABLE if piece.text.count("|") > 1 else Kind.TEXT
    return assembly.with_tables()


class _Assembly:
    """One document on its way from pieces to items."""

    def __init__(
        self, lexed: Lexed, found: Outline, habits: Habits, key: Key | None, path: str, document: str, prefix: str
    ) -> None:
        self.pieces = lexed.pieces
        self.outline = found
        self.mains = [span for span in found.spans if span.head.style != FOLLOW_UP]
        self.habits = habits
        self.path, self.document, self.prefix = path, document, prefix
        self.key = key
        self.sections = sorted(found.sections)
        self.rules: list[Rule] = [Rule.UNKNOWN] * len(self.pieces)
        self.owners = [0] * len(self.pieces)
        self.open_blocks = lexed.open_blocks
        self.problems = [Problem(path, t.line, t.found, t.fix) for t in lexed.troubles]

    def parsed(self) -> Parsed:
        self._outside()
        drafts = self._drafts()
        cut = self._breaks_off(drafts)
        items: list[Item] = []
        main: Item | None = None
        for number, (span, draft) in enumerate(drafts, 1):
            followed = main if span.head.style == FOLLOW_UP else None
            items.append(self._item(number, span, draft, followed, cut=cut and number == len(drafts)))
            main = followed or items[-1]
        self._check_numbers()
        self._check_swallowed()
        self._check_asking(items)
        lines = tuple(
            Traced(piece.line, rule, owner, piece.text)
            for piece, rule, owner in zip(self.pieces, self.rules, self.owners, strict=True)
        )
        problems = sorted(self.problems, key=lambda problem: problem.line or 0)
        return Parsed(tuple(items), tuple(problems), lines)

    def _drafts(self) -> list[tuple[Span, Draft]]:
        spans = self.outline.spans
        drafts = [draft_item(self.pieces, span, self.habits) for span in spans]
        for draft, entry in zip(drafts, self.key.entries, strict=True) if self.key else ():
            if entry:
                add_answer(draft, self.pieces, entry)
        return list(zip(spans, drafts, strict=True))

    def with_tables(self) -> Parsed:
        """The questions of a document that holds them in Markdown tables only."""
        table = Table(self.path, self.document, self.prefix)
        tables = [at for at, piece in enumerate(self.pieces) if piece.kind is Kind.TABLE]
        rest = [at for at, piece in enumerate(self.pieces) if piece.kind is not Kind.TABLE]
        for run in _runs(tables):
            table.read(_markdown_rows([self.pieces[at] for at in run]), self.path)
        lines = [Traced(self.pieces[at].line, self.rules[at], 0, self.pieces[at].text) for at in rest]
        found = table.parsed()
        texts = {self.pieces[at].line: self.pieces[at].text for at in tables}
        taken = [line._replace(text=texts[line.line]) for line in found.lines]
        merged = sorted([*taken, *lines], key=lambda line: line.line)
        return Parsed(found.items, (*self.problems, *found.problems), tuple(merged))

    def beside_tables(self, parsed: Parsed, tables: list[list[Piece]]) -> Parsed:
        """The questions of the text and those of the tables in it, in the order of the document."""
        table = Table(self.path, self.document, self.prefix)
        for pieces in tables:
            table.read(_markdown_rows(pieces), self.path)
        found = table.parsed()
        items = sorted([*parsed.items, *found.items], key=lambda item: item.sources[0].line)
        numbers = {id(item): number for number, item in enumerate(items, 1)}
        texts = {piece.line: piece.text for pieces in tables for piece in pieces}
        lines = [
            line._replace(item=numbers[id(source.items[line.item - 1])] if line.item else 0)
            for source in (parsed, found)
            for line in source.lines
            if source is found or line.line not in texts
        ]
        lines = [line._replace(text=texts.get(line.line, line.text)) for line in lines]
        problems = sorted([*parsed.problems, *found.problems], key=lambda problem: problem.line or 0)
        return Parsed(
            tuple(_numbered(item, number, self.prefix) for number, item in enumerate(items, 1)),
            tuple(problems),
            tuple(sorted(lines, key=lambda line: line.line)),
        )

    def _item(self, number: int, span: Span, draft: Draft, main: Item | None, *, cut: bool) -> Item:
        head = self.pieces[span.head.at]
        parts = draft.parts(self._hint(span))
        if main:
            parts = follow_up(parts, main)
        for at, rule in draft.rules.items():
            self.rules[at], self.owners[at] = rule, number
        source = Source(document=self.document, number=number, line=head.line)
        built = build_item(parts, item_id=f"{self.prefix}-{number:02d}", source=source)
        name = f"question {built.item.label or f'number {number}'}"
        at_end = number == len(self.outline.spans) > 1 and span.end == len(self.pieces) and not self.key
        for found, fix in built.faults:
            if found == NO_ANSWER and at_end:
                self._report_end(f"{name}, in front of its answer")
            else:
                self.problems.append(Problem(self.path, head.line, f"{name} {found}", fix))
        if cut and built.item.complete:
            self._report_end(f"the answer to {name}")
            return built.item.model_copy(update={"complete": False})
        return built.item

    def _report_end(self, where: str) -> None:
        """Say that the document ends too early, at its last line."""
        line = next((piece.line for piece in reversed(self.pieces) if piece.kind in CONTENT), 1)
        fix = "Complete it, or leave it: incomplete items enter no exam."
        self.problems.append(Problem(self.path, line, f"the document breaks off inside {where}", fix))

    def _breaks_off(self, drafts: list[tuple[Span, Draft]]) -> bool:
        """Whether the last item ends in the middle of a sentence or program, unlike the items before it."""
        if not drafts or self.key or drafts[-1][0].end < len(self.pieces):
            return False
        last = next((piece for piece in reversed(self.pieces) if piece.kind in CONTENT), None)
        if last is None or last.kind is Kind.CODE:
            return last is not None and last.line in self.open_blocks
        tail = drafts[-1][1].tail()
        if last.kind is not Kind.TEXT or len(tail) < 4 or tail.endswith(ENDS):
            return False
        whole = sum(draft.tail().endswith(ENDS) for _, draft in drafts[:-1])
        sure = tail.endswith(GOES_ON) or tail.count("`") % 2 == 1
        return sure or (len(tail) > 12 and whole >= 3 and whole >= 0.9 * (len(drafts) - 1))

    def _hint(self, span: Span) -> ItemKind | None:
        """The kind of question that the heading of an item's part of the document names."""
        above = bisect.bisect_left(self.sections, span.head.at)
        return hint(title_of(self.pieces[self.sections[above - 1]])) if above else None

    def _outside(self) -> None:
        """Say what the pieces are that belong to no item."""
        spans = self.outline.spans
        starts = [0, *(span.end for span in spans)]
        ends = [*(span.head.at for span in spans), len(self.pieces)]
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            rule = Rule.OUTRO if spans and number == len(spans) else Rule.INTRO
            for at in range(start, end):
                self.rules[at] = self._outside_rule(at, rule)
            if spans and not self.key:
                self._check_outside(start, end, rule, is_first=number == 0)

    def _outside_rule(self, at: int, otherwise: Rule) -> Rule:
        piece = self.pieces[at]
        if piece.kind in HIDDEN or piece.kind in (Kind.BLANK, Kind.BREAK):
            return HIDDEN.get(piece.kind, Rule.BLANK if piece.kind is Kind.BLANK else Rule.SEPARATOR)
        return Rule.SECTION if at in self.outline.sections or (piece.level and piece.kind is Kind.TEXT) else otherwise

    def _check_outside(self, start: int, end: int, rule: Rule, *, is_first: bool) -> None:
        """Report text that no item holds, unless it only introduces or closes."""
        loose = [at for at in range(start, end) if self.rules[at] is rule]
        if not loose:
            return
        if asking := [at for at in range(start, end) if self._is_unread_question(at)]:
            loose = [at for at in loose if at > asking[0]]
        elif is_first:
            answers = (Role.ANSWER, Role.EXPLANATION)
            loose = [at for at in loose if (label := self.pieces[at].label) and label.certain and label.role in answers]
        elif (
            rule is Rule.OUTRO and (self.rules[start] is not Rule.SECTION or names_ending(title_of(self.pieces[start])))
        ) or (rule is Rule.INTRO and sum(len(self.pieces[at].text) for at in loose) <= MAX_INTRODUCTION_CHARS):
            return
        for at in loose:
            self.rules[at] = Rule.UNKNOWN
        if loose:
            fix = "Give it a question of its own, or take it out."
            self.problems.append(Problem(self.path, self.pieces[loose[0]].line, "the text belongs to no question", fix))

    def _is_unread_question(self, at: int) -> bool:
        """Whether a heading below the title of the document ends with a question mark and begins no item."""
        piece = self.pieces[at]
        return self.rules[at] is Rule.SECTION and piece.level > 1 and ends_asking(title_of(piece))

    def _check_numbers(self) -> None:
        """A jump in the printed numbers may mean that a question was not recognised."""
        for before, after in itertools.pairwise(self.mains):
            old, new = before.head.value, after.head.value
            if before.head.style == after.head.style and old is not None and new is not None and new > old + 1:
                found = f"the numbers jump from {old} to {new}"
                fix = "Look whether a question between them was not recognised."
                self.problems.append(Problem(self.path, self.pieces[after.head.at].line, found, fix))

    def _check_swallowed(self) -> None:
        """A line that looks like the next question may stand inside an answer: say which, for a human to settle."""
        for number, span in enumerate(self.mains, 1):
            value = span.head.value
            following = self.mains[number].head.value if number < len(self.mains) else None
            if value is None or following == value + 1:
                continue
            for at in range(span.head.at + 1, span.end):
                piece = self.pieces[at]
                counts_on = piece.numbering is not None and piece.numbering.value == value + 1
                if counts_on and style_of(piece) == span.head.style and ends_asking(title_of(piece)):
                    found = f"the line looks like question {value + 1}, and was read as a part of question {value}"
                    fix = "If it is one, put an empty line in front of it and an answer below it."
                    self.problems.append(Problem(self.path, piece.line, found, fix))

    def _check_asking(self, items: list[Item]) -> None:
        """Headings that only name a subject were read as questions: in an article they are none."""
        asking = any(asks(item.question) or item.kind != "short_answer" for item in items)
        labelled = any(piece.label and piece.label.certain for piece in self.pieces)
        collects = speaks_of_questions("\n".join(piece.text for piece in self.pieces[:FIRST_LINES]))
        if items and not (asking or labelled or collects or self.key):
            found = "no line asks a question, so the headings that name a subject were read as questions"
            fix = "Look whether they are; an article holds none."
            self.problems.append(Problem(self.path, items[0].sources[0].line, found, fix))


def _numbered(item: Item, number: int, prefix: str) -> Item:
    """An item under the number that it has in the whole document."""
    sources = tuple(source.model_copy(update={"number": number}) for source in item.sources)
    return item.model_copy(update={"id": f"{prefix}-{number:02d}", "sources": sources})


def _set_apart(pieces: list[Piece]) -> list[list[Piece]]:
    """Take tables that name their questions and answers out of the text, each with the heading of a part above it."""
    tables = []
    for run in _runs([at for at, piece in enumerate(pieces) if piece.kind is Kind.TABLE]):
        if holds_questions([row.cells for row in _markdown_rows([pieces[at] for at in run])]):
            above = next((at for at in range(run[0] - 1, -1, -1) if pieces[at].kind is not Kind.BLANK), None)
            is_part = above is not None and pieces[above].kind is Kind.TEXT and names_part(title_of(pieces[above]))
            tables.append([pieces[at] for at in ([above] if above is not None and is_part else []) + run])
    for piece in itertools.chain.from_iterable(tables):
        piece.kind = Kind.BREAK
    return tables


def _runs(places: list[int]) -> list[list[int]]:
    """Places that follow each other without a gap, together."""
    runs: list[list[int]] = []
    for at in places:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _markdown_rows(pieces: list[Piece]) -> Iterator[Row]:
    """The rows of a pipe table; the line under its header is an empty row."""
    for piece in pieces:
        text = piece.text.strip().removeprefix("|") if "|" in piece.text else piece.text.strip("#* ")
        text = text.removesuffix("|")
        cells = [] if TABLE_RULE.match(piece.text) else re.split(r"(?<!\\)\|", text)
        yield Row(
            piece.line, piece.line, tuple(cell.replace("\\|", "|").replace("<br>", "\n").strip() for cell in cells)
        )
