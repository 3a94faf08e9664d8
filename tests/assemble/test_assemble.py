"""From a bank and a blueprint to an exam."""

import json
import re
from pathlib import Path

import pytest
from assemble_samples import bank, blueprint, choice, ids, judge, of_kind, short
from click.testing import CliRunner

from examgen.assemble import (
    BlueprintError,
    assemble,
    load_blueprint,
    load_exam,
    load_exposure,
    record_exposure,
    save_exam,
    verify_against_bank,
    verify_exam,
    verify_folder,
)
from examgen.bank import save_bank
from examgen.bench.assemble import bench_bank, bench_blueprint
from examgen.cli import cli
from examgen.model import Exposure, Option
from examgen.questions import QUESTIONS

LEVELS = ("remember", "understand", "apply")


def many(count, make=choice, **fields):
    return [
        make(
            f"{make.__name__}-{n}",
            topic=f"t{n % 4}",
            level=LEVELS[n % 3],
            difficulty=0.2 + n % 7 / 10,
            minutes=1.0 + n % 5 / 2,
            **fields,
        )
        for n in range(count)
    ]


def test_drafts_and_incomplete_and_faulty_items_never_enter():
    sample = bank(
        choice("ready-1"),
        choice("draft", status="draft"),
        choice("cut-off", complete=False),
        choice("keyless", options=(Option(id="A", text="甲"), Option(id="B", text="乙"))),
        choice("ready-2"),
    )

    exam = assemble(sample, blueprint())

    assert sorted(ids(exam)[0]) == ["ready-1", "ready-2"]
    assert exam.certificate["pool"] == {
        "candidates": 2,
        "left_out": {"a draft": 1, "incomplete": 1, "it has 0 correct options and needs exactly 1": 1},
    }


def test_a_draft_translation_of_a_chosen_item_stays_out():
    items = (choice("a"), choice("a", lang="en", status="draft"), choice("b"), choice("b", lang="en"))

    exam = assemble(bank(*items), blueprint())

    assert sorted((item.id, item.lang) for item in exam.items) == [("a", "zh"), ("b", "en"), ("b", "zh")]


def test_enemies_stay_apart_whichever_of_them_says_so():
    sample = bank(choice("a", enemies=("b",)), choice("b"), choice("c", enemies=("b",)), choice("d", enemies=("c",)))

    chosen = {tuple(sorted(ids(assemble(sample, blueprint(), seed))[0])) for seed in range(20)}

    assert chosen == {("a", "c"), ("a", "d"), ("b", "d")}


def test_enemies_may_stand_on_different_forms():
    sample = bank(choice("a", enemies=("b",)), choice("b"))

    exam = assemble(sample, blueprint({"count": 1}, forms=2))

    assert sorted(ids(exam)) == [["a"], ["b"]]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_paper(tmp_path):
    sample = bank(*many(30))
    for folder, seed in (("one", 1), ("again", 1), ("other", 2)):
        save_exam(assemble(sample, blueprint(), seed), tmp_path / folder)

    texts = [(tmp_path / folder / "exam.json").read_bytes() for folder in ("one", "again", "other")]

    assert texts[0] == texts[1] != texts[2]
    assert load_exam(tmp_path / "one") == assemble(sample, blueprint(), 1)


def test_parallel_forms_have_equal_content_difficulty_and_time_and_no_item_in_common():
    sample = bank(*many(60), *many(36, short))
    plan = blueprint(
        {"kind": "single_choice", "count": 10}, {"kind": "short_answer", "count": 3}, forms=3, facility=0.5
    )

    exam = assemble(sample, plan)

    tables = list(exam.certificate["table"]["forms"].values())
    assert tables[0] == tables[1] == tables[2]
    assert exam.certificate["gaps"]["facility"] <= 0.005
    assert exam.certificate["gaps"]["minutes"] <= 2
    assert all(abs(form["facility"] - 0.5) <= 0.02 for form in exam.certificate["forms"])
    assert [pair["items"] for pair in exam.certificate["overlap"]] == [0, 0, 0]


def test_overlap_all_gives_the_same_items_in_another_order():
    exam = assemble(bank(*many(20)), blueprint({"count": 8}, forms=2, overlap="all"))

    first, second = ids(exam)
    assert sorted(first) == sorted(second)
    assert first != second


