"""Word documents, read as the Markdown that says the same.

Word numbers paragraphs without writing the numbers into the text, so they are
counted here as Word does. A place in a document is the ordinal of a paragraph
or table row, counted from 1.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as Xml

from examgen.errors import ParseError
from examgen.parse.archive import check_archive
from examgen.parse.document import Parsed, Problem
from examgen.parse.prose import parse_prose

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Containers that hold paragraphs or runs without a meaning of their own for us: insertions, content controls, links.
TRANSPARENT = {
    f"{W}{name}" for name in ("ins", "moveTo", "sdt", "sdtContent", "smartTag", "hyperlink", "customXml", "fldSimple")
}
TRANSPARENT |= {f"{MC}AlternateContent", f"{MC}Choice", f"{W}dir", f"{W}bdo"}
HEADING_NAME = re.compile(r"(?:heading|标题|標題)\s*([1-6])$", re.IGNORECASE)
CODE_NAME = re.compile(r"code|preformatted|source|代码|程式碼", re.IGNORECASE)
PARTS = {"word/document.xml", "word/styles.xml", "word/numbering.xml"}
HAN_DIGITS = "零一二三四五六七八九"
MAX_DEPTH = 60
# The tree of an XML part takes about ten times its size in memory.
MAX_PART_BYTES = 48 * 1024 * 1024


@dataclass(frozen=True)
class Level:
    """How one level of a list is numbered."""

    number_format: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(frozen=True)
class List:
    """A list as paragraphs refer to it. Lists of one origin count on together, unless one starts anew."""

    origin: str
    levels: dict[int, Level]
    restarts: bool = False


@dataclass(frozen=True)
class Style:
    """What matters of a paragraph style."""

    heading: int = 0
    code: bool = False
    numbering: tuple[str, int] | None = None


@dataclass
class Reader:
    """The lines of a document, and the paragraph of each."""

    styles: dict[str, Style]
    lists: dict[str, List]
    counters: dict[str, dict[int, int]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Lists that a paragraph has referred to."""
    lines: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """What could not be turned into text, and the paragraph where it was met first."""
    place: int = 0
    in_code: bool = False

    def write(self, line: str) -> None:
        for part in line.split("\n"):
            self.lines.append(part)
            self.places.append(self.place)


def parse_docx(path: Path, prefix: str) -> Parsed:
    """Read a Word document.

    Raises:
        FileError: it is missing or too large.
        ParseError: it is no Word document, is damaged, or is a bomb.
    """
    check_archive(path, "a Word document", "word/document.xml")
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if max(archive.getinfo(name).file_size for name in names & PARTS) > MAX_PART_BYTES:
                raise ParseError(str(path), None, f"holds more than {MAX_PART_BYTES} bytes of text", "Split it.")
            parts = {
                name: Xml.fromstring(archive.read(f"word/{name}.xml"))  # noqa: S314 - check_archive refuses entities
                for name in (part.removeprefix("word/").removesuffix(".xml") for part in sorted(PARTS))
                if f"word/{name}.xml" in names
            }
        reader = Reader(_styles(parts.get("styles")), _lists(parts.get("numbering")))
        body = parts["document"].find(f"{W}body")
        _blocks(reader, body if body is not None else parts["document"], 0)
    except (Xml.ParseError, KeyError, ValueError, zipfile.BadZipFile, RecursionError) as error:
        raise ParseError(str(path), None, "is damaged inside", "Open it in Word and save it again.") from error
    _end_code(reader)
    parsed = parse_prose("\n".join(reader.lines) + "\n", path=str(path), document=path.name, prefix=prefix)
    return _with_places(parsed, reader, str(path))


def _with_places(parsed: Parsed, reader: Reader, path: str) -> Parsed:
    """Paragraph numbers in place of line numbers."""

    def place(line: int) -> int:
        return reader.places[line - 1] if line <= len(reader.places) else max(reader.place, 1)

    items = tuple(
        item.model_copy(update={"sources": tuple(s.model_copy(update={"line": place(s.line)}) for s in item.sources)})
        for item in parsed.items
    )
    problems = [replace(problem, line=place(problem.line)) if problem.line else problem for problem in parsed.problems]
    for what, where in reader.left_out.items():
        problems.append(
            Problem(path, where, f"{what} cannot be kept as text", "Look at the items from there on and add it.")
        )
    return Parsed(items, tuple(problems), tuple(line._replace(line=place(line.line)) for line in parsed.lines))


# -- styles and lists ------------------------------------------------------------------------------------------------


def _value(element: Xml.Element | None, default: str = "") -> str:
    return element.get(f"{W}val", default) if element is not None else default


