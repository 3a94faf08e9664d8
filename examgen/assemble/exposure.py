"""Which items stood in which exams: the log beside a bank, ``exposure.jsonl``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from examgen.model import Exam, Exposure
from examgen.records import read_jsonl, write_jsonl


def exposure_path(bank: Path) -> Path:
    """Where a bank's log is: in its folder, or beside its single file."""
    return (bank if bank.is_dir() else bank.parent) / "exposure.jsonl"


def load_exposure(bank: Path) -> tuple[Exposure, ...]:
    """The exams that a bank was used for, the oldest first; none where there is no log.

    Raises:
        FileError: a line of the log is broken.
    """
    path = exposure_path(bank)
    return tuple(read_jsonl(path, Exposure)) if path.is_file() else ()


def record_exposure(exam: Exam, bank: Path) -> bool:
    """Add an exam to a bank's log.

    Returns:
        False where the log has it already; it then stays as it is.
    """
    log = load_exposure(bank)
    if any(entry.exam_id == exam.id for entry in log):
        return False
    write_jsonl(exposure_path(bank), [*log, Exposure(exam_id=exam.id, title=exam.title, items=item_ids(exam))])
    return True


def item_ids(exam: Exam) -> tuple[str, ...]:
    """The ids of all items on any form, each once, in the order of the forms."""
    placed = (item.item_id for form in exam.forms for section in form.sections for item in section.items)
    return tuple(dict.fromkeys(placed))


def uses(earlier: Sequence[Exposure], ids: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Item id -> ids of the exams it stood in, the oldest first.

    Args:
        earlier: The exams.
        ids: Items to look at; all where it is None.
    """
    wanted = None if ids is None else set(ids)
    used: dict[str, list[str]] = {}
    for exam in earlier:
        for name in dict.fromkeys(exam.items):
            if wanted is None or name in wanted:
                used.setdefault(name, []).append(exam.exam_id)
    return {name: tuple(exams) for name, exams in used.items()}
