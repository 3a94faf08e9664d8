import hashlib
import io
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from exam_samples import PICTURES, make_exam, one_item_exam

from examgen.errors import ContentError
from examgen.model import Candidate, Item, Option, RubricPoint
from examgen.paper import PaperCode, make_paper, own_texts
from examgen.render import Look, render, theme_names
from examgen.render.markdown import Content, plain_text
from examgen.render.pdf import print_pdf

LOOK = Look(pictures=PICTURES)
EXAM = make_exam("A", "B")


@pytest.fixture(scope="module")
def paper_pdf() -> bytes:
    candidate = Candidate.model_validate({"candidate_id": "E10001", "name": "欧阳静怡", "class": "三（2）班"})
    return render(make_paper(EXAM, candidate=candidate), "pdf", "paper", LOOK).data


def squeezed(text: str) -> str:
    """Text without what layout adds: spaces and line ends."""
    return re.sub(r"\s+|\u2005", "", unicodedata.normalize("NFKC", text))


def page_texts(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]


def fonts_of(data: bytes) -> dict[str, pikepdf.Object]:
    found = {}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            for font in page.Resources.Font.values():
                descendant = font.DescendantFonts[0]
                descriptor = descendant.FontDescriptor
                embedded = [key for key in ("/FontFile", "/FontFile2", "/FontFile3") if key in descriptor]
                found[str(font.BaseFont)] = (embedded != [], "/ToUnicode" in font)
    return found


def test_every_character_of_the_exam_is_in_the_text(paper_pdf):
    text = squeezed("".join(page_texts(paper_pdf)))
    content = Content(PICTURES)
    wanted = []
    for item in EXAM.items:
        owners = (item, *item.parts)
        wanted += [content.block(owner.question, "") for owner in owners]
        wanted += [content.inline(entry, "") for owner in owners for entry in own_texts(owner)]
        wanted += [content.inline(pair.left, "") for pair in item.pairs]

    for html in wanted:
        for run in re.split(r"_{3,}|（\s*）|\n", re.sub(r"<svg.*?</svg>|<[^>]+>", "\n", html)):
            assert squeezed(plain_text(run)) in text


def test_all_fonts_are_embedded_cut_and_have_their_text(paper_pdf):
    fonts = fonts_of(paper_pdf)

    assert set(fonts.values()) == {(True, True)}
    assert all(re.match(r"/[A-Z]{6}\+", name) for name in fonts)
    assert len(paper_pdf) < 250_000


@pytest.mark.parametrize("sort", ["paper", "teacher", "scheme"])
def test_no_font_of_the_machine_is_used_whatever_the_character(sort):
    signs = "10⁹ x₂ ½ → ≥ ⌈ ① ∑ ⁿ ✓ · ≈ ‖ ㎏ ℝ é 𠮷"
    options = (Option(id="A", text=signs, correct=True, reason=signs), Option(id="B", text=f"**{signs}** `{signs}`"))
    item = Item(
        id="q",
        kind="single_choice",
        question=f"# {signs}\n\n{signs}\n\n- a\n  - b\n    - c",
        options=options,
        explanation=signs,
    )
    exam = one_item_exam(item).model_copy(update={"title": signs, "subtitle": signs, "notices": (signs,)})

    fonts = fonts_of(render(make_paper(exam), "pdf", sort).data)

    assert {name.partition("+")[2][:4] for name in fonts} == {"Exam"}


def test_pages_are_counted(paper_pdf):
    texts = page_texts(paper_pdf)

    assert [f"第{number}页共{len(texts)}页" in squeezed(text) for number, text in enumerate(texts, 1)] == [True] * len(
        texts
    )


def test_name_and_number_stand_on_every_page_and_class_on_the_first(paper_pdf):
    texts = page_texts(paper_pdf)

    assert ["欧阳静怡" in text and "E10001" in text for text in texts] == [True] * len(texts)
    assert ["三（2）班" in text for text in texts] == [True] + [False] * (len(texts) - 1)


