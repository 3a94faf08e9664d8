"""Marks of Word's own that python-docx has no words for: fonts of two scripts, borders, shades, places of tables."""

from __future__ import annotations

from typing import Any

SERIF, SANS, MONO = ("Times New Roman", "宋体"), ("Arial", "黑体"), ("Consolas", "宋体")

# Word takes the settings of a paragraph and of a table in the order of the standard alone (ECMA-376 part 1, 17.3.1.26
# and 17.4.59).
_AFTER_BORDERS = (
    *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct"),
    *("w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind"),
    *("w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment"),
    *("w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"),
)
_AFTER_INDENT = ("w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
_AFTER_PLACE = (
    *("w:tblOverlap", "w:bidiVisual", "w:tblStyleRowBandSize", "w:tblStyleColBandSize", "w:tblW", "w:jc"),
    *("w:tblCellSpacing", "w:tblInd", *_AFTER_INDENT),
)


def pt(points: float) -> Any:
    """A size in points."""
    from docx.shared import Pt

    return Pt(points)


def set_face(properties: Any, face: tuple[str, str]) -> None:
    """Latin and Chinese characters each have their font in Word."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(name), face[0])
    fonts.set(qn("w:eastAsia"), face[1])
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        if fonts.get(qn(name)) is not None:
            del fonts.attrib[qn(name)]


def set_border(paragraph: Any, side: str, line: str) -> None:
    """Draw a line, ``single`` or ``dashed`` and the like, at one side of a paragraph."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:pBdr")
    # Word draws one box around neighbours with the same border unless they have one between them.
    for name in (side, "between") if line == "single" else (side,):
        border = OxmlElement(f"w:{name}")
        for key, value in (("val", line), ("sz", "4"), ("space", "1"), ("color", "888888")):
            border.set(qn(f"w:{key}"), value)
        borders.append(border)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *_AFTER_BORDERS)


def set_shade(paragraph: Any, colour: str) -> None:
    """Lay a colour, RRGGBB, behind a paragraph."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{key}"), value)
    paragraph._p.get_or_add_pPr().insert_element_before(shade, *_AFTER_BORDERS[1:])


def indent_table(table: Any, indent_mm: float) -> None:
    """Set a table in from the left margin."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    indent = OxmlElement("w:tblInd")
    indent.set(qn("w:w"), str(round(indent_mm * 56.7)))
    indent.set(qn("w:type"), "dxa")
    table._tbl.tblPr.insert_element_before(indent, *_AFTER_INDENT)


def float_table(table: Any) -> None:
    """Let the text that follows stand beside a table, which keeps its cells narrow."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    place = OxmlElement("w:tblpPr")
    for key, value in (("rightFromText", "170"), ("vertAnchor", "text"), ("horzAnchor", "margin"), ("tblpY", "120")):
        place.set(qn(f"w:{key}"), value)
    table._tbl.tblPr.insert_element_before(place, *_AFTER_PLACE)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def add_field(paragraph: Any, name: str) -> None:
    """Add what Word works out itself, such as ``PAGE``."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)