def test_overlap_is_bounded_and_items_included_by_name_do_not_count():
    sample = bank(*many(12))
    plan = blueprint({"count": 7}, forms=2, overlap=1, include=["choice-3"])

    first, second = map(set, ids(assemble(sample, plan)))

    assert "choice-3" in first & second
    assert len(first & second) <= 2


def test_items_stand_from_easy_to_hard_and_order_rows_come_on_top():
    sample = bank(choice("a", difficulty=0.9), choice("b", difficulty=0.1), choice("c", difficulty=0.5))
    row = {"type": "order", "items": ["a", "b"]}

    plain = assemble(sample, blueprint({"count": 3}))
    ordered = assemble(sample, blueprint({"count": 3}, constraint=[row]))
    falling = assemble(sample, blueprint({"count": 3}, constraint=[{"type": "order", "what": "-difficulty"}]))

    assert [ids(exam)[0] for exam in (plain, ordered, falling)] == [["b", "c", "a"], ["a", "c", "b"], ["a", "c", "b"]]
    assert [exam.forms[0].sections[0].shuffle for exam in (plain, ordered)] == [True, False]


def test_order_rows_that_contradict_each_other_are_refused():
    rows = [{"id": "up", "type": "order", "items": ["a", "b"]}, {"id": "down", "type": "order", "items": ["b", "a"]}]

    with pytest.raises(BlueprintError, match="constraint 'down': order contradicts another order line"):
        assemble(bank(choice("a"), choice("b")), blueprint(constraint=rows))


def test_bundles_stand_together_or_not_at_all():
    row = {"type": "all-or-none", "items": ["choice-0", "choice-1", "choice-2"]}

    chosen = [ids(assemble(bank(*many(8)), blueprint({"count": 4}, constraint=[row]), seed))[0] for seed in range(12)]

    together = [len({"choice-0", "choice-1", "choice-2"} & set(names)) for names in chosen]
    assert set(together) == {0, 3}


def test_a_row_may_hold_for_one_form_only():
    row = {"type": "number", "condition": "topic == 't1'", "upper": 0, "forms": ["B"]}

    exam = assemble(bank(*many(16)), blueprint({"count": 4}, forms=2, constraint=[row], topics={"t1": ">=0"}))

    topics = {item.id: item.topic for item in exam.items}
    assert [topics[name] for name in ids(exam)[1]].count("t1") == 0


def test_marks_are_the_sections_or_the_items_own():
    sample = bank(choice("a", max_score=2.5), judge("b"))

    exam = assemble(sample, blueprint({"kind": "单选题", "count": 1}, {"kind": "判断题", "count": 1, "points": 3}))

    assert [(s.title, s.items[0].points) for s in exam.forms[0].sections] == [("单项选择题", 2.5), ("判断题", 3.0)]


def test_least_used_items_come_first_and_worn_ones_stay_out():
    sample = bank(*[choice(f"q{n}") for n in range(6)])
    log = [Exposure(exam_id="e1", items=("q0", "q1", "q2")), Exposure(exam_id="e2", items=("q0", "q3"))]

    exam = assemble(sample, blueprint({"count": 4}, reuse={"max_uses": 1}), 0, log)

    chosen = ids(exam)[0]
    assert {"q4", "q5"} <= set(chosen)
    assert "q0" not in chosen
    assert exam.certificate["earlier"] == ["e1", "e2"]


def test_items_shared_with_any_earlier_exam_are_bounded():
    sample = bank(*[choice(f"q{n}") for n in range(6)])
    log = [Exposure(exam_id="e1", items=("q0", "q1", "q2", "q3", "q4"))]

    exam = assemble(sample, blueprint({"count": 3}, reuse={"max_shared": 2}), 0, log)
    with pytest.raises(BlueprintError) as refused:
        assemble(sample, blueprint({"count": 4}, reuse={"max_shared": 2}), 0, log)

    assert len(set(ids(exam)[0]) & set(log[0].items)) == 2
    assert "reuse.max_shared = 2 with e1 → 3" in str(refused.value)