def test_a_stem_stands_on_the_page_of_its_options(paper_pdf):
    texts = [squeezed(text) for text in page_texts(paper_pdf)]

    for stem, last in (
        ("最可能的原因是", "欠拟合"),
        ("下列说法错误的是", "它含有可学习的参数"),
        ("残差连接", "类别不平衡"),
    ):
        assert [stem in text and last in text for text in texts].count(True) == 1


def test_the_code_on_each_page_names_exam_version_candidate_and_page(paper_pdf):
    zxingcpp = pytest.importorskip("zxingcpp")

    codes = []
    for page in pypdfium2.PdfDocument(paper_pdf):
        codes += [PaperCode.read(found.text) for found in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]

    assert codes == [PaperCode("ml-2026", "A", "E10001", number + 1) for number in range(len(codes))]
    assert len(codes) == len(pypdfium2.PdfDocument(paper_pdf))


def test_the_pdf_has_language_title_bookmarks_and_tags(paper_pdf):
    with pikepdf.open(io.BytesIO(paper_pdf)) as pdf:
        marks = [mark.title for mark in pdf.open_outline().root[0].children]
        formulas = [str(e.Alt) for e in elements(pdf.Root.StructTreeRoot) if e.get("/S") == "/Figure"]
        assert str(pdf.Root.Lang) == "zh-CN"
        assert str(pdf.docinfo.Title) == "机器学习工程师笔试 A 卷"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)

    assert marks[0] == "一、单项选择题"
    assert "TP=80" in formulas
    assert "损失曲线" in formulas


def elements(root: pikepdf.Object) -> list[pikepdf.Object]:
    """All structure elements under a root."""
    found, open_elements = [], [root]
    while open_elements:
        element = open_elements.pop()
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                found.append(kid)
                open_elements.append(kid)
    return found


@pytest.mark.parametrize("sort", ["paper", "teacher", "scheme"])
def test_the_accessibility_checker_finds_no_error(sort, tmp_path):
    pytest.importorskip("pdfua")
    path = tmp_path / "paper.pdf"
    path.write_bytes(render(make_paper(EXAM), "pdf", sort, LOOK).data)

    checked = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", str(path)], capture_output=True, text=True, check=False
    )

    assert re.search(r"errors=(\d+)", checked.stdout)[1] == "0", checked.stdout


def test_the_same_paper_gives_the_same_bytes_in_another_process(paper_pdf):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from exam_samples import *; from examgen.model import Candidate\n"
        "from examgen.paper import make_paper; from examgen.render import Look, render\n"
        "who = Candidate.model_validate({'candidate_id': 'E10001', 'name': '欧阳静怡', 'class': '三（2）班'})\n"
        "paper = make_paper(make_exam('A', 'B'), candidate=who)\n"
        "import hashlib; print(hashlib.sha256(render(paper, 'pdf', 'paper', Look(pictures=PICTURES)).data).hexdigest())"
    )

    other = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": "5", "PATH": "/usr/bin:/bin"},
    )

    assert other.stdout.strip() == hashlib.sha256(paper_pdf).hexdigest()


def test_a_candidates_paper_holds_no_key(paper_pdf):
    text = "".join(page_texts(paper_pdf))

    assert not any(word in text for word in ("两个准确率相差很大", "逐层检查数值", "均方误差在饱和区", "TP+FN"))


def test_no_line_begins_or_ends_with_a_sign_that_must_not(tmp_path):
    text = "“训练、验证、测试”三个集合（比例如 8：1：1）各有用处；《手册》说：不可混用！为什么？请答——详细些……"
    question = "\n\n".join("甲" * indent + text * 3 for indent in range(24))
    exam = one_item_exam(Item(id="q", question=question, reference="甲", max_score=1))

    texts = page_texts(render(make_paper(exam), "pdf").data)

    lines = [line.strip() for text in texts for line in text.split("\n") if len(line) > 20]
    assert len(lines) > 70
    assert {line[0] for line in lines} & set("，。、；：？！）》”…") == set()
    assert {line[-1] for line in lines} & set("（《“") == set()


