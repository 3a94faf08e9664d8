"""Rows with named columns: CSV, Excel, JSON."""

import json

import openpyxl
import pytest

from examgen.errors import ExamgenError
from examgen.model import Item, Option, RubricPoint, Source
from examgen.parse import parse_document, read_document
from examgen.records import write_jsonl


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def brief(item):
    return item.kind, item.question, item.reference, item.explanation


def test_columns_are_known_by_their_chinese_names(tmp_path):
    header = "编号,题型,题干,参考答案,答案解析,知识点,难度,分值\n"
    row = "7,简答题,什么是熵？,不确定性的度量。,源于热力学。,信息论,0.4,4\n"
    path = write(tmp_path / "题库.csv", header + row, "gb18030")

    (item,) = parse_document(path).items

    assert brief(item) == ("short_answer", "什么是熵？", "不确定性的度量。", "源于热力学。")
    assert (item.label, item.topic, item.difficulty, item.max_score) == ("7", "信息论", 0.4, 4.0)
    assert item.sources == (Source(document="题库.csv", number=1, line=2),)


def test_columns_are_known_by_their_english_names_in_any_order(tmp_path):
    text = "Answer;Question;Option A;Option B;Option C;Type\nb;Which is even?;1;2;3;multiple choice\n"

    (item,) = parse_document(write(tmp_path / "quiz.csv", text)).items

    assert item.kind == "single_choice"
    assert item.options == (Option(id="A", text="1"), Option(id="B", text="2", correct=True), Option(id="C", text="3"))


def test_a_cell_may_hold_several_lines_and_options(tmp_path):
    text = '题目,选项,答案\n"下列哪些是偶数？","A. 1\nB. 2\nC. 4",BC\n判断：零是偶数。,,正确\n'

    choice, verdict = parse_document(write(tmp_path / "a.csv", text)).items

    assert (choice.kind, [o.correct for o in choice.options]) == ("multiple_choice", [False, True, True])
    assert (verdict.kind, verdict.truth, verdict.sources[0].line) == ("true_false", True, 5)


def test_a_column_of_marking_points_becomes_the_rubric(tmp_path):
    text = "question,answer,rubric\nWhy?,Because of a and b.,names a (2 points); names b (1 point)\n"

    (item,) = parse_document(write(tmp_path / "a.csv", text)).items

    assert [(point.text, point.weight) for point in item.points] == [("names a", 2.0), ("names b", 1.0)]


def test_what_a_row_lacks_is_reported_with_its_line(tmp_path):
    text = "题目,答案,备注\n什么是熵？,度量,甲\n\n,只有答案,\n什么是墒？,,\n"

    parsed = read_document(write(tmp_path / "a.csv", text))

    assert [(problem.line, problem.found) for problem in parsed.problems] == [
        (1, "the column '备注' is of no known meaning and was left out"),
        (4, "the row holds no question"),
        (5, "question 2 has no answer"),
    ]
    assert [item.complete for item in parsed.items] == [True, False]
    assert [line.line for line in parsed.lines] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("甲,乙\n1,2\n", "a.csv:1: has no column of questions. Name the columns in the first row, as in "),
        ('题目,答案\n"没有关上,1\n', "a.csv:2: is not valid CSV: unexpected end of data. Close every quote"),
        ('题目,答案\n"a" b,1\n', "a.csv:2: is not valid CSV: "),
        ("题目,答案\n", "a.csv:1: holds no question"),
    ],
)
def test_a_broken_table_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(ExamgenError) as caught:
        parse_document(write(tmp_path / "a.csv", text))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_text_file_that_holds_a_table_is_read_as_one(tmp_path):
    path = write(tmp_path / "a.txt", "\ufeff题目\t答案\n什么是熵？\t度量\n")

    assert [brief(item) for item in parse_document(path).items] == [("short_answer", "什么是熵？", "度量", "")]


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_excel_sheets_are_read_by_their_columns(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        说明=[["请从第二张表读起"]],
        题目=[
            ["机器学习题库"],
            [],
            ["题号", "题目", "答案"],
            [1, "二加二等于几？", 4],
            [None, None, None],
            [2, "三是奇数。", True],
        ],
    )

    parsed = parse_document(path)

    assert [brief(item)[:3] for item in parsed.items] == [
        ("short_answer", "二加二等于几？", "4"),
        ("true_false", "三是奇数。", ""),
    ]
    assert [item.sources[0].line for item in parsed.items] == [4, 6]
    assert [str(problem).partition(". ")[0].rpartition("/")[2] for problem in parsed.problems] == [
        "a.xlsx[说明]:1: has no column of questions"
    ]


def test_a_sheet_without_columns_is_refused(tmp_path):
    with pytest.raises(ExamgenError, match="has no column of questions"):
        parse_document(workbook(tmp_path / "a.xlsx", s=[["甲", "乙"], [1, 2]]))


ITEMS = (
    Item(
        id="a-1",
        question="问？",
        reference="答。\n\n- 甲",
        points=(RubricPoint(id="p1", text="甲", weight=2),),
        max_score=2,
        sources=(Source(document="d.md", number=3, line=9),),
        label="三",
    ),
    Item(id="b", kind="true_false", lang="en", question="Q", truth=False, status="draft"),
)


def test_items_that_this_program_wrote_come_back_unchanged(tmp_path):
    write_jsonl(tmp_path / "items.jsonl", ITEMS)

    parsed = parse_document(tmp_path / "items.jsonl")

    assert (parsed.items, parsed.problems) == (ITEMS, ())


def test_json_objects_of_others_are_read_by_their_names(tmp_path):
    records = [
        {"Question": "哪个是质数？", "Options": "A 4\nB 6\nC 7", "Answer": "C", "Explanation": "4 和 6 是偶数。"},
        {"instruction": "什么是熵？", "output": "不确定性的度量。"},
        {"question": "True?", "options": ["yes", "no"], "answer": "A"},
    ]
    path = write(tmp_path / "a.jsonl", "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))

    items = parse_document(path).items

    assert [item.kind for item in items] == ["single_choice", "short_answer", "single_choice"]
    assert [o.text for o in items[0].options if o.correct] == ["7"]
    assert [o.text for o in items[2].options if o.correct] == ["yes"]
    assert parse_document(write(tmp_path / "a.json", json.dumps({"items": records}))).items[0].kind == "single_choice"


def test_a_bad_line_of_json_is_reported_and_the_others_are_read(tmp_path):
    lines = [
        '{"question": "问？", "answer": "答"}',
        "{oops",
        "[1]",
        '{"id": "../x", "kind": "short_answer", "question": "q"}',
    ]
    path = write(tmp_path / "a.jsonl", "\n".join([*lines, "", '{"answer": "x"}', "[" * 5000]))

    parsed = parse_document(path)

    assert len(parsed.items) == 1
    assert [(problem.line, problem.found[:20]) for problem in parsed.problems] == [
        (2, "is not JSON: Expecti"),
        (3, "is not a JSON object"),
        (4, "id: an id has 1 to 1"),
        (6, "holds no question"),
        (7, "is not a JSON object"),
    ]
