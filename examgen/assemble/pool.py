"""The pool: which items of a bank may enter an exam, and what is assumed where an item does not say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from examgen.model import Bank, Item, Level
from examgen.questions import check_item
from examgen.text import has_han

# Expected difficulty of an item that states none, by cognitive level. The steps are a convention, not a measurement:
# harder with the level, in the middle where that is unknown too. The certificate counts the items it was assumed for.
ASSUMED_DIFFICULTY: dict[Level | None, float] = {
    "remember": 0.3,
    "understand": 0.4,
    "apply": 0.5,
    "analyse": 0.55,
    "evaluate": 0.6,
    None: 0.45,
}
# Minutes for one item of a kind that states none: reading, deciding, writing a letter or a line. A convention too.
ASSUMED_MINUTES = {
    "single_choice": 1.5,
    "multiple_choice": 2.0,
    "true_false": 0.75,
    "fill_in": 1.0,
    "numeric": 4.0,
    "matching": 3.0,
    "ordering": 2.0,
}
# Free text: two minutes to think, then handwriting at 25 Chinese characters or 15 English words a minute, for an
# answer of half the reference's length.
THINKING_MINUTES = 2.0
CHARS_A_MINUTE = 25
WORDS_A_MINUTE = 15
SHORT_ANSWER_MINUTES = (3.0, 15.0)

EASY_BELOW, HARD_FROM = 0.35, 0.65


@dataclass(frozen=True)
class Candidate:
    """An item that may enter the exam, with the facts that a blueprint can ask about."""

    item: Item
    difficulty: float
    minutes: float
    assumed: frozenset[str] = frozenset()
    """Which of ``difficulty``, ``minutes``, ``level`` the item does not state."""
    used_in: tuple[str, ...] = ()
    """Ids of the earlier exams that it stood in, the oldest first."""

    @property
    def id(self) -> str:
        return self.item.id

    @property
    def facility(self) -> float:
        """Expected share of the marks."""
        return 1.0 - self.difficulty

    @property
    def band(self) -> str:
        """``easy``, ``medium`` or ``hard``."""
        return "easy" if self.difficulty < EASY_BELOW else "hard" if self.difficulty >= HARD_FROM else "medium"

    def fact(self, column: str) -> Any:
        """The value of a column that does not depend on the item's place; see `condition.COLUMNS`."""
        match column:
            case "difficulty" | "facility" | "minutes":
                return getattr(self, column)
            case "uses":
                return len(self.used_in)
            case "used_in":
                return list(self.used_in)
            case "documents":
                return [source.document for source in self.item.sources]
            case "chars":
                return len(self.item.question)
        return getattr(self.item, column)


@dataclass(frozen=True)
class Pool:
    """The candidates of one exam, in bank order, and why the bank's other items are none."""

    candidates: tuple[Candidate, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Item id -> reason, in words: ``a draft``, ``incomplete``, or what `check_item` says."""
    enemies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Item id -> ids that must not stand in one form with it; symmetric."""

    @cached_property
    def by_id(self) -> dict[str, Candidate]:
        """The candidates by their ids."""
        return {candidate.id: candidate for candidate in self.candidates}


def make_pool(bank: Bank, lang: str | None = None, used_in: Mapping[str, Sequence[str]] | None = None) -> Pool:
    """Find the items of one language that may enter an exam.

    Drafts, incomplete items and items that their kind's module finds fault with stay out.

    Args:
        lang: Language of the exam; the bank's own where it is None.
        used_in: Item id -> ids of the earlier exams that it stood in.
    """
    candidates, left_out = [], {}
    for item in bank.in_language(lang):
        reason = unfit(item)
        if reason:
            left_out[item.id] = reason
        else:
            candidates.append(make_candidate(item, tuple((used_in or {}).get(item.id, ()))))
    return Pool(tuple(candidates), left_out, enemy_map(bank.items))


def unfit(item: Item) -> str:
    """Why an item may not enter an exam, in words; empty where it may."""
    if item.status == "draft":
        return "a draft"
    if not item.complete:
        return "incomplete"
    return "; ".join(check_item(item))


def make_candidate(item: Item, used_in: tuple[str, ...] = ()) -> Candidate:
    """An item with what is assumed about it where it does not say."""
    assumed = {name for name in ("difficulty", "minutes", "level") if getattr(item, name) is None}
    difficulty = ASSUMED_DIFFICULTY[item.level] if item.difficulty is None else item.difficulty
    minutes = assumed_minutes(item) if item.minutes is None else item.minutes
    return Candidate(item, difficulty, minutes, frozenset(assumed), used_in)


def assumed_minutes(item: Item) -> float:
    """Minutes that an item is expected to take where it does not say."""
    if item.kind == "composite":
        return sum(part.minutes or assumed_minutes(part) for part in item.parts)
    if item.kind == "fill_in":
        return ASSUMED_MINUTES["fill_in"] * max(1, len(item.blanks))
    if item.kind != "short_answer":
        return ASSUMED_MINUTES[item.kind]
    text = next(iter(item.model_answers), " ".join(point.text for point in item.points))
    writing = len(text) / 2 / CHARS_A_MINUTE if has_han(text) else len(text.split()) / 2 / WORDS_A_MINUTE
    least, most = SHORT_ANSWER_MINUTES
    return min(most, max(least, math.ceil((THINKING_MINUTES + writing) * 2) / 2))


def enemy_map(items: Iterable[Item]) -> dict[str, frozenset[str]]:
    """Item id -> its enemies' ids: what either names the other, in any language that the bank has them in."""
    pairs: dict[str, set[str]] = {}
    for item in items:
        for enemy in item.enemies:
            if enemy != item.id:
                pairs.setdefault(item.id, set()).add(enemy)
                pairs.setdefault(enemy, set()).add(item.id)
    return {name: frozenset(enemies) for name, enemies in pairs.items()}


def enemy_cliques(enemies: Mapping[str, frozenset[str]], ids: Iterable[str]) -> list[list[str]]:
    """Sets of items that are all enemies of one another, so that together they cover every enemy pair among ``ids``.

    One row "at most one of these" for each set is stronger than one for each pair.
    """
    present = set(ids)
    graph = {name: sorted(enemies.get(name, frozenset()) & present) for name in sorted(present)}
    covered: set[tuple[str, str]] = set()
    cliques = []
    for name, others in graph.items():
        for other in others:
            if name < other and (name, other) not in covered:
                clique = [name, other]
                for third in others:
                    if third not in clique and all(third in enemies[member] for member in clique):
                        clique.append(third)
                cliques.append(sorted(clique))
                covered |= {(a, b) for a in clique for b in clique if a < b}
    return cliques
