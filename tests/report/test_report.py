"""The report: numbers that can be checked by hand, and pages that stay safe whatever a candidate wrote."""

import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.cli import cli
from examgen.errors import FileError
from examgen.model import Exam, Grade, Item, Option, PointGrade, RubricPoint
from examgen.records import write_jsonl
from examgen.report import write_report
from examgen.report.highlight import pieces
from examgen.report.tally import tally
from examgen.report.words import flag_words

ITEMS = {
    "clip": Item(
        id="clip",
        title="梯度裁剪",
        question="什么是梯度裁剪？",
        points=(RubricPoint(id="p1", text="按比例缩小", weight=2), RubricPoint(id="p2", text="防止爆炸", weight=2)),
        max_score=4,
    )
}


def grade(candidate, item, score, status="graded", **more):
    facts = {"max_score": 4.0, "confidence": 0.9, **more}
    return Grade(candidate_id=candidate, item_id=item, score=score, status=status, **facts)


BATCH = [
    grade(
        "李雷",
        "clip",
        4.0,
        answer="按比例缩小",
        points=(PointGrade(id="p1", credit=1, similarity=0.9, start=0, end=5),),
    ),
    grade("李雷", "norm", 3.0),
    grade(
        "韩梅梅", "clip", 1.0, "review", answer="<script>alert(1)</script>", reason="two points are close to the cut"
    ),
    grade("韩梅梅", "norm", 1.0),
    grade("=cmd()", "clip", 0.0, answer=""),
    grade("=cmd()", "norm", None, "ungraded", reason="unknown item"),
]


@pytest.fixture
def grades(tmp_path):
    path = tmp_path / "grades.jsonl"
    write_jsonl(path, BATCH)
    return path


def test_facility_and_discrimination_are_those_of_the_marks(grades):
    batch = tally(grades)

    assert {i.item_id: round(i.facility, 4) for i in batch.items.values()} == {"clip": 0.4167, "norm": 0.5}
    # Two candidates have marks on both items, which is too few.
    assert [item.discrimination for item in batch.items.values()] == [None, None]
    assert dict(batch.statuses) == {"graded": 4, "review": 1, "ungraded": 1}


def test_discrimination_is_the_correlation_with_the_other_marks(tmp_path):
    marks = {"clip": (4.0, 1.0, 0.0), "norm": (3.0, 1.0, 0.0)}
    write_jsonl(
        tmp_path / "g.jsonl", [grade(f"c{n}", name, m) for name, row in marks.items() for n, m in enumerate(row)]
    )

    # Shares 1, .25, 0 against .75, .25, 0; r = 1.1875 / sqrt(1.625 * 0.875).
    assert round(tally(tmp_path / "g.jsonl").items["clip"].discrimination, 4) == 0.9959


def test_answers_without_a_mark_do_not_count_as_wrong_ones_elsewhere(tmp_path):
    batch = []
    for n in range(20):
        share = n / 19
        batch += [grade(f"c{n}", item, 4 * share) for item in ("a", "b")]
        batch.append(grade(f"c{n}", "c", 4 * share) if n % 2 else grade(f"c{n}", "c", None, "ungraded"))
    write_jsonl(tmp_path / "g.jsonl", batch)

    items = tally(tmp_path / "g.jsonl").items

    assert [items[name].discrimination for name in "abc"] == pytest.approx([1.0, 1.0, 1.0])


@pytest.mark.parametrize("score", ["NaN", "Infinity"])
def test_a_mark_that_is_no_number_is_named_with_its_line(tmp_path, score):
    line = grade("c", "a", 1.0).model_dump_json()
    (tmp_path / "g.jsonl").write_text(line.replace('"score":1.0', f'"score":{score}'), encoding="utf-8")

    with pytest.raises(FileError, match=r"g\.jsonl:1: score"):
        tally(tmp_path / "g.jsonl")


def test_a_shorter_report_leaves_no_pages_of_a_longer_one(tmp_path):
    def pages():
        folder = tmp_path / "report"
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))

    (tmp_path / "report" / "candidates").mkdir(parents=True)
    (tmp_path / "report" / "candidates" / "mine.html").write_text("mine", encoding="utf-8")
    for count in (450, 1):
        batch = [grade(f"c{n}", f"q{n % 3}", 1.0, "review") for n in range(count)]
        write_jsonl(tmp_path / "g.jsonl", batch)
        write_report(tmp_path / "g.jsonl", tmp_path / "report")

    assert pages() == [
        "candidates-1.html",
        "candidates/00001.html",
        "candidates/mine.html",
        "index.html",
        "items/0001.html",
        "review-1.html",
    ]


