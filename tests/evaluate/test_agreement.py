"""Measures of agreement, on numbers small enough to check by hand."""

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from examgen.evaluate.agreement import (
    Bin,
    Scored,
    adjacent,
    agreement,
    confusion,
    exact,
    macro_f1,
    on_grid,
    qwk,
    reliability,
    risk_curve,
    smd,
)


def row(human, given, question="q", spread=0.1, **more):
    return Scored(dataset="d", question_id=question, human=human, given=given, decided=True, spread=spread, **more)


def test_weighted_kappa_and_f1_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    human, given = rng.random(200), rng.random(200)
    steps = [on_grid(side, 10) for side in (human, given)]

    assert qwk(human, given) == pytest.approx(cohen_kappa_score(*steps, weights="quadratic", labels=list(range(11))))
    assert macro_f1(human, given) == pytest.approx(f1_score(human > 0.5, given >= 0.5, average="macro"))


def test_perfect_and_hopeless_marks():
    human = np.array([0.0, 0.5, 1.0])

    assert (qwk(human, human), exact(human, human)) == (1.0, 1.0)
    assert qwk(human, human[::-1]) == pytest.approx(-1.0)
    assert math.isnan(qwk(np.ones(3), np.ones(3)))


def test_steps_of_a_grid():
    human, given = np.array([0.5, 0.5, 0.5]), np.array([0.54, 0.6, 0.75])

    assert (exact(human, given), adjacent(human, given)) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert on_grid(np.array([0.05, 0.04, 1.0]), 10).tolist() == [1, 0, 10]


def test_a_difference_of_means_in_deviations():
    assert smd(np.array([0.0, 1.0]), np.array([0.5, 1.5])) == 1.0


def test_an_interval_comes_from_whole_questions():
    many = [row(h, h + 0.1 * (n % 3 - 1), f"q{n % 8}") for n, h in enumerate(np.linspace(0.1, 0.9, 80))]
    one = [row(h, h) for h in (0.0, 0.5, 1.0)]

    figure = agreement(many)["MAE"]

    assert figure.low <= figure.value <= figure.high
    assert agreement(many) == agreement(many)
    assert math.isnan(agreement(one)["MAE"].low)


def test_two_way_labels_give_an_f1():
    rows = [row(1.0, 0.9, correct=True), row(0.0, 0.2, correct=False)]

    assert agreement(rows)["macro-F1"].value == 1.0
    assert "macro-F1" not in agreement([row(1.0, 0.9)])


def test_the_surest_answers_are_decided_first():
    rows = [row(1.0, 1.0, spread=0.1), row(1.0, 0.0, spread=0.4)]

    curve = risk_curve(rows, max_error=0.1, points=2)

    assert [(point.decided, point.wrong) for point in curve] == [(0.5, 0.0), (1.0, 0.5)]


def test_reliability_and_confusion_count_every_answer():
    rows = [row(1.0, 0.95), row(0.8, 0.97), row(0.0, 0.0)]

    assert reliability(rows) == [Bin(0.0, 0.0, 1), Bin(pytest.approx(0.96), pytest.approx(0.9), 2)]
    assert sum(map(sum, confusion(rows))) == 3
    assert confusion(rows)[4][5] == 1


def test_answers_that_are_all_right_and_called_so_agree_fully():
    ones = np.ones(4)

    assert (macro_f1(ones, ones), macro_f1(np.zeros(4), np.zeros(4)), macro_f1(ones, np.zeros(4))) == (1.0, 1.0, 0.0)


def test_reliability_has_no_bin_of_full_marks_alone():
    rows = [row(1.0, 1.0), row(1.0, 0.95), row(0.0, 0.0)]

    assert [(round(b.given, 3), b.answers) for b in reliability(rows)] == [(0.0, 1), (0.975, 2)]
