"""Rubric points out of a model answer: what a grader looks for, one statement each.

The author's own structure decides: list entries, paragraphs that begin in
bold, rows of a table, else sentences. Sentences that only announce what
follows, code, and repetitions of a point are no points.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from examgen.parse.asking import ends_asking, wants_list, wants_meaning
from examgen.parse.lines import FENCE, TABLE_RULE
from examgen.text import has_han, sentences

# More points than any marker can look for; a list of this length is data, not a rubric.
MAX_POINTS = 60
# Nor does anybody write an answer of this length; what comes behind stays in the answer and gives no points.
MAX_ANSWER_CHARS = 50_000
# Share of a point's character pairs that stand in an earlier point; above it the point says nothing new.
# In the seed documents restated advantages and drawbacks lie above 0.75, new ones below 0.65.
REPEATED = 0.7
# A group's title goes in front of its points, unless it is a sentence.
MAX_TITLE_CHARS = 14

WORD = re.compile(r"[^\W_]+")
TERM_END = re.compile(r"[与和及、/&]|\band\b")
IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
HEADING = re.compile(r" {0,3}(#{1,6})(?: +|(?=[\u4e00-\u9fff\d]))")
ENTRY = re.compile(
    r"(?P<indent>[ \t\u3000]*)(?P<marker>[-*+•●▪·]|\d{1,3}[.)、．）]|[(（]\d{1,3}[)）]|[①-⑳]|[a-zA-Z][.)](?=[ \t]))"
    r"(?P<gap>[ \t\u3000]*)(?P<text>.*)$",
    re.DOTALL,
)
HEADED = re.compile(r"\s*(\*\*|__)(?P<head>.{1,120}?)\1(?P<rest>.*)$", re.DOTALL)
NUMBER = re.compile(r"\s*(?:\d{1,3}[.)、．）:：]|[(（]\d{1,3}[)）]|[①-⑳]|[一二三四五六七八九十]{1,3}[、.．])\s*")
EMPHASIS = re.compile(r"\*\*|__(?=\S)|(?<=\S)__")
PROTECTED = re.compile(r"(`[^`]*`|\$[^$\n]*\$|\\\(.*?\\\)|\\\[.*?\\\])", re.DOTALL)
ANNOUNCES = re.compile(
    r"(?:[:：]|如下|(?:[^没]有|包括|包含|分为)(?=$)|以下几[种个点类方]\w{0,4}|the following|as follows)\s*[。.]?\s*$",
    re.IGNORECASE,
)
DEFINES = re.compile(
    r"是指|指的是|是一种|是一个|是一类|是将|是通过|旨在|用于|定义为|即|"
    r"\bis an?\b|\bare\b|\brefers? to\b|\bmeans\b|\bis the\b|\bdenotes?\b",
    re.IGNORECASE,
)
SUMMARISES = re.compile(
    r"\W*(?:总之|综上|总的来说|总体而言|因此，选择|in summary|in conclusion|overall)", re.IGNORECASE
)
REFERS_BACK = re.compile(
    r"[\s“\"]*(?:它们?|他们|这[些个种样也会是使]?|那[些么]|其[中次他]?|该|此外?|并且|而且|但是?|然而|因此|所以|从而|同时|另外|例如|比如|如[，,]|"
    r"否则|随后|然后|接着|最后|不过|反之|相反|"
    r"(?:this|these|it|its|they|their|that|such|then|however|therefore|thus|hence|moreover|"
    r"also|but|so|for example|e\.g\.|otherwise|in contrast)\b)",
    re.IGNORECASE,
)
PROS_AND_CONS = re.compile(
    r"优缺点|优点[与和及]缺点|优劣势?|优势[与和及]劣势|利弊|pros (?:and|&) cons|advantages and disadvantages",
    re.IGNORECASE,
)
CONTAINS = re.compile(r"(?:主要)?(?:包括|包含|有|分为|如下)?(?:以下)?(?:几[种个点类]?(?:方面|方法|种)?)?[:：]?$")


@dataclass(slots=True)
class Block:
    """A paragraph, list entry, heading or table of an answer."""

    kind: str
    text: str = ""
    indent: int = 0
    head: str = ""
    level: int = 0
    children: list[Block] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def points_of(reference: str, question: str) -> list[str]:
    """The statements that a model answer consists of, each readable by itself.

    Args:
        reference: Markdown of the answer.
        question: Decides whether the sentence that opens an answer is asked for.

    Returns:
        Plain text without emphasis; formulas and inline code stay. Empty where there is nothing but code.
    """
    found: list[str] = []
    for group, text in _statements(_blocks(reference[:MAX_ANSWER_CHARS]), question):
        text = text.strip().rstrip("；;，,")
        if (
            not WORD.search(text)
            or ends_asking(text)
            or text in found
            or (group > 0 and any(_repeats(text, other) for other in found))
        ):
            continue
        found.append(text)
        if len(found) == MAX_POINTS:
            break
    return found


def _pairs(text: str) -> frozenset[str]:
    letters = "".join(WORD.findall(text)).casefold()
    return frozenset(map("".join, itertools.pairwise(letters))) or frozenset(letters)


def _repeats(text: str, earlier: str) -> bool:
    """Whether a point only repeats an earlier one: about the same subject, and in the same words."""
    subject, colon, _ = text.partition("：")
    terms = TERM_END.split(IN_BRACKETS.sub("", subject)) if colon else []
    if any(term.casefold().strip() not in earlier.casefold() for term in terms):
        return False
    mine = _pairs(text)
    return len(mine & _pairs(earlier)) >= REPEATED * len(mine)


# -- blocks ----------------------------------------------------------------------------------------------------------


def _blocks(text: str) -> list[Block]:
    """Cut an answer into blocks; entries of nested lists hang below their parents."""
    roots: list[Block] = []
    stack: list[Block] = []
    open_block: Block | None = None
    after_blank = True
    fence = ""
    table: Block | None = None
    for line in text.split("\n"):
        opening = FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not opening[2].strip():
                fence = ""
            continue
        if opening:
            fence = opening[1]
            after_blank = False
            continue
        stripped = line.strip()
        if not stripped:
            after_blank, table = True, None
            continue
        indent = _width(line)
        if stripped.startswith("|") and stripped.count("|") > 1:
            if table is None:
                table = Block("table", indent=indent)
                roots.append(table)
            if not TABLE_RULE.match(line):
                table.rows.append([cell.strip() for cell in stripped.strip("|").split("|")])
            open_block, after_blank = None, False
            continue
        table = None
        if heading := HEADING.match(line):
            stack, open_block = [], None
            title = stripped.lstrip("#").strip()
            roots.append(Block("heading", _plain(title), level=len(heading[1])))
        elif entry := _entry(line):
            while stack and stack[-1].indent >= indent:
                stack.pop()
            open_block = Block("entry", entry, indent=indent)
            (stack[-1].children if stack else roots).append(open_block)
            stack.append(open_block)
        elif open_block is not None and not (after_blank and not _belongs(open_block, indent)):
            if not after_blank and open_block.kind == "para" and HEADED.match(line):
                open_block = Block("para", stripped, indent=indent)
                roots.append(open_block)
            else:
                open_block.text = _joined(open_block.text, stripped)
        elif stripped.startswith(("\\[", "$$")) and roots and roots[-1].kind in ("para", "entry"):
            last = stack[-1] if stack else roots[-1]
            last.text = _joined(last.text, stripped)
            open_block = last
        else:
            stack = []
            open_block = Block("para", stripped, indent=indent)
            roots.append(open_block)
        after_blank = False
    return roots


def _entry(line: str) -> str | None:
    """The text of a list entry, or None. A number needs a space or a Han character behind it."""
    found = ENTRY.match(line)
    if not found or not found["text"].strip():
        return None
    marker, gap, text = found["marker"], found["gap"], found["text"]
    if marker in "-*+" and not gap:
        return None
    if marker[-1] in ".)" and not gap and text[0].isdigit():
        return None
    return text.strip()


def _belongs(block: Block, indent: int) -> bool:
    """Whether a line behind an empty one goes on with the block: indented text of an entry."""
    return block.kind == "entry" and indent > block.indent + 1


def _width(line: str) -> int:
    width = 0
    for char in line:
        if char == " ":
            width += 1
        elif char == "\t":
            width += 4
        elif char == "\u3000":
            width += 2
        else:
            break
    return width


def _joined(left: str, right: str) -> str:
    """Two lines of one paragraph; between Han characters a line break means nothing."""
    if not left or not right:
        return left + right
    tight = ord(left[-1]) > 0x2E7F and ord(right[0]) > 0x2E7F
    return left + ("" if tight else " ") + right


def _plain(text: str) -> str:
    """A text without emphasis and number; formulas and code stay as they are."""
    parts = PROTECTED.split(text)
    parts[::2] = [EMPHASIS.sub("", part) for part in parts[::2]]
    return re.sub(r"：[ \t]+", "：", "".join(parts)).strip()


# -- statements ------------------------------------------------------------------------------------------------------


def _statements(blocks: list[Block], question: str) -> Iterator[tuple[int, str]]:
    """Number of the group that a statement belongs to, and the statement."""
    group = -1
    title = ""
    fresh = True
    opening = True
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.kind == "heading":
            title, group, fresh = NUMBER.sub("", block.text, count=1).rstrip(":："), group + 1, False
        elif block.kind == "table":
            group += fresh
            yield from ((max(group, 0), text) for text in _rows(block, title))
        elif block.kind == "entry":
            group = max(group, 0)
            yield from ((group, text) for text in _entry_statements(block, _prefix(title)))
        else:
            head, rest = _headed(block.text)
            structured = following is not None and (
                following.kind in ("entry", "table") or bool(_headed(following.text)[0])
            )
            if head and not rest:
                title, group = head, group + 1
            elif head:
                group = max(group, 0)
                if ANNOUNCES.search(rest) and structured:
                    title, group = head, group + 1
                    rest = _without_announcement(rest)
                if rest:
                    yield group, _labelled(_prefix(title) if head != title else "", f"{head}：{_plain(rest)}")
            else:
                stays = (
                    _without_announcement(_plain(block.text))
                    if structured or ANNOUNCES.search(block.text)
                    else _plain(block.text)
                )
                announced = _plain(block.text)[len(stays) :].strip()
                wanted = bool(stays) and (
                    stays == _plain(block.text)
                    or DEFINES.search(stays) is not None
                    or wants_meaning(question)
                    or not wants_list(question)
                )
                if wanted and not SUMMARISES.match(stays):
                    yield from ((max(group, 0), _labelled(_prefix(title), text)) for text in _prose(stays))
                if announced and structured:
                    title = "" if opening else _short(announced)
                    group += 1
            opening = False


def _headed(text: str) -> tuple[str, str]:
    """The bold words that a paragraph begins with, and the rest; empty where it does not begin in bold."""
    found = HEADED.match(text)
    if not found:
        return "", text
    head = NUMBER.sub("", found["head"], count=1).strip()
    rest = found["rest"].strip()
    numbered = head != found["head"].strip()
    colon = numbered or head.endswith((":", "：")) or rest.startswith((":", "：", "-", "—", "–"))
    if not colon and rest:
        return "", text
    return head.rstrip(":： "), rest.lstrip(":：-—– ").strip()


def _entry_statements(block: Block, prefix: str) -> Iterator[str]:
    text = _plain(block.text)
    if not block.children:
        yield _labelled(prefix, text)
        return
    bare = not re.search(r"[。.！!；;]", text) and (
        text.endswith((":", "：")) or len(text) <= 30 or bool(ANNOUNCES.search(text))
    )
    if bare:
        inner = _labelled("" if PROS_AND_CONS.search(prefix) else prefix, text.rstrip(":： "))
        for child in block.children:
            yield from _entry_statements(child, inner)
        return
    details = [_plain(child.text) for child in block.children if not child.children]
    whole = _joined(text, "；".join(detail.rstrip("；;。") for detail in details))
    if len(whole) <= 200 and len(details) == len(block.children):
        yield _labelled(prefix, whole)
        return
    yield _labelled(prefix, text)
    head, _ = _headed(block.text)
    for child in block.children:
        yield from _entry_statements(child, head or prefix)


def _rows(block: Block, title: str) -> Iterator[str]:
    """One statement a row: its first cell, and what each column says of it."""
    names, *rows = block.rows or [[]]
    for row in rows:
        cells = [(name, cell) for name, cell in zip(names[1:], row[1:], strict=False) if cell]
        parts = [_labelled(_plain(name), _plain(cell)) for name, cell in cells]
        if row and row[0]:
            stop = "；" if has_han("".join(parts)) else "; "
            statement = _labelled(_plain(row[0]), stop.join(parts)) if parts else _plain(row[0])
            yield _labelled(_prefix(title), statement)


def _prose(text: str) -> list[str]:
    """Sentences; one that leans on the sentence before stays with it."""
    found: list[str] = []
    for start, end in sentences(text):
        sentence = text[start:end]
        if found and (REFERS_BACK.match(sentence) or len(sentence) < 6):
            found[-1] = _joined(found[-1], sentence)
        else:
            found.append(sentence)
    return found


def _without_announcement(text: str) -> str:
    """A paragraph without the sentence at its end that announces a list."""
    kept = text
    spans = sentences(text)
    if spans and ANNOUNCES.search(text):
        kept = text[: spans[-1].start].rstrip()
    return kept


def _short(announcement: str) -> str:
    """The name of a group, from the words that announce it: 消极影响包括： -> 消极影响."""
    return CONTAINS.sub("", announcement.strip().rstrip(":：").strip()).strip()


def _prefix(title: str) -> str:
    if len(title) > MAX_TITLE_CHARS or PROS_AND_CONS.search(title):
        return ""
    return title


def _labelled(prefix: str, text: str) -> str:
    colon = "：" if has_han(prefix + text) else ": "
    return f"{prefix}{colon}{text}" if prefix else text
