"""Documents that ask first and answer at the end, under a heading such as 参考答案 or Answer key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from examgen.parse.asking import asks, names_part
from examgen.parse.heads import Head, Style, style_of, title_of
from examgen.parse.lines import TABLE_RULE, Kind, Piece
from examgen.parse.marks import fold, read_mark
from examgen.parse.objective import find_options
from examgen.parse.outline import Span
from examgen.parse.vocabulary import Role

# 1-5 ABCDA   6～10：BBACD
RANGE = re.compile(r"(?P<first>\d{1,3}) *[-~—–～至] *(?P<last>\d{1,3}) *[.:、]? *(?P<letters>[A-H√×TF对错 ]{2,60})")
# 1.B 2.C 3、AD
SINGLE = re.compile(r"(?P<first>\d{1,3}) *[.:、)]? *(?P<letters>[A-H]{1,8}|[√×✓✗对错TF])(?=$|[\s,;。.、])")
PART_NUMBER = re.compile(r" *[一二三四五六七八九十]{1,3} *[、.:] *(?=\d)")
# What stands above the numbers and the letters of a table.
KEY_NAMES = re.compile(
    r"(?:题号|序号|题目|编号|no\.?|number|question) *(?:参考|标准|正确)?(?:答案|answer|key)", re.IGNORECASE
)
FILLING = re.compile(r"[\s,;。.、|]*")


@dataclass
class Entry:
    """The answer to one question, in the key at the end."""

    number: int
    pieces: list[tuple[int, str]] = field(default_factory=list)
    """Index of a piece and the text of it that belongs to this answer."""


@dataclass(frozen=True)
class Key:
    """Questions in front of a key, and their answers in it."""

    at: int
    """The heading of the key."""
    spans: tuple[Span, ...]
    entries: tuple[Entry | None, ...]
    """One for each span."""
    sections: frozenset[int]
    """Headings within the key."""


def find_key(pieces: Sequence[Piece]) -> Key | None:
    """Find the questions of a document that answers them at its end; None where the document is built otherwise."""
    labels = [at for at, piece in enumerate(pieces) if piece.label and piece.label.role is Role.ANSWER]
    if len(labels) != 1 or not _alone(pieces[labels[0]]):
        return None
    at = labels[0]
    entries, sections = _entries(pieces, at)
    heads = _heads(pieces, at, entries)
    asking = sum(asks(title_of(pieces[head.at])) or _has_options(pieces, head.at) for head in heads)
    if len(entries) < 2 or len(heads) < 2 or asking * 2 < len(heads):
        return None
    ends = [*(head.at for head in heads[1:]), at]
    spans = tuple(Span(head, _end(pieces, head.at, end)) for head, end in zip(heads, ends, strict=True))
    inside = {place for span in spans for place in range(span.head.at, span.end)}
    sections |= {place for place in range(at) if place not in inside and _is_section(pieces[place])}
    return Key(at, spans, _matched(heads, entries), frozenset(sections))


def _is_section(piece: Piece) -> bool:
    marked = piece.mark is not None and bool(piece.level or piece.numbering)
    return piece.kind is Kind.TEXT and marked and names_part(title_of(piece))


def _has_options(pieces: Sequence[Piece], at: int) -> bool:
    return bool(find_options([piece.text for piece in pieces[at + 1 : at + 12]]).options)


def _alone(piece: Piece) -> bool:
    label = piece.label
    return label is not None and piece.kind is Kind.TEXT and not piece.text[label.start :].strip(" \t*_#:：\u3000")


def _entries(pieces: Sequence[Piece], start: int) -> tuple[list[Entry], set[int]]:
    entries: list[Entry] = []
    sections: set[int] = set()
    grid = _grid(pieces, start)
    fresh = True
    for at in range(start + 1, len(pieces)):
        piece = pieces[at]
        if at in grid:
            entries += [Entry(number, [(at, answer)]) for number, answer in grid[at]]
            fresh = False
            continue
        text, mark = piece.text, piece.mark if piece.kind is Kind.TEXT else None
        if mark and (mark.level or mark.numbering) and names_part(mark.text_behind(text)):
            sections.add(at)
            fresh = True
            continue
        if mark and mark.numbering and (part := PART_NUMBER.match(fold(text))):
            # 二、3．×　4．√ : the answers of a part in one line with its number
            fresh, text = True, text[part.end() :]
            mark = read_mark(text)
        if piece.kind is Kind.TEXT and (compact := _compact(text)):
            entries += [Entry(number, [(at, letters)]) for number, letters in compact]
            fresh = False
            continue
        numbering = mark.numbering if mark else None
        last = entries[-1].number if entries else 0
        if mark and numbering and (numbering.value == last + 1 or (fresh and numbering.value == 1)):
            entries.append(Entry(numbering.value, [(at, text[mark.start :])]))
            fresh = False
        elif entries:
            entries[-1].pieces.append((at, piece.text))
    return entries, sections


def _grid(pieces: Sequence[Piece], start: int) -> dict[int, list[tuple[int, str]]]:
    """The answers in tables that hold a row of numbers above one of letters, or a number and its letters in each row.

    Returns:
        For the piece of a row its answers; rows of numbers or names, and the lines below them, have none.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    above: tuple[list[int], list[str]] | None = None
    for at in range(start + 1, len(pieces)):
        if pieces[at].kind is not Kind.TABLE:
            above = None
            continue
        cells = [cell.strip(" *.、") for cell in fold(pieces[at].text).strip().strip("|").split("|")]
        is_rule = TABLE_RULE.match(pieces[at].text) is not None
        if is_rule and above:
            above[0].append(at)
        elif (is_rule and at - 1 in found) or KEY_NAMES.fullmatch(" ".join(cells)):
            found[at] = []
        elif sum(cell.isdecimal() for cell in cells) > 1:
            above = [at], cells
        elif above and len(cells) == len(above[1]):
            pairs = [(number, answer) for number, answer in zip(above[1], cells, strict=True) if number.isdecimal()]
            if all(not answer or SINGLE.fullmatch(f"{number} {answer}") for number, answer in pairs):
                found |= {row: [] for row in above[0]}
                found[at] = [(int(number), answer) for number, answer in pairs if answer]
            above = None
        elif len(cells) == 2 and cells[0].isdecimal() and SINGLE.fullmatch(" ".join(cells)):
            found[at] = [(int(cells[0]), cells[1])]
    return found if any(found.values()) else {}


