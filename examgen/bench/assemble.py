"""How fast exams are assembled from big banks, and how alike their forms are."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from examgen.assemble import assemble, verify_exam
from examgen.assemble.pool import make_pool
from examgen.assemble.rows import make_task
from examgen.assemble.task import MILLI, Task
from examgen.model import Bank, Blank, Blueprint, Exam, Item, Kind, Option, RubricPoint

# What is promised for two parallel forms of 37 items, on two cores: the most seconds by size of the bank.
MAX_SECONDS = {1_000: 2.0, 20_000: 5.0}
MAX_FACILITY_GAP = 0.005

TOPICS = tuple(f"topic-{number:02d}" for number in range(12))
_LEVELS = ("remember", "understand", "apply", "analyse", "evaluate")
_LEVEL_SHARES = (3, 3, 2, 1, 1)
# Kind, share of the bank, usual minutes, marks.
_KINDS: tuple[tuple[Kind, int, float, float], ...] = (
    ("single_choice", 45, 1.5, 2.0),
    ("fill_in", 25, 2.0, 2.0),
    ("short_answer", 20, 6.0, 6.0),
    ("composite", 10, 12.0, 15.0),
)
# One item in ten has an enemy.
_ITEMS_PER_ENEMY_PAIR = 20


@dataclass(frozen=True)
class Assembled:
    """What came out for one bank and one seed."""

    items: int
    seed: int
    seconds: float
    """From the bank in memory to the exam with its certificate."""
    cpu_seconds: float
    """The same without waiting for other processes of this machine."""
    facility_gap: float
    minutes_gap: float
    facility: float
    """The mean of the forms'; the blueprint asks for 0.62."""
    same_cells: bool
    """Whether both forms have the same marks on every topic at every level."""
    problems: tuple[str, ...]
    """What `verify_exam` finds; nothing, unless this program is wrong."""


@dataclass(frozen=True)
class AssembleBench:
    """All runs, and how seldom chance would do."""

    runs: tuple[Assembled, ...]
    drawn: int
    """Papers drawn at random from the first bank, each section with its kind and count right."""
    drawn_right: int
    """How many pairs of them keep all lines of the blueprint and the promised gap."""

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        found = []
        for run in self.runs:
            name = f"{run.items} items, seed {run.seed}"
            most = MAX_SECONDS.get(run.items)
            if most is not None and run.seconds > most:
                found.append(f"{name}: {run.seconds:.1f} s, not {most:g}")
            if run.facility_gap > MAX_FACILITY_GAP:
                found.append(f"{name}: a gap of {run.facility_gap:.4f} in facility, not {MAX_FACILITY_GAP:g}")
            found += [f"{name}: {problem}" for problem in run.problems]
        return found


def bench_blueprint() -> Blueprint:
    """37 items in four sections, 12 topics, levels, time, difficulty, and two forms without an item in common."""
    return Blueprint.model_validate(
        {
            "id": "bench",
            "title": "期末考试",
            "minutes": 120,
            "forms": 2,
            "facility": 0.62,
            "topics": dict.fromkeys(TOPICS, "2-5"),
            "levels": {"remember": "20-40%", "understand": "20-45%", "apply": ">=10%"},
            "section": [
                {"id": "choice", "kind": "single_choice", "count": 20, "points": 2},
                {"id": "blank", "kind": "fill_in", "count": 10, "points": 2},
                {"id": "short", "kind": "short_answer", "count": 5, "points": 6},
                {"id": "long", "kind": "composite", "count": 2, "points": 15},
            ],
            "constraint": [
                {"type": "number", "condition": "section == 'choice' and facility > 0.7", "lower": 4},
                {"id": "time", "type": "sum", "what": "minutes", "lower": 90},
            ],
        }
    )


