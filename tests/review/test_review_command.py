"""``examgen review`` without a browser: apply, appeal, sheets out and in, agreement, and what it teaches."""

import csv
import json

import openpyxl
import pytest
from review_samples import GRADES, ITEMS, LONG

from examgen.cli import cli
from examgen.model import Decision, Grade, Item
from examgen.records import write_jsonl
from examgen.review.agreement import agreements, qwk
from examgen.review.cases import make_cases
from examgen.review.decisions import DecisionFile
from examgen.review.learn import marked_rows


@pytest.fixture
def review(tmp_path, runner):
    write_jsonl(tmp_path / "grades.jsonl", GRADES)
    write_jsonl(tmp_path / "items.jsonl", ITEMS)

    def review(name, *options, items=True):
        given = ["--items", str(tmp_path / "items.jsonl")] if items else []
        arguments = [str(tmp_path / option[1:]) if option.startswith("@") else option for option in options]
        return runner.invoke(cli, ["review", name, *arguments, *given])

    return review


@pytest.fixture
def decisions(tmp_path):
    return lambda: DecisionFile(tmp_path / "decisions.jsonl").entries


def test_an_appeal_is_a_decision_with_a_reason_and_apply_puts_it_into_the_grades(review, decisions, tmp_path):
    facts = ["--candidate", "孙七", "--item", "cache", "--score", "6", "--marker", "Li", "--why", "显存一点应给满"]

    appealed = review("appeal", "@grades.jsonl", *facts)
    applied = review("apply", "@grades.jsonl", "-o", "@final.jsonl", items=False)

    assert appealed.exit_code == applied.exit_code == 0
    [entry] = decisions()
    assert (entry.role, entry.score, entry.why, entry.before["score"]) == ("appeal", 6, "显存一点应给满", 5.8)
    final = [json.loads(line) for line in (tmp_path / "final.jsonl").read_text("utf-8").splitlines()]
    assert [grade["score"] for grade in final] == [4.5, 4.5, 4.5, 0.3, 6, None]
    assert final[4]["ruling"]["why"] == "显存一点应给满"


@pytest.mark.parametrize(
    "facts, message",
    [
        (["--candidate", "nobody", "--item", "cache", "--score", "6", "--why", "x"], "Error: 0 answers fit"),
        (["--candidate", "孙七", "--item", "cache", "--score", "7", "--why", "x"], "Error: 7 is no mark of this item"),
        (["--candidate", "孙七", "--item", "cache", "--score", "6", "--why", " "], "Error: an appeal needs a reason"),
    ],
)
def test_an_appeal_that_does_not_fit_is_one_line(review, decisions, facts, message):
    result = review("appeal", "@grades.jsonl", *facts)

    assert (result.exit_code, result.stderr.startswith(message), decisions()) == (1, True, [])


def test_a_sheet_goes_out_is_filled_in_and_comes_back(review, decisions, tmp_path):
    review("export", "@grades.jsonl", "-o", "@queue.csv")
    path = tmp_path / "queue.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["candidate"] for row in rows} == {"李雷", "韩梅梅", "王五", "赵六", "周八"}
    for row in rows:
        if row["candidate"] == "李雷":
            row |= {"credit 1": "1", "credit 2": "0.5", "credit 3": "0", "credit 4": "0", "why": "一点半"}
        if row["candidate"] == "周八":
            row["score"] = "0"
    with path.open("w", encoding="gb18030", newline="") as stream:  # as a spreadsheet in China saves it
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows)

    first = review("import", "@queue.csv", "@grades.jsonl", "--marker", "Li")
    second = review("import", "@queue.csv", "@grades.jsonl", "--marker", "Li")

    assert (first.stderr, second.stderr) == ("2 marks read, 2 of them new\n", "2 marks read, 0 of them new\n")
    found = {(d.candidate_id, d.score, d.why) for d in decisions()}
    assert found == {("李雷", 4.5, "一点半"), ("周八", 0, "")}


def test_a_workbook_goes_out_and_comes_back_and_holds_no_formula(review, decisions, tmp_path):
    formula = GRADES[0].model_copy(update={"answer": '=HYPERLINK("http://x")\x07', "points": ()})
    write_jsonl(tmp_path / "grades.jsonl", [formula])
    review("export", "@grades.jsonl", "-o", "@queue.xlsx", "--blind")
    book = openpyxl.load_workbook(tmp_path / "queue.xlsx")
    sheet = book.active
    head = [cell.value for cell in sheet[1]]
    answer = sheet.cell(2, head.index("answer") + 1)
    assert (answer.value, answer.data_type) == ('=HYPERLINK("http://x")\ufffd', "s")
    assert {"candidate", "machine"} & set(head) == set()
    sheet.cell(2, head.index("score") + 1).value = 3.5
    book.save(tmp_path / "queue.xlsx")

    result = review("import", "@queue.xlsx", "@grades.jsonl", "--marker", "Li")

    assert (result.exit_code, [(d.score, d.credits) for d in decisions()]) == (0, [(3.5, {})])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"score": "99"}, "queue.csv:2: Give a mark between 0 and"),
        ({"score": "x"}, "queue.csv:2: holds what is no number"),
        ({"score": "1", "case": "zz"}, "queue.csv:2: 'zz' is no answer of these grades"),
        ({"score": "1", "answer": "changed"}, "queue.csv:2: the answer is another one now"),
        ({"credit 1": "1"}, "queue.csv:2: Choose a credit for every point"),
    ],
)
def test_a_sheet_with_one_bad_row_changes_nothing(review, decisions, tmp_path, change, message):
    review("export", "@grades.jsonl", "-o", "@queue.csv")
    path = tmp_path / "queue.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[1]["score"] = "1"
    rows[0] |= change
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows)

    result = review("import", "@queue.csv", "@grades.jsonl", "--marker", "Li")

    assert (result.exit_code, message in result.stderr, decisions()) == (1, True, [])