def _compact(line: str) -> list[tuple[int, str]]:
    """The answers of a line that holds nothing but numbers and letters; empty for any other line."""
    folded = fold(line)
    found: list[tuple[int, str]] = []
    at = 0
    while at < len(folded):
        filling = FILLING.match(folded, at)
        at = filling.end() if filling else at
        if at == len(folded):
            break
        if several := RANGE.match(folded, at):
            letters = several["letters"].replace(" ", "")
            first, last = int(several["first"]), int(several["last"])
            if len(letters) != last - first + 1:
                return []
            found += zip(range(first, last + 1), letters, strict=True)
            at = several.end()
        elif single := SINGLE.match(folded, at):
            found.append((int(single["first"]), single["letters"]))
            at = single.end()
        else:
            return []
    return found


def _heads(pieces: Sequence[Piece], stop: int, entries: Sequence[Entry]) -> list[Head]:
    """The questions in front of the key: of all styles the one whose numbers meet the most answers."""
    by_style: dict[Style, list[Head]] = {}
    for at in range(stop):
        style, numbering = style_of(pieces[at]), pieces[at].numbering
        if style and numbering and not names_part(title_of(pieces[at])):
            by_style.setdefault(style, []).append(Head(at, style, numbering.value))
    wanted = [entry.number for entry in entries]
    best: list[Head] = []
    most = 0
    for heads in by_style.values():
        met = sum(entry is not None for entry in _matched(heads, entries))
        if met > most and met * 2 > len(wanted):
            best, most = heads, met
    return best


def _matched(heads: Sequence[Head], entries: Sequence[Entry]) -> tuple[Entry | None, ...]:
    """For each head the next answer of its number."""
    found: list[Entry | None] = []
    start = 0
    for head in heads:
        at = next((i for i in range(start, min(len(entries), start + 200)) if entries[i].number == head.value), None)
        found.append(entries[at] if at is not None else None)
        start = at + 1 if at is not None else start
    return tuple(found)


def _end(pieces: Sequence[Piece], start: int, end: int) -> int:
    """A question ends in front of the heading of the next part."""
    for at in range(start + 1, end):
        if _is_section(pieces[at]):
            return at
    return end
