"""The judge from the command line."""

import json

import judge_server as js
import pytest
from grader_parts import local_grader

from examgen.cli import cli
from examgen.engines import GraderSetup
from examgen.model import Item, RubricPoint
from examgen.records import write_jsonl

POINTS = (
    RubricPoint(id="p1", text="防止训练发散", weight=3),
    RubricPoint(id="p2", text="按范数等比缩放梯度", weight=3),
)
ITEM = Item(id="clip", question="为什么裁剪？", points=POINTS, max_score=6)
ANSWERS = ["防止训练发散，按范数等比缩放梯度。", "为了防止发散，要缩放梯度。", "为防止发散要缩放梯度！"]


@pytest.fixture
def served():
    with js.JudgeServer(js.says("防止", "缩放")) as server:
        yield server


@pytest.fixture
def grade(tmp_path, runner, served, monkeypatch):
    """Run ``examgen grade`` with a grader that can be worked out on paper."""
    monkeypatch.setattr(GraderSetup, "__call__", lambda self: local_grader(*self.items))
    write_jsonl(tmp_path / "items.jsonl", [ITEM])
    rows = [{"candidate_id": f"c{n}", "item_id": "clip", "answer": text} for n, text in enumerate(ANSWERS)]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    out = tmp_path / "grades.jsonl"

    def grade(*options, url=None):
        given = ["--items", str(tmp_path / "items.jsonl"), "-o", str(out), "--judge", url or served.url]
        given += ["--judge-cache", str(tmp_path / "replies.sqlite"), *options]
        result = runner.invoke(cli, ["grade", str(tmp_path / "answers.jsonl"), *given])
        grades = [json.loads(line) for line in out.read_text("utf-8").splitlines()] if out.is_file() else []
        return result, grades

    return grade


def test_doubtful_answers_get_a_second_opinion(grade, served):
    result, grades = grade("--judge-model", "m")

    assert (result.exit_code, [g["status"] for g in grades]) == (0, ["graded"] * 3)
    assert ["judge" in g for g in grades] == [False, True, True]
    assert "judge: 4 calls, 0 cached, 1840 tokens" in result.stderr


def test_a_second_run_pays_nothing(grade, served):
    _, first = grade("--judge-model", "m")
    result, second = grade("--judge-model", "m")

    assert (second, len(served.requests)) == (first, 4)
    assert "judge: 0 calls, 4 cached, 0 tokens" in result.stderr


def test_a_dry_run_sends_and_writes_nothing(grade, served):
    result, grades = grade("--judge-model", "m", "--judge-dry-run")

    assert (result.exit_code, grades, served.requests) == (0, [], [])
    assert result.stdout.startswith("4 calls of about ")


def test_a_budget_ends_cleanly(grade, served):
    result, grades = grade("--judge-model", "m", "--judge-budget", "1", "--judge-concurrency", "1")

    assert (result.exit_code, len(served.requests), len(grades)) == (3, 1, 3)
    assert [g["status"] for g in grades] == ["graded", "review", "review"]
    assert "judge: 1 of 1 calls" in result.stderr


@pytest.mark.parametrize(
    "options, url, message",
    [
        (
            ["--judge-model", "m"],
            "http://10.0.0.7/v1",
            "Error: 10.0.0.7 is another machine",
        ),
        ([], None, "A judge needs the name of its model"),
        (["--judge-model", "m", "--judge-budget", "lots"], None, "Error: 'lots' is no budget"),
        (
            ["--judge-model", "m", "--judge-extra", '{"messages": 1}'],
            None,
            "Error: --judge-extra holds",
        ),
    ],
)
def test_what_does_not_fit_is_one_line(grade, served, options, url, message):
    result, grades = grade(*options, url=url)

    assert (result.exit_code in (1, 2), grades, served.requests) == (True, [], [])
    assert message in result.stderr
