"""What a question asks: its subject without the frame, what it wants to hear, and in which phase."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from examgen.dedupe.aliases import Aliases, acronyms_of, units
from examgen.dedupe.lexicon import ACTIONS, ASIDE, FRAME, GENERIC, INTENTS, PHASES
from examgen.dedupe.names import Name
from examgen.dedupe.words import MARKUP, is_subject, one_name, plain, stem, terms, things, tokens, written_words
from examgen.model import Item
from examgen.text import SPACES, fold, sentences

Thing = TypeVar("Thing")

CLAUSE_END = re.compile(
    r"[。！？?!；;，,：:\n]+|\.(?=\s|$)|并且?(?=[请说解列举简分讨给介描阐谈])|以及(?=[其它如何怎为])"
)
CONJUNCTION = re.compile(r"和|与|以及|及(?!其)|、|\band\b|\bvs\b|\bversus\b")
REQUEST = re.compile(r"请|并|说明|解释|介绍|什么|如何|怎|哪|列举|为什么|作用|\bwhat\b|\bhow\b|\bwhy\b|\bexplain\b")
BY_THE_WAY = re.compile(r"及其.*|\band (?:its|their)\b.*")
# 如何设计 asks for a way, and is no phase.
BUILDS = re.compile(r"(?:如何|怎样|怎么|请)(?:设计|开发|编写)")
# What jieba leaves at a phase's name: 设计阶段.
PHASE_END = re.compile(r"(?:阶段|环节|过程|时期|期)$")
NUMBERED_CLASS = re.compile(
    r"\d+\s?[型类代级期号阶层版]|第[一二三四五六七八九十\d]+[型类代级期号阶层版]?(?:范式|定律|阶段)?|\btype\s(?:[ivx]+|\d+)\b|[ⅰⅱⅲⅳⅴ]\s?[型类级期]"
)
BACK_REFERENCE = re.compile(r"其|它|该|这|此|上述|各|\b(?:their|its|these|them|it)\b")

# A made-up corpus of this many questions stands behind the real one, so that a word of a small bank keeps some weight.
PRIOR_QUESTIONS = 50
# A word that one question in so many has tells as much as a word can; a bigger bank would make all others tell less.
RARE_QUESTIONS = 1000
# A document of fewer questions tells nothing about its frame.
FRAME_QUESTIONS = 8
# Longest answer text that is looked at; a longer one is a whole document.
MAX_ANSWER_CHARS = 20_000
MAX_STATEMENTS = 60
# The number of a point, as it is written in a list.
LIST_NUMBER = re.compile(r"^\s*(?:[-•·]\s*)?(?:[(（]?\d{1,2}[.、)）:：](?!\d)\s*|[①-⑳]\s*|[一二三四五六七八九十]、)?")
STATEMENT_CLAUSE = re.compile(r"[，,。；;！!]")
INTRODUCTION = re.compile(r"([^，,。；;！!：:]+)[，,。；;！!：:]+\s*")
# Clauses of so many characters that stand in so many texts, and in this share of them, tell nothing about one.
LONG_CLAUSE, COMMON_TEXTS, COMMON_SHARE = 6, 4, 0.05
# Texts in which clauses are counted; of a bigger bank every nth.
COUNTED_TEXTS = 2000
# Longest beginning of a statement that is embedded, in ASCII and with Chinese in it.
MAX_STATEMENT_CHARS, MAX_STATEMENT_HAN = 120, 40


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, taken apart."""

    kind: str
    complete: bool

    text: str
    """Title and question, folded."""
    title_words: tuple[str, ...]
    """All words of the title, frame included, English ones without their endings."""
    question_words: tuple[str, ...]
    title: tuple[str, ...]
    """The words of the title without its frame."""
    question: tuple[str, ...]
    words: tuple[str, ...]
    """The words of both, without their frames, each once."""
    phrases: tuple[str, ...]
    """The Chinese subjects that the title names. English runs of words hold verbs too, and tell nothing."""
    title_core: str
    """The title without its frame, to be embedded."""
    question_core: str
    key: str
    """The whole answer, folded."""
    wants: frozenset[str]
    """Keys of `INTENTS`; asides are left out."""
    title_wants: frozenset[str]
    """Those of the title."""
    title_phases: frozenset[int]
    """Places in `PHASES` of those that the title names."""
    question_phases: frozenset[int]
    classes: frozenset[str]
    """Numbered classes that the title names: 2型, 第三范式, type II."""
    all_classes: frozenset[str]
    """Those that the title or the question names."""
    names: frozenset[str]
    """First names of the things of several names that the title names."""
    things: frozenset[str]
    """Things of the glossary that the title names."""
    all_things: frozenset[str]
    """Those that the title or the question names."""
    called: dict[str, frozenset[Name]]
    """For each thing of several names, by its first, the names that title and question use."""
    acronyms: frozenset[str]
    """What the title names by an acronym: its first name where it has several, else the acronym."""
    joined: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Pairs of subjects that one question asks about: on the two sides of an 'and', or in two requests."""
    title_joins: bool
    """Whether the title names two subjects: 离子键和共价键."""

    def answers(self, term: str) -> bool:
        """Whether the answer has a word."""
        return term in self.key


def take_apart(item: Item, aliases: Aliases) -> Asked:
    """What an item asks, where things that ``aliases`` knows have one name."""
    written = plain(item.title), plain(item.question)
    title, question = (one_name(aliases.replace(text)) for text in written)
    asks = [clause for clause in _clauses(*written) if not _aside(clause)]
    wishes = " ".join(BY_THE_WAY.sub("", ask) or ask for ask in asks)
    clauses = _clauses(title, question)
    title_written, question_written = written_words(title), written_words(question)
    answer = plain(answer_text(item)[:MAX_ANSWER_CHARS])
    title_words, question_words = tuple(map(stem, title_written)), tuple(map(stem, question_written))
    title_named, question_named = (
        tuple(word for word in words if word not in FRAME) for words in (title_words, question_words)
    )
    return Asked(
        kind=item.kind,
        complete=item.complete,
        text="。".join(clauses),
        title_words=title_words,
        question_words=question_words,
        title=title_named,
        question=question_named,
        words=tuple(dict.fromkeys(title_named + question_named)),
        phrases=_phrases(title_words),
        title_core=_core(title_written),
        question_core=_core(question_written),
        key=answer,
        wants=shared(name for name, pattern in INTENTS.items() if pattern.search(wishes)),
        title_wants=shared(name for name, pattern in INTENTS.items() if pattern.search(written[0])),
        title_phases=_phases(written[0]),
        question_phases=_phases(written[1]),
        classes=_classes(written[0] or written[1]),
        all_classes=_classes("。".join(written)),
        names=shared(aliases.called(written[0])),
        things=shared(things(written[0])),
        all_things=shared(things("。".join(written))),
        called=aliases.called("。".join(written)),
        acronyms=_acronyms(item.title, aliases),
        joined=(
            *(pair for clause in clauses for pair in _joined(clause)),
            *_requests([clause for clause in clauses if not _aside(clause)]),
        ),
        title_joins=bool(_joined(title)),
    )


def shared(values: Iterable[Thing]) -> frozenset[Thing]:
    """A set of few things. Equal ones are one object: an empty set is as big as a question."""
    return _one(frozenset(values))


@functools.lru_cache(maxsize=4096)
def _one(values: frozenset[Thing]) -> frozenset[Thing]:
    return values


def _phrases(title_words: Sequence[str]) -> tuple[str, ...]:
    words = list(itertools.takewhile(lambda word: word != "及其", title_words))
    joined = [
        word for place, word in enumerate(words) if word != "的" or "基于" not in words[max(0, place - 3) : place]
    ]
    runs = itertools.groupby(joined, lambda word: word > "\u3000" and word not in FRAME and is_subject(word))
    return tuple("".join(run) for subject, run in runs if subject)


def _acronyms(title: str, aliases: Aliases) -> frozenset[str]:
    found = {aliases.first.get(units(word), word) for word in acronyms_of(title)}
    known = {name for name in aliases.called(fold(title)) if not aliases.acronyms.isdisjoint(aliases.names[name])}
    return shared(found | known)


def _core(words: Iterable[str]) -> str:
    return SPACES.sub(
        " ", "".join(word if word > "\u3000" else f" {word} " for word in words if word not in FRAME)
    ).strip()


def _clauses(title: str, question: str) -> list[str]:
    text = title if question in title else question if title in question else f"{title}。{question}"
    return [clause for clause in CLAUSE_END.split(text) if clause.strip()]


def _phases(text: str) -> frozenset[int]:
    words = {PHASE_END.sub("", word) or word for word in tokens(BUILDS.sub(" ", text))}
    return shared(place for place, names in enumerate(PHASES) if names & words)


def _classes(text: str) -> frozenset[str]:
    return shared(re.sub(r"\s", "", found) for found in NUMBERED_CLASS.findall(text))


def statements(item: Item) -> tuple[str, ...]:
    """What an answer must say, one statement each: rubric points, else the sentences of the key or reference."""
    if item.points:
        texts = [point.text for point in item.points]
    else:
        answer = answer_text(item)[:MAX_ANSWER_CHARS]
        texts = [answer[span.start : span.end] for span in sentences(answer)]
    # A number says nothing that could be told from another number's.
    return tuple(text for text in texts if any(map(str.isalpha, text)))[:MAX_STATEMENTS]


def beginning(statement: str) -> str:
    """As much of a statement as is embedded: its name and what is said of it first, without marks and its number.

    The whole would take twice the time, and finds no more duplicates.
    """
    bare = LIST_NUMBER.sub("", MARKUP.sub(r"\1", statement)).strip() or statement
    short = bare[:MAX_STATEMENT_CHARS]
    return short if short.isascii() else short[:MAX_STATEMENT_HAN]


def tellings(answers: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The statements of each answer without the clauses that stand in many answers: 综上所述，这一点非常重要.

    Of an answer that holds nothing else, all stays.
    """
    common = _common_clauses(answers)
    if not common:
        return [tuple(answer) for answer in answers]
    left = (tuple(filter(None, (_without(text, common) for text in answer))) for answer in answers)
    return [kept or tuple(answer) for kept, answer in zip(left, answers, strict=True)]


