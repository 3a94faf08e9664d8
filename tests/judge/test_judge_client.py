"""The judge through the real client, against a real server with every fault a server has shown."""

import json
import platform
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import judge_server as js
import pytest

from examgen.errors import ExamgenError
from examgen.judge.client import FAILURES_IN_A_ROW, Address, Limits, Server
from examgen.judge.opinion import Budget, Judge, JudgeSettings
from examgen.model import Item, RubricPoint

POINTS = (
    RubricPoint(id="p1", text="防止发散", weight=3),
    RubricPoint(id="p2", text="按范数缩放", weight=2),
    RubricPoint(id="p3", text="不解决梯度消失", weight=1),
)
ITEM = Item(id="clip", question="为什么裁剪？", points=POINTS, max_score=6)
ANSWER = "为了防止发散，要按范数缩放。"
WORDS = ("防止发散", "按范数缩放", "不解决梯度消失")


@pytest.fixture
def served():
    with js.JudgeServer(js.says(*WORDS)) as server:
        yield server


@pytest.fixture
def make(tmp_path, served):
    judges = []

    def make(**changes):
        url = changes.pop("url", served.url)
        limits = Limits(**({"concurrency": 4, "timeout": 0.6} | changes.pop("limits", {})))
        address = Address.read(url, True)
        address = Address(address.url, changes.pop("local", address.local))
        settings = JudgeSettings(
            **({"url": url, "model": "m", "cache": tmp_path / "r.sqlite", "limits": limits} | changes)
        )
        judge = Judge(settings, Server(address, "m", limits, settings.extra, first_wait=0.01))
        judges.append(judge)
        return judge

    yield make
    for judge in judges:
        judge.close()


def test_a_good_judge_is_believed_with_its_quotes_found(make, served):
    heard = make().hear(ITEM, POINTS, ANSWER)

    assert (heard.outcome, heard.calls, len(served.requests)) == ("believed", 2, 2)
    assert [(v.id, v.verdict, v.quote, v.start, v.end) for v in heard.verdicts] == [
        ("p1", "yes", "防止发散", 2, 6),
        ("p2", "yes", "按范数缩放", 8, 13),
        ("p3", "no", "", 0, 0),
    ]


def test_the_two_asks_share_no_marker_no_control_and_no_number(make, served):
    make().hear(ITEM, POINTS, ANSWER)

    first, second = (js.Question(request) for request in served.requests)
    assert first.answer == second.answer == ANSWER
    markers = {js.FENCE.search(request["messages"][1]["content"])[1] for request in served.requests}
    assert len(markers) == 2
    assert all(first.statements[number] != second.statements[number] for number in first.statements)
    controls = [set(question.statements.values()) - {p.text for p in POINTS} for question in (first, second)]
    assert len(controls[0] | controls[1]) == 2


def test_the_rubric_and_the_rules_come_after_the_answer(make, served):
    make().hear(ITEM, POINTS, ANSWER)

    words = served.requests[0]["messages"][1]["content"]
    assert words.index(ITEM.question) < words.index(ANSWER) < words.index("防止发散", words.index("【陈述】"))
    assert words.index("【陈述】") < words.index("【规则】")


def only_prose(question):
    return "我认为这份作答写得不错。"


def in_prose(question):
    return f"好的，结果如下：\n```json\n{js.says(*WORDS)(question)}\n```\n以上。"


def thoughtful(question):
    return f'<think>{{"points": "先想想"}} 看起来 p1 命中</think>\n{js.says(*WORDS)(question)}'


def late_thought(question):
    return f"先看第一条……</think>{js.says(*WORDS)(question)}"


def broken_json(question):
    return js.says(*WORDS)(question)[:-20]


def two_objects(question):
    return js.full_marks(question) + "\n" + js.no(question)


def key_twice(question):
    return js.no(question).replace('"verdict": "no"', '"verdict": "no", "verdict": "yes"', 1)


def id_twice(question):
    return js.no(question).replace('"id": 2', '"id": 1')


def one_missing(question):
    return json.dumps({"points": json.loads(js.no(question))["points"][1:]})


def other_word(question):
    return js.no(question).replace('"no"', '"full marks"', 1)


