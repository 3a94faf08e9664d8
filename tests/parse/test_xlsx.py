"""Excel workbooks."""

import datetime
import io

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from PIL import Image as Pixels

from examgen.errors import ExamgenError
from examgen.parse import parse_document
from examgen.parse.xlsx import shown


def brief(item):
    return item.kind, item.question, item.reference, item.explanation


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


def changed(path, change):
    """A workbook after a change to its first sheet."""
    book = openpyxl.load_workbook(path)
    change(book.worksheets[0])
    book.save(path)
    return path


def test_a_second_header_row_names_the_options(tmp_path):
    rows = [["题目", "选项", None, "答案"], [None, "A", "B", None], ["一加一？", 1, 2, "B"]]

    (item,) = parse_document(workbook(tmp_path / "a.xlsx", s=rows)).items

    assert [(option.text, option.correct) for option in item.options] == [("1", False), ("2", True)]


def test_merged_cells_count_for_every_row_that_they_cover(tmp_path):
    rows = [
        ["章节", "题目", "评分要点", "分值"],
        ["网络", "三次握手？", "发 SYN", 2],
        [None, None, "回 ACK", 1],
        [None, "DNS？", "解析", 1],
    ]

    def merge(sheet):
        sheet.merge_cells("A2:A4")
        sheet.merge_cells("B2:B3")

    parsed = parse_document(changed(workbook(tmp_path / "a.xlsx", s=rows), merge))

    assert [(item.topic, item.question, [(p.text, p.weight) for p in item.points]) for item in parsed.items] == [
        ("网络", "三次握手？", [("发 SYN", 2.0), ("回 ACK", 1.0)]),
        ("网络", "DNS？", [("解析", 1.0)]),
    ]
    assert parsed.problems == ()


def test_what_a_sheet_holds_beside_values_is_reported(tmp_path):
    picture = io.BytesIO()
    Pixels.new("RGB", (4, 4)).save(picture, "PNG")
    rows = [["题目", "答案"], ["甲？", "=1+1"], ["乙？", "#N/A"], ["丙？", "丁"]]

    def change(sheet):
        sheet["A3"].comment = Comment("太简单", "李")
        sheet.row_dimensions[4].hidden = True
        sheet.add_image(Image(picture), "C4")

    parsed = parse_document(changed(workbook(tmp_path / "a.xlsx", s=rows), change))

    assert [(problem.line, problem.found) for problem in parsed.problems] == [
        (2, "question 1 has no answer"),
        (2, "cell B2 holds a formula whose value was not saved"),
        (3, "cell B3 holds an error that a formula gave"),
        (3, "the note at cell A3 was left out: '太简单'"),
        (4, "row 4 is hidden and read all the same"),
        (4, "the picture at cell C4 cannot be kept as text"),
    ]


def test_a_hidden_sheet_is_read_and_reported(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", 新题=[["题目", "答案"], ["甲？", "乙"]], 旧题=[["题目", "答案"], ["丙？", "丁"]]
    )
    book = openpyxl.load_workbook(path)
    book["旧题"].sheet_state = "hidden"
    book.save(path)

    parsed = parse_document(path)

    assert [item.question for item in parsed.items] == ["甲？", "丙？"]
    assert [problem.path.rpartition("[")[2] + problem.found for problem in parsed.problems] == [
        "旧题]the sheet is hidden, and its questions were read all the same"
    ]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (0.95, "0%", "95%"),
        (0.125, "0.0%", "12.5%"),
        (7, "000", "007"),
        (7.0, "General", "7"),
        (datetime.datetime.fromisoformat("1949-10-01"), 'yyyy"年"m"月"d"日"', "1949年10月1日"),
        (datetime.datetime.fromisoformat("2024-05-01T08:30"), "yyyy-mm-dd hh:mm", "2024-05-01 08:30"),
        (datetime.time(8, 30), "h:mm", "08:30"),
        (True, "General", "正确"),
        ("文字", "General", "文字"),
    ],
)
def test_values_are_read_as_the_sheet_shows_them(value, number_format, text):
    assert shown(value, number_format) == text


def test_pairs_without_names_are_cards(tmp_path):
    rows = [["什么是熵？", "度量"], ["什么是焓？", "热含量"]]

    parsed = parse_document(workbook(tmp_path / "a.xlsx", s=rows))

    assert [(item.question, item.reference) for item in parsed.items] == [
        ("什么是熵？", "度量"),
        ("什么是焓？", "热含量"),
    ]
    assert [problem.line for problem in parsed.problems] == [1]