def introductions(items: Sequence[Item]) -> set[str]:
    """The clauses that introduce many questions: 面试官问了这样一个问题。"""
    return _common_clauses([item.question.split("：") for item in items])


def bare(item: Item, common: set[str]) -> Item:
    """An item without the common clauses that its question begins with, unless they name something of its title."""
    if not common:
        return item
    named = set(terms(fold(item.title)))
    question = item.question
    while named and (clause := INTRODUCTION.match(question)) and clause[1].strip() in common:
        if not named.isdisjoint(terms(fold(clause[1]))):
            break
        question = question[clause.end() :]
    return item.model_copy(update={"question": question}) if question and question != item.question else item


def _common_clauses(texts: Sequence[Sequence[str]]) -> set[str]:
    """The clauses that stand in a large share of some texts, of which each is given in parts."""
    few = texts[:: 1 + len(texts) // COUNTED_TEXTS]
    count = Counter(clause for text in few for clause in {c for part in text for c in _long_clauses(part)})
    enough = max(COMMON_TEXTS, COMMON_SHARE * len(few))
    return {clause for clause, times in count.items() if times >= enough}


def _long_clauses(statement: str) -> list[str]:
    return [clause.strip() for clause in STATEMENT_CLAUSE.split(statement) if len(clause) >= LONG_CLAUSE]


def _without(statement: str, common: set[str]) -> str:
    if common.isdisjoint(_long_clauses(statement)):
        return statement
    kept = [clause for clause in STATEMENT_CLAUSE.split(statement) if clause.strip() not in common]
    text = "，".join(clause for clause in kept if clause.strip())
    return text if any(map(str.isalpha, text)) else ""


def answer_text(item: Item) -> str:
    """All that the answer key says, one statement a line."""
    parts = [
        *item.model_answers,
        *(option.text for option in item.options),
        *(answer for blank in item.blanks for answer in blank.answers),
        *(f"{pair.left} {pair.right}" for pair in item.pairs),
        *item.sequence,
        *([f"{item.numeric.value} {item.numeric.unit}"] if item.numeric else []),
        *(answer_text(part) for part in item.parts),
    ]
    return "\n".join(parts) or "\n".join(point.text for point in item.points)


def _aside(clause: str) -> bool:
    """Whether a clause only asks for pros and cons, examples or the like of what was named before."""
    return bool(ASIDE.search(clause)) and not any(word not in GENERIC for word in terms(ASIDE.sub("", clause)))


def _joined(clause: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The subjects on the two sides of each 'and'. One that joins aspects (定义和作用) or deeds joins no subjects."""
    found = []
    for left, right in itertools.pairwise(terms(part) for part in CONJUNCTION.split(clause)):
        if left and right and is_subject(left[-1]) and is_subject(right[0]):
            found.append((tuple(filter(is_subject, left)), tuple(filter(is_subject, right))))
    return found


def _requests(asks: list[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The subjects of a first and a second request: 'explain X, and say what Y is' has two."""
    found = []
    first: tuple[str, ...] = ()
    for ask in asks:
        named = tuple(dict.fromkeys(term for term in terms(ask) if is_subject(term) and len(term) > 1))
        defines = REQUEST.search(ask) and (INTENTS["what"].search(ask) or INTENTS["role"].search(ask))
        if first and named and defines and not BACK_REFERENCE.search(ask) and set(first).isdisjoint(named):
            found.append((first, named))
        first = tuple(dict.fromkeys(first + named))
    return found


class Weights:
    """How much a term tells: rare ones much, those of every question little.

    The weight is the inverse document frequency over the questions at hand and
    a prior of `PRIOR_QUESTIONS`, scaled to 0..1; it does not fall when a bank
    grows beyond `RARE_QUESTIONS`. A generic head, and what is
    done to any subject, counts a fifth of it, and so does a word that every
    other question of some document has.
    """

    def __init__(self, asked: Iterable[Asked], documents: Iterable[str] = ()) -> None:
        questions = list(asked)
        frames = _frames(questions, list(documents))
        total = len(questions) + PRIOR_QUESTIONS
        count = Counter(term for one in questions for term in {*one.title, *one.question})
        self.unseen = 1.0
        most = math.log(min(total, RARE_QUESTIONS) / 0.5)
        self.weight = {
            term: min(1.0, math.log(total / (times + 0.5)) / most) * _share(term, frames)
            for term, times in count.items()
        }

    def __getitem__(self, term: str) -> float:
        return self.weight.get(term, self.unseen)

    def subject(self, asked: Asked) -> dict[str, float]:
        """The terms of a question with their weights as parts of its subject.

        What stands in the title and in the question counts whole; what only the
        title has is often wording, what only the question has often detail.
        """
        title, question = set(asked.title), set(asked.question)
        informative = sum(self[term] for term in title) > 0.35
        shares = {term: 1.0 if term in question or not question else 0.6 for term in sorted(title)}
        shares |= dict.fromkeys(sorted(question - title), 0.35 if informative else 1.0)
        return {term: self[term] * share for term, share in shares.items()}


def _share(term: str, frames: frozenset[str]) -> float:
    return 0.2 if term in GENERIC or term in frames or term in ACTIONS else 1.0


def _frames(questions: list[Asked], documents: list[str]) -> frozenset[str]:
    """The words that at least half of the questions of one document have."""
    inside: dict[str, list[Asked]] = {}
    for document, question in zip(documents, questions, strict=False):
        if document:
            inside.setdefault(document, []).append(question)
    found: set[str] = set()
    for members in inside.values():
        if len(members) >= FRAME_QUESTIONS:
            count = Counter(term for one in members for term in {*one.title, *one.question})
            found.update(term for term, times in count.items() if times * 2 >= len(members))
    return frozenset(found)
