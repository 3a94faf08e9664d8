"""A bank's merges beside a person's reading."""

import json

import numpy as np
import pytest

from examgen.bank import save_bank
from examgen.build import MEMBERS
from examgen.cli import cli
from examgen.errors import FileError
from examgen.evaluate.duplicates import agreement, b_cubed, compare_bank, pairs_of
from examgen.evaluate.rivals import rivals
from examgen.model import Bank, Item, Source
from examgen.records import write_jsonl

QUESTIONS = ("什么是死锁？", "死锁是什么？", "如何避免死锁？", "什么是活锁？", "什么是分页？", "分页机制是什么？")


def source(number):
    return Source(document="os.md", number=number, line=number)


def member(number):
    return Item(id=f"q{number}", question=QUESTIONS[number - 1], reference="x", sources=(source(number),), max_score=1)


@pytest.fixture
def bank(tmp_path):
    """Six questions, of which 1, 2 and 3 were merged, and 4 was kept apart from them."""
    merged = member(1).model_copy(update={"sources": tuple(source(n) for n in (1, 2, 3)), "enemies": ("q4",)})
    folder = tmp_path / "bank"
    save_bank(Bank(items=(merged, *(member(n) for n in (4, 5, 6)))), folder)
    write_jsonl(folder / MEMBERS, [member(n) for n in range(1, 7)])
    return folder


@pytest.fixture
def gold(tmp_path):
    """Writes a gold file, with numbers for items."""

    def write(groups=(), related=(), doubtful=()):
        facts = {"groups": groups, "related": related, "doubtful": doubtful}
        named = {what: [[f"os#{n}" for n in entry] for entry in entries] for what, entries in facts.items()}
        path = tmp_path / "gold.json"
        path.write_text(json.dumps(named), encoding="utf-8")
        return path

    return write


def test_pairs_are_counted_by_hand(bank, gold):
    found = compare_bank(bank, gold(groups=[[1, 2], [5, 6]], related=[[1, 3], [4, 1]]))

    # Merged: 1-2 rightly, 1-3 and 2-3 wrongly; 5-6 is missed. Kept apart: 1-4 rightly, 2-4 and 3-4 beside it.
    assert (found.same.right, found.same.wrong, found.same.missed) == (1, 2, 1)
    assert (found.related.right, found.related.wrong, found.related.missed) == (1, 2, 1)
    assert found.b_cubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert found.b_cubed.recall == pytest.approx((1 + 1 + 1 + 1 + 1 / 2 + 1 / 2) / 6)
    assert {title: pairs for title, pairs in found.wrong_pairs().items() if pairs} == {
        "merged, but a person says related": [("os.md#1", "os.md#3")],
        "merged, but a person says different": [("os.md#2", "os.md#3")],
        "not merged, but a person says same": [("os.md#5", "os.md#6")],
        "called related, but a person says different": [("os.md#2", "os.md#4"), ("os.md#3", "os.md#4")],
    }


def test_doubtful_pairs_count_neither_way(bank, gold):
    found = compare_bank(bank, gold(groups=[[1, 2], [5, 6]], doubtful=[[1, 3], [2, 3], [5, 6], [2, 4], [3, 4]]))

    assert (found.same.precision, found.same.recall) == (1, 1)
    assert (found.related.right, found.related.wrong) == (0, 1)


def test_nothing_said_is_not_wrong():
    assert agreement([], []) == agreement([], [])
    assert (agreement([], [("a", "b")]).precision, agreement([], [("a", "b")]).recall) == (1, 0)
    assert b_cubed([], [], ["a"]).f1 == 1


def test_gold_of_other_documents_is_one_line(bank, gold):
    with pytest.raises(FileError, match=r"gold\.json: names 'os#9', which is not in the bank\. Build the bank"):
        compare_bank(bank, gold(groups=[[1, 9]]))


class Letters:
    """A text is the letters that it has."""

    fingerprint = "letters"

    def encode(self, texts):
        alphabet = sorted(set("".join(QUESTIONS)))
        rows = np.array([[float(letter in text) for letter in alphabet] for text in texts], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_others_are_measured_at_their_best_cut():
    items = {f"os.md#{n}": member(n) for n in range(1, 7)}
    gold = pairs_of([["os.md#1", "os.md#2"]])

    found = {rival.name: rival for rival in rivals(items, Letters(), gold)}

    assert list(found) == ["cosine of titles", "cosine of questions", "SemHash on questions"]
    for rival in found.values():
        assert rival.pairs == gold
        assert rival.found.f1 == 1
        assert 0.85 < rival.threshold < 1


def test_the_command_prints_every_wrong_pair_with_both_texts(bank, gold, runner, tmp_path):
    path = gold(groups=[[1, 2], [5, 6]])

    result = runner.invoke(
        cli, ["evaluate", "duplicates", str(bank), "--gold", str(path), "--alone", "-o", str(tmp_path / "out.json")]
    )

    assert result.exit_code == 0
    assert (
        "not merged, but a person says same:\n  os.md#5  什么是分页？\n  os.md#6  分页机制是什么？\n" in result.stdout
    )
    assert "examgen, same" in result.stdout
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (written["same"]["right"], written["same"]["wrong"], written["same"]["missed"]) == (1, 2, 1)


def test_translations_with_one_id_are_counted_apart(tmp_path, gold):
    def one(number, lang):
        place = Source(document=f"{lang}.md", number=number, line=number)
        return Item(id=f"q{number}", lang=lang, question=f"问{number}？", reference="x", sources=(place,), max_score=1)

    both = [one(number, lang) for lang in ("zh", "en") for number in (1, 2)]
    merged = [each.model_copy(update={"sources": each.sources + other.sources}) for each, other in (both[:2], both[2:])]
    save_bank(Bank(items=tuple(merged)), tmp_path / "bank")
    write_jsonl(tmp_path / "bank" / MEMBERS, both)
    path = tmp_path / "gold.json"
    path.write_text(json.dumps({"groups": [["zh.md#1", "zh.md#2"], ["en.md#1", "en.md#2"]]}), encoding="utf-8")

    found = compare_bank(tmp_path / "bank", path)

    assert (found.same.right, found.same.wrong, found.same.missed) == (2, 0, 0)


def test_an_item_named_twice_makes_no_pair_and_half_a_pair_is_an_error(bank, gold):
    assert compare_bank(bank, gold(groups=[[1, 1, 2]])).gold.same == {("os.md#1", "os.md#2")}
    with pytest.raises(FileError, match=r"gold\.json: doubtful"):
        compare_bank(bank, gold(doubtful=[[1]]))


def test_b_cubed_of_nothing_is_whole():
    assert (b_cubed([], [], []).precision, b_cubed([], [], []).recall) == (1.0, 1.0)
