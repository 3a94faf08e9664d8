"""The text of a paragraph of a Word document, run by run: its looks, formulas, notes, symbols and readings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from examgen.parse.formulas import M, latex
from examgen.parse.symbols import symbol, written_low_or_high
from examgen.parse.word import Counters, Style, W, is_on, val

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Containers that hold paragraphs or runs without a meaning of their own for us: insertions, content controls, links.
TRANSPARENT = {
    f"{W}{name}" for name in ("ins", "moveTo", "sdt", "sdtContent", "smartTag", "hyperlink", "customXml", "fldSimple")
}
TRANSPARENT |= {f"{MC}AlternateContent", f"{MC}Choice", f"{W}dir", f"{W}bdo"}
MAX_DEPTH = 60
TYPEWRITERS = re.compile(r"courier|consolas|menlo|monaco|mono\b|monospace", re.IGNORECASE)
HAN = re.compile("[\u4e00-\u9fff]")
GAP = "____"
LOOK_AND_ADD = "Look at the item there and add it."


@dataclass
class Allowance:
    """How much text may still be said again: a small file can refer to one long note a million times."""

    chars: int = 20_000_000

    def take(self, text: str) -> str:
        """The text, for which there is room.

        Raises:
            ValueError: there is none.
        """
        self.chars -= len(text)
        if self.chars < 0:
            raise ValueError("says the same text over and over")
        return text


class Stretch(NamedTuple):
    """Text of one look."""

    text: str
    bold: bool = False
    typewriter: bool = False


@dataclass
class Reader:
    """The lines of a document, and the paragraph of each."""

    styles: dict[str, Style]
    counters: Counters
    notes: dict[str, str]
    """Texts of footnotes, endnotes and comments, by kind and id."""
    lines: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    """Places of what could not be turned into text, what it is, and what to do about it."""
    boxes: list[Xml.Element] = field(default_factory=list)
    """Text boxes of the paragraph at hand."""
    place: int = 0
    allowance: Allowance = field(default_factory=Allowance)
    list_level: int = 0
    """The level of the outermost entry of the list at hand."""
    in_code: bool = False
    shows_code: bool = False
    """Whether a font of typewriters sets paragraphs apart from the others."""

    def write(self, line: str) -> None:
        for part in line.split("\n"):
            self.lines.append(part)
            self.places.append(self.place)

    def leave_out(self, what: str, fix: str = LOOK_AND_ADD) -> None:
        if (self.place, what, fix) not in self.left_out[-3:]:
            self.left_out.append((self.place, what, fix))


def style_of(reader: Reader, paragraph: Xml.Element) -> Style:
    """The look that the paragraph's named style gives it."""
    properties = paragraph.find(f"{W}pPr")
    return reader.styles.get(val(properties.find(f"{W}pStyle")) if properties is not None else "", Style())


def font_of(properties: Xml.Element | None) -> str:
    """The name of a font, as far as a paragraph or run sets one."""
    fonts = properties.find(f"{W}rFonts") if properties is not None else None
    return fonts.get(f"{W}ascii", "") if fonts is not None else ""


