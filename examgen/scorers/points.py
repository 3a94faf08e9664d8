"""What an answer is looked through for: the rubric points of an item, or points made from its reference answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, product
from typing import Literal

from examgen.model import Grade, Item, RubricPoint
from examgen.questions import QUESTIONS
from examgen.text import has_han, sentences

Origin = Literal["rubric", "list", "several", "text"]
# The start of a list entry: a Markdown bullet, or a number in one of the usual dresses.
BULLET = re.compile(
    r"^\s*(?:[-*+•·●]\s+|(?:\d{1,2}|[a-zA-Z])[.)、．）]\s*|[(（]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[)）]\s*|[①-⑳]\s*|[一二三四五六七八九十]{1,3}、\s*)"
)
INLINE_NUMBER = re.compile(r"(?:[(（]\s*(\d{1,2})\s*[)）]|(?<![\d.、a-zA-Z])(\d{1,2})[、.．](?!\d))\s*|([①-⑳])\s*")
# 'X 分为：A、B、C' or 'X are: A, B and C': what stands after the introduction is a list.
INTRODUCTION = re.compile(
    r".*?[:：]\s*(?:一个.*?由|是指|主要是指|(?:可以|可)?分为|主要有)?"
    r"|.*?(?:——|(?:可以|可)?分为|包括了?|包含|主要有|分别[是为]|\b(?:are|includes?)\b)\s*"
)
# The separators of a list, the strongest first; a list is cut at the strongest that it has.
SEPARATORS = [
    re.compile(mark) for mark in ("[;；]", "、", "，(?=[二三四五六七八九]是)", "，", r",\s*(?:and\s+|or\s+)?")
]
LAST_TWO = re.compile(r"(?<=[\u4e00-\u9fff）)])(?:以?及|和|与(?!者))(?=[\u4e00-\u9fff])|\s+and\s+")
TRIMMED = re.compile(r"^[一二三四五六七八九]类?是|等(?:岗位|方面)?$|[二三四五六七八九]种$")
# A reference answer longer than this many points is a text to compare with, not a rubric.
MAX_POINTS = 40
MAX_ENTRY = 16
# A longer reference answer beside a rubric is not looked through for its points.
MAX_WORDING = 8000
# Parts of a composite with several reference answers each have many ways together; so many are told apart.
MAX_WAYS = 64
SEVERAL_SENTENCES = re.compile(r"[。!！?？]\s*\S|\.\s+\S")


def alternatives(item: Item) -> tuple[tuple[RubricPoint, ...], ...]:
    """The rubric of an item, once for each way to answer it fully.

    A rubric written by people is the only alternative. Without one, every
    reference answer is cut into points of equal weight by `made_points`. A
    composite has the points of its written parts, and one for each keyed part.

    Returns:
        At least one tuple of points whose weights add up to ``item.max_score``;
        empty where the item has neither points nor a reference answer.
    """
    if item.kind == "composite":
        ways = product(*([points_of_part(part, way) for way in alternatives(part) or ((),)] for part in item.parts))
        return tuple(tuple(point for part in way for point in part) for way in islice(ways, MAX_WAYS))
    if item.points:
        return (item.points,)
    return tuple(made_points(reference, item.max_score) for reference in item.model_answers)


def second_wordings(item: Item) -> tuple[str, ...]:
    """The reference answers beside a rubric, which say its points in other words; but none that is a book."""
    return tuple(text for text in item.model_answers if len(text) <= MAX_WORDING) if item.points else ()


def points_of_part(part: Item, way: Sequence[RubricPoint]) -> tuple[RubricPoint, ...]:
    """The points that a part gives to its composite: ``b.p1`` for its ``p1``; a keyed part is one point."""
    if part.kind == "short_answer":
        return tuple(point.model_copy(update={"id": f"{part.id}.{point.id}"}) for point in way)
    text = " ".join(f"{part.question} → {QUESTIONS[part.kind].key(part)}".split())
    return (RubricPoint(id=part.id, text=text, weight=part.max_score),)


def rubric_of(item: Item, grade: Grade) -> tuple[RubricPoint, ...]:
    """The rubric that a grade was given by: of an item's alternatives, the one that its points and score fit."""
    ids = [point.id for point in grade.points]
    for way in alternatives(item):
        if [point.id for point in way] == ids:
            total = sum(point.weight * seen.credit for point, seen in zip(way, grade.points, strict=True))
            if grade.score is not None and abs(min(total, item.max_score) - grade.score) < 0.01:
                return way
    return ()


