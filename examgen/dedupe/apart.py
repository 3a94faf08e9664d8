"""What makes two questions of two items: what forbids that they are one, and what only speaks against it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from examgen.dedupe.asked import Asked
from examgen.dedupe.evidence import ALIKE, Bar
from examgen.dedupe.lexicon import CONTEXTS, DIRECTIONS, FRAME, INTENTS, MODIFIERS, NEGATIONS, PHASES, RIVAL_WISHES
from examgen.dedupe.pile import IN_ANSWER, Pile
from examgen.dedupe.words import contrast, is_subject, tokens

# A term lighter than this does not make a difference.
HEAVY = 0.25
# Answers that share this much answer problems and remedies alike.
ONE_ANSWER = 0.45
# What two Chinese subjects end in is their head from so many letters on.
HEAD_CHARS = 2
# Where answers share this much, a subject and its special case are one.
ONE_SUBJECT = 0.6
PROBLEM_AND_REMEDY = {frozenset({"problem"}), frozenset({"how"})}
# Keyed questions less close than this ask different things, however alike their keys.
FAR_APART = 0.35
# Kinds whose options or key are a part of the question, and how much two of one question share of them.
KEYED = {"single_choice", "multiple_choice", "fill_in", "matching", "ordering", "numeric"}
SAME_KEY = 0.75
# A slot, or a second subject, that weighs this much makes two questions of one.
SLOT = 0.3
# A word that weighs this much makes a special case of a question.
SPECIAL = 0.5
# A question is all about a subject that holds this share of its terms, by weight.
MOSTLY = 0.6
# Where answers share this much, it does not matter that each question names a subject of its own.
OWN_SUBJECTS = 0.4
# From here two wordings are one template.
TEMPLATE = 0.7
# From here a negating prefix that only one wording has turns the sense round.
NEGATED = 0.6


class Apart:
    """Looks at two items of a pile for what makes them two questions."""

    def __init__(self, pile: Pile) -> None:
        self.pile = pile

    def bar(
        self,
        i: int,
        j: int,
        left_rest: dict[str, float],
        right_rest: dict[str, float],
        question: float,
        overlap: float,
        besides: str,
    ) -> Bar | None:
        """What makes two questions of them; None where nothing does. What forbids most comes first.

        Args:
            left_rest: The subject terms that only the first has, with their weights.
            right_rest: Those that only the second has.
            question: How close the questions come, as a cosine.
            overlap: The share of the answers, 0..1, that is in both.
            besides: The second subject that only one of them asks about.
        """
        left, right = self.pile.asked[i], self.pile.asked[j]
        if left.kind != right.kind:
            return Bar("kind", f"different kinds of question: {left.kind} / {right.kind}")
        if left.kind in KEYED and overlap < SAME_KEY:
            return Bar("key", "their keys differ, and no merged one serves both")
        if left.kind in KEYED and question < FAR_APART:
            return Bar("key", "their keys are alike, but not what they ask")
        if not (left.complete and right.complete) and sum(left_rest.values()) + sum(right_rest.values()) > ALIKE:
            return Bar("cut off", "one is cut off, so what it asks is not known")
        if other_phase(left, right):
            return Bar("phase", "different phases")
        if {left.title_wants, right.title_wants} == PROBLEM_AND_REMEDY and overlap < ONE_ANSWER:
            return Bar("remedy", "one wants to hear the problems, the other what to do")
        if opposed := self._opposed(i, j, left_rest, right_rest):
            return Bar("opposites", opposed)
        if turned := _turned(left, right):
            return Bar("turned", turned)
        rivals = left.wants & RIVAL_WISHES, right.wants & RIVAL_WISHES
        # Why something is done asks for its use.
        if not left.wants & right.wants and all(rivals) and not {"cause", "role"} <= left.wants | right.wants:
            wishes = "/".join(sorted(left.wants)), "/".join(sorted(right.wants))
            return Bar("wish", f"one wants to hear {wishes[0]}, the other {wishes[1]}")
        if besides and left.title_joins != right.title_joins:
            return Bar("second", f"one asks about a second subject besides: {besides}")
        if alone := (left.classes - right.all_classes) | (right.classes - left.all_classes):
            return Bar("class", f"only one is about {' '.join(sorted(alone))}")
        return self._slots(i, j) or self._names(left, right) or self._kinds(i, j, overlap)

    def _opposed(self, i: int, j: int, left_rest: dict[str, float], right_rest: dict[str, float]) -> str:
        """Two heavy terms, one of each, that are opposites or siblings."""
        subjects = self.pile.subjects[i], self.pile.subjects[j]
        heavy = [term for term in right_rest if subjects[1].get(term, 0) >= SLOT]
        for a in left_rest if heavy else ():
            for b in heavy if subjects[0].get(a, 0) >= SLOT else ():
                if contrast(a, b):
                    return f"opposites or siblings: {a} / {b}"
        for a, b in itertools.product(*self._names_of_each(i, j)):
            if contrast(a, b):
                return f"opposites or siblings: {a} / {b}"
        return ""

    def _names_of_each(self, i: int, j: int) -> tuple[list[str], list[str]]:
        left, right = self.pile.asked[i], self.pile.asked[j]
        return self._names_only(left, right), self._names_only(right, left)

    def _slots(self, i: int, j: int) -> Bar | None:
        """Line up the wordings, and find what makes them two: one template, filled differently."""
        left, right = self.pile.asked[i], self.pile.asked[j]
        bar = None
        wordings = (left.title_words, right.title_words), (left.question_words, right.question_words)
        for one, two in wordings:
            # To line up what cannot be lined up takes longer than all the rest.
            if not one or not two or one == two or _words_shared(one, two) < NEGATED:
                continue
            matcher = SequenceMatcher(None, one, two, autojunk=False)
            ratio = matcher.ratio()
            if ratio < NEGATED:
                continue
            for what, a, b, c, d in matcher.get_opcodes():
                if what in ("insert", "delete"):
                    added, after, other = (one[a:b], one[b:], right) if what == "delete" else (two[c:d], two[d:], left)
                    if len(added) == 1 and added[0] in NEGATIONS:
                        bar = Bar("template", f"one template, filled differently: {added[0]} / –")
                    elif ratio >= TEMPLATE and (special := self._special(added, after, other)):
                        bar = Bar("special", f"only one is about {special}")
                if what != "replace":
                    continue
                if ratio < TEMPLATE or self._cross_mentioned(one[a:b], two[c:d], left, right):
                    continue
                if self._slot(one[a:b], two[c:d], frozenset(one), frozenset(two)) >= SLOT:
                    fillings = "".join(one[a:b]), "".join(two[c:d])
                    bar = Bar("template", f"one template, filled differently: {fillings[0]} / {fillings[1]}")
        return bar

    def second_subject(self, i: int, j: int) -> tuple[float, str]:
        """What one question asks about besides the subject of the other one: its weight, and the words.

        Only where the other question is all about one of two joined subjects, and knows nothing of the second one.
        """
        other = self.pile.asked[j]
        core = {term: weight for term, weight in self.pile.subjects[j].items() if weight >= SLOT and is_subject(term)}
        best, words = 0.0, ""
        for left, right in self.pile.asked[i].joined:
            # The two sides of an 'and' are of one shape: 内部招聘 and 外部招聘.
            for known, at, second in ((left, left[-1], right[: len(left)]), (right, right[0], left[-len(right) :])):
                inside = sum(w for t, w in core.items() if max(self.pile.synonymy(t, name) for name in known) >= 0.5)
                if not core or inside < MOSTLY * sum(core.values()) or self.pile.covered(at, other) < 0.5:
                    continue
                missing = [name for name in second if name not in known]
                weight = sum(self.pile.weights[name] * (1 - self.pile.covered(name, other)) for name in missing)
                if weight > best:
                    best, words = weight, " ".join(missing)
        return best, words

    def own_subjects(self, i: int, j: int, overlap: float) -> str:
        """Why two questions that each name something of their own are two; their answers may tell otherwise."""
        if overlap >= OWN_SUBJECTS:
            return ""
        if (one := self._own_subject(i, j)) and (two := self._own_subject(j, i)):
            return f"each is about something else: {one} / {two}"
        return ""

    def _own_subject(self, i: int, j: int) -> str:
        """What title and question of one item name and the other item does not speak of, in no other words either."""
        own, other = self.pile.asked[i], self.pile.asked[j]
        named = (term for term in own.title if term in own.question and term not in other.text and is_subject(term))
        strange = (
            term for term in named if self.pile.weights[term] >= SLOT and self.pile.covered(term, other) < IN_ANSWER
        )
        # What a question wants to hear is no subject: 指标 and 衡量 ask for the same.
        return next((term for term in strange if not _is_wish(term)), "")

    def special(self, i: int, j: int, overlap: float) -> str:
        """What only one is about, where its subject is a kind or an aspect of the other's: 担保物权 and 物权."""
        if overlap >= ONE_SUBJECT:
            return ""
        left, right = self.pile.asked[i], self.pile.asked[j]
        for a, b, head in _headed(left, right):
            if not (a and b) and not self._told(a or b, right if a else left):
                return f"{a or b}{head}"
        return self._aspect(left, right) or self._aspect(right, left)

    def _kinds(self, i: int, j: int, overlap: float) -> Bar | None:
        """What makes two of subjects with one head: 表见代理 and 无权代理 are siblings, LRU 置换算法 a special case."""
        left, right = self.pile.asked[i], self.pile.asked[j]
        for a, b, head in _headed(left, right):
            mentioned = not (a and b) or (a in right.key and b in left.key)
            if not (mentioned or self._told(a, right) or self._told(b, left)):
                return Bar("kinds", f"two kinds of {head}: {a} / {b}")
        if overlap < ONE_SUBJECT and (narrower := self._narrower(left, right) or self._narrower(right, left)):
            return Bar("special", f"only one is about {narrower}")
        return None

    def _narrower(self, whole: Asked, part: Asked) -> str:
        """The word that a second title and question put before the whole subject of the first: LRU 页面置换算法."""
        subject, text = "".join(whole.title), part.text.replace(" ", "")
        for word in part.title if subject and subject in text else ():
            if word not in CONTEXTS and f"{word}{subject}" in text and self._only_of(word, whole):
                return word
        return ""

    def _aspect(self, whole: Asked, part: Asked) -> str:
        """What the second title is about, where it names the whole subject of the first and goes on: X 的误差 and X."""
        subjects, more = whole.phrases, part.phrases
        if not subjects or len(more) < 2 or not set(subjects) < set(more) or more[-1] in subjects:
            return ""
        return "" if self._told(more[-1], whole, whole.key) else more[-1]

    def _names(self, left: Asked, right: Asked) -> Bar | None:
        """What tells that two titles name two things: two acronyms, or two things of the glossary."""
        one, two = left.acronyms - right.acronyms, right.acronyms - left.acronyms
        mentioned = any(name in right.text for name in one) or any(name in left.text for name in two)
        if one and two and not mentioned and not any(a.startswith(b) or b.startswith(a) for a in one for b in two):
            return Bar("names", f"two names: {' '.join(sorted(one))} / {' '.join(sorted(two))}")
        one, two = left.things - right.all_things, right.things - left.all_things
        if one and two:
            return Bar("things", f"two things: {' '.join(sorted(one))} / {' '.join(sorted(two))}")
        return None

    def _names_only(self, one: Asked, other: Asked) -> list[str]:
        """All names of what only one title names: those that documents give, its phrases, and its subject terms."""
        known = [name for first in sorted(one.names - other.names) for name in self.pile.aliases.names[first]]
        words = [word for name in known for word in tokens(name)]
        named = sorted(filter(is_subject, set(one.title) - set(other.title)))
        return [*known, *words, *sorted(set(one.phrases) - set(other.phrases)), *named]

    def _special(self, added: Sequence[str], after: Sequence[str], other: Asked) -> str:
        """The word by which a wording is a special case: it stands before a subject, and the other speaks not of it."""
        word = next((word for word in reversed(added) if word not in FRAME), "")
        special = word and after and after[0] not in FRAME and is_subject(after[0]) and self._only_of(word, other)
        return word if special else ""

    def _only_of(self, word: str, other: Asked) -> bool:
        """Whether a word is heavy, and the other question and answer speak of it in no words."""
        return (
            is_subject(word)
            and self.pile.weights[word] >= SPECIAL
            and not other.answers(word)
            and self.pile.covered(word, other) < IN_ANSWER
            and not any(word in PHASES[place] for place in other.title_phases | other.question_phases)
        )

    def _told(self, modifier: str, other: Asked, answer: str = "") -> bool:
        """Whether the other question, or its answer, speaks of what only one title names, or in other words."""
        words = tokens(modifier)
        if self.pile.weigh(words) < SPECIAL or modifier in CONTEXTS or modifier in other.text or modifier in answer:
            return True
        return all(self.pile.covered(word, other) > IN_ANSWER for word in words)

    def _slot(
        self, left: Sequence[str], right: Sequence[str], left_all: frozenset[str], right_all: frozenset[str]
    ) -> float:
        # A word that stands elsewhere in the other wording has moved and is no difference.
        one, two = [w for w in left if w not in right_all], [w for w in right if w not in left_all]
        heavy_one, heavy_two = self.pile.weigh(one), self.pile.weigh(two)
        if heavy_one <= HEAVY and heavy_two <= HEAVY:
            return 0.0
        if min(heavy_one, heavy_two) > HEAVY:
            return min(heavy_one, heavy_two) * (1 - self._phrase_synonymy(one or left, two or right))
        plain_side = left if heavy_one <= HEAVY else right
        return max(heavy_one, heavy_two) if any(word in MODIFIERS for word in plain_side) else 0.0

    def _cross_mentioned(self, one: Sequence[str], two: Sequence[str], left: Asked, right: Asked) -> bool:
        """Whether each answer speaks of the other's filling: then the two may be names of one thing."""
        subjects = [[word for word in words if self.pile.weigh([word]) >= HEAVY] for words in (one, two)]
        return bool(
            subjects[0] and subjects[1] and all(map(left.answers, subjects[1])) and all(map(right.answers, subjects[0]))
        )

    def _phrase_synonymy(self, left: Sequence[str], right: Sequence[str]) -> float:
        if contrast("".join(left), "".join(right)) or any(contrast(a, b) for a in left for b in right):
            return 0.0
        known_left = [word for word in left if self.pile.knows(word) and self.pile.weigh([word]) >= HEAVY]
        known_right = [word for word in right if self.pile.knows(word) and self.pile.weigh([word]) >= HEAVY]
        if not known_left or not known_right:
            return 0.0
        return min(max(self.pile.synonymy(a, b) for b in known_right) for a in known_left)


