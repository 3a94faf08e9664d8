"""Summaries and their pictures."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from examgen.cli.evaluate_marks import show
from examgen.evaluate import Figure, Scored, Summary, draw, summarise, summary_json
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


def test_the_figures_of_many_sets_are_whole_in_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as in a terminal
    names = ["le_zh", "beetle", "scientsbank", "llm-training"]
    figures = {name: Figure(-0.788, -0.75, 0.82) for name in ("r", "QWK", "RMSE", "MAE", "SMD", "macro-F1")}
    facts = {"questions": 9, "decided": 0.4, "decided_wrong": 0.03, "by_question": [], "by_kind": []}

    show([Summary(name, 1234, figures=figures, curve=[], bins=[], table=[], **facts) for name in names])

    shown = capsys.readouterr().out
    assert "…" not in shown
    assert {name: shown.count(name) for name in names} == dict.fromkeys(names, 1)
    assert shown.count("-0.788 (-0.75..0.82)") == len(names) * len(figures)
