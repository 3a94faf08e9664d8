"""Editors' decisions: written plainly, read back, resolved to items, contradictions refused."""

from pathlib import Path

import pytest

from examgen.dedupe import Decision, add_decision, load_decisions
from examgen.dedupe.decisions import Decisions, resolve
from examgen.errors import FileError

KEYS = ["week1.md#1", "week1.md#2", "week2.md#1", "week10.md#1"]
PATH = Path("bank/decisions.toml")


def same(*items):
    return Decision(verdict="same", items=items)


def different(*items):
    return Decision(verdict="different", items=items)


def test_decisions_survive_being_written_and_read(tmp_path):
    first = Decision(verdict="different", items=("a.md#1", "b.md#2"), note='one is the "special" case')
    second = Decision(verdict="keep", items=("b.md#2",))

    add_decision(tmp_path, first)
    add_decision(tmp_path, second)

    assert load_decisions(tmp_path) == (first, second)


def test_what_an_editor_wrote_by_hand_stays_to_the_letter(tmp_path):
    by_hand = '# ours\n[[decision]]\nverdict = "same"   # obviously\nitems = ["a.md#1", "a.md#2"]\n'
    (tmp_path / "decisions.toml").write_text(by_hand, encoding="utf-8")

    add_decision(tmp_path, same("a.md#3", "a.md#4"))

    assert (tmp_path / "decisions.toml").read_text(encoding="utf-8").startswith(by_hand)


def test_the_beginning_of_a_document_s_name_will_do():
    assert resolve([same("week2#1", "week1.md#2")], KEYS, PATH).same == (("week1.md#2", "week2.md#1"),)


def test_a_name_that_fits_several_items_is_refused():
    with pytest.raises(FileError) as caught:
        resolve([same("week1#1", "week2#1")], KEYS, PATH)

    assert (
        str(caught.value) == "bank/decisions.toml: 'week1#1' may be 'week1.md' or 'week10.md'. Write more of the name."
    )


def test_a_decision_about_absent_items_waits():
    assert resolve([same("week1.md#1", "week9.md#1")], KEYS, PATH) == Decisions(unknown=("week9.md#1",))


def test_of_two_decisions_about_a_pair_the_later_one_counts():
    found = resolve([same("week1.md#1", "week2.md#1"), different("week2.md#1", "week1.md#1")], KEYS, PATH)

    assert found == Decisions(different=frozenset({("week1.md#1", "week2.md#1")}))


def test_decisions_that_contradict_each_other_are_refused():
    decisions = [
        same("week1.md#1", "week1.md#2"),
        same("week1.md#2", "week2.md#1"),
        different("week1.md#1", "week2.md#1"),
    ]

    with pytest.raises(FileError, match=r"'week1.md#1' and 'week2.md#1' are kept apart and also joined through others"):
        resolve(decisions, KEYS, PATH)


def test_a_decision_about_one_item_is_refused(tmp_path):
    (tmp_path / "decisions.toml").write_text('[[decision]]\nverdict = "same"\nitems = ["a.md#1"]\n', encoding="utf-8")

    with pytest.raises(FileError, match=r"decision 1 \(same\) names one item. Name two."):
        load_decisions(tmp_path)
