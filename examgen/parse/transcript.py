"""Interviews written down turn by turn, 面试官：… 我：…, and other pairs of signs that only make sense together."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from examgen.parse.asking import asks
from examgen.parse.lines import Kind, Piece
from examgen.parse.marks import SYMBOL, SYMBOL_PARTS, fold, label_alone
from examgen.parse.vocabulary import Role

_BEFORE = rf"[ >*_\-]*(?:{SYMBOL}[{SYMBOL_PARTS}]* *)?[*_]*"
_TIME = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]? *)?"
_NAMED = r" ?[a-z\d]?(?:问|答|说|回答)? *(?:\([^()]{0,10}\))? *[\]】]?[*_]{0,3} *(?:(?<=】)|:)[*_ ]*"
# What begins a question, and what begins its answer. 我： and Q. may stand in any text, so either counts only with
# the other.
PAIRS = tuple(
    re.compile(rf"{_BEFORE}(?:(?P<asking>{asking})|(?P<answering>{answering})){behind}", re.IGNORECASE)
    for asking, answering, behind in (
        (
            rf"{_TIME}[\[【]?(?:面试官|主考官|考官|提问者|采访者|记者|interviewer|examiner|recruiter)",
            rf"{_TIME}[\[【]?(?:候选人|应聘者|求职者|面试者|被面试者|受访者|应试者|考生|本人|我|"
            r"candidate|interviewee|applicant|me|i)",
            _NAMED,
        ),
        (r"q *\d{0,3}\.", r"(?:ans|a) *\d{0,3}\.", r"[*_]* +"),
        (r"q *\d{1,3}", r"a *\d{1,3}", r"[*_]* +(?=\S)"),
        (r"问 *\d{0,3}", r"答 *\d{0,3}", r"[*_]* +(?=\S)"),
        ("[❓❔🙋🤔]", "[✅✔💡👉🅰]", rf"[{SYMBOL_PARTS}]* *"),
    )
)
OPTION_B = re.compile(r"[ >*_\-]*\(?b *[.、:)]", re.IGNORECASE)
# As many questions that are answered make a series, and this share of them is.
MIN_ANSWERED = 2
MOSTLY = 0.5
NOD = re.compile(
    r"\W*(?:嗯+|哦|好的?|是的?|对的?|行|可以|明白了?|了解了?|知道了|不错|没事|"
    r"ok(?:ay)?|great|right|i see|sure|thanks?)\W*$",
    re.IGNORECASE,
)
HEAD_CHARS = 64
# S（情境）：… T（任务）：… A（行动）：… R（结果）：…, as stories are told in interviews about one's past.
STORY = re.compile(r"[ >*_\-]*[ST] *(?:\([^()]{0,20}\))? *[*_]{0,3} *:", re.IGNORECASE)
STORY_LINES = 12


def unlabel_stories(pieces: Sequence[Piece]) -> None:
    """Take the label off what was done in a story told by situation, task, action and result: its A is no answer."""
    told = -STORY_LINES
    for at, piece in enumerate(pieces):
        if piece.kind is Kind.TEXT and STORY.match(fold(piece.text[:HEAD_CHARS])):
            told = at
        elif piece.mark and piece.label and piece.label.word in ("a", "q"):
            if piece.label.word == "a" and at - told < STORY_LINES:
                piece.mark = replace(piece.mark, label=None)
            told = -STORY_LINES


def label_turns(pieces: Sequence[Piece]) -> None:
    """Give the turns of an interview, and the like, the labels of questions and answers.

    Their signs count only where they alternate, no options are meant, and
    nothing else labels answers.
    """
    texts = [piece for piece in pieces if piece.kind is Kind.TEXT]
    labelled = sum(piece.label is not None and piece.label.role is Role.ANSWER for piece in texts)
    others = sum(_begins_question(piece) for piece in texts)
    for pair in PAIRS:
        turns = [(piece, found) for piece in texts if (found := _turn(piece, pair))]
        asking = [found["asking"] is not None for _, found in turns]
        answered = sum(first and not second for first, second in itertools.pairwise(asking))
        inside = sum(_begins_question(piece) for piece, _ in turns)
        enough = answered >= max(MIN_ANSWERED, labelled, others - inside, MOSTLY * sum(asking))
        if enough and not _are_options([found for _, found in turns], texts):
            _label(turns, asking)
            return


def _label(turns: Sequence[tuple[Piece, re.Match[str]]], asking: Sequence[bool]) -> None:
    for (piece, found), before in zip(turns, [False, *asking], strict=False):
        numbered = found["asking"] and piece.numbering and piece.numbering.keyword
        if numbered or not (found["asking"] or before):
            # Q1 begins an item as it is; behind a nod, the candidate goes on with the same answer.
            continue
        role = Role.QUESTION if found["asking"] else Role.ANSWER
        said = label_alone(role, "interviewer" if found["asking"] else "candidate", found.end())
        piece.mark = replace(piece.mark, label=said.label, numbering=None) if piece.mark else said


def _begins_question(piece: Piece) -> bool:
    """Whether a line begins a question without any other sign: a dialogue below such belongs to its answer."""
    mark = piece.mark
    begins = mark is not None and not mark.bullet and bool(mark.level or mark.numbering or mark.whole_bold)
    return mark is not None and begins and asks(mark.text_behind(piece.text))


def _are_options(signs: Sequence[re.Match[str]], texts: Sequence[Piece]) -> bool:
    """Whether what looks like an answer is the first of several options: A. with a B. in the document."""
    first = any(found["answering"] and found["answering"].lower() == "a." for found in signs)
    return first and any(OPTION_B.match(piece.text[:HEAD_CHARS]) for piece in texts)


def _turn(piece: Piece, pair: re.Pattern[str]) -> re.Match[str] | None:
    """The sign that a line begins with, unless the interviewer only nods."""
    found = pair.match(fold(piece.text[:HEAD_CHARS]))
    if not found:
        return None
    return None if found["asking"] and NOD.match(piece.text, found.end()) else found