def stretches_of(reader: Reader, parent: Xml.Element, depth: int, *, bold: bool | None = None) -> Iterator[Stretch]:
    """The text of a paragraph, with its looks."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if bold is None:
        bold = style_of(reader, parent).bold
    for element in parent:
        if element.tag == f"{W}r":
            properties = element.find(f"{W}rPr")
            text = "".join(_run_text(reader, element))
            yield Stretch(_shaped(text, properties), _is_bold(reader, properties, bold), _is_typewriter(properties))
        elif element.tag == f"{M}oMath":
            yield Stretch(_formula(element, "$"))
        elif element.tag == f"{M}oMathPara":
            yield from (Stretch(_formula(formula, "$$")) for formula in element.findall(f"{M}oMath"))
        elif element.tag in TRANSPARENT:
            yield from stretches_of(reader, element, depth + 1, bold=bold)


def _formula(element: Xml.Element, fence: str) -> str:
    text = latex(element)
    return f"{fence}{text}{fence}" if text else ""


def _is_bold(reader: Reader, properties: Xml.Element | None, otherwise: bool) -> bool:
    said = is_on(properties, "b")
    if said is None and properties is not None and (style := val(properties.find(f"{W}rStyle"))):
        return reader.styles.get(style, Style()).bold or otherwise
    return otherwise if said is None else said


def _is_typewriter(properties: Xml.Element | None) -> bool:
    return TYPEWRITERS.search(font_of(properties)) is not None


def _shaped(text: str, properties: Xml.Element | None) -> str:
    """Text that is raised, lowered, or underlined where nothing stands: a gap to fill in."""
    if properties is None or not text:
        return text
    if (position := val(properties.find(f"{W}vertAlign"))) in ("superscript", "subscript") and text.strip():
        return written_low_or_high(text, high=position == "superscript")
    is_gap = not text.strip() and (len(text) > 1 or "\t" in text) and "\n" not in text
    return GAP if is_gap and is_on(properties, "u") else text


def _run_text(reader: Reader, run: Xml.Element) -> Iterator[str]:
    for element in run:
        name = element.tag.removeprefix(W)
        if name == "t":
            yield element.text or ""
        elif name in ("tab", "ptab"):
            yield "\t"
        elif name in ("br", "cr"):
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "sym":
            yield _symbol(reader, element)
        elif name == "ruby":
            yield from _ruby(reader, element)
        elif name in ("drawing", "pict", "object") or element.tag == f"{MC}AlternateContent":
            _drawing(reader, element, name)
        elif name in ("footnoteReference", "endnoteReference"):
            if text := _note(reader, element, name):
                yield f"（注：{text}）" if HAN.search(text) else f" (note: {text})"
        elif name == "commentReference" and (text := _note(reader, element, name)):
            fix = "Write it into the text if it belongs to the question."
            reader.leave_out(f"a comment was left out: {text!r}", fix)


def _note(reader: Reader, element: Xml.Element, name: str) -> str:
    """What the footnote, endnote or comment says that an element refers to."""
    return reader.allowance.take(reader.notes.get(f"{name.removesuffix('Reference')}{element.get(f'{W}id')}", ""))


def _drawing(reader: Reader, element: Xml.Element, name: str) -> None:
    box = next(element.iter(f"{W}txbxContent"), None)
    if box is not None and "".join(part.text or "" for part in box.iter(f"{W}t")).strip():
        reader.boxes.append(box)
        fix = "See that it stands where it belongs."
        reader.leave_out("a text box was read behind the paragraph that it is anchored to", fix)
    elif name == "object":
        reader.leave_out("an embedded object, such as a formula of an old Word, cannot be kept as text")
    else:
        reader.leave_out("a picture cannot be kept as text")


def _symbol(reader: Reader, element: Xml.Element) -> str:
    font, code = element.get(f"{W}font", ""), element.get(f"{W}char", "")
    char = symbol(font, code)
    if not char:
        reader.leave_out(f"the symbol {code} of the font {font} has no known meaning")
    return char


def _ruby(reader: Reader, element: Xml.Element) -> Iterator[str]:
    """Characters with their reading, which stands above them, in brackets."""
    base, reading = (
        "".join(text for run in element.findall(f"{W}{name}/{W}r") for text in _run_text(reader, run))
        for name in ("rubyBase", "rt")
    )
    yield f"{base}({reading})" if reading else base


def emphasised(stretches: list[Stretch]) -> str:
    """The text of a paragraph with its bold stretches marked."""
    merged: list[tuple[str, bool]] = []
    for text, bold, _ in stretches:
        if merged and (merged[-1][1] == bold or not text.strip()):
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
        elif text:
            merged.append((text, bold))
    parts = []
    for text, bold in merged:
        inner = text.strip()
        if bold and inner and "\n" not in inner:
            start = text.index(inner)
            parts.append(f"{text[:start]}**{inner}**{text[start + len(inner) :]}")
        else:
            parts.append(text)
    return "".join(parts).rstrip()
