"""The weights of the evidence: ``weights.json``, which ``tools/fit_dedupe.py`` writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from examgen.records import read_json


@dataclass(frozen=True)
class Regression:
    """A logistic regression over figures of `examgen.dedupe.evidence.Evidence`."""

    intercept: float
    weights: dict[str, float]
    """By name; that of a product of several figures by their names, joined by ``*``."""

    @cached_property
    def _factors(self) -> list[tuple[tuple[str, ...], float]]:
        return [(tuple(name.split("*")), weight) for name, weight in self.weights.items()]

    def probability(self, evidence: Any) -> float:
        """The probability, 0..1, that the evidence gives."""
        total = self.intercept
        for names, weight in self._factors:
            for name in names:
                weight *= getattr(evidence, name)
            total += weight
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def most(self, known: Mapping[str, float]) -> float:
        """The highest probability that evidence can give of which some figures are known; the others are 0..1."""
        total = self.intercept
        for names, weight in self._factors:
            for name in names:
                weight *= known.get(name, 1.0)
            total += weight if weight > 0 or all(name in known for name in names) else 0.0
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _read(name: str) -> Regression:
    data = read_json(Path(__file__).with_name("weights.json"))[name]
    return Regression(data["intercept"], data["weights"])


SAME = _read("same")
RELATED = _read("related")