def true_for_yes(question):
    return js.no(question).replace('"no"', "true", 1)


def not_a_number(question):
    return js.no(question).replace('"id": 1', '"id": NaN', 1)


def endless_thought(question):
    return "<think>" + js.says(*WORDS)(question)


@pytest.mark.parametrize("reply", [in_prose, thoughtful, late_thought])
def test_what_stands_around_the_verdicts_is_passed_over(make, served, reply):
    served.mind = reply

    assert make().hear(ITEM, POINTS, ANSWER).outcome == "believed"


UNREADABLE = {
    "only spaces": (js.text("   \n  "), "blank"),
    "nothing": (js.text(""), "blank"),
    "only reasoning": (js.shaped(message={"content": None, "reasoning_content": "…"}), "blank"),
    "free text": (js.text(only_prose), "broken"),
    "truncated JSON": (js.text(broken_json), "broken"),
    "cut at the limit": (js.shaped(choice={"finish_reason": "length"}), "cut"),
    "a thought without end": (js.text(endless_thought), "cut"),
    "refusal": (js.shaped(message={"content": None, "refusal": "I cannot"}), "refused"),
    "filtered": (js.shaped(choice={"finish_reason": "content_filter"}), "refused"),
    "no choices": (js.shaped(choices=[]), "no_choice"),
    "choices null": (js.shaped(choices=None), "no_choice"),
    "no message": (js.shaped(choices=[{"index": 0}]), "no_choice"),
    "HTML": (js.raw(b"<html>gateway</html>"), "no_completion"),
    "a list": (js.raw(b"[]"), "no_completion"),
    "two objects": (js.text(two_objects), "broken"),
    "a key twice": (js.text(key_twice), "broken"),
    "an id twice": (js.text(id_twice), "broken"),
    "an id missing": (js.text(one_missing), "broken"),
    "another verdict": (js.text(other_word), "broken"),
    "true for yes": (js.text(true_for_yes), "broken"),
    "NaN": (js.text(not_a_number), "broken"),
    "a list of parts": (js.text([{"type": "text", "text": "?"}]), "broken"),
    "deep nesting": (js.text("{" * 50_000), "broken"),
}


@pytest.mark.parametrize("fault, code", UNREADABLE.values(), ids=UNREADABLE)
def test_a_reply_that_cannot_be_read_is_asked_for_once_more_and_then_given_up(make, served, fault, code):
    served.faults = [fault, fault]

    heard = make().hear(ITEM, POINTS, ANSWER)

    assert (heard.outcome, heard.code, heard.verdicts, len(served.requests)) == ("unread", code, (), 2)
    assert js.Question(served.requests[1]).again


@pytest.mark.parametrize("fault", [fault for fault, _ in UNREADABLE.values()], ids=UNREADABLE)
def test_one_bad_reply_does_no_harm(make, served, fault):
    served.faults = [fault]

    assert make().hear(ITEM, POINTS, ANSWER).outcome == "believed"


