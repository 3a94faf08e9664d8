"""True/false: the stem is a statement. The answer is 对 or 错, or one of their many writings."""

from __future__ import annotations

from examgen.model import Item, Kind
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    common_problems,
    empty,
    examples,
    for_a_human,
    plain,
    rule_problems,
    say,
    tidy,
    too_long,
    unreadable,
)

KIND: Kind = "true_false"
NAMES = {"zh": "判断题", "en": "True or false"}
RULES: tuple[str, ...] = ()
# fmt: off
TRUE = frozenset((
    "对", "正确", "是", "真", "对的", "正确的", "是的", "没错", "√", "✓", "✔", "☑", "✅",
    "t", "true", "y", "yes", "right", "correct", "1",
))
FALSE = frozenset((
    "错", "错误", "否", "假", "错的", "错误的", "不是", "不对", "不正确", "不是的", "×", "✗", "✘", "✕", "✖", "☒", "❌",
    "x", "f", "false", "n", "no", "wrong", "incorrect", "0",
))
# fmt: on


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    return problems + (["it does not say whether the statement is true: set truth"] if item.truth is None else [])


def key(item: Item) -> str:
    """对 or 错, or T or F in an English item."""
    return _written(item, bool(item.truth))


def _written(item: Item, truth: bool) -> str:
    return say(item, "对", "T") if truth else say(item, "错", "F")


def mark(item: Item, answer: str) -> Mark:
    """Full marks for the right verdict, none for the other."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    verdict = read_truth(answer)
    if verdict is None:
        return unreadable(
            item, f"看不出是“对”还是“错”：“{answer.strip()[:40]}”", f"neither true nor false: {answer.strip()[:40]!r}"
        )
    return Mark(item.max_score if verdict == item.truth else 0.0, read_as=_written(item, verdict))


def read_truth(answer: str) -> bool | None:
    """The verdict that an answer gives, or None where it gives none."""
    for text in (plain(answer), plain(tidy(answer))):
        if text in TRUE:
            return True
        if text in FALSE:
            return False
    return None


_ITEM = Item(
    id="example",
    kind=KIND,
    question="批归一化在推理时使用训练中累积的均值和方差。",
    truth=True,
    max_score=1,
)
_UNREADABLE = for_a_human("不一定", "对错", "A", "?", "maybe")
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=examples(1.0, "对", "正确", "是", "√", "✔", "T", "true", "Ｔ", "（√）", "對", "答：对。", "Yes", "1"),
        wrong=examples(0.0, "错", "×", "x", "F", "False", "錯誤", "不对", "(×)", "否", "0"),
        unreadable=_UNREADABLE,
    ),
    Examples(
        item=_ITEM.model_copy(update={"truth": False}),
        right=examples(1.0, "错", "✗", "Ｆ"),
        wrong=examples(0.0, "对", "√"),
        unreadable=_UNREADABLE,
    ),
)
