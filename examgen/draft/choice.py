"""Single choice: which of these points answers the question?

The right option is a point of the question itself. The others are points of sibling questions: true statements, near
enough to be chosen, that answer something else.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass

from examgen.draft.material import Material, Point, say, stem, words
from examgen.draft.material import draft as new_draft
from examgen.model import Item

OPTIONS = 4
# A sibling's point this near to one of the question's own says the same. Points of one question of the shipped bank
# lie at 0.89 to each other at the median and points that two questions share at 0.92 and more.
SAME_STATEMENT = 0.915
# A sibling's point that comes nearer to the stem than the right option, less this much, may answer it as well.
ANSWERS_MARGIN = 0.004
# Questions this near to each other ask the same; their points answer both.
SAME_QUESTION = 0.95
# Options differ in length by at most this factor, so that length gives nothing away.
LENGTH_FACTOR = 1.6
# What a difference in form costs, in cosine.
PRICE_LENGTH = 0.06
PRICE_FORM = 0.01
# What it is worth that an option has a word in common with the stem where the right one has.
PRICE_WORD = 0.03
# A question longer than this, or one that asks for several things, makes no stem.
MAX_STEM_CHARS = {"zh": 60, "en": 140}
_ASKS_MORE = re.compile(r"\b[1-9][.、)）]|[？?].*[？?]|[：:]")


@dataclass(frozen=True)
class Distractor:
    """A sibling's point that may stand beside the right option."""

    point: Point
    to_stem: float
    to_key: float
    fit: float
    """Nearness to the right option, less what differs in form."""


def draft(material: Material, point: Point, seed: int) -> Item | None:
    """A single-choice item with a point as its right option; None where too few siblings fit beside it."""
    question = _question(point)
    if question is None:
        return None
    chosen = distractors(material, point, question)
    if len(chosen) < OPTIONS - 1 or _told_by_words(point, question, chosen):
        return None
    to_stem = float(material.vectors[point.row] @ material.questions[point.parent.id])
    options: list[dict[str, object]] = [{"text": o.point.text, "reason": _wrong(point, o)} for o in chosen]
    random.Random(f"options {seed} {point.parent.id} {point.id}").shuffle(options)
    right = {"text": point.text, "correct": True, "reason": _right(point, to_stem)}
    options.insert(_place(material, point, seed), right)
    return new_draft(
        point,
        "single_choice",
        "sc",
        (other.point.parent.id for other in chosen),
        level="understand",
        question=question,
        options=[{"id": letter, **option} for letter, option in zip("ABCDEFGH", options, strict=False)],
        max_score=2.0,
        explanation=_explanation(point),
    )


def _explanation(point: Point) -> str:
    title = point.parent.title or point.parent.id
    return say(
        point,
        f"正确项取自“{title}”的要点 {point.id}；其余各项本身为真，但回答的是别的问题。",
        f"The right option is point {point.id} of '{title}'; the others are true and answer other questions.",
    )


def _question(point: Point) -> str | None:
    """The stem: the question itself where it asks one thing, else which of the options belongs to its title."""
    asked = stem(point.parent)
    if len(asked) <= MAX_STEM_CHARS[point.parent.lang] and not _ASKS_MORE.search(asked):
        return say(point, f"下列哪一项回答了这个问题：{asked}", f"Which of these answers the question: {asked}")
    if not point.parent.title:
        return None
    return say(
        point,
        f"下列哪一项是“{point.parent.title}”这个题目的要点？",
        f"Which of these belongs to an answer about '{point.parent.title}'?",
    )


def _place(material: Material, point: Point, seed: int) -> int:
    """Where the right option stands: every place equally often over the bank's questions."""
    number = list(material.parents).index(point.parent.id)
    places = list(range(OPTIONS))
    random.Random(f"places {seed} {number // OPTIONS}").shuffle(places)
    return places[number % OPTIONS]


