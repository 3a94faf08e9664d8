"""An exam on disk: a folder with ``exam.json``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from examgen.errors import FileError
from examgen.model import Exam
from examgen.records import read_json, validated, write_json


def save_exam(exam: Exam, folder: Path) -> None:
    """Write an exam into a folder, which is made where it does not exist."""
    write_json(folder / "exam.json", exam.model_dump(mode="json"))


def load_exam(path: Path) -> Exam:
    """Read an exam from its folder, or from its ``exam.json``.

    Raises:
        FileError: there is none, or it is broken.
    """
    file = path / "exam.json" if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        raise FileError(str(path), None, "is not an exam: it has no exam.json", "Make one with 'examgen exam build'.")
    return validated(Exam, read_json(file), file)


def exam_sha256(exam: Exam) -> str:
    """A hash of all that an exam says but its id and its certificate."""
    data = exam.model_dump(mode="json", exclude={"id", "certificate"})
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