def test_nothing_to_review_is_said(review, tmp_path):
    write_jsonl(tmp_path / "grades.jsonl", [GRADES[4]])

    result = review("export", "@grades.jsonl", "-o", "@queue.csv")

    assert result.stderr == "Error: no answer waits for a human. Use --all to review the settled ones too.\n"


def test_what_was_reviewed_becomes_rows_to_calibrate_with(review, tmp_path):
    facts = ["--candidate", "李雷", "--item", "clip", "--score", "6", "--marker", "Li", "--why", "x"]
    review("appeal", "@grades.jsonl", *facts)

    review("marked", "@grades.jsonl", "-o", "@marked.jsonl")

    [row] = [json.loads(line) for line in (tmp_path / "marked.jsonl").read_text("utf-8").splitlines()]
    assert (row["question_id"], row["answer"], row["score"]) == ("clip", LONG, 0.6)
    assert [point["id"] for point in row["rubric"]] == ["p1", "p2", "p3", "p4"]
    assert "李雷" not in json.dumps(row, ensure_ascii=False)


def test_keyed_and_composite_questions_teach_the_grader_nothing():
    part = Item(id="a", kind="true_false", question="？", truth=True, max_score=2)
    items = [part.model_copy(update={"id": "keyed"}), Item(id="both", kind="composite", parts=(part,), max_score=2)]
    grades = [Grade(candidate_id="x", item_id=i.id, answer="?", max_score=2, status="review") for i in items]
    cases = make_cases(grades, {item.id: [item] for item in items})

    assert marked_rows(cases.values(), [mark("A", "x", 2, 0, item=item.id) for item in items]) == []


def test_a_broken_chain_is_one_line(review, tmp_path, runner):
    facts = ["--candidate", "李雷", "--item", "clip", "--score", "6", "--marker", "Li", "--why", "x"]
    review("appeal", "@grades.jsonl", *facts)
    review("appeal", "@grades.jsonl", *facts)
    path = tmp_path / "decisions.jsonl"
    whole = runner.invoke(cli, ["review", "verify", str(path)])
    path.write_text(path.read_text("utf-8").replace('"score":6.0', '"score":9.0', 1), encoding="utf-8")
    broken = runner.invoke(cli, ["review", "verify", str(path)])

    assert "2 marks, chain whole" in whole.stdout
    assert broken.stderr.startswith(f"Error: {path}:2: does not follow from the line before")


def mark(by, candidate, score, machine, item="clip", role="marker"):
    facts = {"at": "t", "max_score": 10.0, "before": {"score": machine}}
    return Decision(by=by, role=role, candidate_id=candidate, item_id=item, score=score, **facts)


def test_agreement_between_people_and_with_the_machine_by_hand():
    entries = [
        *(mark("A", name, score, machine) for name, score, machine in [("x", 2, 2), ("y", 4, 5), ("z", 6, 9)]),
        *(mark("B", name, score, machine) for name, score, machine in [("x", 2, 2), ("y", 5, 5), ("z", 6, 9)]),
        mark("C", "x", 9, 2, role="arbiter"),
        mark("A", "x", 10, 2),
    ]

    people, a_machine, b_machine = agreements(entries)

    assert (people.left, people.right, people.item_id, people.pairs) == ("A", "B", "clip", 3)
    assert (round(people.exact, 4), people.adjacent, round(people.difference, 4)) == (0.6667, 1.0, -0.0333)
    # A: 2 4 6, B: 2 5 6 (in tenths). Cov 8/3, variances 8/3 and 26/9, means 4 and 13/3: (16/3) / (8/3 + 26/9 + 1/9).
    assert people.qwk == pytest.approx(16 / 17)
    assert (a_machine.right, a_machine.exact, round(a_machine.adjacent, 4)) == ("machine", 1 / 3, 0.6667)
    assert round(b_machine.difference, 4) == -0.1


def test_qwk_of_what_does_not_vary_is_none():
    assert qwk([(0.5, 0.5), (0.5, 0.5)]) is None
    assert qwk([(0.5, 0.5)]) is None


def test_the_agreement_is_printed_and_given_as_json(review, tmp_path):
    marks = [mark("A", "x", 2, 2), mark("A", "y", 4, 5)]
    DecisionFile(tmp_path / "decisions.jsonl").append(marks)

    table = review("agreement", "@grades.jsonl", items=False)
    data = json.loads(review("agreement", "@grades.jsonl", "--json", items=False).stdout)

    assert "A – machine" in table.stdout
    assert [(row["left"], row["right"], row["pairs"], row["exact"]) for row in data] == [("A", "machine", 2, 0.5)]


@pytest.mark.parametrize("options", [["apply", "@grades.jsonl", "-o", "@final.jsonl"], ["agreement", "@grades.jsonl"]])
def test_commands_that_need_no_questions_take_none(review, tmp_path, options):
    result = review(*options)

    assert (result.exit_code, "No such option" in result.stderr, "--items" in result.stderr) == (2, True, True)
    assert not (tmp_path / "final.jsonl").exists()
