"""The question kinds: how an item of a kind is checked, keyed, and marked by rule.

One module for each kind, all of the shape of `base.QuestionKind`. What a candidate may type, one string an item:

    single_choice    B                   also b, Ｂ, （B）, 选B, 答案：B, B. text of the option, the option's text
    multiple_choice  A,C                 also AC, A、C, A和C, ["A","C"]
    true_false       对 / 错             also 正确 错误 是 否 √ × T F true false yes no
    fill_in          甲；乙              also ["甲","乙"], one a line, | between, (1) 甲 (2) 乙
    numeric          3.5 km              also 3,500 m, 3.5×10^3, 7/2, 35%, 三点五, 约3.5, x = 3.5
    matching         1-C, 2-A            also 1C 2A, 1→C, {"1":"C"}, C,A,B (letters in order of the numbers), the texts
    ordering         B,A,C               also BAC, B>A>C, ["B","A","C"], the texts, one a line
    short_answer     free text           marked by the scorer
    composite        (1) B (2) 3.5       also {"part id": "answer", ...}; each part in the writing of its own kind

Letters are the items' own: ids of the options, `matching.right_side`, `ordering.shown`. A paper that prints another
order maps them back before marking. The modules' ``EXAMPLES`` hold many more writings, with the mark each gets.

An answer left blank gets 0 marks with the flag ``empty``. One that cannot be read gets no mark, the status
``ungraded``, the flag ``unreadable`` and a reason; one that a rule can only propose a mark for gets ``review``.
"""

from __future__ import annotations

from examgen.model import Item, Kind
from examgen.questions import (
    composite,
    fill_in,
    matching,
    multiple_choice,
    numeric,
    ordering,
    short_answer,
    single_choice,
    true_false,
)
from examgen.questions.base import MAX_ANSWER_CHARS, Mark, QuestionKind

__all__ = ["QUESTIONS", "Mark", "check_item", "chosen_options", "mark_answer"]

QUESTIONS: dict[Kind, QuestionKind] = {
    "single_choice": single_choice,
    "multiple_choice": multiple_choice,
    "true_false": true_false,
    "fill_in": fill_in,
    "numeric": numeric,
    "matching": matching,
    "ordering": ordering,
    "short_answer": short_answer,
    "composite": composite,
}


def check_item(item: Item) -> list[str]:
    """Say in plain words what keeps an item from being set and marked; empty where nothing does."""
    return QUESTIONS[item.kind].check(item)


def mark_answer(item: Item, answer: str) -> Mark | None:
    """Mark an answer by the rule of the item's kind; None where it needs the scorer.

    The score lies in 0..``item.max_score``. Never raises for any answer text, whatever it holds.
    """
    return QUESTIONS[item.kind].mark(item, answer)


def chosen_options(item: Item, answer: str) -> tuple[str, ...]:
    """The ids of the options that an answer to a choice item names, once each; empty where that cannot be told."""
    if not item.options or len(answer) > MAX_ANSWER_CHARS or not answer.strip():
        return ()
    chosen = single_choice.read_options(item, answer)
    return () if isinstance(chosen, Mark) else tuple(dict.fromkeys(chosen))
