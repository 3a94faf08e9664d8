"""The queue as a sheet to fill in, and the filled-in sheet as decisions: review without a browser.

One row an answer. ``case`` names it without naming the candidate; ``credit 1``
to ``credit N`` take the share of each point (0, 0.5, 1), or ``score`` the mark
as a whole; ``why`` a reason. Rows without either are left for later.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from examgen.errors import ExamgenError, FileError
from examgen.model import Decision
from examgen.records import atomic_path, csv_safe, read_bytes, read_text
from examgen.report.pages import marks
from examgen.review.cases import Case
from examgen.review.desk import Marking, NotTakenError, decision_on, mark_of
from examgen.review.words import WORDS

FIXED = ("case", "item", "question", "answer", "rubric", "max_score")
MACHINE = ("candidate", "machine", "status", "reason")
TO_FILL = ("score", "why")
MAX_CELL = 32_000
# What no spreadsheet can hold in a cell.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def write_sheet(cases: Sequence[Case], path: Path, blind: bool = False) -> None:
    """Write the queue as CSV or XLSX, by the ending of the name.

    Cells hold text only: an answer that begins like a formula is not one.

    Raises:
        FileError: another ending, or the file cannot be written.
    """
    most = max((len(case.points) for case in cases), default=0)
    head = [*FIXED, *(() if blind else MACHINE), *(f"credit {n}" for n in range(1, most + 1)), *TO_FILL]
    rows = (_row(case, blind, most) for case in cases)
    if path.suffix.lower() == ".csv":
        with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(head)
            table.writerows([csv_safe(cell) for cell in row] for row in rows)
    elif path.suffix.lower() == ".xlsx":
        _write_xlsx(head, rows, path)
    else:
        raise FileError(str(path), None, f"has the unknown ending {path.suffix!r}", "Give .csv or .xlsx.")


def _row(case: Case, blind: bool, most: int) -> list[str]:
    question = case.item.question if case.item else ""
    rubric = "\n".join(f"{n}. {point.text} ({marks(point.weight)})" for n, point in enumerate(case.points, 1))
    cells = [case.id, case.grade.item_id, question, case.answer, rubric, f"{case.max_score:g}"]
    if not blind:
        grade = case.grade
        score = "" if grade.score is None else f"{grade.score:g}"
        cells += [grade.candidate_id, score, grade.status, grade.reason]
    return [_ILLEGAL.sub("\ufffd", cell)[:MAX_CELL] for cell in cells] + [""] * (most + len(TO_FILL))


def _write_xlsx(head: Sequence[str], rows: Iterable[Sequence[str]], path: Path) -> None:
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "review"
    sheet.append(list(head))
    widths = {"question": 40, "answer": 60, "rubric": 50, "reason": 30, "why": 40, "case": 18, "item": 24}
    for column, name in enumerate(head, 1):
        sheet.column_dimensions[get_column_letter(column)].width = widths.get(name, 10)
        sheet.cell(1, column).font = Font(bold=True)
    to_fill = [n for n, name in enumerate(head, 1) if name in TO_FILL or name.startswith("credit ")]
    for number, row in enumerate(rows, 2):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(number, column)
            if text:
                cell.value = text
                cell.data_type = "s"  # never a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if column in to_fill:
                cell.fill = PatternFill("solid", fgColor="FFF6D6")
                cell.number_format = "General"
    sheet.freeze_panes = "A2"
    with atomic_path(path) as temporary:
        buffer = io.BytesIO()
        book.save(buffer)
        temporary.write_bytes(buffer.getvalue())


def read_sheet(path: Path, cases: Mapping[str, Case], by: str) -> list[Decision]:
    """Read the marks of a filled-in sheet.

    Returns:
        A decision for each row that has a mark, in the order of the sheet; they are not written yet.

    Raises:
        FileError: the sheet is broken, or a row is of no answer here, of another text, or its mark is out of range.
    """
    rows = _xlsx_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path)
    head = next(rows, None)
    if head is None or "case" not in head[1] or "score" not in head[1]:
        raise FileError(str(path), 1, "has no columns 'case' and 'score'", "Give a sheet of 'examgen review export'.")
    names = head[1]
    found = []
    for number, cells in rows:
        row = dict(zip(names, [*cells, *[""] * len(names)], strict=False))
        if decision := _decision(row, cases, by, path, number):
            found.append(decision)
    return found


def _decision(row: Mapping[str, str], cases: Mapping[str, Case], by: str, path: Path, number: int) -> Decision | None:
    credited = re.compile(r"credit \d{1,3}")
    given = {int(name[7:]): text for name, text in row.items() if credited.fullmatch(name) and text}
    whole = row["score"]
    if not given and not whole:
        return None
    case = cases.get(row["case"])
    if case is None:
        raise FileError(str(path), number, f"{row['case']!r} is no answer of these grades", "Export the sheet anew.")
    if "answer" in row and not _same(row["answer"], case):
        raise FileError(str(path), number, "the answer is another one now", "Export the sheet anew.")
    try:
        credits_ = {p.id: float(given[n]) for n, p in enumerate(case.points, 1) if n in given}
        marking = Marking(credits_, float(whole) if whole else None, row.get("why", ""))
        return decision_on(case, by, marking, mark_of(case, marking))
    except NotTakenError as lack:
        found = WORDS["en"][lack.found].format(max=f"{case.max_score:g}")
        raise FileError(str(path), number, found.rstrip("."), "Mend that row.") from lack
    except ValueError as error:
        raise FileError(str(path), number, f"holds what is no number: {error}", "Mend that row.") from error


def _same(text: str, case: Case) -> bool:
    """Whether a cell still holds the answer; spreadsheets may change line ends and lose what they cannot hold."""
    wanted = csv_safe(_ILLEGAL.sub("\ufffd", case.answer)[:MAX_CELL])
    return "".join(text.removeprefix("'").split()) == "".join(wanted.removeprefix("'").split())


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = read_text(path)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=_delimiter(text)), 1):
            yield number, [cell.strip() for cell in row]
    except csv.Error as error:
        raise FileError(str(path), None, f"is no CSV: {error}", "Save it as CSV in UTF-8.") from error


def _delimiter(text: str) -> str:
    """Spreadsheets of some countries write ';', and a sheet may come back with tabs."""
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _xlsx_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    import zipfile

    import openpyxl

    read_bytes(path)  # names a missing file, and bounds its size
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FileError(str(path), None, f"is no XLSX: {error}", "Save it as .xlsx.") from error
    try:
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield number, ["" if cell is None else str(cell).strip() for cell in row]
    finally:
        book.close()


def append_once(decisions: Sequence[Decision], known: Iterable[Decision]) -> list[Decision]:
    """The decisions that say something new: a sheet that is read twice changes nothing."""
    last = {(entry.by, entry.candidate_id, entry.item_id): entry for entry in known}
    return [
        entry
        for entry in decisions
        if (old := last.get((entry.by, entry.candidate_id, entry.item_id))) is None
        or (old.score, old.credits, old.why) != (entry.score, entry.credits, entry.why)
    ]


def needs_rows(cases: Sequence[Case]) -> None:
    """Say so where there is nothing to review.

    Raises:
        ExamgenError: there is no case.
    """
    if not cases:
        raise ExamgenError("no answer waits for a human", "Use --all to review the settled ones too.")
