"""Composite: several questions (小问) on one stem. The answer holds one entry a part.

An answer is a JSON object by part id (``{"a": "B", "b": "3.5"}``) or number, a JSON list, or text in
which every part begins with its number: ``(1) B (2) 3.5`` or ``1. …`` on lines of their own. A part that is
left out counts as blank. `split` cuts an answer; `mark` marks it where all parts are keyed, and leaves it to the
scorer otherwise, which marks the keyed parts by the same rules and adds up with `total_mark`.
"""

from __future__ import annotations

import re

from examgen.model import Blank, Item, Kind, Numeric, Option, PointGrade, RubricPoint
from examgen.questions import (
    fill_in,
    matching,
    multiple_choice,
    numeric,
    ordering,
    short_answer,
    single_choice,
    true_false,
)
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    QuestionKind,
    common_problems,
    empty,
    examples,
    for_a_human,
    json_value,
    rounded,
    rule_problems,
    say,
    too_long,
    unreadable,
)

KIND: Kind = "composite"
NAMES = {"zh": "综合题", "en": "Composite"}
RULES: tuple[str, ...] = ()
PART_KINDS: dict[Kind, QuestionKind] = {
    "single_choice": single_choice,
    "multiple_choice": multiple_choice,
    "true_false": true_false,
    "fill_in": fill_in,
    "numeric": numeric,
    "matching": matching,
    "ordering": ordering,
    "short_answer": short_answer,
}
_MARKER = re.compile(
    r"(?:^|(?<=[\s；;。]))[（(]\s*([0-9]{1,2})\s*[)）]\s*|^[ \t]*([0-9]{1,2})[.、:：)）](?![0-9])[ \t]*", re.MULTILINE
)


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    if not item.parts:
        problems.append("it has no parts")
    for part in item.parts:
        if part.kind == "composite":
            problems.append(f"part {part.id} is a composite itself")
        else:
            problems += [f"part {part.id}: {problem}" for problem in PART_KINDS[part.kind].check(part)]
    total = sum(part.max_score for part in item.parts)
    if item.parts and item.max_score > 0 and abs(total - item.max_score) > 0.01:
        problems.append(f"its parts are worth {total:g} together, its max_score is {item.max_score:g}")
    return problems


def key(item: Item) -> str:
    """The keys of the parts, numbered."""
    return "\n".join(f"({number}) {PART_KINDS[part.kind].key(part)}" for number, part in enumerate(item.parts, 1))


def keyed(item: Item) -> bool:
    """Whether every part is marked by rule."""
    return all(part.kind != "short_answer" for part in item.parts)


def mark(item: Item, answer: str) -> Mark | None:
    """Mark every part and add up; None where a part needs the scorer."""
    if not keyed(item):
        return None
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    answers = split(item, answer)
    if answers is None:
        return unreadable(
            item,
            "分不清各小问的作答；请以 (1) (2) 开头分别作答",
            "cannot tell the parts' answers apart; begin each with its number, as (1) (2)",
        )
    marks = [(part, PART_KINDS[part.kind].mark(part, answers[part.id])) for part in item.parts]
    return total_mark(item, [(part, mark) for part, mark in marks if mark is not None])


def total_mark(item: Item, marks: list[tuple[Item, Mark]]) -> Mark:
    """The mark of a composite from the marks of all its parts; one unreadable part keeps it from being marked."""
    open_parts = [(part, mark) for part, mark in marks if mark.status != "graded"]
    reason = "；".join(f"{say(item, '小问', 'part')} {part.id}：{mark.reason}" for part, mark in open_parts)
    read_as = "\n".join(f"({number}) {mark.read_as}" for number, (_, mark) in enumerate(marks, 1))
    points = tuple(
        PointGrade(id=part.id, credit=(mark.score or 0) / part.max_score, similarity=(mark.score or 0) / part.max_score)
        for part, mark in marks
        if part.max_score
    )
    flags = tuple(dict.fromkeys(flag for _, mark in open_parts for flag in mark.flags))
    if any(mark.score is None for _, mark in marks):
        return Mark(None, "ungraded", points, flags, reason, read_as)
    score = rounded(sum(mark.score or 0 for _, mark in marks), item.max_score)
    return Mark(score, "review" if open_parts else "graded", points, flags, reason, read_as)


