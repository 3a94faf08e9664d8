"""A dress rehearsal: answers of made-up candidates, so that grading and reports can be tried before the exam.

They are made from the exam's own keys and references, so they show that the
machinery runs, not how good the marks are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from examgen.model import Answer, Exam, Form, Item
from examgen.questions import QUESTIONS
from examgen.text import sentences

CANDIDATES = ("full", "half", "other", "copied", "empty")
"""Each answers in one way: fully, half of it, another question's answer, the question copied, nothing."""


def rehearse(exam: Exam, form: Form, seed: int = 0) -> Iterator[Answer]:
    """Give every made-up candidate's answers to a form, candidate by candidate in the order of the paper."""
    items = [exam.item(placed.item_id) for section in form.sections for placed in section.items]
    shift = random.Random(seed).randrange(1, len(items)) if len(items) > 1 else 0
    for candidate in CANDIDATES:
        for n, item in enumerate(items):
            other = items[(n + shift) % len(items)]
            yield Answer(candidate_id=f"rehearsal-{candidate}", item_id=item.id, answer=_answer(candidate, item, other))


def _answer(candidate: str, item: Item, other: Item) -> str:
    if candidate == "empty":
        return ""
    if candidate == "copied":
        return item.question if item.kind == "short_answer" else ""
    if candidate == "other":
        return _right(other if other.kind == item.kind else item)
    return _right(item) if candidate == "full" else _first_half(item)


def _right(item: Item) -> str:
    if item.kind == "short_answer":
        return item.model_answers[0] if item.model_answers else "\n".join(point.text for point in item.points)
    return QUESTIONS[item.kind].key(item)


def _first_half(item: Item) -> str:
    if item.kind != "short_answer":
        return _right(item)
    text = _right(item)
    spans: Sequence[tuple[int, int]] = sentences(text)
    return text[: spans[(len(spans) - 1) // 2][1]] if spans else text
