"""Answers that were merged and contradict each other: another number, a no, an opposite in the same sentence."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import combinations, product

from examgen.dedupe.asked import statements
from examgen.dedupe.lexicon import NO
from examgen.dedupe.verdict import Conflict
from examgen.dedupe.words import contrast, plain, tokens
from examgen.model import Item

# Two statements of which so many words are the same, in order, say something about the same thing.
SAME_SENTENCE = 0.6
# Of a group, so many members are laid beside each other: a hundred copies would not say more.
MEMBERS = 8
NUMBER = re.compile(r"\d+(?:\.\d+)?%?")


def conflicts(members: Sequence[tuple[str, Item]]) -> tuple[Conflict, ...]:
    """Find the statements by which the answers of one question contradict each other.

    Only sentences of almost the same words are compared, so what is found is
    worth a look, and what is not found may still be wrong. What both answers
    say is no matter between them.

    Args:
        members: Items that ask the same, each with its name.
    """
    taken = [(name, dict.fromkeys(statements(item))) for name, item in members[:MEMBERS]]
    # To cut a text into words takes longest, and what all members say need not be cut.
    words = functools.cache(lambda text: tokens(plain(text)))
    found = []
    for (left, ones), (right, others) in combinations(taken, 2):
        own = [text for text in ones if text not in others], [text for text in others if text not in ones]
        for one, other in product(*own):
            if why := contradiction(words(one), words(other)):
                found.append(Conflict(left, right, one, other, why))
    return tuple(found)


def contradiction(left: Sequence[str], right: Sequence[str]) -> str:
    """What two statements disagree in, as their words: a number, an opposite, or a no; empty where they do not."""
    one, other = [w for w in left if w not in NO], [w for w in right if w not in NO]
    # Lining up words takes longest: first, how many at most can be the same.
    shared = 2 * min(sum(map(set(other).__contains__, one)), len(other))
    if not one or not other or shared < SAME_SENTENCE * (len(one) + len(other)):
        return ""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < SAME_SENTENCE:
        return ""
    changed = [(one[a:b], other[c:d]) for what, a, b, c, d in matcher.get_opcodes() if what == "replace"]
    for before, after in changed:
        if len(before) != len(after):
            continue
        for a, b in zip(before, after, strict=True):
            numbers = NUMBER.fullmatch(a) and NUMBER.fullmatch(b)
            if numbers or contrast(a, b):
                return f"{a} / {b}"
    noes = [[w for w in words if w in NO] for words in (left, right)]
    if len(noes[0]) % 2 != len(noes[1]) % 2 and not changed and matcher.ratio() >= SAME_SENTENCE:
        return f"{(noes[0] or noes[1])[0]} / –"
    return ""