@functools.lru_cache(maxsize=65536)
def _is_wish(term: str) -> bool:
    return any(wish.search(term) for wish in INTENTS.values())


def _words_shared(left: Sequence[str], right: Sequence[str]) -> float:
    """The share of words, 0..1, that two wordings have in common, each as often as both have it."""
    common = sum([min(left.count(word), right.count(word)) for word in set(left).intersection(right)])
    return 2 * common / (len(left) + len(right))


def _headed(left: Asked, right: Asked) -> Iterator[tuple[str, str, str]]:
    """Pairs of their subjects that end in one head: what stands before it in each, and the head."""
    for one, two in itertools.product(left.phrases, right.phrases):
        shared = 0
        while shared < min(len(one), len(two)) and one[-1 - shared] == two[-1 - shared]:
            shared += 1
        if one != two and shared >= HEAD_CHARS:
            yield one[: len(one) - shared], two[: len(two) - shared], one[-shared:]


def _turned(left: Asked, right: Asked) -> str:
    """Why two titles name the same two things the other way round: 用栈实现队列 and 用队列实现栈."""
    if DIRECTIONS.isdisjoint(left.title_words) or DIRECTIONS.isdisjoint(right.title_words):
        return ""
    shared = {word for word in left.title if is_subject(word) and word in right.title}
    for one, two in itertools.combinations(sorted(shared), 2):
        ways = [_way(words, one, two) for words in (left.title_words, right.title_words)]
        if ways[0][0] != ways[1][0] and ways[0][1] & ways[1][1]:
            return f"the other way round: {one} / {two}"
    return ""


def _way(words: Sequence[str], one: str, two: str) -> tuple[bool, frozenset[str]]:
    """Whether the first of two words stands before the second, and the words of direction at and between them."""
    start, stop = sorted((words.index(one), words.index(two)))
    return words[start] == one, DIRECTIONS.intersection(words[max(0, start - 1) : stop])


def other_phase(left: Asked, right: Asked) -> bool:
    """Whether the two are about different phases. What only one question names may be its frame, and counts not."""
    if left.title_phases or right.title_phases:
        pair = left.title_phases, right.title_phases
    else:
        pair = left.question_phases, right.question_phases
    return bool(pair[0] and pair[1] and pair[0].isdisjoint(pair[1]))
