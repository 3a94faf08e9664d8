"""``examgen train`` from end to end, on a handful of answers."""

import json

import pytest

from examgen.calibrate import check_fits, load_calibration
from examgen.cli import cli
from examgen.embed.tokens import token_model
from examgen.evaluate import trainer
from examgen.grade import Grader
from examgen.model import Answer, Item, RubricPoint
from examgen.scorers.marked import read_marked
from examgen.scorers.reader import load_reader
from examgen.scorers.reading import ReadingScorer

pytestmark = pytest.mark.model

# A subject, what is true of it, and what is not.
FACTS = [
    ("青蛙", "用肺和皮肤呼吸", "只用鳃呼吸"),
    ("沙漠", "昼夜温差很大", "全年多雨"),
    ("铜线", "容易导电", "是绝缘体"),
    ("月球", "本身不发光", "自己会发光"),
    ("蜜蜂", "靠跳舞告诉同伴花在哪里", "从不与同伴交流"),
    ("海水", "含有很多盐分", "可以直接饮用"),
]


@pytest.fixture
def marked(tmp_path):
    rows = []
    for subject, true, false in FACTS:
        reference = f"{subject}{true}。"
        for text, score in ((f"{true}。", 1), (f"我想{subject}{true}。", 1), (f"{false}。", 0), ("我不知道。", 0)):
            rows.append(
                {
                    "question_id": subject,
                    "question": f"{subject}有什么特点？",
                    "references": [reference],
                    "answer": text,
                    "score": score,
                }
            )
    path = tmp_path / "facts.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_training_writes_a_reader_and_a_calibration_that_grade_together(runner, marked, tmp_path, encoder):
    out = tmp_path / "trained"
    command = ["train", str(marked), "--no-exercises", "--folds", "2", "--device", "cpu", "-o", str(out)]

    result = runner.invoke(cli, command)

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"{out}: trained on 24 answers and 0 exercises")
    assert {path.name for path in out.iterdir()} == {
        "calibration.json",
        "evaluation.json",
        "evaluation.svg",
        "reader.onnx",
        "reader.safetensors",
    }
    [figures] = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))["sets"]
    assert (figures["dataset"], figures["answers"]) == ("facts", 24)
    reader = load_reader(token_model(encoder), out / "reader.safetensors")
    calibration = load_calibration(out / "calibration.json")
    check_fits(calibration, "reader", encoder.fingerprint)
    assert reader.about.trained == (("facts", "", 24),)
    assert [(entry.dataset, entry.answers, entry.questions) for entry in calibration.trained] == [("facts", 24, 6)]
    assert len(calibration.held_out) == 24
    assert {row.question for row in calibration.held_out} == set(range(6))
    assert all(0 <= row.mark <= 1 for row in calibration.held_out)
    item = Item(id="i", question="？", points=(RubricPoint(id="p", text="青蛙会游泳", weight=1.0),), max_score=1.0)
    [grade] = Grader([item], encoder, calibration, scorer=ReadingScorer(reader)).grade(
        [Answer(candidate_id="c", item_id="i", answer="青蛙会游泳。")]
    )
    assert 0 <= grade.score <= 1


def test_the_same_answers_and_seed_give_the_same_reader(marked, encoder):
    rows = read_marked([marked])

    first, second = (
        trainer(rows, encoder, practise=False).readers([(rows, set())])[0].net.state_dict() for _ in range(2)
    )

    assert [name for name, weights in first.items() if not weights.equal(second[name])] == []


def test_too_few_questions_to_hold_some_out_are_one_line(runner, marked, tmp_path):
    one = tmp_path / "one.jsonl"
    one.write_text("".join(marked.read_text(encoding="utf-8").splitlines(keepends=True)[:4]), encoding="utf-8")

    result = runner.invoke(cli, ["train", str(one), "--no-exercises", "--device", "cpu", "-o", str(tmp_path / "out")])

    fix = "Give marked answers to more questions."
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == f"Error: 1 questions are too few to hold some out. {fix}"
    assert not (tmp_path / "out").exists()
