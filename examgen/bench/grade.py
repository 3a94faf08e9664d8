"""How fast answers in words are graded, beside the obvious loop and beside nothing but the model."""

from __future__ import annotations

import functools
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examgen.bench.answers import bench_answers, bench_items
from examgen.bench.sides import Progress, Side, Timed, machine, measure, times, told
from examgen.embed import BACKENDS, FrugalEncoder, VectorCache, load_encoder
from examgen.engines.answers import Row
from examgen.engines.local import Inline
from examgen.engines.parts import Stream
from examgen.engines.run import run
from examgen.grade import Grader
from examgen.model import Grade
from examgen.scorers import Case, open_scorer

# What is promised, on two cores.
MIN_OF_BARE = 0.8
MIN_OF_NAIVE = 5.0
MIN_ONNX_OF_TORCH = 1.15
# A backend that changes a mark by more than this share of the maximum cannot be the default.
MAX_CHANGE = 0.02
TORCH = "torch"
NAIVE, ENCODED, BARE, AGAIN = "naive loop", "naive, points encoded before", "bare encode", "examgen, second run"


@dataclass(frozen=True)
class Change:
    """How the marks of a backend differ from those of torch in float32, as shares of the maximum."""

    backend: str
    largest: float
    mean: float
    status: int
    """Answers that are graded with one and go to a human with the other."""


@dataclass(frozen=True)
class GradeBench:
    """What came out."""

    answers: int
    unique: int
    sides: tuple[Timed, ...]
    changes: tuple[Change, ...]
    machine: dict[str, Any]

    def side(self, name: str) -> Timed:
        """A side by its name."""
        return next(side for side in self.sides if side.name == name)

    def compared(self, cpu: bool = False) -> dict[str, float]:
        """How many times as fast as another way, by the clock or by CPU seconds; see `times`."""
        ours = self.side(ours_on(TORCH))
        found = {
            # Bare encoding has each different text to do once, grading each row: both are done with the same answers.
            "of bare encode": times(ours, self.side(BARE), cpu) * self.side(BARE).rows / ours.rows,
            "of the naive loop": times(ours, self.side(NAIVE), cpu),
            "of the naive loop with points encoded before": times(ours, self.side(ENCODED), cpu),
        }
        for change in self.changes:
            other = self.side(ours_on(change.backend))
            found[f"{change.backend} against torch"] = times(other, ours, cpu)
            found[f"{change.backend} against the naive loop"] = times(other, self.side(NAIVE), cpu)
        return found

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        ratios = self.compared()
        bounds = [
            ("of bare encode", MIN_OF_BARE),
            ("of the naive loop", MIN_OF_NAIVE),
            ("onnx against torch", MIN_ONNX_OF_TORCH),
        ]
        slow = [
            f"{told(name, ratios[name])}, not {least:g}"
            for name, least in bounds
            if name in ratios and ratios[name] < least
        ]
        changed = [
            f"{change.backend} changes a mark by {change.largest:.3f} of the maximum"
            for change in self.changes
            if change.backend == "onnx" and change.largest > MAX_CHANGE
        ]
        return slow + changed


def ours_on(backend: str) -> str:
    """The name of the side that grades with a backend."""
    return f"examgen, {backend}"


