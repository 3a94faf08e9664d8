"""Do two items ask the same? The evidence about one pair, what it adds up to, and the reason in words.

A cut on the cosine of two questions cannot tell siblings from paraphrases:
"overfitting" and "underfitting" are closer than two wordings of one question.
So a pair is looked at from several sides:

- how close the questions come once their frames are taken off;
- which subject terms stand on one side only, and whether the other side says them in other words;
- whether the two are one template with another word in one slot (批归一化 / 层归一化);
- whether the differing terms are opposites, or name different phases;
- whether one asks about a second subject besides;
- how much of each answer is in the other one;
- how much closer the two are than either is to its other neighbours in the pile;
- unless the pile is big or tiny, what a closer look tells, and whether a reader takes the two questions for one.

What documents say are names of one thing is one term from the start (`examgen.dedupe.aliases`).
Opposites and phases decide alone. The rest is weighed by a logistic
regression; `tools/fit_dedupe.py` fits it and says on what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from examgen.dedupe.apart import SLOT, Apart
from examgen.dedupe.closer import CloserLook
from examgen.dedupe.evidence import Bar, Evidence
from examgen.dedupe.model import BIG
from examgen.dedupe.pile import Closeness, Pile
from examgen.embed import Encoder
from examgen.model import Item

# So many pairs' vectors are looked at together: the processor's cache holds them.
AT_ONCE = 100
# Among fewer items it tells nothing that two of them stand out; then, as in big banks, every bar forbids.
FEWEST = 16
# Probability below which no further evidence is looked for.
FAR = 0.2
# What only one has counts up to this weight: a long case names much.
MOST_DIFFERENT = 3.0
# From this weight on, what differs may be two names.
TWO_NAMES = 0.5


class Comparer:
    """Compares the items of one pile.

    Args:
        items: All items, of one language.
        encoder: Embeds titles, questions, answers, points and terms.
    """

    def __init__(self, items: Sequence[Item], encoder: Encoder) -> None:
        self.pile = Pile(items, encoder)
        self.apart = Apart(self.pile)
        looks_closely = len(items) >= FEWEST and not self.pile.is_big
        self._closely = CloserLook(self.pile, items) if looks_closely else None

    def compare(self, i: int, j: int) -> Evidence:
        """The evidence about two items."""
        return next(self.compare_all([(i, j)]))

    def compare_all(self, pairs: Sequence[tuple[int, int]]) -> Iterator[Evidence]:
        """The evidence about many pairs of items; to look at their vectors together takes less time."""
        for start in range(0, len(pairs), AT_ONCE):
            some = pairs[start : start + AT_ONCE]
            for (i, j), close in zip(some, self.pile.closeness(some), strict=True):
                yield self._weighed(i, j, close)

    def _weighed(self, i: int, j: int, close: Closeness) -> Evidence:
        left, right = self.pile.asked[i], self.pile.asked[j]
        overlaps = close.left_overlap, close.right_overlap
        known = {
            "question": close.question,
            "overlap": min(overlaps),
            "larger_overlap": max(overlaps),
            "stands_out": close.stands_out,
            "answer_stands_out": close.answer_stands_out,
        }
        if self.pile.is_big and self._far_apart(i, j, known):
            return self._far(i, j, known)
        left_rest, right_rest = self.pile.rest(i, j), self.pile.rest(j, i)
        left_sum, right_sum = sum(left_rest.values()), sum(right_rest.values())
        differ_one = max(left_sum, right_sum)
        known |= {
            "differ_one": min(differ_one, MOST_DIFFERENT),
            "other_wish": float(bool(left.wants and right.wants and not left.wants & right.wants)),
            "alike": max(0.0, 1 - differ_one),
        }
        two_scripts = min(left_sum, right_sum) >= TWO_NAMES and _two_scripts(left_rest, right_rest)
        names = self.pile.two_names(left, right)
        # Lining up wordings takes longest.
        if self.pile.is_big and not names and self._far_apart(i, j, self._bounded(i, j, known)):
            return self._far(i, j, known)
        second, besides = max(self.apart.second_subject(i, j), self.apart.second_subject(j, i))
        known |= {
            "second_subject": min(1.0, second),
            "answered": close.answered,
            "spoken_of": self.pile.spoken_of(i, j),
        }
        bar = self.apart.bar(
            i, j, left_rest, right_rest, close.question, min(overlaps), besides if second >= SLOT else ""
        )
        return Evidence(
            **known,
            names=names,
            kin=self.pile.are_kin(i, j),
            cut_off=not (self.pile.asked[i].complete and self.pile.asked[j].complete),
            own_subjects="" if names or two_scripts else self.apart.own_subjects(i, j, min(overlaps)),
            special="" if bar else self.apart.special(i, j, min(overlaps)),
            bar=bar,
            only_left=_heaviest(left_rest),
            only_right=_heaviest(right_rest),
            closer=self._closely.look(i, j) if self._closely else None,
            reading=None,
        )

    def _far_apart(self, i: int, j: int, known: dict[str, float]) -> bool:
        """Whether no further evidence could bring two items together."""
        return BIG.same.most(known) < FAR and BIG.related.most(known) < FAR and not self.pile.are_kin(i, j)

    def _bounded(self, i: int, j: int, known: dict[str, float]) -> dict[str, float]:
        """What is known, and that questions which join no subjects have no second one."""
        joined = self.pile.asked[i].joined or self.pile.asked[j].joined
        return known if joined else known | {"second_subject": 0.0}

    def _far(self, i: int, j: int, known: dict[str, float]) -> Evidence:
        """What is said of two items that are far apart."""
        unknown = {"differ_one": 1.0, "alike": 0.0, "other_wish": 0.0, "second_subject": 0.0}
        unknown |= {"answered": 0.0, "spoken_of": 0.0}
        return Evidence(
            **(unknown | known),
            names=(),
            kin=self.pile.are_kin(i, j),
            cut_off=not (self.pile.asked[i].complete and self.pile.asked[j].complete),
            own_subjects="",
            special="",
            bar=Bar("far", "far apart"),
            only_left=(),
            only_right=(),
            closer=None,
            reading=None,
        )


def _two_scripts(left: dict[str, float], right: dict[str, float]) -> bool:
    """Whether the heaviest terms that differ are Chinese on the one side and Latin on the other."""
    heaviest = [max(rest, key=lambda term: (rest[term], term), default="") for rest in (left, right)]
    return heaviest[0].isascii() != heaviest[1].isascii() if all(heaviest) else False


def _heaviest(rest: dict[str, float]) -> tuple[str, ...]:
    """The terms that weigh most, for people to read."""
    heavy = [term for term, weight in rest.items() if weight > 0.1]
    return tuple(sorted(heavy, key=lambda term: (-rest[term], term)))
