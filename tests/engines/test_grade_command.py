"""``examgen grade`` from end to end; items with a key need no embedding, so that most of it is quick."""

import json
import subprocess
import sys

import pytest

from examgen.cli import cli
from examgen.engines import ENGINES
from examgen.model import Exam, Form, Item, KeyedItem, Option, PaperKey, PlacedItem, RubricPoint, Section
from examgen.paper import write_keys
from examgen.records import write_json, write_jsonl

pytestmark = pytest.mark.model

TRUTH = Item(id="t1", kind="true_false", question="水在 0 °C 结冰。", truth=True, max_score=2)
PICK = Item(
    id="pick",
    kind="single_choice",
    question="哪个是优化器？",
    options=(Option(id="A", text="Adam", correct=True), Option(id="B", text="ReLU"), Option(id="C", text="MSE")),
    max_score=3,
)
WORDS = Item(
    id="w1",
    question="什么是过拟合？",
    points=(
        RubricPoint(id="p1", text="训练误差小而测试误差大", weight=2),
        RubricPoint(id="p2", text="模型记住了训练数据中的噪声", weight=3),
    ),
    max_score=5,
)
ROWS = [
    {"candidate_id": "c1", "item_id": "t1", "answer": "对", "room": "R1"},
    {"candidate_id": "c2", "item_id": "t1", "answer": "错", "room": "R1"},
    {"candidate_id": "c1", "item_id": "pick", "answer": "B", "room": "R1"},
]


@pytest.fixture
def items(tmp_path):
    write_jsonl(tmp_path / "items.jsonl", [TRUTH, PICK, WORDS])
    return tmp_path / "items.jsonl"


def answers(tmp_path, rows=ROWS):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def grades(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def grade(runner, *arguments):
    return runner.invoke(cli, ["grade", *map(str, arguments)])


def test_answers_become_grades_in_their_order(runner, tmp_path, items):
    result = grade(runner, answers(tmp_path), "--items", items, "-o", tmp_path / "g.jsonl")

    found = [(row["candidate_id"], row["item_id"], row["score"], row["room"]) for row in grades(tmp_path / "g.jsonl")]
    assert found == [("c1", "t1", 2.0, "R1"), ("c2", "t1", 0.0, "R1"), ("c1", "pick", 0.0, "R1")]
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("3 answers: 3 graded, 0 for a human (0 to review, 0 not graded), ")


def test_what_cannot_be_graded_is_said_in_its_row_and_by_the_exit_code(runner, tmp_path, items):
    rows = [
        *ROWS,
        {"candidate_id": "c1", "item_id": "t9", "answer": "对"},
        {"candidate_id": "c1", "item_id": "t1", "answer": "错"},
        {"candidate_id": "c3", "item_id": "w1", "answer": ""},
        {"candidate_id": "c4", "item_id": "w1", "answer": "过" * 1_000_000},
    ]

    result = grade(runner, answers(tmp_path, rows), "--items", items, "-o", tmp_path / "g.jsonl", "-q")

    found = [(row["score"], row["status"], row["reason"]) for row in grades(tmp_path / "g.jsonl")[3:]]
    assert found == [
        (None, "ungraded", "no item is called 't9'"),
        (None, "ungraded", "answers.jsonl:5: row 1 answers this item for this candidate already"),
        (None, "ungraded", "作答为空"),
        (None, "review", "作答有 1000000 个字符，超过 200000"),
    ]
    assert (result.exit_code, result.stderr) == (3, "")


def test_an_answer_in_words_shows_its_evidence_and_a_second_run_gives_the_same(runner, tmp_path, items):
    rows = [{"candidate_id": "c1", "item_id": "w1", "answer": "训练误差很小，但是测试误差很大。"}]
    source = answers(tmp_path, rows)

    grade(runner, source, "--items", items, "-o", tmp_path / "g.jsonl")
    grade(runner, source, "--items", items, "-o", tmp_path / "h.jsonl", "--no-cache")

    (row,) = grades(tmp_path / "g.jsonl")
    (first, second) = row["points"]
    assert first["credit"] > 0.5 > second["credit"]
    assert rows[0]["answer"][first["start"] : first["end"]] == first["evidence"]
    assert (tmp_path / "g.jsonl").read_bytes() == (tmp_path / "h.jsonl").read_bytes()


def test_letters_of_a_shuffled_paper_are_turned_back(runner, tmp_path):
    placed = tuple(PlacedItem(number=n, item_id=item.id, points=4) for n, item in enumerate((PICK, TRUTH), 1))
    form = Form(name="A", sections=(Section(id="s", items=placed),))
    write_json(
        tmp_path / "exam" / "exam.json", Exam(id="e", title="E", items=(PICK, TRUTH), forms=(form,)).model_dump()
    )
    keyed = (KeyedItem(item_id="pick", number=1, orders={"": ("C", "A", "B")}),)
    write_keys(tmp_path / "keys.jsonl", [PaperKey(candidate_id="c1", exam_id="e", form="A", version="A2", items=keyed)])
    rows = [
        {"candidate_id": "c1", "item_id": "pick", "answer": "B"},  # printed as B is the item's own A
        {"candidate_id": "c2", "item_id": "pick", "answer": "A"},
        {"candidate_id": "c1", "item_id": "t1", "answer": "对"},
    ]

    source = answers(tmp_path, rows)
    keys = tmp_path / "keys.jsonl"
    result = grade(runner, source, "--exam", tmp_path / "exam", "--keys", keys, "-o", tmp_path / "g.jsonl")

    right, stranger, elsewhere = grades(tmp_path / "g.jsonl")
    assert (right["score"], right["max_score"], right["answer"], right["given_answer"]) == (4.0, 4.0, "A", "B")
    assert stranger["reason"] == "answers.jsonl:2: the keys name no paper of candidate 'c2'"
    assert elsewhere["reason"] == "answers.jsonl:3: item 't1' is not on the paper of candidate 'c1'"
    assert result.exit_code == 3


def test_a_pipeline_gets_a_summary_json_lines_and_an_exit_code(runner, tmp_path, items):
    options = ["--items", items, "-o", tmp_path / "g.jsonl", "--summary", tmp_path / "s.json", "--log", "json"]

    result = grade(runner, answers(tmp_path), *options, "--fail-under", "0.9")

    summary = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert [event["event"] for event in events] == ["start", "done"]
    assert (summary["answers"], summary["graded"], summary["graded_share"]) == (3, 3, 1.0)
    assert set(summary["versions"]) == {"examgen", "items", "model", "backend", "calibration", "risk"}
    assert result.exit_code == 0


def test_too_few_marks_fail_the_pipeline_with_the_grades_written(runner, tmp_path, items):
    rows = [*ROWS, {"candidate_id": "c9", "item_id": "w1", "answer": " "}]

    result = grade(
        runner, answers(tmp_path, rows), "--items", items, "-o", tmp_path / "g.jsonl", "--fail-under", "0.9", "-q"
    )

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: 75.0% of the answers got a mark without a human, less than 90.0%. "
        "The grades are written; their reasons say why.\n"
    )
    assert len(grades(tmp_path / "g.jsonl")) == 4


