"""How the search for duplicates grows, on made-up banks of 1,000 to 100,000 items: duplicates, siblings, strangers."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from examgen.bench.made_up import bank
from examgen.bench.processes import PeakMemory
from examgen.dedupe import find_duplicates
from examgen.dedupe.lexicon import BACKGROUND
from examgen.dedupe.words import plain, tokens
from examgen.embed import Encoder, open_encoder

# What is promised of 100,000 items on two cores, once they are embedded.
PROMISED_ITEMS, MAX_SECONDS, MAX_MB = 100_000, 300.0, 4096.0
# To ask how much memory is in use takes a tenth of a second where it is much, time that is no part of the search.
LOOK_SECONDS = 2.0
# Time per item, from one size to the next of ten times as many, grows by no more than this: near-linear.
MAX_GROWTH = 2.0


@dataclass(frozen=True)
class Searched:
    """What came out for one size."""

    items: int
    groups: int
    """Questions after merging."""
    seconds: float
    """From items with known embeddings to decisions."""
    embedding_seconds: float
    """In the encoder; left out of ``seconds``."""
    peak_mb: float
    """Of the process and those that it starts, the items and their embeddings included."""
    precision: float
    recall: float


@dataclass(frozen=True)
class DedupeBench:
    """All sizes, the smallest first."""

    runs: tuple[Searched, ...]

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        found = []
        for run in self.runs:
            if run.items == PROMISED_ITEMS and run.seconds > MAX_SECONDS:
                found.append(f"{run.items} items: {run.seconds:.0f} s, not {MAX_SECONDS:g}")
            if run.items == PROMISED_ITEMS and run.peak_mb > MAX_MB:
                found.append(f"{run.items} items: {run.peak_mb:.0f} MB, not {MAX_MB:g}")
        for small, large in zip(self.runs, self.runs[1:], strict=False):
            growth = (large.seconds / large.items) / (small.seconds / small.items)
            if growth > MAX_GROWTH:
                found.append(f"{large.items} items: {growth:.1f} times as long an item as of {small.items}")
        return found


class WordEncoder:
    """A stand-in for the model: a text is the mean of its words, and only words are embedded by the model.

    A hundred thousand items have some ten thousand words, which take a minute
    or two where the items themselves would take the better part of an hour.
    """

    def __init__(self, model: Encoder) -> None:
        self.fingerprint = f"words of {model.fingerprint}"
        self._model = model
        self._rows: dict[str, np.ndarray] = {}
        # What all words have in common would drown what tells them apart.
        self._common = model.encode(BACKGROUND).mean(axis=0)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, dim) rows of length 1."""
        cut = [tokens(plain(text)) or ["."] for text in texts]
        new = sorted({word for words in cut for word in words} - self._rows.keys())
        if new:
            self._rows |= zip(new, self._model.encode(new) - self._common, strict=True)
        rows = np.array([np.sum([self._rows[word] for word in words], axis=0) for words in cut], dtype=np.float32)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return rows


class TimedEncoder:
    """An encoder that knows how long it has worked."""

    def __init__(self, encoder: Encoder) -> None:
        self.fingerprint = encoder.fingerprint
        self.seconds = 0.0
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The rows of the encoder behind."""
        started = time.perf_counter()
        rows = self._encoder.encode(texts)
        self.seconds += time.perf_counter() - started
        return rows


def bench_dedupe(
    sizes: Sequence[int] = (1_000, 10_000, 100_000),
    progress: Callable[[int, int], None] | None = None,
    *,
    whole: bool = False,
) -> DedupeBench:
    """Search made-up banks for duplicates, each in a process of its own, so that its memory is its own.

    Args:
        whole: Embed whole texts with the model, not word by word.
    """
    runs = []
    for done, size in enumerate(sorted(sizes), 1):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            runs.append(pool.submit(search, size, whole).result())
        if progress:
            progress(done, len(sizes))
    return DedupeBench(tuple(runs))


def search(size: int, whole: bool = False) -> Searched:
    """Make items, and search them."""
    items, true = bank(size)
    model = open_encoder()
    # Loads the word lists, which is no part of the work.
    find_duplicates(items[:20], model)
    encoder = TimedEncoder(model if whole else WordEncoder(model))
    started = time.perf_counter()
    with PeakMemory(LOOK_SECONDS) as memory:
        found = find_duplicates(items, encoder)
    seconds = time.perf_counter() - started - encoder.seconds
    said = {pair for group in found.groups for pair in combinations(sorted(group.members), 2)}
    wanted = {pair for group in true for pair in combinations(sorted(group), 2)}
    right = len(said & wanted)
    return Searched(
        items=size,
        groups=len(found.groups),
        seconds=seconds,
        embedding_seconds=encoder.seconds,
        peak_mb=memory.peak_mb,
        precision=right / len(said) if said else 1.0,
        recall=right / len(wanted) if wanted else 1.0,
    )
