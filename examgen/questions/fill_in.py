"""Fill-in: gaps in the stem, each with all its accepted answers. The answer has one entry a gap.

Entries are a JSON list, or stand on lines of their own, or between ``；`` ``;`` or ``|``; where
that gives another number of entries than there are gaps, ``、`` ``，`` ``,`` and spaces are tried. Entries may be
numbered. Width, case, spaces, traditional characters, surrounding punctuation and the writing of
numbers (``3``, ``三``, ``3.0``) do not matter. An entry one slip away from the key goes to a human.

Rules for partial credit: ``each_blank`` (every gap by its weight), ``all_or_nothing``.
"""

from __future__ import annotations

import re

from examgen.model import Blank, Item, Kind, PointGrade
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    common_problems,
    empty,
    examples,
    for_a_human,
    json_texts,
    plain,
    rounded,
    rule_problems,
    say,
    too_long,
    unreadable,
)
from examgen.questions.numbers import exact_number

KIND: Kind = "fill_in"
NAMES = {"zh": "填空题", "en": "Fill in the blanks"}
RULES: tuple[str, ...] = ("each_blank", "all_or_nothing")

# A gap in the stem: three or more underscores, or empty full-width brackets.
GAP = re.compile(r"_{3,}|（[\s\u3000]*）")
_NUMBERED = re.compile(r"\s*(?:[（(]\s*([0-9]{1,2})\s*[)）]|([0-9]{1,2})\s*[.、:：)）](?![0-9])|([①-⑳]))\s*")
# Shorter words have too many right neighbours (梯度 and 精度) for one changed character to be a slip.
NEAR_MISS_MIN_CHARS = 4


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    if not item.blanks:
        problems.append("it has no blanks")
    gaps = len(GAP.findall(item.question))
    if item.blanks and gaps and gaps != len(item.blanks):
        problems.append(f"the stem has {gaps} gaps and the key has {len(item.blanks)} blanks")
    if any(not plain(answer) for blank in item.blanks for answer in blank.answers):
        problems.append("a blank accepts an empty answer")
    if item.blanks and not sum(blank.weight for blank in item.blanks):
        problems.append("its blanks weigh nothing together")
    return problems


def key(item: Item) -> str:
    """The first accepted answer of every gap."""
    return "；".join(blank.answers[0] for blank in item.blanks)


def mark(item: Item, answer: str) -> Mark:
    """Mark every gap against its accepted answers."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    if not sum(blank.weight for blank in item.blanks):
        return unreadable(item, "本题没有答案", "the item has no key")
    entries = read_entries(answer, len(item.blanks))
    if len(entries) != len(item.blanks):
        return unreadable(
            item,
            f"共 {len(item.blanks)} 空，读到 {len(entries)} 个答案；请用“；”或换行分隔",
            f"{len(item.blanks)} blanks, but {len(entries)} entries were read; separate them by ';' or line ends",
        )
    hits = [accepts(blank, entry) for blank, entry in zip(item.blanks, entries, strict=True)]
    if not any(plain(entry) for entry in entries):
        return empty(item)
    return _marked(item, answer, entries, hits)


def _marked(item: Item, answer: str, entries: list[str], hits: list[bool]) -> Mark:
    total = sum(blank.weight for blank in item.blanks)
    share = sum(blank.weight for blank, hit in zip(item.blanks, hits, strict=True) if hit) / total
    if item.credit == "all_or_nothing":
        share = float(all(hits))
    near = [
        number
        for number, (blank, entry, hit) in enumerate(zip(item.blanks, entries, hits, strict=True), 1)
        if not hit and near_miss(blank, entry)
    ]
    return Mark(
        rounded(item.max_score * share, item.max_score),
        "review" if near else "graded",
        points=_points(answer, entries, hits),
        flags=("near_miss",) if near else (),
        reason="" if not near else _near_reason(item, entries, near),
        read_as="；".join(entries),
    )


def _near_reason(item: Item, entries: list[str], near: list[int]) -> str:
    number = near[0]
    written, wanted = entries[number - 1], item.blanks[number - 1].answers[0]
    return say(
        item,
        f"第 {number} 空“{written}”与答案“{wanted}”只差一字，请人工判断",
        f"blank {number}: {written!r} is one slip away from {wanted!r}",
    )


def _points(answer: str, entries: list[str], hits: list[bool]) -> tuple[PointGrade, ...]:
    grades, position = [], 0
    for number, (entry, hit) in enumerate(zip(entries, hits, strict=True), 1):
        start = answer.find(entry, position) if entry else -1
        end = start + len(entry) if start >= 0 else 0
        position = max(position, end)
        evidence = entry if start >= 0 else ""
        credit = float(hit)
        grades.append(
            PointGrade(
                id=str(number), credit=credit, similarity=credit, evidence=evidence, start=max(start, 0), end=end
            )
        )
    return tuple(grades)


def read_entries(answer: str, count: int) -> list[str]:
    """Cut an answer into its entries, as they were typed.

    Args:
        count: How many gaps there are; it settles which separators are meant.
    """
    listed = json_texts(answer)
    if listed is not None:
        return [entry.strip() for entry in listed]
    if count == 1:
        return [_unnumbered([answer.strip()])[0]]
    readings = [_cut(answer, separators) for separators in (r"\n", r"[；;|\n]", r"[、，,；;|\n]", r"[\s\u3000]+")]
    if numbered := _numbered_runs(answer, count):
        readings.insert(0, numbered)
    for entries in readings:
        if len(entries) == count:
            return _unnumbered(entries)
    # Nothing fits: report what the documented separators give.
    return readings[-3]


def _cut(answer: str, separators: str) -> list[str]:
    entries = [entry.strip() for entry in re.split(separators, answer.strip())]
    while len(entries) > 1 and not entries[-1]:
        entries.pop()
    return entries


def _numbered_runs(answer: str, count: int) -> list[str]:
    """``(1) 甲 (2) 乙``: entries that carry their numbers 1 to ``count``, in order."""
    matches = list(_NUMBERED.finditer(answer))
    if [_number(match) for match in matches] != list(range(1, count + 1)) or answer[: matches[0].start()].strip():
        return []
    ends = [match.start() for match in matches[1:]] + [len(answer)]
    return [answer[match.end() : end].strip(" \n\t；;|，,、") for match, end in zip(matches, ends, strict=True)]


def _number(match: re.Match[str]) -> int:
    return ord(match[3]) - ord("①") + 1 if match[3] else int(match[1] or match[2])


def _unnumbered(entries: list[str]) -> list[str]:
    matches = [_NUMBERED.match(entry) for entry in entries]
    if all(match and _number(match) == number for number, match in enumerate(matches, 1)):
        return [entry[match.end() :].strip() for entry, match in zip(entries, matches, strict=True) if match]
    return entries


def accepts(blank: Blank, entry: str) -> bool:
    """Whether an entry is one of a blank's answers, in any writing that does not matter."""
    written = plain(entry)
    if not written:
        return False
    number = exact_number(written)
    for answer in blank.answers:
        if plain(answer) == written or (number is not None and exact_number(plain(answer)) == number):
            return True
    return False


