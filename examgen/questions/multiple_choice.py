"""Multiple choice: one or more options are right. The answer is their letters.

The rules for partial credit, by name, for *r* right options, of which a candidate chose *h*, and *w* wrong choices:

    half_when_incomplete   all right: full; some right and none wrong: half; else nothing   (少选得一半，错选不得分)
    share_when_incomplete  h / r where w = 0; else nothing                                  (少选按比例，错选不得分)
    right_minus_wrong      max(0, h - w) / r                                                (错选倒扣，扣完为止)
    all_or_nothing         full marks for exactly the right set                             (全对才得分)
"""

from __future__ import annotations

from examgen.model import Item, Kind, Option
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    common_problems,
    empty,
    examples,
    for_a_human,
    rounded,
    rule_problems,
    too_long,
)
from examgen.questions.single_choice import option_problems, read_options

KIND: Kind = "multiple_choice"
NAMES = {"zh": "多项选择题", "en": "Multiple choice"}
RULES: tuple[str, ...] = ("half_when_incomplete", "share_when_incomplete", "right_minus_wrong", "all_or_nothing")


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + option_problems(item) + rule_problems(item, RULES)
    if item.options and not any(option.correct for option in item.options):
        problems.append("it has no correct option")
    return problems


def key(item: Item) -> str:
    """The letters of the right options."""
    return ",".join(option.id for option in item.options if option.correct)


def mark(item: Item, answer: str) -> Mark:
    """Mark the chosen set by the item's rule."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    chosen = read_options(item, answer)
    if isinstance(chosen, Mark):
        return chosen
    right = {option.id for option in item.options if option.correct}
    share = credit_share(item.credit or RULES[0], len(right), len(right & set(chosen)), len(set(chosen) - right))
    return Mark(rounded(item.max_score * share, item.max_score), read_as=",".join(chosen))


def credit_share(rule: str, right: int, hits: int, wrong: int) -> float:
    """The share of the marks that a rule gives.

    Args:
        rule: One of `RULES`.
        right: How many options are right, at least 1.
        hits: How many of them were chosen.
        wrong: How many others were chosen.
    """
    if hits == right and not wrong:
        return 1.0
    if rule == "right_minus_wrong":
        return max(0, hits - wrong) / right
    if wrong or not hits or rule == "all_or_nothing":
        return 0.0
    return 0.5 if rule == "half_when_incomplete" else hits / right


_ITEM = Item(
    id="example",
    kind=KIND,
    question="下列哪些做法可以减轻过拟合？",
    options=(
        Option(id="A", text="权重衰减", correct=True),
        Option(id="B", text="增加参数量"),
        Option(id="C", text="早停", correct=True),
        Option(id="D", text="数据增强", correct=True),
    ),
    max_score=4,
)
_RIGHT = examples(
    1.0,
    "ACD",
    "A,C,D",
    "A，C，D",
    "dca",
    "ＡＣＤ",
    "A、C 和 D",
    '["A","C","D"]',
    "(A)(C)(D)",
    "选 A C D。",
    "A/C/D",
    "A and C and D",
    "权重衰减；早停；数据增强",
    "A. 权重衰减\nC. 早停\nD. 数据增强",
)
_UNREADABLE = for_a_human("ACE", "除了B都对", "全部", "A不是C", "以上都不对")
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=_RIGHT,
        partial=examples(0.5, "A", "AC"),
        wrong=examples(0.0, "B", "ABCD", "AB"),
        unreadable=_UNREADABLE,
    ),
    Examples(
        item=_ITEM.model_copy(update={"credit": "share_when_incomplete"}),
        right=_RIGHT,
        partial=(*examples(1 / 3, "A"), *examples(2 / 3, "AC")),
        wrong=examples(0.0, "B", "ABC"),
        unreadable=_UNREADABLE,
    ),
    Examples(
        item=_ITEM.model_copy(update={"credit": "right_minus_wrong"}),
        right=_RIGHT,
        partial=(*examples(1 / 3, "A", "ABC"), *examples(2 / 3, "ABCD")),
        wrong=examples(0.0, "B", "AB"),
        unreadable=_UNREADABLE,
    ),
    Examples(
        item=_ITEM.model_copy(update={"credit": "all_or_nothing"}),
        right=_RIGHT,
        wrong=examples(0.0, "A", "AC", "ABCD"),
        unreadable=_UNREADABLE,
    ),
)
