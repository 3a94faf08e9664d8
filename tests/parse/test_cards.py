"""Flash cards, quizzes with boxes, and records whose names are short."""

import json

import pytest

from examgen.errors import ParseError
from examgen.parse import parse_document, read_document
from examgen.parse.prose import parse_prose


def sides(parsed):
    return [(item.question, item.reference) for item in parsed.items]


def test_cards_that_anki_wrote_are_questions_and_answers(tmp_path):
    path = tmp_path / "deck.txt"
    path.write_text(
        "#separator:tab\n#html:true\n#guid column:1\n#tags column:4\nx1\t寄存器\tCPU 内的存储单元\t组成\n"
        "x2\t总线\t部件之间的通路\t组成\n",
        encoding="utf-8",
    )

    parsed = parse_document(path)

    assert sides(parsed) == [("寄存器", "CPU 内的存储单元"), ("总线", "部件之间的通路")]
    assert [item.topic for item in parsed.items] == ["组成", "组成"]
    assert [str(problem) for problem in parsed.problems] == [
        f"{path}:1: the column 'guid' is of no known meaning and was left out. "
        "Rename it, for example to 'question', 'answer', 'explanation' or 'topic', or leave it."
    ]


def test_pairs_of_a_question_and_an_answer_need_no_header_and_say_so(tmp_path):
    path = tmp_path / "deck.tsv"
    path.write_text("What is a page?\tA block of memory.\nDefine a frame\tA place for a page.\n", encoding="utf-8")

    parsed = parse_document(path)

    assert sides(parsed) == [("What is a page?", "A block of memory."), ("Define a frame", "A place for a page.")]
    assert [(problem.line, problem.found) for problem in parsed.problems] == [
        (1, "no row names the columns, so they were read as question, reference")
    ]


@pytest.mark.parametrize("line", ["page\tblock", "What is a page?\tblock\tframe\n", "What is a page?\t"])
def test_rows_that_are_no_such_pairs_still_need_a_header(tmp_path, line):
    path = tmp_path / "deck.tsv"
    path.write_text(f"{line}\n" * 3, encoding="utf-8")

    with pytest.raises(Exception, match="has no column of questions"):
        parse_document(path)


@pytest.mark.parametrize(
    ("record", "question", "reference"),
    [
        ({"q": "What is a page?", "a": "A block."}, "What is a page?", "A block."),
        ({"问": "什么是页？", "答": "定长的块。"}, "什么是页？", "定长的块。"),
        ({"instruction": "译成英文", "input": "你好", "output": "Hello"}, "译成英文\n\n你好", "Hello"),
        ({"input": "什么是页？", "output": "定长的块。"}, "什么是页？", "定长的块。"),
    ],
)
def test_records_are_read_by_short_names_and_with_what_they_give(tmp_path, record, question, reference):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")

    parsed = read_document(path)

    assert (sides(parsed), parsed.problems) == ([(question, reference)], ())


def test_a_lone_column_a_answers_and_beside_b_it_is_an_option(tmp_path):
    alone, options = tmp_path / "a.csv", tmp_path / "b.csv"
    alone.write_text("q,a\nWhat is a page?,A block.\n", encoding="utf-8")
    options.write_text("q,a,b,answer\nWhich one is odd?,2,3,B\n", encoding="utf-8")

    assert sides(read_document(alone)) == [("What is a page?", "A block.")]
    assert [(o.id, o.text, o.correct) for o in read_document(options).items[0].options] == [
        ("A", "2", False),
        ("B", "3", True),
    ]


def test_boxes_below_a_question_are_its_options_and_boxes_below_text_are_a_list():
    text = (
        "#### Q1. Which command lists files?\n\n- [ ] cd\n- [x] ls\n- [ ] rm\n\n[Reference](https://example.com)\n\n"
        "#### Q2. What does this print?\n\n```sh\necho a\n```\n\n- [x] a\n- [ ] b\n\n"
        "#### Q3. How are files removed?\n\nWith care.\n\n- [x] read\n- [ ] learnt\n"
    )

    items = parse_prose(text, path="d.md", document="d.md", prefix="d").items

    assert [(item.kind, [(o.id, o.text, o.correct) for o in item.options], item.explanation) for item in items[:2]] == [
        (
            "single_choice",
            [("A", "cd", False), ("B", "ls", True), ("C", "rm", False)],
            "[Reference](https://example.com)",
        ),
        ("single_choice", [("A", "a", True), ("B", "b", False)], ""),
    ]
    assert (items[2].kind, items[2].reference) == ("short_answer", "With care.\n\n- [x] read\n- [ ] learnt")


@pytest.mark.parametrize(("name", "separator"), [("tab", "\t"), ("Semicolon", ";"), ("|", "|")])
def test_cards_are_cut_where_anki_says_and_not_at_their_commas(tmp_path, name, separator):
    path = tmp_path / "deck.txt"
    path.write_text(f"#separator:{name}\nWhat are red, green, and blue?{separator}Colours, all three\n", "utf-8")

    assert sides(parse_document(path)) == [("What are red, green, and blue?", "Colours, all three")]


def test_pairs_with_a_tab_are_not_cut_at_their_commas(tmp_path):
    path = tmp_path / "deck.tsv"
    path.write_text("What are red, green, and blue?\tColours, all three\n", "utf-8")

    assert sides(parse_document(path)) == [("What are red, green, and blue?", "Colours, all three")]


def test_a_card_of_anki_may_hold_the_name_of_a_column_and_one_without_a_back_is_reported(tmp_path):
    path = tmp_path / "deck.txt"
    path.write_text("#separator:tab\npear\t梨\nquery\t查询\nplum\n", "utf-8")

    parsed = parse_document(path)

    assert sides(parsed) == [("pear", "梨"), ("query", "查询"), ("plum", "")]
    assert [(problem.line, problem.found) for problem in parsed.problems] == [(4, "question 3 has no answer")]


def test_rows_of_names_and_numbers_are_no_pairs_of_question_and_answer(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("如何写作,85\n什么是美,39\n", "utf-8")

    with pytest.raises(ParseError, match="has no column of questions"):
        parse_document(path)


def test_a_tab_behind_the_names_of_the_columns_does_not_cut_them(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("question,answer\t\nWhat is a page?,A block.\n", "utf-8")

    assert sides(parse_document(path)) == [("What is a page?", "A block.")]
