"""Interviews written down turn by turn: 面试官：… 我：…"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from examgen.parse.asking import asks
from examgen.parse.lines import Kind, Piece
from examgen.parse.marks import fold, label_alone
from examgen.parse.vocabulary import Role

_ASKING = "面试官|主考官|考官|提问者|采访者|记者|interviewer|examiner|recruiter"
_ANSWERING = "候选人|应聘者|求职者|面试者|被面试者|受访者|应试者|考生|本人|我|candidate|interviewee|applicant|me|i"
TURN = re.compile(
    rf"[ >*_\-\[【]*(?:(?P<asking>{_ASKING})|(?P<answering>{_ANSWERING})) ?[a-z\d]?(?:问|答|说|回答)?"
    r" *(?:\([^()]{0,10}\))? *[\]】]?[*_]{0,3} *(?:(?<=】)|:)[*_ ]*",
    re.IGNORECASE,
)
# As many turns of the interviewer make an interview, and this share of them is answered.
MIN_TURNS = 2
MOSTLY = 0.5
# 嗯。 and 好的。 ask nothing.
MAX_NOD_CHARS = 5
HEAD_CHARS = 64


def label_turns(pieces: Sequence[Piece]) -> None:
    """Give the turns of an interview the labels of questions and answers.

    The words count only where the turns alternate and nothing else labels
    answers; "我：" may stand in any text.
    """
    turns = [(piece, found) for piece in pieces if piece.kind is Kind.TEXT and (found := _turn(piece))]
    asking = [found["asking"] is not None for _, found in turns]
    answered = sum(first and not second for first, second in itertools.pairwise(asking))
    labelled = sum(piece.label is not None and piece.label.role is Role.ANSWER for piece in pieces)
    if answered < MIN_TURNS or answered < MOSTLY * sum(asking) or labelled > answered:
        return
    for (piece, found), before in zip(turns, [False, *asking], strict=False):
        if not (found["asking"] or before):
            # Behind a nod, the candidate goes on with the same answer.
            continue
        role = Role.QUESTION if found["asking"] else Role.ANSWER
        said = label_alone(role, "interviewer" if found["asking"] else "candidate", found.end())
        piece.mark = replace(piece.mark, label=said.label, numbering=None) if piece.mark else said


def _turn(piece: Piece) -> re.Match[str] | None:
    """The name that a line begins with, unless the interviewer only nods."""
    found = TURN.match(fold(piece.text[:HEAD_CHARS]))
    if not found:
        return None
    said = piece.text[found.end() :].strip()
    nods = found["asking"] and 0 < len(said) <= MAX_NOD_CHARS and not asks(said)
    return None if nods else found
