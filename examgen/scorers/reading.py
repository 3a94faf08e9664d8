"""Coverage by the reader: each point is compared with each sentence of the answer, and with the answer as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from examgen.scorers.base import NOTHING, Case, Finding
from examgen.scorers.reader import MAX_QUESTION, Text
from examgen.scorers.spans import clauses
from examgen.text import Span, sentences

# What is embedded at once: about 200 tokens, so that nothing is cut off, in Chinese and in English.
MAX_CHARS = {"han": 180, "latin": 600}
# Of many sentences only the nearest are compared in full, which bounds the cost of a long answer.
NEAREST = 3
# Sentences shorter than this share of a stretch are evidence by themselves; longer ones are cut into clauses.
SHORT = 24


@dataclass(frozen=True)
class Stretch:
    """A piece of an answer as tokens, with its place in the answer."""

    text: Text
    span: Span
    origin: int
    """Where in the answer the offsets of the tokens count from."""


class Reads(Protocol):
    """A reader, with torch or without."""

    def read(self, texts: Sequence[str]) -> list[Text]:
        """See `examgen.scorers.reader.Reader.read`."""

    def judge(self, pairs: Sequence[tuple[Text, Text, Text]]) -> NDArray[np.float32]:
        """See `examgen.scorers.reader.Reader.judge`."""


class ReadingScorer:
    """Asks the reader whether a sentence, or the whole answer, covers a point."""

    name = "reader"

    def __init__(self, reader: Reads) -> None:
        self.reader = reader

    def find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """See `Scorer.find`. Every distinct text is embedded once."""
        wanted: dict[str, None] = {}
        for case in cases:
            for text in (case.question, *case.points, *pieces(case.answer)):
                wanted.setdefault(text)
        texts = dict(zip(wanted, self.reader.read(list(wanted)), strict=True))

        pairs: list[tuple[Text, Text, Text]] = []
        plans: list[list[list[Stretch]]] = []
        for case in cases:
            stretches = stretches_of(case.answer, texts)
            question = cut(texts[case.question], 0, MAX_QUESTION)
            plan = []
            for point in case.points:
                near = nearest(texts[point], stretches)
                plan.append(near)
                pairs += [(texts[point], stretch.text, question) for stretch in near]
            plans.append(plan)
        verdicts = iter(self.reader.judge(pairs))
        return [
            tuple(
                _finding(texts[point], near, [next(verdicts) for _ in near], case.answer)
                for point, near in zip(case.points, plan, strict=True)
            )
            for case, plan in zip(cases, plans, strict=True)
        ]


def _chunks(answer: str) -> list[Span]:
    """Cut an answer at ends of sentences into pieces that the model reads whole."""
    found: list[Span] = []
    for sentence in sentences(answer):
        for piece in _bounded(answer, sentence):
            if found and _cost(answer[found[-1].start : piece.end]) <= 1:
                found[-1] = Span(found[-1].start, piece.end)
            else:
                found.append(piece)
    return found


def _bounded(answer: str, span: Span) -> Iterator[Span]:
    step = MAX_CHARS["han"]
    if _cost(answer[span.start : span.end]) <= 1:
        yield span
    else:
        yield from (Span(start, min(start + step, span.end)) for start in range(span.start, span.end, step))


def _cost(text: str) -> float:
    """How full a text makes the model, 1 being what it reads well at once."""
    han = sum("\u2e80" <= char <= "\uffff" for char in text)
    return han / MAX_CHARS["han"] + (len(text) - han) / MAX_CHARS["latin"]


def pieces(answer: str) -> list[str]:
    """The texts that an answer is embedded as."""
    return [answer[span.start : span.end] for span in _chunks(answer)]


def stretches_of(answer: str, texts: Mapping[str, Text]) -> list[Stretch]:
    """Everything in an answer that can cover a point: its sentences, and its chunks of several sentences.

    Args:
        texts: Holds at least `pieces` of the answer.
    """
    return [stretch for span in _chunks(answer) for stretch in _stretches(answer, span, texts)]


def _stretches(answer: str, chunk: Span, texts: Mapping[str, Text]) -> list[Stretch]:
    """The sentences of a chunk, and the chunk itself where it has several."""
    text = texts[answer[chunk.start : chunk.end]]
    found = [Stretch(text, chunk, chunk.start)] if len(text.ids) else []
    inner = sentences(answer[chunk.start : chunk.end])
    if len(inner) > 1:
        for span in inner:
            part = _part(text, span)
            if len(part.ids):
                found.append(Stretch(part, Span(chunk.start + span.start, chunk.start + span.end), chunk.start))
    return found


def _part(text: Text, span: Span) -> Text:
    """The tokens of a text that begin inside a span."""
    return cut(text, *np.searchsorted(text.spans[:, 0], [span.start, span.end]).tolist())


def cut(text: Text, begin: int, end: int) -> Text:
    return Text(text.ids[begin:end], text.vectors[begin:end], text.spans[begin:end])


def nearest(point: Text, stretches: list[Stretch]) -> list[Stretch]:
    """The stretches worth comparing: where there are many, those nearest to the point."""
    if len(stretches) <= NEAREST + 1:
        return stretches
    close = [cosine(point, stretch.text) for stretch in stretches]
    keep = sorted(np.argsort(close)[::-1][: NEAREST + 1].tolist())
    return [stretches[place] for place in keep]


def cosine(left: Text, right: Text) -> float:
    """Cosine of the mean token vectors of two texts; -1 where one is empty."""
    if not len(left.ids) or not len(right.ids):
        return -1.0
    a, b = left.vectors.mean(0), right.vectors.mean(0)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


def _finding(point: Text, near: list[Stretch], verdicts: list[NDArray[np.float32]], answer: str) -> Finding:
    if not near:
        return NOTHING
    best = max(range(len(near)), key=lambda place: float(verdicts[place][0]))
    evidence = _evidence(point, near[best], answer)
    covered, contradicted = float(verdicts[best][0]), float(verdicts[best][1])
    return Finding(covered, contradicted, cosine(point, _within(near[best], evidence)), evidence)


def _evidence(point: Text, stretch: Stretch, answer: str) -> Span:
    """The clause of a stretch that comes nearest to the point; a short stretch as a whole."""
    start, end = stretch.span
    if end - start <= SHORT:
        return stretch.span
    parts = [Span(start + piece.start, start + piece.end) for piece in clauses(answer[start:end])]
    return max(parts, key=lambda piece: cosine(point, _within(stretch, piece)), default=stretch.span)


def _within(stretch: Stretch, span: Span) -> Text:
    """The tokens of a stretch that lie in a part of it, given in the answer's offsets."""
    return _part(stretch.text, Span(span.start - stretch.origin, span.end - stretch.origin))
