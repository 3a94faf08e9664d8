"""CSV and Excel: one question a row, columns by name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examgen.errors import MissingDependencyError, ParseError
from examgen.model import Item, Source
from examgen.parse.archive import check_archive
from examgen.parse.asking import asks
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.rows import Header, as_text, read_header, read_row, row_item
from examgen.records import read_text

DELIMITERS = ",\t;|"
MAX_CELL_CHARS = 1_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_EMPTY_ROWS = 2_000
# A title may stand above the row that names the columns.
MAX_TITLE_ROWS = 20
# What Anki writes above its cards: #separator:tab, #tags column:3
DIRECTIVE = re.compile(
    r"#(?:separator|html|columns|(?:tags|deck|notetype|guid) column|tags|deck|notetype):", re.IGNORECASE
)
SEPARATOR = re.compile(r"^#separator:(\S+)", re.IGNORECASE | re.MULTILINE)
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "colon": ":", "space": " "}
KEPT_COLUMN = re.compile(r"#(\w+) column:(\d+)", re.IGNORECASE)
NAME_THE_COLUMNS = "Name the columns in the first row, as in 'question,answer,explanation' or '题目,答案,解析'."


@dataclass(frozen=True)
class Row:
    """One row as read, with the lines that it stands on."""

    line: int
    last_line: int
    cells: tuple[str, ...]


@dataclass
class Table:
    """Items out of rows, collected one table after the other."""

    path: str
    document: str
    prefix: str
    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: list[Traced] = field(default_factory=list)

    def read(self, rows: Iterable[Row], path: str, header: Header | None = None) -> bool:
        """Take the rows of one table; False where no row names the columns and no header is given."""
        if header:
            self._report_unknown(header, path, 1)
        for row in rows:
            if row.cells and DIRECTIVE.match(row.cells[0]):
                self._trace(row, Rule.COMMENT)
            elif not any(cell.strip() for cell in row.cells):
                self._trace(row, Rule.BLANK)
            elif header is None:
                header = read_header(row.cells)
                self._trace(row, Rule.HEADING if header else Rule.INTRO)
                if header:
                    self._report_unknown(header, path, row.line)
            else:
                self._row(header, row, path)
        return header is not None

    def _row(self, header: Header, row: Row, path: str) -> None:
        cells = read_row(header, row.cells)
        if "question" not in cells and "title" not in cells:
            self._trace(row, Rule.UNKNOWN)
            self.problems.append(
                Problem(path, row.line, "the row holds no question", "Write one, or take the row out.")
            )
            return
        number = len(self.items) + 1
        source = Source(document=self.document, number=number, line=row.line)
        built = row_item(cells, item_id=f"{self.prefix}-{number:02d}", source=source)
        self.items.append(built.item)
        self._trace(row, Rule.QUESTION, number)
        for found, fix in built.faults:
            self.problems.append(Problem(path, row.line, f"question {built.item.label or number} {found}", fix))

    def _report_unknown(self, header: Header, path: str, line: int) -> None:
        for name in header.unknown.values():
            fix = "Rename it, for example to 'question', 'answer', 'explanation' or 'topic', or leave it."
            self.problems.append(
                Problem(path, line, f"the column {name!r} is of no known meaning and was left out", fix)
            )

    def _trace(self, row: Row, rule: Rule, item: int = 0) -> None:
        text = " | ".join(row.cells).replace("\n", " ")
        self.lines += [
            Traced(line, rule, item, text if line == row.line else "") for line in range(row.line, row.last_line + 1)
        ]

    def parsed(self) -> Parsed:
        return Parsed(tuple(self.items), tuple(self.problems), tuple(self.lines))


def parse_csv(path: Path, prefix: str) -> Parsed:
    """Read a CSV or TSV file in any encoding that `read_text` knows.

    Raises:
        ParseError: a quote is never closed, or no row names a column of questions.
    """
    return parse_csv_text(read_text(path), str(path), path.name, prefix)


def parse_csv_text(text: str, path: str, document: str, prefix: str) -> Parsed:
    """As `parse_csv`, for text in hand."""
    table = Table(path, document, prefix)
    rows = list(_csv_rows(text, path))
    header = cards(rows)
    if header and not any(row.cells and DIRECTIVE.match(row.cells[0]) for row in rows):
        found = "no row names the columns, so the first was read as the question and the second as the answer"
        table.problems.append(Problem(path, rows[0].line, found, NAME_THE_COLUMNS))
    if not table.read(rows, path, header):
        raise ParseError(path, 1, "has no column of questions", NAME_THE_COLUMNS)
    return table.parsed()


def cards(rows: Sequence[Row]) -> Header | None:
    """The columns of flash cards, which nothing names: question and answer.

    Returns:
        None where a row names the columns, where a card lacks a side, or where
        Anki's own lines do not stand on top and the rows are no pairs of which
        most begin with a question.
    """
    said = [row.cells[0] for row in rows if row.cells and DIRECTIVE.match(row.cells[0])]
    filled = [
        row.cells for row in rows if any(cell.strip() for cell in row.cells) and not DIRECTIVE.match(row.cells[0])
    ]
    # Below Anki's lines every row is a card, and "query" or "context" may well be its word.
    if not filled or (not said and any(read_header(cells) for cells in filled[:MAX_TITLE_ROWS])):
        return None
    kept = {int(found[2]) - 1: found[1].lower() for line in said if (found := KEPT_COLUMN.match(line))}
    width = max(map(len, filled))
    sides = [at for at in range(width) if at not in kept][:2]
    if len(sides) < 2 or not (said or _are_pairs(filled)):
        return None
    rest = [at for at in range(width) if at not in sides]
    topics = {at: "topic" for at in rest if kept.get(at) == "tags"}
    return Header(
        {sides[0]: "question", sides[1]: "reference"} | topics,
        {at: kept.get(at, str(at + 1)) for at in rest if at not in topics},
    )


def _are_pairs(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether rows are two filled cells each, and most ask and are answered in words: 计算机网络,85 is none."""
    if any(len(cells) != 2 or not all(cell.strip() for cell in cells) for cells in rows):
        return False
    asking = sum(asks(question) for question, _ in rows)
    worded = sum(any(char.isalpha() for char in answer) for _, answer in rows)
    return min(asking, worded) * 2 >= len(rows)


