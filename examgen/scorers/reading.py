"""Coverage by the reader: a point is compared with each sentence, and with those together that say something of it.

Where there are reference answers beside the points, a point is known in a second wording: the sentence of a reference
that covers it. What the reader misses in one wording it may see in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from examgen.embed.tokens import MAX_TOKENS
from examgen.scorers.base import NOTHING, Case, Finding
from examgen.scorers.lexical import grams
from examgen.scorers.reader import MAX_QUESTION, Text
from examgen.scorers.spans import clauses
from examgen.text import Span, fold, sentences

# What is embedded at once: about 200 tokens, so that nothing is cut off: so many letters of an alphabet, or so many
# characters of Chinese, digits and signs, each of which may be a token by itself.
MAX_CHARS = {"han": 180, "latin": 600}
# Of many sentences only the nearest are compared in full, which bounds the cost of a long answer.
NEAREST = 4
# A sentence says something of a point from this verdict on, and may cover it together with others; with a word of the
# point in it, from the lower one on. Empty phrases lie below, so that no number of them adds up to anything.
TELLING, WORDED = 0.15, 0.03
# Sentences together are worth at most so many times the odds of the best of them: two logits.
BOOST = 7.4
# Odds beyond these are no more than certain.
CERTAIN = 0.999
# Sentences shorter than this share of a stretch are evidence by themselves; longer ones are cut into clauses.
SHORT = 24


@dataclass(frozen=True)
class Stretch:
    """A piece of an answer as tokens, with its place in the answer."""

    text: Text
    """Its tokens, with offsets that count from its own start."""
    span: Span


class Reads(Protocol):
    """A reader, with torch or without."""

    def read(self, texts: Sequence[str]) -> list[Text]:
        """See `examgen.scorers.reader.Reader.read`."""

    def judge(self, pairs: Sequence[tuple[Text, Text, Text]]) -> NDArray[np.float32]:
        """See `examgen.scorers.reader.Reader.judge`."""


class ReadingScorer:
    """Asks the reader what covers a point: one sentence, or the sentences together that each say something of it.

    Every sentence is read by itself, and only those that say something of a
    point are read together. So text that says nothing of it leaves it as it
    was, wherever it stands.
    """

    name = "reader"

    def __init__(self, reader: Reads) -> None:
        self.reader = reader
        self.said: dict[_Asked, tuple[str, ...]] = {}
        """How the references say each point, of what was asked so far."""

    def find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """See `Scorer.find`. Every distinct text is embedded once."""
        self._read_references(cases)
        asked = [self.said.get(_asked(case), ()) for case in cases]
        again = [replace(case, points=said) for case, said in zip(cases, asked, strict=True) if said]
        found = self._find([*cases, *again])
        others = iter(found[len(cases) :])
        return [
            tuple(map(_either, own, next(others))) if said else own
            for own, said in zip(found[: len(cases)], asked, strict=True)
        ]

    def _read_references(self, cases: Sequence[Case]) -> None:
        """Find the sentence of the references that says each point, for cases with references not met before."""
        new = [each for each in dict.fromkeys(map(_asked, cases)) if each.references and each not in self.said]
        looks = [Case(each.question, each.points, reference) for each in new for reference in each.references]
        found = iter(self._find(looks))
        for each in new:
            ways = [(reference, next(found)) for reference in each.references]
            self.said[each] = tuple(
                _sentence(*max(((text, findings[place]) for text, findings in ways), key=_covered)) or point
                for place, point in enumerate(each.points)
            )

    def _find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """Look for the points of cases in the wording that they have."""
        wanted: dict[str, None] = {}
        for case in cases:
            for text in (case.question, *case.points, *pieces(case.answer)):
                wanted.setdefault(text)
        texts = dict(zip(wanted, self.reader.read(list(wanted)), strict=True))

        looks: list[_Look] = []
        for case in cases:
            stretches = _own(case, stretches_of(case.answer, texts))
            question = cut(texts[case.question], 0, MAX_QUESTION)
            looks += [_look(case, point, texts[point], question, stretches) for point in case.points]
        self._judge(looks)
        found = iter(looks)
        return [tuple(_finding(next(found), case.answer) for _ in case.points) for case in cases]

    def _judge(self, looks: Sequence[_Look]) -> None:
        """Compare every point with its sentences, and then with those together that say something of it."""
        alone = iter(
            self.reader.judge([(look.point, each.text, look.question) for look in looks for each in look.near])
        )
        for look in looks:
            look.alone = [next(alone) for _ in look.near]
        several = [look for look in looks if len(look.telling) > 1]
        joint = self.reader.judge([(look.point, joined(look.telling), look.question) for look in several])
        for look, verdict in zip(several, joint, strict=True):
            look.together = verdict


class _Asked(NamedTuple):
    """What a case asks, whatever the answer."""

    question: str
    points: tuple[str, ...]
    references: tuple[str, ...]


def _asked(case: Case) -> _Asked:
    return _Asked(case.question, case.points, case.references)


def _covered(found: tuple[str, Finding]) -> float:
    return found[1].covered


def _sentence(reference: str, finding: Finding) -> str:
    """The sentence of a reference that holds the evidence of a finding; empty where there is none."""
    start, end = finding.evidence
    texts = [reference[span.start : span.end] for span in _chunks(reference) if span.start <= start < end <= span.end]
    return next((text for text in texts if any(map(str.isalnum, text))), "")


def _either(own: Finding, other: Finding) -> Finding:
    """What was found of a point in two wordings: the mean of the odds, and all else from the surer of the two."""
    surer = max(own, other, key=lambda finding: finding.covered)
    odds = sum(bounded / (1 - bounded) for bounded in (min(each.covered, CERTAIN) for each in (own, other))) / 2
    return replace(surer, covered=odds / (1 + odds))


@dataclass
class _Look:
    """The search for one point in one answer."""

    point: Text
    question: Text
    near: list[Stretch]
    worded: list[bool]
    """Whether each stretch has a content word of the point that the question does not have."""
    alone: list[NDArray[np.float32]] = field(default_factory=list)
    """The reader's verdict on each stretch by itself."""
    together: NDArray[np.float32] | None = None
    """Its verdict on the telling stretches together; None unless there are several."""

    @property
    def telling(self) -> list[Stretch]:
        """The stretches that by themselves say something of the point."""
        rows = zip(self.near, self.alone, self.worded, strict=True)
        return [each for each, verdict, worded in rows if verdict[0] >= (WORDED if worded else TELLING)]

    def most(self) -> float:
        """What the telling stretches together may count for at most."""
        odds = max(float(verdict[0] / (1 - min(verdict[0], CERTAIN))) for verdict in self.alone)
        return BOOST * odds / (1 + BOOST * odds)


