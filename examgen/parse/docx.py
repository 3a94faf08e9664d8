"""Word documents, read as the Markdown that says the same.

Word numbers paragraphs without writing the numbers into the text, so they are
counted here as Word does. A place in a document is the ordinal of a paragraph
or table row, counted from 1.
"""

from __future__ import annotations

import fnmatch
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

from examgen.errors import ParseError
from examgen.parse.archive import check_archive
from examgen.parse.document import Parsed, Problem
from examgen.parse.docx_runs import (
    MAX_DEPTH,
    TRANSPARENT,
    TYPEWRITERS,
    Reader,
    Stretch,
    emphasised,
    font_of,
    stretches_of,
    style_of,
)
from examgen.parse.marks import read_mark
from examgen.parse.prose import parse_prose
from examgen.parse.rows import read_forms, read_header
from examgen.parse.tables import Row, joined_rows
from examgen.parse.vocabulary import Role
from examgen.parse.word import Counters, W, numbering_of, outline_level, read_lists, read_styles, val

MAIN_PART = "word/document*.xml"
# Word's "Strict Open XML" names the same elements by other addresses.
STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/math": b"http://schemas.openxmlformats.org/officeDocument/2006/math",
}
# The tree of an XML part takes about ten times its size in memory.
MAX_PART_BYTES = 48 * 1024 * 1024
MAX_COLUMNS = 60


def parse_docx(path: Path, prefix: str) -> Parsed:
    """Read a Word document.

    Raises:
        FileError: it is missing or too large.
        ParseError: it is no Word document, is damaged, or is a bomb.
    """
    check_archive(path, "a Word document", MAIN_PART)
    try:
        with zipfile.ZipFile(path) as archive:
            main = min(name for name in archive.namelist() if fnmatch.fnmatchcase(name, MAIN_PART))
            document = _part(archive, main, path)
            notes = {
                key: text
                for kind in ("footnote", "endnote", "comment")
                for key, text in _notes(_part(archive, f"word/{kind}s.xml", path), kind)
            }
            styles = read_styles(_part(archive, "word/styles.xml", path))
            lists = read_lists(_part(archive, "word/numbering.xml", path))
        if document is None:
            raise ValueError("the main part is missing")
        body = document.find(f"{W}body")
        reader = Reader(styles, Counters(lists), notes)
        reader.shows_code = _shows_code(reader, document)
        _blocks(reader, body if body is not None else document, 0)
    except (Xml.ParseError, KeyError, ValueError, zipfile.BadZipFile, RecursionError) as error:
        raise ParseError(str(path), None, "is damaged inside", "Open it in Word and save it again.") from error
    _end_code(reader)
    parsed = parse_prose("\n".join(reader.lines) + "\n", path=str(path), document=path.name, prefix=prefix)
    return _with_places(parsed, reader, str(path))


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> Xml.Element | None:
    if name not in archive.namelist():
        return None
    if archive.getinfo(name).file_size > MAX_PART_BYTES:
        raise ParseError(str(path), None, f"holds more than {MAX_PART_BYTES} bytes of text", "Split it.")
    data = archive.read(name)
    for strict, usual in STRICT.items():
        data = data.replace(strict, usual)
    return Xml.fromstring(data)  # noqa: S314 - check_archive refuses entities


def _notes(root: Xml.Element | None, kind: str) -> Iterator[tuple[str, str]]:
    for element in root.iter(f"{W}{kind}") if root is not None else ():
        text = " ".join("".join(part.text or "" for part in element.iter(f"{W}t")).split())
        if text:
            yield f"{kind}{element.get(f'{W}id')}", text


def _with_places(parsed: Parsed, reader: Reader, path: str) -> Parsed:
    """Paragraph numbers in place of line numbers."""

    def place(line: int) -> int:
        return reader.places[line - 1] if line <= len(reader.places) else max(reader.place, 1)

    items = tuple(
        item.model_copy(update={"sources": tuple(s.model_copy(update={"line": place(s.line)}) for s in item.sources)})
        for item in parsed.items
    )
    problems = [replace(problem, line=place(problem.line)) if problem.line else problem for problem in parsed.problems]
    problems += [Problem(path, where, what, fix) for where, what, fix in reader.left_out]
    problems.sort(key=lambda problem: problem.line or 0)
    return Parsed(items, tuple(problems), tuple(line._replace(line=place(line.line)) for line in parsed.lines))


# -- paragraphs ------------------------------------------------------------------------------------------------------


