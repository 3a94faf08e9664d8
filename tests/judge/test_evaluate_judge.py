"""Local marks, a judge's, and both together on marked answers."""

import json
import random
import sys

import judge_server as js
import pytest
from grader_parts import local_grader

from examgen.cli import cli
from examgen.errors import ExamgenError
from examgen.evaluate.judged import compare
from examgen.grade import Risk
from examgen.judge.client import Limits
from examgen.judge.combine import load_judge_calibration
from examgen.judge.opinion import Judge, JudgeSettings
from examgen.model import RubricPoint
from examgen.scorers.marked import Marked

# Each question has two points; an answer says one of them in the rubric's words, in its own, or not at all.
SAYINGS = {
    "p1": ("防止训练发散", "防止损失飞掉", ""),
    "p2": ("按范数等比缩放梯度", "等比缩放向量", ""),
}
OTHER_WORDS = {"防止": ("防止训练发散", "防止损失飞掉"), "缩放": ("按范数等比缩放梯度", "等比缩放向量")}
POINTS = (
    RubricPoint(id="p1", text="防止训练发散", weight=1),
    RubricPoint(id="p2", text="按范数等比缩放梯度", weight=1),
)


def marked(count=120):
    rng = random.Random(1)
    rows = []
    for n in range(count):
        said = {point: rng.choice(ways) for point, ways in SAYINGS.items()}
        text = "，".join(part for part in said.values() if part) or "这个我没有学过"
        score = sum(bool(part) for part in said.values()) / 2
        rows.append(
            Marked(question_id=f"q{n % 8}", question="为什么？", rubric=POINTS, answer=f"{text}。", score=score)
        )
    return rows


def unsure(items):
    """A local grader that leaves everything to others."""
    return local_grader(*items, spread=0.001)


def knows_other_words(question):
    """A judge that understands what a comparison of words does not."""
    verdicts = {}
    for number, text in question.statements.items():
        for word, ways in OTHER_WORDS.items():
            found = next((way for way in ways if way in question.answer), None)
            if word in text and found:
                verdicts[number] = ("yes", found)
    return question.reply(verdicts)


@pytest.fixture
def served():
    with js.JudgeServer(knows_other_words) as server:
        yield server


@pytest.fixture
def judge(served, tmp_path):
    settings = JudgeSettings(url=served.url, model="m", cache=tmp_path / "r.sqlite", limits=Limits(4))
    judge = Judge(settings)
    yield judge
    judge.close()


def test_a_judge_that_understands_more_makes_better_marks_together(judge):
    rows = marked()

    found = compare(rows, unsure, judge, Risk())

    local, alone, both = found.ways
    assert [way.name for way in found.ways] == ["local", "judge", "both"]
    assert both.mae < 0.5 * local.mae
    assert alone.mae < 0.05
    assert both.decided > local.decided
    assert (local.calls, alone.calls) == (0, 2 * len(rows))
    assert both.calls == alone.calls  # this local grader is sure of nothing
    assert found.calibration.weights["yes"] > 1
    assert found.outcomes.get("believed", 0) > len(rows) / 2


def test_a_judge_that_says_no_to_everything_is_found_out(judge, served):
    served.mind = js.no

    found = compare(marked(), unsure, judge, Risk())

    _, alone, both = found.ways
    assert (alone.qwk, both.decided) == (0, 0)
    assert found.calibration.weights["yes"] == pytest.approx(0, abs=1.01)  # it never said yes: nothing was learned


def test_one_question_teaches_nothing(judge):
    with pytest.raises(ExamgenError, match="at least two questions"):
        compare(marked(1), unsure, judge, Risk())


def test_the_command_prints_the_ways_and_writes_the_calibration(served, tmp_path, runner, monkeypatch):
    monkeypatch.setattr(sys.modules["examgen.embed"], "open_encoder", lambda *_: None)
    monkeypatch.setattr(sys.modules["examgen.grade"], "Grader", lambda items, *_: unsure(items))
    path = tmp_path / "marked.jsonl"
    path.write_text("\n".join(row.model_dump_json() for row in marked(40)), encoding="utf-8")
    given = ["--judge", served.url, "--judge-model", "m", "--judge-cache", str(tmp_path / "r.sqlite")]

    table = runner.invoke(cli, ["evaluate", str(path), *given, "-o", str(tmp_path / "judge.json")])
    data = json.loads(runner.invoke(cli, ["evaluate", str(path), *given, "--json"]).stdout)

    assert (table.exit_code, "│ both" in table.stdout) == (0, True)
    assert 20 < load_judge_calibration(tmp_path / "judge.json").answers <= 40
    assert [way["name"] for way in data["ways"]] == ["local", "judge", "both"]
    assert len(served.requests) <= 80
