"""Answers that stand on the line of their question: 1. 什么是过拟合？ 模型记住了训练集。"""

from __future__ import annotations

import re
from typing import NamedTuple

from examgen.parse.asking import ends_asking, goes_on_asking, names_aspect, wonders

# A question that is longer than this is a text of its own.
MAX_QUESTION_CHARS = 300
QUESTION_MARK = re.compile(r"(?:？|\?(?![\w=&%./:?'\"`)\]]|$)|\?(?=[\u4e00-\u9fff]))[?？]*[”\"'’」』]*")
# What closes a question, and what may stand between it and its answer.
CLOSING = re.compile(r"(?:\*{1,3}|__)?\s*")
NOTE = re.compile(
    r"(?:[（(][^（）()]{1,100}[)）]|[【\[][^【】\[\]]{1,60}[】\]](?:\([^()\s]{1,200}\))?)(?:\*{1,3}|__)?\s*"
)
DASH = re.compile(r"(?:[—–]{1,2}|-{1,2}>?|[:：→])?\s*")
SENTENCE = re.compile(r"(?:[^。！？!?；;.]|\.(?!\s|$)){0,4000}[。！？!?；;.]*")
OPTION_FIRST = re.compile(r"\W*[A-Da-d]\s*[.、:：)）]")
REMARK = re.compile(
    r"\W*(?:高频|重点|重要|必考|必会|必问|常考|常问|难|易|easy|medium|hard|简单|中等|困难|\d+\s*(?:分钟?|points?|marks?))\W*$",
    re.IGNORECASE,
)
LISTED = re.compile(r"[、，,/]|[和与及]")
WORD_CHAR = re.compile(r"[^\W_]")
# 什么是死锁：互相等待。 什么是死锁——互相等待。
COLON = re.compile(r"[:：]\s*|\s*[—–]{1,2}\s*|\s+-{1,2}\s+")
ANNOUNCES = re.compile(r"下[列面]|以下|如下|following|below", re.IGNORECASE)
MIN_DEFINITION_CHARS = 6
MAX_TERM_CHARS = 40


class Split(NamedTuple):
    """Where a question ends within its line, and where its answer begins."""

    end: int
    start: int


def answer_behind_question(text: str, start: int = 0) -> Split | None:
    """Find the answer in a line that asks first.

    The question ends at its question mark where a sentence follows that neither
    asks nor says how to answer. What a quiz puts there, options and marks, is no
    answer, either.

    Args:
        start: Where the question begins.
    """
    mark = QUESTION_MARK.search(text[:MAX_QUESTION_CHARS], start)
    while mark and text.count("`", start, mark.start()) % 2:
        mark = QUESTION_MARK.search(text[:MAX_QUESTION_CHARS], mark.end())
    end = mark.end() if mark else len(text)
    while end < len(text):
        end = _end(CLOSING, text, end)
        while (behind := _end(NOTE, text, end)) > end:
            end = behind
        answer = _end(DASH, text, end)
        sentence = text[answer : _end(SENTENCE, text, answer)]
        if goes_on_asking(sentence):
            end = answer + max(len(sentence), 1)
            continue
        rest = text[answer:]
        aspects = len(rest) < MAX_QUESTION_CHARS and all(map(names_aspect, LISTED.split(rest)))
        none = aspects or OPTION_FIRST.match(rest) or REMARK.match(rest) or not WORD_CHAR.search(rest)
        return None if none else Split(end, answer)
    return None


def answer_behind_colon(text: str, start: int = 0) -> Split | None:
    """Find the answer in a line that asks without a question mark: 什么是死锁：互相等待。

    A task with a colon rather announces what it is about, so only question words count.
    """
    colon = COLON.search(text[: start + MAX_QUESTION_CHARS // 3], start)
    if colon is None:
        return None
    asked, said = text[start : colon.start()], text[colon.end() :]
    plain = wonders(asked) and not ANNOUNCES.search(asked) and "？" not in asked
    whole = len(said.strip()) >= MIN_DEFINITION_CHARS and not (ends_asking(said) or said.rstrip().endswith((":", "：")))
    return Split(colon.start(), colon.end()) if plain and whole else None


def meaning_behind_colon(text: str, start: int = 0) -> Split | None:
    """Find the meaning of a term behind the colon of its line: 抖动：频繁换页。"""
    colon = COLON.search(text[: start + MAX_TERM_CHARS], start)
    if colon is None or not WORD_CHAR.search(text[start : colon.start()]) or not WORD_CHAR.search(text, colon.end()):
        return None
    return Split(colon.start(), colon.end())


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
