"""Which pairs are worth comparing: the nearest neighbours of every item, never all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from examgen.forked import in_processes

# Up to here exact search is as quick as an index: one block of rows at a time, so never an all-pairs matrix.
EXACT_ROWS = 4096
BLOCK_ROWS = 512
# The graph of usearch, for cosines on 384 dimensions. `examgen bench dedupe` prints the recall that comes of them.
CONNECTIVITY = 16
# To find k neighbours, it looks at so many for each of them, and some more. Of the six nearest to 9,000 made-up items,
# 99.9 % are found.
EXPANSION_OF_EACH, EXPANSION = 4, 12


def nearest_pairs(vectors: np.ndarray, k: int, cosine: float = -1.0) -> set[tuple[int, int]]:
    """Pair every row with its nearest rows.

    Args:
        vectors: (n, dim), rows of length 1.
        k: Neighbours of each row. Rows that tie are taken in order, so equal input gives equal pairs.
        cosine: Rows less close than this are no neighbours.

    Returns:
        Pairs of row numbers, the smaller first.
    """
    rows = len(vectors)
    k = min(k, rows - 1)
    if k <= 0:
        return set()
    found, cosines = nearest(vectors, k) if rows <= EXACT_ROWS else _indexed(vectors, k)
    own = np.repeat(np.arange(rows), found.shape[1])
    other = found.ravel()
    kept = (other >= 0) & (other != own) & (cosines.ravel() >= cosine)
    pairs = np.sort(np.stack([own[kept], other[kept]], axis=1), axis=1)
    return set(map(tuple, pairs.tolist()))


def nearest(vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest others of each row, k below n, and their cosines, each (n, k), the nearest first."""
    found, closest = [], []
    for start in range(0, len(vectors), BLOCK_ROWS):
        block = vectors[start : start + BLOCK_ROWS]
        cosines = block @ vectors.T
        cosines[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        # Rounded, so that the last bits of another BLAS do not change the choice.
        found.append(np.argsort(-cosines.round(5), axis=1, kind="stable")[:, :k])
        closest.append(np.take_along_axis(cosines, found[-1], axis=1))
    return np.concatenate(found), np.concatenate(closest)


def _indexed(vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Nearest rows, -1 where there are fewer, and their cosines, each (n, k + 1): a row may be its own neighbour."""
    from usearch.index import BatchMatches, Index

    expansion = EXPANSION_OF_EACH * (k + 1) + EXPANSION
    index = Index(
        ndim=vectors.shape[1],
        metric="cos",
        dtype="f16",
        connectivity=CONNECTIVITY,
        expansion_add=expansion,
        expansion_search=expansion,
        enable_key_lookups=False,
    )
    # One thread builds: with more, the graph depends on who comes first, and so would the bank.
    index.add(np.arange(len(vectors)), vectors, threads=1)

    def search(some: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        # The last row twice: one row alone would come back in another shape.
        matches = cast("BatchMatches", index.search(vectors[[*some, some[-1]]], k + 1, threads=1))
        keys = np.asarray(matches.keys, dtype=np.int64)
        present = np.arange(keys.shape[1]) < np.asarray(matches.counts).reshape(-1, 1)
        return np.where(present, keys, -1)[:-1], 1 - np.asarray(matches.distances, dtype=np.float32)[:-1]

    # Many threads of usearch take as long as one.
    found, cosines = zip(*in_processes(search, range(len(vectors))), strict=True)
    return np.concatenate(found), np.concatenate(cosines)
