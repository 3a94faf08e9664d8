"""The items of one pile, taken apart, embedded and weighed: what a comparison of two of them starts from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

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

Key = TypeVar("Key")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close two items come by their vectors."""

    question: float
    """The closest of title and question of one item to title and question of the other, as a centred cosine."""
    left_overlap: float
    """How much of the first answer is in the other one: the mean over its statements of their nearest, 0..1."""
    right_overlap: float
    stands_out: float
    """How much closer two items are than either is to its nearest others. Items of a narrow field are all close to each
    other; what one question asks twice stands out among its neighbours."""
    answer_stands_out: float
    """The same of their answers alone."""
    answered: float
    """The closest that title or question of one item comes to a statement of the other's answer, as a cosine."""


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
        vectors = encoder.encode(vocabulary)
        self._term_vectors = dict(zip(vocabulary, _unit(vectors - vectors.mean(axis=0)), strict=True))
        # A pair of terms is always looked up in one order.
        self._synonyms = _Made[str, _Made[str, float]](
            lambda left: _Made(lambda right: self._look_up(*sorted((left, right))))
        )

    def _answers(self) -> np.ndarray:
        """The sum of the statements of each answer, (n_items, dim)."""
        rows = np.empty((len(self.asked), self.statement_vectors.shape[1]), dtype=np.float32)
        for row, (start, stop) in zip(rows, itertools.pairwise(self._starts), strict=True):
            self.statement_vectors[start:stop].sum(axis=0, dtype=np.float32, out=row)
        return rows

    def closeness(self, pairs: Sequence[tuple[int, int]]) -> list[Closeness]:
        """How close the items of each pair come by their vectors, of many pairs at once."""
        left, right = np.array(pairs).T
        title, question, vector, answer = (
            (rows[left], rows[right])
            for rows in (self.title_vectors, self.question_vectors, self.vectors, self.answer_vectors)
        )
        questions = [np.vecdot(one, other) for one in (title[0], question[0]) for other in (title[1], question[1])]
        stands_out, answer_stands_out = (
            np.vecdot(*rows) - (near[left] + near[right]) / 2
            for rows, near in zip((vector, answer), self._crowding, strict=True)
        )
        asked = [np.stack([title[side], question[side]], axis=1) for side in (0, 1)]
        overlaps, answered = self._told(pairs, *asked)
        columns = (np.maximum.reduce(questions), *overlaps, stands_out, answer_stands_out, answered)
        return [Closeness(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def _told(
        self, pairs: Sequence[tuple[int, int]], left_asked: np.ndarray, right_asked: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What statements tell of pairs: the shares of the answers, (2, n_pairs), and how far they answer, (n_pairs,).

        Args:
            left_asked: Titles and questions, (n_pairs, 2, dim).
        """
        overlaps, answered = np.zeros((2, len(pairs)), np.float32), np.zeros(len(pairs), np.float32)
        statements = {i: self._statements(i) for i in set(itertools.chain.from_iterable(pairs))}
        shapes: dict[tuple[int, int], list[int]] = {}
        for place, (i, j) in enumerate(pairs):
            shapes.setdefault((len(statements[i]), len(statements[j])), []).append(place)
        for shape, places in shapes.items():
            left, right = (np.stack([statements[pairs[place][side]] for place in places]) for side in (0, 1))
            if all(shape):
                cosines = (left @ right.transpose(0, 2, 1)).clip(0, 1)
                overlaps[0, places] = cosines.max(axis=2).sum(axis=1) / shape[0]
                overlaps[1, places] = cosines.max(axis=1).sum(axis=1) / shape[1]
            else:
                keys = [(self.asked[i].key, self.asked[j].key) for i, j in (pairs[place] for place in places)]
                overlaps[:, places] = [one == other != "" for one, other in keys]
            answers = [
                (said @ asked[places, which, :, None]).max(axis=(1, 2))
                for said, asked in ((right, left_asked), (left, right_asked))
                for which in (0, 1)
                if said.shape[1]
            ]
            answered[places] = np.maximum.reduce(answers) if answers else 0.0
        return overlaps, answered

    def spoken_of(self, i: int, j: int) -> float:
        """The share, 0..1, by weight, of what one title names that the other item speaks of; of the two the larger."""
        return max(self._spoken_of(self.asked[i], self.asked[j]), self._spoken_of(self.asked[j], self.asked[i]))

    def _spoken_of(self, one: Asked, other: Asked) -> float:
        named = sorted(set(filter(is_subject, one.title)) or set(filter(is_subject, one.question)))
        total = self.weigh(named)
        said = self.weigh([term for term in named if term in other.text or other.answers(term)])
        return said / total if total else 0.0

    def are_kin(self, i: int, j: int) -> bool:
        """Whether one is about a part of what the other is about, as far as ``kin.txt`` knows."""
        left, right = self._in_kin[i], self._in_kin[j]
        return bool(left and right) and any((a, b) in kin() for a in left - right for b in right - left)

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
        by_word = max(map(self._synonyms[term].__getitem__, other.words), default=0.0)
        return max(by_word, IN_ANSWER) if other.answers(term) else by_word

    def knows(self, word: str) -> bool:
        """Whether a word has an embedding: a title or a question has it outside its frame."""
        return word in self._term_vectors

    def weigh(self, words: Sequence[str]) -> float:
        """How much some words tell together; what only frames a question tells nothing."""
        return sum(self.weights[word] for word in words if word not in FRAME)

    def synonymy(self, left: str, right: str) -> float:
        """How far two terms mean the same, 0..1: by word list, by letters, else by embedding."""
        return self._synonyms[left][right]

    def _look_up(self, left: str, right: str) -> float:
        if left == right or right in SAME_WORDS.get(left, ()):
            return 1.0
        if contrast(left, right):
            return 0.0
        if min(len(left), len(right)) >= 2 and (left in right or right in left):
            return 0.8
        if left not in self._term_vectors or right not in self._term_vectors:
            return 0.0
        cosine = float(self._term_vectors[left] @ self._term_vectors[right])
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


class _Made(dict[Key, Made]):
    """What is made of each key when it is first asked for."""

    def __init__(self, make: Callable[[Key], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Made:
        found = self[key] = self._make(key)
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


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1, made in place."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.maximum(lengths, 1e-9)[:, None]
    return rows
