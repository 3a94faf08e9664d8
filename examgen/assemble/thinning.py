"""Which placements of a big pool are looked at: of those that no row tells apart, some."""

from __future__ import annotations

import random
from collections.abc import Sequence

from examgen.assemble.task import Task, is_fluid, signatures

# The fewest candidates kept for a section: small sections still need choice in every topic.
MIN_CANDIDATES = 60


def thin(task: Task, seed: int, factor: int, *, banned_too: bool = False) -> list[int]:
    """Keep, of placements that no row tells apart, those used least, in an order drawn by the seed.

    Args:
        factor: Placements to keep for each place to fill in a section, and for each place that a row needs; 0 keeps
            as many of every sort as all forms could ever take, which loses only choice between equals.
        banned_too: Whether to keep placements that a row bans from all forms.
    """
    rng = random.Random(f"thin {seed}")
    banned = set() if banned_too else banned_everywhere(task)
    needed = {name for bundle in task.bundles for name in bundle.ids} | set(task.pinned)
    order = list(range(len(task.placements)))
    rng.shuffle(order)
    order.sort(key=lambda index: len(task.placements[index].candidate.used_in))
    rank = {index: position for position, index in enumerate(order)}
    kept: set[int] = set()
    for number, indices in enumerate(task.sections):
        usable = sorted((index for index in indices if index not in banned), key=rank.__getitem__)
        kept |= {index for index in usable if task.placements[index].candidate.id in needed}
        places = task.blueprint.sections[number].count * len(task.forms)
        if factor:
            kept |= set(_round_robin(task, usable, max(factor * places, MIN_CANDIDATES)))
        else:
            kept |= set(_of_every_sort(task, usable, 2 * places + 40))
            for row in filter(is_fluid, task.rows):
                # Time, difficulty and length do not tell sorts apart: the ends of their range are kept by themselves.
                ranked = sorted((i for i in usable if i in row.terms), key=row.terms.__getitem__)
                kept |= {*ranked[:places], *ranked[-places:]}
    for row in task.rows if factor else ():
        if row.lower and row.kind == "count":
            wanted = factor * row.lower * len(task.forms)
            have = sum(index in kept for index in row.terms)
            if have < wanted:
                more = sorted((i for i in row.terms if i not in banned and i not in kept), key=rank.__getitem__)
                kept |= set(more[: wanted - have])
    return sorted(kept)


def banned_everywhere(task: Task) -> set[int]:
    """Placements that some row bans from all forms."""
    return {index for row in task.rows if row.kind == "ban" and row.forms == tuple(task.forms) for index in row.terms}


def _round_robin(task: Task, ranked: Sequence[int], wanted: int) -> list[int]:
    """Of every topic and level one for each form, then another for each, and so on."""
    cells: dict[tuple[str, str], int] = {}
    turns = []
    for index in ranked:
        item = task.placements[index].candidate.item
        turn = cells.get((item.topic, item.level or ""), 0)
        cells[item.topic, item.level or ""] = turn + 1
        turns.append(turn // len(task.forms))
    order = sorted(range(len(ranked)), key=turns.__getitem__)
    return [ranked[position] for position in order[:wanted]]


def _of_every_sort(task: Task, ranked: Sequence[int], quota: int) -> list[int]:
    """The first of every set of placements that no row tells apart, up to a quota for each."""
    sorts = signatures(task, ranked)
    counts: dict[object, int] = {}
    kept = []
    for index in ranked:
        counts[sorts[index]] = counts.get(sorts[index], 0) + 1
        if counts[sorts[index]] <= quota:
            kept.append(index)
    return kept
