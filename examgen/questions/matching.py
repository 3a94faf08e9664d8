"""Matching: every left-hand entry has one right-hand entry. The answer is pairs such as ``1-C, 2-A``.

Left-hand entries are numbered in the item's order; right-hand entries carry letters in the order of `right_side`,
which depends on their texts alone, so that it gives nothing away. A paper that prints them in
another order maps its letters back. ``1C 2A``, ``1→C``, ``①C``, ``{"1": "C"}``, the letters alone (``C,A,B``) and the
entries' texts (``甲-乙``) are read too. A left-hand entry may stay without a partner.

Rules for partial credit: ``each_pair``, ``all_or_nothing``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from examgen.model import Item, Kind, Pair, PointGrade
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    common_problems,
    empty,
    examples,
    for_a_human,
    json_value,
    letters,
    plain,
    rounded,
    rule_problems,
    tidy,
    too_long,
    unreadable,
)

KIND: Kind = "matching"
NAMES = {"zh": "连线题", "en": "Matching"}
RULES: tuple[str, ...] = ("each_pair", "all_or_nothing")


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    if len(item.pairs) < 2:
        problems.append(f"it has {len(item.pairs)} pairs and needs at least 2")
    for side, texts in (
        ("left", [pair.left for pair in item.pairs]),
        ("right", [*dict.fromkeys(pair.right for pair in item.pairs), *item.distractors]),
    ):
        folded = [plain(text) for text in texts]
        problems += [f"two {side}-hand entries say {t!r}" for t in dict.fromkeys(folded) if folded.count(t) > 1]
        if "" in folded:
            problems.append(f"a {side}-hand entry is empty")
    return problems


def right_side(item: Item) -> tuple[str, ...]:
    """The right-hand entries, distractors among them, in the order of their letters A, B, ..."""
    texts = dict.fromkeys([pair.right for pair in item.pairs] + list(item.distractors))
    return tuple(sorted(texts, key=lambda text: hashlib.sha256(text.encode("utf-8")).digest()))


def key(item: Item) -> str:
    """The right pairs, as ``1-C, 2-A``."""
    by_text = dict(zip(right_side(item), letters(len(right_side(item))), strict=True))
    return ", ".join(f"{number}-{by_text[pair.right]}" for number, pair in enumerate(item.pairs, 1))


def mark(item: Item, answer: str) -> Mark:
    """Mark every left-hand entry by its partner."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    partners = read_pairs(item, answer)
    if isinstance(partners, str):
        return unreadable(
            item, f"读不出配对：“{partners}”；请写成 1-C, 2-A", f"cannot read the pair {partners!r}; write 1-C, 2-A"
        )
    right = right_side(item)
    hits = [partners.get(number) == right.index(pair.right) for number, pair in enumerate(item.pairs)]
    share = float(all(hits)) if item.credit == "all_or_nothing" else sum(hits) / len(hits)
    names = letters(len(right))
    read_as = ", ".join(f"{number + 1}-{names[partner]}" for number, partner in sorted(partners.items()))
    grades = tuple(
        PointGrade(id=str(number), credit=float(hit), similarity=float(hit)) for number, hit in enumerate(hits, 1)
    )
    return Mark(rounded(item.max_score * share, item.max_score), points=grades, read_as=read_as)


def read_pairs(item: Item, answer: str, right: Sequence[str] = ()) -> dict[int, int] | str:
    """Which right-hand entry each left-hand entry (index in ``pairs``) was given.

    Args:
        item: The item.
        answer: What the candidate typed.
        right: The right-hand entries in the order of their letters, where it is not that of `right_side`.

    Returns:
        The partners, as indices in the right-hand entries, or the piece of the answer that cannot be read. A
        left-hand entry that was given two partners cannot be read.
    """
    right = right or right_side(item)
    # Where the text of an entry is the number or letter of another, what was typed is a number or letter.
    lefts = {plain(pair.left): number for number, pair in enumerate(item.pairs)}
    lefts |= {str(number): number - 1 for number in range(1, len(item.pairs) + 1)}
    rights = {plain(text): number for number, text in enumerate(right)}
    rights |= {name.casefold(): number for number, name in enumerate(letters(len(right)))}
    partners: dict[int, int] = {}
    for piece, left, partner in _pieces(answer, len(item.pairs)):
        number, index = lefts.get(plain(left)), rights.get(plain(partner))
        if number is None or index is None or partners.setdefault(number, index) != index:
            return piece[:40]
    return partners or tidy(answer)[:40]


def _pieces(answer: str, count: int) -> list[tuple[str, str, str]]:
    """Pieces of an answer, each as it stands and as its left and right half."""
    value = json_value(answer)
    if isinstance(value, dict):
        return [(f"{left}-{right}", str(left), str(right)) for left, right in value.items()]
    text = tidy(answer)
    compact = re.sub(r"[\s,，、;；.()\[\]\"']", "", text)
    if re.fullmatch(rf"[A-Za-z]{{{count}}}", compact):
        return [(letter, str(number), letter) for number, letter in enumerate(compact, 1)]
    if re.fullmatch(r"(?:[0-9]{1,2}(?:-|—|–|=|:|→|->|=>)?[A-Za-z])+", compact):
        return [(f"{n}-{a}", n, a) for n, a in re.findall(r"([0-9]{1,2})[^0-9A-Za-z]*([A-Za-z])", compact)]
    pieces = []
    for piece in re.split(r"[,，、;；\n]+", text):
        left, _, right = (re.sub(r"\s*(?:-+>?|=+>?|→|—+|–|:)\s*", "\x1f", piece.strip(), count=1)).partition("\x1f")
        if piece.strip():
            pieces.append((piece.strip(), left, right))
    return pieces


_ITEM = Item(
    id="example",
    kind=KIND,
    question="把方法和它主要解决的问题连起来。",
    pairs=(
        Pair(left="残差连接", right="深层网络难以训练"),
        Pair(left="权重衰减", right="过拟合"),
        Pair(left="梯度裁剪", right="梯度爆炸"),
    ),
    distractors=("类别不平衡",),
    max_score=3,
)
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=examples(
            1.0,
            key(_ITEM),
            key(_ITEM).replace("-", ""),
            key(_ITEM).replace("-", "→").lower(),
            key(_ITEM).replace(", ", "\n"),
            "残差连接-深层网络难以训练；权重衰减-过拟合；梯度裁剪-梯度爆炸",
        ),
        partial=examples(1 / 3, "1-过拟合，2-过拟合", key(_ITEM).split(", ")[0]),
        wrong=examples(0.0, "1-类别不平衡"),
        unreadable=for_a_human("1-Z", "4-A", "1-A，1-B", "都对", "1-", "AB"),
    ),
    Examples(
        item=_ITEM.model_copy(update={"credit": "all_or_nothing"}),
        right=examples(1.0, key(_ITEM)),
        wrong=examples(0.0, key(_ITEM).split(", ")[0]),
        unreadable=for_a_human("都对"),
    ),
)
