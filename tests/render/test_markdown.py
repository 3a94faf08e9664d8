import re

import pytest
from exam_samples import PICTURE, one_item_exam
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.errors import ContentError, ExamgenError
from examgen.model import Blank, Item, Option, RubricPoint
from examgen.paper import make_paper
from examgen.render.formulas import formula
from examgen.render.look import Look
from examgen.render.markdown import Content, picture_name, plain_text, width
from examgen.render.pages import print_html, web_html
from examgen.render.theme import load_theme, page_size
from examgen.render.view import view_paper


def block(text: str) -> str:
    return str(Content().block(text, "item q"))


def inline(text: str) -> str:
    return str(Content().inline(text, "item q"))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("甲", "<p>甲</p>\n"),
        ("**重点，**继续", "<p><strong>重点，</strong>继续</p>\n"),
        ("使用Python训练", "<p>使用\u2005Python\u2005训练</p>\n"),
        ("上一行\n下一行", "<p>上一行下一行</p>\n"),
        ("one\ntwo", "<p>one\ntwo</p>\n"),
        ("<b>x</b> & <script>", "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;</p>\n"),
        ("[链接](https://example.org)", "<p>链接</p>\n"),
        ("[坏](javascript:alert(1))", "<p>[坏](javascript:alert(1))</p>\n"),
        ("# 标题", '<p class="subhead">标题</p>\n'),
        ("成本为$5，售价为$10", "<p>成本为\u2005$5，售价为\u2005$10</p>\n"),
        ("a\u202eb\u200bc", "<p>abc</p>\n"),
        ("`a<b`", "<p><code>a&lt;b</code></p>\n"),
    ],
)
def test_markdown_becomes_html(text, html):
    assert block(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("（____）与“____”", "<p>（____）与“____”</p>\n"),
        ("填空：\n\n____", "<p>填空：</p>\n<p>____</p>\n"),
        ("**____** 与 __粗__", "<p><strong>____</strong> 与 <strong>粗</strong></p>\n"),
        ("`a____b`", "<p><code>a____b</code></p>\n"),
        ("    x = ____", '<pre class="code"><code><span class="line">x = ____\n</span></code></pre>\n'),
    ],
)
def test_a_gap_is_neither_emphasis_nor_a_rule(text, html):
    assert block(text) == html


def test_code_is_cut_into_lines_that_are_whole():
    html = block('```python\nx = 1\n"""a\nb"""\n```')

    lines = re.findall(r'<span class="line">(.*?)\n</span>', html, re.DOTALL)
    assert [plain_text(line) for line in lines] == ["x = 1", '"""a', 'b"""']
    assert all(line.count("<span") == line.count("</span>") for line in lines)
    assert 'class="code numbered"' in html


def test_two_lines_of_code_need_no_numbers():
    assert 'class="code"' in block("```\na\nb\n```")


def test_formulas_are_pictures_with_their_latex_as_text():
    html = inline("$x^2$")

    assert 'role="img" aria-label="x^2"' in html
    assert "<path" in html
    assert plain_text(html) == ""


def test_han_characters_stand_in_formulas():
    content = Content()

    html = content.inline("$\\frac{\\text{正确数}}{\\text{总数}}$", "item q")

    assert content.problems == []
    assert html.count("<path") == 5


@pytest.mark.parametrize("char", ["한", "😀"])
def test_a_formula_with_a_character_that_no_font_has_is_no_picture(char):
    content = Content()

    html = content.inline(f"$x_{{\\text{{{char}}}}}$", "item q")

    assert "<svg" not in html
    assert content.problems == [f"item q: the formula $x_{{\\text{{{char}}}}}$ cannot be set: no font has {char!r}"]


def test_a_formula_that_fails_leaves_the_next_as_it_would_be():
    before = formula("7\\times 10^9", False)
    formula.cache_clear()

    failed = formula("x_{\\text{한}}", False)

    assert failed.svg == ""
    assert formula("7\\times 10^9", False) == before


def test_table_columns_keep_their_side():
    html = block("|a|b|\n|:-|-:|\n|1|2|")

    assert '<th scope="col" class="left">a</th>' in html
    assert '<td class="right">2</td>' in html
    assert "style=" not in html


def test_pictures_of_the_exam_are_shown_and_no_others():
    content = Content({"a.png": PICTURE})

    html = content.block("![图](a.png)", "item q")

    name = picture_name("a.png")
    assert f'<img class="picture" src="exam:picture/{name}" alt="图">' in html
    assert content.used == {name: PICTURE}
    with pytest.raises(ContentError, match=r"the picture '\.\./a\.png' is not among the exam's files"):
        content.block("![图](../a.png)", "item q")


@pytest.mark.parametrize("name", ["图-1.png", "a___b.png", "a b.png", "100%.png"])
def test_a_picture_may_have_any_name(name):
    content = Content({name: PICTURE})

    content.block(f"![](<{name}>)", "item q")

    assert list(content.used.values()) == [PICTURE]


def test_a_picture_that_is_none_is_refused():
    with pytest.raises(ContentError, match=r"the picture 'a\.png' cannot be read"):
        Content({"a.png": b"<svg/>"}).block("![图](a.png)", "item q")


def test_widths_are_those_of_the_glyphs():
    assert width("正确率") == 3.0
    assert 1.9 < width("iiii") * 2 < width("MMMM")
    assert width(inline("$O(n)$")) > 1.5


SIGNS = "$`*_#|[]()<>!\\-{}~^&\n 　“”。，（）一二三abcXYZ012"
TEXT = st.one_of(st.text(SIGNS, min_size=1, max_size=60), st.text(st.characters(codec="utf-8"), min_size=1, max_size=8))


@settings(max_examples=40, deadline=None)
@given(TEXT, TEXT, TEXT, TEXT)
def test_any_text_is_set_or_refused_in_one_line(question, option, answer, point):
    items = [
        Item(id="q", kind="single_choice", question=question, options=choices(option), max_score=1, explanation=answer),
        Item(id="q", kind="fill_in", question=question + "____", blanks=(Blank(answers=(answer,)),), max_score=1),
        Item(id="q", question=question, reference=answer, points=(RubricPoint(id="p", text=point),), max_score=1),
    ]
    theme, size = load_theme(Look().theme), page_size("a4")
    for item in items:
        paper = make_paper(one_item_exam(item))
        try:
            for sort, mode in (("paper", "print"), ("scheme", "print"), ("teacher", "teacher")):
                view = view_paper(paper, theme, size, mode, solutions=sort == "scheme")
                html = print_html(sort, view, theme, size)
                assert "<script" not in html
                if sort == "paper" and item.blanks:
                    page = web_html("paper", view_paper(paper, theme, size, "web"), theme, size)
                    assert page.count("<script") == 1
        except ExamgenError as error:
            assert "\n" not in str(error)


def choices(text: str) -> tuple[Option, ...]:
    return (Option(id="A", text=text, correct=True), Option(id="B", text=text + "。"))
