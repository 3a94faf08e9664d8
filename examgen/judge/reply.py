"""Reading what the judge said: strictly, since a reply that is guessed at would be a mark that nobody gave."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from examgen.judge.prompt import CONTROL
from examgen.model import PointVerdict, Verdict
from examgen.scorers.flags import injected
from examgen.text import INVISIBLE, Span, fold, has_han

MAX_REPLY_CHARS = 200_000
_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_UNCLOSED = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
# Some servers hand over the end of the reasoning without its start.
_LATE_END = re.compile(r"^.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_VERDICTS: tuple[Verdict, ...] = ("yes", "partly", "no")


class UnreadableError(Exception):
    """A reply that holds no verdicts; ``code`` is a key of `examgen.judge.words.REASONS`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Said:
    """A verdict as it was given, before its quote is looked up."""

    verdict: Verdict
    quote: str


def message_text(body: bytes) -> str:
    """The text of a chat completion.

    Raises:
        UnreadableError: the body is no chat completion, or the model refused, was cut off, or said nothing.
    """
    try:
        data = json.loads(body)
        choices = data["choices"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError("no_completion") from error
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise UnreadableError("no_choice")
    message = choices[0].get("message")
    if not isinstance(message, dict):
        raise UnreadableError("no_choice")
    reason = choices[0].get("finish_reason")
    if message.get("refusal") or reason == "content_filter":
        raise UnreadableError("refused")
    text = message.get("content")
    if isinstance(text, list):
        text = "".join(str(part.get("text", "")) for part in text if isinstance(part, dict))
    if reason == "length":
        raise UnreadableError("cut")
    if not isinstance(text, str) or not text.strip():
        raise UnreadableError("blank")
    return text


def read_verdicts(text: str, ids: Sequence[str]) -> dict[str, Said]:
    """The verdicts of a reply by point id, each of ``ids`` once.

    Reasoning before the verdicts, prose around them and a code fence are
    passed over. Two JSON objects are not: one of them may be the candidate's.

    Raises:
        UnreadableError: it is not exactly one JSON object of the agreed form.
    """
    if len(text) > MAX_REPLY_CHARS:
        raise UnreadableError("broken", f"{len(text)} characters")
    plain = _LATE_END.sub("", _THINKING.sub("", text))
    if _UNCLOSED.search(plain):
        raise UnreadableError("cut")
    if not plain.strip():
        raise UnreadableError("blank")
    data = _only_object(plain)
    entries = data.get("points")
    if not isinstance(entries, list):
        raise UnreadableError("broken", "points")
    said: dict[str, Said] = {}
    for entry in entries:
        number, verdict, quote = _fields(entry)
        if not 1 <= number <= len(ids) or ids[number - 1] in said:
            raise UnreadableError("broken", f"id {number}")
        said[ids[number - 1]] = Said(verdict, quote)
    if len(said) != len(ids):
        raise UnreadableError("broken", f"{len(said)} / {len(ids)}")
    return said


def _fields(entry: Any) -> tuple[int, Verdict, str]:
    if not isinstance(entry, dict):
        raise UnreadableError("broken", "points")
    number, verdict, quote = entry.get("id"), entry.get("verdict"), entry.get("quote")
    if type(number) is not int or verdict not in _VERDICTS or not isinstance(quote, str):
        raise UnreadableError("broken", f"id {str(number)[:20]}")
    return number, verdict, quote


def _only_object(text: str) -> dict[str, Any]:
    """The one JSON object in a text."""
    decoder = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    found: list[dict[str, Any]] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("broken", "JSON") from error
        found.append(value)
        at = text.find("{", at)
    if len(found) != 1:
        raise UnreadableError("broken", f"{len(found)} JSON")
    return found[0]


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that stands twice would let the last one win."""
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key stands twice")
    return data


def _no_constant(name: str) -> Any:
    raise ValueError(name)


@dataclass(frozen=True)
class Checked:
    """Verdicts with their quotes found in the answer, or the reason not to believe them."""

    verdicts: tuple[PointVerdict, ...]
    doubt: str = ""
    """A key of `examgen.judge.words.REASONS`."""
    detail: str = ""


def check(said: dict[str, Said], order: Sequence[str], answer: str, question: str) -> Checked:
    """Find each credited point's quote in the answer.

    Returns:
        The verdicts in ``order``. A verdict without a valid quote counts as
        ``no``, and is the doubt; so is finding the statement that no answer makes.
    """
    doubt = detail = ""
    if said[CONTROL].verdict != "no":
        doubt = "control"
    verdicts = []
    for point_id in order:
        verdict, quote = said[point_id].verdict, said[point_id].quote
        span = locate(quote, answer) if verdict != "no" else None
        if verdict != "no" and not _is_evidence(span, answer, question):
            doubt, detail = doubt or "no_quote", detail or point_id
            verdict, span = "no", None
        start, end = span or (0, 0)
        verdicts.append(PointVerdict(id=point_id, verdict=verdict, quote=answer[start:end], start=start, end=end))
    return Checked(tuple(verdicts), doubt, detail)


def _is_evidence(span: Span | None, answer: str, question: str) -> bool:
    """Whether a stretch of the answer says something of its own, and says it about the subject."""
    if span is None:
        return False
    quote = fold(answer[span.start : span.end])
    words = sum(char.isalnum() for char in quote)
    whole = words == sum(char.isalnum() for char in fold(answer))
    enough = words >= (2 if has_han(quote) else 4) or whole
    return enough and words > 0 and not injected(quote) and not (quote in fold(question) and not whole)


def locate(quote: str, answer: str) -> Span | None:
    """Where a quote stands in an answer.

    Copying may change widths, case, spaces and line ends, and loses invisible
    characters; nothing else is forgiven.
    """
    if not quote.strip():
        return None
    at = answer.find(quote)
    if at >= 0:
        return Span(at, at + len(quote))
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(answer):
        for letter in _plain(char):
            letters.append(letter)
            places.append(place)
    wanted = "".join(letter for char in quote for letter in _plain(char))
    at = "".join(letters).find(wanted) if wanted else -1
    return Span(places[at], places[at + len(wanted) - 1] + 1) if at >= 0 else None


def _plain(char: str) -> str:
    """A character without what copying may change; empty for spaces and invisible ones."""
    if char.isspace() or INVISIBLE.match(char):
        return ""
    return unicodedata.normalize("NFKC", char).casefold()
