"""Checks of a bank: each complaint has an item that earns it, and the shipped bank earns none."""

import json
from collections import Counter

import pytest

from examgen.assets import shipped
from examgen.bank import load_bank
from examgen.check import (
    check_bank,
    check_blueprints,
    check_copied,
    check_coverage,
    check_duplicates,
    check_marked,
    check_sources,
)
from examgen.cli import cli
from examgen.model import Bank, Item, Option, RubricPoint, Source, Topic

SHIPPED = shipped("banks") / "llm-training"


def item(**changes):
    """An item that nothing is wrong with, but for the changes."""
    facts = {
        "id": "clip",
        "title": "梯度裁剪",
        "question": "梯度裁剪做什么？",
        "reference": "按比例缩小过大的梯度，防止爆炸，不改变方向。",
        "points": (
            RubricPoint(id="p1", text="范数超过阈值时按比例缩小"),
            RubricPoint(id="p2", text="用来防止梯度爆炸"),
            RubricPoint(id="p3", text="方向保持不变"),
        ),
        "max_score": 3,
        "topic": "t",
        "level": "understand",
        "difficulty": 0.4,
        "difficulty_reason": "常见",
        "minutes": 3,
        "explanation": "见文献。",
        "citations": ("Pascanu et al. 2013",),
    }
    return Item(**(facts | changes))


def complaints(*items):
    return [str(finding) for finding in check_bank(Bank(topics={"t": Topic(zh="题")}, items=items))]


def choice(n, key="A", length=4):
    options = tuple(Option(id=o, text=o * (length if o == key else 4), correct=o == key, reason="理由") for o in "ABCD")
    return item(id=f"c{n}", kind="single_choice", options=options, points=(), reference="", max_score=2)


def test_a_good_item_earns_no_complaint():
    assert complaints(item()) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"max_score": 4}, "clip.zh: its points are worth 3 together, its max_score is 4. Mend the item."),
        ({"topic": "x"}, "clip.zh: topic 'x' is not in bank.toml. Add it there or change it here."),
        ({"citations": (), "minutes": None}, "clip.zh: has no minutes, citations. Add them to the front matter."),
        ({"enemies": ("gone",)}, "clip: names an enemy 'gone' that is not in the bank. Correct the id."),
    ],
)
def test_a_complaint_names_place_and_remedy(changes, complaint):
    assert complaints(item(**changes)) == [complaint]


def test_two_points_that_one_sentence_would_earn_are_found():
    points = (
        RubricPoint(id="p1", text="范数超过阈值时按比例缩小梯度"),
        RubricPoint(id="p2", text="范数超过阈值时，按比例縮小梯度。"),
        RubricPoint(id="p3", text="方向保持不变"),
    )

    assert complaints(item(points=points)) == [
        "clip.zh: points p1 and p2 are 93 % alike. Join them: one sentence would earn both."
    ]


def test_translations_must_agree_and_be_complete():
    zh, en = item(), item(lang="en", difficulty=0.5, points=(), max_score=3)
    other = item(id="norm")

    assert complaints(zh, en, other) == [
        "clip.en: has 0 rubric points. Write 3 to 7.",
        "clip: zh and en differ in difficulty, points. One id is one item in two languages: align them.",
        "norm: has no version in en. Translate it.",
    ]


def test_an_enemy_must_be_named_on_both_sides():
    assert complaints(item(enemies=("norm",)), item(id="norm")) == [
        "clip: is an enemy of norm, but not the other way round. Name both."
    ]


def test_keys_that_length_or_position_give_away_are_found():
    assert complaints(*(choice(n, length=9) for n in range(20))) == [
        "single choice (zh): the key is the longest option in 20 of 20 items. Bring it to 30% or less.",
        "single choice (zh): the key is A in 20 of 20 items. Spread the keys over the letters.",
    ]
    assert complaints(*(choice(n, "ABCD"[n % 4]) for n in range(20))) == []


