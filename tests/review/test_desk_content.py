"""What a bank says at the desk: set as on papers. What a candidate wrote: as it was written."""

import io
import re

import pytest
from PIL import Image

from examgen.model import Grade, Item, RubricPoint
from examgen.report.content import BankTexts
from examgen.review import DecisionFile, Desk, make_cases
from examgen.review.pages import case_page, style


def page_of(tmp_path, item, answer, home=None):
    grade = Grade(candidate_id="c", item_id=item.id, score=1, max_score=4, status="review", confidence=0, answer=answer)
    cases = make_cases([grade], {item.id: [item]})
    desk = Desk(cases, DecisionFile(tmp_path / "decisions.jsonl"), "Li")
    return case_page(desk, next(iter(cases)), BankTexts(home), "zh", saved="", problem="", form={})


def test_question_rubric_and_reference_are_set_and_the_answer_is_not(tmp_path):
    item = Item(
        id="a",
        question="**为什么**除以 $\\sqrt{d}$？",
        reference="- 方差为 $1$",
        points=(RubricPoint(id="p1", text="`softmax` 不饱和", weight=4),),
        max_score=4,
    )

    page = page_of(tmp_path, item, "**因为** $\\sqrt{d}$\n- 一")

    assert "<strong>为什么</strong>除以" in page
    assert re.findall(r'role="img" aria-label="([^"]+)"><svg', page) == ["\\sqrt{d}", "1"]
    assert "<li>方差为" in page
    assert "<code>softmax</code> 不饱和</legend>" in page
    assert ">**因为** $\\sqrt{d}$\n- 一</div>" in page
    assert " style=" not in page  # the desk's policy allows none
    [drop] = set(re.findall(r"drop-\d+", page)) - {"drop-0"}
    assert f".{drop}>svg" in style()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '<img src="x" onerror="alert(1)">', "$</svg><script>$"])
def test_html_in_a_bank_stays_text(tmp_path, text):
    item = Item(id="a", question=text, reference=text, points=(RubricPoint(id="p1", text=text, weight=4),), max_score=4)

    page = page_of(tmp_path, item, "x")

    assert re.findall(r"<script[^>]*>|<img[^>]*>", page) == ['<script src="/desk.js" defer>']


def test_a_picture_of_the_exam_stands_inside_the_page(tmp_path):
    (tmp_path / "assets").mkdir()
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "PNG")
    (tmp_path / "assets" / "curve.png").write_bytes(data.getvalue())

    page = page_of(tmp_path, Item(id="a", question="![曲线](curve.png)", max_score=4), "x", tmp_path)

    assert re.findall(r"<img[^>]*>", page)[0].startswith('<img class="picture" src="data:image/png;base64,iVBOR')
