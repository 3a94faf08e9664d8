"""Tables of questions: one a row, columns by name; or one a form, fields by name. And CSV, which is nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examgen.errors import ParseError
from examgen.model import Item, Source
from examgen.parse import objective
from examgen.parse.asking import asks, names_part
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.objective import LETTERS
from examgen.parse.rows import Header, column_of, names_columns, read_forms, read_header, read_row, row_item
from examgen.records import read_text

DELIMITERS = ",\t;|"
MAX_CELL_CHARS = 1_000_000
# A title may stand above the row that names the columns.
MAX_TITLE_ROWS = 20
# What Anki writes above its cards: #separator:tab, #tags column:3. What Excel heeds in front of a table: sep=;
DIRECTIVE = re.compile(
    r"#(?:separator|html|columns|(?:tags|deck|notetype|guid) column|tags|deck|notetype):|sep=.?$", re.IGNORECASE
)
SEPARATOR = re.compile(r"^(?:#separator:|sep=)(\S+)", re.IGNORECASE | re.MULTILINE)
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "colon": ":", "space": " "}
KEPT_COLUMN = re.compile(r"#(\w+) column:(\d+)", re.IGNORECASE)
# 第一章 绪论, alone in a row, says what the questions below it are about.
CHAPTER = re.compile(r"第[一二三四五六七八九十百\d]{1,4}[章节单元部分篇]|(?:chapter|unit|module) \d", re.IGNORECASE)
MAX_ROWS_NAMED = 10
KEY_CELL = re.compile(r"\s*[A-Ha-h](?:[\s,，、]*[A-Ha-h])*\s*")
NAME_THE_COLUMNS = "Name the columns in the first row, as in 'question,answer,explanation' or '题目,答案,解析'."


@dataclass(frozen=True)
class Row:
    """One row as read, with the lines that it stands on."""

    line: int
    last_line: int
    cells: tuple[str, ...]
    repeats: frozenset[int] = frozenset()
    """Columns whose cell is merged with the one above."""


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
        """Take the rows of one table; False where no row names the columns and no header is given.

        Columns such as ``input`` and ``output`` are those of questions and answers only where most inputs
        ask: they hold translations and program runs as well.
        """
        rows = list(rows)
        before = len(self.problems)
        if header is None and (forms := read_forms([row.cells for row in rows])):
            self._forms(forms, rows, path)
            return True
        if header:
            self._report_unknown(header, path, 1)
        head: Row | None = None
        above = 0
        section: dict[str, str] = {}
        unnamed: dict[int, list[int]] = {}
        for row in joined_rows(rows, header):
            if row.cells and DIRECTIVE.match(row.cells[0]):
                self._trace(row, Rule.COMMENT)
            elif not any(cell.strip() for cell in row.cells):
                self._trace(row, Rule.BLANK)
            elif header is None and (found := _section(header, row)):
                self._trace(row, Rule.SECTION)
                section = found
            elif header is None:
                header, head = _named_by(row, rows) if above < MAX_TITLE_ROWS else None, row
                above += 1
                self._trace(row, Rule.HEADING if header else Rule.INTRO)
            elif head and names_columns(row.cells):
                self._trace(row, Rule.HEADING)
                header, head = _refined(header, head, row), row
            elif found := _section(header, row):
                self._trace(row, Rule.SECTION)
                section = found
            else:
                self._row(header, row, path, section)
                for at in header.unnamed(row.cells):
                    unnamed.setdefault(at, []).append(row.line)
        if header and head:
            self._report_unknown(header, path, head.line)
        self._report_unnamed(unnamed, path)
        self.order_problems(before)
        return header is not None

    def order_problems(self, before: int) -> None:
        """Put the problems of one table, which are those behind the first ``before``, into the order of its lines."""
        self.problems[before:] = sorted(self.problems[before:], key=lambda problem: problem.line or 0)

    def _row(self, header: Header, row: Row, path: str, section: Mapping[str, str]) -> None:
        cells = {**section, **read_row(header, row.cells)}
        if "question" not in cells and "title" not in cells:
            self._trace(row, Rule.UNKNOWN)
            self.problems.append(
                Problem(path, row.line, "the row holds no question", "Write one, or take the row out.")
            )
            return
        self._trace(row, Rule.QUESTION, self._item(cells, row.line, path))

    def _item(self, cells: Mapping[str, str], line: int, path: str) -> int:
        """Add the item that some cells make and return its number."""
        number = len(self.items) + 1
        source = Source(document=self.document, number=number, line=line)
        built = row_item(cells, item_id=f"{self.prefix}-{number:02d}", source=source)
        self.items.append(built.item)
        for found, fix in built.faults:
            self.problems.append(Problem(path, line, f"question {built.item.label or number} {found}", fix))
        return number

    def _forms(self, forms: Sequence[tuple[int, dict[str, str]]], rows: Sequence[Row], path: str) -> None:
        """Take questions whose fields stand below each other, each with its name in front."""
        owners = {at: self._item(cells, rows[at].line, path) for at, cells in forms}
        owner = 0
        for at, row in enumerate(rows):
            owner = owners.get(at, owner)
            filled = any(cell.strip() for cell in row.cells)
            self._trace(row, Rule.QUESTION if filled and owner else Rule.INTRO if filled else Rule.BLANK, owner)

    def _report_unknown(self, header: Header, path: str, line: int) -> None:
        for name in header.unknown.values():
            found = "tells the same as another column" if column_of(name) else "is of no known meaning"
            fix = "Rename it, for example to 'question', 'answer', 'explanation' or 'topic', or leave it."
            self.problems.append(Problem(path, line, f"the column {name!r} {found} and was left out", fix))

    def _report_unnamed(self, unnamed: Mapping[int, Sequence[int]], path: str) -> None:
        for at, lines in sorted(unnamed.items()):
            more = f" and {len(lines) - MAX_ROWS_NAMED} more" if len(lines) > MAX_ROWS_NAMED else ""
            where = f"row{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:MAX_ROWS_NAMED]))}{more}"
            found = f"column {column_letters(at)} has no name, so what it holds in {where} was left out"
            fix = "Name the column; in CSV, quote a cell that holds the delimiter."
            self.problems.append(Problem(path, lines[0], found, fix))

    def _trace(self, row: Row, rule: Rule, item: int = 0) -> None:
        text = " | ".join(row.cells).replace("\n", " ")
        self.lines += [
            Traced(line, rule, item, text if line == row.line else "") for line in range(row.line, row.last_line + 1)
        ]

    def parsed(self) -> Parsed:
        return Parsed(tuple(self.items), tuple(self.problems), tuple(self.lines))


def _named_by(row: Row, rows: Sequence[Row]) -> Header | None:
    """The columns that a row names, where their names, or what stands below them, make them those of questions."""
    header = read_header(row.cells)
    if header is None or not header.assumed:
        return header
    cells = (read_row(header, below.cells) for below in rows if below.line > row.line)
    questions = [found["question"] for found in cells if "question" in found]
    return header if sum(map(asks, questions)) * 2 > len(questions) else None


def joined_rows(rows: Sequence[Row], header: Header | None = None) -> Iterator[Row]:
    """Rows, those as one that share a merged cell with the question: each holds a part of its answer."""
    held: Row | None = None
    for at, row in enumerate(rows):
        header = header or (read_header(row.cells) if at < MAX_TITLE_ROWS else None)
        asked = {place for place, column in header.columns.items() if column == "question"} if header else set()
        if held and asked & row.repeats:
            held = _with(held, row)
            continue
        if held:
            yield held
        held = row
    if held:
        yield held


def _with(row: Row, below: Row) -> Row:
    width = max(len(row.cells), len(below.cells))
    cells = []
    for at in range(width):
        upper = row.cells[at] if at < len(row.cells) else ""
        lower = below.cells[at] if at < len(below.cells) and at not in below.repeats else ""
        cells.append("\n".join(text for text in (upper, lower) if text.strip()))
    return Row(row.line, below.last_line, tuple(cells), row.repeats)


def _refined(header: Header, head: Row, row: Row) -> Header:
    """The columns once another row names them: right below the first, where 选项 stands above A, B, C, or again."""
    if row.line != head.last_line + 1:
        return read_header(row.cells) or header
    width = max(len(head.cells), len(row.cells))
    names = [
        below if below.strip() else above
        for above, below in zip(_padded(head.cells, width), _padded(row.cells, width), strict=True)
    ]
    return read_header(names) or header


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _section(header: Header | None, row: Row) -> dict[str, str]:
    """What a row that holds a heading alone says about the rows below it; empty for any other row."""
    filled = {cell.strip() for cell in row.cells} - {""}
    if len(filled) != 1 or (header and len(header.columns) < 2):
        return {}
    (text,) = filled
    if not names_part(text) and not CHAPTER.match(text):
        return {}
    return {"kind": text} if objective.hint(text) else {"topic": text}


def column_letters(at: int) -> str:
    """The name that spreadsheets give a column, counted from 0: A, B, … Z, AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def parse_csv(path: Path, prefix: str) -> Parsed:
    """Read a CSV or TSV file in any encoding that `read_text` knows.

    Raises:
        ParseError: a quote is never closed, or no row names a column of questions.
    """
    return parse_csv_text(read_text(path), str(path), path.name, prefix)


