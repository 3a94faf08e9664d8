"""Embeddings kept between runs: one SQLite file for all models and processes of a user.

It is a cache: whatever goes wrong with it costs time, never a result.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from examgen.embed.store import cache_dir

FILE = "embeddings.sqlite"
# About 1.2 million vectors of the default model.
MAX_BYTES = 2 * 1024**3
MEGABYTES = "EXAMGEN_CACHE_MB"
# Raise it when the tables change: a file of another version is thrown away.
VERSION = 1
# Ten vectors of the default model to a page; with pages of 4 kB a quarter of the file would be gaps.
PAGE_BYTES = 16384
# SQLite takes 32,766 parameters; 500 at once are as fast as more (docs/scale.md).
KEYS_AT_ONCE = 500
WAIT_SECONDS = 10
KEY_BYTES = 16
TABLE = "CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL)"

T = TypeVar("T")
Vector = NDArray[np.float32]
log = logging.getLogger("examgen.cache")


def max_bytes() -> int:
    """How large the file may grow: ``EXAMGEN_CACHE_MB``, or 2 GB."""
    try:
        return int(os.environ[MEGABYTES]) * 1024**2
    except (KeyError, ValueError):
        return MAX_BYTES


def key(scope: str, text: str) -> bytes:
    """What a vector is found by: model, backend, and text."""
    return hashlib.blake2b(f"{scope}\n{text}".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


class VectorCache:
    """A bounded store of vectors by key; any number of processes may use one file.

    The oldest entries go first when the file is full. A damaged file is
    replaced by an empty one, and a cache that cannot be used is off.
    """

    def __init__(self, path: Path | None = None, limit: int | None = None) -> None:
        self.path = path or cache_dir() / FILE
        self.limit = max_bytes() if limit is None else limit
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._off = self.limit <= 0

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The vectors that are there."""

        def read(connection: sqlite3.Connection) -> dict[bytes, Vector]:
            found: dict[bytes, Vector] = {}
            for start in range(0, len(keys), KEYS_AT_ONCE):
                some = keys[start : start + KEYS_AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)  # noqa: S608
                found.update((name, np.frombuffer(vector, "<f4")) for name, vector in rows)
            return found

        return self._try(read) or {}

    def put(self, keys: Sequence[bytes], vectors: Vector | Sequence[Vector]) -> None:
        """Add vectors; a key that is there keeps the one it has."""
        rows = [(name, vector.astype("<f4").tobytes()) for name, vector in zip(keys, vectors, strict=True)]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR IGNORE INTO vectors (key, vector) VALUES (?, ?)", rows)
            self._make_room(connection)
            connection.execute("COMMIT")

        self._try(write)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None and self._owner == os.getpid():
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Delete the oldest tenth, and again, while the file is too full; its pages are used again."""
        while True:
            (pages,), (free,), (size,), (first, last) = (
                connection.execute(query).fetchone()
                for query in (
                    "PRAGMA page_count",
                    "PRAGMA freelist_count",
                    "PRAGMA page_size",
                    "SELECT min(id), max(id) FROM vectors",
                )
            )
            if (pages - free) * size <= self.limit or first is None:
                return
            connection.execute("DELETE FROM vectors WHERE id <= ?", (first + (last - first) // 10,))

    def _try(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do something with the file; None where that cannot be. A damaged file is replaced first."""
        with self._lock:
            for _ in range(2):
                try:
                    connection = self._open()
                    return None if connection is None else work(connection)
                except sqlite3.OperationalError as error:
                    if "locked" in str(error):
                        self._roll_back()  # others write for very long: this once nothing is kept
                    else:
                        self._turn_off(str(error))
                    return None
                except sqlite3.DatabaseError:
                    self._remove()
                except OSError as error:
                    self._turn_off(error.strerror or str(error))
                    return None
            self._turn_off("the file is damaged and cannot be replaced")
            return None

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self._connection.rollback()

    def _open(self) -> sqlite3.Connection | None:
        if self._off:
            return None
        if self._connection is None or self._owner != os.getpid():  # a connection must not cross a fork
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection, self._owner = self._connect(), os.getpid()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")  # readers and one writer at once; safe against kill -9
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {64 * 1024**2}")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError("another version")
            connection.execute(TABLE)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _remove(self) -> None:
        """Throw a damaged file away."""
        self._close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

    def _turn_off(self, reason: str) -> None:
        self._close()
        self._off = True
        log.warning("%s: embeddings are not kept: %s", self.path, reason)
