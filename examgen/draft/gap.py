"""Fill-in: a point without its most telling word."""

from __future__ import annotations

import math
import re

from examgen.draft.material import Material, Point, in_context, say, stem
from examgen.draft.material import draft as new_draft
from examgen.model import Item
from examgen.text import fold

GAP = "____"
# ``指数滑动平均（EMA）``: two names of one thing; both fill the gap.
_TWO_NAMES = re.compile(r"([\u3400-\u9fffA-Za-z][\u3400-\u9fffA-Za-z\- ]{1,20})[（(]([A-Za-z][A-Za-z0-9\-]{1,15})[）)]")
_TERM = re.compile(r"[A-Za-z][A-Za-z0-9\-+.]*[A-Za-z0-9]|[\u3400-\u9fff]{2,8}")
# A term of the field stands in two of the bank's questions at least, and in few enough to be somebody's name.
MIN_QUESTIONS = 2
COMMON = 0.15
# In a small bank every term may be the only one.
SMALL_BANK = 20
# What a character is worth beside rarity.
WORTH_OF_CHAR = 0.4
MIN_CHARS, MAX_CHARS = 3, 10
# Verbs that jieba lets begin a term: what follows them is the term.
_DOING = frozenset(
    ("增加", "减少", "增大", "减小", "提高", "降低", "使用", "采用", "并用", "利用", "设计", "参与", "进行", "实现")
)
_LISTS = ("、", "/", "或", "和", "与", "等", ",")
# Parts of speech, as jieba marks them, of which terms consist, and with which they end.
_INSIDE = ("n", "v", "b", "a", "j", "l", "eng", "m")
_END = ("n", "vn", "eng", "nz", "l", "j")


def draft(material: Material, point: Point, seed: int) -> Item | None:  # there is nothing to draw
    """A point with a gap; None where no word of it is telling enough, or the question gives the word away."""
    found = _two_names(point) or _telling_word(material, point)
    if found is None:
        return None
    shown, answers = found
    text = point.text.replace(shown, GAP, 1)
    return new_draft(
        point,
        "fill_in",
        "fi",
        question=in_context(point, text),
        blanks=[{"answers": answers, "weight": 2.0}],
        max_score=2.0,
        explanation=say(
            point,
            f"取自要点 {point.id}：{point.text}。请补充其他可接受的写法。",
            f"From point {point.id}: {point.text}. Add other writings that you accept.",
        ),
    )


def _two_names(point: Point) -> tuple[str, list[str]] | None:
    match = _TWO_NAMES.search(point.text)
    if not match or point.text.count(match[0]) != 1:
        return None
    names = [_last_noun(match[1]), match[2]]
    shown = match[0][match[0].index(names[0]) :]
    return None if any(_given(point, name, shown) for name in names) else (shown, names)


def _last_noun(text: str) -> str:
    """The name before a bracket, without the verb in front of it."""
    kept: list[str] = []
    for word, tag in reversed(_tagged(text.strip())):
        if len(kept) < 3 and (not kept or len(word) > 1) and tag.startswith(_INSIDE):
            kept.append(word)
        else:
            break
    return "".join(reversed(kept)) or text.strip()


def _telling_word(material: Material, point: Point) -> tuple[str, list[str]] | None:
    """The rarest term of a point that stands in it once and in no title or question of it."""
    total = len(material.parents)
    best: tuple[float, str] | None = None
    for word in _terms(point.text):
        count = material.questions_with(word)
        known = total < SMALL_BANK or MIN_QUESTIONS <= count <= COMMON * total
        if not known or point.text.count(word) != 1 or _listed(point.text, word) or _given(point, word, word):
            continue
        rarity = math.log((1 + total) / max(1, count)) + WORTH_OF_CHAR * min(len(word), MAX_CHARS)
        if best is None or rarity > best[0]:
            best = (rarity, word)
    return (best[1], [best[1]]) if best else None


def _terms(text: str) -> list[str]:
    """One to three words in a row that can be a term: they end in a noun, and nothing small is inside."""
    tagged = _tagged(text)
    terms = []
    for first in range(len(tagged)):
        for last in range(first, min(first + 3, len(tagged))):
            run = tagged[first : last + 1]
            term = "".join(word for word, _ in run)
            if (
                run[-1][1].startswith(_END)
                and all(tag.startswith(_INSIDE) and _TERM.fullmatch(word) for word, tag in run)
                and MIN_CHARS <= len(term) <= MAX_CHARS
                and (len(run) == 1 or not term.isascii())
                and run[0][0] not in _DOING
            ):
                terms.append(term)
    return terms


def _listed(text: str, word: str) -> bool:
    """Whether a word is one of a list, of which others would fill the gap as well, or a part of a longer name."""
    start = text.index(word)
    around = text[max(0, start - 1) : start] + text[start + len(word) : start + len(word) + 1]
    if "-" in around or (word[0].isascii() and any(char.isascii() and char.isalnum() for char in around)):
        return True
    return text[max(0, start - 1) : start] in _LISTS or text[start + len(word) : start + len(word) + 1] in _LISTS


def _given(point: Point, word: str, shown: str) -> bool:
    """Whether the question, the title or the rest of the point shows the word."""
    rest = point.text.replace(shown, "", 1)
    return any(fold(word) in fold(text) for text in (point.parent.title, stem(point.parent), rest))


def _tagged(text: str) -> list[tuple[str, str]]:
    if not any("\u3400" <= char <= "\u9fff" for char in text):
        # English has no tagger here: names are capitals, hyphens and long words.
        return [(word, "n") for word in re.findall(r"[A-Za-z][A-Za-z0-9\-]+", text) if len(word) > 5 or word.isupper()]
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return [(pair.word, pair.flag) for pair in jieba.posseg.cut(text)]
