"""The bank on disk: nothing is lost between writing and reading, and mistakes name their place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank import bank_sha256, load_bank, parse_item, render_item, save_bank
from examgen.errors import FileError
from examgen.model import Bank, Item, Option, RubricPoint, Source, Topic

TEXT = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(
    ["# Question", "\\# Reference 1\n", "+++\n", "\n\n", "“引号”\\n'''\"\"\"", "```\n# Explanation\n```"]
)
ITEMS = st.builds(
    Item,
    id=st.just("a-1"),
    title=TEXT,
    question=TEXT,
    reference=TEXT,
    references=st.lists(TEXT, max_size=3).map(tuple),
    explanation=TEXT,
    enemies=st.lists(st.just("b"), max_size=2).map(tuple),
    points=st.lists(TEXT.filter(bool), max_size=2).map(
        lambda texts: tuple(
            RubricPoint(id=f"p{n}", text=text, sources=(Source(document="d.md", number=1),))
            for n, text in enumerate(texts)
        )
    ),
    difficulty=st.none() | st.floats(0, 1),
)


@given(ITEMS)
def test_an_item_survives_being_written_and_read(item):
    assert parse_item(render_item(item), Path("a-1.zh.md")) == item


def test_a_bank_survives_being_written_and_read(tmp_path):
    item = Item(id="a", question="问？", reference="答。", points=(RubricPoint(id="p1", text="答"),), max_score=1)
    twin = item.model_copy(update={"lang": "en", "question": "Q?"})
    bank = Bank(title="题库", topics={"t": Topic(zh="主题")}, items=(twin, item))

    save_bank(bank, tmp_path / "bank")

    assert load_bank(tmp_path / "bank") == bank
    assert [path.name for path in sorted((tmp_path / "bank" / "items").iterdir())] == ["a.en.md", "a.zh.md"]


def test_a_single_file_bank_holds_the_same(tmp_path):
    bank = Bank(title="题库", items=(Item(id="a", question="问？", options=(Option(id="A", text="甲"),)),))

    save_bank(bank, tmp_path, single_file=True)

    assert load_bank(tmp_path) == bank
    assert bank_sha256(load_bank(tmp_path / "items.jsonl")) == bank_sha256(bank)


def test_saving_removes_items_that_are_gone_and_leaves_other_files(tmp_path):
    save_bank(Bank(items=(Item(id="a"), Item(id="b"))), tmp_path)
    (tmp_path / "decisions.toml").write_text("", encoding="utf-8")

    save_bank(Bank(items=(Item(id="b"),)), tmp_path)

    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == [
        "bank.toml",
        "decisions.toml",
        "items/b.zh.md",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# Question\n", "x.md:1: the front matter is missing. Begin with a line +++, TOML, and a line +++."),
        ("+++\nid = 'a'\nkind = 'riddle'\n+++\n", "x.md: kind: input should be 'single_choice', 'multiple_choice', "),
        ("+++\nid = '../a'\n+++\n", "x.md: id: an id has 1 to 100 letters, digits"),
        ("+++\nid = 'a'\n+++\nloose\n", "x.md:4: text stands outside a section. Put it under '# Question'."),
    ],
)
def test_a_broken_item_names_its_place(text, message):
    with pytest.raises(FileError) as caught:
        parse_item(text, Path("x.md"))

    assert str(caught.value).startswith(message)
