"""Replies that were paid for, kept from the moment they come, and what a run has spent.

One SQLite file serves any number of threads and processes. A reply is
committed before anything is made of it, so what kills the process costs at
most the replies that were still on their way.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examgen.errors import FileError

SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT NOT NULL,          -- checksum over model, wording, settings, question, points and answer
    readable INTEGER NOT NULL,
    body BLOB NOT NULL,         -- as the server sent it
    model TEXT NOT NULL,        -- as the server named it
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL,
    at TEXT NOT NULL            -- UTC
);
CREATE INDEX IF NOT EXISTS replies_by_key ON replies (key, readable);
CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, calls INTEGER NOT NULL, tokens INTEGER NOT NULL);
"""
KEEP = "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Reply:
    """One reply of the server."""

    body: bytes
    text: str
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cached: bool = False

    @property
    def tokens(self) -> int:
        """What the budget counts."""
        return self.prompt_tokens + self.completion_tokens


class Store:
    """The file of replies."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it, readable by its owner alone: replies quote candidates.

        Raises:
            FileError: it cannot be opened, or is no such file.
        """
        self.path = path
        self.lock = threading.Lock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self.base = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            self.base.execute("PRAGMA journal_mode=WAL")
            # With a write-ahead log a kill of the process loses nothing; a power cut may cost the last replies.
            self.base.execute("PRAGMA synchronous=NORMAL")
            self.base.executescript(SCHEMA)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise FileError(str(self.path), None, f"the judge's replies cannot be kept: {error}") from error

    def find(self, key: str) -> Reply | None:
        """The readable reply to a question, if it was ever given."""
        with self.lock, self._explained():
            row = self.base.execute(
                "SELECT body, model, prompt_tokens, completion_tokens, seconds FROM replies"
                " WHERE key = ? AND readable = 1 ORDER BY rowid LIMIT 1",
                (key,),
            ).fetchone()
        return Reply(row[0], "", row[1], row[2], row[3], row[4], cached=True) if row else None

    def keep(self, key: str, reply: Reply, readable: bool, at: str, run: str | None = None) -> None:
        """Keep a reply, and count its tokens for a run; when this returns, no kill of the process loses it."""
        row = (
            key,
            readable,
            reply.body,
            reply.model,
            reply.prompt_tokens,
            reply.completion_tokens,
            reply.seconds,
            at,
        )
        with self.lock, self._explained():
            if run is None:
                self.base.execute(KEEP, row)  # commits by itself
                return
            self.base.execute("BEGIN IMMEDIATE")
            try:
                self.base.execute(KEEP, row)
                self.base.execute("UPDATE runs SET tokens = tokens + ? WHERE run = ?", (reply.tokens, run))
                self.base.execute("COMMIT")
            except sqlite3.Error:
                self.base.execute("ROLLBACK")
                raise

    def reserve(self, run: str, calls: int | None, tokens: int | None) -> bool:
        """Count one more call of a run, unless its budget is used up; the processes of a run share it."""
        with self.lock, self._explained():
            self.base.execute("INSERT OR IGNORE INTO runs VALUES (?, 0, 0)", (run,))
            done = self.base.execute(
                "UPDATE runs SET calls = calls + 1"
                " WHERE run = ? AND (? IS NULL OR calls < ?) AND (? IS NULL OR tokens < ?)",
                (run, calls, calls, tokens, tokens),
            )
            return done.rowcount == 1

    def give_back(self, run: str) -> None:
        """Uncount a call that the server did not answer."""
        with self.lock, self._explained():
            self.base.execute("UPDATE runs SET calls = calls - 1 WHERE run = ?", (run,))

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.base.close()
