"""Excel workbooks: every sheet is a table of its own.

openpyxl reads the values. What it passes over where it reads a large sheet row
by row is read here from the XML: merged cells, hidden rows, notes, pictures,
and formulas whose value the file does not hold.
"""

from __future__ import annotations

import datetime
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from examgen.errors import MissingDependencyError, ParseError
from examgen.parse.archive import check_archive
from examgen.parse.document import Parsed, Problem
from examgen.parse.rows import as_text
from examgen.parse.tables import MAX_CELL_CHARS, NAME_THE_COLUMNS, Row, Table, cards, column_letters

MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_EMPTY_ROWS = 2_000
MAX_MERGED_ROWS = 1_000
# Cells that are merged below each other, in all; a sheet made to do harm has them overlap without end.
MAX_COVERED_ROWS = 4_000_000
MAX_PLACES_NAMED = 10
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
ERROR_VALUE = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)")


@dataclass
class Extras:
    """What a sheet holds beside the values of its cells."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, last row, first column, last column of merged cells; rows from 1, columns from 0."""
    hidden_rows: list[int] = field(default_factory=list)
    without_value: list[str] = field(default_factory=list)
    """Cells with a formula and no value."""
    notes: list[tuple[int, str, str]] = field(default_factory=list)
    """Row, cell and text."""
    pictures: list[tuple[int, str]] = field(default_factory=list)
    """Row and cell of their upper left corners."""


