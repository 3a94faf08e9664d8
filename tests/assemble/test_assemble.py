"""From a bank and a blueprint to an exam."""

from click.testing import CliRunner

from examgen.assemble import assemble, load_blueprint, load_exam, save_exam
from examgen.bank import save_bank
from examgen.cli import cli
from examgen.model import Bank, Blueprint, Item, Option


def choice(name, **fields):
    options = (Option(id="A", text="甲", correct=True), Option(id="B", text="乙"))
    return Item(id=name, **({"kind": "single_choice", "question": "问？", "options": options, "max_score": 2} | fields))


def blueprint(**fields):
    return Blueprint.model_validate({"section": [{"kind": "single_choice", "count": 2}]} | fields)


def ids(exam):
    return [[item.item_id for section in form.sections for item in section.items] for form in exam.forms]


def test_drafts_and_incomplete_and_faulty_items_never_enter():
    bank = Bank(
        items=(
            choice("ready-1"),
            choice("draft", status="draft"),
            choice("cut-off", complete=False),
            choice("keyless", options=(Option(id="A", text="甲"), Option(id="B", text="乙"))),
            choice("ready-2"),
        )
    )

    assert sorted(ids(assemble(bank, blueprint()))[0]) == ["ready-1", "ready-2"]


def test_enemies_stay_apart_whichever_of_them_says_so():
    bank = Bank(
        items=(choice("a", enemies=("b",)), choice("b"), choice("c", enemies=("b",)), choice("d", enemies=("c",)))
    )

    chosen = {tuple(sorted(ids(assemble(bank, blueprint(), seed))[0])) for seed in range(20)}

    assert chosen <= {("a", "c"), ("a", "d"), ("b", "d")}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_paper(tmp_path):
    bank = Bank(items=tuple(choice(f"q{n}") for n in range(30)))
    for folder, seed in (("one", 1), ("again", 1), ("other", 2)):
        save_exam(assemble(bank, blueprint(), seed), tmp_path / folder)

    texts = [(tmp_path / folder / "exam.json").read_bytes() for folder in ("one", "again", "other")]

    assert texts[0] == texts[1] != texts[2]
    assert load_exam(tmp_path / "one") == assemble(bank, blueprint(), 1)


def test_the_command_builds_an_exam(tmp_path):
    save_bank(Bank(items=tuple(choice(f"q{n}") for n in range(5))), tmp_path / "bank")
    (tmp_path / "b.toml").write_text(
        'title = "小测"\n[[section]]\nkind = "单选题"\ncount = 3\npoints = 1.5\n', encoding="utf-8"
    )

    args = ["exam", "build", str(tmp_path / "bank"), "--blueprint", str(tmp_path / "b.toml"), "-o", str(tmp_path / "e")]
    result = CliRunner().invoke(cli, args, catch_exceptions=False)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("form A: 3 items, 4.5 marks, about 4 minutes, facility 0.550\n")
    assert load_exam(tmp_path / "e") == assemble(
        Bank(items=tuple(choice(f"q{n}") for n in range(5))), load_blueprint(tmp_path / "b.toml")
    )