def delimiter_of(first_line: str) -> str:
    """The delimiter that cuts a line into most parts; a tab between words stands in no sentence, so it comes first."""
    return "\t" if "\t" in first_line.strip() else max(DELIMITERS, key=first_line.count)


def _csv_rows(text: str, path: str) -> Iterator[Row]:
    first = next((line for line in text.split("\n") if line.strip() and not DIRECTIVE.match(line)), "")
    said = SEPARATOR.search(text[: text.find(first)])
    delimiter = SEPARATORS.get(said[1].lower(), said[1] if said[1] in [*DELIMITERS] else "") if said else ""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or delimiter_of(first), strict=True)
    limit = csv.field_size_limit(MAX_CELL_CHARS)
    before = 0
    try:
        for cells in reader:
            yield Row(before + 1, reader.line_num, tuple(cells))
            before = reader.line_num
    except csv.Error as error:
        fix = "Close every quote, and double quotes inside a cell."
        raise ParseError(path, before + 1, f"is not valid CSV: {error}", fix) from error
    finally:
        csv.field_size_limit(limit)


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
    check_archive(path, "an Excel workbook", "xl/workbook.xml")
    table = Table(str(path), path.name, prefix)
    found = False
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            place = str(path) if len(book.worksheets) == 1 else f"{path}[{sheet.title}]"
            rows = list(_sheet_rows(sheet, place))
            if rows and not table.read(rows, place):
                table.problems.append(Problem(place, rows[0].line, "has no column of questions", NAME_THE_COLUMNS))
            elif rows:
                found = True
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


def _sheet_rows(sheet: Any, path: str) -> Iterator[Row]:
    """The rows of a sheet that hold something, up to a long run of empty ones."""
    empty = 0
    sheet.reset_dimensions()
    for number, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), 1):
        if number > MAX_ROWS:
            raise ParseError(path, number, f"has more than {MAX_ROWS} rows", "Split it.")
        cells = _cells(values)
        empty = 0 if cells else empty + 1
        if cells:
            yield Row(number, number, cells)
        elif empty > MAX_EMPTY_ROWS:
            return


def _cells(values: Sequence[object]) -> tuple[str, ...]:
    cells = ["" if value is None else as_text(value)[:MAX_CELL_CHARS] for value in values]
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)
