"""What all question kinds share: the mark, and the reading of what a candidate typed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from examgen.model import Item, Kind, PointGrade, Status
from examgen.text import INVISIBLE, fold

# No keyed answer is longer. What is goes to a human, so that no pattern runs over a megabyte.
MAX_ANSWER_CHARS = 5000
# Words that candidates put in front of a letter or a number.
_PREAMBLE = re.compile(
    r"^(?:(?:我的|正确|最终)?答案|答|我?选择?|选项|(?:the |my )?answer|ans|option)\s*(?:是|为|is)?\s*[:=]?\s*",
    re.IGNORECASE,
)
_EDGES = " \t\n。.,，;；:：!！、·`*_"
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "【": "】", "「": "」", "『": "』", "《": "》", '"': '"', "'": "'"}


@dataclass(frozen=True)
class Mark:
    """What a rule gives for one answer."""

    score: float | None
    """Marks, 0..``item.max_score``; None where the answer could not be read. With ``review`` it is a proposal."""
    status: Status = "graded"
    points: tuple[PointGrade, ...] = ()
    """One entry a blank, pair or part, where the kind has several; ids ``1``, ``2``, ... or the part's id."""
    flags: tuple[str, ...] = ()
    """``empty``, ``unreadable``, ``near_miss``, ``unit``: for programs."""
    reason: str = ""
    """Why there is no mark, or why a human should look: for people, in the item's language."""
    read_as: str = ""
    """The answer as it was understood, in the kind's canonical writing, such as ``A,C``."""


@dataclass(frozen=True)
class Example:
    """An answer with the mark that it must get: the examples of a kind are its contract."""

    answer: str
    share: float | None
    """Marks as a share of ``max_score``; None where no mark can be given by rule."""
    status: Status = "graded"


@dataclass(frozen=True)
class Examples:
    """An item of a kind and answers to it."""

    item: Item
    right: tuple[Example, ...]
    wrong: tuple[Example, ...]
    unreadable: tuple[Example, ...]
    partial: tuple[Example, ...] = ()


class QuestionKind(Protocol):
    """What a module of a question kind holds."""

    KIND: Kind
    NAMES: dict[str, str]
    """Its name by language."""
    RULES: tuple[str, ...]
    """Names of its rules for partial credit, the default first; empty where it has none."""
    EXAMPLES: tuple[Examples, ...]

    def check(self, item: Item, /) -> list[str]:
        """Say in plain words what keeps an item from being set and marked."""

    def mark(self, item: Item, answer: str, /) -> Mark | None:
        """Mark an answer by rule; None where the kind needs the scorer."""

    def key(self, item: Item, /) -> str:
        """The right answer in the kind's canonical writing."""


def examples(share: float | None, *answers: str, status: Status = "graded") -> tuple[Example, ...]:
    """Answers that all get the same mark."""
    return tuple(Example(answer, share, status) for answer in answers)


def for_a_human(*answers: str) -> tuple[Example, ...]:
    """Answers that cannot be read."""
    return examples(None, *answers, status="ungraded")


def say(item: Item, zh: str, en: str) -> str:
    """A sentence in the item's language."""
    return zh if item.lang == "zh" else en


def empty(item: Item) -> Mark:
    """The mark of an answer that was left blank: nothing, and no doubt about it."""
    return Mark(0.0, flags=("empty",), reason=say(item, "未作答", "left blank"))


def unreadable(item: Item, zh: str, en: str) -> Mark:
    """No mark: a human has to read this answer."""
    return Mark(None, "ungraded", flags=("unreadable",), reason=say(item, zh, en))


def too_long(item: Item) -> Mark:
    """No mark: what came is no answer to a keyed item."""
    return unreadable(
        item,
        f"作答超过 {MAX_ANSWER_CHARS} 字，不像是对本题的回答",
        f"the answer has more than {MAX_ANSWER_CHARS} characters, which is no answer to this kind of item",
    )


def rounded(score: float, max_score: float) -> float:
    """A score without the dust of floating-point sums, and no more than there is."""
    return min(round(score, 6) + 0.0, max_score)


