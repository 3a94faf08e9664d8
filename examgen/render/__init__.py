"""Papers to files: PDF, HTML and DOCX from one view of a paper, in any theme and page size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from examgen.errors import ExamgenError
from examgen.paper import Paper, PaperCode
from examgen.render.look import Look, Mode, Rendered, Sort
from examgen.render.theme import BODY_PT, DEFAULT_THEME, PAGE_SIZES, load_theme, page_size, theme_names

if TYPE_CHECKING:
    from examgen.render.stamp import Stamper
    from examgen.render.view import PaperView

__all__ = ["FORMATS", "PAGE_SIZES", "Look", "Rendered", "Sort", "lay_out", "render", "stamped", "theme_names"]


def render(paper: Paper, format: str = "pdf", sort: Sort = "paper", look: Look | None = None) -> Rendered:  # noqa: A002
    """Make a file of a paper.

    The same paper and look give the same bytes.

    Args:
        paper: What is printed.
        format: A name in `FORMATS`.
        sort: The candidate's paper, the teacher's copy with answers, the marking scheme, or the answer sheet.
        look: Theme, page size and pictures.

    Raises:
        ContentError: a text of the paper cannot be printed; it names the item.
        ExamgenError: there is no such format, theme or size.
    """
    if format not in FORMATS:
        raise ExamgenError(f"there is no format {format!r}", f"Choose one of {', '.join(FORMATS)}.")
    return FORMATS[format](paper, sort, look or Look())


def lay_out(paper: Paper, sort: Sort, look: Look, texts: Iterable[str] = ()) -> tuple[Stamper, tuple[str, ...]]:
    """Lay a paper out once, ready to be stamped for many.

    Args:
        paper: A paper without a candidate.
        sort: What is printed.
        look: Theme, page size and pictures.
        texts: All texts that will be stamped.

    Returns:
        What stamps it, and the problems found.
    """
    from examgen.render.impose import fold
    from examgen.render.pages import print_css, print_html
    from examgen.render.pdf import print_pdf
    from examgen.render.stamp import Stamper

    theme, size = load_theme(look.theme), page_size(look.size)
    view = _view(paper, sort, look, web=False)
    html = print_html(sort, view, theme, size)
    printed = print_pdf(html, print_css(sort, view, theme, size), view.content.used)
    if size.pages_on_a_sheet == 2:
        printed = fold(printed)
    return Stamper(printed, texts, size.root_pt / BODY_PT), tuple(view.content.problems)


def stamped(stamper: Stamper, paper: Paper, theme: str = DEFAULT_THEME) -> bytes:
    """The laid-out paper with a candidate's name, number and codes; without a candidate with codes alone."""
    return stamper.stamp(stamp_values(paper, theme), stamp_codes(paper, stamper.printed.pages))


def stamp_values(paper: Paper, theme: str = DEFAULT_THEME) -> dict[str, str]:
    """What is written onto the blanks of a paper, by their names."""
    if paper.candidate is None:
        return {}
    who, chosen = paper.candidate, load_theme(theme)
    row, words = who.model_dump(), chosen.words_in(paper.lang)
    values = {name: str(row.get(name) or row.get(str(words[name])) or "") for name in chosen.fields}
    return values | {"who": f"{who.name}\n{who.candidate_id}".strip()}


def stamp_codes(paper: Paper, pages: int) -> list[str]:
    """The texts of a paper's QR codes, page by page."""
    whose = paper.candidate.candidate_id if paper.candidate else ""
    return [str(PaperCode(paper.exam.id, paper.version, whose, page)) for page in range(1, pages + 1)]


def _view(paper: Paper, sort: Sort, look: Look, *, web: bool) -> PaperView:
    from examgen.render.view import view_paper

    mode: Mode = "teacher" if sort == "teacher" else "web" if web and sort == "paper" else "print"
    theme, size = load_theme(look.theme), page_size(look.size)
    solutions = sort in ("teacher", "scheme")
    on_sheet = look.on_sheet and sort == "paper"
    return view_paper(paper, theme, size, mode, look.pictures, solutions=solutions, on_sheet=on_sheet)


def _pdf(paper: Paper, sort: Sort, look: Look) -> Rendered:
    texts = [look.more_characters, *stamp_values(paper, look.theme).values()]
    stamper, problems = lay_out(paper, sort, look, texts)
    return Rendered(stamped(stamper, paper, look.theme), stamper.printed.pages, problems)


def _html(paper: Paper, sort: Sort, look: Look) -> Rendered:
    from examgen.render.pages import web_html

    view = _view(paper, sort, look, web=True)
    html = web_html(sort, view, load_theme(look.theme), page_size(look.size), look.more_characters)
    return Rendered(html.encode("utf-8"), problems=tuple(view.content.problems))


def _docx(paper: Paper, sort: Sort, look: Look) -> Rendered:
    from examgen.render.docx import word_file

    return word_file(_view(paper, sort, look, web=False), sort, page_size(look.size))


FORMATS: dict[str, Callable[[Paper, Sort, Look], Rendered]] = {"pdf": _pdf, "html": _html, "docx": _docx}
