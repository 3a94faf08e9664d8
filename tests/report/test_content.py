"""What a bank says on the pages of a report: set as on papers, and safe whatever it holds."""

import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from examgen.model import Grade, Item, Option, PointGrade, RubricPoint
from examgen.records import write_jsonl
from examgen.report import write_report
from examgen.report.content import BankTexts, ReportTexts

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[here](javascript:alert(1)) and <https://evil.example>",
    "![x](https://evil.example/x.png)",
    "![x](../../../etc/passwd)",
    '![" onload="alert(1)](data:image/svg+xml;base64,PHN2Zy8+)',
    '$"><script>alert(1)</script>$',
    '$\\text{</svg><img src=x onerror="alert(1)">}$',
    "$\\href{javascript:alert(1)}{x}$",
    '```"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```',
    "| a |\n|---|\n| <iframe src=//evil.example> |",
    "</div></article><style>*{display:none}</style>",
]
TAGS = {"p", "ol", "ul", "li", "strong", "em", "code", "pre", "span", "div", "img", "br"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


def png(width=2):
    data = BytesIO()
    Image.new("RGB", (width, 2)).save(data, "PNG")
    return data.getvalue()


class Tags(HTMLParser):
    """The tags of a page, and every attribute that could load something or run."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.risky = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.risky += [(n, v) for n, v in attributes if n.startswith("on") or n in ("src", "href", "srcset", "action")]


def credits_of(item):
    return tuple(PointGrade(id=point.id, credit=0, similarity=0) for point in item.points)


def write(tmp_path, items, answers, home=None):
    known = {item.id: item for item in items}
    facts = {"score": 1, "max_score": 4, "status": "graded", "confidence": 1}
    write_jsonl(
        tmp_path / "grades.jsonl",
        [
            Grade(candidate_id=candidate, item_id=item, answer=answer, points=credits_of(known[item]), **facts)
            for candidate, item, answer in answers
        ],
    )
    write_report(tmp_path / "grades.jsonl", tmp_path / "report", known, home=home)
    return tmp_path / "report"


def test_questions_points_and_options_are_set_and_answers_are_not(tmp_path):
    points = (RubricPoint(id="p1", text="除以 $\\sqrt{d}$，**不是** $d$", weight=4),)
    item = Item(id="a", question="**为什么**除以 $\\sqrt{d}$？\n\n- 一", points=points, max_score=4)
    options = (Option(id="A", text="`n`"), Option(id="B", text="$n$", correct=True))
    choice = Item(id="b", kind="single_choice", question="多快？", options=options, max_score=4)

    report = write(tmp_path, [item, choice], [("c", "a", "**因为** $\\sqrt{d}$"), ("c", "b", "B")])

    page = (report / "candidates" / "00001.html").read_text(encoding="utf-8")
    assert "<strong>为什么</strong>除以" in page
    assert "<li>一</li>" in page
    assert "<li>A. <code>n</code></li>" in page
    assert re.findall(r'alt="([^"]+)"', page) == ["\\sqrt{d}", "\\sqrt{d}", "d", "n"]
    assert ">**因为** $\\sqrt{d}$</div>" in page
    assert "<strong>不是</strong>" in (report / "items" / "0001.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("texts", [BankTexts, ReportTexts])
def test_a_hostile_text_of_a_bank_stays_text(texts, text):
    made = texts()

    for html in (made.block(text), made.inline(f"so {text}")):
        found = Tags(str(html))
        assert found.tags - TAGS - {"svg", "path", "rect"} == set()
        assert [value for _, value in found.risky if not value.startswith("../formulas/")] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_with_hostile_content_holds_nothing_but_the_reports_own_tags(tmp_path, text):
    point = RubricPoint(id="p1", text=text, weight=4)
    quiet = write(tmp_path / "1", [Item(id="a", question="q $x$", points=(point,), max_score=4)], [("c", "a", "")])
    item = Item(id="a", title=text, question=text, points=(point,), max_score=4)

    report = write(tmp_path / "2", [item], [("c", "a", text)])

    for place in ("candidates/00001.html", "items/0001.html"):
        own = Tags((quiet / place).read_text(encoding="utf-8"))
        page = Tags((report / place).read_text(encoding="utf-8"))
        assert page.tags <= own.tags | TAGS
        assert "script" not in page.tags
        outside = [
            value for _, value in page.risky if not re.fullmatch(r"(\.\./)?[\w/-]+\.(html|svg|css)(#\w+)?", value)
        ]
        assert outside == []


def test_pages_share_each_formula_as_one_file(tmp_path):
    item = Item(id="a", question="$x^2$ 与 $x^2$ 与 $$y$$", max_score=4)

    report = write(tmp_path, [item], [(f"c{n}", "a", "x") for n in range(3)])

    assert len(list((report / "formulas").iterdir())) == 2
    for page in (report / "candidates").iterdir():
        text = page.read_text(encoding="utf-8")
        shown = re.findall(r'<img class="(math \w+)" src="\.\./(formulas/\w+\.svg)" alt="(.+?)"', text)
        assert [(kind, tex) for kind, _, tex in shown] == [
            ("math inline", "x^2"),
            ("math inline", "x^2"),
            ("math block", "y"),
        ]
        assert all((report / file).read_text(encoding="utf-8").startswith("<svg ") for _, file, _ in shown)


def test_what_cannot_be_printed_stays_as_it_was_written():
    texts = BankTexts()

    assert texts.block("![图](missing.png) **x**") == '<p class="text">![图](missing.png) **x**</p>'
    assert texts.inline("a" * 3000) == "a" * 3000
    assert texts.inline("$\\frac{1$") == '<code class="math-error">\\frac{1</code>'


def test_pictures_come_from_the_folder_of_the_exam_and_from_nowhere_else(tmp_path):
    (tmp_path / "exam" / "assets").mkdir(parents=True)
    (tmp_path / "exam" / "assets" / "curve.png").write_bytes(png())
    (tmp_path / "exam" / "secret.png").write_bytes(png(3))
    items = [
        Item(id="a", question="![曲线](curve.png)", max_score=4),
        Item(id="b", question="![x](../secret.png)", max_score=4),
    ]

    report = write(tmp_path, items, [("c", "a", ""), ("c", "b", "")], tmp_path / "exam")

    page = (report / "candidates" / "00001.html").read_text(encoding="utf-8")
    [place] = re.findall(r'<img class="picture" src="\.\./(pictures/\w+\.png)" alt="曲线">', page)
    assert [file.relative_to(report).as_posix() for file in (report / "pictures").iterdir()] == [place]
    assert (report / place).read_bytes() == png()
    assert "![x](../secret.png)" in page


def test_the_fonts_beside_the_pages_have_every_character_of_them(tmp_path):
    item = Item(id="a", title="题目", question="### 小标题\n\n**粗体**与`代码`", max_score=4)

    report = write(tmp_path, [item], [("李雷", "a", "作答用字")])

    css = (report / "fonts.css").read_text(encoding="utf-8")
    faces = {
        (family, int(weight)): TTFont(BytesIO(base64.b64decode(data))).getBestCmap()
        for family, weight, data in re.findall(r"family:'(.+?)';font-weight:(\d+);src:url\(.+?base64,(.+?)\)", css)
    }
    pages = "".join(page.read_text(encoding="utf-8") for page in report.rglob("*.html"))
    text = re.sub(r"<style>.*?</style>|<[^>]+>", "", pages, flags=re.DOTALL)
    assert {char for char in text if char > " " and ord(char) not in faces["Exam Sans", 400]} - {"\u2005"} == set()
    assert {char for char in "李雷题目小标题粗体总分" if ord(char) not in faces["Exam Sans", 700]} == {"总"}
    assert all('<link rel="stylesheet"' in page.read_text(encoding="utf-8") for page in report.rglob("*.html"))


@pytest.mark.browser
def test_a_page_opened_from_the_disk_shows_its_formulas_and_pictures_and_asks_for_nothing_else(tmp_path):
    from playwright.sync_api import sync_playwright

    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "curve.png").write_bytes(png())
    item = Item(id="a", question="$x$ ![曲线](curve.png) ![y](https://evil.example/y.png)", max_score=4)
    item = item.model_copy(update={"points": (RubricPoint(id="p1", text="$\\frac{1}{x}$", weight=4),)})
    good = Item(id="b", question="$x$ ![曲线](curve.png)", max_score=4)
    report = write(tmp_path, [item, good], [("c", "a", ""), ("c", "b", "")], tmp_path)

    said, asked = [], []
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((report / "candidates" / "00001.html").as_uri())
        widths = page.evaluate("[...document.images].map(image => image.naturalWidth > 0)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()

    assert (widths, wide, said) == ([True, True, True], 390, [])
    assert all(url.startswith(report.as_uri()) for url in asked)
