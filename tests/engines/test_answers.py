"""Answers in all their forms, good and broken."""

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.engines.answers import Row, count_answers, read_answers
from examgen.errors import FileError

HEAD = "candidate_id,item_id,answer\n"


def rows(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_answers(str(path)))


def fails(tmp_path, name, content):
    with pytest.raises(FileError) as caught:
        rows(tmp_path, name, content)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_csv_keeps_line_breaks_quotes_and_other_columns(tmp_path):
    text = 'room,candidate_id,item_id,answer\nR1,c1,q1,"两行\n答案，带""引号"""\nR2,c2,q1,短\n'

    assert rows(tmp_path, "a.csv", text) == [
        Row("a.csv:2", "c1", "q1", '两行\n答案，带"引号"', {"room": "R1"}),
        Row("a.csv:4", "c2", "q1", "短", {"room": "R2"}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_as_spreadsheets_write_it(tmp_path, encoding, delimiter):
    text = f"candidate_id,item_id,answer\r\n{'甲'},q1,早停\r\n".replace(",", delimiter)

    assert rows(tmp_path, "a.csv", text.encode(encoding)) == [Row("a.csv:2", "甲", "q1", "早停", {})]


def test_jsonl_takes_numbers_lists_and_null_as_answers(tmp_path):
    lines = [
        {"candidate_id": 7, "item_id": "q1", "answer": 3.5, "score": 0.4, "note": None},
        {"candidate_id": "c", "item_id": "q2", "answer": ["A", "C"]},
        {"candidate_id": "c", "item_id": "q3", "answer": None},
    ]

    assert rows(tmp_path, "a.jsonl", "\n\n".join(map(json.dumps, lines))) == [
        Row("a.jsonl:1", "7", "q1", "3.5", {"given_score": 0.4, "note": None}),
        Row("a.jsonl:3", "c", "q2", '["A", "C"]', {}),
        Row("a.jsonl:5", "c", "q3", "", {}),
    ]


def test_a_folder_is_read_in_the_order_of_names_and_counted(tmp_path):
    for name, candidate in (("b.csv", "2"), ("a.csv", "1")):
        (tmp_path / name).write_text(f"{HEAD}{candidate},q,x\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no answers", encoding="utf-8")

    assert [row.candidate_id for row in read_answers(str(tmp_path))] == ["1", "2"]
    assert count_answers(str(tmp_path)) == 4  # headers are lines too: it is for a progress bar


def test_an_answer_of_many_lines_is_counted_once(tmp_path):
    (tmp_path / "a.csv").write_text(f'{HEAD}c,q,"one\ntwo ""quoted""\nthree"\nd,q,x\n', encoding="utf-8")

    assert count_answers(str(tmp_path / "a.csv")) == 3


def test_parquet_gives_the_same_rows(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    columns = {"candidate_id": ["c1", "c2"], "item_id": ["q1", "q1"], "answer": ["甲", None], "n": [1, 2]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")

    assert list(read_answers(str(tmp_path / "a.parquet"))) == [
        Row("a.parquet:1", "c1", "q1", "甲", {"n": 1}),
        Row("a.parquet:2", "c2", "q1", "", {"n": 2}),
    ]
    assert count_answers(str(tmp_path / "a.parquet")) == 2


@pytest.mark.parametrize("text", ['{"candidate_id":"c","item_id":"q","answer":"x"}\n', HEAD + "c,q,x\n"])
def test_standard_input_is_told_by_its_first_line(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    assert [row[1:4] for row in read_answers("-")] == [("c", "q", "x")]


def test_one_bad_row_of_csv_harms_no_other(tmp_path):
    text = HEAD + 'c1,q,"好"\nc2,q,a,b\nc3,q\nc4,q,"he said "no" twice"\nc5,q,last\n'

    assert [row[1:] for row in rows(tmp_path, "a.csv", text)] == [
        ("c1", "q", "好", {}, ""),
        ("c2", "q", "", {}, "the row has 4 fields, the header 3; an answer with commas needs quotes"),
        ("c3", "q", "", {}, "the row has 2 fields, the header 3; an answer with commas needs quotes"),
        ("c4", "q", "", {}, "the row is broken CSV: quotes inside a quoted field must be doubled"),
        ("c5", "q", "last", {}, ""),
    ]


def test_an_unclosed_quote_swallows_no_other_row(tmp_path):
    text = HEAD + 'c1,q,"open\nc2,q,two\nc3,q,three\n'

    assert [row[1:] for row in rows(tmp_path, "a.csv", text)] == [
        ("c1", "q", "", {}, "the row is broken CSV: a quote is opened and never closed"),
        ("c2", "q", "two", {}, ""),
        ("c3", "q", "three", {}, ""),
    ]


def test_bad_lines_of_jsonl_harm_no_other(tmp_path):
    good = b'{"candidate_id":"c","item_id":"q","answer":"\\ud800x"}\n'
    bad = b'{"candidate_id": \n[1]\n{"candidate_id":"c"}\n\xff\xfe\xff\n' + b"[" * 100_000 + b"\n"

    assert [(row.answer, row.problem) for row in rows(tmp_path, "a.jsonl", good + bad + good)] == [
        ("\ufffdx", ""),
        ("", "the line is not JSON: Expecting value"),
        ("", "the line is not a JSON object"),
        ("", "the row has no item_id"),
        ("", "the line is not text"),
        ("", "the line is not JSON: nested too deeply"),
        ("\ufffdx", ""),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "a.csv: holds no answers. It needs the columns candidate_id, item_id, answer and rows."),
        ("a.csv", HEAD, "a.csv: holds no answers. It needs the columns candidate_id, item_id, answer and rows."),
        ("a.jsonl", "\n", "a.jsonl: holds no answers. It needs the columns candidate_id, item_id, answer and rows."),
        (
            "a.csv",
            "name,item_id\nx,y\n",
            "a.csv:1: lacks the column candidate_id among name, item_id. Name candidate_id, item_id, answer there.",
        ),
        ("a.csv", "candidate_id,item_id,answer,answer\n", "a.csv:1: has the column answer twice. Rename one of them."),
        ("a.csv", HEAD.encode("utf-16"), "a.csv: is UTF-16 text. Save it as UTF-8."),
        (
            "a.docx",
            "x",
            "a.docx: has the unknown ending '.docx'. Give .csv, .tsv, .jsonl, .ndjson, .parquet, or '-'.",
        ),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_one_line(tmp_path, name, content, message):
    assert fails(tmp_path, name, content) == message


def test_a_missing_file_and_a_folder_without_answers_are_one_line(tmp_path):
    with pytest.raises(FileError, match=r"gone\.csv: is not there\. Check the path\."):
        list(read_answers(str(tmp_path / "gone.csv")))
    with pytest.raises(FileError, match=r"holds no answers\. Give a folder with "):
        list(read_answers(str(tmp_path)))


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_bytes(HEAD.encode() + data)

    try:
        found = list(read_answers(str(path)))
    except FileError as error:
        assert "\n" not in str(error)
    else:
        assert len(found) <= data.count(b"\n") + 1
        assert all(row.problem or row.item_id for row in found)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_what_csv_writes_is_read_back(tmp_path_factory, answers):
    import csv

    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["candidate_id", "item_id", "answer"])
        writer.writerows([str(number), "q", answer] for number, answer in enumerate(answers))

    assert [(row.answer, row.problem) for row in read_answers(str(path))] == [(answer, "") for answer in answers]
