"""How fast texts become vectors, beside what sentence-transformers does by itself."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.bench.answers import bench_answers
from examgen.bench.sides import Progress, Side, Timed, machine, measure, times, told
from examgen.embed import BACKENDS, FrugalEncoder, VectorCache, load_encoder

# What the cache, the search for repeats and the batches may cost, as a share of bare encoding of the same texts.
MAX_OVERHEAD = 0.2
MIN_ONNX_OF_TORCH = 1.15
MAX_DIFFERENCE = 1e-5
TORCH = "torch"
SINGLY, BARE, AGAIN = "one by one", "bare encode", "examgen, second run"


@dataclass(frozen=True)
class EmbedBench:
    """What came out."""

    texts: int
    sides: tuple[Timed, ...]
    differences: dict[str, float]
    """Of each backend: the largest difference of a component to bare encoding."""
    machine: dict[str, Any]

    def side(self, name: str) -> Timed:
        """A side by its name."""
        return next(side for side in self.sides if side.name == name)

    @property
    def overhead(self) -> float:
        """How much longer our encoder takes than bare encoding, as a share; below 0 where it is faster."""
        return 1 / times(self.side(ours_on(TORCH)), self.side(BARE)) - 1

    def compared(self, cpu: bool = False) -> dict[str, float]:
        """How many times as fast as another way, by the clock or by CPU seconds; see `times`."""
        ours = self.side(ours_on(TORCH))
        found = {
            "of bare encode": times(ours, self.side(BARE), cpu),
            "of one by one": times(ours, self.side(SINGLY), cpu),
        }
        for backend in self.differences:
            if backend != TORCH:
                found[f"{backend} against torch"] = times(self.side(ours_on(backend)), ours, cpu)
        return found

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        found = []
        if self.overhead > MAX_OVERHEAD:
            found.append(f"{self.overhead:.0%} over bare encode, not {MAX_OVERHEAD:.0%}")
        name, ratios = "onnx against torch", self.compared()
        if ratios.get(name, MIN_ONNX_OF_TORCH) < MIN_ONNX_OF_TORCH:
            found.append(f"{told(name, ratios[name])}, not {MIN_ONNX_OF_TORCH:g}")
        return found + [
            f"{backend} differs by {self.differences[backend]:.1g}, not {MAX_DIFFERENCE:g}"
            for backend in (TORCH, "onnx")
            if self.differences.get(backend, 0) > MAX_DIFFERENCE
        ]


def ours_on(backend: str) -> str:
    """The name of the side that embeds with a backend."""
    return f"examgen, {backend}"


def bench_embed(
    texts: int = 300,
    rounds: int = 3,
    threads: int = 1,
    backends: Sequence[str] = (TORCH, "onnx"),
    progress: Progress = lambda done, total: None,
) -> EmbedBench:
    """Embed made-up answers, all different, in several ways, each in a process of its own, in turns.

    Ours look texts up in an empty cache on disk and write their vectors there.

    Args:
        texts: How many.
        rounds: How often each way is measured.
        threads: For each way.
        backends: Keys of `examgen.embed.BACKENDS`; torch comes first in any case.
        progress: Is told what is done, and of how much.
    """
    some = [answer.answer for answer in bench_answers(texts, repeats=0)]
    few = max(1, texts // 4)
    others = [backend for backend in dict.fromkeys(backends) if backend != TORCH]
    with tempfile.TemporaryDirectory() as folder:
        sides = [
            Side(SINGLY, few, functools.partial(_bare, some[:few], True)),
            Side(BARE, texts, functools.partial(_bare, some, False)),
            *(Side(ours_on(name), texts, functools.partial(_ours, some, name, folder)) for name in (TORCH, *others)),
            Side(AGAIN, texts, functools.partial(_again, some, folder)),
        ]
        timed = measure(sides, rounds, threads, progress)
    expected = next(side.result for side in timed if side.name == BARE)
    differences = {
        name: float(np.abs(next(side.result for side in timed if side.name == ours_on(name)) - expected).max())
        for name in (TORCH, *others)
    }
    return EmbedBench(texts, tuple(timed), differences, machine(threads))


def _bare(texts: list[str], singly: bool) -> Callable[[], NDArray[np.float32]]:
    model = load_encoder(None, "cpu")
    model.encode(texts[:2])

    def work() -> NDArray[np.float32]:
        if singly:
            return np.stack([model.encode(text) for text in texts])
        return np.asarray(model.encode(texts), np.float32)

    return work


def _ours(texts: list[str], backend: str, folder: str) -> Callable[[], NDArray[np.float32]]:
    model = BACKENDS[backend](None, "cpu")
    model.encode(["甲"])
    rounds = iter(range(1_000_000))

    def work() -> NDArray[np.float32]:
        cache = VectorCache(Path(folder) / f"{backend}-{next(rounds)}.sqlite")
        return FrugalEncoder(model, backend, cache).encode(texts)

    return work


def _again(texts: list[str], folder: str) -> Callable[[], NDArray[np.float32]]:
    """A second run: all vectors are in the cache."""
    path = Path(folder) / "kept.sqlite"
    model = BACKENDS[TORCH](None, "cpu")
    FrugalEncoder(model, TORCH, VectorCache(path)).encode(texts)

    def work() -> NDArray[np.float32]:
        return FrugalEncoder(model, TORCH, VectorCache(path)).encode(texts)

    return work