def rubric_beside(item: Item, grade: Grade) -> tuple[RubricPoint, ...]:
    """The rubric for a person who reads a grade: the one it was given by, or else that of the first way to answer.

    Returns:
        Points in the marks of the grade, even where ``item`` comes from a bank in which it is worth something else.
    """
    if grade.max_score > 0:
        item = item.scaled(grade.max_score)
    return rubric_of(item, grade) or next(iter(alternatives(item)), ())


def origin(item: Item) -> Origin:
    """Where the points of an item come from; what is learned of one sort of points holds for that sort."""
    if item.points:
        return "rubric"
    if any(_enumerated(reference) for reference in item.model_answers):
        return "list"
    return "several" if len(item.model_answers) > 1 else "text"


def made_points(reference: str, max_score: float) -> tuple[RubricPoint, ...]:
    """Cut a reference answer into points of equal weight.

    The entries of a list are points: lines with bullets, numbered stretches, or
    three or more short entries after an introduction such as ``分为：``. What is
    no list is cut into sentences. An answer of one sentence is one point.

    Returns:
        Points ``r1, r2, ...``; their ids show that no person wrote them.
    """
    texts = _entries(reference)[:MAX_POINTS] or [reference.strip() or reference]
    return tuple(RubricPoint(id=f"r{n}", text=text, weight=max_score / len(texts)) for n, text in enumerate(texts, 1))


def _entries(reference: str) -> list[str]:
    entries = _enumerated(reference)
    if entries:
        return entries
    whole = [reference[span.start : span.end] for span in sentences(reference)]
    return [text for text in whole if any(char.isalnum() for char in text)]


def _enumerated(reference: str) -> list[str]:
    """The entries of a reference that is a list; nothing where it is none."""
    lines = [line for line in reference.splitlines() if line.strip()]
    bulleted = [BULLET.sub("", line).strip() for line in lines if BULLET.match(line)]
    if len(bulleted) >= 2:
        return [text for text in bulleted if text]
    numbered = _numbered(reference)
    if numbered:
        return numbered
    return _listed(reference.strip())


def _numbered(reference: str) -> list[str]:
    """The stretches of ``(1) ... (2) ...``; nothing unless the numbers count up from 1."""
    marks = list(INLINE_NUMBER.finditer(reference))
    numbers = [int(mark[1] or mark[2] or ord(mark[3]) - ord("①") + 1) for mark in marks]
    if len(marks) < 2 or numbers != list(range(1, len(numbers) + 1)):
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(reference)]
    pieces = [reference[mark.end() : end].strip(" \n;；。，,") for mark, end in zip(marks, ends, strict=True)]
    return [piece for piece in pieces if piece]


def _listed(text: str) -> list[str]:
    """The entries of a text that is one enumeration, or nothing."""
    introduction = INTRODUCTION.match(text)
    tail = (text[introduction.end() :] if introduction else text).strip(" 。.；;\n")
    if SEVERAL_SENTENCES.search(tail):
        return []
    mark = next((mark for mark in SEPARATORS if mark.search(tail)), LAST_TWO)
    entries = mark.split(tail)
    if mark is not SEPARATORS[0] and mark is not LAST_TWO:
        entries = entries[:-1] + LAST_TWO.split(entries[-1])
    entries = [TRIMMED.sub("", entry.strip(" ，,\n")) for entry in entries]
    entries = [entry for entry in entries if any(char.isalpha() for char in entry)]
    short = MAX_ENTRY * 3 if mark is SEPARATORS[0] else MAX_ENTRY
    long = max((len(entry) if has_han(entry) else len(entry) // 2 for entry in entries), default=0)
    return entries if len(entries) >= (2 if introduction else 3) and long <= short else []