def _own(case: Case, stretches: list[Stretch]) -> list[Stretch]:
    """The stretches that say something for the first time: no repetitions, and no sentences copied from the question.

    They would crowd out others where only the nearest are compared. An answer
    that has nothing else keeps what it has.
    """
    asked = {_bare(case.question[slice(*span)]) for span in sentences(case.question)}
    first: dict[str, Stretch] = {}
    for stretch in stretches:
        first.setdefault(_bare(case.answer[slice(*stretch.span)]), stretch)
    return [stretch for text, stretch in first.items() if text not in asked] or list(first.values())


def _bare(sentence: str) -> str:
    """A sentence as it is compared with others: folded, without the marks at its end."""
    return fold(sentence).rstrip(" 。.!?！？；;…")


def _look(case: Case, point: str, text: Text, question: Text, stretches: list[Stretch]) -> _Look:
    near = nearest(text, stretches)
    wanted = grams(point) - grams(case.question)
    return _Look(text, question, near, [not wanted.isdisjoint(grams(case.answer[slice(*each.span)])) for each in near])


def _chunks(answer: str) -> list[Span]:
    """Cut an answer into its sentences, and those that the model would not read whole into pieces."""
    return [piece for sentence in sentences(answer) for piece in _bounded(answer, sentence)]


