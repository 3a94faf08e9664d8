"""Papers as Word files, to be edited: the same view of a paper, with formulas as formulas and tables as tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from examgen.render.docx_html import Filler, escaped
from examgen.render.docx_marks import SANS, SERIF, add_field, float_table, indent_table, pt, set_border, set_face
from examgen.render.look import Rendered, Sort
from examgen.render.theme import PageSize
from examgen.render.view import Entry, PaperView, Question, SectionView, Solution

GREY = "6B6B6B"
LINE_TWIPS = 490  # 8.6 mm, as on paper
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def word_file(view: PaperView, sort: Sort, size: PageSize) -> Rendered:
    """A paper, a teacher's copy or a marking scheme as a Word file. The same view gives the same bytes."""
    writer = Writer(view, sort, size)
    return Rendered(_settled(writer.written()), problems=tuple(view.content.problems))


def _settled(data: bytes) -> bytes:
    """The file without the time at which it was packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in sorted(packed.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(info, packed.read(name))
    return out.getvalue()


class Writer:
    def __init__(self, view: PaperView, sort: Sort, size: PageSize) -> None:
        import docx

        self.view, self.sort, self.size = view, sort, size
        self.words = view.words
        self.doc = docx.Document()
        self.width_mm = size.width - size.left - size.right
        self._set_page()

    def say(self, name: str, **values: object) -> str:
        return str(self.words[name]).format(**values)

    def written(self) -> bytes:
        view, sort = self.view, self.sort
        self._masthead()
        if sort == "paper":
            self._score_table()
            self._notices()
        for section in view.sections:
            self._section(section)
        if sort != "scheme":
            self._line(self.say("end"), align="center", face=SANS, points=9, space_before=12)
        out = io.BytesIO()
        self.doc.save(out)
        return out.getvalue()

    # The page

    def _set_page(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.shared import Mm, Pt

        size, section = self.size, self.doc.sections[0]
        section.page_width, section.page_height = Mm(size.width), Mm(size.height)
        section.top_margin, section.bottom_margin = Mm(size.top - 3), Mm(size.bottom)
        section.left_margin, section.right_margin = Mm(size.left), Mm(size.right)
        normal = self.doc.styles["Normal"]
        normal.font.size = Pt(size.root_pt)
        set_face(normal.element.get_or_add_rPr(), SERIF)
        normal.paragraph_format.space_after = Pt(0)
        normal.paragraph_format.line_spacing = 1.25
        for level, points in ((1, size.root_pt * 1.7), (2, size.root_pt * 1.1)):
            style = self.doc.styles[f"Heading {level}"]
            style.font.size, style.font.bold = Pt(points), True
            style.font.color.rgb = None
            set_face(style.element.get_or_add_rPr(), SANS)
            style.paragraph_format.space_before = Pt(0)
            style.paragraph_format.keep_with_next = True
        self.doc.styles.add_style("Code", WD_STYLE_TYPE.PARAGRAPH).base_style = normal
        core = self.doc.core_properties
        core.title, core.author, core.subject = self.view.title, "", self.view.code
        core.language = "zh-CN" if self.view.paper.lang == "zh" else self.view.paper.lang
        self._footer(section)

    def _footer(self, section: Any) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = section.footer.paragraphs[0]
        paragraph.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for piece in re.split(r"(\{pages?\})", str(self.words["page"])):
            if piece in ("{page}", "{pages}"):
                add_field(paragraph, "PAGE" if piece == "{page}" else "NUMPAGES")
            elif piece:
                paragraph.add_run(piece)

    def _masthead(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        view = self.view
        if self.sort == "paper":
            filled = "　".join(f"{field.label}{self.words['colon']}{field.value or '＿' * 6}" for field in view.fields)
            self._line(filled, align="center", face=SANS)
            self._line(
                "　".join(str(self.words["seal"])) if view.paper.lang == "zh" else str(self.words["seal"]),
                align="center",
                face=SANS,
                points=8,
                border=("bottom", "dashed"),
            )
        else:
            self._line(self.say("teacher_mark" if self.sort == "teacher" else "scheme_mark"), face=SANS, bold=True)
        title = self.doc.add_paragraph(view.title, style="Heading 1")
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        extra = {"teacher": "teacher", "scheme": "scheme"}.get(self.sort)
        subtitle = "　".join(part for part in (self.say(extra) if extra else "", view.subtitle) if part)
        if subtitle:
            self._line(subtitle, align="center")
        facts = [f"{self.words['code']}{self.words['colon']}{view.code}"]
        facts += [f"{self.words['time']}{self.words['colon']}{view.minutes}"] if view.minutes else []
        facts.append(f"{self.words['total_head']}{self.words['colon']}{self.say('points', points=view.total)}")
        self._line("　　".join(facts), align="center", points=9, space_after=6)

    def _score_table(self) -> None:
        heads = [section.number for section in self.view.sections]
        marks = [section.marks for section in self.view.sections]
        rows = [
            [self.say("question_no"), *heads, self.say("sum"), self.say("checked_by")],
            [self.say("full_marks"), *marks, self.view.total, ""],
            [self.say("score"), *[""] * (len(heads) + 2)],
        ]
        self.table(rows, align="center")

    def _notices(self) -> None:
        self._line(self.say("notices_title"), align="center", face=SANS, bold=True, space_before=6)
        for number, notice in enumerate(self.view.notices, 1):
            paragraph = self.paragraph(indent_mm=6, hanging_mm=6)
            paragraph.add_run(f"{number}. ")
            Filler(self, paragraph).feed_all(notice)

    # The questions

    def _section(self, section: SectionView) -> None:
        if self.sort == "paper":
            self._score_box()
        self.doc.add_paragraph(section.head, style="Heading 2").paragraph_format.space_before = pt(
            8 if self.sort == "paper" else 10
        )
        self._line(section.note, points=9, space_after=3, keep=True)
        for question in section.questions:
            self._question(question)

    def _score_box(self) -> None:
        """Floats at the left, with the section's head beside it, so that the head stays a heading."""
        table = self.table([[self.say("score"), self.say("marker")], ["", ""]], width_mm=26, align="center")
        float_table(table)
        for cell in [cell for row in table.rows for cell in row.cells]:
            cell.paragraphs[0].paragraph_format.keep_with_next = True

    def _question(self, question: Question, indent_mm: float = 8.0) -> None:
        self._fill(question.stem, indent_mm, hanging_mm=8.0, keep=bool(question.entries or question.lines))
        if question.second:
            self._fill(question.second, indent_mm, colour=GREY)
        if question.kind == "matching":
            self._matching(question, indent_mm)
        elif question.entries:
            self._options(question, indent_mm)
        blank = "＿" * 10
        solution = question.solution if self.sort != "paper" else None
        if question.kind == "ordering":
            self._line(self.say("order") + (solution.key if solution else blank), indent_mm=indent_mm)
        elif question.kind == "numeric":
            answer = solution.key if solution else f"{blank}{question.unit}"
            self._line(self.say("answer") + answer, indent_mm=indent_mm)
        if solution:
            self._solution(question, solution, indent_mm)
        else:
            for number in range(question.lines):
                self._ruled(indent_mm, last=number == question.lines - 1)
        for part in question.parts:
            self._question(part, indent_mm + 8.0)

    def _options(self, question: Question, indent_mm: float) -> None:
        """As many on a line as on the page, with tabs between, so that they stay easy to edit."""
        from docx.shared import Mm

        step = (self.width_mm - indent_mm) / question.columns
        rows = [
            question.entries[at : at + question.columns] for at in range(0, len(question.entries), question.columns)
        ]
        right = question.solution.right if question.solution and self.sort != "paper" else frozenset()
        for number, row in enumerate(rows):
            alone = question.columns == 1
            paragraph = self.paragraph(indent_mm + (6 if alone else 0), hanging_mm=6 if alone else 0)
            paragraph.paragraph_format.keep_with_next = number < len(rows) - 1
            for at, entry in enumerate(row):
                if at:
                    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(indent_mm + step * at))
                    paragraph.add_run("\t")
                self._entry(paragraph, entry, bold=entry.letter in right)

    def _entry(self, paragraph: Any, entry: Entry, *, bold: bool = False) -> None:
        run = paragraph.add_run(f"{entry.letter}. ")
        run.bold = bold
        Filler(self, paragraph, bold=bold).feed_all(entry.html)
        if entry.second:
            paragraph.add_run("  ")
            Filler(self, paragraph, colour=GREY).feed_all(entry.second)

    def _matching(self, question: Question, indent_mm: float) -> None:
        count = max(len(question.lefts), len(question.entries))
        table = self.doc.add_table(rows=count, cols=2)
        for side, entries in enumerate((question.lefts, question.entries)):
            for row, entry in enumerate(entries):
                paragraph = table.cell(row, side).paragraphs[0]
                self._entry(paragraph, entry)
                if side == 0:
                    paragraph.add_run(self.say("bracket", inside="　　"))
        indent_table(table, indent_mm)
        if question.solution and self.sort != "paper":
            self._line(f"{self.say('key_answer')}{self.words['colon']}{question.solution.key}", indent_mm=indent_mm)

    def _ruled(self, indent_mm: float, *, last: bool) -> None:
        from docx.enum.text import WD_LINE_SPACING
        from docx.shared import Twips

        paragraph = self.paragraph(indent_mm, border=("bottom", "single"))
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        paragraph.paragraph_format.line_spacing = Twips(LINE_TWIPS)
        paragraph.paragraph_format.keep_with_next = False if last else None

    def _solution(self, question: Question, solution: Solution, indent_mm: float) -> None:
        if question.kind in ("single_choice", "multiple_choice", "true_false", "fill_in") and self.sort == "scheme":
            marks = self.say("points", points=question.marks)
            self._line(
                f"{self.say('key_answer')}{self.words['colon']}{solution.key}（{marks}）",
                indent_mm=indent_mm,
                bold=True,
            )
        for number, reference in enumerate(solution.references):
            self._line(self.say("alternative" if number else "reference"), indent_mm=indent_mm, face=SANS, bold=True)
            self._fill(reference, indent_mm)
        if solution.points:
            rows = [
                [f"{number}", point.html, self.say("points", points=point.marks)]
                for number, point in enumerate(solution.points, 1)
            ]
            self.table(rows, indent_mm=indent_mm, shares=(0.07, 0.78, 0.15))
        for reason in solution.reasons:
            paragraph = self.paragraph(indent_mm)
            self._entry(paragraph, reason)
        if solution.explanation:
            self._line(self.say("explanation"), indent_mm=indent_mm, face=SANS, bold=True, points=9)
            self._fill(solution.explanation, indent_mm)

    # Pieces

    def paragraph(
        self,
        indent_mm: float = 0.0,
        hanging_mm: float = 0.0,
        border: tuple[str, str] | None = None,
    ) -> Any:
        from docx.shared import Mm

        paragraph = self.doc.add_paragraph()
        style = paragraph.paragraph_format
        style.left_indent, style.first_line_indent = Mm(indent_mm), Mm(-hanging_mm)
        if border:
            set_border(paragraph, *border)
        return paragraph

    def _line(
        self,
        text: str,
        *,
        align: str = "",
        face: tuple[str, str] | None = None,
        points: float = 0.0,
        bold: bool = False,
        indent_mm: float = 0.0,
        space_before: float = 0.0,
        space_after: float = 0.0,
        keep: bool = False,
        border: tuple[str, str] | None = None,
    ) -> None:
        paragraph = self.paragraph(indent_mm, border=border)
        paragraph.alignment = 1 if align == "center" else None
        style = paragraph.paragraph_format
        style.space_before, style.space_after, style.keep_with_next = pt(space_before), pt(space_after), keep
        run = paragraph.add_run(text)
        run.bold = bold
        if points:
            run.font.size = pt(points * self.size.root_pt / 10.5)
        if face:
            set_face(run._r.get_or_add_rPr(), face)

    def _fill(
        self, html: str, indent_mm: float, *, hanging_mm: float = 0.0, keep: bool = False, colour: str = ""
    ) -> None:
        Filler(self, None, indent_mm=indent_mm, hanging_mm=hanging_mm, keep=keep, colour=colour).feed_all(html)

    def table(
        self,
        rows: Sequence[Sequence[str]],
        *,
        align: str = "",
        width_mm: float = 0.0,
        indent_mm: float = 0.0,
        shares: Sequence[float] = (),
    ) -> Any:
        from docx.shared import Mm

        columns = max(len(row) for row in rows)
        table = self.doc.add_table(rows=len(rows), cols=columns)
        table.style = "Table Grid"
        table.autofit = False
        whole = width_mm or self.width_mm - indent_mm
        for at, column in enumerate(table.columns):
            column.width = Mm(whole * (shares[at] if shares else 1 / columns))
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                place = table.cell(number, at)
                place.width = Mm(whole * (shares[at] if shares else 1 / columns))
                paragraph = place.paragraphs[0]
                paragraph.alignment = 1 if align == "center" else None
                Filler(self, paragraph, points=9).feed_all(cell if hasattr(cell, "__html__") else escaped(cell))
        if indent_mm:
            indent_table(table, indent_mm)
        return table
