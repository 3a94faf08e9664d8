"""Word documents."""

import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from examgen.errors import ExamgenError
from examgen.parse import Rule, parse_document
from examgen.parse.archive import check_archive
from examgen.parse.docx import numeral


def saved(document, path):
    document.save(path)
    return path


def numbered(paragraph, number_id, level=0):
    """Let Word number a paragraph."""
    properties = paragraph._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>')
    )


def define_list(document, number_id, number_format, text):
    """Add a list definition to a document."""
    root = document.part.numbering_part.element
    xml = (
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="9{number_id}"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        f'<w:numFmt w:val="{number_format}"/><w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
    )
    root.insert(0, parse_xml(xml))
    num = f'<w:num {nsdecls("w")} w:numId="{number_id}"><w:abstractNumId w:val="9{number_id}"/></w:num>'
    root.append(parse_xml(num))


def start_again(document, number_id, of):
    """Add a list that looks like another and counts from 1."""
    num = (
        f'<w:num {nsdecls("w")} w:numId="{number_id}"><w:abstractNumId w:val="9{of}"/>'
        f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )
    document.part.numbering_part.element.append(parse_xml(num))


def test_headings_bold_labels_lists_and_tables_are_kept(tmp_path):
    document = docx.Document()
    document.add_heading("网络面试题", 1)
    document.add_heading("1. 什么是 DNS？", 2)
    document.add_paragraph().add_run("答案：").bold = True
    document.add_paragraph("把域名换成地址的系统。")
    document.add_paragraph("递归查询", style="List Bullet")
    document.add_paragraph("迭代查询", style="List Bullet")
    document.add_heading("2. 比较两种协议。", 2)
    paragraph = document.add_paragraph()
    paragraph.add_run("答案：").bold = True
    paragraph.add_run("见下表。")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["协议", "可靠", "TCP", "是|否"], strict=True):
        cell.text = text

    parsed = parse_document(saved(document, tmp_path / "a.docx"))

    assert [(item.title, item.reference, item.sources[0].line) for item in parsed.items] == [
        ("什么是 DNS？", "把域名换成地址的系统。\n\n- 递归查询\n- 迭代查询", 2),
        ("比较两种协议。", "见下表。\n\n| 协议 | 可靠 |\n| --- | --- |\n| TCP | 是\\|否 |", 7),
    ]
    assert [line.rule for line in parsed.lines if line.line == 1] == [Rule.SECTION, Rule.BLANK]


def test_numbers_that_word_counts_are_counted(tmp_path):
    document = docx.Document()
    define_list(document, 71, "decimal", "%1、")
    define_list(document, 72, "upperLetter", "%1.")
    start_again(document, 73, of=72)
    for question, options, letters in [("几是偶数？", ["一", "二"], 72), ("几是质数？", ["四", "七"], 73)]:
        numbered(document.add_paragraph(question), 71)
        for option in options:
            numbered(document.add_paragraph(option), letters)
        document.add_paragraph("答案：B")

    items = parse_document(saved(document, tmp_path / "a.docx")).items

    assert [(item.label, item.question) for item in items] == [("1", "几是偶数？"), ("2", "几是质数？")]
    assert [[o.text for o in item.options if o.correct] for item in items] == [["二"], ["七"]]


def test_what_cannot_be_text_is_reported(tmp_path):
    document = docx.Document()
    document.add_paragraph("问：如图，面积是多少？")
    paragraph = document.add_paragraph("答：")
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    paragraph._p.append(parse_xml(f'<m:oMath xmlns:m="{math}"><m:r><m:t>πr2</m:t></m:r></m:oMath>'))

    parsed = parse_document(saved(document, tmp_path / "a.docx"))

    assert [item.reference for item in parsed.items] == ["πr2"]
    assert [(problem.line, problem.found) for problem in parsed.problems] == [(2, "a formula cannot be kept as text")]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3, "decimal", "3"),
        (21, "chineseCounting", "二十一"),
        (10, "chineseCountingThousand", "十"),
        (27, "upperLetter", "AA"),
        (2, "lowerLetter", "b"),
        (5, "decimalEnclosedCircle", "⑤"),
        (4, "upperRoman", "4"),
    ],
)
def test_numerals_are_written_as_word_prints_them(value, number_format, text):
    assert numeral(value, number_format) == text


def archive(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bag:
        for name, content in entries.items():
            bag.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
BOMB = '<!DOCTYPE a [<!ENTITY b "boom">]>'


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"word__document_xml": BOMB + BODY.format("")}, "declares XML entities in word/document.xml"),
        (
            {"word__document_xml": (BOMB + BODY.format("")).encode("utf-16")},
            "declares XML entities in word/document.xml",
        ),
        ({"word__document_xml": BODY.format("<w:p>")}, "is damaged inside"),
        ({"other": "x"}, "is not a Word document"),
        ({"word__document_xml": BODY.format("<w:sdt>" * 200 + "</w:sdt>" * 200)}, "is damaged inside"),
    ],
)
def test_a_harmful_or_damaged_file_is_refused_in_one_line(tmp_path, entries, message):
    with pytest.raises(ExamgenError) as caught:
        parse_document(archive(tmp_path / "a.docx", **entries))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = archive(tmp_path / "a.docx", word__document_xml=BODY.format(""), padding=b"\0" * 50_000)

    with pytest.raises(ExamgenError, match="unpacks to more than 10000 bytes"):
        check_archive(path, "a Word document", "word/document.xml", limit=10_000)


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_is_unpacked(tmp_path):
    path = archive(tmp_path / "a.docx", word__document_xml=BODY.format(""), padding=b"\0" * 50_000)
    data = path.read_bytes()
    path.write_bytes(data.replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))

    with pytest.raises(ExamgenError, match=r"is damaged|unpacks to more"):
        check_archive(path, "a Word document", "word/document.xml", limit=10_000)
