"""The command: items out, problems with their place, and the exit codes."""

import pytest

from examgen.cli import cli
from examgen.model import Item
from examgen.records import read_jsonl

GOOD = "1、什么是熵？\n答：不确定性的度量。\n"
CUT = "1、什么是熵？\n答：不确定性的度量。\n\n2、什么是信息增"


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.md"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def cut(tmp_path):
    path = tmp_path / "cut.md"
    path.write_text(CUT, encoding="utf-8")
    return path


def test_items_go_to_standard_output(runner, good):
    result = runner.invoke(cli, ["parse", str(good)])

    assert (result.exit_code, result.stderr) == (0, "1 items, 1 complete, 0 problems\n")
    assert Item.model_validate_json(result.stdout).question == "什么是熵？"


def test_problems_give_exit_code_3_and_the_items_are_written(runner, good, cut, tmp_path):
    result = runner.invoke(cli, ["parse", str(good), str(cut), "-o", str(tmp_path / "items.jsonl")])

    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        f"{cut}:4: the document breaks off inside question 2, in front of its answer. "
        "Complete it, or leave it: incomplete items enter no exam.",
        "3 items, 2 complete, 1 problems",
    ]
    assert [item.id for item in read_jsonl(tmp_path / "items.jsonl", Item)] == ["good-01", "cut-01", "cut-02"]


def test_explain_shows_the_rule_of_every_line(runner, good):
    result = runner.invoke(cli, ["parse", str(good), "--explain"])

    assert result.stdout.splitlines() == [
        f"{good}:1: heading      1  1、什么是熵？",
        f"{good}:2: reference    1  答：不确定性的度量。",
    ]


def test_a_document_without_questions_is_explained_and_refused(runner, tmp_path):
    path = tmp_path / "none.md"
    path.write_text("只是一段话。\n", encoding="utf-8")

    result = runner.invoke(cli, ["parse", str(path), "--explain"])

    assert result.exit_code == 1
    assert result.stdout == f"{path}:1: intro       只是一段话。\n"
    assert result.stderr.startswith(f"Error: {path}:1: holds no question that could be told from its text. ")
    assert result.stderr.count("\n") == 1


def test_one_bad_document_keeps_all_from_being_written(runner, good, tmp_path):
    result = runner.invoke(cli, ["parse", str(good), str(tmp_path / "none.md"), "-o", str(tmp_path / "items.jsonl")])

    assert (result.exit_code, (tmp_path / "items.jsonl").exists()) == (1, False)
