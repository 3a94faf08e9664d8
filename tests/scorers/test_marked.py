"""Files of marked answers."""

import json

import pytest

from examgen.errors import FileError
from examgen.model import Item, RubricPoint
from examgen.scorers.marked import Marked, as_answer, as_item, as_sample, read_marked


def write(path, *rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


ROW = {"question_id": "q-1", "question": "？", "references": ["甲。乙。"], "answer": "甲", "score": 0.5}


def test_a_row_becomes_an_item_an_answer_and_a_sample(tmp_path):
    [row] = read_marked([write(tmp_path / "set.jsonl", ROW | {"rubric": None, "max_raw": 10})])

    item = as_item(row)
    assert (item.id, item.references, item.max_score) == ("q-1", ("甲。乙。",), 1.0)
    assert as_answer(row, 7).model_dump() == {"candidate_id": "7", "item_id": "q-1", "answer": "甲", "lang": "zh"}
    sample = as_sample(row)
    assert (sample.dataset, sample.ways, sample.mark) == ("set", (("甲。乙。",),), 0.5)


def test_several_references_are_alternatives(tmp_path):
    [row] = read_marked([write(tmp_path / "set.jsonl", ROW | {"references": ["甲", "乙"], "label_2way": "correct"})])

    assert (as_sample(row).ways, as_sample(row).mark) == ((("甲",), ("乙",)), 1.0)


def test_rows_take_their_rubric_from_the_items(tmp_path):
    points = (RubricPoint(id="p1", text="甲", weight=3.0), RubricPoint(id="p2", text="乙", weight=1.0))
    bank = [Item(id="q1", question="？", points=points, max_score=4.0)]
    folder = tmp_path / "bank" / "marked"
    folder.mkdir(parents=True)
    write(
        folder / "a.jsonl", {"question_id": "q1", "lang": "zh", "answer": "甲", "score": 0.75, "answer_type": "partial"}
    )

    write(folder / "second.jsonl", {"answer_id": "a1", "credits": {"p1": 1}})

    [row] = read_marked([folder], bank)

    assert [(point.text, point.weight) for point in as_item(row).points] == [("甲", 0.75), ("乙", 0.25)]
    assert (row.kind, row.dataset) == ("partial", "bank")


def test_blank_responses_are_left_out(tmp_path):
    rows = read_marked([write(tmp_path / "set.jsonl", ROW, ROW | {"answer": "", "blank": True})])

    assert len(rows) == 1


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (ROW | {"score": 3}, "score"),
        ({"question_id": "q", "answer": "a", "score": 1}, "question 'q' has no reference answer"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, row, complaint):
    with pytest.raises(FileError, match=complaint):
        read_marked([write(tmp_path / "set.jsonl", row)])


def test_ids_that_no_item_may_have_stay_different():
    rows = [
        Marked(question_id=name, answer="甲", score=1.0, references=("乙",)) for name in ("题一", "题二", "a b", "a-b")
    ]

    ids = [as_item(row).id for row in rows]

    assert len(set(ids)) == 4
    assert ids[3] == "a-b"


def test_the_row_says_which_questions_are_held_out_together(tmp_path):
    lines = [{"question_id": f"q{n}", "answer": "甲", "score": 1, "references": ["乙"], "group": "g"} for n in range(3)]
    lines.append({"question_id": "q9", "answer": "甲", "score": 1, "references": ["乙"]})
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    assert [row.group for row in read_marked([tmp_path / "a.jsonl"])] == ["g", "g", "g", "q9"]


def test_an_answer_is_marked_in_the_language_of_its_row():
    row = Marked(question_id="q", lang="en", answer="残差", score=1.0, references=("residual",))

    assert as_answer(row, 1).model_extra == {"lang": "en"}
