"""The items of one pile, taken apart, embedded and weighed: what a comparison of two of them starts from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from examgen.dedupe.aliases import find_aliases
from examgen.dedupe.asked import (
    Asked,
    Weights,
    answer_text,
    bare,
    beginning,
    introductions,
    statements,
    take_apart,
    tellings,
)
from examgen.dedupe.forked import in_processes
from examgen.dedupe.lexicon import BACKGROUND, FRAME
from examgen.dedupe.verdict import key
from examgen.dedupe.words import SAME_WORDS, contrast, is_subject, kin, plain, terms
from examgen.embed import Encoder
from examgen.model import Item
from examgen.text import has_han

# Of a question, so much is embedded; longer ones begin with a text or a case.
MAX_QUESTION_CHARS = 160
TEXTS_AT_ONCE = 10_000
# From so many items on, less is looked at and less is kept: pairs that are far apart by their words are not lined up,
# and statements, which take most of the memory, are half-precision floats. A cosine is then off by less than 0.001.
BIG_BANK = 5000
# The corpus mean is drawn towards the background mean as if the background had this many questions.
BACKGROUND_WEIGHT = 60
# Terms whose cosine, centred, is below the first are strangers, above the second synonyms.
STRANGERS, SYNONYMS = 0.45, 0.85
# What stands out is closer than the sixth nearest, as few questions are asked seven times; of few items, than a tenth.
# Of a big pile so many items are looked at.
NEIGHBOUR, SHARE, CROWD = 6, 10, 1000
# A term that only the other answer says is covered so far.
IN_ANSWER = 0.35


class Pile:
    """The items with what is needed for each of them, worked out once.

    Args:
        items: All items, of one language.
        encoder: Embeds titles, questions, answers, points and terms.
    """

    def __init__(self, items: Sequence[Item], encoder: Encoder) -> None:
        # First, because it loads the word lists, which processes that are forked then need not do.
        plain_words = {term for text in BACKGROUND for term in terms(plain(text))}
        self.aliases = find_aliases((key(item), item.title, item.question, answer_text(item)) for item in items)
        self.asked = self._taken_apart(items)
        self.weights = Weights(self.asked, [item.sources[0].document if item.sources else "" for item in items])
        # What a title names, or a question where there is no title, as far as it has kin.
        in_kin = {term for pair in kin() for term in pair}
        self._in_kin = [frozenset(in_kin.intersection(asked.title or asked.question)) for asked in self.asked]
        self.subjects = [self.weights.subject(asked) for asked in self.asked]
        chinese = any(item.lang == "zh" for item in items)
        background = encoder.encode([text for text in BACKGROUND if has_han(text) == chinese])
        self._background = background.mean(axis=0)

        titles = [a.title_core or a.question_core or a.text or "." for a in self.asked]
        questions = [a.question_core[:MAX_QUESTION_CHARS] or title for a, title in zip(self.asked, titles, strict=True)]
        self.title_vectors = self._centred(encoded(encoder, titles))
        self.question_vectors = self._centred(encoded(encoder, questions))
        told = tellings([statements(item) for item in items])
        self._starts = [0, *itertools.accumulate(map(len, told))]
        said = [beginning(text) for answer in told for text in answer]
        self.statement_vectors = self._centred(encoded(encoder, said)) if said else np.zeros((0, 1), np.float32)
        if len(items) >= BIG_BANK:
            self.statement_vectors = self.statement_vectors.astype(np.float16)

        # One row an item, for the search of neighbours: its answer as the mean of its statements, and all together.
        self.answer_vectors = _unit(self._answers())
        self.vectors = _unit(self.question_vectors + self.title_vectors + self.answer_vectors)
        # How close each item comes to its nearest others: in all, and in its answer.
        self._crowding = crowding(self.vectors), crowding(self.answer_vectors)

        vocabulary = sorted(plain_words.union(*((*a.title, *a.question) for a in self.asked)))
        self._place = {term: place for place, term in enumerate(vocabulary)}
        vectors = encoder.encode(vocabulary)
        self._term_vectors = _unit(vectors - vectors.mean(axis=0))
        self._synonyms: dict[str, _Synonyms] = {}

    def _answers(self) -> np.ndarray:
        """The sum of the statements of each answer, (n_items, dim)."""
        rows = np.empty((len(self.asked), self.statement_vectors.shape[1]), dtype=np.float32)
        for row, (start, stop) in zip(rows, itertools.pairwise(self._starts), strict=True):
            self.statement_vectors[start:stop].sum(axis=0, dtype=np.float32, out=row)
        return rows

    def question_cosine(self, i: int, j: int) -> float:
        """The closest of title and question of one item to title and question of the other, centred."""
        left_title, left_question = self.title_vectors[i], self.question_vectors[i]
        right_title, right_question = self.title_vectors[j], self.question_vectors[j]
        titles = max(left_title @ right_title, left_title @ right_question)
        return float(max(titles, left_question @ right_title, left_question @ right_question))

    def overlaps(self, i: int, j: int) -> tuple[float, float]:
        """How much of each answer is in the other one: the mean over its statements of their nearest, 0..1."""
        left, right = self._statements(i), self._statements(j)
        if not len(left) or not len(right):
            alike = float(self.asked[i].key == self.asked[j].key != "")
            return alike, alike
        cosines = (left @ right.T).clip(0, 1)
        nearest = [np.maximum.reduce(cosines, axis=axis) for axis in (1, 0)]
        return float(nearest[0].sum() / len(left)), float(nearest[1].sum() / len(right))

    def stand_out(self, i: int, j: int) -> tuple[float, float]:
        """How much closer two items are than either is to its nearest others: by all, and by their answers alone.

        Items of a narrow field are all close to each other; what one question
        asks twice stands out among its neighbours.
        """
        rows = (self.vectors, self._crowding[0]), (self.answer_vectors, self._crowding[1])
        found, answer = (float(row[i] @ row[j] - (near[i] + near[j]) / 2) for row, near in rows)
        return found, answer

    def answered(self, i: int, j: int) -> float:
        """The closest that title or question of one item comes to a statement of the other's answer, as a cosine."""
        said = self._statements(j), self._statements(i)
        asked = ((self.title_vectors[k], self.question_vectors[k]) for k in (i, j))
        cosines = (statements @ one for (both, statements) in zip(asked, said, strict=True) for one in both)
        return max((float(found.max()) for found in cosines if len(found)), default=0.0)

    def spoken_of(self, i: int, j: int) -> float:
        """The share, 0..1, by weight, of what one title names that the other item speaks of; of the two the larger."""
        return max(self._spoken_of(self.asked[i], self.asked[j]), self._spoken_of(self.asked[j], self.asked[i]))

    def _spoken_of(self, one: Asked, other: Asked) -> float:
        named = {term for term in one.title if is_subject(term)} or {term for term in one.question if is_subject(term)}
        total = self.weigh(sorted(named))
        said = self.weigh(sorted(term for term in named if term in other.text or other.answers(term)))
        return said / total if total else 0.0

    def words_shared(self, i: int, j: int) -> list[float]:
        """The share of words, 0..1, that the titles of two items have in common, and their questions."""
        left, right = self.asked[i], self.asked[j]
        return [
            2 * _common(one, two) / max(1, len(one) + len(two))
            for one, two in ((left.title_words, right.title_words), (left.question_words, right.question_words))
        ]

    def are_kin(self, i: int, j: int) -> bool:
        """Whether one is about a part of what the other is about, as far as ``kin.txt`` knows."""
        left, right = self._in_kin[i], self._in_kin[j]
        return any((a, b) in kin() for a in left - right for b in right - left)

    def two_names(self, left: Asked, right: Asked) -> tuple[str, ...]:
        """What says that two names, one in each question, are of one thing."""
        both = left.called.keys() & right.called.keys()
        found = []
        for first in sorted(both):
            if left.called[first].isdisjoint(right.called[first]):
                name = min(left.called[first] | right.called[first])
                found.append(f"one thing by {self.aliases.said[name]}")
        return tuple(found)

    def rest(self, i: int, j: int) -> dict[str, float]:
        """The subject terms of one item that the other lacks, with what is left of their weight."""
        other = self.asked[j]
        terms = ((term, weight) for term, weight in self.subjects[i].items() if term not in other.words)
        rest = {term: weight * (1 - self.covered(term, other)) for term, weight in terms}
        return {term: weight for term, weight in rest.items() if weight > 0.01}

    def covered(self, term: str, other: Asked) -> float:
        """How far another question says a term in some words, 0..1."""
        if term in other.words:
            return 1.0
        by_word = max(map(self._synonyms_of(term).__getitem__, other.words), default=0.0)
        return max(by_word, IN_ANSWER) if other.answers(term) else by_word

    def knows(self, word: str) -> bool:
        """Whether a word has an embedding: a title or a question has it outside its frame."""
        return word in self._place

    def weigh(self, words: Sequence[str]) -> float:
        """How much some words tell together; what only frames a question tells nothing."""
        return sum(self.weights[word] for word in words if word not in FRAME)

    def synonymy(self, left: str, right: str) -> float:
        """How far two terms mean the same, 0..1: by word list, by letters, else by embedding."""
        return self._synonyms_of(left)[right]

    def _synonyms_of(self, term: str) -> _Synonyms:
        found = self._synonyms.get(term)
        if found is None:
            found = self._synonyms[term] = _Synonyms(term, self._look_up)
        return found

    def _look_up(self, left: str, right: str) -> float:
        if left == right or right in SAME_WORDS.get(left, ()):
            return 1.0
        if contrast(left, right):
            return 0.0
        if min(len(left), len(right)) >= 2 and (left in right or right in left):
            return 0.8
        if left not in self._place or right not in self._place:
            return 0.0
        cosine = float(self._term_vectors[self._place[left]] @ self._term_vectors[self._place[right]])
        return min(1.0, max(0.0, (cosine - STRANGERS) / (SYNONYMS - STRANGERS)))

    def _taken_apart(self, items: Sequence[Item]) -> list[Asked]:
        common = introductions(items)

        def take(some: Sequence[Item]) -> list[Asked]:
            return [take_apart(bare(item, common), self.aliases) for item in some]

        return [asked for some in in_processes(take, items) for asked in some]

    def _statements(self, i: int) -> np.ndarray:
        return self.statement_vectors[self._starts[i] : self._starts[i + 1]].astype(np.float32, copy=False)

    def _centred(self, rows: np.ndarray) -> np.ndarray:
        # In place: the statements of a hundred thousand answers are most of what this step holds in memory.
        rows -= (rows.sum(axis=0) + BACKGROUND_WEIGHT * self._background) / (len(rows) + BACKGROUND_WEIGHT)
        return _unit(rows)


