"""Ordering: entries are put into their right order. The answer is their letters, as ``B,A,C``.

Letters follow `shown`, an order that depends on the entries' texts alone; a paper that prints them in another order
maps its letters back. ``BAC``, ``B>A>C``, ``B→A→C``, a JSON list and the entries' texts, one a line, are read too.
Numbers are not: they may be places or entries.

Rules for partial credit: ``all_or_nothing``; ``neighbours`` (share of the right direct successions);
``places`` (share of the entries at their place).
"""

from __future__ import annotations

import hashlib
from itertools import pairwise

from examgen.model import Item, Kind
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    common_problems,
    empty,
    examples,
    for_a_human,
    letters,
    plain,
    read_letters,
    rounded,
    rule_problems,
    too_long,
    unreadable,
)

KIND: Kind = "ordering"
NAMES = {"zh": "排序题", "en": "Ordering"}
RULES: tuple[str, ...] = ("all_or_nothing", "neighbours", "places")


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    if len(item.sequence) < 2:
        problems.append(f"it has {len(item.sequence)} entries to order and needs at least 2")
    folded = [plain(text) for text in item.sequence]
    problems += [f"two entries say {text!r}" for text in dict.fromkeys(folded) if folded.count(text) > 1]
    return problems + (["an entry is empty"] if "" in folded else [])


def shown(item: Item) -> tuple[str, ...]:
    """The entries in the order of their letters A, B, ...; never the right order."""
    mixed = tuple(sorted(item.sequence, key=lambda text: hashlib.sha256(text.encode("utf-8")).digest()))
    return mixed if mixed != item.sequence else mixed[1:] + mixed[:1]


def key(item: Item) -> str:
    """The letters in the right order."""
    by_text = dict(zip(shown(item), letters(len(item.sequence)), strict=True))
    return ",".join(by_text[text] for text in item.sequence)


def mark(item: Item, answer: str) -> Mark:
    """Mark the order by the item's rule; every entry has to stand in the answer once."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    names = letters(len(item.sequence))
    given = read_letters(answer, names, shown(item))
    if isinstance(given, str):
        return unreadable(
            item, f"读不出顺序：“{given}”；请写成 B,A,C", f"cannot read an order in {given!r}; write B,A,C"
        )
    if len(given) != len(names):
        return unreadable(
            item,
            f"应排 {len(names)} 项，读到 {len(given)} 项：{','.join(given)}",
            f"{len(names)} entries to order, but {len(given)} were read: {','.join(given)}",
        )
    share = order_share(item.credit or RULES[0], key(item).split(","), given)
    return Mark(rounded(item.max_score * share, item.max_score), read_as=",".join(given))


def order_share(rule: str, right: list[str], given: list[str]) -> float:
    """The share of the marks that a rule gives for an order of the same entries."""
    if rule == "places":
        return sum(a == b for a, b in zip(right, given, strict=True)) / len(right)
    if rule == "neighbours":
        wanted = set(pairwise(right))
        return len(wanted & set(pairwise(given))) / len(wanted)
    return float(right == given)


_ITEM = Item(
    id="example",
    kind=KIND,
    question="按一次训练迭代中的先后排列。",
    sequence=("前向传播", "计算损失", "反向传播", "更新参数"),
    max_score=4,
)
_KEY = key(_ITEM).split(",")
_SWAPPED = ",".join([_KEY[1], _KEY[0], *_KEY[2:]])
_RIGHT = examples(
    1.0,
    ",".join(_KEY),
    "".join(_KEY),
    "，".join(_KEY),
    ">".join(_KEY),
    "→".join(_KEY),
    " ".join(_KEY).lower(),
    '["' + '","'.join(_KEY) + '"]',
    "\n".join(_ITEM.sequence),
    "；".join(_ITEM.sequence),
)
_UNREADABLE = for_a_human("1,2,3,4", "A,B", "ABCE", "先前向再反向", "A,A,B,C")
EXAMPLES: tuple[Examples, ...] = (
    Examples(item=_ITEM, right=_RIGHT, wrong=examples(0.0, _SWAPPED), unreadable=_UNREADABLE),
    Examples(
        item=_ITEM.model_copy(update={"credit": "neighbours"}),
        right=_RIGHT,
        partial=examples(1 / 3, _SWAPPED),
        wrong=examples(0.0, ",".join(reversed(_KEY))),
        unreadable=_UNREADABLE,
    ),
    Examples(
        item=_ITEM.model_copy(update={"credit": "places"}),
        right=_RIGHT,
        partial=examples(0.5, _SWAPPED),
        wrong=examples(0.0, ",".join(reversed(_KEY))),
        unreadable=_UNREADABLE,
    ),
)
