"""What an embedding blurs: words, numbers, negation, order."""

from __future__ import annotations

import functools
import re
from collections.abc import Set

from examgen.text import fold

WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?%?|[\u4e00-\u9fff]+")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
STOP = frozenset(
    re.findall("[a-z]+", "a an the of to in on and or is are was were be it its that this with for as by at from")
)
NEGATION = re.compile(
    r"不(?!同|仅|但|只|光|断|少|变|定|均|一致|妨|管|论|如|过)|没有?|无(?!论|监督|关|损|偏|穷|限|向)|未|非(?!常|线性|参数|对称|空|负|零)|并非|勿|莫"
    r"|\b(?:not|no|never|cannot|without|neither|nor|none|isn't|aren't|doesn't|don't|won't|can't|didn't|wasn't|weren't)\b"
)


@functools.lru_cache(maxsize=65536)
def grams(text: str) -> frozenset[str]:
    """The content of a text as a set: stems of words, and pairs of Chinese characters (a lone one for itself)."""
    found: set[str] = set()
    for word in WORD.findall(fold(text)):
        if "\u4e00" <= word[0] <= "\u9fff":
            found |= {word[i : i + 2] for i in range(len(word) - 1)} or {word}
        elif word not in STOP:
            found.add(stem(word))
    return frozenset(found)


def stem(word: str) -> str:
    """An English word without its commonest endings, so that 'scratches' meets 'scratch'."""
    for ending in ("ing", "ies", "ied", "es", "ed", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
    return word


def recall(wanted: str, text: str) -> float:
    """Share of the content of ``wanted`` that ``text`` holds, 0..1; 0 where nothing is wanted."""
    return share(grams(wanted), grams(text))


def share(wanted: Set[str], found: Set[str]) -> float:
    """Share of one set that another holds, 0..1; 0 for an empty set."""
    return len(wanted & found) / len(wanted) if wanted else 0.0


def negations(text: str) -> int:
    """How many negating words a text holds."""
    return len(NEGATION.findall(fold(text)))


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, in the shortest writing."""
    return frozenset(map(_shortest, NUMBER.findall(fold(text))))


def _shortest(number: str) -> str:
    whole, _, part = number.partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    return f"{whole}.{part}" if part else whole
