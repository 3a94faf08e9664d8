"""How far people agree with each other, and with the machine, on what was reviewed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from examgen.model import Decision
from examgen.review.decisions import Entry
from examgen.review.settle import Numbered, by_case

MACHINE = "machine"
# Below so many pairs a QWK is noise: at 0.74 its 95 % interval is as wide as 0.55 to 0.87 for 30 pairs.
FEW = 30


@dataclass(frozen=True)
class Agreement:
    """Pairs of marks on the same answers."""

    left: str
    right: str
    item_id: str
    """Empty for all items together."""
    pairs: int
    qwk: float | None
    """Quadratic weighted kappa of the marks as shares of their maximum; None where nothing varies."""
    exact: float
    """Share of pairs that are equal to the nearest step."""
    adjacent: float
    """Share of pairs at most one step apart."""
    difference: float
    """Mean of left minus right, as a share of the maximum: who is stricter."""


def agreements(entries: Sequence[Entry], step: float = 1.0) -> list[Agreement]:
    """Compare markers with markers and each marker with the machine, over all items and item by item.

    Only marks given without knowing the other count between people: arbiters and appeals know, so they are left out.
    The machine's mark is the one that the marker found.

    Args:
        step: Marks that make a difference: 1 for whole marks.

    Returns:
        People first, then the machine; the whole before its items.
    """
    people: dict[tuple[str, str], list[tuple[str, float, float, float]]] = {}
    for key, decisions in by_case(entries).items():
        for left, right in _pairs(decisions):
            name = (left[0], right[0])
            people.setdefault(name, []).append((key[1], left[1], right[1], left[2]))
    found = []
    for (left_name, right_name), rows in sorted(people.items(), key=lambda one: (one[0][1] == MACHINE, one[0])):
        items = sorted({row[0] for row in rows})
        for item_id in ["", *items] if len(items) > 1 else [*items]:
            chosen = [row[1:] for row in rows if item_id in ("", row[0])]
            found.append(_agreement(left_name, right_name, item_id, chosen, step))
    return found


_Mark = tuple[str, float, float]


def _pairs(decisions: Sequence[Numbered]) -> Iterable[tuple[_Mark, _Mark]]:
    firsts: dict[str, Decision] = {}
    for numbered in decisions:
        if numbered.decision.role == "marker":
            firsts.setdefault(numbered.decision.by, numbered.decision)
    marks = [(name, decision.score, decision.max_score) for name, decision in sorted(firsts.items())]
    yield from itertools.combinations(marks, 2)
    for name, decision in firsts.items():
        machine = decision.before.get("score")
        if isinstance(machine, int | float):
            yield (name, decision.score, decision.max_score), (MACHINE, float(machine), decision.max_score)


def _agreement(
    left: str, right: str, item_id: str, rows: Sequence[tuple[float, float, float]], step: float
) -> Agreement:
    steps = [abs(_rounded(a, step) - _rounded(b, step)) for a, b, _ in rows]
    shares = [(a / most, b / most) for a, b, most in rows if most > 0]
    return Agreement(
        left,
        right,
        item_id,
        len(rows),
        qwk(shares),
        sum(distance < step / 2 for distance in steps) / len(rows),
        sum(distance < step * 1.5 for distance in steps) / len(rows),
        sum(a - b for a, b in shares) / len(shares) if shares else 0.0,
    )


def _rounded(mark: float, step: float) -> float:
    return math.floor(mark / step + 0.5) * step


def qwk(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Quadratic weighted kappa for continuous marks.

    Returns:
        None for fewer than two pairs, or where neither side varies.

    Source:
        RSMTool, doc/evaluation.rst: ``2 Cov(H, M) / (Var(H) + Var(M) + (mean(H) - mean(M))**2)``, population moments.
    """
    if len(pairs) < 2:
        return None
    n = len(pairs)
    mean_a, mean_b = (sum(pair[side] for pair in pairs) / n for side in (0, 1))
    var_a, var_b = (sum((pair[side] - mean) ** 2 for pair in pairs) / n for side, mean in ((0, mean_a), (1, mean_b)))
    covariance = sum((a - mean_a) * (b - mean_b) for a, b in pairs) / n
    below = var_a + var_b + (mean_a - mean_b) ** 2
    return 2 * covariance / below if below > 1e-12 else None