class _Synonyms(dict[str, float]):
    """How far other terms mean the same as one, each looked up once; a pair is always asked for in one order."""

    def __init__(self, term: str, look_up: Callable[[str, str], float]) -> None:
        super().__init__()
        self._term, self._look_up = term, look_up

    def __missing__(self, other: str) -> float:
        found = self[other] = self._look_up(*sorted((self._term, other)))
        return found


def encoded(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """Embeddings as an array of one's own, (n_texts, dim): some at a time, so that no second copy of all is held."""
    rows = np.empty((0, 0), dtype=np.float32)
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        some = encoder.encode(texts[start : start + TEXTS_AT_ONCE])
        if not start:
            rows = np.empty((len(texts), some.shape[1]), dtype=np.float32)
        rows[start : start + len(some)] = some
    return rows


def crowding(rows: np.ndarray) -> np.ndarray:
    """How close each row of length 1 comes to its `NEIGHBOUR`-th nearest or, of few rows, a nearer one, (n_rows,)."""
    found = np.zeros(len(rows), dtype=np.float32)
    others = np.arange(0, len(rows), 1 + len(rows) // CROWD)
    # At least the second: the nearest may be the same question.
    place = min(max(2, min(NEIGHBOUR, len(rows) // SHARE)), len(others) - 1)
    for start in range(0, len(rows) if place > 0 else 0, TEXTS_AT_ONCE):
        cosines = rows[start : start + TEXTS_AT_ONCE] @ rows[others].T
        own = np.flatnonzero((others >= start) & (others < start + TEXTS_AT_ONCE))
        cosines[others[own] - start, own] = -1.0
        found[start : start + TEXTS_AT_ONCE] = np.partition(cosines, -place, axis=1)[:, -place]
    return found


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words two texts share, each as often as both have it."""
    return sum(min(left.count(word), right.count(word)) for word in set(left).intersection(right))


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1, made in place."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.maximum(lengths, 1e-9)[:, None]
    return rows
