"""The queue: answers that wait for a person, alike ones side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from examgen.model import Grade, Item, RubricPoint
from examgen.records import to_json
from examgen.review.decisions import digest
from examgen.scorers.points import alternatives, rubric_beside, rubric_of
from examgen.text import fold

Order = Literal["confidence", "question"]
# From this share of equal letters on, two answers are shown side by side.
SIMILAR = 90.0
# Beyond so many different answers to one item, comparing all pairs takes too long; equal ones are still grouped.
MAX_COMPARED = 3000


@dataclass(frozen=True)
class Case:
    """One answer for a person."""

    id: str
    """Names the case in addresses without naming the candidate."""
    grade: Grade
    item: Item | None
    points: tuple[RubricPoint, ...]
    """The rubric that it is marked by; empty where the mark is given as a whole."""
    same: tuple[str, ...] = ()
    """Ids of the other cases with the same words."""
    similar: tuple[str, ...] = ()
    """Ids of other cases with nearly the same words."""

    @property
    def key(self) -> tuple[str, str]:
        """Candidate and item, as decisions name them."""
        return self.grade.candidate_id, self.grade.item_id

    @property
    def answer(self) -> str:
        return self.grade.answer or ""

    @property
    def max_score(self) -> float:
        return self.grade.max_score or (self.item.max_score if self.item else 0.0)

    @property
    def answer_sha256(self) -> str:
        return digest(self.answer)

    @property
    def rubric_sha256(self) -> str:
        return rubric_digest(self.points) if self.points else ""


def rubric_digest(points: Sequence[RubricPoint]) -> str:
    """Tells one version of a rubric from another."""
    return digest("\n".join(to_json(point.model_copy(update={"sources": ()})) for point in points))


def make_cases(
    grades: Iterable[Grade], items: Mapping[str, Sequence[Item]], order: Order = "confidence", everything: bool = False
) -> dict[str, Case]:
    """Put the answers that wait for a person in the order in which to read them.

    Args:
        items: By id, in one language or several.
        order: The least certain first, or question by question. Alike answers follow each other either way.
        everything: Also those that the machine has settled.
    """
    cases = [
        _case(grade, items)
        for grade in grades
        if everything or grade.status != "graded" or (grade.ruling is not None and grade.answer is not None)
    ]
    groups = _grouped(cases)
    ordered = sorted(groups, key=lambda group: _rank(group, order))
    return {case.id: case for group in ordered for case in group}


def _rank(group: Sequence[Case], order: Order) -> tuple[str, float, str]:
    least = min(case.grade.confidence for case in group)
    return (group[0].grade.item_id if order == "question" else "", least, group[0].id)


def _case(grade: Grade, items: Mapping[str, Sequence[Item]]) -> Case:
    item = _item_of(grade, items.get(grade.item_id, ()))
    points: tuple[RubricPoint, ...] = ()
    if item is not None and item.kind in ("short_answer", "composite"):
        points = rubric_beside(item, grade)
    identity = hashlib.sha256(f"{len(grade.candidate_id)} {grade.candidate_id} {grade.item_id}".encode()).hexdigest()
    return Case(identity[:16], grade, item, points)


def _item_of(grade: Grade, items: Sequence[Item]) -> Item | None:
    """The item in the language whose points the grade has, worth what the grade says."""
    items = [item.scaled(grade.max_score) if grade.max_score > 0 else item for item in items]
    ids = {point.id for point in grade.points}
    fitting = [item for item in items if ids and ids <= {point.id for way in alternatives(item) for point in way}]
    by_mark = [item for item in fitting if rubric_of(item, grade)]
    return next(iter(by_mark or fitting or items), None)


def _grouped(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases in groups of alike answers to one item, each told which others are the same and which similar."""
    by_item: dict[str, dict[str, list[Case]]] = {}
    for case in cases:
        by_item.setdefault(case.grade.item_id, {}).setdefault(fold(case.answer), []).append(case)
    groups = []
    for texts in by_item.values():
        for alike in _alike(list(texts)):
            group = [case for text in alike for case in texts[text]]
            for text in alike:
                ids = [case.id for case in texts[text]]
                others = tuple(case.id for case in group if case.id not in ids)
                texts[text] = [
                    replace(case, same=tuple(i for i in ids if i != case.id), similar=others) for case in texts[text]
                ]
            groups.append(sorted((c for text in alike for c in texts[text]), key=lambda c: (c.grade.confidence, c.id)))
    return groups


def _alike(texts: Sequence[str]) -> list[list[str]]:
    """Texts in groups, each member similar to the first of its group."""
    from rapidfuzz import fuzz, process

    if len(texts) > MAX_COMPARED:
        return [[text] for text in texts]
    groups: list[list[str]] = []
    free = list(texts)
    while free:
        first, *rest = free
        close = {
            text for text, _, _ in process.extract(first, rest, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=None)
        }
        groups.append([first, *(text for text in rest if text in close)] if first else [first])
        free = [text for text in rest if not first or text not in close]
    return groups