def test_what_marked_is_counted_by_name_whatever_numbers_came_with_each_mark(tmp_path):
    names = {"name": "reader", "model": "m1"}
    write_jsonl(
        tmp_path / "g.jsonl",
        [grade(f"c{n}", "clip", 2.0, scorer=names | {"spread": n / 8, "other": None}) for n in range(3)],
    )

    assert tally(tmp_path / "g.jsonl").scorers == {"reader, model m1": 3}


def test_alpha_needs_every_mark_and_matches_the_formula(tmp_path):
    path = tmp_path / "grades.jsonl"
    write_jsonl(
        path,
        [
            grade(c, i, s)
            for c, i, s in [("a", "x", 4), ("a", "y", 3), ("b", "x", 2), ("b", "y", 2), ("c", "x", 0), ("c", "y", 1)]
        ],
    )

    # variances: x 8/3, y 2/3, totals 6: 2 * (1 - (10/3)/6) = 8/9
    assert round(tally(path).alpha, 6) == round(8 / 9, 6)


def test_the_marks_table_has_one_line_per_candidate_and_runs_no_formula(grades, tmp_path):
    write_report(grades, tmp_path / "report", ITEMS)

    with (tmp_path / "report" / "marks.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["candidate_id", "score", "max_score", "percent", "graded", "review", "ungraded", "clip", "norm"],
        ["李雷", "7.00", "8", "87.5", "2", "0", "0", "4.00", "3.00"],
        ["韩梅梅", "2.00", "8", "25.0", "1", "1", "0", "1.00", "1.00"],
        ["'=cmd()", "0.00", "8", "0.0", "1", "0", "1", "0.00", ""],
    ]


def test_pages_show_evidence_and_keep_a_hostile_answer_as_text(grades, tmp_path):
    write_report(grades, tmp_path / "report", ITEMS, lang="zh")

    first = (tmp_path / "report" / "candidates" / "00001.html").read_text(encoding="utf-8")
    second = (tmp_path / "report" / "candidates" / "00002.html").read_text(encoding="utf-8")
    assert '<mark class="c1">按比例缩小<sup>p1</sup></mark>' in first
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in second
    for page in (tmp_path / "report").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r"""(src|href)=["'](https?:)?//""", text)


def test_points_are_shown_in_the_marks_of_the_exam_whatever_the_bank_gives_them(grades, tmp_path):
    write_report(grades, tmp_path / "report", {"clip": ITEMS["clip"].scaled(10)}, lang="en")

    page = (tmp_path / "report" / "candidates" / "00001.html").read_text(encoding="utf-8")
    assert re.findall(r"found</b> ([^<]+)<", page) == ["2 of 2"]


@pytest.mark.parametrize(
    "items, given, shown",
    [
        (ITEMS, None, "zh-CN"),
        (ITEMS, "en", "en"),
        ({"clip": ITEMS["clip"].model_copy(update={"lang": "en"})}, None, "en"),
        ({}, None, "en"),
    ],
)
def test_the_report_speaks_the_language_of_the_items_unless_told(grades, tmp_path, items, given, shown):
    write_report(grades, tmp_path / "report", items, lang=given)

    assert f'<html lang="{shown}">' in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_flags_are_shown_in_words_and_unknown_ones_as_they_are():
    assert flag_words(["question_copied", "order"], "en") == "copies the question, points out of order"
    assert flag_words(["injection", "of_the_future"], "zh") == "有写给阅卷人的话、of_the_future"


def test_the_key_of_an_item_stands_beside_the_answers(grades, tmp_path):
    options = (Option(id="A", text="<b>放大</b>"), Option(id="B", text="缩小", correct=True))
    items = {"norm": Item(id="norm", kind="single_choice", question="裁剪使范数？", options=options, max_score=4)}

    write_report(grades, tmp_path / "report", items)

    page = (tmp_path / "report" / "candidates" / "00001.html").read_text(encoding="utf-8")
    assert "<li>A. &lt;b&gt;放大&lt;/b&gt;</li><li>B. 缩小</li>" in page
    assert re.findall(r"<b>参考答案：</b>([^<]*)<", page) == ["B"]


CHOICE = Item(
    id="norm",
    kind="single_choice",
    question="裁剪使范数？",
    options=(
        Option(id="A", text="放大"),
        Option(id="B", text="缩小", correct=True),
        Option(id="C", text="不变"),
        Option(id="D", text="归零"),
    ),
    max_score=2,
)


def chosen_by(letters):
    """Candidates of whom the first do best on the other item, each with one of these answers."""
    for number, letter in enumerate(letters):
        yield grade(f"c{number}", "norm", 2.0 * (letter == "B"), max_score=2.0, answer=letter)
        yield grade(f"c{number}", "clip", 4 - 4 * number / (len(letters) - 1))


