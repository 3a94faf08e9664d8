"""From items to decisions about them: neighbours, comparisons, groups."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, groupby
from operator import attrgetter
from pathlib import Path

import numpy as np

from examgen.dedupe.compare import Comparer
from examgen.dedupe.conflicts import conflicts
from examgen.dedupe.decisions import FILE, Decision, Decisions, resolve
from examgen.dedupe.evidence import Evidence
from examgen.dedupe.group import cluster
from examgen.dedupe.neighbours import nearest_pairs
from examgen.dedupe.pile import BIG_BANK, Pile
from examgen.dedupe.second_look import SecondLook, open_second_look
from examgen.dedupe.verdict import Conflict, Duplicates, Group, Likeness, Opinion, Pair, Verdict, named
from examgen.embed import Encoder
from examgen.forked import in_processes, uncollected
from examgen.model import Item

NEIGHBOURS = 12
# A big bank has few questions with as many rewordings, and each neighbour costs a third of a millisecond.
BIG_BANK_NEIGHBOURS = 5
# There, rows less close than this are not compared. Of 122 labelled pairs of one question, all but two come closer.
BIG_BANK_COSINE = 0.4
# There, grouping asks about few pairs that nobody proposed; of 20,000 made-up items it finds as many duplicates so.
BIG_BANK_HOPE = 1.0
# A rehearsal that found so many pairs, as a share of those that were compared first, is worth another one.
WORTH_REHEARSING = 0.15
# Decisions less sure than this go to a person.
SURE = 0.8
# Items that differ so surely are not worth a line.
CLEAR = 0.9
# Related is a warning to the assembly and costs little where it is wrong, so it is said earlier than "same".
RELATED_FROM = 0.45
# Between these probabilities of being the same two questions are read side by side; beyond them that changes little.
WORTH_READING = (0.01, 0.995)
# Between these probabilities of being the same, a second opinion is asked for where there is one.
DOUBTFUL = (0.1, 0.9)


def find_duplicates(
    items: Iterable[Item],
    encoder: Encoder,
    *,
    decisions: Sequence[Decision] = (),
    decisions_path: Path = Path(FILE),
    opinion: Opinion | None = None,
) -> Duplicates:
    """Decide which items are the same, which are related, and which decisions a person should look at.

    The result does not depend on the order of the items.

    Args:
        items: Items of any languages; those of different languages are never the same.
        decisions: What editors decided; their word counts more than any figure.
        decisions_path: Where the decisions stand, for messages.
        opinion: Asked about the doubtful pairs only; the place for a language model.

    Raises:
        ExamgenError: two items have the same key.
        FileError: the decisions contradict each other.
    """
    by_name = named(items)
    editors = resolve(decisions, list(by_name), decisions_path)
    groups, pairs = _decisions(by_name, _Compared(list(by_name.values()), encoder, opinion), editors)
    return Duplicates(
        items=by_name,
        groups=_groups(by_name, groups, pairs, editors),
        pairs=tuple(sorted(pairs, key=attrgetter("confidence", "left", "right"))),
        unknown=editors.unknown,
    )


@uncollected()
def _decisions(by_name: dict[str, Item], compared: _Compared, editors: Decisions) -> tuple[list[list[int]], list[Pair]]:
    """The groups of items that are the same, and the pairs that are worth a line."""
    keys = list(by_name)
    number = {name: i for i, name in enumerate(keys)}
    grouped = partial(
        cluster,
        len(keys),
        compared.candidates,
        together=[(number[a], number[b]) for a, b in editors.same],
        apart=[(number[a], number[b]) for a, b in sorted(editors.apart)],
        hope=BIG_BANK_HOPE if len(keys) >= BIG_BANK else math.inf,
    )
    compared.rehearse(grouped)
    groups = grouped(lambda i, j: compared.evidence(i, j).same)
    within = {pair for members in groups for pair in combinations(members, 2)}
    decided = {(min(i, j), max(i, j)) for i, j in ((number[a], number[b]) for a, b in {*editors.same, *editors.apart})}
    looked_at = {*within, *decided, *compared.seen, *compared.candidates}
    related = _related_groups(groups, looked_at, compared)
    across = {(min(i, j), max(i, j)) for a, b in related for i in groups[a] for j in groups[b]}
    if len(keys) >= BIG_BANK:
        # One pair of two groups keeps them out of one exam as well as all pairs do.
        across &= looked_at
    listed = []
    for i, j in sorted(looked_at | across):
        found = compared.evidence(i, j)
        verdict: Verdict = "same" if (i, j) in within else "related" if (i, j) in across else "different"
        if verdict != "different" or (i, j) in decided or 1 - found.related < CLEAR:
            listed.append(_decide(keys[i], keys[j], compared.explained(i, j), verdict, editors))
    return groups, listed


class _Compared:
    """Comparisons on demand, each made once; items of two languages are never the same."""

    def __init__(self, items: Sequence[Item], encoder: Encoder, opinion: Opinion | None) -> None:
        self.items = items
        self.opinion = opinion
        self._second_look: SecondLook | None = None
        self.seen: dict[tuple[int, int], Likeness] = {}
        self.candidates: set[tuple[int, int]] = set()
        self._found: dict[tuple[int, int], Likeness] = {}
        # The language of each item, and its place among those of its language. Forked processes look here, since what
        # they touch of an item becomes a copy of their own.
        self._langs = [sys.intern(item.lang) for item in items]
        self._places = np.zeros(len(items), dtype=np.int64)
        self._comparers: dict[str, Comparer] = {}
        for lang in sorted(set(self._langs)):
            numbers = [i for i, other in enumerate(self._langs) if other == lang]
            comparer = Comparer([items[i] for i in numbers], encoder)
            self._comparers[lang] = comparer
            if not comparer.pile.is_big and self._second_look is None:
                self._second_look = open_second_look(encoder)
            self._places[numbers] = range(len(numbers))
            self.candidates |= {(numbers[i], numbers[j]) for i, j in _near(comparer.pile)}
        self._compare(sorted(self.candidates))

    def evidence(self, i: int, j: int) -> Likeness:
        if (i, j) not in self.seen:
            if self._langs[i] != self._langs[j]:
                self.seen[i, j] = Likeness(0.0, 0.0, "different languages")
            else:
                if (i, j) not in self._found:
                    self._compare([(i, j)])
                found = self._found.pop((i, j))
                self.seen[i, j] = self._asked_for(i, j, found)
        return self.seen[i, j]

    def rehearse(self, grouped: Callable[[Callable[[int, int], float]], object]) -> None:
        """Compare most of what grouping will ask for at once: it asks for one pair after the other."""
        unknown: set[tuple[int, int]] = set()

        def same(i: int, j: int) -> float:
            if (i, j) in self._found:
                return self._found[i, j].same
            if self._langs[i] == self._langs[j]:
                unknown.add((i, j))
            return 0.0

        grouped(same)
        self._compare(sorted(unknown))
        # What is known now leads to further pairs; a rehearsal takes as long as to compare some of them.
        if len(unknown) > len(self.candidates) * WORTH_REHEARSING:
            self.rehearse(grouped)

    def _compare(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Compare many pairs of items of one language at once."""

        def compare(some: Sequence[tuple[int, int]]) -> list[Likeness | Evidence]:
            return list(self._compared(some))

        found = [one for some in in_processes(compare, pairs) for one in some]
        self._found |= zip(pairs, self._read(pairs, found), strict=True)

    def _read(self, pairs: Sequence[tuple[int, int]], found: Sequence[Likeness | Evidence]) -> list[Likeness]:
        """What was found of each pair, after those that are worth it were read side by side."""
        worth = [(pair, one) for pair, one in zip(pairs, found, strict=True) if isinstance(one, Evidence)]
        if not worth or self._second_look is None:
            return [_likeness(one) if isinstance(one, Evidence) else one for one in found]
        readings = iter(self._second_look.look([(self.items[i], self.items[j]) for (i, j), _ in worth]))
        return [_likeness(replace(one, reading=next(readings))) if isinstance(one, Evidence) else one for one in found]

    def _compared(self, pairs: Iterable[tuple[int, int]]) -> Iterator[Likeness | Evidence]:
        """What comes of pairs of one language each: the evidence where the two are worth reading side by side."""
        for lang, some in groupby(pairs, lambda pair: self._langs[pair[0]]):
            for found in self._comparers[lang].compare_all(self._places[list(some)].tolist()):
                yield found if self._second_look and _worth_reading(found) else _likeness(found)

    def explained(self, i: int, j: int) -> Likeness:
        """The evidence with its reason in words, which is left out of pairs that are not worth a line."""
        found = self.evidence(i, j)
        if found.reason:
            return found
        left, right = self._places[[i, j]].tolist()
        evidence = self._comparers[self._langs[i]].compare(left, right)
        if self._second_look and _worth_reading(evidence):
            (reading,) = self._second_look.look([(self.items[i], self.items[j])])
            evidence = replace(evidence, reading=reading)
        return replace(found, reason=evidence.reason)

    def _asked_for(self, i: int, j: int, likeness: Likeness) -> Likeness:
        if self.opinion is None or not DOUBTFUL[0] <= likeness.same <= DOUBTFUL[1]:
            return likeness
        said = self.opinion(self.items[i], self.items[j])
        return likeness if said is None else said


