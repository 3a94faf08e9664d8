"""Words of questions: cutting, and telling synonyms from opposites."""

from __future__ import annotations

import functools
import itertools
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from examgen.dedupe.lexicon import ACTIONS, CONTRASTS, FRAME, GENERIC, NEGATIONS, SYNONYMS, TERMS
from examgen.dedupe.names import Name, NameTree, units
from examgen.records import read_text
from examgen.text import fold, has_han

WORD = re.compile(r"[a-z0-9]+(?:[-.+#/][a-z0-9]+)*[+#]*|[\u3400-\u9fff\uf900-\ufaff]+")
MARKUP = re.compile(r"[*_`#>|~]+|!?\[([^\]]*)\]\([^)]*\)")
GLOSS = re.compile(r"(?<=[\u3400-\u9fff])\s*\([a-z][a-z0-9 ,.&/'-]*\)")
# Endings of English words, and what stands for them; each line is tried once, in this order.
ENDINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"([a-z]{2})ies$", r"\1y"),
        (r"([sxz]|ch|sh)es$", r"\1"),
        (r"([a-z]{2}[^siu])s$", r"\1"),
        (r"is(ations?|e[dr]?|ing)$", r"iz\1"),
        (r"iz(?:ation|ing|e[dr]?)$", "iz"),
        (r"([a-z]*[aeiouy][a-z]+)(?:ing|ed)$", r"\1"),
        (r"([bdgmnprt])\1$", r"\1"),
        (r"([a-z]{3})e$", r"\1"),
    )
)
NUMBERED = re.compile(r"([a-z]+)[-. ]?\d+")
# One thing to another: u2i, and i2u the other way round.
TURNED = re.compile(r"([a-z]+)2([a-z]+)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@functools.cache
def cutter():  # type: ignore[no-untyped-def]  # jieba has no type hints
    """jieba's word cutter, loaded once and without its talk."""
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    # What the glossary knows stays cut: half of a name still tells of its subject.
    for term in sorted(TERMS.union(*(name.split() for name in _names("zh", CONCEPTS).values()))):
        tokenizer.add_word(term)
    return tokenizer


def plain(text: str) -> str:
    """A text folded, without Markdown signs and without translations: 过拟合（Overfitting） is 过拟合."""
    return GLOSS.sub(" ", fold(MARKUP.sub(r" \1 ", text)))


def one_name(text: str) -> str:
    """A folded text in which things of several names bear one: 超参数优化 and 调参 become 超参数调优."""
    parts, kept = [], 0
    for start, end, first in _tree("zh" if has_han(text) else "en").find(text):
        parts += [text[kept:start], f" {first} "]
        kept = end
    return "".join([*parts, text[kept:]])


def things(text: str) -> frozenset[str]:
    """The things of the glossary that a folded text of any language names, by their first Chinese names."""
    return frozenset(first for _, _, first in _tree("zh").find(text) if first in _glossary_things())


# Names of one thing. Where both know a name, the concepts say what stands for it.
HERE = Path(__file__).parent
GLOSSARY, CONCEPTS = tuple(sorted((HERE / "glossary").glob("*.txt"))), (HERE / "concepts.txt",)


@functools.cache
def _names(language: str, word_lists: tuple[Path, ...]) -> dict[Name, str]:
    """The names of word lists, and for each what stands for it.

    Chinese texts also use the English names; their first Chinese one stands for them.
    """
    first: dict[Name, str] = {}
    for line in itertools.chain.from_iterable(read_text(path).splitlines() for path in word_lists):
        if line and line[0] != "#":
            chinese, _, english = (part.split() for part in line.partition(" / "))
            names = chinese + english if language == "zh" else english
            first |= {units(name): names[0].replace("+", " ") for name in names if "+" not in name}
    return first


@functools.cache
def _glossary_things() -> frozenset[str]:
    return frozenset(_names("zh", GLOSSARY).values())


@functools.cache
def _tree(language: str) -> NameTree[str]:
    """All names, each found as what stands for it."""
    tree: NameTree[str] = NameTree()
    for name, first in (_names(language, GLOSSARY) | _names(language, CONCEPTS)).items():
        tree.add(name, first)
    return tree


# The parts of a question are cut several times, and questions share their frames.
@functools.lru_cache(maxsize=32768)
def cut(run: str) -> tuple[str, ...]:
    """The words of a run of Chinese characters, as jieba cuts it; equal words are one object, which saves memory."""
    return tuple(map(sys.intern, cutter().lcut(run, HMM=False)))


def written_words(text: str) -> list[str]:
    """Words of a folded text as they stand there: Chinese as jieba cuts it."""
    found: list[str] = []
    for run in WORD.findall(text):
        if run[0] > "\u3000":
            found += cut(run)
        else:
            found.append(sys.intern(run))
    return found


@functools.lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """An English word without its ending, so that caches, cached and caching are one; small words stay as they are."""
    if not word.isascii() or len(word) < 4 or word in FRAME or word in GENERIC or word in ACTIONS:
        return word
    for pattern, instead in ENDINGS:
        word = pattern.sub(instead, word)
    return sys.intern(word)


def tokens(text: str) -> list[str]:
    """Words of a folded text, English ones without their endings."""
    return [stem(word) for word in written_words(text)]


def _partners(sets: Iterable[frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for words in sets:
        stems = frozenset(map(stem, words))
        for word in stems:
            found[word] = found.get(word, frozenset()) | (stems - {word})
    return found


# Opposites and siblings of each word or morpheme, and the words that ask for the same.
PARTNERS = _partners(CONTRASTS)
SAME_WORDS = _partners(SYNONYMS)
NEGATING = frozenset(NEGATIONS)


def terms(text: str) -> list[str]:
    """The words of a text that say something about its subject."""
    return [word for word in tokens(text) if word not in FRAME]


def is_subject(term: str) -> bool:
    """Whether a term can name a subject: it is neither a generic head nor what is done to any subject."""
    return term not in GENERIC and term not in ACTIONS


@functools.cache
def kin() -> frozenset[tuple[str, str]]:
    """The pairs of ``kin.txt``, both ways: a whole and its part."""
    pairs = set()
    for line in read_text(Path(__file__).with_name("kin.txt")).splitlines():
        if line and line[0] != "#":
            whole, _, parts = line.partition(":")
            pairs |= {pair for part in parts.split() for pair in ((whole, part), (part, whole))}
    return frozenset(pairs)


@functools.lru_cache(maxsize=65536)
def contrast(left: str, right: str) -> bool:
    """Whether two different terms are opposites or numbered siblings: 过拟合 and 欠拟合, L1 and L2, 对称 and 非对称."""
    if left == right:
        return False
    if _opposite(left, right):
        return True
    if left[0] < "\u3000" or right[0] < "\u3000":
        numbered = NUMBERED.fullmatch(left), NUMBERED.fullmatch(right)
        if numbered[0] and numbered[1] and numbered[0][1] == numbered[1][1]:
            return True
        return TURNED.sub(r"\g<2>2\1", left) == right and TURNED.fullmatch(left) is not None
    if left[0] != right[0] and left[-1] != right[-1]:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    stop = 0
    while stop < min(len(left), len(right)) - start and left[-1 - stop] == right[-1 - stop]:
        stop += 1
    # 主动免疫 and 被动免疫 share 动免疫, and differ in 主动 and 被动: what is shared may be shorter than it could be.
    return any(
        _opposite(left[head : len(left) - tail], right[head : len(right) - tail])
        for head in range(start + 1)
        for tail in range(stop + 1)
        if head or tail
    )


def _opposite(left: str, right: str) -> bool:
    """Whether two pieces that stand in the same place are opposites."""
    if right in PARTNERS.get(left, ()):
        return True
    if left[:1].isdigit() and NUMBER.fullmatch(left) and NUMBER.fullmatch(right):
        return True
    shorter, longer = (left, right) if len(left) < len(right) else (right, left)
    return longer.endswith(shorter) and longer[: len(longer) - len(shorter)] in NEGATING
