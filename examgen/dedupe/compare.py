"""Do two items ask the same? The evidence about one pair, what it adds up to, and the reason in words.

A cut on the cosine of two questions cannot tell siblings from paraphrases:
"overfitting" and "underfitting" are closer than two wordings of one question.
So a pair is looked at from several sides:

- how close the questions come once their frames are taken off;
- which subject terms stand on one side only, and whether the other side says them in other words;
- whether the two are one template with another word in one slot (批归一化 / 层归一化);
- whether the differing terms are opposites, or name different phases;
- whether one asks about a second subject besides;
- how much of each answer is in the other one.

What documents say are names of one thing is one term from the start (`examgen.dedupe.aliases`).
Opposites, phases and filled slots decide alone. The rest is weighed by a
logistic regression; `tools/fit_dedupe.py` fits it and says on what.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np

from examgen.dedupe.aliases import find_aliases
from examgen.dedupe.asked import Asked, Weights, answer_text, bare_questions, beginning, take_apart, tellings
from examgen.dedupe.lexicon import BACKGROUND, CONTEXTS, FRAME, INTENTS, MODIFIERS, NEGATIONS, PHASES, RIVAL_WISHES
from examgen.dedupe.model import RELATED, SAME
from examgen.dedupe.verdict import key
from examgen.dedupe.words import SAME_WORDS, contrast, is_subject, kin, plain, terms, tokens
from examgen.embed import Encoder
from examgen.model import Item
from examgen.text import has_han

# Of a question, so much is embedded; longer ones begin with a text or a case.
MAX_QUESTION_CHARS = 160
TEXTS_AT_ONCE = 20_000
# The corpus mean is drawn towards the background mean as if the background had this many questions.
BACKGROUND_WEIGHT = 60
# Terms whose cosine, centred, is below the first are strangers, above the second synonyms.
STRANGERS, SYNONYMS = 0.45, 0.85
# A term that only the other answer says is covered so far.
IN_ANSWER = 0.35
# A term lighter than this does not make a difference.
HEAVY = 0.25
# Less than this weight of terms on one side is no difference.
ALIKE = 0.2
# Questions this close, frames taken off, say the same words.
WORD_FOR_WORD = 0.9
# Answers that share less than this are about different things: where besides the questions are the same word for word,
# or want to hear different things, they are one with this probability at most.
STRANGE_ANSWERS, STRANGE_SAME = 0.2, 0.4
# Answers that share this much answer problems and remedies alike.
ONE_ANSWER = 0.45
# What two Chinese subjects end in is their head from so many letters on.
HEAD_CHARS = 2
# Where answers share this much, a subject and its special case are one.
ONE_SUBJECT = 0.6
# A whole and its part whose answers share this much give each other away, with this probability.
KIN_ANSWERS, KIN_RELATED = 0.35, 0.65
# Said of a question that breaks off; a person decides.
CUT_OFF, CUT_OFF_SAME = "one is cut off, so what it asks is not known", 0.25
# Probability below which no further evidence is looked for.
FAR = 0.2
# From so many items on, pairs that are far apart by their words are not looked at any further.
BIG_BANK = 5000
# Where both sides have terms of this weight that the other lacks, and the questions are less close than this, answers
# may be as alike as they will: they are about siblings. A Chinese and a Latin name may be of one thing, though.
SUBJECTS_APART, FAR_APART = 0.7, 0.35
PROBLEM_AND_REMEDY = {frozenset({"problem"}), frozenset({"how"})}
# Kinds whose options or key are a part of the question, and how much two of one question share of them.
KEYED = {"single_choice", "multiple_choice", "fill_in", "matching", "ordering", "numeric"}
SAME_KEY = 0.75
# The shares of two answers to one question rarely differ by this: then one answer is a part of the other, unless the
# questions are worded alike.
PART, PART_BELOW, ONE_WORDING = 0.12, 0.42, 0.85
# Siblings, and a question that is a part of another one, are hardly the same.
HARDLY_SAME = 0.1
# From this weight on, what differs may be two names.
TWO_NAMES = 0.5
# A slot, or a second subject, that weighs this much makes two questions of one.
SLOT = 0.3
# A word that weighs this much makes a special case of a question.
SPECIAL = 0.5
# A question is all about a subject that holds this share of its terms, by weight.
MOSTLY = 0.6
# Questions that each name a subject of their own are one only where their answers share this much. Of the development
# sets' pairs of one question that are so named and share less, the method merges none without this rule either.
OWN_SUBJECTS = 0.4
# From here two wordings are one template.
TEMPLATE = 0.7
# Wordings that share less than this of their words have no slots.
LOOSE = 0.45
# From here a negating prefix that only one wording has turns the sense round.
NEGATED = 0.6


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against two items being the same; every figure is named in `examgen.dedupe.model`."""

    question: float
    overlap: float
    larger_overlap: float
    differ_both: float
    differ_one: float
    other_wish: float
    template: float
    second_subject: float
    alike: float
    """1 where both have the same subject terms, 0 where one has terms of weight 1 and more that the other lacks."""
    shared: float
    two_scripts: float
    """Whether what one names in Chinese stands against a Latin name."""
    names: tuple[str, ...]
    """What says that the two use different names of one thing."""
    kin: bool
    """Whether one is about a part of what the other is about, as far as `examgen.dedupe.words.kin` knows."""
    cut_off: bool
    own_subjects: str
    """What each names that the other does not speak of, where their answers do not make one of it."""
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
            return 0.6
        if word_for_word:
            # The same words ask the same, unless the answers speak of different things.
            return max(SAME.probability(self), 0.9) if self.overlap >= STRANGE_ANSWERS else STRANGE_SAME
        found = SAME.probability(self)
        if self.other_wish and self.overlap < STRANGE_ANSWERS:
            found = min(found, STRANGE_SAME)
        if self.differ_both >= SUBJECTS_APART and self.question < FAR_APART and not self.two_scripts:
            return min(found, HARDLY_SAME)
        return min(found, HARDLY_SAME) if self.part or self.own_subjects else found

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
        if self.own_subjects:
            said.append(self.own_subjects)
        return "; ".join([self.veto, *said] if self.veto else said)