def test_only_the_latest_exams_count_where_the_blueprint_says_so():
    sample = bank(*[choice(f"q{n}") for n in range(3)])
    log = [Exposure(exam_id="old", items=("q0",)), Exposure(exam_id="new", items=("q1",))]

    exam = assemble(sample, blueprint(reuse={"max_uses": 0, "last": 1}), 0, log)

    assert sorted(ids(exam)[0]) == ["q0", "q2"]


def test_big_pools_are_thinned_and_still_keep_rare_items_that_a_line_needs():
    sample = bank(*many(3000), choice("rare", topic="rare", level="analyse", difficulty=0.5))

    exam = assemble(sample, blueprint({"count": 20}, topics={"rare": 1}))

    assert "rare" in ids(exam)[0]
    assert exam.certificate["solver"]["candidates"] < 200
    assert exam.certificate["solver"]["of"] == 3001


def test_many_forms_of_a_big_bank_have_no_item_in_common_and_the_same_marks_on_every_topic():
    asked = bench_blueprint().model_copy(update={"forms": tuple("ABCDEF")})

    exam = assemble(bench_bank(3000), asked)

    tables = [[sum(row) for row in table] for table in exam.certificate["table"]["forms"].values()]
    assert len({name for form in ids(exam) for name in form}) == 6 * 37
    assert tables == [tables[0]] * 6
    assert exam.certificate["gaps"]["facility"] <= 0.005
    assert verify_exam(exam) == []


@pytest.mark.parametrize("kind", QUESTIONS)
def test_items_of_every_kind_make_an_exam(kind):
    make = of_kind(kind)
    sample = bank(*(make(f"q{n}") for n in range(4)))

    exam = assemble(sample, blueprint({"kind": kind, "count": 2, "points": 4}, forms=2))

    assert sorted(name for form in ids(exam) for name in form) == ["q0", "q1", "q2", "q3"]
    assert verify_exam(exam) == []


def test_an_exam_is_recorded_once(tmp_path):
    save_bank(bank(*many(5)), tmp_path)
    exam = assemble(bank(*many(5)), blueprint())

    added = [record_exposure(exam, tmp_path), record_exposure(exam, tmp_path)]

    assert added == [True, False]
    assert load_exposure(tmp_path) == (Exposure(exam_id=exam.id, items=tuple(ids(exam)[0])),)


def build(tmp_path, *options):
    save_bank(bank(*many(8)), tmp_path / "bank")
    text = 'title = "小测"\n[[section]]\nkind = "单选题"\ncount = 3\npoints = 1.5\n'
    (tmp_path / "b.toml").write_text(text, encoding="utf-8")
    args = ["exam", "build", tmp_path / "bank", "--blueprint", tmp_path / "b.toml", "-o", tmp_path / "exam", *options]
    return CliRunner().invoke(cli, [str(arg) for arg in args], catch_exceptions=False)


def test_the_commands_build_verify_and_record_an_exam(tmp_path):
    built = build(tmp_path)
    args = (["verify", "--bank"], ["record", "--bank"], ["record", "--bank"])
    results = [
        CliRunner().invoke(cli, ["exam", verb, str(tmp_path / "exam"), option, str(tmp_path / "bank")])
        for verb, option in args
    ]

    exam = load_exam(tmp_path / "exam")
    assert built.exit_code == 0
    assert built.stdout.startswith("form A: 3 items, 4.5 marks, about ")
    assert exam == assemble(bank(*many(8)), load_blueprint(tmp_path / "b.toml"))
    assert [result.stdout for result in results] == [
        f"{exam.id}: all 1 lines of the blueprint hold on its form, and assembled again it is the same exam\n",
        f"{exam.id}: recorded\n",
        f"{exam.id}: was recorded before\n",
    ]


def test_verify_still_holds_after_later_exams_were_recorded(tmp_path):
    build(tmp_path, "--record")
    sample = bank(*many(8))

    problems = verify_against_bank(load_exam(tmp_path / "exam"), sample, load_exposure(tmp_path / "bank"))

    assert problems == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("exam.json", '"points": 1.5', '"points": 2.5', "is worth 2.5 on form A, not 1.5"),
        ("exam.json", '"minutes": 1.5', '"minutes": 1.25', "the certificate's 'forms' does not fit the exam"),
        ("exam.json", '"title": "小测"', '"title": "大考"', "the seal is broken: something was changed after assembly"),
        ("exam.json", "\n}\n", "\n}\n\n", "exam.json is not as it was written"),
        ("certificate.json", '"marks": 4.5', '"marks": 5.5', "certificate.json is not as it was written"),
        ("certificate.html", "4.5", "5.5", "certificate.html is not as it was written"),
    ],
)
def test_verify_rejects_a_changed_file(tmp_path, file, old, new, problem):
    build(tmp_path)
    path = tmp_path / "exam" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    problems = verify_folder(tmp_path / "exam")
    result = CliRunner().invoke(cli, ["exam", "verify", str(tmp_path / "exam")])

    assert any(problem in found for found in problems), problems
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'exam'}: ")
    assert result.stderr.count("\n") == 1