def _bounded(answer: str, span: Span) -> Iterator[Span]:
    step = MAX_CHARS["han"]
    if _cost(answer[span.start : span.end]) <= 1:
        yield span
    else:
        yield from (Span(start, min(start + step, span.end)) for start in range(span.start, span.end, step))


def _cost(text: str) -> float:
    """How full a text makes the model, 1 being what it reads well at once."""
    letters = sum(char.isspace() or (char.isalpha() and char < "\u2e80") for char in text)
    return (len(text) - letters) / MAX_CHARS["han"] + letters / MAX_CHARS["latin"]


def pieces(answer: str) -> list[str]:
    """The texts that an answer is embedded as."""
    return [answer[span.start : span.end] for span in _chunks(answer)]


def stretches_of(answer: str, texts: Mapping[str, Text]) -> list[Stretch]:
    """The sentences of an answer as the reader sees them; one without a token of its own is left out.

    Args:
        texts: Holds at least `pieces` of the answer.
    """
    found = [Stretch(texts[answer[span.start : span.end]], span) for span in _chunks(answer)]
    return [stretch for stretch in found if len(stretch.text.ids)]


def joined(stretches: Sequence[Stretch]) -> Text:
    """Stretches as one text, as far as the reader compares at once."""
    texts = [stretch.text for stretch in stretches]
    return Text(
        np.concatenate([text.ids for text in texts])[:MAX_TOKENS],
        np.concatenate([text.vectors for text in texts])[:MAX_TOKENS],
        np.concatenate([text.spans for text in texts])[:MAX_TOKENS],
    )


def _part(text: Text, span: Span) -> Text:
    """The tokens of a text that begin inside a span."""
    return cut(text, *np.searchsorted(text.spans[:, 0], [span.start, span.end]).tolist())


def cut(text: Text, begin: int, end: int) -> Text:
    return Text(text.ids[begin:end], text.vectors[begin:end], text.spans[begin:end])


def nearest(point: Text, stretches: list[Stretch]) -> list[Stretch]:
    """The stretches worth comparing: where there are many, those nearest to the point."""
    if len(stretches) <= NEAREST:
        return stretches
    close = [cosine(point, stretch.text) for stretch in stretches]
    keep = sorted(np.argsort(close, kind="stable")[::-1][:NEAREST].tolist())
    return [stretches[place] for place in keep]


def cosine(left: Text, right: Text) -> float:
    """Cosine of the mean token vectors of two texts; -1 where one is empty."""
    if not len(left.ids) or not len(right.ids):
        return -1.0
    a, b = left.vectors.mean(0), right.vectors.mean(0)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


def _finding(look: _Look, answer: str) -> Finding:
    if not look.near:
        return NOTHING
    best = max(range(len(look.near)), key=lambda place: float(look.alone[place][0]))
    evidence = _evidence(look.point, look.near[best], answer)
    covered, contradicted = (float(share) for share in look.alone[best][:2])
    if look.together is not None and (together := min(float(look.together[0]), look.most())) > covered:
        covered, contradicted = together, float(look.together[1])
    return Finding(covered, contradicted, cosine(look.point, _within(look.near[best], evidence)), evidence)


def _evidence(point: Text, stretch: Stretch, answer: str) -> Span:
    """The clause of a stretch that comes nearest to the point; a short stretch as a whole."""
    start, end = stretch.span
    if end - start <= SHORT:
        return stretch.span
    parts = [Span(start + piece.start, start + piece.end) for piece in clauses(answer[start:end])]
    return max(parts, key=lambda piece: cosine(point, _within(stretch, piece)), default=stretch.span)


def _within(stretch: Stretch, span: Span) -> Text:
    """The tokens of a stretch that lie in a part of it, given in the answer's offsets."""
    return _part(stretch.text, Span(span.start - stretch.span.start, span.end - stretch.span.start))