def test_a_run_key_makes_a_second_call_do_nothing(runner, tmp_path, items):
    output, summary = tmp_path / "g.jsonl", tmp_path / "s.json"
    options = ["--items", items, "-o", output, "--summary", summary]
    grade(runner, answers(tmp_path), *options, "--run-key", "week 3")
    stamp = output.stat().st_mtime_ns

    again = grade(runner, answers(tmp_path), *options, "--run-key", "week 3")
    assert (again.exit_code, again.stderr) == (0, "the run 'week 3' is done: 3 answers\n")
    assert output.stat().st_mtime_ns == stamp

    grade(runner, answers(tmp_path), *options, "--run-key", "week 4")
    assert output.stat().st_mtime_ns > stamp


def test_standard_input_to_standard_output(tmp_path, items):
    text = "candidate_id,item_id,answer\nc1,t1,对\n"

    result = subprocess.run(
        [sys.executable, "-m", "examgen", "grade", "-", "--items", str(items), "-o", "-", "-q"],
        input=text, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip

    assert json.loads(result.stdout)["score"] == 2.0
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--items", "gone.jsonl"], "gone.jsonl: "),
        (["--exam", "gone"], "gone: cannot be read: No such file or directory. Check the path."),
        (["--backend", "abacus"], "there is no backend 'abacus'. Name one of "),
        (["--engine", "spark"], f"there is no engine 'spark'. Name one of {', '.join(ENGINES)}."),
        (["--model", "/no/such/model"], "/no/such/model: "),
        (["--device", "tpu"], "the device 'tpu' is not here; "),
    ],
)
def test_what_a_user_can_put_right_is_one_line(runner, tmp_path, items, options, error):
    given = ["--items", items] if "--items" not in options and "--exam" not in options else []

    result = grade(runner, answers(tmp_path), *given, *options, "-o", tmp_path / "g.jsonl")

    assert result.stderr.startswith(f"Error: {error}")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "g.jsonl").exists()


@pytest.mark.parametrize("options", [[], ["--items", "a", "--exam", "b"], ["--items", "a", "--keys", "k"]])
def test_options_that_do_not_fit_are_a_usage_error(runner, tmp_path, options):
    assert grade(runner, answers(tmp_path), *options, "-o", tmp_path / "g.jsonl").exit_code == 2
