import io
import re
import xml.etree.ElementTree as ET
import zipfile

import docx
import pytest
from exam_samples import PICTURE, PICTURES, make_exam, one_item_exam

from examgen.model import Candidate, Item
from examgen.paper import make_paper
from examgen.render import Look, render
from examgen.render.omml import M, office_math

LOOK = Look(pictures=PICTURES)
EXAM = make_exam("A", "B")


def opened(sort="paper", exam=EXAM, candidate=None):
    return docx.Document(io.BytesIO(render(make_paper(exam, candidate=candidate), "docx", sort, LOOK).data))


def all_text(document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def shape(tex: str) -> str:
    """An Office formula, written with brackets: name(children) and text."""

    def told(element) -> str:
        name = element.tag.rpartition("}")[2]
        if name == "t":
            return element.text
        if name == "r" or name.endswith("Pr"):
            return "".join(told(child) for child in element if child.tag.startswith(f"{{{M}}}t"))
        return f"{name}({' '.join(filter(None, map(told, element)))})"

    return "".join(told(child) for child in office_math(tex))


def test_a_paper_has_its_questions_options_fields_and_marks():
    text = all_text(opened(candidate=Candidate(candidate_id="E1", name="王小明")))

    for words in (
        "姓名：王小明",
        "准考证号：E1",
        "一、单项选择题",
        "1.\t训练集准确率 98%",
        "A. 过拟合\tB. 学习率过小",
        "得分",
        "注意事项",
    ):
        assert words in text
    assert "（10 分）写出交叉熵损失的定义" in text


def test_formulas_can_be_edited_and_code_tables_and_pictures_are_there():
    document = opened()
    body = document.element.xml

    assert body.count("<m:oMath") == body.count("</m:oMath>") > 8
    assert any("def mean_score" in paragraph.text for paragraph in document.paragraphs)
    assert ["v1.8", "1 200", "24"] in [
        [cell.text for cell in row.cells] for table in document.tables for row in table.rows
    ]
    assert [part.blob for part in document.part.package.iter_parts() if part.content_type == "image/png"] == [PICTURE]


def test_the_pages_are_counted_and_answers_get_lines():
    document = opened()

    assert re.findall(r'w:instr="(\w+)"', document.sections[0].footer._element.xml) == ["PAGE", "NUMPAGES"]
    assert document.element.xml.count("<w:between ") >= 18


def test_a_candidates_file_holds_no_key_and_the_others_do():
    keys = ("两个准确率相差很大", "逐层检查数值", "TP+FN", "均方误差在饱和区梯度很小")

    assert [key in all_text(opened("paper")) for key in keys] == [False] * 4
    assert [key in all_text(opened("teacher")) for key in keys] == [True] * 4
    assert [key in all_text(opened("scheme")) for key in keys] == [True] * 4


def test_the_same_paper_gives_the_same_bytes_without_a_time():
    first, second = (render(make_paper(EXAM), "docx", "paper", LOOK).data for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_settings_stand_in_the_order_that_word_wants():
    from docx.oxml.ns import qn

    orders = {
        "pPr": ("pStyle", "keepNext", "keepLines", "pBdr", "shd", "tabs", "spacing", "ind", "jc", "rPr"),
        "tblPr": ("tblStyle", "tblpPr", "tblW", "jc", "tblInd", "tblLayout", "tblCellMar", "tblLook"),
    }
    body = opened().element

    for name, order in orders.items():
        ranks = {qn(f"w:{tag}"): number for number, tag in enumerate(order)}
        for settings in body.iter(qn(f"w:{name}")):
            found = [ranks[child.tag] for child in settings]
            assert found == sorted(found)


def test_hostile_text_stays_text():
    item = Item(id="q", question="<w:p>甲</w:p> & <script>乙</script> $\\foo{$", reference="丙", max_score=1)

    text = all_text(opened(exam=one_item_exam(item)))

    assert "<w:p>甲</w:p> & <script>乙</script>" in text


@pytest.mark.parametrize(
    ("tex", "told"),
    [
        ("x", "x"),
        ("\\frac{a}{b}", "f(num(a) den(b))"),
        ("x_i^2", "sSubSup(e(x) sub(i) sup(2))"),
        ("\\sqrt{x}", "rad(deg() e(x))"),
        ("\\sqrt[3]{x}", "rad(deg(3) e(x))"),
        ("\\sum_{i=1}^{N} x_i", "nary(sub(i=1) sup(N) e(sSub(e(x) sub(i))))"),
        ("\\hat{y}", "acc(e(y))"),
        ("\\left(a+b\\right)", "d(e(a+b))"),
        ("\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}", "m(mr(e(a) e(b)) mr(e(c) e(d)))"),
        ("\\frac{\\text{正确数}}{n}", "f(num(正确数) den(n))"),
        ("7\\times10^9", "7×sSup(e(10) sup(9))"),
    ],
)
def test_latex_becomes_office_math(tex, told):
    found = shape(tex).replace(" ", "")

    assert told.replace(" ", "") in found


def test_bad_latex_gives_no_formula():
    assert office_math("\\frac{1}{") is None


def test_every_formula_is_valid_xml():
    made = office_math("\\begin{cases}1 & x<0\\\\0 & \\text{否则}\\end{cases}")

    assert ET.fromstring(ET.tostring(made)).tag == f"{{{M}}}oMath"
