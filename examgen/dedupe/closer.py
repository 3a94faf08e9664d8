"""A closer look at two items of a pile: at the words of their answers, and at who else comes near them."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

from examgen.dedupe.evidence import Closer
from examgen.dedupe.neighbours import nearest
from examgen.dedupe.pile import Pile
from examgen.dedupe.words import tokens
from examgen.model import Item

# A made-up corpus of so many answers stands behind the pile, so that a word of a small one tells something too.
PRIOR_ANSWERS = 50
# The nearest others of an item that are known: of two items the nearest, and what comes next where that may be the
# same question too. One more, since the other item of the two may be among them.
NEAREST = 3
# A cosine that was worked out in another way may differ by so much.
SAME_COSINE = 1e-6


class CloserLook:
    """Looks closely at pairs of a pile's items; what it needs of each item is worked out once.

    Args:
        pile: The pile, not a big one.
        items: Its items.
    """

    def __init__(self, pile: Pile, items: Sequence[Item]) -> None:
        self._pile = pile
        self._questions = [_letter_pairs(item.question) for item in items]
        self._titles = [_letter_pairs(item.title) for item in items]
        self._words = [_telling(asked.key) for asked in pile.asked]
        count = Counter(word for words in self._words for word in words)
        self._tells = {word: math.log((len(items) + PRIOR_ANSWERS) / (times + 1)) for word, times in count.items()}
        self._mass = [self._weigh(words) for words in self._words]
        self._near, self._answers_near = (
            nearest(rows, NEAREST)[1].tolist() for rows in (pile.vectors, pile.answer_vectors)
        )

    def look(self, i: int, j: int) -> Closer:
        """What a closer look at two items tells."""
        pile = self._pile
        asked, answers, together = (
            float(rows[i] @ rows[j]) for rows in (pile.question_vectors, pile.answer_vectors, pile.vectors)
        )
        nearer = [_nearer(self._near[n], together)[0] for n in (i, j)]
        answer_nearer = [_nearer(self._answers_near[n], answers) for n in (i, j)]
        both = self._weigh(self._words[i] & self._words[j])
        shares = [both / self._mass[n] if self._mass[n] else 0.0 for n in (i, j)]
        return Closer(
            asked=asked,
            answers=answers,
            nearer=max(nearer),
            answer_nearer=min(margin for margin, _ in answer_nearer),
            answer_nearer_next=min(margin for _, margin in answer_nearer),
            matched=self._matched(i, j),
            fewest_words=min(shares),
            most_words=max(shares),
            told=min(self._told(i, j), self._told(j, i)),
            letters=_in_both(self._questions[i], self._questions[j]),
            title_letters=_in_both(self._titles[i], self._titles[j]),
        )

    def _weigh(self, words: frozenset[str]) -> float:
        # In order, so that the last digit does not depend on how strings are hashed.
        return sum(self._tells[word] for word in sorted(words))

    def _matched(self, i: int, j: int) -> float:
        """How close the statements of two answers come, one to one."""
        from scipy.optimize import linear_sum_assignment

        cosines = self._pile.statements_of(i) @ self._pile.statements_of(j).T
        if not cosines.size:
            return 0.0
        pairs = linear_sum_assignment(-cosines)
        return float(cosines[pairs].sum()) / float(max(cosines.shape))

    def _told(self, i: int, j: int) -> float:
        """The share of what an item is about, by weight, that the other one speaks of."""
        about, other = self._pile.subjects[i], self._pile.asked[j]
        total = sum(about.values())
        told = sum(weight for term, weight in about.items() if other.answers(term) or term in other.text)
        return told / total if total else 0.0


def _telling(answer: str) -> frozenset[str]:
    """The words of an answer that may tell something: single Chinese characters do not."""
    return frozenset(word for word in tokens(answer) if len(word) > 1 or (word.isascii() and word.isalnum()))


def _letter_pairs(text: str) -> frozenset[str]:
    letters = "".join(filter(str.isalnum, text.lower()))
    return frozenset(map("".join, itertools.pairwise(letters))) or frozenset({letters})


def _in_both(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / max(1, len(left | right))


def _nearer(others: Sequence[float], cosine: float) -> tuple[float, float]:
    """How much closer an item is than the nearest besides it, and than the one after that."""
    # Where the item itself stands among the nearest; after them where it is farther than all.
    own = next((place for place, close in enumerate(others) if cosine >= close - SAME_COSINE), len(others))
    besides = [close for place, close in enumerate(others) if place != own]
    return cosine - besides[0], cosine - besides[1]
