"""The whole shipped bank goes to paper: every character and formula, in glyphs that exist."""

import io
import re
import unicodedata
from collections import Counter
from html import unescape
from itertools import groupby

import pikepdf
import pypdfium2
import pytest
from test_pdf import elements, fonts_of

from examgen.assets import shipped
from examgen.bank import load_bank
from examgen.model import Exam, Form, Item, PlacedItem, Section
from examgen.paper import make_paper, own_texts
from examgen.questions.fill_in import GAP
from examgen.render import Sort, render
from examgen.render.markdown import Content, plain_text

pytestmark = pytest.mark.slow
LANGS = ("zh", "en")
TAG = re.compile(r"<svg.*?</svg>|<[^>]+>", re.DOTALL)
BETWEEN = re.compile(r"_{3,}|（\s*）|\(\s*\)|\n")
# Below it stand the page's number, the title and the code.
FOOT_PT = 45.0
# No line that a page begins or ends with has fewer characters.
SHORT_LINE = 8


@pytest.fixture(scope="module", params=LANGS)
def items(request) -> tuple[Item, ...]:
    bank = load_bank(shipped("banks") / "llm-training")
    return tuple(sorted(bank.in_language(request.param), key=lambda item: (item.kind, item.id)))


@pytest.fixture(scope="module")
def printed(items) -> dict[Sort, bytes]:
    """The candidate's paper and the marking scheme of one exam of all items."""
    placed = [PlacedItem(number=n, item_id=i.id, points=i.max_score) for n, i in enumerate(items, 1)]
    kinds = groupby(zip(placed, items, strict=True), key=lambda pair: pair[1].kind)
    sections = tuple(Section(id=kind, kind=kind, items=tuple(place for place, _ in pairs)) for kind, pairs in kinds)
    form = Form(name="A", sections=sections)
    exam = Exam(id="all", title="All", lang=items[0].lang, items=items, forms=(form,))
    files = {sort: render(make_paper(exam), "pdf", sort) for sort in ("paper", "scheme")}
    assert [file.problems for file in files.values()] == [(), ()]
    return {sort: file.data for sort, file in files.items()}


def squeezed(text: str) -> str:
    """Text without what layout adds: spaces and line ends; PDFium has a sign of its own for a hyphen before one."""
    return re.sub(r"\s+|\u2005", "", unicodedata.normalize("NFKC", text.replace("\x02", "-")))


def text_of(data: bytes) -> str:
    """The text of all pages without their feet, so that a sentence runs on over the end of a page."""
    pages = [page.get_textpage() for page in pypdfium2.PdfDocument(data)]
    return squeezed("".join(page.get_text_bounded(bottom=FOOT_PT) for page in pages))


def stands_in(run: str, text: str) -> bool:
    """Whether a run of text is there, in one piece or in two that the end of a page parts."""
    if run in text:
        return True
    first = next(end for end in range(len(run), -1, -1) if run[:end] in text)
    return min(first, len(run) - first) >= SHORT_LINE and run[first:] in text


def runs_of(html: str) -> list[str]:
    """The pieces of text between tags, gaps and brackets to be filled in."""
    return [plain_text(run) for run in BETWEEN.split(TAG.sub("\n", html))]


def asked(item: Item) -> list[str]:
    """The texts that a candidate gets."""
    return [GAP.sub("____", item.question) if item.kind == "fill_in" else item.question, *own_texts(item)]


def answered(item: Item) -> list[str]:
    """The texts that a marker gets."""
    reasons = [option.reason for option in item.options if option.reason]
    references = [*item.references, *([item.reference] if item.reference else [])]
    return [*references, *(point.text for point in item.points), item.explanation, *reasons]


def wanted(items, sort):
    """Item, and the HTML of one of its texts."""
    content = Content({})
    for item in items:
        texts = [*asked(item)] if sort == "paper" else answered(item)
        if sort == "scheme" and item.kind == "short_answer":
            texts += asked(item)
        yield from ((item, content.block(text, item.id)) for text in texts)


@pytest.mark.parametrize("sort", ["paper", "scheme"])
def test_every_character_is_in_the_text(items, printed, sort):
    text = text_of(printed[sort])

    runs = [(item.id, squeezed(run)) for item, html in wanted(items, sort) for run in runs_of(html)]
    missing = [(name, run) for name, run in runs if not stands_in(run, text)]

    assert missing == []


@pytest.mark.parametrize("sort", ["paper", "scheme"])
def test_every_formula_is_drawn_and_has_its_source_as_text(items, printed, sort):
    asked_for = re.findall(r'aria-label="([^"]*)"', "".join(html for _, html in wanted(items, sort)))
    spoken = Counter(unescape(tex) for tex in asked_for)
    with pikepdf.open(io.BytesIO(printed[sort])) as pdf:
        drawn = Counter(str(e.Alt) for e in elements(pdf.Root.StructTreeRoot) if e.get("/S") == "/Figure")

    assert spoken
    assert spoken - drawn == Counter()


@pytest.mark.parametrize("sort", ["paper", "scheme"])
def test_all_fonts_are_the_papers_own(printed, sort):
    assert {name.partition("+")[2][:4] for name in fonts_of(printed[sort])} == {"Exam"}


@pytest.mark.parametrize("sort", ["paper", "scheme"])
def test_no_glyph_is_the_empty_box(printed, sort):
    boxes, shapes = [], 0
    with pikepdf.open(io.BytesIO(printed[sort])) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            for operands, operator in pikepdf.parse_content_stream(page):
                for shown in operands[0] if str(operator) == "TJ" else operands if str(operator) == "Tj" else ():
                    if isinstance(shown, pikepdf.String):
                        codes = bytes(shown)  # two bytes a glyph, and the empty box is the first of every font
                        shapes += len(codes) // 2
                        boxes += [number for place in range(0, len(codes), 2) if codes[place : place + 2] == b"\0\0"]

    assert shapes > 10_000
    assert boxes == []