def _styles(root: Xml.Element | None) -> dict[str, Style]:
    found: dict[str, Style] = {}
    for element in root.iter(f"{W}style") if root is not None else ():
        name = _value(element.find(f"{W}name"))
        heading = HEADING_NAME.match(name)
        properties = element.find(f"{W}pPr")
        level = _outline(properties)
        numbering = _numbering(properties, None)
        found[element.get(f"{W}styleId", name)] = Style(
            int(heading[1]) if heading else level, CODE_NAME.search(name) is not None, numbering
        )
    return found


def _outline(properties: Xml.Element | None) -> int:
    outline = _value(properties.find(f"{W}outlineLvl")) if properties is not None else ""
    return int(outline) + 1 if outline.isdigit() and int(outline) < 6 else 0


def _numbering(properties: Xml.Element | None, style: Style | None) -> tuple[str, int] | None:
    element = properties.find(f"{W}numPr") if properties is not None else None
    if element is None:
        return style.numbering if style else None
    level = _value(element.find(f"{W}ilvl"), "0")
    identifier = _value(element.find(f"{W}numId"))
    if not identifier and style and style.numbering:
        identifier = style.numbering[0]
    return (identifier, int(level)) if identifier not in ("", "0") and level.isdigit() else None


def _lists(root: Xml.Element | None) -> dict[str, List]:
    if root is None:
        return {}
    abstract = {
        element.get(f"{W}abstractNumId", ""): {
            int(level.get(f"{W}ilvl", "0")): _level(level) for level in element.findall(f"{W}lvl")
        }
        for element in root.findall(f"{W}abstractNum")
    }
    found = {}
    for element in root.findall(f"{W}num"):
        origin = _value(element.find(f"{W}abstractNumId"))
        levels = dict(abstract.get(origin, {}))
        restarts = False
        for override in element.findall(f"{W}lvlOverride"):
            at = int(override.get(f"{W}ilvl", "0"))
            level = override.find(f"{W}lvl")
            start = _value(override.find(f"{W}startOverride"))
            levels[at] = _level(level) if level is not None else levels.get(at, Level())
            if start.isdigit():
                restarts = True
                levels[at] = replace(levels[at], start=int(start))
        found[element.get(f"{W}numId", "")] = List(origin, levels, restarts)
    return found


def _level(element: Xml.Element) -> Level:
    start = _value(element.find(f"{W}start"), "1")
    return Level(
        _value(element.find(f"{W}numFmt"), "decimal"),
        _value(element.find(f"{W}lvlText"), "%1."),
        int(start) if start.isdigit() else 1,
    )


def _counted(reader: Reader, identifier: str, at: int) -> str:
    """The number in front of the next paragraph of a list, as Word prints it; a hyphen for bullets."""
    its_list = reader.lists.get(identifier, List(identifier, {}))
    levels = its_list.levels
    level = levels.get(at, Level())
    if its_list.restarts and identifier not in reader.used:
        reader.counters.pop(its_list.origin, None)
    reader.used.add(identifier)
    counters = reader.counters.setdefault(its_list.origin, {})
    counters[at] = counters.get(at, level.start - 1) + 1
    for deeper in [other for other in counters if other > at]:
        del counters[deeper]
    if level.number_format in ("bullet", "none") or "%" not in level.text:
        return "-"

    def number(found: re.Match[str]) -> str:
        shown = int(found[1]) - 1
        its = levels.get(shown, Level())
        return numeral(counters.get(shown, its.start), its.number_format)

    return re.sub(r"%([1-9])", number, level.text)


def numeral(value: int, number_format: str) -> str:
    """A number in one of Word's formats; formats that no exam uses come out in digits."""
    if "ounting" in number_format or "ideograph" in number_format.lower():
        return _han(value)
    if number_format in ("upperLetter", "lowerLetter") and value > 0:
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if number_format == "upperLetter" else letter.lower()
    if "Circle" in number_format and 1 <= value <= 20:
        return chr(0x245F + value)
    return str(value)


def _han(value: int) -> str:
    if not 0 < value < 100:
        return "".join(HAN_DIGITS[int(digit)] for digit in str(value))
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{HAN_DIGITS[tens]}十"
    return head + (HAN_DIGITS[ones] if ones else "")


# -- text ------------------------------------------------------------------------------------------------------------


