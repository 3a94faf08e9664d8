"""Numeric: a number within a tolerance, with a unit or without. The answer is the number.

``3.5``, ``3,500``, ``3.5e3``, ``3.5×10^3``, ``7/2``, ``35%``, ``三点五`` and ``约 3.5 km`` are read; of a line of
working, what follows its last equals sign. An answer without unit is read in the key's unit. A unit that
the key does not know goes to a human.
"""

from __future__ import annotations

import re
from fractions import Fraction

from examgen.model import Item, Kind, Numeric
from examgen.questions.base import (
    MAX_ANSWER_CHARS,
    Examples,
    Mark,
    common_problems,
    empty,
    examples,
    for_a_human,
    rule_problems,
    say,
    tidy,
    too_long,
    unreadable,
)
from examgen.questions.numbers import half_width, leading_number

KIND: Kind = "numeric"
NAMES = {"zh": "计算题", "en": "Numeric"}
RULES: tuple[str, ...] = ()
# Beyond it a float cannot hold what was read.
LARGEST = 10**300
_ABOUT = re.compile(r"^(?:大约|约等于|约为|约|等于|是|为|approx(?:imately)?\.?|about|≈|≒|~|=)\s*", re.IGNORECASE)


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    if item.numeric is None:
        problems.append("it has no key: set numeric")
    elif any(size == 0 for size in item.numeric.units.values()):
        problems.append("one of its units has the size 0")
    return problems


def key(item: Item) -> str:
    """The value with its tolerance and unit."""
    if item.numeric is None:
        return ""
    tolerance = f" ± {item.numeric.tolerance:g}" if item.numeric.tolerance else ""
    return f"{item.numeric.value:.12g}{tolerance} {item.numeric.unit}".strip()


def mark(item: Item, answer: str) -> Mark:
    """Full marks within the tolerance (its bounds included), none outside."""
    if not answer.strip():
        return empty(item)
    if len(answer) > MAX_ANSWER_CHARS:
        return too_long(item)
    if item.numeric is None:
        return unreadable(item, "本题没有答案", "the item has no key")
    read = read_number(answer)
    if read is None:
        return unreadable(
            item, f"读不出一个数：“{answer.strip()[:40]}”", f"cannot read one number in {answer.strip()[:40]!r}"
        )
    value, unit = read
    if abs(value) > LARGEST:
        return unreadable(item, "这个数太大", "the number is too large")
    size = unit_size(item.numeric, unit)
    if size is None:
        return unreadable(item, f"不认识的单位“{unit[:20]}”", f"the key has no unit {unit[:20]!r}")
    written = f"{float(value):.12g} {unit}".strip()
    if within(item.numeric, value * size):
        return Mark(item.max_score, read_as=written)
    if not unit and item.numeric.unit == "%" and within(item.numeric, value * 100):
        reason = say(item, f"{written} 若作比例读即为正确，请人工判断", f"{written} would be right if read as a share")
        return Mark(0.0, "review", flags=("unit",), reason=reason, read_as=written)
    return Mark(0.0, read_as=written)


def within(numeric: Numeric, value: Fraction) -> bool:
    """Whether a value lies within the tolerance; in exact arithmetic, so 0.3 is within 0.1 of 0.2."""
    wanted, tolerance = Fraction(repr(numeric.value)), Fraction(repr(numeric.tolerance))
    return abs(value - wanted) <= tolerance


def read_number(answer: str) -> tuple[Fraction, str] | None:
    """The number and the unit that an answer ends in, or None where it is not one number."""
    text = _ABOUT.sub("", tidy(half_width(answer)))
    if "=" in text or "≈" in text:
        text = re.split(r"[=≈]", text)[-1]
    text = _ABOUT.sub("", text.strip().strip("$").strip())
    read = leading_number(text)
    if read is None:
        return None
    value, unit = read
    # A stated tolerance does not change the value; the key itself is written with one.
    unit = re.sub(r"±\s*[0-9.]+", "", unit)
    unit = unit.strip().strip("$。.,，;； ").removeprefix("\\").strip()
    # A digit or an operator in the rest means a range, a list or a formula. m2 and s^-1 are units.
    if re.search(r"(?<![a-zA-Z^²³\-])[0-9]|[~～+*<>]|或|到|至|\bor\b|\bto\b", unit):
        return None
    return value, unit


def unit_size(numeric: Numeric, unit: str) -> Fraction | None:
    """How large a unit is in the key's own, or None where the key does not know it."""
    known = {_unit(name): Fraction(repr(size)) for name, size in numeric.units.items()}
    known[_unit(numeric.unit)] = Fraction(1)
    name = _unit(unit)
    if not name:
        return Fraction(1)
    if name in known:
        return known[name]
    if name == "%" and not numeric.unit:
        return Fraction(1, 100)
    # mW and MW differ by their case; where case settles nothing, it does not matter.
    folded = {size for other, size in known.items() if other.casefold() == name.casefold()}
    return folded.pop() if len(folded) == 1 else None


def _unit(text: str) -> str:
    return re.sub(r"[\s^]+", "", half_width(text))


_ITEM = Item(
    id="example",
    kind=KIND,
    question="一个 24 bit 的计数器以 1 MHz 计数，多久溢出一次？",
    numeric=Numeric(value=16.8, tolerance=0.1, unit="s", units={"秒": 1, "ms": 0.001, "min": 60, "分钟": 60}),
    max_score=5,
)
_SHARE = Item(
    id="example",
    kind=KIND,
    question="三次独立试验各有一半机会成功，至少成功一次的概率是多少？",
    numeric=Numeric(value=0.875),
    max_score=2,
)
_PERCENT = _SHARE.model_copy(update={"numeric": Numeric(value=87.5, unit="%")})
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=examples(
            1.0,
            "16.8",
            "16.7",
            "16.9",
            "１６．８",
            "16.8 s",
            "16.8秒",
            "约16.8 S",
            "16780 ms",
            "16,780ms",
            "1.68e1",
            "1.68×10^1 s",
            "1.68×10¹",
            "2^24/1000000 = 16.78 s",
            "0.28 min",
            "十六点八秒",
            "答：16.8",
            "$16.8$",
            "≈16.8",
            "84/5",
        ),
        wrong=examples(0.0, "16.6", "17", "-16.8", "16.8 ms"),
        unreadable=for_a_human("很久", "16~17", "16.8 年", "16.8 或 20", "1/0", "1e999", "16.8 s 20 s"),
    ),
    Examples(
        item=_SHARE,
        right=examples(1.0, "0.875", "87.5%", "7/8", "八分之七", "百分之八十七点五"),
        wrong=examples(0.0, "0.87", "87.5"),
        unreadable=for_a_human("大概九成"),
    ),
    Examples(
        item=_PERCENT,
        right=examples(1.0, "87.5", "87.5%", "87.5％"),
        wrong=examples(0.0, "80%"),
        unreadable=(*examples(0.0, "0.875", status="review"), *for_a_human("87.5 kg")),
    ),
)