def parse_xlsx(path: Path, prefix: str) -> Parsed:
    """Read an Excel workbook: every sheet that names a column of questions.

    Raises:
        ParseError: the file is damaged, is a bomb, or no sheet names a column of questions.
        MissingDependencyError: openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise MissingDependencyError("openpyxl is not installed", "Run: pip install openpyxl") from error
    check_archive(path, "an Excel workbook", "xl/workbook*.xml")
    table = Table(str(path), path.name, prefix)
    found = False
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        with zipfile.ZipFile(path) as archive:
            parts = _sheet_parts(archive)
            for sheet in book.worksheets:
                place = str(path) if len(book.worksheets) == 1 else f"{path}[{sheet.title}]"
                extras = _extras(archive, parts[sheet.title]) if sheet.title in parts else Extras()
                found |= _read_sheet(table, sheet, extras, place)
        book.close()
    except ParseError:
        raise
    except Exception as error:  # openpyxl lets the errors of every library below it through
        found_text = f"cannot be read as an Excel workbook: {type(error).__name__}"
        raise ParseError(
            str(path), None, found_text, "Open it in Excel and save it again as .xlsx, or as CSV."
        ) from error
    if not found:
        raise ParseError(str(path), 1, "has no column of questions", NAME_THE_COLUMNS)
    return table.parsed()


def _read_sheet(table: Table, sheet: Any, extras: Extras, place: str) -> bool:
    """Take the questions of a sheet, and say whether it is built to hold any."""
    rows = list(_with_merged(_sheet_rows(sheet, place), extras.merged))
    before = len(table.problems)
    if not rows:
        return False
    header = cards(rows)
    if header:
        found = f"no row names the columns, so they were read as {', '.join(header.columns.values())}"
        table.problems.append(Problem(place, rows[0].line, found, NAME_THE_COLUMNS))
    if not table.read(rows, place, header):
        table.problems.append(Problem(place, rows[0].line, "has no column of questions", NAME_THE_COLUMNS))
        return False
    last = rows[-1].last_line
    if sheet.sheet_state != "visible":
        fix = "Delete the sheet if they are not to be asked."
        table.problems.append(
            Problem(place, None, "the sheet is hidden, and its questions were read all the same", fix)
        )
    hidden = [line for line in extras.hidden_rows if line <= last]
    if hidden:
        found = f"{_listed('row', hidden)} {'are' if len(hidden) > 1 else 'is'} hidden and read all the same"
        table.problems.append(Problem(place, hidden[0], found, "Delete what is not to be asked."))
    if extras.without_value:
        cells = extras.without_value
        found = f"{_listed('cell', cells)} {_holds(cells)} a formula whose value was not saved"
        fix = "Open the file in Excel, let it calculate, and save it."
        table.problems.append(Problem(place, _row_of(extras.without_value[0]), found, fix))
    errors = [
        (row.line, f"{column_letters(at)}{row.line}")
        for row in rows
        for at, cell in enumerate(row.cells)
        if ERROR_VALUE.fullmatch(cell)
    ]
    if errors:
        found = f"{_listed('cell', [cell for _, cell in errors])} {_holds(errors)} an error that a formula gave"
        table.problems.append(Problem(place, errors[0][0], found, "Mend the formula, or write the value."))
    for line, cell, text in extras.notes:
        found = f"the note at cell {cell} was left out: {text!r}"
        table.problems.append(Problem(place, line, found, "Write it into a cell if it belongs to the question."))
    for line, cell in extras.pictures:
        found = f"the picture at cell {cell} cannot be kept as text"
        table.problems.append(Problem(place, line, found, "Look at the question of that row and describe the picture."))
    table.order_problems(before)
    return True


def _listed(noun: str, places: Sequence[object]) -> str:
    shown = ", ".join(map(str, places[:MAX_PLACES_NAMED]))
    more = f" and {len(places) - MAX_PLACES_NAMED} more" if len(places) > MAX_PLACES_NAMED else ""
    return f"{noun}{'s' * (len(places) > 1)} {shown}{more}"


def _holds(places: Sequence[object]) -> str:
    return "hold" if len(places) > 1 else "holds"


def _row_of(cell: str) -> int:
    found = CELL.match(cell)
    return int(found[2]) if found else 1


# -- values ----------------------------------------------------------------------------------------------------------


def _sheet_rows(sheet: Any, path: str) -> Iterator[Row]:
    """The rows of a sheet that hold something, up to a long run of empty ones."""
    empty = 0
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        if number > MAX_ROWS:
            raise ParseError(path, number, f"has more than {MAX_ROWS} rows", "Split it.")
        cells = ["" if cell.value is None else shown(cell.value, cell.number_format)[:MAX_CELL_CHARS] for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        empty = 0 if cells else empty + 1
        if cells:
            yield Row(number, number, tuple(cells))
        elif empty > MAX_EMPTY_ROWS:
            return


def shown(value: object, number_format: str) -> str:
    """A value as the sheet shows it: 95%, 007, 1949-10-01; digits that only a computer adds are left out."""
    if isinstance(value, datetime.datetime):
        at_midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        date = f"{value.year}年{value.month}月{value.day}日" if "年" in number_format else f"{value:%Y-%m-%d}"
        return date if at_midnight else f"{date} {shown(value.time(), '')}"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return as_text(value)
    if number_format.rstrip().endswith("%"):
        decimals = len(number_format.rstrip(" %").partition(".")[2])
        return f"{value:.{min(decimals, 15)}%}"
    if re.fullmatch(r"0{2,20}", number_format) and float(value).is_integer():
        return f"{int(value):0{len(number_format)}d}"
    return as_text(value) if float(value).is_integer() else f"{value:.15g}"


def _with_merged(rows: Iterator[Row], merged: Sequence[tuple[int, int, int, int]]) -> Iterator[Row]:
    """Rows in which each of the cells that are merged below each other holds the text that they share."""
    below: dict[int, list[tuple[int, int, int]]] = {}
    covered = 0
    for first, last, left, right in merged:
        covered += last - first
        if covered > MAX_COVERED_ROWS:
            raise ValueError("more cells are merged than a sheet has")
        # A title over the whole width stays where it stands, and so does a cell merged over a part of a sheet's length.
        if first < last <= first + MAX_MERGED_ROWS and left < MAX_COLUMNS:
            for line in range(first + 1, last + 1):
                below.setdefault(line, []).append((first, left, right))
    tops: dict[tuple[int, int], str] = {}
    starts = {(first, left) for spans in below.values() for first, left, _ in spans}
    for row in rows:
        cells = list(row.cells)
        tops |= {(row.line, at): cell for at, cell in enumerate(cells) if (row.line, at) in starts}
        repeats = []
        for first, left, _ in below.get(row.line, ()):
            if text := tops.get((first, left), ""):
                cells += [""] * (left + 1 - len(cells))
                cells[left] = text
                repeats.append(left)
        yield Row(row.line, row.last_line, tuple(cells), frozenset(repeats))


# -- what stands beside the values -----------------------------------------------------------------------------------


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _xml(archive: zipfile.ZipFile, name: str) -> Xml.Element | None:
    return Xml.fromstring(archive.read(name)) if name in archive.namelist() else None  # noqa: S314 - check_archive refuses entities


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: id -> kind and name of the other part."""
    folder, name = posixpath.split(part)
    root = _xml(archive, f"{folder}/_rels/{name}.rels")
    return {
        element.get("Id", ""): (
            element.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/"),
        )
        for element in (root if root is not None else ())
    }


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of sheets, and of the parts that hold them."""
    names = [name for name in archive.namelist() if re.fullmatch(r"xl/workbook\d*\.xml", name)]
    root = _xml(archive, names[0]) if names else None
    relations = _relations(archive, names[0]) if names else {}
    found = {}
    for element in root.iter() if root is not None else ():
        if _local(element.tag) == "sheet":
            identifier = next((value for key, value in element.attrib.items() if _local(key) == "id"), "")
            if identifier in relations:
                found[element.get("name", "")] = relations[identifier][1]
    return found


def _extras(archive: zipfile.ZipFile, part: str) -> Extras:
    extras = Extras()
    if part not in archive.namelist():
        return extras
    with archive.open(part) as stream:
        for _, element in Xml.iterparse(stream):  # noqa: S314 - check_archive refuses entities
            name = _local(element.tag)
            if name == "c":
                kinds = {_local(child.tag): child.text for child in element}
                if "f" in kinds and not kinds.get("v"):
                    extras.without_value.append(element.get("r", "?"))
            elif name == "row":
                if element.get("hidden") in ("1", "true"):
                    extras.hidden_rows.append(int(element.get("r", "0")))
                element.clear()
            elif name == "mergeCell" and (span := _span(element.get("ref", ""))):
                extras.merged.append(span)
    for kind, other in _relations(archive, part).values():
        root = _xml(archive, other) if kind in ("comments", "drawing") else None
        for element in root.iter() if root is not None else ():
            if _local(element.tag) == "comment":
                text = "".join(child.text or "" for child in element.iter() if _local(child.tag) == "t")
                extras.notes.append((_row_of(element.get("ref", "")), element.get("ref", ""), " ".join(text.split())))
            elif _local(element.tag) == "from":
                at = {_local(child.tag): int(child.text or 0) for child in element}
                line = at.get("row", 0) + 1
                extras.pictures.append((line, f"{column_letters(at.get('col', 0))}{line}"))
    return extras


def _span(reference: str) -> tuple[int, int, int, int] | None:
    """First and last row, first and last column of a range such as B2:C5."""
    corners = [CELL.fullmatch(corner) for corner in reference.split(":")]
    if len(corners) != 2 or not (corners[0] and corners[1]):
        return None
    (left, top), (right, bottom) = ((_column(corner[1]), int(corner[2])) for corner in corners if corner)
    return top, bottom, left, right


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