def test_verify_against_the_bank_names_the_item_that_changed(tmp_path):
    exam = assemble(bank(choice("a"), choice("b")), blueprint())

    problems = verify_against_bank(exam, bank(choice("a"), choice("b", question="另问？")))

    assert problems == [
        "the item 'b' (zh) has changed in the bank",
        "the bank is not the one that the exam was assembled from, so it cannot be assembled again",
    ]


def test_the_certificate_holds_asked_and_delivered_for_every_line():
    sample = bank(
        choice("a", topic="x", level="apply", difficulty=0.4, minutes=2),
        short("b", topic="y", difficulty=0.6, minutes=5),
    )
    plan = blueprint({"kind": "single_choice", "count": 1}, {"count": 1}, levels={"apply": ">=10%"}, minutes=10)

    certificate = assemble(sample, plan).certificate

    assert certificate["forms"] == [{"name": "A", "items": 2, "marks": 12.0, "minutes": 7.0, "facility": 0.433333}]
    assert certificate["table"] == {
        "topics": ["x", "y"],
        "levels": ["remember", "understand", "apply", "analyse", "evaluate", ""],
        "forms": {"A": [[0.0, 0.0, 2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 10.0]]},
    }
    assert certificate["lines"] == [
        {"line": "section '1': count = 1", "measure": "items", "asked": [1.0, 1.0], "delivered": {"A": 1.0}},
        {"line": "section '2': count = 1", "measure": "items", "asked": [1.0, 1.0], "delivered": {"A": 1.0}},
        {"line": "levels.apply >= 10%", "measure": "share", "asked": [0.1, None], "delivered": {"A": 0.166667}},
        {"line": "minutes = 10", "measure": "sum:minutes", "asked": [None, 10.0], "delivered": {"A": 7.0}},
    ]
    assert certificate["assumed"] == {"difficulty": 0, "minutes": 0, "level": 1}


def test_lines_without_bounds_are_in_the_certificate_too(tmp_path):
    rows = [{"type": "all_or_none", "items": ["a", "b"]}, {"type": "order", "items": ["b", "a"], "forms": ["A"]}]
    exam = assemble(bank(*map(choice, "abcd")), blueprint({"count": 2}, forms=2, constraint=rows))

    lines = [line for line in exam.certificate["lines"] if line["measure"] == "kept"]

    assert [line["delivered"] for line in lines] == [{"A": True, "B": True}, {"A": True}]
    save_exam(exam, tmp_path)
    page = (tmp_path / "certificate.html").read_text(encoding="utf-8")
    cells = [re.findall('<td class="n">(.*?)</td>', row) for row in page.splitlines() if lines[1]["line"] in row]
    assert cells == [["", "✓", "—"]]