def _blocks(reader: Reader, parent: Xml.Element, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    for element in parent:
        if element.tag == f"{W}p":
            reader.place += 1
            _paragraph(reader, element)
        elif element.tag == f"{W}tbl":
            _end_code(reader)
            _table(reader, element, depth)
        elif element.tag in TRANSPARENT:
            _blocks(reader, element, depth + 1)


def _paragraph(reader: Reader, element: Xml.Element) -> None:
    properties = element.find(f"{W}pPr")
    style = reader.styles.get(_value(properties.find(f"{W}pStyle")) if properties is not None else "", Style())
    heading = _outline(properties) or style.heading
    if style.code and not heading:
        _code(reader, "".join(text for text, _ in _runs(reader, element, 0)))
        return
    _end_code(reader)
    runs = list(_runs(reader, element, 0))
    text = "".join(text for text, _ in runs).strip() if heading else _emphasised(runs)
    numbering = _numbering(properties, style)
    if not text.strip():
        reader.write("")
        return
    listed = bool(reader.lines) and reader.lines[-1].strip() != "" and numbering is not None and not heading
    if reader.lines and reader.lines[-1].strip() and not (listed and _is_entry(reader.lines[-1])):
        _gap(reader)
    if numbering is None:
        reader.write(f"{'#' * heading} {text}" if heading else text)
        return
    number = _counted(reader, *numbering)
    if heading:
        reader.write(f"{'#' * heading} {number if number != '-' else ''} {text}".replace("  ", " "))
    else:
        indent = " " * (3 * numbering[1])
        reader.write(indent + f"{number} {text}".replace("\n", f"\n{indent}   "))


def _gap(reader: Reader) -> None:
    """An empty line between paragraphs, as Markdown wants it; it counts as part of the paragraph before."""
    reader.lines.append("")
    reader.places.append(max(reader.place - 1, 1))


def _is_entry(line: str) -> bool:
    return re.match(r"\s*(?:-|\S{1,8}[.、)）])\s", line) is not None


def _code(reader: Reader, text: str) -> None:
    if not reader.in_code:
        reader.write("```")
        reader.in_code = True
    reader.write(text)


def _end_code(reader: Reader) -> None:
    if reader.in_code:
        reader.in_code = False
        reader.write("```")


def _table(reader: Reader, element: Xml.Element, depth: int) -> None:
    """A pipe table; a table of a single cell is a frame around paragraphs."""
    rows = element.findall(f"{W}tr")
    if len(rows) == 1 and len(rows[0].findall(f"{W}tc")) == 1:
        _blocks(reader, rows[0].findall(f"{W}tc")[0], depth + 1)
        return
    if reader.lines and reader.lines[-1].strip():
        _gap(reader)
    for number, row in enumerate(rows):
        reader.place += 1
        cells = [_cell(reader, cell) for cell in row.findall(f"{W}tc")]
        reader.write(f"| {' | '.join(cells)} |")
        if number == 0:
            reader.write(f"|{' --- |' * len(cells)}")
    _gap(reader)


def _cell(reader: Reader, cell: Xml.Element) -> str:
    texts = [_emphasised(list(_runs(reader, paragraph, 0))) for paragraph in cell.iter(f"{W}p")]
    return " ".join(" ".join(texts).split()).replace("|", "\\|")


def _runs(reader: Reader, parent: Xml.Element, depth: int) -> Iterator[tuple[str, bool]]:
    """Stretches of text, each with whether it is bold."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    for element in parent:
        if element.tag == f"{W}r":
            properties = element.find(f"{W}rPr")
            bold = properties.find(f"{W}b") if properties is not None else None
            text = "".join(_run_text(reader, element))
            yield text, bold is not None and _value(bold, "1") not in ("0", "false", "off")
        elif element.tag in (f"{M}oMath", f"{M}oMathPara"):
            reader.left_out.setdefault("a formula", reader.place)
            yield "".join(part.text or "" for part in element.iter(f"{M}t")), False
        elif element.tag in TRANSPARENT:
            yield from _runs(reader, element, depth + 1)


def _run_text(reader: Reader, run: Xml.Element) -> Iterator[str]:
    for element in run:
        if element.tag == f"{W}t":
            yield element.text or ""
        elif element.tag == f"{W}tab":
            yield "\t"
        elif element.tag in (f"{W}br", f"{W}cr"):
            yield "\n"
        elif element.tag == f"{W}noBreakHyphen":
            yield "-"
        elif element.tag in (f"{W}drawing", f"{W}pict", f"{W}object", f"{MC}AlternateContent"):
            boxes = list(element.iter(f"{W}txbxContent"))[:1]
            reader.left_out.setdefault("a text box or drawing" if boxes else "a picture", reader.place)
            yield from (part.text or "" for box in boxes for part in box.iter(f"{W}t"))
        elif element.tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            reader.left_out.setdefault("a footnote", reader.place)


def _emphasised(runs: list[tuple[str, bool]]) -> str:
    """The text of a paragraph with its bold stretches marked."""
    stretches: list[tuple[str, bool]] = []
    for text, bold in runs:
        if stretches and (stretches[-1][1] == bold or not text.strip()):
            stretches[-1] = (stretches[-1][0] + text, stretches[-1][1])
        elif text:
            stretches.append((text, bold))
    parts = []
    for text, bold in stretches:
        inner = text.strip()
        if bold and inner and "\n" not in inner:
            start = text.index(inner)
            parts.append(f"{text[:start]}**{inner}**{text[start + len(inner) :]}")
        else:
            parts.append(text)
    return "".join(parts).rstrip()
