"""The page over real HTTP: who gets in, what is let through, what is written."""

import base64
import http.client
import io
import re
from urllib.parse import urlencode, urlsplit

import pytest
from fontTools.ttLib import TTFont
from review_samples import GRADES, HOSTILE, ITEMS, LONG, POINTS

from examgen.review import DecisionFile, Desk, make_cases
from examgen.review.server import DeskServer


@pytest.fixture
def open_desk(tmp_path):
    servers = []

    def open_desk(marker="Li", role="marker", blind=False, double=False, lang="zh"):
        cases = make_cases(GRADES, {item.id: [item] for item in ITEMS})
        desk = Desk(cases, DecisionFile(tmp_path / "decisions.jsonl"), marker, role, blind)
        if double:
            desk.set_policy(2, 0.2)
        servers.append(DeskServer(desk, lang))
        servers[-1].start()
        return Visitor(servers[-1])

    yield open_desk
    for server in servers:
        server.shutdown()
        server.server_close()


class Visitor:
    """A browser without a screen."""

    def __init__(self, server):
        self.server, self.desk = server, server.desk
        self.cookie = f"{server.cookie}={server.token}"

    def get(self, path, **headers):
        return self.ask("GET", path, None, headers)

    def post(self, path, form, **headers):
        given = {"Origin": f"http://{self.server.place}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(form), given | headers)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)
        headers = {"Cookie": self.cookie} | (headers or {})
        connection.request(method, path, body, {k: v for k, v in headers.items() if v is not None})
        response = connection.getresponse()
        response.text = response.read().decode()
        connection.close()
        return response

    def case(self, candidate):
        return next(case for case in self.desk.cases.values() if case.grade.candidate_id == candidate)

    def mark(self, candidate, shares="1100", **more):
        form = {f"credit-p{n}": value for n, value in enumerate(shares, 1)} | more
        return self.post(f"/case/{self.case(candidate).id}", form)


def test_the_token_opens_the_door_once_and_leaves_the_address(open_desk):
    visitor = open_desk()
    place = urlsplit(visitor.server.url)

    response = visitor.get(f"/?{place.query}", Cookie=None)

    assert (response.status, response.headers["Location"]) == (303, "/")
    assert re.fullmatch(r"examgen-desk-\d+=\S+; HttpOnly; SameSite=Strict; Path=/", response.headers["Set-Cookie"])
    assert place.hostname == "127.0.0.1"
    assert len(visitor.server.token) >= 40


@pytest.mark.parametrize(
    "path, headers, status",
    [
        ("/", {"Cookie": None}, 403),
        ("/?token=guess", {"Cookie": None}, 403),
        ("/style.css", {"Cookie": None}, 403),
        ("/", {"Cookie": "examgen-desk-1=x"}, 403),
        ("/", {"Host": "evil.example"}, 421),
        ("/", {"Host": "localhost"}, 421),
        ("/case/../../etc/passwd", {}, 404),
        ("/case/0000", {}, 404),
        ("/etc/passwd", {}, 404),
    ],
)
def test_nobody_else_gets_in(open_desk, path, headers, status):
    response = open_desk().get(path, **headers)

    assert response.status == status
    assert "李雷" not in response.text


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Cookie": None}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Length": "999999"}, 413),
    ],
)
def test_no_other_page_can_mark(open_desk, headers, status):
    visitor = open_desk()

    response = visitor.post(f"/case/{visitor.case('李雷').id}", {"score": "10"}, **headers)

    assert (response.status, visitor.desk.decisions.entries) == (status, [])


def test_pages_forbid_everything_from_outside(open_desk):
    visitor = open_desk()

    for path in ("/", f"/case/{visitor.case('赵六').id}", "/style.css", "/fonts.css", "/desk.js"):
        response = visitor.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert response.status == 200
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
        assert "unsafe" not in policy
        assert response.headers["Cache-Control"] == "no-store"
        assert not re.search(r"""(?:src|href|action)=["'](?!/)""", response.text)
        assert " style=" not in response.text


def test_the_desk_brings_the_fonts_for_its_own_texts(open_desk):
    data = re.findall(r"font-weight:400;src:url\(data:font/woff;base64,(.+?)\)", open_desk().get("/fonts.css").text)

    sans = TTFont(io.BytesIO(base64.b64decode(data[0]))).getBestCmap()
    assert {char for char in f"李雷{LONG}{POINTS[0].text}阅卷复核台" if ord(char) not in sans} == set()


def test_a_hostile_answer_is_text_and_its_hidden_characters_are_seen(open_desk):
    visitor = open_desk()

    page = visitor.get(f"/case/{visitor.case('赵六').id}").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert [char in page for char in ("\u200b", "\u202e")] == [False, False]
    assert [code in page for code in (">U+200B<", ">U+202E<")] == [True, True]
    assert HOSTILE not in page


