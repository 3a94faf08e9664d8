"""Marks anew, after a changed rubric, calibration or judge: who changes, and by how much, before it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examgen.errors import FileError
from examgen.model import Answer, Grade
from examgen.records import read_jsonl, write_jsonl
from examgen.review.decisions import Entry
from examgen.review.settle import Applied, apply

# A smaller difference is the dust of another order of sums.
SAME_MARK = 0.005


@dataclass(frozen=True)
class Change:
    """One answer whose mark or status is another one now."""

    candidate_id: str
    item_id: str
    before: float | None
    after: float | None
    status_before: str
    status_after: str

    @property
    def by(self) -> float:
        """Marks gained; 0 where one of the two is no mark."""
        return 0.0 if self.before is None or self.after is None else round(self.after - self.before, 4)


@dataclass
class Difference:
    """What a new marking changes."""

    answers: int = 0
    kept: int = 0
    """Answers whose human mark stands, whatever the machine says now."""
    changes: list[Change] = field(default_factory=list)
    scorers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often one scorer gave way to another, for all answers."""

    @property
    def candidates(self) -> dict[str, float]:
        """Marks that each candidate gains, most changed first."""
        totals: dict[str, float] = {}
        for change in self.changes:
            totals[change.candidate_id] = totals.get(change.candidate_id, 0.0) + change.by
        return dict(sorted(totals.items(), key=lambda one: (-abs(one[1]), one[0])))


def answers_of(grades: Path) -> Iterator[Answer]:
    """The answers that a file of grades was made from.

    Raises:
        FileError: the file is broken, or was made without the answers.
    """
    for number, grade in enumerate(read_jsonl(grades, Grade), 1):
        if grade.answer is None:
            raise FileError(
                str(grades), number, "holds no answer", "Grade the file of answers anew with 'examgen grade'."
            )
        extra = grade.model_extra or {}
        yield Answer(**{**extra, "candidate_id": grade.candidate_id, "item_id": grade.item_id, "answer": grade.answer})


def regrade(
    grades: Path, mark: Callable[[Path, Path], object], entries: Sequence[Entry], folder: Path
) -> tuple[Path, Difference]:
    """Mark the answers of a file of grades anew.

    Args:
        grades: What was given before.
        mark: Marks a file of answers (first) into a file of grades (second), in its order.
        entries: Human decisions; they win over old and new marks alike.
        folder: For the new grades, until somebody wants them.

    Returns:
        Where the new grades are, and what they change.

    Raises:
        FileError: a file is broken, or holds no answers.
    """
    answers, machine, final = (folder / name for name in ("answers.jsonl", "machine.jsonl", "grades.jsonl"))
    write_jsonl(answers, answers_of(grades))
    mark(answers, machine)
    merged = apply(read_jsonl(machine, Grade), entries, Applied())
    write_jsonl(final, _with_old_rulings(read_jsonl(grades, Grade), merged))
    return final, compare(read_jsonl(grades, Grade), read_jsonl(final, Grade))


def _with_old_rulings(old: Iterable[Grade], new: Iterable[Grade]) -> Iterator[Grade]:
    """New grades, except where a human mark stands in the old ones and no file of decisions says otherwise."""
    for before, after in zip(old, new, strict=True):
        keeps = before.ruling is not None and after.ruling is None and before.answer == after.answer
        yield before if keeps else after


def compare(old: Iterable[Grade], new: Iterable[Grade]) -> Difference:
    """Compare two files of grades of the same answers in the same order."""
    difference = Difference()
    for before, after in zip(old, new, strict=True):
        difference.answers += 1
        difference.kept += after.ruling is not None
        difference.scorers[before.marked_by or "rule", after.marked_by or "rule"] += 1
        moved = abs((after.score or 0.0) - (before.score or 0.0)) > SAME_MARK
        if moved or (before.score is None) != (after.score is None) or before.status != after.status:
            difference.changes.append(
                Change(after.candidate_id, after.item_id, before.score, after.score, before.status, after.status)
            )
    return difference
