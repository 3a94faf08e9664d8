"""Findings kept between runs, so that an answer that was read before needs no model at all."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examgen import text
from examgen.embed import tokens
from examgen.embed.cache import VectorCache, key
from examgen.scorers.base import Case, Finding, Scorer
from examgen.text import Span

FIELDS = 5


class CachedScorer:
    """A scorer that asks another for each different case once, and remembers its findings.

    The other one is opened when the first case comes that is not in the cache.
    """

    def __init__(self, name: str, open_scorer: Callable[[], Scorer], scope: str, cache: VectorCache) -> None:
        """Prepare to look.

        Args:
            name: the name of the scorer behind.
            open_scorer: opens it.
            scope: names the model and everything learned that decides its findings.
            cache: where findings are kept.
        """
        self.name, self.cache = name, cache
        self.scope = f"{name} {scope} {code_sha256()}"
        self.scorer = functools.cache(open_scorer)

    def find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """See `Scorer.find`."""
        keys = [
            key(self.scope, json.dumps([case.question, case.points, case.answer, case.references])) for case in cases
        ]
        places = dict(zip(keys, range(len(keys)), strict=True))
        stored = self.cache.get(list(places))
        known = {name: row for name, row in stored.items() if row.size == FIELDS * len(cases[places[name]].points)}
        missing = [name for name in places if name not in known]
        if missing:
            found = self.scorer().find([cases[places[name]] for name in missing])
            rows = [encoded(findings) for findings in found]
            self.cache.put(missing, rows)
            known.update(zip(missing, rows, strict=True))
        return [decoded(known[name]) for name in keys]


def encoded(findings: Sequence[Finding]) -> NDArray[np.float32]:
    """Findings as numbers. What float32 loses is lost for fresh findings too: a second run gives the same marks."""
    rows = [(found.covered, found.contradicted, found.similarity, *found.evidence) for found in findings]
    return np.array(rows, np.float32).reshape(-1)


def decoded(numbers: NDArray[np.float32]) -> tuple[Finding, ...]:
    """The findings of `encoded`."""
    return tuple(
        Finding(covered, contradicted, similarity, Span(int(start), int(end)))
        for covered, contradicted, similarity, start, end in numbers.reshape(-1, FIELDS).tolist()
    )


@functools.cache
def code_sha256() -> str:
    """A checksum of the program text that turns answers into findings: another program has other findings."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(text.__file__), Path(tokens.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
