"""Where scored shards go: parts in a folder, named by a manifest; or a stream.

A part's name holds its number and a checksum over its rows and over the
versions of all that decides their marks. It appears under that name whole. So
whoever runs again after a kill can only find what it would make itself, and
skips it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from examgen.engines.output import OUTPUTS
from examgen.engines.shards import Counts, Scored, Shard
from examgen.errors import ExamgenError, FileError
from examgen.records import atomic_path, file_sha256, read_json, write_json

MANIFEST = "manifest.json"
LOCK = ".lock"
FORMAT = 1
PART = re.compile(r"part-(\d{6,})-([0-9a-f]{16})\.\w+")
# What a killed run has left half written: a part, or the manifest.
STRAY = re.compile(r"part-\d{6,}-[0-9a-f]{16}\.\d+\.tmp|\.manifest\.json\..*\.tmp")
START_OVER = "Or start over with --restart."


class Sink(Protocol):
    """What takes scored shards."""

    def find(self, shard: Shard) -> Counts | None:
        """What became of a shard's rows in an earlier run; None where it has to be scored."""

    def put(self, shard: Shard, scored: Scored) -> None:
        """Take a scored shard."""

    def full(self) -> bool:
        """Whether it holds so much back that no more should be scored for now."""

    def finish(self, counts: Counts) -> None:
        """All shards are in."""


class Stream:
    """Parts written to a stream in the order of the input, as soon as their turn comes."""

    def __init__(self, stream: BinaryIO, held: int = 64) -> None:
        self.stream, self.held = stream, held
        self.next = 0
        self.waiting: dict[int, bytes] = {}

    def find(self, shard: Shard) -> Counts | None:
        """See `Sink.find`: a stream remembers nothing."""
        return None

    def put(self, shard: Shard, scored: Scored) -> None:
        """See `Sink.put`."""
        self.waiting[shard.number] = scored.data
        while self.next in self.waiting:
            self.stream.write(self.waiting.pop(self.next))
            self.stream.flush()
            self.next += 1

    def full(self) -> bool:
        """See `Sink.full`."""
        return len(self.waiting) >= self.held

    def finish(self, counts: Counts) -> None:
        """See `Sink.finish`."""