def test_options_are_counted_with_how_well_their_choosers_do_elsewhere(tmp_path):
    write_jsonl(tmp_path / "g.jsonl", list(chosen_by(["B", "选Ｂ", "A", "除了A都对", ""])))

    item = tally(tmp_path / "g.jsonl", {"norm": CHOICE}).items["norm"]

    assert item.choices == {"B": 2, "A": 1}
    assert {name: others.mean for name, others in item.choosers.items()} == {"B": 0.875, "A": 0.5}


@pytest.mark.parametrize(
    ("letters", "doubted"),
    [("AAAAABBBBB", ["A"]), ("BBBBBAAAAA", []), ("AAAABBBBBB", []), ("CCCCCAAAAABBBBB", ["A", "C"])],
)
def test_a_wrong_option_that_draws_those_who_do_better_is_to_be_checked(tmp_path, letters, doubted):
    write_jsonl(tmp_path / "g.jsonl", list(chosen_by(letters)))

    item = write_report(tmp_path / "g.jsonl", tmp_path / "report", {"norm": CHOICE}).tally.items["norm"]

    assert [option.id for option in CHOICE.options if item.draws_the_good(option.id, ["B"])] == doubted
    page = (tmp_path / "report" / "items" / "0001.html").read_text(encoding="utf-8")
    assert page.count("请核对</span>") == len(doubted)


def test_every_link_of_the_report_leads_somewhere(grades, tmp_path):
    write_report(grades, tmp_path / "report", ITEMS)

    broken = [
        f"{page.name}: {target}"
        for page in (tmp_path / "report").rglob("*.html")
        for target in re.findall(r'href="([^"#]+)', page.read_text(encoding="utf-8"))
        if not (page.parent / target).is_file()
    ]
    assert broken == []


def test_long_tables_are_cut_into_pages_and_few_candidates_get_their_own(tmp_path):
    path = tmp_path / "grades.jsonl"
    write_jsonl(path, (grade(f"c{n}", "clip", 1.0, "review" if n < 3 else "graded") for n in range(450)))

    report = write_report(path, tmp_path / "report", max_pages=10)

    names = sorted(p.relative_to(tmp_path / "report").as_posix() for p in (tmp_path / "report").rglob("*.html"))
    tables = ["candidates-1.html", "candidates-2.html", "candidates-3.html"]
    own = ["candidates/00001.html", "candidates/00002.html", "candidates/00003.html"]
    assert names == [*tables, *own, "index.html", "items/0001.html", "review-1.html"]
    assert report.candidate_pages == 3


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.floats(0, 1)), max_size=6),
)
def test_a_marked_answer_is_still_the_whole_answer(answer, spans):
    points = [PointGrade(id=f"p{n}", credit=c, similarity=0, start=s, end=e) for n, (s, e, c) in enumerate(spans)]

    assert "".join(piece.text for piece in pieces(answer, points)) == answer


def test_marks_leave_out_the_markup_in_front_of_evidence():
    answer = "**裁剪：** 缩小梯度。\n- -1 度"
    points = [
        PointGrade(id="p1", credit=1, similarity=0, start=5, end=13),
        PointGrade(id="p2", credit=1, similarity=0, start=14, end=len(answer)),
    ]

    assert [piece.text for piece in pieces(answer, points) if piece.points] == ["缩小梯度。", "-1 度"]


def test_a_file_that_holds_no_grades_is_named(tmp_path):
    (tmp_path / "g.jsonl").write_text('{"candidate_id": "a"}\n', encoding="utf-8")

    with pytest.raises(
        FileError, match=r"g\.jsonl:1: item_id: field required\. Give a file that 'examgen grade' wrote\."
    ):
        tally(tmp_path / "g.jsonl")


def test_the_command_says_where_to_look(grades, tmp_path, runner):
    result = runner.invoke(cli, ["report", str(grades), "-o", str(tmp_path / "r")])

    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'r' / 'index.html'}\n")
    assert result.stderr == "6 answers of 3 candidates, 2 for a human\n"


def test_the_command_takes_questions_from_an_exam_as_well(grades, tmp_path, runner):
    exam = Exam(
        id="e", title="卷", items=(ITEMS["clip"], ITEMS["clip"].model_copy(update={"lang": "en", "title": "x"}))
    )
    (tmp_path / "exam.json").write_text(exam.model_dump_json(), encoding="utf-8")

    result = runner.invoke(cli, ["report", str(grades), "--exam", str(tmp_path), "-o", str(tmp_path / "r")])

    assert result.exit_code == 0
    page = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert ('<a href="items/0001.html">梯度裁剪</a>' in page, '<html lang="zh-CN">' in page) == (True, True)
