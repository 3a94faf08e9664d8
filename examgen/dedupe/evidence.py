"""The evidence about one pair of items: every figure that is weighed, what it adds up to, and the reason in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from examgen.dedupe.model import BIG, CLOSE, READ, Weights

# Less than this weight of terms on one side is no difference.
ALIKE = 0.2
# Questions this close, frames taken off, say the same words.
WORD_FOR_WORD = 0.9
# The same words ask the same, with this probability at least.
LIKE_WORDS = 0.9
# Answers that share less than this are about different things: their questions are one with this probability at most.
STRANGE_ANSWERS, STRANGE_SAME = 0.2, 0.4
# A whole and its part whose answers share this much give each other away, with this probability.
KIN_ANSWERS, KIN_RELATED = 0.35, 0.65
# Of a question that breaks off a person decides.
CUT_OFF_SAME, CUT_OFF_WORD_FOR_WORD = 0.25, 0.6
# After a closer look what is weighed in big banks still counts, so much less in log-odds, where neither question names
# much that the other lacks, or they come this close: what is asked over and over stands out among nothing.
HANDICAP, NEARLY_WORDED_ALIKE = 0.8, 0.8
# The shares of two answers to one question rarely differ by this: then one answer is a part of the other, unless the
# questions are worded alike.
PART, PART_BELOW, ONE_WORDING = 0.12, 0.42, 0.85


# What keeps two questions apart, whatever the figures say. All other bars are weighed with the figures after a closer
# look, and forbid without one.
FORBIDDING = frozenset({"kind", "key", "cut off", "phase", "remedy", "opposites", "turned"})
# These do so where the questions, or their titles, share so many of their letter pairs: then they are siblings that one
# person worded. Asked in other words, another name may be another name of the same.
FORBIDDING_IF_WORDED_ALIKE = {
    "things": 0.2,
    "names": 0.2,
    "kinds": 0.2,
    "second": 0.35,
    "template": 0.5,
    "special": 0.5,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that makes two questions of two items."""

    sort: str
    """Of what sort it is: ``opposites``, ``phase``, ``things``, ...; the weights know it as ``bar:things``."""
    why: str
    """In words."""


