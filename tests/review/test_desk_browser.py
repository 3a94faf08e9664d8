"""The desk in a real browser, by keyboard alone."""

import pytest
from review_samples import GRADES, ITEMS

from examgen.review import DecisionFile, Desk, make_cases
from examgen.review.server import DeskServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def desk(chromium, tmp_path):
    opened = []

    def open_desk(marker="Li", blind=False, lang="en"):
        cases = make_cases(GRADES, {item.id: [item] for item in ITEMS})
        server = DeskServer(Desk(cases, DecisionFile(tmp_path / "decisions.jsonl"), marker, blind=blind), lang)
        server.start()
        page = chromium.new_context().new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: request.url.startswith(f"http://{server.place}") or said.append(request.url))
        page.goto(server.url)
        opened.append((server, page, said))
        return server, page

    yield open_desk
    for server, page, said in opened:
        page.context.close()
        server.shutdown()
        server.server_close()
        assert said == []


def test_a_queue_is_marked_by_keys_alone(desk):
    server, page = desk()
    made = server.desk.decisions

    page.keyboard.press("s")
    page.wait_for_url("**/case/*")
    for candidate, keys, why in (
        ("周八", "z", "nothing there"),
        ("赵六", "z", ""),
        ("韩梅梅", "a43", "p3 half"),
        ("王五", "z12", ""),
    ):
        page.wait_for_selector(f"text=Candidate: {candidate}")
        page.wait_for_load_state()  # the keys work from here on
        for key in keys:
            page.keyboard.press(key)
        if why:
            page.keyboard.press("r")
            page.keyboard.type(why)
            page.keyboard.press("Escape")
        page.keyboard.press("Enter")
    page.wait_for_selector("text=Nothing waits for you.")

    # a: all full; 4: full to half, 3: full to half. z12: nothing, then 1 and 2 from none to full.
    assert [(d.candidate_id, d.score, d.why) for d in made.entries] == [
        ("周八", 0, "nothing there"),
        ("赵六", 0, ""),
        ("韩梅梅", 8, "p3 half"),
        ("李雷", 8, "p3 half"),
        ("王五", 6, ""),
    ]


def test_the_total_follows_the_credits(desk):
    server, page = desk()
    case = next(case for case in server.desk.cases.values() if case.grade.candidate_id == "李雷")
    page.goto(f"http://{server.place}/case/{case.id}")

    totals = []
    for key in "az1":
        page.keyboard.press(key)
        totals.append(page.inner_text("#total"))
    page.fill("#score", "7.5")

    assert [*totals, page.inner_text("#total")] == ["10", "0", "3", "7.5"]


def test_after_a_blind_mark_the_machines_is_shown_and_enter_goes_on(desk):
    server, page = desk(blind=True)
    case = next(case for case in server.desk.cases.values() if case.grade.candidate_id == "李雷")
    page.goto(f"http://{server.place}/case/{case.id}")
    assert page.locator("text=李雷").count() == 0

    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".compare")
    page.wait_for_load_state()
    compared = page.inner_text(".compare")
    page.keyboard.press("Enter")
    page.wait_for_selector(".compare", state="detached")

    assert compared.split() == ["Your", "mark", "10", "The", "machine's", "mark", "4.5", "of", "10"]
    assert [d.score for d in server.desk.decisions.entries] == [10, 10]  # the identical answer too


def test_the_page_works_without_a_script(desk, chromium):
    server, _ = desk()
    plain = chromium.new_context(java_script_enabled=False).new_page()

    plain.goto(server.url)
    plain.click("#start")
    plain.fill("#score", "0")
    plain.click("#save")

    assert [d.score for d in server.desk.decisions.entries] == [0]
    plain.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_barrier(desk, chromium, scheme):
    from axe_playwright_python.sync_playwright import Axe

    server, _ = desk()
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)  # axe is a script of its own
    page = context.new_page()
    page.goto(server.url)
    found = []
    for path in ("/", *(f"/case/{case_id}" for case_id in list(server.desk.cases)[1:3])):
        page.goto(f"http://{server.place}{path}")
        found += [(path, violation["id"]) for violation in Axe().run(page).response["violations"]]
    context.close()

    assert found == []
