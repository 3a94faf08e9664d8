"""The first pass over a text: lines, and which of them no heading or label may be sought in.

Code, comments, formulas and tables are told apart here, so that later passes
never mistake a comment in a program for a heading.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from enum import Enum, auto

from examgen.parse.marks import TAGS, Label, Mark, Numbering, label_alone, read_mark, read_summary
from examgen.parse.vocabulary import Role


class Kind(Enum):
    """What a line is made of, before its meaning is known."""

    BLANK = auto()
    TEXT = auto()
    CODE = auto()
    MATH = auto()
    TABLE = auto()
    BREAK = auto()
    COMMENT = auto()
    NOISE = auto()


@dataclass(slots=True)
class Piece:
    """A line, or a part of one where a line holds two things: an answer and a comment, a question and its answer."""

    line: int
    text: str
    kind: Kind
    mark: Mark | None = None

    @property
    def label(self) -> Label | None:
        return self.mark.label if self.mark else None

    @property
    def numbering(self) -> Numbering | None:
        return self.mark.numbering if self.mark else None

    @property
    def level(self) -> int:
        return self.mark.level if self.mark else 0


@dataclass(frozen=True)
class Trouble:
    """A problem at a line, before the document's name is known."""

    line: int
    found: str
    fix: str


@dataclass
class Lexed:
    """The pieces of a text, in order."""

    pieces: list[Piece] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    open_blocks: set[int] = field(default_factory=set)
    """Last lines of code blocks that are never closed."""


