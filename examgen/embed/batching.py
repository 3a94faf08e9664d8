"""Batches of texts of like length, no larger than what a processor's caches hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# So many tokens in a batch, padding counted. On cores with 0.5 MB of cache each, answers of 140 characters are embedded
# 1.4 times as fast in such batches as in batches of 32 texts (`examgen bench embed`, docs/scale.md).
CPU_TOKENS = 512
CPU_TEXTS = 32
# The prompt and the two special tokens.
OVERHEAD = 6


def batches(lengths: Sequence[int], tokens: int, texts: int, start: int = 0) -> Iterator[list[int]]:
    """Cut places into batches, the longest texts first, so that what does not fit into memory shows at once.

    Args:
        lengths: Tokens of each text.
        tokens: Most tokens of a batch, counting the padding to its longest text; a longer text goes alone.
        texts: Most texts of a batch.
        start: How many of the longest to leave out, because they are done.

    Yields:
        Places of texts in ``lengths``.
    """
    order = sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))
    while start < len(order):
        size = max(1, min(texts, tokens // max(lengths[order[start]], 1)))
        yield order[start : start + size]
        start += size


def padded(rows: Sequence[Sequence[int]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of tokens side by side, the shorter rows padded, and a mask that is 1 where a token is."""
    ids = np.full((len(rows), max(map(len, rows), default=0)), padding, np.int64)
    mask = np.zeros_like(ids)
    for row, numbers in enumerate(rows):
        ids[row, : len(numbers)] = numbers
        mask[row, : len(numbers)] = 1
    return ids, mask


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has; a character of Chinese counts 3/4, of Latin script 1/3."""
    return OVERHEAD + (len(text) // 3 if text.isascii() else len(text) * 3 // 4)
