"""The pieces of an answer that can be evidence: clauses, with offsets."""

from __future__ import annotations

import re

from examgen.text import Span, has_han, sentences

CLAUSE_END = re.compile(r"[，,、：:]\s*(?!\d)|\s+(?=(?:and|but|because|so|while|which)\s)")
# A clause shorter than this says too little by itself and joins the one before it.
MIN_CLAUSE = 4
# An answer has at most so many spans; a longer one is cut into wider pieces instead of being cut off.
MAX_SPANS = 256
# Two bytes short of what the default model reads at once in the worst case of one token a character.
MAX_CHARS = 400


def clauses(answer: str) -> list[Span]:
    """Cut an answer into the smallest pieces that can be evidence; nothing visible is left out."""
    pieces: list[Span] = []
    for sentence in sentences(answer):
        for clause in _clauses(answer, sentence):
            pieces += _bounded(clause)
    if len(pieces) <= MAX_SPANS:
        return pieces
    step = -(-len(pieces) // MAX_SPANS)
    return [
        Span(group[0].start, group[-1].end) for group in (pieces[i : i + step] for i in range(0, len(pieces), step))
    ]


def _clauses(answer: str, sentence: Span) -> list[Span]:
    found: list[Span] = []
    start = sentence.start
    for end in [match.end() for match in CLAUSE_END.finditer(answer, sentence.start, sentence.end)] + [sentence.end]:
        piece = answer[start:end]
        if len(piece.strip()) < (MIN_CLAUSE if has_han(piece) else MIN_CLAUSE * 3) and end < sentence.end:
            continue
        found.append(Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
        start = end
    return [span for span in found if span.start < span.end]


def _bounded(span: Span) -> list[Span]:
    return [Span(start, min(start + MAX_CHARS, span.end)) for start in range(span.start, span.end, MAX_CHARS)]
