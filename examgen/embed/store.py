"""The user's cache: folders that are built once, checked at each use, and rebuilt when damaged."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from examgen.errors import ExamgenError, ModelError
from examgen.records import file_sha256, read_json, write_json

# Where the environment says nothing else, the place that the system has for caches.
PLACE = "EXAMGEN_CACHE"
MANIFEST = "manifest.json"
# A build takes seconds; who holds the lock for longer hangs on a broken disk or network folder.
LOCK_SECONDS = 600


def cache_dir() -> Path:
    """The folder of everything that examgen can make again: ``EXAMGEN_CACHE``, or the user's cache."""
    if place := os.environ.get(PLACE):
        return Path(place).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("examgen", appauthor=False))


def built_folder(folder: Path, build: Callable[[Path], None], source: str) -> Path:
    """Give ``folder`` with what ``build`` writes; build it where it is missing, damaged or of another source.

    Any number of processes may ask at once: one builds, the others wait. A
    folder appears under its name whole, with the checksums of its files, so
    what a killed build leaves is never taken for a model; the next build
    clears it away.

    Args:
        folder: where the result belongs, inside the cache.
        build: writes the files into an empty folder that it is given.
        source: what it is built from, such as a checksum; kept in the manifest.

    Raises:
        ModelError: the folder cannot be written, or the disk is full.
    """
    if is_whole(folder, source):
        return folder
    try:
        with _locked(folder):
            if not is_whole(folder, source):  # another process may have built it while this one waited
                _rebuild(folder, build, source)
    except OSError as error:
        raise ModelError(
            f"{folder}: the model cannot be stored: {error.strerror or error}",
            f"Free some space, or name another folder in {PLACE}.",
        ) from error
    return folder


def is_whole(folder: Path, source: str) -> bool:
    """Whether all files of a built folder are there and have the bytes that the manifest promises."""
    try:
        manifest = read_json(folder / MANIFEST)
        return bool(manifest["source"] == source) and all(
            (folder / name).stat().st_size == file["bytes"] and file_sha256(folder / name) == file["sha256"]
            for name, file in manifest["files"].items()
        )
    except (ExamgenError, OSError, KeyError, TypeError, AttributeError):
        return False


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.parent / f".{folder.name}.lock", timeout=LOCK_SECONDS)
    try:
        with lock:
            yield
    except Timeout as error:
        raise ModelError(
            f"{folder}: another process has been building it for {LOCK_SECONDS} s",
            f"End it, or delete {lock.lock_file}.",
        ) from error


def _rebuild(folder: Path, build: Callable[[Path], None], source: str) -> None:
    """Build beside the folder's place and move it there; the caller holds the lock."""
    for stray in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(stray, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp"))
    try:
        build(temporary)
        temporary.chmod(0o755)
        files = [path for path in sorted(temporary.rglob("*")) if path.is_file()]
        for path in files:
            path.chmod(0o644)  # safetensors writes for its owner only; a cache may be shared
        write_json(
            temporary / MANIFEST,
            {
                "source": source,
                "files": {
                    path.relative_to(temporary).as_posix(): {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
                    for path in files
                },
            },
        )
        if folder.exists():
            damaged = temporary.with_suffix(".old.tmp")
            folder.rename(damaged)
            temporary.rename(folder)
            shutil.rmtree(damaged, ignore_errors=True)
        else:
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
