"""Which pairs are worth comparing: the nearest neighbours of every item, never all pairs."""

from __future__ import annotations

from typing import cast

import numpy as np

# Up to here exact search is as quick as an index: one block of rows at a time, so never an all-pairs matrix.
EXACT_ROWS = 4096
BLOCK_ROWS = 512
# The graph of usearch, for cosines on 384 dimensions. `examgen bench dedupe` prints the recall that comes of them.
CONNECTIVITY = 16
EXPANSION = 64


def nearest_pairs(vectors: np.ndarray, k: int) -> set[tuple[int, int]]:
    """Pair every row with its nearest rows.

    Args:
        vectors: (n, dim), rows of length 1.
        k: Neighbours of each row. Rows that tie are taken in order, so equal input gives equal pairs.

    Returns:
        Pairs of row numbers, the smaller first.
    """
    rows = len(vectors)
    k = min(k, rows - 1)
    if k <= 0:
        return set()
    found = _exact(vectors, k) if rows <= EXACT_ROWS else _indexed(vectors, k)
    return {(min(i, j), max(i, j)) for i, near in enumerate(found.tolist()) for j in near if j != i and j >= 0}


def _exact(vectors: np.ndarray, k: int) -> np.ndarray:
    blocks = []
    for start in range(0, len(vectors), BLOCK_ROWS):
        block = vectors[start : start + BLOCK_ROWS]
        cosines = block @ vectors.T
        cosines[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        # Rounded, so that the last bits of another BLAS do not change the choice.
        blocks.append(np.argsort(-cosines.round(5), axis=1, kind="stable")[:, :k])
    return np.concatenate(blocks)


def _indexed(vectors: np.ndarray, k: int) -> np.ndarray:
    from usearch.index import BatchMatches, Index

    index = Index(
        ndim=vectors.shape[1],
        metric="cos",
        dtype="f16",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION,
        expansion_search=EXPANSION,
        enable_key_lookups=False,
    )
    # One thread builds: with more, the graph depends on who comes first, and so would the bank.
    index.add(np.arange(len(vectors)), vectors, threads=1)
    matches = cast("BatchMatches", index.search(vectors, k + 1))
    found = np.full((len(vectors), k + 1), -1, dtype=np.int64)
    keys = np.asarray(matches.keys, dtype=np.int64).reshape(len(vectors), -1)
    counts = np.asarray(matches.counts).reshape(-1, 1)
    found[:, : keys.shape[1]] = np.where(np.arange(keys.shape[1]) < counts, keys, -1)
    return found
