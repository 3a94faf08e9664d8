"""What a page says in HTML, put into a Word document: paragraphs, lists, code, tables, formulas, pictures."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from examgen.render.docx_marks import MONO, SANS, set_face, set_shade
from examgen.render.omml import office_math

if TYPE_CHECKING:
    from examgen.render.docx import Writer

_VOID = frozenset(("br", "img", "hr", "input", "wbr"))


def escaped(text: str) -> str:
    """Text as HTML says it between tags."""
    return escape(text, quote=False)


class Filler(HTMLParser):
    """Puts a piece of a page's HTML into the document. The HTML is our own: markdown-it's, with our classes."""

    def __init__(
        self,
        writer: Writer,
        paragraph: Any,
        *,
        indent_mm: float = 0.0,
        hanging_mm: float = 0.0,
        keep: bool = False,
        colour: str = "",
        points: float = 0.0,
        bold: bool = False,
    ) -> None:
        super().__init__(convert_charrefs=True)
        self.writer, self.paragraph = writer, paragraph
        self.inline = paragraph is not None
        self.indent_mm, self.hanging_mm, self.keep, self.colour, self.points = (
            indent_mm,
            hanging_mm,
            keep,
            colour,
            points,
        )
        self.bold, self.code, self.pre, self.skip = int(bold), 0, False, 0
        self.number, self.code_line = False, 0
        self.lists: list[int] = []
        self.rows: list[list[str]] | None = None
        self.cell: list[str] | None = None

    def feed_all(self, html: str) -> None:
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if self.skip:
            self.skip += tag not in _VOID
        elif self.cell is not None and tag not in ("td", "th"):
            self.cell.append(self.get_starttag_text() or "")
        elif "math" in classes:
            self._formula(given.get("aria-label", ""))
            self.skip = 1
        elif tag == "p" or tag == "li":
            self._begin(bullet=tag == "li")
        elif tag in ("strong", "b", "em"):
            self.bold += tag != "em"
        elif tag == "pre":
            self.pre, self.code_line = True, int("numbered" in classes)
        elif tag == "code":
            self.code += 1
        elif tag in ("ol", "ul"):
            self.lists.append(1 if tag == "ol" else 0)
        elif tag == "table":
            self.rows = []
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.cell = []
        elif tag == "img":
            self._picture(given.get("src", ""), given.get("alt", ""))
        elif tag == "br":
            self._run("\n")
        elif tag == "span" and "line" in classes and self.pre:
            self._begin(code=True)
        elif tag == "span" and "no" in classes:
            self.number = True
        elif tag == "span" and "blank" in classes:
            self._run(" " if self.writer.sort == "teacher" else "＿" * 6)

    def handle_endtag(self, tag: str) -> None:
        if self.skip:
            self.skip -= 1
        elif self.cell is not None and tag not in ("td", "th"):
            self.cell.append(f"</{tag}>")
        elif tag in ("strong", "b"):
            self.bold -= 1
        elif tag == "code":
            self.code -= 1
        elif tag == "pre":
            self.pre = False
            self._leave()
        elif tag in ("ol", "ul"):
            self.lists.pop()
        elif tag in ("p", "li"):
            self._leave()
        elif tag in ("td", "th") and self.rows and self.cell is not None:
            self.rows[-1].append("".join(self.cell))
            self.cell = None
        elif tag == "table" and self.rows:
            self._leave()
            self.writer.table([[Markup(cell) for cell in row] for row in self.rows], indent_mm=self.indent_mm)
            self.rows = None

    def handle_data(self, data: str) -> None:
        if self.skip:
            return
        if self.cell is not None:
            self.cell.append(escaped(data))
        elif self.pre:
            self._run(data.rstrip("\n"))
        elif self.inline or self.paragraph is not None or data.strip():
            # A tab after the number, to the hanging indent.
            self._run(re.sub(r"\s*\n\s*", " ", data).replace("\u2005", "") + ("\t" if self.number else ""))
            self.number = False

    def _begin(self, *, bullet: bool = False, code: bool = False) -> None:
        if self.inline:
            return
        nested = 6.0 * len(self.lists)
        self.paragraph = self.writer.paragraph(self.indent_mm + nested, self.hanging_mm or (4.0 if bullet else 0.0))
        self.paragraph.paragraph_format.keep_with_next = self.keep or code
        if code:
            self.paragraph.style = "Code"
            set_shade(self.paragraph, "F4F4F4")
            if self.code_line:
                self._run(f"{self.code_line:>3}  ")
                self.code_line += 1
        if bullet:
            mark = f"{self.lists[-1]}. " if self.lists and self.lists[-1] else "• "
            self.lists[-1] += bool(self.lists[-1])
            self._run(mark)
        self.hanging_mm = 0.0

    def _leave(self) -> None:
        if not self.inline:
            self.paragraph = None

    def _run(self, text: str) -> None:
        from docx.shared import Pt, RGBColor

        if not text:
            return
        if self.paragraph is None:
            self._begin()
        run = self.paragraph.add_run(text)
        run.bold = self.bold > 0 or None
        if self.bold > 0:
            set_face(run._r.get_or_add_rPr(), SANS)
        if self.code:
            set_face(run._r.get_or_add_rPr(), MONO)
            run.font.size = Pt(self.writer.size.root_pt * 0.86)
        elif self.points:
            run.font.size = Pt(self.points * self.writer.size.root_pt / 10.5)
        if self.colour:
            run.font.color.rgb = RGBColor.from_string(self.colour)

    def _formula(self, tex: str) -> None:
        from docx.oxml import parse_xml

        made = office_math(tex)
        if made is None:
            self._run(f"${tex}$")
            return
        if self.paragraph is None:
            self._begin()
        # Word centres a formula that is alone in its paragraph.
        self.paragraph._p.append(parse_xml(ET.tostring(made, encoding="unicode")))

    def _picture(self, source: str, alt: str) -> None:
        from docx.shared import Mm
        from PIL import Image

        data = self.writer.view.content.used[source.removeprefix("exam:picture/")]
        if self.paragraph is None:
            self._begin()
        with Image.open(io.BytesIO(data)) as picture:
            width_mm = min(picture.size[0] * 25.4 / 96, self.writer.width_mm - self.indent_mm)
            if picture.format not in ("PNG", "JPEG", "GIF"):
                converted = io.BytesIO()
                picture.convert("RGBA").save(converted, "PNG")
                data = converted.getvalue()
        shape = self.paragraph.add_run().add_picture(io.BytesIO(data), width=Mm(width_mm))
        shape._inline.docPr.set("descr", alt)
