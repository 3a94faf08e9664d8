"""Marking anew: the difference is shown, human marks stand, nothing is written unasked."""

import json
import re

import pytest
from review_samples import CLIP, GRADES, LONG

from examgen.cli import cli
from examgen.engines import GraderSetup
from examgen.errors import FileError
from examgen.grade import Risk
from examgen.model import Decision
from examgen.records import write_jsonl
from examgen.review.decisions import DecisionFile, digest
from examgen.review.regrade import regrade


class Fixed:
    """Gives every answer the same mark."""

    def __init__(self, score):
        self.score = score

    def grade(self, answers):
        return [
            GRADES[0].model_copy(
                update={
                    "candidate_id": a.candidate_id,
                    "item_id": a.item_id,
                    "answer": a.answer,
                    "score": self.score,
                    "status": "graded",
                    "scorer": {"model": "new"},
                    "judge": None,
                }
            )
            for a in answers
        ]


@pytest.fixture
def grades(tmp_path):
    path = tmp_path / "grades.jsonl"
    write_jsonl(path, GRADES)
    return path


@pytest.fixture
def run(grades, tmp_path, runner, monkeypatch):
    monkeypatch.setattr(GraderSetup, "__call__", lambda self: Fixed(5.0))
    write_jsonl(tmp_path / "items.jsonl", [CLIP])
    return lambda *options: runner.invoke(
        cli, ["regrade", str(grades), "--items", str(tmp_path / "items.jsonl"), *options]
    )


def human(score=9.0):
    return Decision(
        at="t", by="Li", candidate_id="李雷", item_id="clip", answer_sha256=digest(LONG), score=score, max_score=10
    )


def test_a_look_writes_nothing_and_tells_who_changes(run, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())

    result = run("--diff", "--json")

    data = json.loads(result.stdout)
    assert (result.exit_code, data["answers"], data["kept"]) == (0, 6, 0)
    by = {(c["candidate_id"], c["before"], c["after"], c["by"]) for c in data["changes"]}
    assert by == {
        ("李雷", 4.5, 5, 0.5),
        ("韩梅梅", 4.5, 5, 0.5),
        ("王五", 4.5, 5, 0.5),
        ("赵六", 0.3, 5, 4.7),
        ("孙七", 5.8, 5, -0.8),
        ("周八", None, 5, 0),
    }
    assert list(data["candidates"])[:2] == ["赵六", "孙七"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_human_mark_stands_and_the_new_grades_are_written_when_asked_for(run, tmp_path):
    DecisionFile(tmp_path / "decisions.jsonl").append([human()])

    result = run("-o", str(tmp_path / "new.jsonl"))

    new = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text("utf-8").splitlines()]
    assert [grade["score"] for grade in new] == [9, 5, 5, 5, 5, 5]
    assert new[0]["ruling"]["by"] == ["Li"]
    counted = "6 answers, 6 change (4 up, 1 down, 1 in status only) for 6 candidates; 1 human marks stand"
    assert counted in result.stdout


def test_a_human_mark_in_the_grades_stands_even_without_the_file_of_decisions(run, grades, runner, tmp_path):
    DecisionFile(tmp_path / "decisions.jsonl").append([human()])
    runner.invoke(cli, ["review", "apply", str(grades), "-o", str(grades)])
    (tmp_path / "decisions.jsonl").unlink()

    data = json.loads(run("--diff", "--json").stdout)

    assert data["kept"] == 1
    assert "李雷" not in {change["candidate_id"] for change in data["changes"]}


def test_grades_without_answers_cannot_be_marked_anew(tmp_path):
    path = tmp_path / "grades.jsonl"
    write_jsonl(path, [GRADES[0].model_copy(update={"answer": None})])

    with pytest.raises(FileError, match=r"grades\.jsonl:1: holds no answer\. Grade the file of answers anew"):
        regrade(path, lambda answers, out: None, [], tmp_path)


def test_neither_looking_nor_writing_is_a_question(run):
    result = run()

    assert (result.exit_code, "Name --diff to look, or -o to write." in result.stderr) == (2, True)


def test_names_that_look_like_markup_are_shown_as_they_are(grades, runner, tmp_path, monkeypatch):
    monkeypatch.setattr(GraderSetup, "__call__", lambda self: Fixed(5.0))
    write_jsonl(tmp_path / "items.jsonl", [CLIP])
    write_jsonl(grades, [GRADES[0].model_copy(update={"candidate_id": "c[/b]", "score": 1.0})])

    result = runner.invoke(cli, ["regrade", str(grades), "--items", str(tmp_path / "items.jsonl"), "--diff"])

    assert result.exit_code == 0
    assert "c[/b]" in result.stdout


def test_the_risk_and_the_backend_reach_the_grader(run, monkeypatch):
    seen = []
    monkeypatch.setattr(GraderSetup, "__call__", lambda self: seen.append((self.risk, self.backend)) or Fixed(5.0))

    result = run("--diff", "--max-error", "0.05", "--at", "0.97", "--backend", "onnx")

    assert (result.exit_code, seen) == (0, [(Risk(0.05, 0.97), "onnx")])


@pytest.mark.model
def test_a_dry_run_says_the_cost_and_writes_nothing(grades, runner, tmp_path):
    write_jsonl(tmp_path / "items.jsonl", [CLIP])
    judge = ("--judge", "http://127.0.0.1:1/v1", "--judge-model", "m", "--judge-dry-run")
    cache = ("--judge-cache", str(tmp_path / "r.sqlite"))
    items = ("--items", str(tmp_path / "items.jsonl"))

    result = runner.invoke(cli, ["regrade", str(grades), *items, *judge, *cache, "-o", str(tmp_path / "out.jsonl")])

    assert result.exit_code == 0
    assert re.fullmatch(r"\d+ calls of about \d+ tokens in all; 0 replies are there already\n", result.stdout)
    assert not (tmp_path / "out.jsonl").exists()
