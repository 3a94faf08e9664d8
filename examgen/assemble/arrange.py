"""Putting the chosen items of each form into their places and numbering them."""

from __future__ import annotations

import graphlib
import random
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from examgen.assemble.blueprint import blueprint_error
from examgen.assemble.task import CENTI, OrderRule, Placement, Task
from examgen.model import Form, PlacedItem, Section
from examgen.questions import QUESTIONS


def arrange(task: Task, chosen: Sequence[Sequence[int]], seed: int, lang: str) -> tuple[Form, ...]:
    """Order and number the items of every form.

    Within a section the items stand from easy to hard, by topic, or at random, as the blueprint says; rows of
    the type ``order`` come on top of that. Where all forms hold the same items, every form after the
    first has them in an order drawn by the seed.

    Raises:
        BlueprintError: two ``order`` lines contradict each other.
    """
    blueprint = task.blueprint
    forms = []
    for number, name in enumerate(blueprint.forms):
        same = blueprint.overlap == "all"
        placements = [task.placements[index] for index in chosen[0 if same else number]]
        rng = random.Random(f"order {seed} {name}")
        rules = [rule for rule in task.orders if (0 if same else number) in rule.forms]
        sections, first = [], 1
        for index, plan in enumerate(blueprint.sections):
            inside = [placement for placement in placements if placement.section == index]
            by = "random" if same and number and plan.shuffle else plan.order or blueprint.order
            ordered = _kept_in_order(task, _sorted(inside, by, rng), rules)
            fixed = not plan.shuffle or any(_touches(rule, ordered) for rule in rules)
            placed = tuple(
                PlacedItem(number=n, item_id=p.candidate.id, points=p.points / CENTI)
                for n, p in enumerate(ordered, first)
            )
            first += len(placed)
            sections.append(
                Section(
                    id=plan.id or str(index + 1),
                    title=plan.title or (QUESTIONS[plan.kind[0]].NAMES[lang] if len(plan.kind) == 1 else ""),
                    kind=plan.kind[0] if len(plan.kind) == 1 else None,
                    instruction=plan.instruction,
                    minutes=plan.minutes,
                    shuffle=not fixed,
                    items=placed,
                )
            )
        forms.append(Form(name=name, sections=tuple(sections)))
    return tuple(forms)


def _sorted(placements: list[Placement], by: str, rng: random.Random) -> list[Placement]:
    mixed = sorted(placements, key=lambda placement: placement.candidate.id)
    rng.shuffle(mixed)
    if by == "difficulty":
        mixed.sort(key=lambda placement: placement.candidate.difficulty)
    elif by == "topic":
        mixed.sort(key=lambda placement: placement.candidate.item.topic)
    return mixed


def _kept_in_order(task: Task, placements: list[Placement], rules: Sequence[OrderRule]) -> list[Placement]:
    """The places that the rules' items hold stay theirs; the items change over them, as little as need be."""
    here = [p.candidate.id for p in placements]
    place = {name: number for number, name in enumerate(here)}
    chains = [[name for name in rule.ids if name in place] for rule in rules]
    before: dict[str, set[str]] = {name: set() for chain in chains for name in chain}
    for rule, chain in zip(rules, chains, strict=True):
        for first, second in pairwise(chain):
            before[second].add(first)
        if _circular(before):
            raise blueprint_error(
                task.blueprint, rule.loc, f"{rule.says} contradicts another order line", "Leave one of them out."
            )
    ordered = list(placements)
    for group in _connected(chains):
        free = sorted(place[name] for name in group)
        waiting = set(group)
        for target in free:
            ready = (name for name in waiting if not before[name] & waiting)
            chosen = min(ready, key=place.__getitem__)
            waiting.remove(chosen)
            ordered[target] = placements[place[chosen]]
    return ordered


def _circular(before: Mapping[str, Collection[str]]) -> bool:
    try:
        graphlib.TopologicalSorter(before).prepare()
    except graphlib.CycleError:
        return True
    return False


def _connected(chains: Sequence[Sequence[str]]) -> list[set[str]]:
    """The items of chains that have one in common, directly or over others, together."""
    groups: list[set[str]] = []
    for chain in chains:
        touched = [group for group in groups if group & set(chain)]
        groups = [group for group in groups if group not in touched] + [set(chain).union(*touched)]
    return groups


def in_order(rule: OrderRule, placements: Sequence[Placement]) -> bool:
    """Whether a rule's items stand in its order within every section."""
    rank = {name: number for number, name in enumerate(rule.ids)}
    by_section: dict[int, list[int]] = {}
    for placement in placements:
        if placement.candidate.id in rank:
            by_section.setdefault(placement.section, []).append(rank[placement.candidate.id])
    return all(ranks == sorted(ranks) for ranks in by_section.values())


def _touches(rule: OrderRule, placements: Sequence[Placement]) -> bool:
    return sum(placement.candidate.id in rule.ids for placement in placements) > 1
