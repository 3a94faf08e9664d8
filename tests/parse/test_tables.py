"""Rows with named columns: CSV, JSON."""

import json

import pytest

from examgen.errors import ExamgenError
from examgen.model import Item, Option, RubricPoint, Source
from examgen.parse import Rule, parse_document, read_document
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


def test_numbers_and_letters_of_a_spreadsheet_mean_what_people_mean_by_them(tmp_path):
    text = (
        "题型*（必填）,试题题干,选项1,选项2,选项3,正确选项,Points\n"
        '多选题,哪些是颜色？,红,桌,绿,"1,3",2\n'
        "单选题,哪个是 2？,1,2,3,2,1\n"
        "判断题,地球是行星。,正确,错误,,A,1\n"
        "判断题,太阳是行星。,,,,0,1\n"
    )

    items = parse_document(write(tmp_path / "a.csv", text)).items

    keys = [item.truth if item.kind == "true_false" else [o.text for o in item.options if o.correct] for item in items]
    assert keys == [["红", "绿"], ["2"], True, False]
    assert [item.max_score for item in items] == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("options", "answer", "correct"),
    [
        ("A.苹果|B.白菜|C.梨", "A|C", ["苹果", "梨"]),
        ('"[""苹果"", ""白菜""]"', "B", ["白菜"]),
        ("苹果;白菜;梨", "梨", ["梨"]),
    ],
)
def test_options_share_a_cell_in_many_ways(tmp_path, options, answer, correct):
    path = write(tmp_path / "a.csv", f"题目,选项,答案\n选哪个？,{options},{answer}\n")

    (item,) = parse_document(path).items

    assert [option.text for option in item.options if option.correct] == correct


def test_options_behind_the_question_in_one_line_are_options(tmp_path):
    path = write(tmp_path / "a.csv", "题目,答案\n哪个是红色行星？ A、地球 B、木星 C、火星,C\n")

    (item,) = parse_document(path).items

    assert (item.question, [option.correct for option in item.options]) == ("哪个是红色行星？", [False, False, True])


def test_headings_between_rows_say_what_the_rows_below_are(tmp_path):
    text = (
        "序号,题目,答案\n二、判断题,,\n1,太阳是恒星。,对\n第三章 光,,\n2,什么是光年？,距离单位\n"
        "序号,题目,答案\n3,甲？,乙\n"
    )

    parsed = parse_document(write(tmp_path / "a.csv", text))

    assert [(item.kind, item.topic) for item in parsed.items] == [
        ("true_false", ""),
        ("short_answer", "第三章 光"),
        ("short_answer", "第三章 光"),
    ]
    assert parsed.problems == ()
    assert [line.line for line in parsed.lines if line.rule in (Rule.SECTION, Rule.HEADING)] == [1, 2, 4, 6]


def test_tables_of_questions_between_questions_of_the_text_are_read_in_their_place(tmp_path):
    text = """# 试卷

## 一、问答题

1. 什么是微服务？
答案：小而自治的服务。

## 二、选择题

| 题目 | A | B | 答案 |
| --- | --- | --- | --- |
| 注册中心是 | Nacos | C# | A |

## 三、简答题

2. 什么是网关？
答案：统一入口，见下表。

| 网关 | 语言 |
| --- | --- |
| Kong | Lua |
"""

    parsed = parse_document(write(tmp_path / "a.md", text))

    assert [(item.id, item.question, item.sources[0].number, item.sources[0].line) for item in parsed.items] == [
        ("a-01", "什么是微服务？", 1, 5),
        ("a-02", "注册中心是", 2, 12),
        ("a-03", "什么是网关？", 3, 16),
    ]
    assert [option.text for option in parsed.items[1].options] == ["Nacos", "C#"]
    assert parsed.items[2].reference == "统一入口，见下表。\n\n| 网关 | 语言 |\n| --- | --- |\n| Kong | Lua |"
    assert parsed.problems == ()
    assert [line.text for line in parsed.lines] == text.split("\n")[:-1]
    assert [line.item for line in parsed.lines if line.line in (6, 12, 17)] == [1, 2, 3]


