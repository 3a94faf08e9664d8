"""The evidence about one pair of items: every figure that is weighed, what it adds up to, and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from examgen.dedupe.model import RELATED, SAME

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
# Said of a question that breaks off; a person decides.
CUT_OFF, CUT_OFF_SAME, CUT_OFF_WORD_FOR_WORD = "one is cut off, so what it asks is not known", 0.25, 0.6
# The shares of two answers to one question rarely differ by this: then one answer is a part of the other, unless the
# questions are worded alike.
PART, PART_BELOW, ONE_WORDING = 0.12, 0.42, 0.85


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
    veto: str
    """Why they cannot be the same, whatever the figures say; empty where nothing forbids it."""
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]

    @cached_property
    def same(self) -> float:
        """Probability that the two are the same."""
        if self.veto:
            return CUT_OFF_SAME if self.veto == CUT_OFF else 0.0
        word_for_word = self.differ_one < ALIKE and self.question >= WORD_FOR_WORD
        if word_for_word and self.cut_off:
            return CUT_OFF_WORD_FOR_WORD
        found = max(SAME.probability(self), LIKE_WORDS if word_for_word else 0.0)
        return found if self.overlap >= STRANGE_ANSWERS else min(found, STRANGE_SAME)

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
        gap = self.larger_overlap - self.overlap
        return self.overlap < PART_BELOW and gap >= PART and self.question < ONE_WORDING

    @property
    def related(self) -> float:
        """Probability that the two are the same or related."""
        kin = KIN_RELATED if self.kin and self.larger_overlap >= KIN_ANSWERS else 0.0
        return max(self.same, RELATED.probability(self), kin)

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
        return "; ".join([self.veto, *said] if self.veto else said)