def printed_lines(question, lang):
    """The lines of a true/false question on paper."""
    item = Item(id="q", kind="true_false", lang=lang, question=question, truth=True, max_score=1)
    exam = one_item_exam(item).model_copy(update={"lang": lang})
    text = page_texts(render(make_paper(exam), "pdf").data)[0]
    return [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("length", range(36, 44))
def test_the_bracket_for_the_answer_never_stands_alone_on_a_line(length):
    lines = printed_lines("各" * length + "（含 10⁹ 字节）（　　）", "zh")

    assert [line for line in lines if squeezed(line) in ("()", "（）")] == []


def test_no_character_stands_alone_on_the_last_line_of_a_point():
    points = tuple(RubricPoint(id=f"p{n}", text="各" * n + "。", weight=1) for n in range(38, 48))
    item = Item(id="q", question="为何？", reference="因为。", points=points, max_score=10)

    pages = page_texts(render(make_paper(one_item_exam(item)), "pdf", "scheme").data)

    lines = [squeezed(line) for page in pages for line in page.splitlines()]
    assert "各各。" in lines
    assert "各。" not in lines


@pytest.mark.parametrize(("lang", "most_em"), [("en", 0.4), ("zh", 1.01)])
def test_english_quotation_marks_are_narrow_and_chinese_ones_wide(lang, most_em):
    item = Item(id="q", lang=lang, question="xDon’tx 为何", reference="x", max_score=1)
    exam = one_item_exam(item).model_copy(update={"lang": lang})
    page = pypdfium2.PdfDocument(render(make_paper(exam), "pdf").data)[0].get_textpage()

    at = page.get_text_range().index("n’t")
    wide = (page.get_charbox(at + 2, loose=True)[0] - page.get_charbox(at + 1, loose=True)[0]) / 10.5

    assert most_em / 2 < wide < most_em


def test_an_answer_sheet_has_one_character_a_bubble():
    item = Item(id="q", kind="true_false", lang="en", question="Is it so?", truth=True, max_score=1)
    exam = one_item_exam(item).model_copy(update={"lang": "en"})

    (page,) = page_texts(render(make_paper(exam), "pdf", "sheet").data)

    assert "1TF" in squeezed(page)


@pytest.mark.parametrize("last", ["standardisation.", "scaling and then some."])
def test_an_english_line_is_as_full_as_it_can_be(last):
    lines = printed_lines(f"A clearly right-skewed feature is still right-skewed after z-score {last}", "en")

    assert any("A clearly right-skewed feature is still right-skewed" in line for line in lines)


def test_one_mark_is_no_marks():
    text = squeezed("".join(printed_lines("Is it so?", "en")))

    assert "1question,1mark.WriteTorF." in text


def test_the_scheme_prints_points_with_their_marks():
    text = squeezed("".join(page_texts(render(make_paper(EXAM), "pdf", "scheme", LOOK).data)))

    assert "1.交叉熵衡量两个分布的差别4分2.均方误差在饱和区梯度很小4分" in text
    assert "14GB(误差不超过0.5GB)" in text


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("emoji 😀", "item q: no font has the character '😀' (U+1F600). Write it in another way, or as a picture."),
        ("![x](nowhere.png)", "item q: the picture 'nowhere.png' is not among the exam's files. "),
        ("![x](/etc/passwd)", "item q: the picture '/etc/passwd' is not among the exam's files. "),
        ("![x](https://example.org/x.png)", "item q: the picture 'https://example.org/x.png' is not among "),
        ("长" * 1_000_000, "item q: a text has 1000000 characters, more than the 40000 that are printed. Cut it."),
        ("行\n" * 9000, "item q: a text has 9001 lines, more than 1500. Cut it."),
        ("x" * 5000, "item q: a word has 5000 characters. Cut it, or put spaces between."),
        ("| " + "a | " * 1000 + "\n| " + "- | " * 1000, "item q: a table has more than 24 columns. "),
        ("| " + "a | " * 10_000 + "\n| " + "- | " * 10_000, "item q: a text has 80005 characters, more than "),
    ],
)
def test_what_cannot_be_printed_is_refused_in_one_line(question, message):
    exam = one_item_exam(Item(id="q", question=question, reference="甲", max_score=1))

    with pytest.raises(ContentError) as error:
        render(make_paper(exam), "pdf")

    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_content_reaches_neither_files_nor_the_network(monkeypatch):
    import socket

    opened = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: opened.append(address))
    hostile = (
        '<script>alert(1)</script><img src="file:///etc/passwd"><link rel=attachment href="file:///etc/passwd">'
        '<style>@import url(http://127.0.0.1:9/x)</style><object data="http://127.0.0.1:9/"></object>\n\n'
        '<svg><image href="http://127.0.0.1:9/y"/></svg> [a](http://127.0.0.1:9/z) ![b](<javascript:alert(1)>) '
        "`<iframe src=//x>` \u202eright to left\u202c $\\href{http://127.0.0.1:9}{x}$"
    )
    exam = one_item_exam(Item(id="q", question=hostile, reference="甲", max_score=1))

    data = render(make_paper(exam), "pdf").data

    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pdf.attachments
        assert all("/Annots" not in page for page in pdf.pages)
    text = "".join(page_texts(data))
    assert "root:" not in text
    assert "<script>alert(1)</script>" in text
    assert opened == []