@pytest.mark.parametrize(
    "key",
    [
        "| 题号 | 1 | 2 |\n| --- | --- | --- |\n| 答案 | B | A |",
        "| 题号 | 答案 |\n| --- | --- |\n| 1 | B |\n| 2 | A |",
        "| 题目 | 1 | 2 |\n| --- | --- | --- |\n| 答案 | B | A |",
    ],
)
def test_a_table_at_the_end_may_be_the_key(tmp_path, key):
    questions = "1. 最大的行星是？\nA. 地球\nB. 木星\n2. 最近的恒星是？\nA. 太阳\nB. 天狼星\n3. 什么是光年？\n"
    path = write(tmp_path / "a.md", f"{questions}\n## 参考答案\n\n{key}\n\n3. 一段距离。\n")

    parsed = parse_document(path)

    assert [[o.text for o in item.options if o.correct] for item in parsed.items] == [["木星"], ["太阳"], []]
    assert (parsed.items[2].reference, parsed.problems) == ("一段距离。", ())


def test_cells_under_no_name_are_reported(tmp_path):
    parsed = parse_document(write(tmp_path / "a.csv", "题目,答案,\n熵？,不确定性,的度量\n焓？,热含量,\n功？,能量,力\n"))

    assert [(problem.line, problem.found) for problem in parsed.problems] == [
        (2, "column C has no name, so what it holds in rows 2, 4 was left out")
    ]


def test_a_second_column_of_one_meaning_is_reported(tmp_path):
    parsed = parse_document(write(tmp_path / "a.csv", "题目,答案,分类,章节\n熵？,度量,物理,一\n"))

    assert [problem.found for problem in parsed.problems] == [
        "the column '章节' tells the same as another column and was left out"
    ]


def test_quotes_that_are_only_words_are_kept(tmp_path):
    text = '题目,答案\n什么是"熵"？,度量\n"什么是"焓"？",热含量\n'

    assert [item.question for item in parse_document(write(tmp_path / "a.csv", text)).items] == [
        '什么是"熵"？',
        '什么是"焓"？',
    ]


def test_the_separator_that_excel_names_is_no_question(tmp_path):
    parsed = parse_document(write(tmp_path / "a.csv", "sep=;\n题目;答案\n熵？;度量\n"))

    assert [(item.question, item.reference) for item in parsed.items] == [("熵？", "度量")]
    assert parsed.lines[0].rule == Rule.COMMENT


def test_rows_without_names_that_ask_give_options_and_end_in_a_letter_are_questions(tmp_path):
    parsed = parse_document(write(tmp_path / "a.csv", "最大的行星是？,地球,木星,B\n最近的恒星是？,太阳,天狼星,A\n"))

    assert [[o.text for o in item.options if o.correct] for item in parsed.items] == [["木星"], ["太阳"]]
    assert [problem.found for problem in parsed.problems] == [
        "no row names the columns, so they were read as question, option:A, option:B, reference"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "题号,1,难度,易\n题干,什么是对象？,,\n答案,数据与方法,,\n题号,2,难度,易\n题干,什么是多态？,,\n答案,多种实现,,\n",
        "题号,1,2\n题干,什么是对象？,什么是多态？\n答案,数据与方法,多种实现\n难度,易,易\n",
    ],
)
def test_fields_may_stand_below_each_other(tmp_path, text):
    parsed = parse_document(write(tmp_path / "a.csv", text))

    assert [(item.label, item.question, item.reference, item.difficulty_reason) for item in parsed.items] == [
        ("1", "什么是对象？", "数据与方法", "易"),
        ("2", "什么是多态？", "多种实现", "易"),
    ]
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("甲,乙\n1,2\n", "a.csv:1: has no column of questions. Name the columns in the first row, as in "),
        ('题目,答案\n"没有关上,1\n', "a.csv:2: is not valid CSV: unexpected end of data. Close every quote"),
        ('题目,答案\n"a" b,1,2\n', "a.csv:2: is not valid CSV: "),
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