FENCE = re.compile(r"[ \t\u3000>]{0,40}(`{3,}|~{3,})(.*)$", re.DOTALL)
BREAK = re.compile(r"[ \t\u3000]*([-=_*~·.—─－＝…])(?:[ \t]*\1){2,}[ \t]*$")
TABLE_RULE = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?$")
# What a text generator leaves behind where it stopped: <|vq_10841|>, <|endoftext|>, </s>.
LEFTOVER = r"(?:<\|[A-Za-z0-9_/.:\-]{1,40}\|>|</?s>|<(?:eos|EOS|eot|pad)>|\[(?:EOS|PAD|SEP)\])"
LEFTOVERS = re.compile(rf"\s*(?:{LEFTOVER}\s*)+$")
LEFTOVER_AT_END = re.compile(rf"(?:{LEFTOVER}\s*)+$")
# Wrappers that fold an answer away on a web page, and anchors that an export leaves; they hold no text of their own.
WRAPPER = re.compile(
    r"\s*(?:(?:</?(?:details|summary|div|p|center|br|hr)\b[^<>]{0,200}>|<a\s+(?:name|id)=[^<>]{0,100}>\s*</a>)\s*)+$",
    re.IGNORECASE,
)
SUMMARY = re.compile(
    r"(?:<details\b[^<>]{0,200}>\s*)?<summary\b[^<>]{0,200}>\s*(?:<[a-z][^<>]{0,80}>\s*){0,4}(.{0,300}?)"
    r"\s*(?:</[^<>]{1,20}>\s*){0,4}</summary>\s*(?:<p>\s*)?",
    re.IGNORECASE,
)
# [⬆ Back to Top](#contents), <a href="#">返回目录</a>
TO_TOP = re.compile(
    r"\W*(?:back to (?:the )?top|to top|返回(?:顶部|目录)|回到?(?:顶部|目录))\W*(?:\(#[^()]{0,100}\))?\W*$",
    re.IGNORECASE,
)
# 1. [什么是索引？](#1), in a table of contents: the question itself stands elsewhere.
CONTENTS_ENTRY = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.、)])[ \t]*\[[^\[\]]{1,200}\]\(#[^()\s]{0,200}\)\s*$")
# The question stands on the next line.
CALLOUT_ALONE = re.compile(r"[ \t]{0,3}> ?\[!(?:question|faq|help)\][-+]?\s*$", re.IGNORECASE)
# Flash cards of Obsidian: 什么是索引？::目录 and a line of ? between the sides.
CARD = re.compile(r"(?<=[?？])\s{0,4}:::?\s{0,4}(?=\S)")
CARD_SIDES = ("?", "？", "??")
HTML_HEADING = re.compile(r"(\s*<h([1-6])\b[^<>]{0,200}>\s*)(.{1,300}?)(\s*</h\2>\s*)$", re.IGNORECASE)
CLOSING_WRAPPER = re.compile(r"(?:</?details>\s*)+$", re.IGNORECASE)
FORMULA_OPENING = {"$$": "$$", "\\[": "\\]"}
MAX_FORMULA_LINES = 60
MAX_FENCE_STEPS = 100
# A question, its answer and its explanation share a line; more labels than that are words.
MAX_LABELS_A_LINE = 3


def lex(text: str) -> Lexed:
    """Cut a text into pieces: every character of every line is in exactly one of them."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    lexed = Lexed()
    fences = _Fences(lines)
    comment_ends = [at for at, line in enumerate(lines) if "-->" in line]
    last_visible = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].strip()), -1)
    at = _front_matter(lines, lexed)
    while at < len(lines):
        if at in fences.openings:
            at = _fence(lines, at, fences, lexed)
        elif "<!--" in lines[at] and not _in_code_span(lines[at], lines[at].index("<!--")):
            at = _comment(lines, at, comment_ends, lexed)
        elif lines[at].lstrip()[:2] in FORMULA_OPENING:
            at = _formula(lines, at, lexed)
        else:
            _plain_line(lines, at, lexed, is_last=at == last_visible)
            at += 1
    return lexed


def _front_matter(lines: list[str], lexed: Lexed) -> int:
    """YAML between two ``---`` at the very top says things about the file, not about a question."""
    if lines and lines[0].strip() == "---":
        for end in range(1, min(len(lines), 60)):
            if lines[end].strip() in ("---", "..."):
                lexed.pieces += [Piece(at + 1, lines[at], Kind.COMMENT) for at in range(end + 1)]
                return end + 1
            if not re.match(r"[\w\s-]{1,60}:|\s*-\s|\s*#|\s*$", lines[end]):
                return 0
    return 0


def _plain_line(lines: list[str], at: int, lexed: Lexed, *, is_last: bool) -> None:
    line = lines[at]
    add = lexed.pieces.append
    if not line.strip():
        add(Piece(at + 1, line, Kind.BLANK))
    elif LEFTOVERS.match(line) or WRAPPER.match(line) or CALLOUT_ALONE.match(line) or _leads_to_top(line):
        add(Piece(at + 1, line, Kind.NOISE))
    elif BREAK.match(line):
        _underline(line, at, lexed)
    elif _is_table(lines, at):
        add(Piece(at + 1, line, Kind.TABLE))
    elif is_last and (tokens := LEFTOVER_AT_END.search(line[-400:])):
        cut = len(line) - len(line[-400:]) + tokens.start()
        _text(at + 1, line[:cut], lexed)
        add(Piece(at + 1, line[cut:], Kind.NOISE))
    elif heading := HTML_HEADING.match(line):
        add(Piece(at + 1, heading[1], Kind.NOISE))
        add(Piece(at + 1, heading[3], Kind.TEXT, read_mark(heading[3], level=int(heading[2]))))
        add(Piece(at + 1, heading[4], Kind.NOISE))
    elif "<summary" in line or "details>" in line:
        _folded(at + 1, line, lexed)
    else:
        _text(at + 1, line, lexed)


def _leads_to_top(line: str) -> bool:
    """Whether a line is nothing but a link to where the page begins."""
    links = "](#" in line or 'href="#' in line
    return links and len(line) < 300 and TO_TOP.match(TAGS.sub("", line)) is not None


def _folded(number: int, line: str, lexed: Lexed) -> None:
    """A line with the tags that fold an answer away: what they hold is text, they are not."""
    at = 0
    summary = SUMMARY.search(line)
    if summary:
        if line[: summary.start()].strip():
            _text(number, line[: summary.start()], lexed)
            at = summary.start()
        lexed.pieces.append(Piece(number, line[at : summary.start(1)], Kind.NOISE))
        lexed.pieces.append(Piece(number, summary[1], Kind.TEXT, read_summary(summary[1])))
        lexed.pieces.append(Piece(number, line[summary.end(1) : summary.end()], Kind.NOISE))
        at = summary.end()
    closing = CLOSING_WRAPPER.search(line, at)
    end = closing.start() if closing else len(line)
    if line[at:end].strip():
        _text(number, line[at:end], lexed)
        at = end
    if at < len(line):
        lexed.pieces.append(Piece(number, line[at:], Kind.NOISE))


def _text(number: int, text: str, lexed: Lexed) -> None:
    """A line of text with its mark; a line that holds a question and its answer becomes two pieces."""
    if card := CARD.search(text):
        _text(number, text[: card.start()], lexed)
        answer = label_alone(Role.ANSWER, "answer", card.end() - card.start())
        lexed.pieces.append(Piece(number, text[card.start() :], Kind.TEXT, answer))
        return
    if text.strip() in CARD_SIDES:
        lexed.pieces.append(Piece(number, text, Kind.TEXT, label_alone(Role.ANSWER, "answer", len(text))))
        return
    mark = None if CONTENTS_ENTRY.match(text) else read_mark(text)
    for _ in range(MAX_LABELS_A_LINE):
        if not mark or not mark.next_label:
            break
        lexed.pieces.append(Piece(number, text[: mark.next_label], Kind.TEXT, mark))
        text = text[mark.next_label :]
        mark = read_mark(text)
    lexed.pieces.append(Piece(number, text, Kind.TEXT, mark))


def _underline(line: str, at: int, lexed: Lexed) -> None:
    """A line of ``=`` or ``-`` right under a short line of text makes that text a heading."""
    before = lexed.pieces[-1] if lexed.pieces else None
    lone = len(lexed.pieces) < 2 or lexed.pieces[-2].kind is not Kind.TEXT
    if (
        before
        and lone
        and before.kind is Kind.TEXT
        and before.level == 0
        and not before.label
        and len(before.text) < 100
    ):
        char = line.strip()[0]
        if char in "=-" and line.strip(char).strip() == "":
            before.mark = read_mark(before.text, level=1 if char == "=" else 2)
    lexed.pieces.append(Piece(at + 1, line, Kind.BREAK))


def _is_table(lines: list[str], at: int) -> bool:
    line = lines[at].strip()
    if line.startswith("|") and line.count("|") > 1:
        return True
    if "|" not in line:
        return False
    around = lines[at : at + 2] if at == 0 else [lines[at], *lines[at + 1 : at + 2]]
    return any(TABLE_RULE.match(near) for near in around) or (
        at > 0 and "|" in lines[at - 1] and _is_table_body(lines, at)
    )


def _is_table_body(lines: list[str], at: int) -> bool:
    for above in range(at - 1, max(-1, at - 40), -1):
        if "|" not in lines[above]:
            return False
        if TABLE_RULE.match(lines[above]):
            return True
    return False


def _in_code_span(line: str, at: int) -> bool:
    return line.count("`", 0, at) % 2 == 1


def _comment(lines: list[str], at: int, ends: list[int], lexed: Lexed) -> int:
    """A line with comments, and the lines that the last of them runs over."""
    text, done = lines[at], 0
    while (start := text.find("<!--", done)) >= 0:
        _content(at + 1, text[done:start], lexed)
        stop = text.find("-->", start + 4)
        if stop < 0:
            later = bisect.bisect_right(ends, at)
            if later == len(ends):
                found = "an HTML comment is opened and never closed"
                lexed.troubles.append(Trouble(at + 1, found, "Close it with '-->'."))
                _text(at + 1, text[start:], lexed)
                return at + 1
            lexed.pieces.append(Piece(at + 1, text[start:], Kind.COMMENT))
            lexed.pieces += [Piece(line + 1, lines[line], Kind.COMMENT) for line in range(at + 1, ends[later])]
            at, start = ends[later], 0
            text = lines[at]
            stop = text.index("-->")
        lexed.pieces.append(Piece(at + 1, text[start : stop + 3], Kind.COMMENT))
        done = stop + 3
    _content(at + 1, text[done:], lexed)
    return at + 1


def _content(number: int, text: str, lexed: Lexed) -> None:
    """What stands beside comments in a line: text, or spaces that belong to none of them."""
    if text.strip():
        _text(number, text, lexed)
    elif text:
        lexed.pieces.append(Piece(number, text, Kind.NOISE))


def _formula(lines: list[str], at: int, lexed: Lexed) -> int:
    opening = lines[at].lstrip()[:2]
    closing = FORMULA_OPENING[opening]
    if closing in lines[at].lstrip()[2:]:
        lexed.pieces.append(Piece(at + 1, lines[at], Kind.MATH))
        return at + 1
    for end in range(at + 1, min(len(lines), at + MAX_FORMULA_LINES)):
        if closing in lines[end]:
            lexed.pieces += [Piece(line + 1, lines[line], Kind.MATH) for line in range(at, end + 1)]
            return end + 1
    lexed.pieces.append(Piece(at + 1, lines[at], Kind.MATH))
    return at + 1


class _Fences:
    """Where code blocks open, and where each closes."""

    def __init__(self, lines: list[str]) -> None:
        self.openings: dict[int, tuple[str, int, str]] = {}
        self._bare: dict[str, list[int]] = {"`": [], "~": []}
        self._named: dict[str, list[int]] = {"`": [], "~": []}
        for at, line in enumerate(lines):
            if "```" not in line and "~~~" not in line:
                continue
            found = FENCE.match(line)
            if not found or (found[1][0] == "`" and "`" in found[2]):
                continue
            char, info = found[1][0], found[2].strip()
            self.openings[at] = (char, len(found[1]), info)
            (self._named if info else self._bare)[char].append(at)

    def close(self, at: int) -> int | None:
        """The line that closes the fence opened at a line, if any."""
        char, length, _ = self.openings[at]
        return self._first(self._bare[char], at, length)

    def reopened(self, at: int, before: int) -> bool:
        """Whether another named block of the same fence opens inside: a sign that the first was never closed."""
        char, length, _ = self.openings[at]
        inner = self._first(self._named[char], at, length)
        return inner is not None and inner < before

    def _first(self, places: list[int], at: int, length: int) -> int | None:
        start = bisect.bisect_right(places, at)
        for place in places[start : start + MAX_FENCE_STEPS]:
            if self.openings[place][1] >= length:
                return place
        return None


def _fence(lines: list[str], at: int, fences: _Fences, lexed: Lexed) -> int:
    """A whole code block. One that is never closed ends in front of the next heading or label that no code has."""
    close = fences.close(at)
    end = len(lines) if close is None else close + 1
    if close is None or fences.reopened(at, close):
        stop = next((line for line in range(at + 1, end) if _cannot_be_code(lines[line])), end)
        if stop < end or close is None:
            found = "a code block is opened and never closed"
            lexed.troubles.append(Trouble(at + 1, found, f"Close it with '{lines[at].strip()[:3]}'."))
            lexed.open_blocks.add(stop)
        end = stop
        while end > at + 1 and not lines[end - 1].strip():
            end -= 1
    lexed.pieces += [Piece(line + 1, lines[line], Kind.CODE) for line in range(at, end)]
    return end


def _cannot_be_code(line: str) -> bool:
    """A numbered heading of level 2 and deeper, or a label: comments in programs do not look so."""
    mark = read_mark(line)
    if mark is None or mark.indented:
        return False
    if mark.label and (mark.stars or mark.level):
        return True
    if mark.level > 1 and mark.numbering:
        return True
    return bool(mark.numbering and mark.numbering.keyword) or bool(mark.label and mark.label.has_han)


def open_fence(text: str) -> str:
    """The marks that close the code block in which a text ends; empty where it ends in none."""
    fence = ""
    for line in text.split("\n") if "```" in text or "~~~" in text else ():
        found = FENCE.match(line)
        if found and not fence and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
        elif found and found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return fence
