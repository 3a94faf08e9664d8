"""Chinese and English text: folding what does not matter, and cutting with offsets."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

# Characters that are invisible or only steer layout: zero-width, bidirectional marks, BOM, soft hyphen, tags.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Invisible characters that people do not put there on purpose: one variation selector behind a sign, as in an emoji.
HIDDEN = re.compile(f"(?:{INVISIBLE.pattern}){{2,}}|(?![\ufe0e\ufe0f]){INVISIBLE.pattern}")
SPACES = re.compile(r"\s+")
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
LATIN_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+")
LABELS = re.compile(r"[A-La-l]+")
# A sentence ends at strong punctuation, at a line end, or at a semicolon; '.' only before a space, so 3.5 stays whole.
SENTENCE_END = re.compile(r"[。！？!?；;…]+[”’\"'）)】》」』]*|\.(?=\s|$)|\n+")


class Span(NamedTuple):
    """A stretch of a text, as character offsets."""

    start: int
    end: int


class Visible(NamedTuple):
    """A text without its invisible characters."""

    text: str
    places: Sequence[int]
    """For each character its offset in the text that it was taken from."""

    def back(self, span: Span) -> Span:
        """Where a stretch of the visible text lies in the text that it was taken from."""
        if span.start >= span.end:
            return Span(0, 0)
        return Span(self.places[span.start], self.places[span.end - 1] + 1)


def visible(text: str) -> Visible:
    """Leave out what no reader of a text can see: zero-width, direction-changing and tag characters."""
    if not INVISIBLE.search(text):
        return Visible(text, range(len(text)))
    places = [place for place, char in enumerate(text) if not INVISIBLE.match(char)]
    return Visible("".join(text[place] for place in places), places)


def fold(text: str) -> str:
    """Make two writings of the same words equal: width, traditional characters, case, spaces, invisible marks.

    Markdown stays. The result is for comparing, not for showing: offsets do not survive.
    """
    return _fold_again(text) if len(text) <= SHORT else _fold(text)


def _fold(text: str) -> str:
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return SPACES.sub(" ", simplified(plain)).strip().casefold()


# Rubric points and questions are folded with every answer, and an answer several times.
SHORT = 400
_fold_again = functools.lru_cache(4096)(_fold)


def simplified(text: str) -> str:
    """Traditional characters as simplified ones; text without Han characters comes back at once."""
    if not has_han(text):
        return text
    return str(_to_simplified().convert(text))


@functools.cache
def _to_simplified():  # type: ignore[no-untyped-def]  # opencc has no type hints
    import opencc

    return opencc.OpenCC("t2s")


def has_han(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return HAN.search(text) is not None


def language(text: str) -> str:
    """``zh`` where there is a Chinese character for every two words of Latin letters, however long these are."""
    han = sum("\u3400" <= char <= "\u9fff" for char in text)
    return "zh" if han and han * 2 >= len(LATIN_WORD.findall(text)) else "en"


def told_language(text: str) -> str | None:
    """The language that a text is written in; None where it tells nothing, as ``B,A,C`` or ``3.5 km``."""
    if has_han(text):
        return language(text)
    words = [word for word in re.findall(r"[A-Za-z]{3,}", text) if not (LABELS.fullmatch(word) and distinct(word))]
    return "en" if any(not word.isupper() for word in words) else None


def distinct(word: str) -> bool:
    """Whether no letter occurs twice."""
    return len(set(word.casefold())) == len(word)


def sentences(text: str) -> list[Span]:
    """Cut a text into sentences and lines, as offsets without surrounding spaces; nothing visible is left out."""
    spans = []
    start = 0
    for end in [match.end() for match in SENTENCE_END.finditer(text)] + [len(text)]:
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if left < right:
            spans.append(Span(left, right))
        start = end
    return spans