def bench_grade(
    answers: int = 300,
    rounds: int = 3,
    threads: int = 1,
    repeats: float = 0.3,
    backends: Sequence[str] = (TORCH, "onnx"),
    progress: Progress = lambda done, total: None,
) -> GradeBench:
    """Grade made-up answers in several ways, each in a process of its own, in turns.

    The model is loaded before the clock runs. The naive loops do a quarter
    of the answers, as they take long; what counts is rows a second.

    Args:
        answers: How many.
        rounds: How often each way is measured.
        threads: For each way.
        repeats: Share of answers that repeat another.
        backends: Keys of `examgen.embed.BACKENDS`; torch comes first in any case.
        progress: Is told what is done, and of how much.
    """
    rows = list(bench_answers(answers, repeats))
    items = {item.id: item for item in bench_items()}
    texts = list(
        dict.fromkeys(
            text
            for row in rows
            for text in (row.answer, items[row.item_id].question, *(point.text for point in items[row.item_id].points))
        )
    )
    few = max(1, answers // 4)
    others = [backend for backend in dict.fromkeys(backends) if backend != TORCH]
    with tempfile.TemporaryDirectory() as folder:
        ours = [
            Side(ours_on(backend), answers, functools.partial(_grading, answers, repeats, backend))
            for backend in (TORCH, *others)
        ]
        sides = [
            Side(NAIVE, few, functools.partial(_naive, few, repeats, True)),
            Side(ENCODED, few, functools.partial(_naive, few, repeats, False)),
            Side(BARE, len(texts), functools.partial(_bare, texts)),
            *ours,
            Side(AGAIN, answers, functools.partial(_grading, answers, repeats, TORCH, Path(folder) / "cache.sqlite")),
        ]
        timed = measure(sides, rounds, threads, progress)
    expected = next(side.result for side in timed if side.name == ours_on(TORCH))
    changes = tuple(
        _change(backend, next(side.result for side in timed if side.name == ours_on(backend)), expected)
        for backend in others
    )
    unique = len({(row.item_id, row.answer) for row in rows})
    return GradeBench(answers, unique, tuple(timed), changes, machine(threads))


def _change(backend: str, found: list[tuple[float | None, str]], expected: list[tuple[float | None, str]]) -> Change:
    """Compare marks; an answer without a mark on either side counts by its status alone."""
    pairs = list(zip(found, expected, strict=True))
    gaps = [abs(a - b) for (a, _), (b, _) in pairs if a is not None and b is not None]
    moved = sum(one != other for (_, one), (_, other) in pairs)
    return Change(backend, max(gaps, default=0.0), sum(gaps) / max(len(gaps), 1), moved)


def _naive(count: int, repeats: float, points_each_time: bool) -> Callable[[], None]:
    """What comes to mind first: encode each answer as it comes, and take cosines to the points."""
    model = load_encoder(None, "cpu")
    items = {item.id: [point.text for point in item.points] for item in bench_items()}
    rows = list(bench_answers(count, repeats))
    encoded = {} if points_each_time else {name: model.encode(points) for name, points in items.items()}

    def work() -> None:
        for row in rows:
            points = model.encode(items[row.item_id]) if points_each_time else encoded[row.item_id]
            model.similarity(model.encode(row.answer), points)

    return work


def _bare(texts: list[str]) -> Callable[[], None]:
    """Nothing but the model: the limit of what any grader with it can do."""
    model = load_encoder(None, "cpu")
    model.encode(texts[:2])

    def work() -> None:
        model.encode(texts)

    return work


def _grading(
    count: int, repeats: float, backend: str, cache: Path | None = None
) -> Callable[[], list[tuple[float | None, str]]]:
    """Grading as ``examgen grade`` does it, from rows to lines of JSON; with a cache, what a second run takes."""
    model = BACKENDS[backend](None, "cpu")
    model.encode(["甲"])
    items = bench_items()
    rows = [
        Row(f"answers:{number}", answer.candidate_id, answer.item_id, answer.answer, {})
        for number, answer in enumerate(bench_answers(count, repeats), 1)
    ]
    encoder = FrugalEncoder(model, backend, VectorCache(cache) if cache else None)
    scorer = open_scorer(encoder)  # the reader, which remembers nothing between rounds unless it has a cache
    scorer.find([Case("甲", ("乙",), "丙")])

    def work() -> list[tuple[float | None, str]]:
        lines = io.BytesIO()
        grader = Grader(items, encoder, scorer=scorer)
        run(rows, Inline(lambda: grader, "jsonl"), Stream(lines))
        grades = [Grade.model_validate_json(line) for line in lines.getvalue().splitlines()]
        return [(None if grade.score is None else grade.score / grade.max_score, grade.status) for grade in grades]

    if cache:
        work()
    return work