def test_the_certificate_page_escapes_what_the_bank_says(tmp_path):
    sample = bank(choice("a", title="<script>alert(1)</script>", topic="<b>"), title="<i>")

    save_exam(assemble(sample, blueprint({"count": 1, "title": "<u>"})), tmp_path)

    page = (tmp_path / "certificate.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert not any(tag in page for tag in ("<script", "<b>", "<i>", "<u>"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_certificate_page_speaks_the_exams_language(tmp_path, lang):
    sample = bank(choice("a", lang=lang), choice("b", lang=lang), lang=lang)

    save_exam(assemble(sample, blueprint({"count": 1}, forms=2)), tmp_path)

    page = Path(tmp_path / "certificate.html").read_text(encoding="utf-8")
    assert {"zh": "双向细目表", "en": "Two-way table"}[lang] in page
    assert ("最大差" in page) == (lang == "zh")


def test_an_exam_that_a_hand_made_is_checked_against_its_blueprint():
    exam = assemble(bank(choice("a", enemies=("b",)), choice("b"), choice("c")), blueprint({"count": 1}, forms=2))
    first = exam.forms[0]
    twice = first.sections[0].items[0]
    section = first.sections[0].model_copy(update={"items": (twice, twice.model_copy(update={"number": 3}))})
    broken = exam.model_copy(update={"forms": (first.model_copy(update={"sections": (section,)}), exam.forms[1])})

    problems = verify_exam(broken)

    assert problems[:4] == [
        "form A is not numbered 1 to 2",
        "form A has an item twice",
        "its forms are not worth the same",
        "section '1': count = 1: form A has 2",
    ]


def test_an_item_that_is_to_stand_on_one_form_stands_on_no_other():
    sample = bank(*(choice(f"q{n}", difficulty=0.9 if n == 0 else 0.5) for n in range(12)))
    row = {"type": "include", "items": ["q0"], "forms": ["A"]}

    for seed in range(6):
        exam = assemble(sample, blueprint({"count": 5}, forms=2, constraint=[row]), seed)
        on_a, on_b = ids(exam)
        assert ("q0" in on_a, "q0" in on_b, verify_exam(exam)) == (True, False, [])


def test_an_item_on_one_form_by_name_is_not_free_for_the_others():
    row = {"type": "include", "items": ["q0"], "forms": ["A"]}

    with pytest.raises(BlueprintError):
        assemble(bank(*(choice(f"q{n}") for n in range(3))), blueprint({"count": 2}, forms=2, constraint=[row]))


def test_an_item_on_all_forms_by_name_may_be_on_all_of_them():
    sample = bank(*(choice(f"q{n}") for n in range(3)))

    exam = assemble(sample, blueprint({"count": 2}, forms=2, include=["q0"]))

    assert [set(form) & {"q0"} for form in ids(exam)] == [{"q0"}, {"q0"}]
    assert verify_exam(exam) == []


def test_order_lines_that_share_an_item_hold_together():
    sample = bank(*(choice(name, difficulty=d) for name, d in (("a", 0.9), ("b", 0.5), ("c", 0.1))))
    rows = [{"type": "order", "items": ["a", "b"]}, {"type": "order", "items": ["b", "c"]}]

    exam = assemble(sample, blueprint({"count": 3}, constraint=rows))

    assert ids(exam) == [["a", "b", "c"]]


def test_a_gap_between_forms_whose_marks_are_free_is_refused():
    with pytest.raises(BlueprintError, match=r"facility_gap = 0\.01 needs forms whose marks are fixed\. Give points"):
        assemble(bank(*many(12)), blueprint({"count": 3}, forms=2, facility_gap=0.01))


def test_the_few_items_that_a_line_needs_are_found_in_a_big_bank_also_with_a_line_for_one_form():
    easy = [choice(f"easy-{n}", difficulty=0.05) for n in range(15)]
    hard = [choice(f"hard-{n}", difficulty=0.9) for n in range(3000)]
    row = {"type": "number", "condition": "chars > 0", "lower": 1, "forms": ["A"]}

    exam = assemble(
        bank(*easy, *hard), blueprint({"count": 5, "points": 2}, forms=2, facility=[0.9, 1.0], constraint=[row])
    )

    assert verify_exam(exam) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.update(certificate={}),
        lambda data: data.update(forms=[]),
        lambda data: data.update(lang="en"),
        lambda data: data.update(items=data["items"][1:]),
        lambda data: data["certificate"].update(topics=[]),
        lambda data: data["certificate"].pop("lines"),
        lambda data: data["forms"][0]["sections"][0]["items"][0].update(item_id="zzz"),
    ],
    ids=["certificate", "forms", "lang", "item", "topics", "lines", "id"],
)
def test_verify_rejects_a_damaged_exam_in_words(tmp_path, damage):
    build(tmp_path)
    data = json.loads((tmp_path / "exam" / "exam.json").read_text(encoding="utf-8"))
    damage(data)
    (tmp_path / "exam" / "exam.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")

    result = CliRunner().invoke(cli, ["exam", "verify", str(tmp_path / "exam")])

    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert result.stderr.startswith("Error: ")
