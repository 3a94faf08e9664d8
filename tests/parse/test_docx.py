"""Word documents."""

import re
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from examgen.errors import ExamgenError, ParseError
from examgen.parse import Rule, parse_document
from examgen.parse.archive import check_archive
from examgen.parse.word import numeral


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


def element(xml):
    """A piece of a document's XML."""
    names = nsdecls("w", "m", "wp", "a") + (
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    )
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {names}", xml))


def run(text, look=""):
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def word(path, *blocks, styles=(), parts=None):
    """A document of paragraphs and tables; a text is a paragraph, or what stands in one."""
    document = docx.Document()
    for style in styles:
        document.styles.element.append(element(style))
    for block in blocks:
        xml = (
            block
            if block.startswith(("<w:p>", "<w:tbl>"))
            else f"<w:p>{block if block[0] == '<' else run(block)}</w:p>"
        )
        document.element.body.insert(len(document.element.body) - 1, element(xml))
    document.save(path)
    with zipfile.ZipFile(path, "a") as bag:
        for name, inner in (parts or {}).items():
            bag.writestr(f"word/{name}.xml", f"<w:{name} {nsdecls('w')}>{inner}</w:{name}>")
    return path


def table(*rows):
    """A table of texts; a cell may be a pair of its properties and its text."""
    xml = "<w:tbl>"
    for row in rows:
        xml += "<w:tr>"
        for cell in row:
            properties, text = cell if isinstance(cell, tuple) else ("", cell)
            inner = text if text.startswith("<w:") else "".join(f"<w:p>{run(line)}</w:p>" for line in text.split("\n"))
            xml += f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"
        xml += "</w:tr>"
    return xml + "</w:tbl>"


def sides(parsed):
    return [(item.question, item.reference) for item in parsed.items]


def found(parsed):
    return [(problem.line, problem.found) for problem in parsed.problems]


def test_formulas_become_latex(tmp_path):
    math = (
        "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>π</m:t></m:r></m:e>"
        "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath>"
    )

    parsed = parse_document(word(tmp_path / "a.docx", "问：倒数是多少？", run("答：") + math))

    assert sides(parsed) == [("倒数是多少？", r"$\frac{1}{\pi^{2}}$")]
    assert parsed.problems == ()


def test_a_style_says_what_the_one_that_it_is_based_on_says(tmp_path):
    styles = [
        '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="标题 2"/></w:style>',
        '<w:style w:type="paragraph" w:styleId="Q"><w:name w:val="考题"/><w:basedOn w:val="T"/></w:style>',
    ]
    heading = '<w:pPr><w:pStyle w:val="Q"/></w:pPr>'
    blocks = [heading + run("什么是甲？"), "第一。", "第二。", heading + run("乙的原理"), "第三。"]

    parsed = parse_document(word(tmp_path / "a.docx", *blocks, styles=styles))

    assert sides(parsed) == [("什么是甲？", "第一。\n\n第二。"), ("乙的原理", "第三。")]


def test_looks_that_mean_something_are_kept(tmp_path):
    high, low = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    tick = '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'
    gap = run("      ", '<w:u w:val="single"/>')
    blocks = [
        run("1. 2") + run("10", high) + run(" 与 n") + run("k+1", high) + run(" 谁大？"),
        run("答案：看 H") + run("2", low),
        run("2. 判断：水是湿的。"),
        run("答案：") + tick,
        run("3. 填空：一字节有") + gap + run("位。"),
        "答案：8",
    ]

    items = parse_document(word(tmp_path / "a.docx", *blocks)).items

    assert [item.question for item in items] == [
        "2¹⁰ 与 n$^{k+1}$ 谁大？",
        "判断：水是湿的。",
        "填空：一字节有____位。",
    ]
    assert (items[0].reference, items[1].truth, items[2].blanks[0].answers) == ("看 H₂", True, ("8",))


def test_code_is_known_by_its_font_and_keeps_its_lines(tmp_path):
    font = '<w:rFonts w:ascii="Courier New"/>'
    blocks = [
        "问：怎样反转？",
        "答：用切片：",
        run("# 不改原表", font),
        run("x[::-1]", font),
        "问：别的？",
        "答：# 没有。",
    ]

    parsed = parse_document(word(tmp_path / "a.docx", *blocks))

    assert sides(parsed) == [("怎样反转？", "用切片：\n\n```\n# 不改原表\nx[::-1]\n```"), ("别的？", "# 没有。")]


