"""Single choice: one option is right. The answer is its letter."""

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
    read_letters,
    rule_problems,
    too_long,
    unreadable,
)

KIND: Kind = "single_choice"
NAMES = {"zh": "单项选择题", "en": "Single choice"}
RULES: tuple[str, ...] = ()


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + option_problems(item) + rule_problems(item, RULES)
    right = sum(option.correct for option in item.options)
    if item.options and right != 1:
        problems.append(f"it has {right} correct options and needs exactly 1")
    return problems


def option_problems(item: Item) -> list[str]:
    """What is wrong with the options of a choice item of either kind."""
    if len(item.options) < 2:
        return [f"it has {len(item.options)} options and needs at least 2"]
    texts = [option.text.strip() for option in item.options]
    problems = [f"two options say {text!r}" for text in dict.fromkeys(texts) if texts.count(text) > 1]
    return problems + [f"option id {o.id!r} is not a letter" for o in item.options if not o.id.isalnum()]


def key(item: Item) -> str:
    """The letter of the right option."""
    return ",".join(option.id for option in item.options if option.correct)


def mark(item: Item, answer: str) -> Mark:
    """Full marks for the right letter, none for another; two letters or a sentence go to a human."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    chosen = read_options(item, answer)
    if isinstance(chosen, Mark):
        return chosen
    if len(chosen) > 1:
        return unreadable(
            item,
            f"单选题选了 {len(chosen)} 项：{','.join(chosen)}",
            f"{len(chosen)} options chosen: {','.join(chosen)}",
        )
    right = chosen == [key(item)]
    return Mark(item.max_score if right else 0.0, read_as=chosen[0])


def read_options(item: Item, answer: str) -> list[str] | Mark:
    """The ids of the options that the answer names, in the items' order; or why it cannot be read."""
    ids = [option.id for option in item.options]
    chosen = read_letters(answer, ids, [option.text for option in item.options])
    if isinstance(chosen, str):
        return unreadable(
            item,
            f"无法识别所选的选项：“{chosen}”（选项为 {','.join(ids)}）",
            f"cannot tell which option is meant by {chosen!r} (the options are {','.join(ids)})",
        )
    return sorted(chosen, key=ids.index)


_ITEM = Item(
    id="example",
    kind=KIND,
    question="学习率过大时，训练损失最可能怎样变化？",
    options=(
        Option(id="A", text="单调下降到零"),
        Option(id="B", text="来回震荡甚至发散", correct=True),
        Option(id="C", text="保持不变"),
        Option(id="D", text="先升后降再升"),
    ),
    max_score=2,
)
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=examples(
            1.0,
            "B",
            "b",
            "Ｂ",
            "Ⓑ",
            "（B）",
            " B。",
            "选B",
            "答案：B",
            "B. 来回震荡甚至发散",
            "来回震荡甚至发散",
            '["B"]',
            "The answer is B",
            "B：步长太大会越过极小点",
            "**B**",
            "[B]",
        ),
        wrong=examples(0.0, "A", "Ｄ", "保持不变"),
        unreadable=for_a_human("E", "AB", "不选B", "B或者C", "B是错的", "我不知道", "B：错误，应选A", "?", "🙂", "2"),
    ),
)