PASSING = {
    "429": js.status(429),
    "429 with a pause": js.status(429, {"Retry-After": "0.2"}),
    "429 with a date": js.status(429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "500": js.status(500),
    "503": js.status(503, {"Retry-After": "0.1"}),
    "timeout": js.hang,
    "drip": js.drip,
    "connection cut": js.cut,
    "cut inside the reply": js.cut_inside,
}


# What serves other machines is tried on this one.
WAYS = pytest.mark.parametrize("local", [True, False], ids=["as a server of this machine", "as any other"])


@WAYS
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_waited_out(make, served, fault, local):
    served.faults = [fault]

    assert make(local=local).hear(ITEM, POINTS, ANSWER).outcome == "believed"
    assert len(served.requests) == 3


@pytest.mark.parametrize(
    "fault, code, detail",
    [
        (js.status(429), "busy", "429"),
        (js.status(500), "server", "500"),
        (js.cut, "connection", ""),
        (js.hang, "timeout", ""),
    ],
)
def test_a_fault_that_stays_is_given_up_after_four_tries(make, served, fault, code, detail):
    served.faults = [fault] * 4

    heard = make(limits={"timeout": 0.3}).hear(ITEM, POINTS, ANSWER)

    assert (heard.outcome, heard.code, heard.detail, len(served.requests)) == ("unread", code, detail, 4)


@WAYS
@pytest.mark.parametrize("reply", [js.chunked, js.unmeasured, js.farewell, js.silent_farewell])
def test_a_reply_may_come_in_any_form_that_http_knows(make, served, reply, local):
    served.faults = [reply]
    judge = make(asks=1, local=local)

    first = judge.hear(ITEM, POINTS, ANSWER)
    time.sleep(0.1)  # the end of a connection takes its time to arrive
    second = judge.hear(ITEM, POINTS, ANSWER + "。")

    ended = reply is not js.chunked
    assert (first.outcome, second.outcome, len(served.requests)) == ("believed", "believed", 2)
    assert (served.connections, judge.stats.seconds > 0) == (1 + ended, True)


def test_no_more_calls_are_on_their_way_than_allowed(make, served):
    honest, lock, now, most = served.mind, threading.Lock(), [], []

    def slow(question):
        with lock:
            now.append(question)
            most.append(len(now))
        time.sleep(0.02)
        with lock:
            now.pop()
        return honest(question)

    served.mind = slow
    judge = make(limits={"concurrency": 3})
    with ThreadPoolExecutor(9) as pool:
        heard = list(pool.map(lambda n: judge.hear(ITEM, POINTS, f"{ANSWER}{n}").outcome, range(18)))

    assert (heard, max(most)) == (["believed"] * 18, 3)


@WAYS
def test_a_reply_without_end_is_left_unread(make, served, local):
    served.faults = [js.endless]

    heard = make(local=local, limits={"timeout": 5}).hear(ITEM, POINTS, ANSWER)

    assert (heard.outcome, heard.code) == ("unread", "large")


def test_the_servers_pause_holds_for_all_threads(make, served):
    judge = make()
    served.faults = [js.status(429, {"Retry-After": "0.5"})]
    started = time.monotonic()
    threads = [threading.Thread(target=judge.hear, args=(ITEM, POINTS, f"{ANSWER}{n}")) for n in range(2)]

    threads[0].start()
    time.sleep(0.1)
    threads[1].start()
    for thread in threads:
        thread.join()

    assert time.monotonic() - started > 0.5
    assert len(served.requests) == 5


def test_a_server_that_closes_for_the_day_is_not_asked_again(make, served):
    served.faults = [js.status(429, {"Retry-After": "3600"})]
    judge = make()

    first, second = judge.hear(ITEM, POINTS, ANSWER), judge.hear(ITEM, POINTS, ANSWER + "。")

    assert (first.code, second.outcome, second.code, len(served.requests)) == ("busy", "not_asked", "closed", 1)


def test_a_server_that_is_down_is_soon_left_alone(make):
    judge = make(url="http://127.0.0.1:9/v1")

    codes = [judge.hear(ITEM, POINTS, f"{ANSWER}{n}").code for n in range(FAILURES_IN_A_ROW + 2)]

    assert codes == ["connection"] * FAILURES_IN_A_ROW + ["closed"] * 2


@pytest.mark.parametrize(
    "fault, message",
    [
        (js.status(401), r"refuses the key \(401\)\. Set EXAMGEN_JUDGE_KEY\."),
        (js.status(404), r"knows no model 'm' \(404\)\. Check --judge and --judge-model\."),
        (js.status(307, {"Location": "http://example.org/v1"}), r"sends us elsewhere \(307\)"),
    ],
)
def test_what_a_user_has_to_mend_stops_the_run(make, served, fault, message):
    served.faults = [fault]
    judge = make()

    with pytest.raises(ExamgenError, match=message):
        judge.hear(ITEM, POINTS, ANSWER)
    with pytest.raises(ExamgenError, match=message):
        judge.hear(ITEM, POINTS, ANSWER + "。")
    assert len(served.requests) == 1


def test_a_server_that_refuses_the_schema_is_asked_without(make, served):
    refuse = js.status(400, message="response_format json_schema is not supported")
    served.faults = [refuse, refuse]
    judge = make()

    assert judge.hear(ITEM, POINTS, ANSWER).outcome == "believed"
    kinds = [request.get("response_format", {}).get("type") for request in served.requests]
    assert kinds == ["json_schema", "json_object", None, None]


def test_a_server_with_other_names_for_settings_is_asked_in_its_own(make, served):
    served.faults = [
        js.status(400, message="Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."),
        js.status(400, message="'temperature' does not support 0"),
    ]

    assert make().hear(ITEM, POINTS, ANSWER).outcome == "believed"
    last = served.requests[-1]
    assert {"max_tokens", "temperature"} & set(last) == set()
    assert last["max_completion_tokens"] > 0
    assert last["response_format"]["json_schema"]["strict"] is True


def test_a_refused_setting_that_the_user_asked_for_is_not_asked_for_ever(make, served):
    served.faults = [js.status(400, message="'temperature' does not support 0.7")] * 50

    heard = make(extra={"temperature": 0.7}).hear(ITEM, POINTS, ANSWER)

    assert (heard.outcome, heard.code, len(served.requests)) == ("unread", "server", 4)


@pytest.mark.parametrize(
    "mind, code",
    [
        (js.full_marks, "control"),
        (lambda q: q.reply({n: ("yes", "缩放整个网络") for n, t in q.statements.items() if t == WORDS[0]}), "no_quote"),
        (lambda q: q.reply({n: ("yes", "") for n, t in q.statements.items() if t == WORDS[0]}), "no_quote"),
        (lambda q: q.reply({n: ("yes", "，") for n, t in q.statements.items() if t == WORDS[0]}), "no_quote"),
        (lambda q: q.reply({1: ("yes", "防止发散")}), None),
    ],
    ids=["full marks", "invented quote", "no quote", "a comma for a quote", "by number"],
)
def test_a_judge_that_does_not_read_is_not_believed(make, served, mind, code):
    served.mind = mind

    heard = make().hear(ITEM, POINTS, ANSWER)

    assert heard.outcome == "doubted"
    assert code is None or heard.code == code


def test_a_judge_that_changes_its_mind_is_not_believed(make, served):
    served.faults = [js.text(js.no)]

    heard = make().hear(ITEM, POINTS, ANSWER)

    assert (heard.outcome, heard.code, heard.detail) == ("doubted", "unsteady", "p1, p2")


def test_no_reply_is_paid_for_twice(make, served):
    first = make().hear(ITEM, POINTS, ANSWER)
    again = make()

    assert again.hear(ITEM, POINTS, ANSWER) == first
    assert (len(served.requests), again.stats.calls, again.stats.cached) == (2, 0, 2)


def test_equal_answers_at_the_same_time_cost_the_calls_of_one(make, served):
    judge, honest = make(), served.mind

    def slow(question):
        time.sleep(0.1)
        return honest(question)

    served.mind = slow
    with ThreadPoolExecutor(4) as pool:
        heard = set(pool.map(lambda _: judge.hear(ITEM, POINTS, ANSWER).outcome, range(4)))

    assert (heard, len(served.requests), judge.stats.cached) == ({"believed"}, 2, 6)


@pytest.mark.parametrize(
    "change",
    [
        {"answer": ANSWER + "！"},
        {"item": ITEM.model_copy(update={"question": "怎样裁剪？"})},
        {"points": (*POINTS[:2], POINTS[2].model_copy(update={"text": "另一句"}))},
        {"settings": {"model": "other"}},
        {"settings": {"extra": {"enable_thinking": False}}},
    ],
    ids=["answer", "question", "points", "model", "extra"],
)
def test_whatever_matters_is_asked_anew(make, served, change):
    make().hear(ITEM, POINTS, ANSWER)

    make(**change.get("settings", {})).hear(
        change.get("item", ITEM), change.get("points", POINTS), change.get("answer", ANSWER)
    )

    assert len(served.requests) == 4


def test_a_changed_weight_costs_nothing(make, served):
    make().hear(ITEM, POINTS, ANSWER)

    make().hear(ITEM, [p.model_copy(update={"weight": 2.0}) for p in POINTS], ANSWER)

    assert len(served.requests) == 2


def test_a_budget_of_calls_is_kept_by_all_threads_and_a_new_run_goes_on(make, served):
    judge = make(budget=Budget(calls=5))
    answers = [f"{ANSWER}{n}" for n in range(6)]

    heard: list = []
    threads = [threading.Thread(target=lambda a=a: heard.append(judge.hear(ITEM, POINTS, a))) for a in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(served.requests) == 5
    assert {h.code for h in heard if h.outcome != "believed"} == {"budget"}
    rest = make(budget=Budget(calls=50))
    assert [rest.hear(ITEM, POINTS, answer).outcome for answer in answers] == ["believed"] * 6
    assert (len(served.requests), rest.stats.cached) == (12, 5)


def test_a_budget_of_tokens_stops_when_it_is_spent(make, served):
    judge = make(budget=Budget(tokens=1000))  # each reply costs 460

    outcomes = [judge.hear(ITEM, POINTS, f"{ANSWER}{n}").outcome for n in range(3)]

    assert (outcomes, len(served.requests)) == (["believed", "not_asked", "not_asked"], 3)


def test_calls_that_nobody_answered_do_not_count(make, served):
    served.faults = [js.status(500)] * 4
    judge = make(budget=Budget(calls=2))

    judge.hear(ITEM, POINTS, ANSWER)

    assert judge.hear(ITEM, POINTS, ANSWER).outcome == "believed"


@pytest.mark.parametrize(
    "text, budget",
    [
        ("500", Budget(calls=500)),
        ("500 calls", Budget(calls=500)),
        ("200k tokens", Budget(tokens=200_000)),
        ("1_000 tokens", Budget(tokens=1000)),
    ],
)
def test_budgets_are_read(text, budget):
    assert Budget.read(text) == budget


@pytest.mark.parametrize("text", ["", "many", "5 euros", "-3", "k"])
def test_what_is_no_budget_is_named(text):
    with pytest.raises(ExamgenError, match="is no budget"):
        Budget.read(text)


def test_calls_keep_to_the_rate(make, served):
    judge = make(limits={"per_minute": 600})
    started = time.monotonic()

    judge.hear(ITEM, POINTS, ANSWER)
    judge.hear(ITEM, POINTS, ANSWER + "。")

    assert time.monotonic() - started >= 0.29  # four calls, a tenth of a second apart


@pytest.mark.parametrize(
    "text, url",
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
        ("http://127.9.9.9/api/v3", "http://127.9.9.9/api/v3"),
    ],
)
def test_addresses_of_this_machine_need_no_leave(text, url):
    assert Address.read(text) == Address(url, True)


@pytest.mark.parametrize(
    "text",
    [
        "https://api.openai.com/v1",
        "http://192.168.1.7:8000",
        "http://localhost.example.org",
        "http://0.0.0.0:8000",
        "http://2130706433/v1",
        "http://127.0.0.1.nip.io",
    ],
)
def test_other_machines_need_leave(text):
    with pytest.raises(ExamgenError, match=r"would leave this one\. Allow that with --allow-remote"):
        Address.read(text)

    assert Address.read(text, allow_remote=True).local is False


@pytest.mark.parametrize(
    "text", ["ftp://x", "http://", "http://u:p@127.0.0.1", "http://127.0.0.1/v1?key=1", "http://[::1"]
)
def test_what_is_no_address_is_named(text):
    with pytest.raises(ExamgenError):
        Address.read(text, allow_remote=True)


def test_keys_come_from_the_environment_and_go_only_where_they_belong(make, served, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    make().hear(ITEM, POINTS, ANSWER)
    monkeypatch.setenv("EXAMGEN_JUDGE_KEY", "my-key\n")  # as read from a file
    make().hear(ITEM, POINTS, ANSWER + "。")

    sent = json.dumps(served.headers)
    assert ("sk-of-openai" in sent, "org-1" in sent, "proj-1" in sent) == (False, False, False)
    assert [headers["authorization"] for headers in served.headers[1:3]] == ["Bearer none", "Bearer my-key"]


def test_no_header_tells_what_machine_asks(make, served):
    make().hear(ITEM, POINTS, ANSWER)

    sent = json.dumps(served.headers).casefold()
    about = (platform.system(), platform.machine(), platform.python_implementation(), platform.python_version())
    assert [word for word in about if word.casefold() in sent] == []


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(make, served, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert make().hear(ITEM, POINTS, ANSWER).outcome == "believed"
