"""The five documents that the program was first made for: nothing lost, nothing that does not belong."""

import re

import pytest

from examgen.parse import Rule, parse_document

pytestmark = pytest.mark.seeds


@pytest.fixture(scope="module")
def parsed(seeds_dir):
    return {path.name: parse_document(path) for path in sorted(seeds_dir.glob("*.txt"))}


def test_the_documents_hold_128_complete_items(parsed):
    counts = [(len(p.items), sum(item.complete for item in p.items)) for p in parsed.values()]

    assert counts == [(30, 30), (30, 30), (30, 30), (30, 30), (9, 8)]


def test_the_item_that_breaks_off_is_kept_and_reported_with_its_place(parsed):
    problems = [problem for p in parsed.values() for problem in p.problems]
    cut = parsed["004_95c20e8120b3df41.txt"].items[8]

    assert [(problem.line, problem.found) for problem in problems] == [
        (147, "the document breaks off inside question 9, in front of its answer")
    ]
    assert (cut.complete, cut.reference, cut.points, cut.question[-2:]) == (False, "", (), "术在")


def test_every_visible_line_between_the_first_heading_and_the_end_is_in_an_item(parsed):
    lost = []
    for document in parsed.values():
        whole = {
            number: "\n".join((item.title, item.question, item.reference, item.explanation))
            for number, item in enumerate(document.items, 1)
        }
        for line in document.lines:
            text = re.sub(r"^(#### |### )?(题目 )?(\d+[.：] ?)?(\*\*(题目|答案|解析)：\*\* ?)?", "", line.text).strip()
            if line.item and line.rule is not Rule.BLANK and text.strip("* ") not in whole[line.item]:
                lost.append(line)

    assert lost == []


def test_what_belongs_to_no_item_is_title_introduction_farewell_and_stray_token(parsed):
    outside = [
        (name[:3], line.line, line.rule)
        for name, document in parsed.items()
        for line in document.lines
        if not line.item and line.rule is not Rule.BLANK
    ]

    assert outside == [
        ("000", 3, Rule.SECTION),
        ("000", 353, Rule.OUTRO),
        ("000", 353, Rule.NOISE),
        ("003", 3, Rule.SECTION),
        ("003", 5, Rule.INTRO),
        ("003", 456, Rule.OUTRO),
        ("004", 5, Rule.SECTION),
        ("004", 7, Rule.INTRO),
    ]


def test_explanations_are_told_from_answers(parsed):
    explained = {name[:3]: sum(bool(item.explanation) for item in p.items) for name, p in parsed.items()}
    code = parsed["003_9ed3ae796493eae5.txt"].items[0]

    assert explained == {"000": 0, "001": 0, "002": 30, "003": 2, "004": 8}
    assert "```" not in code.reference
    assert code.explanation.count("```") == 2
    assert "# 数据清洗\n" in code.explanation


def test_points_follow_the_structure_of_the_answer(parsed):
    counts = {name[:3]: [len(item.points) for item in p.items] for name, p in parsed.items()}
    nested = parsed["000_e1cb5615fcc131f8.txt"].items[21]

    assert counts["000"][:10] == [6, 4, 5, 5, 4, 6, 5, 3, 4, 4]
    assert counts["001"][:5] == [5, 6, 7, 6, 6]
    assert counts["002"][:9] == [5, 9, 5, 5, 6, 4, 3, 5, 7]
    assert counts["004"] == [4, 5, 5, 4, 7, 5, 6, 4, 0]
    assert [point.text.split("：")[:2] for point in nested.points][::4] == [
        ["开源框架", "TensorFlow"],
        ["闭源框架", "Caffe"],
    ]


def test_scores_add_up_and_ids_are_unique(parsed):
    items = [item for p in parsed.values() for item in p.items]

    assert len({item.id for item in items}) == 129
    assert all(sum(point.weight for point in item.points) == item.max_score for item in items)