class Comparer:
    """Compares the items of one set; what is needed for each item is worked out once.

    Args:
        items: All items, of one language.
        encoder: Embeds titles, questions, answers, points and terms.
    """

    def __init__(self, items: Sequence[Item], encoder: Encoder) -> None:
        self.items = items
        self.aliases = find_aliases((key(item), item.title, item.question, answer_text(item)) for item in items)
        self.asked = [take_apart(item, self.aliases) for item in bare_questions(items)]
        self.weights = Weights(self.asked, [item.sources[0].document if item.sources else "" for item in items])
        self.subjects = [self.weights.subject(asked) for asked in self.asked]
        chinese = any(item.lang == "zh" for item in items)
        background = encoder.encode([text for text in BACKGROUND if has_han(text) == chinese])
        self._background = background.mean(axis=0)

        titles = [a.title_core or a.question_core or a.text or "." for a in self.asked]
        questions = [a.question_core[:MAX_QUESTION_CHARS] or title for a, title in zip(self.asked, titles, strict=True)]
        self.title_vectors = self._centred(encoded(encoder, titles))
        self.question_vectors = self._centred(encoded(encoder, questions))
        told = tellings([a.statements for a in self.asked])
        lengths = [len(statements) for statements in told]
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        said = [beginning(text) for statements in told for text in statements]
        self.statement_vectors = self._centred(encoded(encoder, said)) if said else np.zeros((0, 1), np.float32)

        plain_words = {term for text in BACKGROUND for term in terms(plain(text))}
        vocabulary = sorted(plain_words.union(*((*a.title, *a.question) for a in self.asked)))
        self._place = {term: place for place, term in enumerate(vocabulary)}
        vectors = encoder.encode(vocabulary)
        self._term_vectors = _unit(vectors - vectors.mean(axis=0))
        self._synonyms: dict[str, _Synonyms] = {}

    @cached_property
    def answer_vectors(self) -> np.ndarray:
        """One row an item: the mean of its statements."""
        rows = np.empty((len(self.items), self.statement_vectors.shape[1]), dtype=np.float32)
        for row, (start, stop) in zip(rows, itertools.pairwise(self._starts.tolist()), strict=True):
            self.statement_vectors[start:stop].sum(axis=0, out=row)
        return _unit(rows)

    @property
    def vectors(self) -> np.ndarray:
        """One row an item for the search of neighbours: question, title and answer together."""
        rows: np.ndarray = self.question_vectors + self.title_vectors
        rows += self.answer_vectors
        return _unit(rows)

    def question_cosine(self, i: int, j: int) -> float:
        """The closest of title and question of one item to title and question of the other, centred."""
        t, q = self.title_vectors, self.question_vectors
        return float(max(t[i] @ t[j], t[i] @ q[j], q[i] @ t[j], q[i] @ q[j]))

    def compare(self, i: int, j: int) -> Evidence:
        """The evidence about two items."""
        left, right = self.asked[i], self.asked[j]
        question, overlaps = self.question_cosine(i, j), self._overlaps(i, j)
        shared = sum(self.weights[term] for term in sorted(left.words & right.words))
        known = {
            "question": question,
            "overlap": min(overlaps),
            "larger_overlap": max(overlaps),
            "shared": shared,
        }
        if self._far_apart(i, j, known):
            return self._far(i, j, known)
        left_rest, right_rest = self._rest(i, j), self._rest(j, i)
        left_sum, right_sum = sum(left_rest.values()), sum(right_rest.values())
        differ_both, differ_one = min(left_sum, right_sum), max(left_sum, right_sum)
        known |= {
            "differ_both": differ_both,
            "differ_one": differ_one,
            "other_wish": float(bool(left.wants and right.wants and not left.wants & right.wants)),
            "alike": max(0.0, 1 - differ_one),
            "two_scripts": float(differ_both >= TWO_NAMES and _two_scripts(left_rest, right_rest)),
        }
        names = self._two_names(left, right)
        # Lining up wordings takes longest.
        if len(self.items) >= BIG_BANK and not names and self._far_apart(i, j, self._bounded(i, j, known)):
            return self._far(i, j, known, max(self._words_shared(i, j)))
        template, parted = self._slots(i, j)
        second, besides = max(self._second_subject(i, j), self._second_subject(j, i))
        known["second_subject"] = min(1.0, second)
        return Evidence(
            **known,
            template=template,
            names=names,
            kin=self._kin(i, j),
            cut_off=not (self.items[i].complete and self.items[j].complete),
            own_subjects="" if names or known["two_scripts"] else self._own_subjects(i, j, min(overlaps)),
            veto=self._veto(i, j, left_rest, right_rest, parted, besides if second >= SLOT else "", min(overlaps)),
            only_left=_heaviest(left_rest),
            only_right=_heaviest(right_rest),
        )

    def _statements(self, i: int) -> np.ndarray:
        found: np.ndarray = self.statement_vectors[self._starts[i] : self._starts[i + 1]]
        return found

    def _two_names(self, left: Asked, right: Asked) -> tuple[str, ...]:
        """What says that two names, one in each question, are of one thing."""
        both = left.called.keys() & right.called.keys()
        found = []
        for first in sorted(both):
            if left.called[first].isdisjoint(right.called[first]):
                name = min(left.called[first] | right.called[first])
                found.append(f"one thing by {self.aliases.said[name]}")
        return tuple(found)

    def _far_apart(self, i: int, j: int, known: dict[str, float]) -> bool:
        """Whether no further evidence could bring two items together."""
        return SAME.most(known) < FAR and RELATED.most(known) < FAR and not self._kin(i, j)

    def _bounded(self, i: int, j: int, known: dict[str, float]) -> dict[str, float]:
        """What is known, and that questions which join no subjects have no second one."""
        joined = self.asked[i].joined or self.asked[j].joined
        return known if joined else known | {"second_subject": 0.0}

    def _kin(self, i: int, j: int) -> bool:
        known = kin()
        left, right = self.asked[i].subjects, self.asked[j].subjects
        return any((a, b) in known for a in left - right for b in right - left)

    def _far(self, i: int, j: int, known: dict[str, float], template: float = 0.0) -> Evidence:
        """What is said of two items that are far apart."""
        unknown = {"differ_both": 1.0, "differ_one": 1.0, "alike": 0.0, "other_wish": 0.0, "second_subject": 0.0}
        unknown["two_scripts"] = 0.0
        return Evidence(
            **(unknown | known),
            template=template,
            names=(),
            kin=self._kin(i, j),
            cut_off=not (self.items[i].complete and self.items[j].complete),
            own_subjects="",
            veto="far apart",
            only_left=(),
            only_right=(),
        )

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

    def _covered(self, term: str, other: Asked) -> float:
        if term in other.words:
            return 1.0
        by_word = max(map(self._synonyms_of(term).__getitem__, other.words), default=0.0)
        return max(by_word, IN_ANSWER) if other.answers(term) else by_word

    def _rest(self, i: int, j: int) -> dict[str, float]:
        """The subject terms of one item that the other lacks, with what is left of their weight."""
        other = self.asked[j]
        terms = ((term, weight) for term, weight in self.subjects[i].items() if term not in other.words)
        rest = {term: weight * (1 - self._covered(term, other)) for term, weight in terms}
        return {term: weight for term, weight in rest.items() if weight > 0.01}

    def _overlaps(self, i: int, j: int) -> tuple[float, float]:
        """How much of each answer is in the other one: the mean over its statements of their nearest, 0..1."""
        left, right = self._statements(i), self._statements(j)
        if not len(left) or not len(right):
            alike = float(self.asked[i].key == self.asked[j].key != "")
            return alike, alike
        cosines = left @ right.T
        nearest = [np.maximum.reduce(cosines, axis=axis).clip(0, 1) for axis in (1, 0)]
        return float(nearest[0].sum() / len(left)), float(nearest[1].sum() / len(right))

    def _slots(self, i: int, j: int) -> tuple[float, str]:
        """Line up the wordings: how much of a template they share, and why it parts them, filled differently."""
        left, right = self.asked[i], self.asked[j]
        template, why = 0.0, ""
        wordings = (left.title_words, right.title_words), (left.question_words, right.question_words)
        for (one, two), most in zip(wordings, self._words_shared(i, j), strict=True):
            if not one or not two:
                continue
            if one == two:
                template = 1.0
                continue
            if most < LOOSE:
                # They cannot be lined up, and to try takes longer than all the rest.
                template = max(template, most)
                continue
            matcher = SequenceMatcher(None, one, two, autojunk=False)
            ratio = matcher.ratio()
            template = max(template, ratio)
            for what, a, b, c, d in matcher.get_opcodes():
                if what in ("insert", "delete") and ratio >= NEGATED:
                    added, after, other = (one[a:b], one[b:], right) if what == "delete" else (two[c:d], two[d:], left)
                    if len(added) == 1 and added[0] in NEGATIONS:
                        why = f"one template, filled differently: {added[0]} / –"
                    elif ratio >= TEMPLATE and (special := self._special(added, after, other)):
                        why = f"only one is about {special}"
                if what != "replace":
                    continue
                if ratio < TEMPLATE or self._cross_mentioned(one[a:b], two[c:d], left, right):
                    continue
                if self._slot(one[a:b], two[c:d], frozenset(one), frozenset(two)) >= SLOT:
                    why = f"one template, filled differently: {''.join(one[a:b])} / {''.join(two[c:d])}"
        return template, why

    def _words_shared(self, i: int, j: int) -> list[float]:
        """The share of words, 0..1, that the titles of two items have in common, and their questions."""
        return [
            2 * _common(one, two) / max(1, one.total() + two.total())
            for one, two in zip(self.asked[i].counts, self.asked[j].counts, strict=True)
        ]

    def _special(self, added: Sequence[str], after: Sequence[str], other: Asked) -> str:
        """The word by which a wording is a special case: it stands before a subject, and the other speaks not of it."""
        word = next((word for word in reversed(added) if word not in FRAME), "")
        special = word and after and after[0] not in FRAME and is_subject(after[0]) and self._only_of(word, other)
        return word if special else ""

    def _kinds(self, i: int, j: int, overlap: float) -> str:
        """Why two subjects with one head are two: 表见代理 and 无权代理 are siblings, 物权 holds 担保物权."""
        left, right = self.asked[i], self.asked[j]
        for one, two in itertools.product(left.phrases, right.phrases):
            shared = 0
            while shared < min(len(one), len(two)) and one[-1 - shared] == two[-1 - shared]:
                shared += 1
            a, b, head = one[: len(one) - shared], two[: len(two) - shared], one[-shared:]
            if not (a or b) or shared < HEAD_CHARS:
                continue
            if a and b:
                mentioned = a in right.key and b in left.key
                if not (mentioned or self._told(a, right) or self._told(b, left)):
                    return f"two kinds of {head}: {a} / {b}"
            elif overlap < ONE_SUBJECT and not self._told(a or b, right if a else left):
                return f"only one is about {a or b}{head}"
        if overlap < ONE_SUBJECT and (narrower := self._narrower(left, right) or self._narrower(right, left)):
            return f"only one is about {narrower}"
        if overlap < ONE_SUBJECT and (aspect := self._aspect(left, right) or self._aspect(right, left)):
            return f"only one is about {aspect}"
        return ""

    def _narrower(self, whole: Asked, part: Asked) -> str:
        """The word that a second title and question put before the whole subject of the first: LRU 页面置换算法."""
        subject, text = "".join(whole.title), part.text.replace(" ", "")
        for word in part.title:
            if subject and word not in CONTEXTS and f"{word}{subject}" in text and self._only_of(word, whole):
                return word
        return ""

    def _only_of(self, word: str, other: Asked) -> bool:
        """Whether a word is heavy, and the other question and answer speak of it in no words."""
        return (
            is_subject(word)
            and self.weights[word] >= SPECIAL
            and not other.answers(word)
            and self._covered(word, other) < IN_ANSWER
            and not any(word in PHASES[place] for place in other.title_phases | other.question_phases)
        )

    def _aspect(self, whole: Asked, part: Asked) -> str:
        """What the second title is about, where it names the whole subject of the first and goes on: X 的误差 and X."""
        subjects, more = whole.phrases, part.phrases
        if not subjects or len(more) < 2 or not set(subjects) < set(more) or more[-1] in subjects:
            return ""
        return "" if self._told(more[-1], whole, whole.key) else more[-1]

    def _told(self, modifier: str, other: Asked, answer: str = "") -> bool:
        """Whether the other question, or its answer, speaks of what only one title names, or in other words."""
        words = tokens(modifier)
        if self._weigh(words) < SPECIAL or modifier in CONTEXTS or modifier in other.text or modifier in answer:
            return True
        return all(self._covered(word, other) > IN_ANSWER for word in words)

    def _slot(
        self, left: Sequence[str], right: Sequence[str], left_all: frozenset[str], right_all: frozenset[str]
    ) -> float:
        # A word that stands elsewhere in the other wording has moved and is no difference.
        one, two = [w for w in left if w not in right_all], [w for w in right if w not in left_all]
        heavy_one, heavy_two = self._weigh(one), self._weigh(two)
        if heavy_one <= HEAVY and heavy_two <= HEAVY:
            return 0.0
        if min(heavy_one, heavy_two) > HEAVY:
            return min(heavy_one, heavy_two) * (1 - self._phrase_synonymy(one or left, two or right))
        plain_side = left if heavy_one <= HEAVY else right
        return max(heavy_one, heavy_two) if any(word in MODIFIERS for word in plain_side) else 0.0

    def _cross_mentioned(self, one: Sequence[str], two: Sequence[str], left: Asked, right: Asked) -> bool:
        """Whether each answer speaks of the other's filling: then the two may be names of one thing."""
        subjects = [[word for word in words if self._weigh([word]) >= HEAVY] for words in (one, two)]
        return bool(
            subjects[0] and subjects[1] and all(map(left.answers, subjects[1])) and all(map(right.answers, subjects[0]))
        )

    def _weigh(self, words: Sequence[str]) -> float:
        return sum(self.weights[word] for word in words if word not in FRAME)

    def _phrase_synonymy(self, left: Sequence[str], right: Sequence[str]) -> float:
        if contrast("".join(left), "".join(right)) or any(contrast(a, b) for a in left for b in right):
            return 0.0
        known_left = [word for word in left if word in self._place and self._weigh([word]) >= HEAVY]
        known_right = [word for word in right if word in self._place and self._weigh([word]) >= HEAVY]
        if not known_left or not known_right:
            return 0.0
        return min(max(self.synonymy(a, b) for b in known_right) for a in known_left)

    def _second_subject(self, i: int, j: int) -> tuple[float, str]:
        """What one question asks about besides the subject of the other one: its weight, and the words.

        Only where the other question is all about one of two joined subjects, and knows nothing of the second one.
        """
        other = self.asked[j]
        core = {term: weight for term, weight in self.subjects[j].items() if weight >= SLOT and is_subject(term)}
        best, words = 0.0, ""
        for left, right in self.asked[i].joined:
            # The two sides of an 'and' are of one shape: 内部招聘 and 外部招聘.
            for known, at, second in ((left, left[-1], right[: len(left)]), (right, right[0], left[-len(right) :])):
                inside = sum(w for t, w in core.items() if max(self.synonymy(t, name) for name in known) >= 0.5)
                if not core or inside < MOSTLY * sum(core.values()) or self._covered(at, other) < 0.5:
                    continue
                missing = [name for name in second if name not in known]
                weight = sum(self.weights[name] * (1 - self._covered(name, other)) for name in missing)
                if weight > best:
                    best, words = weight, " ".join(missing)
        return best, words

    def _veto(
        self,
        i: int,
        j: int,
        left_rest: dict[str, float],
        right_rest: dict[str, float],
        parted: str,
        besides: str,
        overlap: float,
    ) -> str:
        left, right = self.asked[i], self.asked[j]
        if self.items[i].kind != self.items[j].kind:
            return f"different kinds of question: {self.items[i].kind} / {self.items[j].kind}"
        if self.items[i].kind in KEYED and overlap < SAME_KEY:
            return "their keys differ, and no merged one serves both"
        if self.items[i].kind in KEYED and self.question_cosine(i, j) < FAR_APART:
            return "their keys are alike, but not what they ask"
        if (
            not (self.items[i].complete and self.items[j].complete)
            and sum(left_rest.values()) + sum(right_rest.values()) > ALIKE
        ):
            return CUT_OFF
        if other_phase(left, right):
            return "different phases"
        rivals = left.wants & RIVAL_WISHES, right.wants & RIVAL_WISHES
        # Why something is done asks for its use.
        if not left.wants & right.wants and all(rivals) and not {"cause", "role"} <= left.wants | right.wants:
            return f"one wants to hear {'/'.join(sorted(left.wants))}, the other {'/'.join(sorted(right.wants))}"
        if {left.title_wants, right.title_wants} == PROBLEM_AND_REMEDY and overlap < ONE_ANSWER:
            return "one wants to hear the problems, the other what to do"
        if besides:
            return f"one asks about a second subject besides: {besides}"
        if alone := (left.classes - right.all_classes) | (right.classes - left.all_classes):
            return f"only one is about {' '.join(sorted(alone))}"
        subjects = self.subjects[i], self.subjects[j]
        for a in left_rest:
            for b in right_rest:
                if min(subjects[0].get(a, 0), subjects[1].get(b, 0)) >= SLOT and contrast(a, b):
                    return f"opposites or siblings: {a} / {b}"
        return parted or self._names(left, right) or self._kinds(i, j, overlap)

    def _names(self, left: Asked, right: Asked) -> str:
        """Why two titles name two things: by two acronyms, things of the glossary, or names that are opposites."""
        one, two = left.acronyms - right.acronyms, right.acronyms - left.acronyms
        mentioned = any(name in right.text for name in one) or any(name in left.text for name in two)
        if one and two and not mentioned and not any(a.startswith(b) or b.startswith(a) for a in one for b in two):
            return f"two names: {' '.join(sorted(one))} / {' '.join(sorted(two))}"
        one, two = left.things - right.all_things, right.things - left.all_things
        if one and two:
            return f"two things: {' '.join(sorted(one))} / {' '.join(sorted(two))}"
        for a in self._names_only(left, right):
            for b in self._names_only(right, left):
                if contrast(a, b):
                    return f"opposites or siblings: {a} / {b}"
        return ""

    def _names_only(self, one: Asked, other: Asked) -> list[str]:
        """All names of what only one title names: those that documents give, its phrases, and its subject terms."""
        known = [name for first in sorted(one.names - other.names) for name in self.aliases.names[first]]
        words = [word for name in known for word in tokens(name)]
        named = sorted(filter(is_subject, set(one.title) - set(other.title)))
        return [*known, *words, *sorted(set(one.phrases) - set(other.phrases)), *named]

    def _own_subjects(self, i: int, j: int, overlap: float) -> str:
        """Why two questions that each name something of their own are two; their answers may tell otherwise."""
        if overlap >= OWN_SUBJECTS:
            return ""
        one, two = self._own_subject(i, j), self._own_subject(j, i)
        return f"each is about something else: {one} / {two}" if one and two else ""

    def _own_subject(self, i: int, j: int) -> str:
        """What title and question of one item name and the other item does not speak of, in no other words either."""
        own, other = self.asked[i], self.asked[j]
        named = (term for term in own.title if term in own.question and term not in other.text and is_subject(term))
        strange = (term for term in named if self.weights[term] >= SLOT and self._covered(term, other) < IN_ANSWER)
        # What a question wants to hear is no subject: 指标 and 衡量 ask for the same.
        return next((term for term in strange if not any(wish.search(term) for wish in INTENTS.values())), "")

    def _centred(self, rows: np.ndarray) -> np.ndarray:
        # In place: the statements of a hundred thousand answers are most of what this step holds in memory.
        rows -= (rows.sum(axis=0) + BACKGROUND_WEIGHT * self._background) / (len(rows) + BACKGROUND_WEIGHT)
        return _unit(rows)


def other_phase(left: Asked, right: Asked) -> bool:
    """Whether the two are about different phases. What only one question names may be its frame, and counts not."""
    if left.title_phases or right.title_phases:
        pair = left.title_phases, right.title_phases
    else:
        pair = left.question_phases, right.question_phases
    return bool(pair[0] and pair[1] and pair[0].isdisjoint(pair[1]))


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


def _common(left: Counter[str], right: Counter[str]) -> int:
    """How many words two texts share, each as often as both have it."""
    return sum(min(times, right[word]) for word, times in left.items() if word in right)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1, made in place."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.maximum(lengths, 1e-9)[:, None]
    return rows


def _two_scripts(left: dict[str, float], right: dict[str, float]) -> bool:
    """Whether the heaviest terms that differ are Chinese on the one side and Latin on the other."""
    heaviest = [max(rest, key=lambda term: (rest[term], term), default="") for rest in (left, right)]
    return heaviest[0].isascii() != heaviest[1].isascii() if all(heaviest) else False


def _heaviest(rest: dict[str, float]) -> tuple[str, ...]:
    """The terms that weigh most, for people to read."""
    heavy = [term for term, weight in rest.items() if weight > 0.1]
    return tuple(sorted(heavy, key=lambda term: (-rest[term], term)))