def _right(point: Point, to_stem: float) -> str:
    zh = f"本题要点 {point.id}，与题干余弦 {to_stem:.3f}"
    return say(point, zh, f"point {point.id} of this question, cosine with the stem {to_stem:.3f}")


def _wrong(point: Point, other: Distractor) -> str:
    title = other.point.parent.title or other.point.parent.id
    return say(
        point,
        f"是“{title}”的要点 {other.point.id}，不回答本题（余弦：题干 {other.to_stem:.3f}，正确项 {other.to_key:.3f}）",
        f"point {other.point.id} of '{title}', which answers another question "
        f"(cosine with the stem {other.to_stem:.3f}, with the right option {other.to_key:.3f})",
    )


def distractors(material: Material, key: Point, question: str) -> list[Distractor]:
    """The best sibling points to stand beside a right option, at most one from each sibling, the fittest first.

    Left out are points that say what a point of the question says, that come as near to the stem as the right option,
    that belong to an enemy or to a question that asks the same, and that differ from it too much in length.
    """
    parent = key.parent
    asked = material.questions[parent.id]
    shared = _shared(question, key.text)
    own = material.vectors[[point.row for point in material.of_parent[parent.id]]]
    to_stem = material.vectors @ asked
    to_key = material.vectors @ material.vectors[key.row]
    to_own = (material.vectors @ own.T).max(axis=1)
    limit = float(to_stem[key.row]) - ANSWERS_MARGIN
    enemies = material.enemies.get(parent.id, frozenset())
    best: dict[str, Distractor] = {}
    for point in material.points:
        name = point.parent.id
        if (
            name == parent.id
            or name in enemies
            or (parent.topic and point.parent.topic != parent.topic)
            or to_own[point.row] >= SAME_STATEMENT
            or to_stem[point.row] >= limit
            or float(material.questions[name] @ asked) >= SAME_QUESTION
            or abs(math.log(len(point.text) / len(key.text))) > math.log(LENGTH_FACTOR)
        ):
            continue
        fit = float(to_key[point.row]) - _difference(point.text, key.text)
        fit += PRICE_WORD * any(word in point.text for word in shared)
        found = Distractor(point, float(to_stem[point.row]), float(to_key[point.row]), fit)
        if name not in best or fit > best[name].fit:
            best[name] = found
    ranked = sorted(best.values(), key=lambda other: (-other.fit, other.point.parent.id))
    return _apart(material, ranked)[: OPTIONS - 1]


def _apart(material: Material, ranked: list[Distractor]) -> list[Distractor]:
    """Distractors that do not say the same as one another."""
    kept: list[Distractor] = []
    for other in ranked:
        vector = material.vectors[other.point.row]
        if all(float(vector @ material.vectors[one.point.row]) < SAME_STATEMENT for one in kept):
            kept.append(other)
    return kept


def _difference(one: str, other: str) -> float:
    """What two statements differ in form: length, clauses, digits, Latin words, brackets, the way they begin."""
    forms = sum(a != b for a, b in zip(_form(one), _form(other), strict=True))
    return PRICE_LENGTH * abs(math.log(len(one) / len(other))) + PRICE_FORM * forms


def _form(text: str) -> tuple[object, ...]:
    return (
        min(2, len(re.findall(r"[，,；;：:]", text))),
        bool(re.search(r"[0-9]", text)),
        bool(re.search(r"[A-Za-z]{2,}", text)),
        bool(re.search(r"[（(]", text)),
        bool(re.match(r"[A-Za-z]", text)),
        bool(re.match(r"(?:如果|若|当|对|在|用|把|将|通过|if|when|by|use|using|with)", text, re.IGNORECASE)),
    )


def _told_by_words(key: Point, question: str, chosen: list[Distractor]) -> bool:
    """Whether only the right option has words in common with the stem, so that it can be told by them alone."""
    shared = _shared(question, key.text)
    return bool(shared) and not any(word in other.point.text for other in chosen for word in shared)


def _shared(question: str, text: str) -> set[str]:
    return {word for word in words(question) if word in text}