def parse_csv_text(text: str, path: str, document: str, prefix: str) -> Parsed:
    """As `parse_csv`, for text in hand."""
    table = Table(path, document, prefix)
    rows = _csv_rows(text, path)
    header = cards(rows)
    if header and not any(row.cells and DIRECTIVE.match(row.cells[0]) for row in rows):
        found = f"no row names the columns, so they were read as {', '.join(header.columns.values())}"
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
    said = [row.cells[0] for row in rows if row.cells and DIRECTIVE.match(row.cells[0]) and row.cells[0][0] == "#"]
    filled = [
        row.cells for row in rows if any(cell.strip() for cell in row.cells) and not DIRECTIVE.match(row.cells[0])
    ]
    # Below Anki's lines every row is a card, and "query" or "context" may well be its word.
    if not filled or (not said and any(read_header(cells) for cells in filled[:MAX_TITLE_ROWS])):
        return None
    kept = {int(found[2]) - 1: found[1].lower() for line in said if (found := KEPT_COLUMN.match(line))}
    if not said and (header := _lettered(filled)):
        return header
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


def _lettered(rows: Sequence[tuple[str, ...]]) -> Header | None:
    """The columns of rows that ask, give options, and end with the letter of the right one."""
    width = len(rows[0])
    if not 4 <= width <= 2 + len(LETTERS) or any(len(cells) != width for cells in rows):
        return None
    if sum(asks(cells[0]) for cells in rows) * 2 < len(rows) or not all(
        KEY_CELL.fullmatch(cells[-1]) for cells in rows
    ):
        return None
    options = {at: f"option:{LETTERS[at - 1]}" for at in range(1, width - 1)}
    return Header({0: "question", **options, width - 1: "reference"})


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


def _csv_rows(text: str, path: str) -> list[Row]:
    first = next((line for line in text.split("\n") if line.strip() and not DIRECTIVE.match(line)), "")
    said = SEPARATOR.search(text[: text.find(first)])
    delimiter = SEPARATORS.get(said[1].lower(), said[1] if said[1] in [*DELIMITERS] else "") if said else ""
    delimiter = delimiter or delimiter_of(first)
    try:
        return list(_quoted_rows(text, path, delimiter))
    except ParseError:
        rows = [
            Row(number, number, tuple(_bare(cell) for cell in line.split(delimiter)))
            for number, line in enumerate(text.removesuffix("\n").split("\n"), 1)
        ]
        # Quotes that are not doubled are words of the text, if every line has as many cells as the others all the same.
        even = all(line.count('"') % 2 == 0 for line in text.split("\n"))
        if even and len({len(row.cells) for row in rows if any(row.cells)}) == 1 and len(rows[0].cells) > 1:
            return rows
        raise


def _bare(cell: str) -> str:
    """A cell without the quotes around all of it."""
    inner = cell.strip()
    return inner[1:-1].replace('""', '"') if len(inner) > 1 and inner[0] == inner[-1] == '"' else cell


def _quoted_rows(text: str, path: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
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