def test_notes_stand_where_they_are_referred_to_and_comments_are_reported(tmp_path):
    blocks = [
        "问：什么是甲？",
        run("答：乙")
        + '<w:r><w:footnoteReference w:id="2"/></w:r>'
        + run("。")
        + '<w:r><w:commentReference w:id="0"/></w:r>',
    ]
    parts = {
        "footnotes": f'<w:footnote w:id="2"><w:p>{run("见书")}</w:p></w:footnote>',
        "comments": f'<w:comment w:id="0"><w:p>{run("对吗？")}</w:p></w:comment>',
    }

    parsed = parse_document(word(tmp_path / "a.docx", *blocks, parts=parts))

    assert sides(parsed) == [("什么是甲？", "乙（注：见书）。")]
    assert found(parsed) == [(2, "a comment was left out: '对吗？'")]


def test_what_cannot_be_text_is_reported_wherever_it_stands(tmp_path):
    picture = "<w:r><w:drawing/></w:r>"
    box = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx><w:txbxContent>"
        f"<w:p>{run('答：乙')}</w:p></w:txbxContent></wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><w:p>{run('答：乙')}</w:p></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    symbol = '<w:r><w:sym w:font="Webdings" w:char="F011"/></w:r>'
    blocks = [
        run("问：什么是甲？") + picture,
        box,
        run("问：什么是丙？") + picture,
        run("答：丁") + symbol + "<w:r><w:object/></w:r>",
    ]

    parsed = parse_document(word(tmp_path / "a.docx", *blocks))

    assert sides(parsed) == [("什么是甲？", "乙"), ("什么是丙？", "丁")]
    assert found(parsed) == [
        (1, "a picture cannot be kept as text"),
        (2, "a text box was read behind the paragraph that it is anchored to"),
        (3, "a picture cannot be kept as text"),
        (4, "the symbol F011 of the font Webdings has no known meaning"),
        (4, "an embedded object, such as a formula of an old Word, cannot be kept as text"),
    ]


def test_what_was_deleted_is_gone_and_what_was_inserted_is_there(tmp_path):
    deleted = '<w:del w:id="1" w:author="a"><w:r><w:delText>不</w:delText></w:r></w:del>'
    blocks = [
        "问：什么是甲？",
        run("答：") + deleted + f'<w:ins w:id="2" w:author="a">{run("正是")}</w:ins>' + run("乙"),
    ]

    assert sides(parse_document(word(tmp_path / "a.docx", *blocks))) == [("什么是甲？", "正是乙")]


CONTINUED, BEGUN = "<w:vMerge/>", '<w:vMerge w:val="restart"/>'


def test_a_table_of_questions_is_read_by_its_columns(tmp_path):
    wide = '<w:gridSpan w:val="2"/>'
    rows = [
        [(BEGUN, "章节"), (BEGUN, "题目"), (wide, "选项"), (BEGUN, "答案")],
        [(CONTINUED, ""), (CONTINUED, ""), "A", "B", (CONTINUED, "")],
        [(BEGUN, "数"), "一加一？", "1", "2", "B"],
        [(CONTINUED, ""), "什么是和？", "", "", "相加\n得到的数"],
    ]

    first, second = parse_document(word(tmp_path / "a.docx", table(*rows))).items

    assert (first.topic, [o.text for o in first.options if o.correct], first.sources[0].line) == ("数", ["2"], 3)
    assert (second.topic, second.reference, second.sources[0].line) == ("数", "相加\n\n得到的数", 4)


def test_a_table_of_fields_is_one_question_or_many(tmp_path):
    blocks = [
        "题库",
        table(["题目", "哪个是质数？"], ["选项", "A. 4\nB. 5"], ["答案", "B"], ["解析", "4 是合数。"]),
        "",
        table(["问", "什么是甲？"], ["答", "乙"], ["问", "什么是丙？"], ["答", "丁"]),
    ]
    path = word(tmp_path / "a.docx", *[block or run("") for block in blocks])

    parsed = parse_document(path)

    assert sides(parsed) == [("哪个是质数？", ""), ("什么是甲？", "乙"), ("什么是丙？", "丁")]
    assert [o.text for o in parsed.items[0].options if o.correct] == ["5"]
    assert parsed.problems == ()


