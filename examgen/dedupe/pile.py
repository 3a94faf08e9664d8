"""The items of one pile, taken apart, embedded and weighed: what a comparison of two of them starts from."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
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
    shared,
    statements,
    take_apart,
    tellings,
)
from examgen.dedupe.lexicon import BACKGROUND, FRAME
from examgen.dedupe.shelf import Shelf
from examgen.dedupe.verdict import key
from examgen.dedupe.words import SAME_WORDS, contrast, is_subject, kin, plain, terms
from examgen.embed import Encoder
from examgen.forked import in_processes
from examgen.model import Item
from examgen.text import has_han

# Of a question, so much is embedded; longer ones begin with a text or a case.
MAX_QUESTION_CHARS = 160
# Rows that are looked at together, so that no second copy of all is held.
AT_ONCE = 10_000
# From so many items on, less is looked at and less is kept: pairs that are far apart by their words are not lined up,
# vectors lie in files, and those of statements are half-precision floats. A cosine is then off by less than 0.001.
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
        self.is_big = len(items) >= BIG_BANK
        # First, because it loads the word lists, which processes that are forked then need not do.
        plain_words = {term for text in BACKGROUND for term in terms(plain(text))}
        self.aliases = find_aliases((key(item), item.title, item.question, answer_text(item)) for item in items)
        self.asked = self._taken_apart(items)
        self.weights = Weights(self.asked, [item.sources[0].document if item.sources else "" for item in items])
        # What a title names, or a question where there is no title, as far as it has kin.
        in_kin = {term for pair in kin() for term in pair}
        self._in_kin = [shared(in_kin.intersection(asked.title or asked.question)) for asked in self.asked]
        self.subjects = [self.weights.subject(asked) for asked in self.asked]
        chinese = any(item.lang == "zh" for item in items)
        background = encoder.encode([text for text in BACKGROUND if has_han(text) == chinese])
        self._background = background.mean(axis=0)

        titles = [a.title_core or a.question_core or a.text or "." for a in self.asked]
        questions = [a.question_core[:MAX_QUESTION_CHARS] or title for a, title in zip(self.asked, titles, strict=True)]
        self._shelf = Shelf(in_files=self.is_big)
        # Four rows an item, side by side in its file. The last two are for the search of neighbours: its answer as the
        # mean of its statements, and all together.
        self._rows = self._shelf.zeros((len(items), 4, len(self._background)))
        self.title_vectors, self.question_vectors, self.answer_vectors, self.vectors = self._rows.swapaxes(0, 1)
        self._embed(encoder, titles, self.title_vectors)
        self._embed(encoder, questions, self.question_vectors)
        told = tellings([statements(item) for item in items])
        self._starts = [0, *itertools.accumulate(map(len, told))]
        said = [beginning(text) for answer in told for text in answer]
        precision = np.float16 if self.is_big else np.float32
        self.statement_vectors = self._shelf.zeros((len(said), len(self._background)), precision)
        self._embed(encoder, said, self.statement_vectors)
        for some in _blocks(len(items)):
            self.answer_vectors[some] = answers = _unit(self._answers(some))
            self.vectors[some] = _unit(self.question_vectors[some] + self.title_vectors[some] + answers)
            self._shelf.put_back()
        # How close each item comes to its nearest others: in all, and in its answer.
        self._crowding = crowding(self.in_memory(self.vectors)), crowding(self.in_memory(self.answer_vectors))

        vocabulary = sorted(plain_words.union(*((*a.title, *a.question) for a in self.asked)))
        vectors = encoder.encode(vocabulary)
        self._term_vectors = dict(zip(vocabulary, _unit(vectors - vectors.mean(axis=0)), strict=True))
        # A pair of terms is always looked up in one order. What looks it up holds the vectors alone: with the pile, it
        # would be a ring, which goes when the collector comes by.
        synonymy = functools.partial(_synonymy, self._term_vectors)
        self._synonyms = _Made[str, _Made[str, float]](
            lambda left: _Made(lambda right: synonymy(*sorted((left, right))))
        )

    def _embed(self, encoder: Encoder, texts: Sequence[str], rows: np.ndarray) -> None:
        """Fill rows, (n_texts, dim), with embeddings without what they have in common, of length 1."""
        raw_shelf = Shelf(in_files=self.is_big)
        raw = raw_shelf.zeros(rows.shape)
        total = np.zeros_like(self._background)
        for some in _blocks(len(texts)):
            raw[some] = encoder.encode(texts[some])
            # Row after row, so that it is to the last digit what one sum over all rows would be.
            total = np.vstack([total, raw[some]]).sum(axis=0)
            raw_shelf.put_back()
        common = (total + BACKGROUND_WEIGHT * self._background) / (len(texts) + BACKGROUND_WEIGHT)
        for some in _blocks(len(texts)):
            rows[some] = _unit(raw[some] - common)
            raw_shelf.put_back()
            self._shelf.put_back()

    def _answers(self, some: slice) -> np.ndarray:
        """The sum of the statements of each of some answers, (n_items, dim)."""
        numbers = range(len(self.asked))[some]
        rows = np.empty((len(numbers), self.statement_vectors.shape[1]), dtype=np.float32)
        for row, i in zip(rows, numbers, strict=True):
            self.statements_of(i).sum(axis=0, out=row)
        return rows

    def in_memory(self, rows: np.ndarray) -> np.ndarray:
        """A copy of rows that lie in a file, for those who look at all of them."""
        copy = np.empty_like(rows, order="C")
        for some in _blocks(len(rows)):
            copy[some] = rows[some]
            self._shelf.put_back()
        return copy

    def closeness(self, pairs: Sequence[tuple[int, int]]) -> list[Closeness]:
        """How close the items of each pair come by their vectors, of many pairs at once."""
        left, right = np.array(pairs).T
        rows = self._rows[left].swapaxes(0, 1), self._rows[right].swapaxes(0, 1)
        (*left_asked, left_answer, left_all), (*right_asked, right_answer, right_all) = rows
        questions = [np.vecdot(one, other) for one in left_asked for other in right_asked]
        stands_out, answer_stands_out = (
            np.vecdot(one, other) - (near[left] + near[right]) / 2
            for one, other, near in zip((left_all, left_answer), (right_all, right_answer), self._crowding, strict=True)
        )
        overlaps, answered = self._told(pairs, np.stack(left_asked, axis=1), np.stack(right_asked, axis=1))
        self._shelf.put_back()
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
        statements = {i: self.statements_of(i) for i in set(itertools.chain.from_iterable(pairs))}
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

    def _taken_apart(self, items: Sequence[Item]) -> list[Asked]:
        common = introductions(items)

        def take(some: Sequence[Item]) -> list[Asked]:
            return [take_apart(bare(item, common), self.aliases) for item in some]

        return [asked for some in in_processes(take, items) for asked in some]

    def statements_of(self, i: int) -> np.ndarray:
        """What an answer says, (n_statements, dim)."""
        return self.statement_vectors[self._starts[i] : self._starts[i + 1]].astype(np.float32, copy=False)


class _Made(dict[Key, Made]):
    """What is made of each key when it is first asked for."""

    def __init__(self, make: Callable[[Key], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Made:
        found = self[key] = self._make(key)
        return found


def _synonymy(vectors: dict[str, np.ndarray], left: str, right: str) -> float:
    if left == right or right in SAME_WORDS.get(left, ()):
        return 1.0
    if contrast(left, right):
        return 0.0
    if min(len(left), len(right)) >= 2 and (left in right or right in left):
        return 0.8
    if left not in vectors or right not in vectors:
        return 0.0
    cosine = float(vectors[left] @ vectors[right])
    return min(1.0, max(0.0, (cosine - STRANGERS) / (SYNONYMS - STRANGERS)))


def _blocks(count: int) -> Iterator[slice]:
    """Places of so many rows as memory holds at once."""
    return (slice(start, start + AT_ONCE) for start in range(0, count, AT_ONCE))


def crowding(rows: np.ndarray) -> np.ndarray:
    """How close each row of length 1 comes to its `NEIGHBOUR`-th nearest or, of few rows, a nearer one, (n_rows,)."""
    found = np.zeros(len(rows), dtype=np.float32)
    others = np.arange(0, len(rows), 1 + len(rows) // CROWD)
    # At least the second: the nearest may be the same question.
    place = min(max(2, min(NEIGHBOUR, len(rows) // SHARE)), len(others) - 1)
    for start in range(0, len(rows) if place > 0 else 0, AT_ONCE):
        cosines = rows[start : start + AT_ONCE] @ rows[others].T
        own = np.flatnonzero((others >= start) & (others < start + AT_ONCE))
        cosines[others[own] - start, own] = -1.0
        found[start : start + AT_ONCE] = np.partition(cosines, -place, axis=1)[:, -place]
    return found


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1, made in place."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.maximum(lengths, 1e-9)[:, None]
    return rows