def _blocks(reader: Reader, parent: Xml.Element, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    for element in parent:
        if element.tag == f"{W}p":
            reader.place += 1
            _paragraph(reader, element, depth)
        elif element.tag == f"{W}tbl":
            _end_code(reader)
            _table(reader, element, depth)
        elif element.tag == f"{W}altChunk":
            reader.leave_out("a document embedded behind this paragraph was left out", "Give it as a file of its own.")
        elif element.tag in TRANSPARENT:
            _blocks(reader, element, depth + 1)


def _paragraph(reader: Reader, element: Xml.Element, depth: int) -> None:
    outer, reader.boxes = reader.boxes, []
    _write_paragraph(reader, element)
    boxes, reader.boxes = reader.boxes, outer
    place = reader.place
    for box in boxes:
        _blocks(reader, box, depth + 1)
    # A box stands beside the text, so it does not count for the places of what follows.
    reader.place = place


def _write_paragraph(reader: Reader, element: Xml.Element) -> None:
    properties = element.find(f"{W}pPr")
    style = style_of(reader, element)
    heading = outline_level(properties) or style.heading
    stretches = list(stretches_of(reader, element, 0))
    plain = "".join(stretch.text for stretch in stretches)
    if not heading and (style.code or (reader.shows_code and _is_code(stretches))):
        _code(reader, plain)
        return
    _end_code(reader)
    text = plain.strip() if heading else _unmarked(emphasised(stretches))
    numbering = numbering_of(properties, style)
    # Word counts empty paragraphs of a list as well, and a picture may be all that stands behind their number.
    number = reader.counters.next(*numbering) if numbering else ""
    holds_picture = numbering is not None and bool(reader.left_out) and reader.left_out[-1][0] == reader.place
    if not text.strip() and not holds_picture:
        reader.write("")
        return
    listed = bool(reader.lines) and reader.lines[-1].strip() != "" and numbering is not None and not heading
    if reader.lines and reader.lines[-1].strip() and not (listed and _is_entry(reader.lines[-1])):
        _gap(reader)
    if numbering is None:
        reader.write(f"{'#' * heading} {text}" if heading else text)
    elif heading:
        reader.write(f"{'#' * heading} {number if number != '-' else ''} {text}".replace("  ", " "))
    else:
        reader.list_level = min(reader.list_level, numbering[1]) if listed else numbering[1]
        indent = " " * (3 * (numbering[1] - reader.list_level))
        reader.write(indent + f"{number} {text}".rstrip().replace("\n", f"\n{indent}   "))


def _unmarked(text: str) -> str:
    """Text whose first character would make a heading of it in Markdown."""
    return f"\\{text}" if re.match(r"#{1,6}\s", text) else text


def _gap(reader: Reader) -> None:
    """An empty line between paragraphs, as Markdown wants it; it counts as part of the paragraph before."""
    reader.lines.append("")
    reader.places.append(max(reader.place - 1, 1))


def _is_entry(line: str) -> bool:
    return re.match(r"\s*(?:-|\S{1,8}[.、)）])\s", line) is not None


def _is_code(stretches: list[Stretch]) -> bool:
    filled = [stretch for stretch in stretches if stretch.text.strip()]
    if not filled or not all(stretch.typewriter for stretch in filled):
        return False
    mark = read_mark("".join(stretch.text for stretch in filled))
    return mark is None or not (mark.label or mark.numbering)


def _shows_code(reader: Reader, document: Xml.Element) -> bool:
    """Whether a few of the paragraphs are set like a typewriter's: where most are, the font says nothing."""
    filled = [element for element in document.iter(f"{W}p") if any(part.text for part in element.iter(f"{W}t"))]
    fonts = [[font_of(run.find(f"{W}rPr")) for run in element.iter(f"{W}r")] for element in filled]
    return 0 < sum(all(map(TYPEWRITERS.search, names)) for names in fonts) * 2 < len(filled)


def _code(reader: Reader, text: str) -> None:
    if not reader.in_code:
        if reader.lines and reader.lines[-1].strip():
            _gap(reader)
        reader.write("```")
        reader.in_code = True
    reader.write(text)


def _end_code(reader: Reader) -> None:
    if reader.in_code:
        reader.in_code = False
        reader.write("```")


# -- tables ----------------------------------------------------------------------------------------------------------


def _children(parent: Xml.Element, tag: str, depth: int = 0) -> Iterator[Xml.Element]:
    """The rows of a table or the cells of a row, also those inside of content controls."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    for element in parent:
        if element.tag == tag:
            yield element
        elif element.tag in TRANSPARENT:
            yield from _children(element, tag, depth + 1)


def _table(reader: Reader, element: Xml.Element, depth: int) -> None:
    """A pipe table; a table that only lays a page out is read cell by cell, and so is a frame of a single cell."""
    cells = [cell for row in _children(element, f"{W}tr") for cell in _children(row, f"{W}tc")]
    before, counted = reader.place, reader.counters.state()
    rows = _rows(reader, element, depth)
    reads_as_rows = _holds_questions(rows)
    if len(cells) == 1 or (not reads_as_rows and _lays_out(rows)):
        reader.place = before
        reader.counters.restore(counted)
        reader.left_out = [entry for entry in reader.left_out if entry[0] <= before]
        for cell in cells:
            _end_code(reader)
            _blocks(reader, cell, depth + 1)
        return
    if reader.lines and reader.lines[-1].strip():
        _gap(reader)
    width = max((len(row.cells) for row in rows), default=0)
    after = reader.place
    for number, row in enumerate(joined_rows(rows) if reads_as_rows else rows):
        reader.place = row.line
        line_break = "<br>" if reads_as_rows else " "
        texts = [line_break.join(text.strip().replace("|", "\\|").split("\n")) for text in row.cells]
        reader.write(f"| {' | '.join([*texts, *[''] * (width - len(texts))])} |")
        if number == 0:
            reader.write(f"|{' --- |' * width}")
    reader.place = after
    _gap(reader)


def _rows(reader: Reader, table: Xml.Element, depth: int) -> list[Row]:
    """The rows of a table, with the texts of merged cells in each row that they cover."""
    rows: list[Row] = []
    above: tuple[str, ...] = ()
    for row in _children(table, f"{W}tr"):
        reader.place += 1
        texts: list[str] = []
        repeats: set[int] = set()
        for cell in _children(row, f"{W}tc"):
            properties = cell.find(f"{W}tcPr")
            merged = properties.find(f"{W}vMerge") if properties is not None else None
            at = len(texts)
            text = _cell(reader, cell, depth)
            if merged is not None and val(merged, "continue") == "continue" and at < len(above):
                text = reader.allowance.take(above[at])
                repeats.add(at)
            span = val(properties.find(f"{W}gridSpan"), "1") if properties is not None else "1"
            texts += [text, *[""] * (max(min(int(span), MAX_COLUMNS - at), 1) - 1 if span.isdigit() else 0)]
        above = tuple(texts)
        rows.append(Row(reader.place, reader.place, above, frozenset(repeats)))
    return rows


def _cell(reader: Reader, cell: Xml.Element, depth: int) -> str:
    """The paragraphs of a cell, one a line; a table inside of it stays one."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    inner = Reader(
        reader.styles,
        reader.counters,
        reader.notes,
        left_out=reader.left_out,
        place=reader.place,
        allowance=reader.allowance,
    )
    for element in cell:
        if element.tag == f"{W}tbl":
            rows = [
                [" ".join(text.split()).replace("|", "\\|") for text in row.cells]
                for row in _rows(inner, element, depth + 1)
            ]
            inner.place = reader.place
            lines = [f"| {' | '.join(texts)} |" for texts in rows]
            inner.lines += ["", *lines[:1], f"|{' --- |' * len(rows[0] if rows else [])}", *lines[1:], ""]
        elif element.tag == f"{W}p":
            _paragraph(inner, element, depth + 1)
            inner.place = reader.place
        elif element.tag in TRANSPARENT:
            inner.lines.append(_cell(reader, element, depth + 1))
    _end_code(inner)
    lines = [line for at, line in enumerate(inner.lines) if line.strip() or (at and inner.lines[at - 1].strip())]
    return "\n".join(lines).strip()


def _holds_questions(rows: list[Row]) -> bool:
    """Whether columns or fields are named as those of questions are."""
    cells = [row.cells for row in rows]
    headers = (read_header(texts) for texts in cells[:3])
    return any(header and not header.assumed and len(header.columns) > 1 for header in headers) or bool(
        read_forms(cells)
    )


def _lays_out(rows: list[Row]) -> bool:
    """Whether the cells hold paragraphs that are labelled as answers, which the cells of a table of facts never are."""
    for row in rows:
        for text in row.cells:
            marks = [read_mark(line) for line in text.split("\n")] if "\n" in text else []
            if any(mark and mark.label and mark.label.certain and mark.label.role is Role.ANSWER for mark in marks):
                return True
    return False
