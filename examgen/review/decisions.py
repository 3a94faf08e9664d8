"""The file of decisions: append-only, each line chained to the one before, on the disk before anybody is told.

A line that a kill cut short was never confirmed to its marker. The next
writer sets it aside and goes on from the last whole line.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from examgen.errors import FileError
from examgen.model import Decision, Policy
from examgen.records import explain, to_json

Entry = Decision | Policy
Made = TypeVar("Made", Decision, Policy)
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
LOCK_SECONDS = 30.0
TORN = ".torn"


def now() -> str:
    """The time of a decision."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def digest(text: str) -> str:
    """How a decision names an answer or a line without holding it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class DecisionFile:
    """Decisions as they stand on disk. Several markers may write to one file."""

    def __init__(self, path: Path) -> None:
        """Read what is there.

        Raises:
            FileError: a line is no decision, or does not follow from the one before.
        """
        self.path = path
        self.entries: list[Entry] = []
        self.head = ""
        """SHA-256 of the last line: whoever notes it down can prove that nothing was cut off."""
        self._offset = 0
        self._last = 0
        self.refresh()

    def refresh(self) -> bool:
        """Read what others have appended; True where there was something.

        Raises:
            FileError: the chain is broken, or another file has taken its place.
        """
        if not self.path.exists() and not self.entries:
            return False
        found = False
        with self._explained(), self.path.open("rb") as stream:
            self._see_that_it_only_grew(stream)
            stream.seek(self._offset)
            for raw in stream:
                if not raw.endswith(b"\n"):
                    break  # being written, or torn
                self._take(raw)
                found = True
        return found

    def _see_that_it_only_grew(self, stream: BinaryIO) -> None:
        """Whether the last line that was read still stands in its place: else another file has come there."""
        stream.seek(self._offset - self._last)
        if hashlib.sha256(stream.read(self._last)).hexdigest() != self.head and self.entries:
            raise FileError(
                str(self.path), None, "was replaced while it was open here", "Close this and open it again."
            )

    def _take(self, raw: bytes) -> None:
        number = len(self.entries) + 1
        try:
            entry = _ENTRY.validate_json(raw)
        except ValidationError as error:
            raise FileError(
                str(self.path), number, f"is no decision: {explain(error)}", "Restore the file from a copy."
            ) from error
        if entry.previous != self.head:
            raise FileError(
                str(self.path),
                number,
                "does not follow from the line before: something was changed, removed or put in",
                "Restore the file from a copy.",
            )
        self.entries.append(entry)
        self.head = hashlib.sha256(raw).hexdigest()
        self._offset += len(raw)
        self._last = len(raw)

    def append(self, made: Sequence[Made]) -> tuple[Made, ...]:
        """Write decisions, each with its place in the chain; when this returns they are on the disk.

        Raises:
            FileError: the file cannot be written, or its chain is broken.
        """
        with self._locked():
            self.refresh()
            self._set_torn_aside()
            chained = []
            head = self.head
            data = b""
            for entry in made:
                entry = entry.model_copy(update={"previous": head})
                line = to_json(entry).encode() + b"\n"
                head = hashlib.sha256(line).hexdigest()
                data += line
                chained.append(entry)
            with self._explained():
                new = not self.path.exists()
                handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    while data:
                        data = data[os.write(handle, data) :]
                    os.fsync(handle)
                finally:
                    os.close(handle)
                if new:
                    _sync_folder(self.path.parent)
            self.refresh()
        return tuple(chained)

    def _set_torn_aside(self) -> None:
        """Move the beginning of a line that a kill cut short out of the way."""
        with self._explained():
            if not self.path.exists() or self.path.stat().st_size == self._offset:
                return
            with self.path.open("r+b") as stream:
                stream.seek(self._offset)
                with self.path.with_name(self.path.name + TORN).open("ab") as aside:
                    aside.write(stream.read() + b"\n")
                stream.truncate(self._offset)
                os.fsync(stream.fileno())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        import filelock

        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(self.path.with_name(self.path.name + ".lock"), timeout=LOCK_SECONDS):
                yield
        except filelock.Timeout as error:
            raise FileError(str(self.path), None, "is held by another program", "Close that and try again.") from error

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileError(
                str(self.path), None, f"cannot be read or written: {error.strerror}", "Free the place, then try again."
            ) from error


def _sync_folder(folder: Path) -> None:
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
