"""Names that the documents themselves say are of one thing: 跨站脚本（Cross-Site Scripting, XSS）, 又称, also known as.

A statement in any question or answer holds for all, and so do the initials of a phrase where only one phrase has them.
These are no aliases: examples (如, e.g.), a thing and its kind (回归 and 岭回归), opposites, and two single Latin words
that merely stand side by side. Only names that titles and questions use are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from examgen.dedupe.lexicon import ACTIONS, BOUNDS, FRAME, GENERIC, NEGATIONS
from examgen.dedupe.names import HAN, Name, NameTree, singular
from examgen.dedupe.names import units as folded_units
from examgen.dedupe.words import MARKUP, contrast, tokens
from examgen.forked import in_processes
from examgen.text import INVISIBLE, fold, has_han, simplified

BRACKET = re.compile(r"\(([^()\n]{2,80})\)")
# What introduces another name, in a sentence and at the beginning of a bracket.
CALLED = r"(?:[又也亦或俗旧简全别]|通常?)被?(?:称|叫|名)(?:之?为|作|做|是)?|(?:(?:is|are) )?also (?:known as|called)"
RUN_IN = re.compile(
    rf"(?:{CALLED})\s*[\"“《]?(?P<name>[{HAN}]{{2,12}}|[A-Za-z][A-Za-z0-9 .&'-]{{1,40}})", re.IGNORECASE
)
MARKER = re.compile(
    rf"\s*(?:{CALLED}|亦?即|也就是|或者?|缩写[为是]?|英文(?:名|缩写|全称|简称)?[为是]?|known as|short for|i\.e\.|or )"
    r"\s*:?\s*[\"“《]?",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"(?:如|例|比如|譬如|包括|包含|含|见|注|主要|指|一般|通常(?!称|叫)|以|用|"
    r"e\.?g|such|for |see|incl|in |the |with )|.*(?:等|等等|…)$",
    re.IGNORECASE,
)
SEGMENT = re.compile(r"\s*(?:[,;、/:]|\bor\b)\s*")
SENTENCE_PART = re.compile(r"[。!?;,:\n]+")
LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 .&'/+#-]*")
LATIN_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9+#]*(?:[ '-]+[A-Za-z0-9+#]+)*")
LATIN_TAIL = re.compile(LATIN_WORDS.pattern + r"\s*$")
HAN_NAME = re.compile(rf"[{HAN}A-Za-z0-9]*[{HAN}][{HAN}A-Za-z0-9]*")
HAN_TAIL = re.compile(rf"(?:[A-Za-z0-9]+ )?[{HAN}A-Za-z0-9]*[{HAN}][\"”》]?\s*$")
QUOTES = ' "“”《》'
ACRONYM = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z][A-Za-z0-9-]{1,7}(?![A-Za-z0-9-])")
# What a text says between two names of one thing, where it says them one after the other.
AGAIN = re.compile(rf"[\s(,]*(?:{MARKER.pattern})?\s*", re.IGNORECASE)
SPLIT = re.compile(r"[\s'-]+")
PLACES = frozenset("时中里")
BOUNDS_AND_FRAME = BOUNDS | FRAME
BEFORE_BRACKET = 60
# What stands before 又称 where the name is that of the title: nothing, a number, a pronoun.
NO_HEAD = " -•·.、0123456789()它其"
LONGEST_HAN, LONGEST_LATIN, MOST_NAMES = 12, 6, 3


class Link(NamedTuple):
    """Two names that one statement gives to one thing."""

    one: Name
    other: Name
    said: str
    plainly: bool


def units(text: str) -> Name:
    """A name as what is compared of it: Chinese characters, and other words without their plural."""
    return folded_units(fold(text))


def _is_han(name: Name) -> bool:
    return any(map(has_han, name))


def _written(name: Name) -> str:
    return "".join(name) if _is_han(name) else " ".join(name)


def acronyms_of(text: str) -> list[str]:
    """The acronyms of a text, in small letters: words of at least two capitals."""
    return [word.lower() for word in ACRONYM.findall(text) if _is_acronym(word)]


def _is_acronym(word: str) -> bool:
    return ACRONYM.fullmatch(word) is not None and sum(map(str.isupper, word)) >= 2


@dataclass
class Aliases:
    """The names that documents say are of one thing, each class under a first name."""

    first: dict[Name, str] = field(default_factory=dict)
    """What stands for each name."""
    said: dict[Name, str] = field(default_factory=dict)
    """What says so, with its place."""
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """All names of each class, by its first name."""
    acronyms: frozenset[str] = frozenset()
    """Those that titles, questions and statements of names use, in small letters."""
    tree: NameTree[Name] = field(default_factory=NameTree)

    def add(self, name: Name, first: str, said: str) -> None:
        self.first[name], self.said[name] = first, said
        self.tree.add(name, name)

    def called(self, text: str) -> dict[str, frozenset[Name]]:
        """The things that a folded text names, by their first names, each with the names that stand there."""
        things: dict[str, frozenset[Name]] = {}
        for _, _, name in self.find(text):
            things[self.first[name]] = things.get(self.first[name], frozenset()) | {name}
        return things

    def find(self, text: str) -> list[tuple[int, int, Name]]:
        """The names in a folded text with their places, from the left, the longest first."""
        return list(self.tree.find(text)) if self.first else []

    def replace(self, text: str) -> str:
        """A folded text in which things of several names bear one; what is named twice on end stands there once."""
        done, parts, last = 0, [], ""
        for start, end, name in self.find(text):
            first = self.first[name]
            if not (first == last and AGAIN.fullmatch(text, done, start)):
                parts += [text[done:start], f" {first} "]
            done, last = end, first
        return "".join([*parts, text[done:]])


def find_aliases(texts: Iterable[tuple[str, str, str, str]]) -> Aliases:
    """Read which names mean one thing.

    Args:
        texts: For each item where it stands, its title, its question, and its answer.
    """
    rows: list[tuple[str, str, str, str]] = []
    reader = _Reader()
    for some, names in in_processes(_used, list(texts)):
        rows += some
        reader.names.update(names)
    asked = [text for _, title, question, _ in rows for text in (title, question) if text]
    links = [
        Link(link.one, link.other, f"{where}: {link.said}", link.plainly)
        for where, title, question, answer in rows
        for text, is_asked in ((title, True), (question, True), (answer, False))
        for link in reader.read(text, title or question, is_asked)
    ]
    links += _initials_of(asked)
    aliases = _classes(
        [link for link in links if link.one and link.other and link.one != link.other], reader.names, asked
    )
    aliases.acronyms = frozenset(
        acronym for text in (*asked, *(link.said for link in links)) for acronym in acronyms_of(text)
    )
    return aliases


def _used(texts: Sequence[tuple[str, str, str, str]]) -> tuple[list[tuple[str, str, str, str]], Counter[Name]]:
    """Texts as they are read, and how often their titles and questions use each name."""
    rows = [(where, _normal(title), _normal(question), _normal(answer)) for where, title, question, answer in texts]
    asked = (text for _, title, question, _ in rows for text in (title, question) if text)
    return rows, Counter(folded_units(run) for text in asked for run in _runs(fold(BRACKET.sub("。", text))))


def _normal(text: str) -> str:
    """A text in one width, without markup, in its own capitals."""
    return simplified(MARKUP.sub(r" \1 ", INVISIBLE.sub("", unicodedata.normalize("NFKC", text))))


class _Reader:
    """Reads statements of names; knows which names questions use."""

    def __init__(self) -> None:
        self.names: Counter[Name] = Counter()

    def read(self, text: str, title: str, is_asked: bool) -> Iterator[Link]:
        """The pairs of names that a text says are one, in brackets and in sentences."""
        for bracket in BRACKET.finditer(text):
            before = text[max(0, bracket.start() - BEFORE_BRACKET) : bracket.start()]
            yield from self._bracket(before, bracket[1].strip(), is_asked)
        for called in RUN_IN.finditer(text):
            head = SENTENCE_PART.split(text[max(0, called.start() - BEFORE_BRACKET) : called.start()].rstrip(" ,("))[-1]
            named = _name_at_start(called["name"])
            if not head.strip(NO_HEAD):
                yield Link(_subject(title), named, called[0].strip(), True)
            elif tail := HAN_TAIL.search(head):
                yield Link(self._ending(tail[0], is_asked), named, f"{tail[0].strip()} {called[0]}", True)
            elif tail := LATIN_TAIL.search(head):
                yield Link(_content_tail(tail[0]), named, f"{tail[0].strip()} {called[0]}", True)

    def _bracket(self, before: str, inner: str, is_asked: bool) -> Iterator[Link]:
        if EXAMPLE.match(inner):
            return
        marked = MARKER.match(inner) is not None
        parts = [part for segment in SEGMENT.split(inner) if (part := MARKER.sub("", segment, count=1).strip(QUOTES))]
        latin = [part for part in parts if LATIN_NAME.fullmatch(part) and len(part.split()) <= LONGEST_LATIN]
        han = [part for part in parts if HAN_NAME.fullmatch(part) and 2 <= len(part) <= LONGEST_HAN]
        if len(latin) + len(han) < len(parts) or len(parts) > MOST_NAMES:
            return
        if tail := HAN_TAIL.search(before):
            head = self._ending(tail[0], is_asked)
            # Unmarked, a Chinese word in a bracket may be a kind or a note: two names of one thing have one head.
            named = [part for part in han if marked or latin or (is_asked and head[-1:] == units(part)[-1:])]
            yield from (Link(head, units(part), _quoted(tail[0], inner), marked) for part in (*latin, *named))
        elif tail := LATIN_TAIL.search(before):
            words = SPLIT.split(tail[0].strip())
            for part in latin:
                if spelled := _spelled(words, part):
                    yield Link(spelled, units(part), _quoted(" ".join(spelled), inner), marked)
                elif _spelled(SPLIT.split(part), words[-1]) == units(part):
                    yield Link(units(words[-1]), units(part), _quoted(words[-1], inner), marked)
            if _is_acronym(words[-1]) and (marked or latin or is_asked):
                yield from (Link(units(words[-1]), units(part), _quoted(words[-1], inner), marked) for part in han)

    def _ending(self, run: str, is_asked: bool) -> Name:
        """The name that ends a run of Chinese: the longest that a question uses, else what follows the last bound."""
        run = run.strip(QUOTES)
        spelled = units(run)
        for start in range(len(spelled) - 1):
            if spelled[start:] in self.names and (not start or _can_end_before(spelled[:start])):
                return spelled[start:]
        folded = fold(run)
        return (
            units(max((one for one in _runs(folded) if folded.endswith(one)), key=len, default="")) if is_asked else ()
        )


def _can_end_before(name: Name) -> bool:
    """Whether a name can begin behind these characters."""
    last = tokens("".join(name))[-1:]
    return not last or last[0] in BOUNDS or last[0] in ACTIONS or (last[0] in FRAME and last[0] not in NEGATIONS)


def _quoted(head: str, inner: str) -> str:
    return f"{head.strip(QUOTES)}({inner})"


def _runs(text: str) -> Iterator[str]:
    """The Chinese names of a folded wording: what stands between bounds, with and without what is done to them."""
    for piece in re.split(r"[。!?;,:、()\n\"“”《》]+", text):
        words = tokens(piece)
        for bounds in (BOUNDS, BOUNDS_AND_FRAME):
            run: list[str] = []
            for word in [*words, "的"]:
                # 训练时 is a frame, 写时复制 is a name.
                inside = word in PLACES and run and len(run[-1]) == 1 and bounds is BOUNDS
                if word not in bounds or inside:
                    run.append(word)
                elif run:
                    yield from _names_in(run)
                    run = []


def _names_in(run: list[str]) -> Iterator[str]:
    while run and run[0] in ACTIONS:
        run = run[1:]
    if any(map(has_han, run)) and len(run) <= LONGEST_HAN:
        yield "".join(run)
        while len(run) > 1 and run[-1] in GENERIC:
            run = run[:-1]
            yield "".join(run)


def _subject(title: str) -> Name:
    """What a title names, where it names one thing."""
    runs = list(_runs(fold(BRACKET.sub("。", title))))
    return units(runs[0]) if runs and all(run in runs[0] for run in runs) else ()


def _name_at_start(text: str) -> Name:
    if has_han(text):
        return units(next(_runs(fold(text)), ""))
    words = text.split()
    small = next((place for place, word in enumerate(words) if word.lower() in FRAME), len(words))
    return units(" ".join(words[: min(small, LONGEST_LATIN)]))


def _content_tail(text: str) -> Name:
    words = text.split()
    small = next((place for place in range(len(words), 0, -1) if words[place - 1].lower() in FRAME), 0)
    return units(" ".join(words[max(small, len(words) - LONGEST_LATIN) :]))


def _initials(words: Sequence[str]) -> set[str]:
    """The initials of some words, with and without those of small words."""
    every = "".join(word[0] for word in words).lower()
    heavy = "".join(word[0] for word in words if word.lower() not in FRAME).lower()
    return {initials for initials in (every, heavy) if len(initials) >= 2}


def _spelled(words: Sequence[str], acronym: str) -> Name:
    """The last of some words that an acronym spells; none where it spells none."""
    if not _is_acronym(acronym):
        return ()
    for at in range(len(words) - 2, max(-1, len(words) - LONGEST_LATIN - 1), -1):
        if words[at].lower() not in FRAME and acronym.lower() in _initials(words[at:]):
            return units(" ".join(words[at:]))
    return ()


def _initials_of(asked: Sequence[str]) -> Iterator[Link]:
    """The acronyms of which the questions hold one phrase, and one only, that has their initials."""
    acronyms = {singular(acronym) for text in asked for acronym in acronyms_of(text)}
    phrases: dict[str, set[Name]] = {}
    for text in asked if acronyms else ():
        for match in LATIN_WORDS.finditer(text):
            words = SPLIT.split(match[0])
            ends = ((i, j) for i in range(len(words)) for j in range(i + 2, min(len(words), i + LONGEST_LATIN) + 1))
            for start, stop in ends:
                if words[start].lower() not in FRAME and words[stop - 1].lower() not in FRAME:
                    for initials in _initials(words[start:stop]) & acronyms:
                        phrases.setdefault(initials, set()).add(units(" ".join(words[start:stop])))
    for acronym, spelled in phrases.items():
        if len(spelled) == 1:
            (phrase,) = spelled
            yield Link((acronym,), phrase, f"the initials of {' '.join(phrase)}", False)


def _classes(links: Sequence[Link], names: Counter[Name], asked: Sequence[str]) -> Aliases:
    """Join names that links join, what is said most often first, unless the classes hold names of two things."""
    pairs = Counter(tuple(sorted(link[:2])) for link in links)
    said = {tuple(sorted(link[:2])): link.said for link in reversed(links)}
    plainly = {tuple(sorted(link[:2])) for link in links if link.plainly}
    members: dict[Name, set[Name]] = {name: {name} for pair in pairs for name in pair}
    for pair in sorted(pairs, key=lambda pair: (-pairs[pair], pair)):
        left, right = (members[name] for name in pair)
        if left is not right and not any(
            _two_things(one, other, (one, other) in plainly or (other, one) in plainly)
            for one in left
            for other in right
        ):
            left |= right
            members |= dict.fromkeys(right, left)
    every = Aliases()
    for name in members:
        every.add(name, "", "")
    used = {name for text in asked for _, _, name in every.find(fold(text))}
    aliases = Aliases()
    for group in {id(group): group for group in members.values()}.values():
        in_use = sorted(group & used)
        if len(in_use) < 2:
            continue
        first = _written(max(in_use, key=lambda name: (*_worth(name, names[name]), name)))
        aliases.names[first] = tuple(sorted(map(_written, group)))
        for name in in_use:
            aliases.add(name, first, min(text for pair, text in said.items() if name in pair))
    return aliases


def _worth(name: Name, uses: int) -> tuple[bool, bool, int, int]:
    """Which name stands for the others: a Chinese one, the one that questions use most; of English ones the longest."""
    han = _is_han(name)
    return han, not any(map(str.isascii, name)), uses, -len(name) if han else len(name)


def _two_things(left: Name, right: Name, plainly: bool) -> bool:
    """Whether two names are of two things: opposites, a thing and its kind, two Latin words unless said plainly."""
    if contrast("".join(left), "".join(right)):
        return True
    short, long = sorted((left, right), key=len)
    if _is_han(left) or _is_han(right):
        return short == long[-len(short) :]
    return short == long[-len(short) :] or (len(long) == 1 and not plainly)
