"""The weights of the evidence: ``weights.json``, which ``tools/fit_dedupe.py`` writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from examgen.records import read_json


def figure(name: str) -> Callable[[Any], float]:
    """What finds a figure of evidence by its name: ``overlap``, ``closer.words``, ``bar:things``."""
    kind, _, sort = name.partition(":")
    if kind == "bar":
        return lambda evidence: float(evidence.bar is not None and evidence.bar.sort == sort)
    return attrgetter(name)


@dataclass(frozen=True)
class Regression:
    """A logistic regression over figures of `examgen.dedupe.evidence.Evidence`."""

    intercept: float
    weights: dict[str, float]
    """By name; that of a product of several figures by their names, joined by ``*``."""

    @cached_property
    def _factors(self) -> list[tuple[tuple[str, ...], float]]:
        return [(tuple(name.split("*")), weight) for name, weight in self.weights.items()]

    @cached_property
    def _figures(self) -> list[tuple[list[Callable[[Any], float]], float]]:
        return [(list(map(figure, names)), weight) for names, weight in self._factors]

    def probability(self, evidence: Any, ahead: float = 0.0) -> float:
        """The probability, 0..1, that the evidence gives.

        Args:
            ahead: Log-odds that are added to those of the evidence.
        """
        total = self.intercept + ahead
        for figures, weight in self._figures:
            for found in figures:
                weight *= found(evidence)
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


@dataclass(frozen=True)
class Weights:
    """What is made of the figures of one way to look at pairs."""

    same: Regression
    related: Regression
    """Of being the same or related."""


def _read(way: str) -> Weights:
    data = read_json(Path(__file__).with_name("weights.json"))[way]
    return Weights(**{name: Regression(**data[name]) for name in ("same", "related")})


# For big banks, for a closer look at two items, and for one after which they were also read side by side.
BIG, CLOSE, READ = map(_read, ("big", "close", "read"))
