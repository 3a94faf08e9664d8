"""Processes of this machine, by what the system tells in /proc; elsewhere nothing is told."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found


def resident_mb(pid: int) -> float:
    """Memory of a process that is in use now; 0 where it has just ended."""
    try:
        return (
            int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        )
    except (OSError, IndexError, ValueError):
        return 0.0


def proportional_mb(pid: int) -> float:
    """Memory of a process, of what it shares its part only: those of a family add up. 0 where nothing is told."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


class PeakMemory:
    """Watches the memory of this process and all below it, while the block runs."""

    def __init__(self, every_seconds: float = 0.5) -> None:
        self.peak_mb = 0.0
        self._every_seconds = every_seconds
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watcher.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(self._every_seconds):
            self._look()

    def _look(self) -> None:
        self.peak_mb = max(self.peak_mb, sum(map(proportional_mb, family(os.getpid()))))


def command_line(pid: int) -> str:
    """How a process was called; empty where it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
