"""The page that candidates answer in, in a real browser."""

import base64
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from exam_samples import ITEMS, PICTURES, make_exam, one_item_exam
from fontTools.ttLib import TTFont

from examgen.model import Answer, Candidate, Item
from examgen.paper import make_paper, own_answers
from examgen.questions import mark_answer
from examgen.records import read_jsonl
from examgen.render import Look, render
from examgen.render.theme import load_theme

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LOOK = Look(pictures=PICTURES)
EXAM = make_exam("A")
ANA = Candidate(candidate_id="E10001", name="欧阳静怡")


def page_of(paper, folder: Path, name: str = "paper.html") -> str:
    path = folder / name
    path.write_bytes(render(paper, "html", "paper", LOOK).data)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser with a profile of its own, as a candidate has."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium")
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")), executable_path=CHROMIUM, args=FLAGS, accept_downloads=True
        )
        yield context
        context.close()


@pytest.fixture
def tab(browser):
    """A tab that fails the test on any script error, blocked style or request to the outside."""
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    inside = ("file:", "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(inside) else complaints.append(request.url))
    yield page
    page.close()
    assert complaints == []


def saved(tab, folder: Path) -> dict[str, str]:
    with tab.expect_download() as download:
        tab.get_by_role("button", name="保存作答").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return {answer.item_id: answer.answer for answer in read_jsonl(path, Answer)}


@pytest.mark.browser
def test_answers_typed_in_every_kind_get_full_marks(tab, tmp_path):
    tab.goto(page_of(make_paper(EXAM, candidate=ANA), tmp_path))
    for question in ("q1", "q2"):
        tab.locator(f"#{question} label.option").first.click()
    tab.get_by_text("批越小").click()
    for name in ("权重衰减", "早停"):
        tab.locator("label.option").get_by_text(name, exact=True).click()
    tab.get_by_label("错", exact=True).check()
    tab.get_by_label("第 1 空").fill("0.8")
    tab.get_by_label("第 2 空").fill("TP+FN")
    tab.locator("[data-kind=numeric] input").first.fill("14 GB")
    by_id = {item.id: item for item in ITEMS}
    for pair in mark_key(by_id["methods"]).split(", "):
        left, right = pair.split("-")
        tab.locator(f"select[data-left='{left}']").select_option(right)
    for place, letter in enumerate(mark_key(by_id["step"]).split(","), 1):
        tab.locator(f"select[data-place='{place}']").select_option(letter)
    tab.locator("[data-part=a] label.option").nth(1).click()
    tab.locator("[data-part=b] input").fill("65504")

    answers = saved(tab, tmp_path)

    assert list(answers) == [item.id for item in ITEMS]
    keyed = [item for item in ITEMS if item.kind not in ("short_answer", "composite")]
    assert {item.id: mark_answer(item, answers[item.id]).score for item in keyed} == {
        item.id: item.max_score for item in keyed
    }
    assert json.loads(answers["nan"]) == {"a": "B", "b": "65504", "c": ""}
    assert answers["loss"] == ""


def mark_key(item: Item) -> str:
    from examgen.questions import QUESTIONS

    return QUESTIONS[item.kind].key(item)


@pytest.mark.browser
def test_answers_survive_a_closed_tab(browser, tab, tmp_path):
    address = page_of(make_paper(make_exam("B"), "B"), tmp_path)
    first = browser.new_page()
    first.goto(address)
    first.get_by_label("准考证号").fill("E7")
    first.locator("#q10-text").fill('分布的差别 <b>"引号"</b>\n第二行')
    first.locator("label.option").first.click()
    first.close()

    tab.goto(address)

    assert tab.locator("#q10-text").input_value() == '分布的差别 <b>"引号"</b>\n第二行'
    assert tab.locator("label.option input").first.is_checked()
    assert tab.locator("#answered").inner_text() == "2"
    answers = saved(tab, tmp_path)
    assert (answers["loss"], answers["gap"]) == ('分布的差别 <b>"引号"</b>\n第二行', "A")


@pytest.mark.browser
def test_a_shuffled_paper_saves_printed_letters_that_its_key_turns_back(tab, tmp_path):
    paper = make_paper(EXAM, shuffle="all", version="A5", candidate=ANA)
    tab.goto(page_of(paper, tmp_path))
    tab.locator("label.option").get_by_text("权重衰减", exact=True).click()
    tab.locator("label.option").get_by_text("早停", exact=True).click()
    tab.locator("label.option").get_by_text("数值溢出", exact=True).click()

    answers = [Answer(candidate_id="E10001", item_id=name, answer=text) for name, text in saved(tab, tmp_path).items()]

    own = own_answers(answers, {"E10001": paper.key()}, ITEMS)
    by_id = {answer.item_id: answer.answer for answer in own}
    assert sorted(by_id["regular"].split(",")) == ["A", "C"]
    assert json.loads(by_id["nan"])["a"] == "B"


@pytest.mark.browser
def test_the_clock_runs_on_while_the_page_is_closed(tab, tmp_path):
    tab.clock.install(time=1_800_000_000)
    address = page_of(make_paper(EXAM, candidate=Candidate(candidate_id="E9")), tmp_path)
    tab.goto(address)
    assert tab.locator("#clock").inner_text() == "1:30:00"

    tab.get_by_role("button", name="开始计时").click()
    tab.clock.fast_forward("30:00")
    assert tab.locator("#clock").inner_text() == "1:00:00"
    tab.goto("about:blank")
    tab.clock.fast_forward("56:00")
    tab.goto(address)

    assert tab.locator("#clock").inner_text() == "04:00"
    tab.clock.fast_forward("05:00")
    assert tab.locator("#clock").inner_text() == "00:00"
    assert tab.locator("#state").inner_text() == "时间到，请保存作答。"


@pytest.mark.browser
def test_the_whole_paper_can_be_answered_with_the_keyboard(tab, tmp_path):
    tab.goto(page_of(make_paper(make_exam("C"), "C", candidate=Candidate(candidate_id="E8")), tmp_path))

    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowDown")
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.closest('[data-question]')?.dataset.question || ''"))
    with tab.expect_download() as download:
        tab.keyboard.press("Control+s")

    path = tmp_path / "answers.jsonl"
    download.value.save_as(path)
    assert reached >= {item.id for item in ITEMS if item.id != "gap"}
    assert next(iter(read_jsonl(path, Answer))).answer == "B"


@pytest.mark.browser
def test_without_a_number_nothing_is_saved_and_the_field_is_shown(tab, tmp_path):
    tab.goto(page_of(make_paper(make_exam("D"), "D"), tmp_path))

    tab.get_by_role("button", name="保存作答").click()

    assert tab.locator("#state").inner_text() == "请先填写准考证号。"
    assert tab.evaluate("document.activeElement.name") == "candidate_id"


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width", "height"), [("school", 1000, 800), ("company", 360, 640)])
def test_no_accessibility_rule_is_broken_and_nothing_runs_off_the_side(tab, tmp_path, theme, width, height):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab.set_viewport_size({"width": width, "height": height})
    # axe is put into the page from outside, which its content policy rightly forbids.
    html = render(make_paper(EXAM), "html", "paper", replace(LOOK, theme=theme)).data.decode()
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    (tmp_path / "open.html").write_text(bare, encoding="utf-8")
    tab.goto((tmp_path / "open.html").as_uri())

    results = axe.Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})

    broken = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in results.response["violations"]]
    assert broken == [], results.generate_report()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_counts_characters_as_one_types(tab, tmp_path):
    tab.goto(page_of(make_paper(make_exam("E"), "E"), tmp_path))

    tab.locator("#q10-text").fill("交叉 熵\n损失")

    assert tab.locator("#q10-count").inner_text() == "5 字"