def _worth_reading(found: Evidence) -> bool:
    """Whether two items of a pile that is looked at closely are in doubt."""
    return found.closer is not None and not found.forbidden and WORTH_READING[0] < found.same < WORTH_READING[1]


def _likeness(found: Evidence) -> Likeness:
    """What evidence comes to, with the reason where it is worth a line."""
    related = found.related
    return Likeness(found.same, related, found.reason if 1 - related < CLEAR else "")


def _near(pile: Pile) -> set[tuple[int, int]]:
    """The pairs of a pile that are compared first."""
    if len(pile.asked) >= BIG_BANK:
        return nearest_pairs(pile.in_memory(pile.vectors), BIG_BANK_NEIGHBOURS, BIG_BANK_COSINE)
    # Questions of other words whose answers overlap give each other away.
    return nearest_pairs(pile.vectors, NEIGHBOURS) | nearest_pairs(pile.answer_vectors, NEIGHBOURS)


def _related_groups(
    groups: Sequence[Sequence[int]], looked_at: Iterable[tuple[int, int]], compared: _Compared
) -> set[tuple[int, int]]:
    """The pairs of groups whose members are related on the mean of all comparisons made between them."""
    group_of = {i: number for number, members in enumerate(groups) for i in members}
    between: dict[tuple[int, int], list[float]] = {}
    for i, j in sorted(looked_at):
        a, b = sorted((group_of[i], group_of[j]))
        if a != b:
            between.setdefault((a, b), []).append(compared.evidence(i, j).related)
    return {pair for pair, values in between.items() if sum(values) / len(values) >= RELATED_FROM}