def test_a_mark_is_written_with_who_when_why_before_and_after(open_desk):
    visitor = open_desk()

    response = visitor.mark("李雷", why=" 两点都说到了 ")

    [decision] = visitor.desk.decisions.entries
    assert (response.status, response.headers["Location"].endswith("?saved=6_10_1")) == (303, True)
    assert (decision.by, decision.score, decision.why, decision.candidate_id) == ("Li", 6, "两点都说到了", "李雷")
    assert decision.credits == {"p1": 1, "p2": 1, "p3": 0, "p4": 0}
    assert decision.before == {"score": 4.5, "status": "review", "scorer": {"model": "e5"}}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", decision.at)
    assert LONG not in visitor.desk.decisions.path.read_text(encoding="utf-8")


def test_a_bank_that_gives_an_item_fewer_marks_than_the_exam_still_gives_full_marks():
    in_the_bank = {item.id: [item.scaled(item.max_score / 2)] for item in ITEMS}

    cases = make_cases(GRADES, in_the_bank)

    weights = {case.grade.item_id: [point.weight for point in case.points] for case in cases.values()}
    assert weights == {"clip": [3, 3, 2, 2], "cache": [4, 2]}


def test_one_decision_serves_identical_answers(open_desk):
    visitor = open_desk()

    visitor.mark("李雷", same="1")

    assert [d.candidate_id for d in visitor.desk.decisions.entries] == ["李雷", "韩梅梅"]


def test_alike_answers_are_shown_beside_each_other(open_desk):
    visitor = open_desk()
    li, han, wang = (visitor.case(name) for name in ("李雷", "韩梅梅", "王五"))

    assert (li.same, li.similar) == ((han.id,), (wang.id,))
    order = list(visitor.desk.cases)
    assert {order.index(case.id) for case in (li, han, wang)} == {2, 3, 4}
    assert f'href="/case/{wang.id}"' in visitor.get(f"/case/{li.id}").text


@pytest.mark.parametrize(
    "form, problem",
    [
        ({"credit-p1": "1"}, "请为每个评分点选择给分，或整体给分。"),
        ({"score": "11"}, "请给出 0 到 10 之间的分数。"),
        ({"score": "many"}, "请给出 0 到 10 之间的分数。"),
        ({"score": "nan"}, "请给出 0 到 10 之间的分数。"),
        ({}, "请为每个评分点选择给分，或整体给分。"),
        ({f"credit-p{n}": "7" for n in (1, 2, 3, 4)}, "请为每个评分点选择给分，或整体给分。"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(open_desk, form, problem):
    visitor = open_desk()

    response = visitor.post(f"/case/{visitor.case('李雷').id}", form)

    assert (response.status, problem in response.text, visitor.desk.decisions.entries) == (422, True, [])


def test_a_changed_mark_needs_a_reason(open_desk):
    visitor = open_desk()
    visitor.mark("李雷")

    refused = visitor.mark("李雷", "1000")
    taken = visitor.mark("李雷", "1000", why="p2 说反了")

    assert (refused.status, taken.status) == (422, 303)
    assert [d.score for d in visitor.desk.decisions.entries] == [6, 3]


def test_a_blind_marker_sees_neither_name_nor_machine_before_their_own_mark(open_desk):
    visitor = open_desk(blind=True, lang="en")
    path = f"/case/{visitor.case('李雷').id}"
    before = visitor.get(path).text
    queue = visitor.get("/").text

    visitor.mark("李雷")

    after = visitor.get(path).text
    hidden = ("李雷", "4.5", "误差不超过", "<mark", "Machine", 'value="1" checked')
    assert [word in before for word in hidden] == [False] * 6
    assert [word in queue for word in ("李雷", "4.5", "误差不超过", "20 %")] == [False] * 4
    assert [word in after for word in ("李雷", "4.5", "<mark")] == [True] * 3
    assert visitor.desk.decisions.entries[0].blind is True


def test_two_markers_do_not_see_each_other_and_a_third_decides(open_desk):
    first, second = open_desk("A", double=True), open_desk("B", double=True)
    first.mark("李雷", "1111")
    page = second.get(f"/case/{second.case('李雷').id}").text
    second.mark("李雷", "0000")

    assert [word in page for word in (" A<", "10 /")] == [False, False]
    arbiter = open_desk("C", role="arbiter")
    shown = arbiter.get(f"/case/{arbiter.case('李雷').id}").text
    assert [case.grade.candidate_id for case in arbiter.desk.queue()] == ["李雷"]
    assert [word in shown for word in (" A", " B")] == [True, True]
    assert arbiter.mark("李雷", "1100").status == 422
    assert arbiter.mark("李雷", "1100", why="前两点成立").status == 303
    assert (arbiter.desk.settled(arbiter.case("李雷")).state, arbiter.desk.queue() != []) == ("done", True)
    assert first.desk.settled(first.case("李雷")).score == 6


def test_an_answer_without_points_is_marked_as_a_whole(tmp_path, open_desk):
    visitor = open_desk()

    assert visitor.post(f"/case/{visitor.case('周八').id}", {"score": "0", "why": "空白"}).status == 303
    assert visitor.desk.decisions.entries[0].score == 0
