"""Summaries and their pictures."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from examgen.evaluate import Scored, draw, summarise, summary_json
from examgen.grade import Risk


def rows():
    return [
        Scored(
            "甲<卷>",
            f"q{n % 4}",
            human=(n % 11) / 10,
            given=(n % 11) / 10 if n % 5 else 0.5,
            decided=n % 2 == 0,
            spread=n / 100,
            kind="full" if n % 3 else "soup",
        )
        for n in range(44)
    ]


def test_a_summary_says_what_is_decided_and_how_much_of_it_is_wrong():
    [summary] = summarise(rows(), Risk(0.1, 0.95))

    assert (summary.answers, summary.questions, summary.decided) == (44, 4, 0.5)
    assert summary.decided_wrong == pytest.approx(5 / 22)
    assert [kind.kind for kind in summary.by_kind] == ["full", "soup"]
    assert sum(kind.answers for kind in summary.by_kind) == 44
    assert summary.by_question[0].mae >= summary.by_question[-1].mae


def test_a_summary_is_json_without_nan():
    [only] = summary_json(summarise([Scored("d", "q", 1.0, 1.0, False, 0.0)], Risk()))

    assert json.loads(json.dumps(only, allow_nan=False))["figures"]["r"] == {"value": None, "low": None, "high": None}


def test_a_picture_is_well_formed_and_escapes_names():
    picture = draw(summarise(rows(), Risk(0.1, 0.95)), "Marks & people", 0.1)

    root = ElementTree.fromstring(picture)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "甲<卷>: 44 answers, 4 questions" in texts
    assert "Marks & people" in texts
    assert picture == draw(summarise(rows(), Risk(0.1, 0.95)), "Marks & people", 0.1)