def bench_bank(size: int, seed: int = 0) -> Bank:
    """A made-up bank of sound items, the same every time."""
    rng = random.Random(f"bank {size} {seed}")
    items = [_item(number, rng) for number in range(size)]
    for _ in range(size // _ITEMS_PER_ENEMY_PAIR):
        one, other = rng.sample(range(size), 2)
        items[one]["enemies"] = (*items[one].get("enemies", ()), items[other]["id"])
    return Bank(title="bench", items=tuple(Item(**item) for item in items))


def _item(number: int, rng: random.Random) -> dict[str, Any]:
    kind, _, minutes, marks = rng.choices(_KINDS, [share for _, share, _, _ in _KINDS])[0]
    item: dict[str, Any] = {
        "id": f"q{number:05d}",
        "kind": kind,
        "question": f"第 {number} 题？",
        "topic": rng.choice(TOPICS),
        "level": rng.choices(_LEVELS, _LEVEL_SHARES)[0],
        "difficulty": round(min(0.95, max(0.05, rng.gauss(0.38, 0.18))), 3),
        "minutes": round(minutes * rng.uniform(0.6, 1.5), 1),
        "max_score": marks,
    }
    match kind:
        case "single_choice":
            item["options"] = (Option(id="A", text="甲", correct=True), Option(id="B", text="乙"))
        case "fill_in":
            item["blanks"] = (Blank(answers=("甲",)),)
        case "short_answer":
            item |= {"reference": "答案", "points": (RubricPoint(id="p1", text="要点", weight=marks),)}
        case _:
            item["parts"] = (Item(id="a", question="问？", reference="答。", max_score=marks),)
    return item


def bench_assemble(
    sizes: Sequence[int] = (1_000, 20_000),
    seeds: Sequence[int] = (1, 2, 3),
    draws: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> AssembleBench:
    """Assemble two parallel forms from banks of several sizes, and try the same by drawing at random.

    Args:
        sizes: Of the banks.
        seeds: Of the exams, for each bank.
        draws: Pairs of papers drawn at random from the first bank.
        progress: Is told what is done, and of how much.
    """
    blueprint = bench_blueprint()
    runs = []
    for number, size in enumerate(sizes):
        bank = bench_bank(size)
        # The first run loads the solver, which is no part of the work.
        assemble(bench_bank(200), Blueprint.model_validate({"section": [{"count": 1}]}), 0)
        for index, seed in enumerate(seeds, 1):
            started, cpu = time.perf_counter(), time.process_time()
            exam = assemble(bank, blueprint, seed)
            runs.append(_summary(exam, size, seed, time.perf_counter() - started, time.process_time() - cpu))
            if progress:
                progress(number * len(seeds) + index, len(sizes) * len(seeds))
    task = make_task(blueprint, make_pool(bench_bank(sizes[0])), {})
    return AssembleBench(tuple(runs), draws, _by_chance(task, draws))


def _summary(exam: Exam, size: int, seed: int, seconds: float, cpu_seconds: float) -> Assembled:
    tables = list(exam.certificate["table"]["forms"].values())
    facilities = [form["facility"] for form in exam.certificate["forms"]]
    return Assembled(
        items=size,
        seed=seed,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        facility_gap=exam.certificate["gaps"]["facility"],
        minutes_gap=exam.certificate["gaps"]["minutes"],
        facility=sum(facilities) / len(facilities),
        same_cells=all(table == tables[0] for table in tables),
        problems=tuple(verify_exam(exam)),
    )


def _by_chance(task: Task, draws: int) -> int:
    """How many pairs of forms drawn at random, every section's kind and count right, keep all lines and the gap."""
    return sum(_right(task, _drawn(task, random.Random(f"chance {number}"))) for number in range(draws))


def _drawn(task: Task, rng: random.Random) -> list[list[int]]:
    forms: list[list[int]] = [[], []]
    for section, indices in zip(task.blueprint.sections, task.sections, strict=True):
        drawn = rng.sample(indices, 2 * section.count)
        forms[0] += drawn[: section.count]
        forms[1] += drawn[section.count :]
    return forms


def _right(task: Task, forms: list[list[int]]) -> bool:
    if not all(row.holds(row.value(form)) for row in task.rows for form in forms):
        return False
    names = [{task.placements[index].candidate.id for index in form} for form in forms]
    if any(task.pool.enemies.get(name, frozenset()) & form for form in names for name in form):
        return False
    expected = [sum(task.placements[index].expected for index in form) for form in forms]
    return abs(expected[0] - expected[1]) <= MAX_FACILITY_GAP * MILLI * (task.total or 0)