def _decide(left: str, right: str, found: Likeness, verdict: Verdict, editors: Decisions) -> Pair:
    """The decision about a pair: the editor's where there is one, else that of the groups and the figures."""
    for words, decided in (("same", editors.same), ("different", editors.different), ("related", editors.related)):
        if (left, right) in decided or (right, left) in decided:
            return Pair(left, right, words, 1.0, f"decided by an editor; {found.reason}", "editor")  # type: ignore[arg-type]
    certainty = {"same": found.same, "related": found.related * (1 - found.same), "different": 1 - found.related}
    confidence = certainty[verdict]
    # Whether two are related or strangers costs little where it is wrong: a person looks at what may be merged.
    sure = found.same if verdict == "same" else 1 - found.same
    return Pair(left, right, verdict, confidence, found.reason, "method", sure < SURE)


def _groups(
    items: dict[str, Item], groups: Sequence[Sequence[int]], pairs: Iterable[Pair], editors: Decisions
) -> tuple[Group, ...]:
    weakest: dict[str, float] = {}
    for pair in pairs:
        if pair.verdict == "same":
            for name in (pair.left, pair.right):
                weakest[name] = min(pair.confidence, weakest.get(name, 1.0))
    keys = list(items)
    made = []
    for numbers in groups:
        names = tuple(keys[i] for i in numbers)
        kept = max(names, key=lambda name: (name in editors.keep, *_worth(items[name])))
        confidence = min(weakest.get(name, 1.0) for name in names)
        made.append((names, kept, confidence))
    merged = [names for names, _, _ in made if len(names) > 1]
    against = dict(zip(merged, _conflicts(items, merged), strict=True))
    return tuple(Group(*group, against.get(group[0], ())) for group in made)


def _conflicts(items: dict[str, Item], merged: Sequence[tuple[str, ...]]) -> list[tuple[Conflict, ...]]:
    """The conflicts inside of each group."""

    def find(groups: Sequence[tuple[str, ...]]) -> list[tuple[Conflict, ...]]:
        return [conflicts([(name, items[name]) for name in names]) for names in groups]

    return [found for some in in_processes(find, merged) for found in some]


def _worth(item: Item) -> tuple[bool, bool, int, int]:
    """Which member is printed: an editor's own, a complete one, the one with most points, the longest."""
    return not item.sources, item.complete, len(item.points), len(item.reference)
