"""Arrays too big for memory: a file holds them, and memory what is in use."""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np
from numpy.typing import DTypeLike


class Shelf:
    """A place for arrays in nameless files, which are gone when nobody has the arrays any more.

    Forked processes share them. Where the disk has no room, or the system has
    no such files, memory holds the arrays.

    Args:
        in_files: Whether the arrays are too big for memory.
    """

    def __init__(self, in_files: bool) -> None:
        self._in_files = in_files and hasattr(mmap, "MADV_DONTNEED") and hasattr(os, "posix_fallocate")
        self._maps: list[mmap.mmap] = []

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> np.ndarray:
        """An array to write into."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if not self._in_files or not size:
            return np.zeros(shape, dtype)
        try:
            with tempfile.TemporaryFile() as file:
                # Now, since where a disk is found to be full later, the system ends the process.
                os.posix_fallocate(file.fileno(), 0, size)
                self._maps.append(mmap.mmap(file.fileno(), size))
        except OSError:
            return np.zeros(shape, dtype)
        return np.frombuffer(self._maps[-1], dtype).reshape(shape)

    def put_back(self) -> None:
        """Take the arrays out of this process's memory; what is asked for again comes from the files."""
        for pages in self._maps:
            pages.madvise(mmap.MADV_DONTNEED)