def tidy(answer: str) -> str:
    """What was typed in half-width characters, without invisible ones, preamble, and brackets or points around it."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", answer)).strip()
    text = _unwrapped(_PREAMBLE.sub("", text, count=1))
    return text.strip()


def _unwrapped(text: str) -> str:
    while True:
        bare = text.strip(_EDGES)
        if len(bare) > 2 and _BRACKETS.get(bare[0]) == bare[-1] and bare[0] not in bare[1:-1]:
            bare = bare[1:-1]
        if bare == text:
            return text
        text = bare


def json_value(answer: str) -> object:
    """The list or object that an answer is as JSON, or None."""
    text = answer.strip()
    if not text or text[0] not in "[{" or len(text) > MAX_ANSWER_CHARS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, or nested too deeply
        return None


def json_texts(answer: str) -> list[str] | None:
    """The entries of an answer that is a JSON list of texts or numbers, or None."""
    value = json_value(answer)
    if not isinstance(value, list) or not all(isinstance(entry, str | int | float) for entry in value):
        return None
    return [str(entry) for entry in value]


def plain(text: str) -> str:
    """A text as it is compared with a key: `fold`ed, without Markdown marks, spaces and punctuation at its edges."""
    folded = fold(text).strip(_EDGES + "$\"'“”‘’").strip()
    return re.sub(r"\s+", "", folded) if any(ord(char) > 0x2E80 for char in folded) else folded


def read_letters(answer: str, ids: Sequence[str], texts: Sequence[str]) -> list[str] | str:
    """Find which of some lettered entries an answer names.

    Read are ``A``, ``a``, ``（A）``, ``选A``, ``A,C``, ``AC``, ``A、C``, ``A和C``, ``["A","C"]``, full-width and
    circled letters, ``A. text of the option``, and the text of an option itself. Where the text of one is the
    letter of another, what was typed is a letter. A sentence about the options (``不选A``) is not guessed at.

    Args:
        answer: What the candidate typed.
        ids: The entries' letters, in the writing that the result uses.
        texts: Their texts, in the same order.

    Returns:
        The ids in the order given, each once; or, where the answer cannot be read, the part at fault.
    """
    listed = json_texts(answer)
    if listed is not None:
        found = []
        for entry in listed:
            read = read_letters(entry, ids, texts)
            if isinstance(read, str):
                return read
            found += read
        return list(dict.fromkeys(found))
    by_id = {plain(name): name for name in ids}
    by_text: dict[str, str] = {}
    for letter, text in zip(ids, texts, strict=True):
        # Two options of one text cannot be told apart by it.
        by_text[plain(text)] = "" if plain(text) in by_text else letter
    text = tidy(answer)
    for typed, names in (answer, by_id), (answer, by_text), (text, by_id), (text, by_text):
        if name := names.get(plain(typed)):
            return [name]
    return _tokens(text, by_id) or _lines(answer, by_id, by_text) or _reasoned(text, by_id) or text[:40]


def _tokens(text: str, by_id: dict[str, str]) -> list[str] | None:
    """Letters with separators, or letters side by side."""
    words = [word for word in re.split(r"[\s,，、;；/|&+>→()\[\]\"']+|和|与|及|\band\b|->|=>", text.casefold()) if word]
    words = [word.strip(".:") for word in words]
    if all(word in by_id for word in words):
        return list(dict.fromkeys(by_id[word] for word in words))
    joined = "".join(words)
    if all(len(name) == 1 for name in by_id) and all(char in by_id for char in joined):
        return list(dict.fromkeys(by_id[char] for char in joined))
    return None


def _lines(answer: str, by_id: dict[str, str], by_text: dict[str, str]) -> list[str] | None:
    """One entry a line, or between semicolons: its text, or its letter and its text."""
    found = []
    for line in re.split(r"[\n;；|]", answer):
        if not line.strip():
            continue
        letter, _, rest = _lettered(tidy(line), by_id)
        name = (
            by_id.get(plain(line)) or by_text.get(plain(line)) or (letter if by_text.get(plain(rest)) == letter else "")
        )
        if not name:
            return None
        found.append(name)
    return list(dict.fromkeys(found)) or None


def _reasoned(text: str, by_id: dict[str, str]) -> list[str] | None:
    """``A。因为……``: a letter, a full stop or colon, and words that name no other letter."""
    letter, mark, rest = _lettered(text, by_id)
    others = set(re.findall(r"(?<![a-z])[a-z0-9](?![a-z0-9])", rest.casefold())) & set(by_id)
    negated = re.search(r"不|错|非|别|\bnot\b|wrong|n't", rest.casefold())
    return [letter] if letter and mark and not others and not negated else None


def _lettered(text: str, by_id: dict[str, str]) -> tuple[str, str, str]:
    match = re.match(r"[(\[]?([A-Za-z0-9]{1,3})(?:[)\]]\s*[.:：、。,，]?|\s*[.:：、。,，])\s*(.*)", text, re.DOTALL)
    if not match or match[1].casefold() not in by_id:
        return "", "", text
    return by_id[match[1].casefold()], ".", match[2]


def letters(count: int) -> list[str]:
    """``A``, ``B``, ... ``Z``, ``AA``, ``AB``, ... for entries that have no ids of their own."""
    names = []
    for number in range(count):
        name, rest = "", number
        while rest >= 0:
            name = chr(ord("A") + rest % 26) + name
            rest = rest // 26 - 1
        names.append(name)
    return names


def common_problems(item: Item) -> list[str]:
    """What is wrong with an item of any kind."""
    problems = []
    if not item.question.strip():
        problems.append("it has no question")
    if item.max_score <= 0:
        problems.append("it is worth no marks: set max_score")
    return problems


def rule_problems(item: Item, rules: Sequence[str]) -> list[str]:
    """Whether the item names a partial-credit rule that its kind has."""
    if item.credit and item.credit not in rules:
        known = ", ".join(rules) or "none"
        return [f"credit = {item.credit!r} is not a rule of {item.kind}: it has {known}"]
    return []