@dataclass(frozen=True, slots=True)
class Closer:
    """What a closer look at two items of a pile tells, which is too dear for big ones."""

    asked: float
    """How close their questions come, as a centred cosine."""
    answers: float
    """How close their answers come, each the mean of its statements."""
    nearer: float
    """How much closer the two come than one of them does to its nearest other; of the two the larger."""
    answer_nearer: float
    """The same of their answers; of the two the smaller."""
    answer_nearer_next: float
    """The same, where the nearest other may be the same question too: compared with the next one."""
    matched: float
    """How close their statements come where each has one partner; the mean over those of the longer answer."""
    fewest_words: float
    """The share of an answer's words that the other answer has too; of the two the smaller."""
    most_words: float
    told: float
    """The share of what one question is about, by weight, that the other item speaks of; of the two the smaller."""
    letters: float
    """The share of pairs of letters that both questions have, of all that either has."""
    title_letters: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader of pairs makes of two questions; see `examgen.dedupe.second_look`."""

    same: float
    """Log-odds of the same against different."""
    related: float
    """Log-odds of the same against related."""

    @property
    def probability(self) -> float:
        """Probability that the two are the same, as far as their wording tells."""
        return 1 / (1 + math.exp(-self.same) + math.exp(-self.related))


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against two items being the same; `examgen.dedupe.model` weighs its figures."""

    question: float
    """The closest of title and question of one to title and question of the other, as a cosine."""
    overlap: float
    """The share of one answer, 0..1, that is in the other; of the two answers the smaller."""
    larger_overlap: float
    stands_out: float
    """How much closer the two are than either is to its nearest others in the pile, by question and answer."""
    answer_stands_out: float
    """The same of their answers alone."""
    answered: float
    """The closest that one question comes to a statement of the other answer, as a cosine."""
    spoken_of: float
    """The share, 0..1, of what one title names that the other item speaks of; of the two the larger."""
    differ_one: float
    other_wish: float
    second_subject: float
    alike: float
    """1 where both have the same subject terms, 0 where one has terms of weight 1 and more that the other lacks."""
    names: tuple[str, ...]
    """What says that the two use different names of one thing."""
    kin: bool
    """Whether one is about a part of what the other is about, as far as `examgen.dedupe.words.kin` knows."""
    cut_off: bool
    own_subjects: str
    """What each names that the other does not speak of, where their answers do not make one of it."""
    special: str
    """What only one is about, which makes it a special case of the other; empty where there is nothing of the kind."""
    bar: Bar | None
    """What makes two questions of them, if anything does."""
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    closer: Closer | None = None
    """None in a big bank, and in a tiny one."""
    reading: Reading | None = None
    """None where nobody read the two side by side."""

    @property
    def weights(self) -> Weights:
        """What weighs the figures, by how closely the two were looked at."""
        return BIG if self.closer is None else CLOSE if self.reading is None else READ

    @property
    def forbidden(self) -> bool:
        """Whether they cannot be the same, whatever the figures say."""
        if self.bar is None or self.closer is None:
            return self.bar is not None
        worded_alike = max(self.closer.letters, self.closer.title_letters)
        return self.bar.sort in FORBIDDING or worded_alike >= FORBIDDING_IF_WORDED_ALIKE.get(self.bar.sort, math.inf)

    @cached_property
    def same(self) -> float:
        """Probability that the two are the same."""
        if self.bar and self.forbidden:
            return CUT_OFF_SAME if self.bar.sort == "cut off" else 0.0
        word_for_word = self.differ_one < ALIKE and self.question >= WORD_FOR_WORD
        if word_for_word and self.cut_off:
            return CUT_OFF_WORD_FOR_WORD
        found = self.weights.same.probability(self)
        if self.closer and not self.bar and (self.alike or self.question >= NEARLY_WORDED_ALIKE):
            found = max(found, BIG.same.probability(self, -HANDICAP))
        if word_for_word and not self.bar:
            found = max(found, LIKE_WORDS)
        return found if self.overlap >= STRANGE_ANSWERS else min(found, STRANGE_SAME)

    @property
    def gap(self) -> float:
        """How much more of one answer is in the other than the other way round."""
        return self.larger_overlap - self.overlap

    @property
    def named(self) -> float:
        """1 where something says that the two use different names of one thing."""
        return float(bool(self.names))

    @property
    def has_own(self) -> float:
        """1 where each has a subject of its own."""
        return float(bool(self.own_subjects))

    @property
    def is_special(self) -> float:
        """1 where one is a special case of the other."""
        return float(bool(self.special))

    @property
    def part(self) -> bool:
        """Whether one answer is a part of the other: the one asks about some of what the other asks about."""
        return self.overlap < PART_BELOW and self.gap >= PART and self.question < ONE_WORDING

    @property
    def related(self) -> float:
        """Probability that the two are the same or related."""
        kin = KIN_RELATED if self.kin and self.larger_overlap >= KIN_ANSWERS else 0.0
        return max(self.same, self.weights.related.probability(self), kin)

    @property
    def reason(self) -> str:
        """What was shared and what differed."""
        said = [
            f"questions {self.question:.2f} alike",
            f"answers share {self.overlap:.0%} to {self.larger_overlap:.0%}",
            f"{abs(self.stands_out):.2f} {'closer' if self.stands_out >= 0 else 'less close'} than their neighbours",
        ]
        for side, words in (("only the first", self.only_left), ("only the second", self.only_right)):
            if words:
                said.append(f"{side} says {'、'.join(words[:6])}")
        if not (self.only_left or self.only_right):
            said.append("the subject terms are the same")
        said += self.names
        if self.other_wish:
            said.append("they want to hear different things")
        if self.part:
            said.append("one answer is a part of the other")
        if self.special:
            said.append(f"only one is about {self.special}")
        if self.own_subjects:
            said.append(self.own_subjects)
        if self.closer:
            shares = f"{self.closer.fewest_words:.0%} to {self.closer.most_words:.0%}"
            said.append(f"their answers have {shares} of their words in common")
            if self.closer.answer_nearer > 0:
                said.append("no third answer comes as near")
        if self.reading:
            said.append(f"read side by side, one question at {self.reading.probability:.0%}")
        return "; ".join([self.bar.why, *said] if self.bar else said)