class Parts:
    """Parts in a folder with a manifest, which stay there or become one file in the end."""

    def __init__(self, folder: Path, output: str, versions: dict[str, str], target: Path | None) -> None:
        self.folder, self.output, self.versions, self.target = folder, output, versions, target
        self.versions_key = "\n".join(f"{name}={value}" for name, value in sorted(versions.items()))
        self.names: dict[int, str] = {}
        self.there: dict[int, str] = {}

    def find(self, shard: Shard) -> Counts | None:
        """See `Sink.find`.

        Raises:
            ExamgenError: the folder holds that part for other rows.
        """
        name = f"part-{shard.number:06d}-{shard.key(self.versions_key)}.{self.output}"
        self.names[shard.number] = name
        there = self.there.get(shard.number)
        if there is None:
            return None
        if there != name:
            raise ExamgenError(
                f"{self.folder}: holds {there} of other answers than those given now",
                f"Give the answers of the unfinished run. {START_OVER}",
            )
        try:
            statuses = OUTPUTS[self.output].statuses(self.folder / name)
        except (ValueError, KeyError):
            statuses = None
        if statuses is None or statuses.total() != len(shard.rows):
            (self.folder / name).unlink()  # the machine went down before the disk had it all
            return None
        return Counts(rows=len(shard.rows), statuses=statuses)

    def put(self, shard: Shard, scored: Scored) -> None:
        """See `Sink.put`."""
        path = self.folder / self.names[shard.number]
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as stream:
                stream.write(scored.data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise FileError(
                str(path), None, f"cannot be written: {error.strerror}", "Free the place, then go on with --resume."
            ) from error

    def full(self) -> bool:
        """See `Sink.full`."""
        return False

    def finish(self, counts: Counts) -> None:
        """Join the parts, or complete the manifest that names them."""
        paths = [self.folder / self.names[number] for number in sorted(self.names)]
        if self.target is None:
            for number, name in self.there.items():
                if number not in self.names:
                    raise ExamgenError(
                        f"{self.folder}: holds {name}, beyond the end of the answers given now",
                        f"Give the answers of the unfinished run. {START_OVER}",
                    )
            parts = [{"name": path.name, "bytes": path.stat().st_size, "sha256": file_sha256(path)} for path in paths]
            write_json(
                self.folder / MANIFEST, self.manifest() | {"complete": True, "rows": counts.rows, "parts": parts}
            )
            return
        with atomic_path(self.target) as temporary:
            OUTPUTS[self.output].join(paths, temporary)
        _discard(self.folder)

    def manifest(self) -> dict[str, Any]:
        """What the folder is being filled with."""
        return {"format": FORMAT, "complete": False, "output": self.output, "versions": self.versions}


@contextlib.contextmanager
def open_parts(
    folder: Path, output: str, versions: dict[str, str], target: Path | None, *, resume: bool, restart: bool
) -> Iterator[Parts]:
    """Hold a folder of parts for one run.

    Args:
        folder: the parts' place.
        output: a key of `examgen.engines.output.OUTPUTS`.
        versions: everything besides the rows that decides the marks.
        target: the file that the parts become; None where they stay parts.
        resume: skip the parts of an unfinished run.
        restart: throw the parts of an unfinished run away.

    Raises:
        ExamgenError: another run writes there, or the folder holds what was
            neither to be resumed nor restarted, or is of other versions.
    """
    from filelock import FileLock, Timeout

    parts = Parts(folder, output, versions, target)
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
        with lock:
            if restart and _manifest(folder) is not None:
                _empty(folder)
            _check(parts, resume)
            _sweep(folder, target)
            write_json(folder / MANIFEST, parts.manifest())
            parts.there = {int(match[1]): match[0] for match in map(PART.fullmatch, _names(folder)) if match}
            try:
                yield parts
            except BaseException:
                _leave(folder, new)
                raise
    except Timeout as error:
        raise ExamgenError(
            f"{folder}: another run is writing here", "Wait for it, or choose another output."
        ) from error
    except OSError as error:
        raise FileError(str(folder), None, f"cannot be written: {error.strerror}", "Choose another place.") from error


def _leave(folder: Path, new: bool) -> None:
    """Clear away after a run that failed before it had a part: there is nothing to go on with."""
    with contextlib.suppress(OSError):
        if folder.exists() and not any(map(PART.fullmatch, _names(folder))):
            if new:
                _discard(folder)
            else:
                (folder / MANIFEST).unlink(missing_ok=True)


def _check(parts: Parts, resume: bool) -> None:
    """Refuse what would mix two runs."""
    foreign = [name for name in _names(parts.folder) if name not in (MANIFEST, LOCK) and not STRAY.fullmatch(name)]
    manifest = _manifest(parts.folder)
    if manifest is None:
        if foreign:
            raise ExamgenError(f"{parts.folder}: holds other files, such as {foreign[0]}", "Choose an empty folder.")
        return
    if not resume:
        raise ExamgenError(
            f"{parts.folder}: holds the parts of {'a finished' if manifest.get('complete') else 'an unfinished'} run",
            f"Go on with --resume. {START_OVER}",
        )
    before = manifest["versions"]
    changed = [
        name for name in sorted(before.keys() | parts.versions.keys()) if before.get(name) != parts.versions.get(name)
    ]
    if changed or manifest.get("output") != parts.output:
        name = changed[0] if changed else "output"
        old, new = before.get(name, manifest.get(name)), parts.versions.get(name, parts.output)
        raise ExamgenError(
            f"{parts.folder}: was begun with {name} {old}, and this run has {new}",
            f"Marks of two makes must not mix: go on with the old one. {START_OVER}",
        )


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What a folder is being filled with, or was; None where nothing says so.

    Raises:
        ExamgenError: something else has put a file of that name there.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    manifest = read_json(path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("versions"), dict):
        raise ExamgenError(f"{path}: is not the manifest of a run", "Choose an empty folder.")
    return manifest


def _names(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.iterdir())]


def _sweep(folder: Path, target: Path | None) -> None:
    """Clear away what killed runs left half written."""
    strays = [folder / name for name in _names(folder) if STRAY.fullmatch(name)]
    if target is not None:
        strays += target.parent.glob(f".{target.name[:80]}.*.tmp")
    for stray in strays:
        stray.unlink(missing_ok=True)
    for stray in folder.parent.glob(f".{folder.name}.done-*"):
        shutil.rmtree(stray, ignore_errors=True)


def _empty(folder: Path) -> None:
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in _names(folder):
        if PART.fullmatch(name):
            (folder / name).unlink()


def _discard(folder: Path) -> None:
    """Remove a folder in one step as others see it."""
    away = folder.with_name(f".{folder.name}.done-{hashlib.blake2b(os.urandom(8), digest_size=4).hexdigest()}")
    folder.rename(away)
    shutil.rmtree(away, ignore_errors=True)