def test_bad_latex_is_printed_as_code_and_reported():
    exam = one_item_exam(Item(id="q", question="求 $\\frac{1}{$ 的值", reference="甲", max_score=1))

    made = render(make_paper(exam), "pdf")

    assert "\\frac{1}{" in "".join(page_texts(made.data))
    assert len(made.problems) == 1
    assert made.problems[0].startswith("item q: the formula $\\frac{1}{$ cannot be set: ")


def test_all_themes_are_tested_below():
    assert theme_names() == ["company", "school"]


@pytest.mark.parametrize(
    ("theme", "lang", "sorts"),
    [
        ("company", "zh", ("paper", "teacher", "scheme", "sheet")),
        ("company", "en", ("paper",)),
        ("school", "en", ("paper", "scheme", "sheet")),
    ],
)
def test_every_theme_prints_and_answers(theme, lang, sorts):
    item = Item(id="q", lang=lang, question="甲 What?", reference="乙 So.", max_score=4)
    paper = make_paper(one_item_exam(item).model_copy(update={"lang": lang, "minutes": 30}))

    for sort in sorts:
        assert "4" in "".join(page_texts(render(paper, "pdf", sort, Look(theme=theme)).data))
    assert b"What?" in render(paper, "html", "paper", Look(theme=theme)).data


def test_a_theme_of_ones_own_is_a_folder(tmp_path):
    (tmp_path / "theme.toml").write_text('parent = "school"\n[words.zh]\nend = "答题到此为止"\n', encoding="utf-8")

    texts = page_texts(render(make_paper(EXAM), "pdf", "paper", Look(theme=str(tmp_path), pictures=PICTURES)).data)

    assert "答题到此为止" in squeezed("".join(texts))
    assert "密" in texts[0]


