"""Checking an exam: every number of its certificate is derived anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen.assemble.certificate import derive, seal
from examgen.assemble.files import changed_files, load_exam
from examgen.bank import bank_sha256
from examgen.model import Bank, Exam, Exposure


def verify_exam(exam: Exam) -> list[str]:
    """Derive from an exam's items, forms and blueprint what its certificate says.

    Returns:
        What does not hold, in words; nothing where all does.
    """
    try:
        derived, problems = derive(exam)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):
        return ["the exam is damaged: its items, forms and certificate do not fit together"]
    problems += [
        f"the certificate's {name!r} does not fit the exam"
        for name in derived
        if exam.certificate.get(name) != derived[name]
    ]
    sha256 = seal(exam)
    if exam.certificate.get("sha256") != sha256:
        problems.append("the seal is broken: something was changed after assembly")
    if not exam.id.endswith(f"-{sha256[:8]}"):
        problems.append(f"the id {exam.id!r} is not that of this content")
    return problems


def verify_folder(folder: Path) -> list[str]:
    """`verify_exam`, and that every file of the exam's folder is as it was written.

    Raises:
        FileError: there is no exam, or it cannot be read.
    """
    exam = load_exam(folder)
    problems = verify_exam(exam)
    if folder.is_dir() and not problems:  # else no page can be drawn to compare with
        problems += [f"{name} is not as it was written" for name in changed_files(exam, folder)]
    return problems


def verify_against_bank(exam: Exam, bank: Bank, log: Sequence[Exposure] = (), folder: Path | None = None) -> list[str]:
    """Compare an exam with its bank, and assemble it once more.

    Args:
        exam: What to check.
        bank: What it is said to come from.
        log: The bank's exposure log; exams that came later are passed over.
        folder: Of the bank, where its pictures are.

    Raises:
        ContentError: a picture is not there any more.
    """
    from examgen.assemble import assemble
    from examgen.model import Blueprint

    items = {(item.id, item.lang): item for item in bank.items}
    problems = [
        f"the item {item.id!r} ({item.lang}) is not in the bank"
        if (item.id, item.lang) not in items
        else f"the item {item.id!r} ({item.lang}) has changed in the bank"
        for item in exam.items
        if items.get((item.id, item.lang)) != item
    ]
    if bank_sha256(bank) != exam.bank_sha256:
        return [*problems, "the bank is not the one that the exam was assembled from, so it cannot be assembled again"]
    known = set(exam.certificate.get("earlier", ()))
    earlier = [entry for entry in log if entry.exam_id in known]
    again = assemble(bank, Blueprint.model_validate(exam.blueprint), exam.seed, earlier, folder=folder)
    return problems if again == exam else [*problems, f"assembled again it is another exam, {again.id}"]