def near_miss(blank: Blank, entry: str) -> bool:
    """Whether an entry is one changed, missing, added or swapped character away from an answer that is no number."""
    from rapidfuzz.distance import OSA

    written = plain(entry)
    words = [answer for answer in map(plain, blank.answers) if exact_number(answer) is None]
    return any(
        min(len(word), len(written)) >= NEAR_MISS_MIN_CHARS and OSA.distance(word, written, score_cutoff=1) <= 1
        for word in words
    )


_ONE = Item(
    id="example",
    kind=KIND,
    question="把学习率从零逐步升高的做法叫做 ____ 。",
    blanks=(Blank(answers=("预热", "学习率预热", "warmup", "warm-up")),),
    max_score=2,
)
_TWO = Item(
    id="example",
    kind=KIND,
    question="感受野指输出 ____ 在输入上对应的区域；两层 3×3 卷积的感受野是 ____ 。",
    blanks=(Blank(answers=("特征图的像素", "单元"), weight=1), Blank(answers=("5×5", "5x5", "5"), weight=3)),
    max_score=4,
)
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ONE,
        right=examples(
            1.0, "预热", "預熱", " 预热。", "Warmup", "ＷＡＲＭＵＰ", '["预热"]', "(1) 预热", "“预热”", "学习率 预热"
        ),
        wrong=examples(0.0, "衰减", "预"),
        unreadable=(*examples(0.0, "学习率预热法", "warmupp", status="review"), *for_a_human('["a","b"]')),
    ),
    Examples(
        item=_TWO,
        right=examples(
            1.0,
            "单元；5×5",
            "单元;五",
            "单元\n5x5",
            "单元|5",
            '["单元", 5]',
            "1. 单元\n2. 5×5",
            "（1）单元（2）5×5",
            "①单元 ②5",
            "单元，5",
            "单元 5.0",
            "單元；５",
        ),
        partial=(*examples(0.25, "单元；7×7"), *examples(0.75, "；5", "像素；5×5")),
        wrong=examples(0.0, "通道；3"),
        unreadable=for_a_human("单元", "甲；乙；丙"),
    ),
    Examples(
        item=_TWO.model_copy(update={"credit": "all_or_nothing"}),
        right=examples(1.0, "单元；5"),
        wrong=examples(0.0, "单元；3"),
        unreadable=for_a_human("单元"),
    ),
)
