"""What a user can put right, each as one class with its facts as fields.

Every class passes all its facts to ``Exception.__init__`` so that it can be
pickled back from a worker process.
"""

from __future__ import annotations


class ExamgenError(Exception):
    """Something a user can put right; the command line prints it as one line and exits with 1."""

    def __init__(self, found: str, fix: str = "") -> None:
        super().__init__(found, fix)
        self.found, self.fix = found, fix

    def __str__(self) -> str:
        return f"{self.found}. {self.fix}" if self.fix else self.found


class FileError(ExamgenError):
    """A file is missing, unreadable, or breaks its format, at a known line where there is one."""

    def __init__(self, path: str, line: int | None, found: str, fix: str = "") -> None:
        Exception.__init__(self, path, line, found, fix)
        self.path, self.line, self.found, self.fix = path, line, found, fix

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {super().__str__()}"


class ParseError(FileError):
    """A question document breaks its format at one known place."""


class ContentError(ExamgenError):
    """What an item or a candidate's row says cannot be printed; ``place`` names it."""

    def __init__(self, place: str, found: str, fix: str = "") -> None:
        Exception.__init__(self, place, found, fix)
        self.place, self.found, self.fix = place, found, fix

    def __str__(self) -> str:
        return f"{self.place}: {super().__str__()}"


class MissingDependencyError(ExamgenError):
    """A package or system library is not installed; ``fix`` is the command that installs it."""


class ModelError(ExamgenError):
    """The embedding model cannot be built or loaded."""
