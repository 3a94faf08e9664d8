"""The measurement of the search for duplicates runs the real search, and says what does not hold."""

import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from examgen.bench.dedupe import DedupeBench, Searched, WordEncoder
from examgen.bench.made_up import bank
from examgen.cli import cli
from examgen.questions import check_item
from tests.dedupe.fakes import Bigrams

GOOD = Searched(100_000, 70_000, 200.0, 5.0, 3000.0, 0.99, 1.0)


def test_made_up_items_are_sound_the_same_every_time_and_three_in_ten_reword_another():
    items, groups = bank(300)

    assert (items, groups) == bank(300)
    assert [problem for item in items for problem in check_item(item)] == []
    assert sum(len(group) - 1 for group in groups) == 90


def test_a_rewording_has_another_question_and_facts_of_its_question_in_its_answer():
    items, groups = bank(300)
    by_name = {f"{item.sources[0].document}#{item.sources[0].number}": item for item in items}

    first, again, *_ = (by_name[name] for name in groups[0])

    assert first.question != again.question
    assert len(again.points) == len(first.points) - 1


def test_a_text_lies_between_its_words_whatever_their_order():
    both, turned, one, other, strange = WordEncoder(Bigrams()).encode(
        ["死锁检测", "检测死锁", "死锁", "检测", "通货膨胀"]
    )

    assert np.allclose(both, turned)
    assert min(both @ one, both @ other) > both @ strange


def test_what_does_not_hold_is_named():
    small = replace(GOOD, items=10_000, seconds=9.0)

    assert DedupeBench((replace(small, seconds=20.0), GOOD)).misses == []
    assert DedupeBench((small, replace(GOOD, seconds=400.0, peak_mb=5000.0))).misses == [
        "100000 items: 400 s, not 300",
        "100000 items: 5000 MB, not 4096",
        "100000 items: 4.4 times as long an item as of 10000",
    ]


@pytest.mark.model
def test_the_command_prints_a_line_for_every_size():
    result = CliRunner().invoke(cli, ["bench", "dedupe", "--size", "120"])

    assert result.exit_code == 0
    line = r"120 items: \d+ questions, [\d.]+ s \([\d.]+ ms an item\), \d+ MB, precision ([\d.]+), recall ([\d.]+)\n"
    assert min(map(float, re.fullmatch(line, result.stdout).groups())) > 0.7