def test_two_pages_share_a_sheet_with_their_tags_bookmarks_and_codes(tmp_path):
    zxingcpp = pytest.importorskip("zxingcpp")
    look = Look(size="a3", pictures=PICTURES)
    single = render(make_paper(EXAM), "pdf", "paper", LOOK)

    folded = render(make_paper(EXAM), "pdf", "paper", look)

    sheets = pypdfium2.PdfDocument(folded.data)
    assert folded.pages == single.pages
    assert len(sheets) == (single.pages + 1) // 2
    assert [round(side * 25.4 / 72) for side in sheets[0].get_size()] == [420, 297]
    assert squeezed("".join(page_texts(folded.data))) == squeezed("".join(page_texts(single.data)))
    codes = [code.text for sheet in sheets for code in zxingcpp.read_barcodes(sheet.render(scale=3).to_pil())]
    assert sorted(codes) == [f"ml-2026/A//{number}" for number in range(1, single.pages + 1)]
    assert marked_text(folded.data) == marked_text(single.data)
    with pikepdf.open(io.BytesIO(folded.data)) as pdf:
        last = pdf.open_outline().root[0].children[-1].destination
        assert last[0].objgen == pdf.pages[(single.pages - 1) // 2].obj.objgen


def marked_text(data: bytes) -> list[tuple[str, int]]:
    """The structure in reading order: each element's role, and how many pieces of content it holds itself.

    Every piece leads back from its page to its element.
    """
    found = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
        owners = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
        for element in elements(pdf.Root.StructTreeRoot):
            pieces = [kid for kid in element.K if isinstance(kid, int)]
            for piece in pieces:
                assert owners[int(element.Pg.StructParents)][piece].objgen == element.objgen
            found.append((str(element.S), len(pieces)))
    return found


@pytest.mark.parametrize(("size", "millimetres"), [("letter", (216, 279)), ("16k", (195, 270)), ("large", (210, 297))])
def test_other_sizes_of_paper(size, millimetres):
    data = render(make_paper(EXAM), "pdf", "paper", Look(size=size, pictures=PICTURES)).data

    page = pypdfium2.PdfDocument(data)[0]
    assert tuple(round(side * 25.4 / 72) for side in page.get_size()) == millimetres


def test_large_print_has_large_names():
    candidate = Candidate.model_validate({"candidate_id": "E10001", "name": "欧阳静怡"})
    paper = make_paper(one_item_exam(EXAM.items[0]), candidate=candidate)

    sizes = {}
    for size in ("a4", "large"):
        with pikepdf.open(io.BytesIO(render(paper, "pdf", "paper", Look(size=size)).data)) as pdf:
            told = pikepdf.parse_content_stream(pdf.pages[0])
            sizes[size] = max(float(o[1]) for o, op in told if str(op) == "Tf" and o[0] == "/Stamp")

    assert sizes["a4"] == 10.0
    assert sizes["large"] == pytest.approx(15.24, abs=0.01)


def test_a_paper_in_english_and_one_in_two_languages():
    item = Item(id="q", lang="zh", question="什么是早停？", reference="甲", max_score=4)
    other = item.model_copy(update={"lang": "en", "question": "What is early stopping?"})
    exam = one_item_exam(item).model_copy(update={"items": (item, other)})

    english = squeezed("".join(page_texts(render(make_paper(exam, lang="en"), "pdf").data)))
    both = squeezed("".join(page_texts(render(make_paper(exam, second_lang="en"), "pdf").data)))

    assert "PartI.Shortanswers" in english
    assert "1.(4marks)Whatisearlystopping?" in english
    assert "一、简答题Shortanswers" in both
    assert "1.(4分)什么是早停?Whatisearlystopping?" in both


def test_the_answer_sheet_has_a_place_for_every_answer_and_the_paper_then_leaves_none():
    look = Look(pictures=PICTURES, on_sheet=True)

    sheet = squeezed("".join(page_texts(render(make_paper(EXAM), "pdf", "sheet", look).data)))
    paper = render(make_paper(EXAM), "pdf", "paper", look)

    assert all(f"{number}" in sheet for number in range(1, 13))
    assert "1ABCD2ABCD3ABCD" in sheet
    assert paper.pages < render(make_paper(EXAM), "pdf", "paper", LOOK).pages
    assert "所有答案都写在答题卡上" in squeezed("".join(page_texts(paper.data)))


def test_remarks_of_the_layout_engine_do_not_reach_the_terminal(caplog):
    printed = print_pdf('<html lang="en"><body><p style="no-such-property: 1">Text</p></body></html>', "", {})

    assert (printed.data[:5], caplog.messages) == (b"%PDF-", [])
