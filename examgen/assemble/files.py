"""An exam on disk: a folder with ``exam.json``, and its certificate as JSON and as a page."""

from __future__ import annotations

import json
from pathlib import Path

from examgen.assemble.page import certificate_page
from examgen.errors import FileError
from examgen.model import Exam
from examgen.pictures import FOLDER, pictures_of, write_assets
from examgen.records import file_sha256, read_bytes, read_json, validated, write_bytes

EXAM, CERTIFICATE, PAGE = "exam.json", "certificate.json", "certificate.html"


def save_exam(exam: Exam, folder: Path, bank_folder: Path | None = None) -> None:
    """Write an exam into a folder, which is made where it does not exist.

    Args:
        exam: What is written.
        folder: Where.
        bank_folder: Where its pictures are copied from.

    Raises:
        ContentError: a picture is not there any more.
    """
    if exam.pictures and bank_folder is not None:
        write_assets(pictures_of(exam.items, bank_folder), folder)
    for name, data in exam_files(exam).items():
        write_bytes(folder / name, data)


def exam_files(exam: Exam) -> dict[str, bytes]:
    """The files of an exam's folder, byte for byte as `save_exam` writes them."""
    return {
        CERTIFICATE: _json({"exam": exam.id, "title": exam.title, **exam.certificate}),
        PAGE: certificate_page(exam).encode("utf-8"),
        # Last, so that a folder with an exam.json is whole.
        EXAM: _json(exam.model_dump(mode="json")),
    }


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")


def load_exam(path: Path) -> Exam:
    """Read an exam from its folder, or from its ``exam.json``.

    Raises:
        FileError: there is none, or it is broken.
    """
    file = path / EXAM if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        raise FileError(str(path), None, "is not an exam: it has no exam.json", "Make one with 'examgen exam build'.")
    return validated(Exam, read_json(file), file)


def changed_files(exam: Exam, folder: Path) -> list[str]:
    """Names of the files in an exam's folder that are not as `save_exam` writes them."""
    changed = [
        name
        for name, data in exam_files(exam).items()
        if not (folder / name).is_file() or read_bytes(folder / name) != data
    ]
    for name, sha256 in exam.pictures.items():
        file = folder / FOLDER / name
        if not file.is_file() or file_sha256(file) != sha256:
            changed.append(f"{FOLDER}/{name}")
    return changed