@pytest.mark.browser
def test_hostile_text_runs_nothing(tab, tmp_path):
    question = (
        "<script>document.title='owned'</script> <img src=x onerror=\"document.title='owned'\"> "
        "[go](javascript:document.title='owned') ____ `</script><script>document.title='owned'</script>`"
    )
    item = Item(id="q", question=question, reference="甲", max_score=1)
    someone = Candidate(candidate_id="<b>'\"", name="</script>")
    tab.goto(page_of(make_paper(one_item_exam(item), candidate=someone), tmp_path))

    assert tab.title() == "测验"
    assert "<script>document.title='owned'</script>" in tab.locator("#q1-stem").inner_text()
    assert tab.locator("[name=candidate_id]").input_value() == "<b>'\""


def test_what_the_script_says_needs_no_font_of_the_machine():
    html = render(make_paper(EXAM), "html", "paper", LOOK).data.decode()

    data = [base64.b64decode(packed) for packed in re.findall(r"url\(data:font/woff;base64,([^)]+)\)", html)]
    drawn = set().union(*(TTFont(io.BytesIO(font)).getBestCmap() for font in data))
    said = "".join(load_theme("school").words_in("zh")["web"].values())
    assert [char for char in dict.fromkeys(said) if ord(char) not in drawn] == []


def test_the_page_holds_no_key_and_loads_nothing():
    html = render(make_paper(EXAM, candidate=ANA), "html", "paper", LOOK).data.decode()

    assert not any(secret in html for secret in ("TP+FN", "两个准确率相差很大", "逐层检查数值", "correct", "0.5 GB"))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", html)
    assert html == render(make_paper(EXAM, candidate=ANA), "html", "paper", LOOK).data.decode()