def test_a_table_that_lays_out_the_page_is_read_cell_by_cell(tmp_path):
    layout = table(["1. 什么是甲？\n答：乙", "2. 什么是丙？\n答：丁"])

    assert sides(parse_document(word(tmp_path / "a.docx", layout))) == [("什么是甲？", "乙"), ("什么是丙？", "丁")]


def test_a_list_inside_of_a_frame_is_counted_once(tmp_path):
    document = docx.Document()
    define_list(document, 71, "decimal", "%1.")
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    for number, question in enumerate(("什么是甲？", "什么是丙？")):
        numbered(cell.paragraphs[0] if number == 0 else cell.add_paragraph(), 71)
        cell.paragraphs[-1].add_run(question)
        cell.add_paragraph("答：乙")
    numbered(document.add_paragraph("什么是丁？"), 71)
    document.add_paragraph("答：戊")

    items = parse_document(saved(document, tmp_path / "a.docx")).items

    assert [(item.label, item.question) for item in items] == [
        ("1", "什么是甲？"),
        ("2", "什么是丙？"),
        ("3", "什么是丁？"),
    ]


@pytest.mark.parametrize("block", ["notes", "cells"])
def test_a_small_file_that_says_a_long_text_over_and_over_is_refused(tmp_path, block):
    long, count = "甲" * 100_000, 1_000
    parts = {"footnotes": f'<w:footnote w:id="2"><w:p>{run(long)}</w:p></w:footnote>'} if block == "notes" else {}
    merged = [[("<w:vMerge/>", "")]] * count
    blocks = {
        "notes": ["问：什么是甲？", run("答：乙") + '<w:r><w:footnoteReference w:id="2"/></w:r>' * count],
        "cells": [table([('<w:vMerge w:val="restart"/>', long)], *merged)],
    }[block]

    with pytest.raises(ParseError, match=r"a\.docx: is damaged inside"):
        parse_document(word(tmp_path / "a.docx", *blocks, parts=parts))


def test_a_table_inside_of_a_cell_stays_one(tmp_path):
    inner = f"<w:p>{run('如下')}</w:p>{table(['协议', '端口'], ['SSH', '22'])}<w:p/>"

    parsed = parse_document(word(tmp_path / "a.docx", table(["题目", "答案"], ["端口？", inner])))

    assert sides(parsed) == [("端口？", "如下\n\n| 协议 | 端口 |\n| --- | --- |\n| SSH | 22 |")]


def test_tables_deep_inside_of_tables_are_read_in_no_time(tmp_path):
    inner = ""
    for _ in range(25):
        inner = table([f"<w:p/>{inner}<w:p/>", "丙"])

    parsed = parse_document(word(tmp_path / "a.docx", "问：甲？", "答：乙", inner))

    assert [item.question for item in parsed.items] == ["甲？"]


def test_rows_and_cells_inside_of_content_controls_are_read(tmp_path):
    xml = table(["题目", "答案"], ["甲？", "乙"]).replace("<w:tr>", "<w:sdt><w:sdtContent><w:tr>")
    xml = xml.replace("</w:tr>", "</w:tr></w:sdtContent></w:sdt>")

    assert sides(parse_document(word(tmp_path / "a.docx", xml))) == [("甲？", "乙")]


def test_the_strict_dialect_and_a_main_part_of_another_name_are_read(tmp_path):
    path = word(tmp_path / "a.docx", "问：甲？", "答：乙")
    with zipfile.ZipFile(path) as bag:
        parts = {name: bag.read(name) for name in bag.namelist()}
    usual = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(path, "w") as bag:
        for name, data in parts.items():
            strict = data.replace(usual, b"http://purl.oclc.org/ooxml/wordprocessingml/main")
            bag.writestr(name.replace("word/document.xml", "word/document2.xml"), strict)

    assert sides(parse_document(path)) == [("甲？", "乙")]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3, "decimal", "3"),
        (21, "chineseCounting", "二十一"),
        (10, "chineseCountingThousand", "十"),
        (27, "upperLetter", "AA"),
        (10**9, "upperLetter", "1000000000"),
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
