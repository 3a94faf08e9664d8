"""Groups out of pair decisions, without chains."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable

# No single pair speaks louder than this, so that one slip does not outvote a group.
MOST_SURE = 0.98
# Of a big group this many members speak for it, so that a thousand copies do not cost a million comparisons.
SPEAKERS = 6


def cluster(
    n: int,
    pairs: Iterable[tuple[int, int]],
    probability: Callable[[int, int], float],
    together: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
    hope: float = math.inf,
) -> list[list[int]]:
    """Group items so that as many pair decisions as possible are kept.

    The pair with the strongest evidence joins first. Two groups join only where
    the log-odds of *all* pairs between them, also of those that nobody proposed,
    add up to more than nothing, and none of them is out of the question: a
    chain A-B-C falls apart where A and C differ.

    Args:
        n: Number of items.
        pairs: The pairs to start from.
        probability: That two items, the smaller number first, are the same; asked at most once for a pair.
            0 is out of the question and cannot be outvoted.
        together: Pairs that a person joined; they join first and unasked.
        apart: Pairs that a person keeps apart; their groups never join.
        hope: The log-odds that each pair nobody has asked about yet may be expected to have at most: where even these
            would not join two groups, nobody asks.

    Returns:
        Every item in exactly one group; groups and members in order.

    Source:
        Greedy additive edge contraction for correlation clustering:
        Keuper et al. 2015, arXiv:1505.06973, algorithm 1.
    """
    group_of = list(range(n))
    members: dict[int, list[int]] = {i: [i] for i in range(n)}
    enemies: dict[int, set[int]] = {}
    odds: dict[tuple[int, int], float] = {}

    def log_odds(i: int, j: int) -> float:
        p = probability(i, j)
        bounded = min(max(p, 1 - MOST_SURE), MOST_SURE)
        return math.log(bounded / (1 - bounded)) if p > 0 else -math.inf

    def between(a: int, b: int) -> float:
        if b in enemies.get(a, ()):
            return -math.inf
        pairs = [(i, j) if i < j else (j, i) for i in members[a][:SPEAKERS] for j in members[b][:SPEAKERS]]
        # What is known already comes first: where it keeps the groups apart, nobody need be asked.
        known = [odds[pair] for pair in pairs if pair in odds]
        if -math.inf in known:
            return -math.inf
        if len(known) < len(pairs):
            total = sum(known)
            unknown = [pair for pair in pairs if pair not in odds]
            for left, pair in zip(range(len(unknown), 0, -1), unknown, strict=True):
                if total == -math.inf or total + left * hope <= 0:
                    return -math.inf
                odds[pair] = log_odds(*pair)
                total += odds[pair]
            # In one order, whatever was known first: the last bits of a sum depend on it.
            known = [odds[pair] for pair in pairs]
        return sum(known)

    def join(a: int, b: int) -> int:
        kept, gone = (a, b) if members[a][0] < members[b][0] else (b, a)
        members[kept] = sorted(members[kept] + members.pop(gone))
        for i in members[kept]:
            group_of[i] = kept
        for enemy in enemies.pop(gone, set()):
            enemies[enemy].discard(gone)
            enemies[enemy].add(kept)
            enemies.setdefault(kept, set()).add(enemy)
        return kept

    for i, j in together:
        if group_of[i] != group_of[j]:
            join(group_of[i], group_of[j])
    for i, j in apart:
        a, b = group_of[i], group_of[j]
        if a != b:
            enemies.setdefault(a, set()).add(b)
            enemies.setdefault(b, set()).add(a)

    heap: list[tuple[float, int, int]] = []
    neighbours: dict[int, set[int]] = {}

    def propose(a: int, b: int) -> None:
        strength = between(a, b)
        if strength > 0:
            heapq.heappush(heap, (-strength, min(a, b), max(a, b)))

    for i, j in sorted(set(pairs)):
        a, b = group_of[i], group_of[j]
        if a != b and b not in neighbours.get(a, ()):
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
            propose(a, b)
    while heap:
        strength, a, b = heapq.heappop(heap)
        # An entry is out of date where one of its groups has grown or gone since.
        if a not in members or b not in members or between(a, b) != -strength:
            continue
        kept = join(a, b)
        gone = b if kept == a else a
        near = (neighbours.pop(gone, set()) | neighbours.pop(kept, set())) - {a, b}
        neighbours[kept] = near
        for other in sorted(near):
            neighbours[other].discard(gone)
            neighbours[other].add(kept)
            propose(kept, other)
    return sorted(members.values())