def test_an_uncovered_item_of_a_document_is_found():
    covered, other = (item(sources=(Source(document="d.md", number=n, line=n * 10),)) for n in (1, 2))
    cut_off = item(complete=False, sources=(Source(document="d.md", number=3),))

    findings = check_coverage(Bank(items=(covered,)), {"d.md": (covered, other, cut_off)})

    assert [str(f) for f in findings] == ["d.md:20: item 2 is in no item's sources. Cover it, or name it."]


def test_a_copied_sentence_is_found_and_a_shared_term_is_not():
    documents = {
        "d.md": "梯度裁剪是指在反向传播过程中对梯度的大小加以限制，例如 stochastic gradient descent with momentum。"
    }
    texts = {
        "copied": "我们认为：在反向传播过程中，对梯度的大小加以限制。",
        "own": "反向传播之后限制梯度，例如 stochastic gradient descent with momentum。",
    }

    assert [finding.place for finding in check_copied(texts, documents)] == ["copied"]


def test_marks_that_do_not_add_up_are_found(tmp_path):
    row = {"answer_id": "m1", "question_id": "clip", "lang": "zh", "answer": "防爆炸"}
    rows = [
        {**row, "credits": {"p1": 0, "p2": 1, "p3": 0}, "score": 0.5},
        {**row, "answer_id": "m2", "credits": {"p1": 0.7, "p2": 1, "p3": 0}, "score": 0.5},
        {**row, "answer_id": "m3", "question_id": "gone", "credits": {}, "score": 0},
    ]
    (tmp_path / "marked").mkdir()
    (tmp_path / "marked" / "part1.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "marked" / "second.jsonl").write_text('{"answer_id": "m9", "credits": {}}', encoding="utf-8")

    assert [str(finding) for finding in check_marked(Bank(items=(item(),)), tmp_path)] == [
        "part1.jsonl:1: the score is 0.5, the credits add up to 0.3333. Make them agree.",
        "part1.jsonl:2: the credits are not 0, 0.5 or 1 for each point of the item. Mark every point.",
        "part1.jsonl:3: no item 'gone' in zh. Correct the id.",
        "second.jsonl:1: nobody marked m9 first. Correct the id.",
    ]


def test_the_shipped_bank_earns_no_complaint():
    bank = load_bank(SHIPPED)
    findings = check_bank(bank) + check_marked(bank, SHIPPED) + check_blueprints(bank, SHIPPED)

    assert [str(finding) for finding in findings] == []


def test_the_shipped_bank_holds_what_its_readme_says():
    bank = load_bank(SHIPPED)
    rows = [json.loads(line) for part in ("part1", "part2") for line in marked(part)]
    second = {json.loads(line)["answer_id"] for line in marked("second")}

    kinds = Counter(item.kind for item in bank.in_language("zh"))
    assert (kinds["short_answer"], kinds.total() - kinds["short_answer"]) == (72, 132)
    assert len(rows) >= 400
    assert len({row["question_id"] for row in rows}) >= 40
    assert 0.7 < sum(row["lang"] == "zh" for row in rows) / len(rows) < 0.8
    assert len(second) >= 150
    assert second <= {row["answer_id"] for row in rows}


def marked(part):
    return (SHIPPED / "marked" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.seeds
def test_the_shipped_bank_covers_its_documents_and_copies_none(seeds_dir):
    assert [str(finding) for finding in check_sources(load_bank(SHIPPED), SHIPPED, [seeds_dir])] == []


@pytest.mark.model
def test_the_shipped_bank_holds_no_duplicates(encoder):
    bank = load_bank(SHIPPED)
    chinese = bank.model_copy(update={"items": bank.in_language("zh")})  # the English items are translations of these

    findings = check_duplicates(chinese, SHIPPED, encoder)

    assert [str(finding) for finding in findings if finding.severity == "error"] == []


def test_the_command_ends_with_3_where_there_is_a_problem(runner, tmp_path):
    from examgen.bank import save_bank

    save_bank(Bank(topics={"t": Topic(zh="题")}, items=(item(max_score=4),)), tmp_path / "bank")

    result = runner.invoke(cli, ["bank", "check", str(tmp_path / "bank")])

    assert (result.exit_code, result.stderr) == (3, "1 items, 1 problems\n")
    assert result.stdout == "clip.zh: its points are worth 3 together, its max_score is 4. Mend the item.\n"