def split(item: Item, answer: str) -> dict[str, str] | None:
    """Cut an answer into those of its parts, by part id; every part is there, left-out ones as ``""``.

    Returns:
        None where the parts cannot be told apart.
    """
    ids = [part.id for part in item.parts]
    if len(ids) == 1 and json_value(answer) is None:
        return {ids[0]: _unmarked(answer)}
    names = {str(number): name for number, name in enumerate(ids, 1)} | {name: name for name in ids}
    value = json_value(answer)
    if isinstance(value, list) and len(value) == len(ids):
        value = dict(zip(ids, value, strict=True))
    if isinstance(value, dict):
        if not all(name in names for name in value):
            return None
        given = {names[name]: entry if isinstance(entry, str) else _json_text(entry) for name, entry in value.items()}
        return dict.fromkeys(ids, "") | given
    matches = list(_MARKER.finditer(answer))
    numbers = [int(match[1] or match[2]) for match in matches]
    if not matches or answer[: matches[0].start()].strip() or numbers != sorted(set(numbers)) or numbers[-1] > len(ids):
        return None
    ends = [match.start() for match in matches[1:]] + [len(answer)]
    given = {
        ids[number - 1]: answer[match.end() : end].strip().rstrip("；;")
        for number, match, end in zip(numbers, matches, ends, strict=True)
        if number
    }
    return dict.fromkeys(ids, "") | given


def _unmarked(answer: str) -> str:
    match = _MARKER.match(answer)
    return answer[match.end() :] if match else answer


def _json_text(value: object) -> str:
    import json

    return "" if value is None else json.dumps(value, ensure_ascii=False)


_CHOICE = Item(
    id="a",
    kind="single_choice",
    question="损失为什么变成 NaN？",
    options=(Option(id="A", text="学习率过小"), Option(id="B", text="数值溢出", correct=True)),
    max_score=2,
)
_NUMBER = Item(
    id="b", kind="numeric", question="fp16 的最大值约是多少？", numeric=Numeric(value=65504, tolerance=100), max_score=3
)
_GAPS = Item(
    id="c",
    kind="fill_in",
    question="应加上 ____ 与 ____ 。",
    blanks=(Blank(answers=("损失缩放",)), Blank(answers=("梯度裁剪",))),
    max_score=2,
)
_ITEM = Item(
    id="example",
    kind=KIND,
    question="混合精度训练到第 300 步时损失变成 NaN。",
    parts=(_CHOICE, _NUMBER, _GAPS),
    max_score=7,
)
_FREE = Item(
    id="d",
    question="怎样定位？",
    reference="打开异常检测，逐层检查数值。",
    points=(RubricPoint(id="p1", text="逐层检查数值", weight=3),),
    max_score=3,
)
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=examples(
            1.0,
            "(1) B (2) 65504 (3) 损失缩放；梯度裁剪",
            "（1）B\n（2）6.55e4\n（3）损失缩放；梯度裁剪",
            "1. B\n2. 65504\n3. 损失缩放；梯度裁剪",
            '{"a": "B", "b": 65504, "c": ["损失缩放", "梯度裁剪"]}',
            '["B", "65504", "损失缩放；梯度裁剪"]',
        ),
        partial=(
            *examples(2 / 7, "(1) B"),
            *examples(3 / 7, '{"b": "65504"}'),
            *examples(1 / 7, "(1) A (3) 损失缩放；权重衰减"),
        ),
        wrong=examples(0.0, "(1) A (2) 1"),
        unreadable=(
            *for_a_human("B 65504", "(1) 不知道", '{"z": 1}', "(4) B"),
            *examples(3 / 7, "(1) B (3) 损失缩小；梯度裁剪", status="review"),
        ),
    ),
    Examples(
        item=_ITEM.model_copy(update={"parts": (_CHOICE, _FREE), "max_score": 5.0}),
        right=examples(None, "(1) B (2) 逐层检查"),
        wrong=examples(None, "(1) A"),
        unreadable=examples(None, "?"),
    ),
)
