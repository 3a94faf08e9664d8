"""What a judge's verdicts are worth, learned from marked answers."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.calibrate import credit
from examgen.errors import ExamgenError
from examgen.judge.combine import (
    Marked,
    assumed,
    cross_marks,
    fit,
    fused,
    load_judge_calibration,
    save_judge_calibration,
)


def answers(right, count=600, seed=1):
    """Answers of one point that is there or not; the local grader knows little, the judge is right so often."""
    rng = random.Random(seed)
    rows = []
    for n in range(count):
        there = rng.random() < 0.5
        local = credit(rng.betavariate(3, 2) if there else rng.betavariate(2, 3))
        verdict = "yes" if there == (rng.random() < right) else "no"
        rows.append(Marked(n % 20, (1.0,), (local,), (verdict,), float(there)))
    return rows


def error(rows, weights):
    return math.sqrt(sum((row.mark(weights) - row.human) ** 2 for row in rows) / len(rows))


def test_a_good_judge_gets_weight_and_a_coin_gets_none():
    good, coin = fit(answers(0.9), "j").weights, fit(answers(0.5), "j").weights

    # Nine of ten right is a log likelihood ratio of log(9) = 2.2.
    assert good["yes"] == pytest.approx(math.log(9), abs=0.6)
    assert good["no"] == pytest.approx(-math.log(9), abs=0.6)
    assert max(abs(coin["yes"]), abs(coin["no"])) <= 0.5


def test_a_judge_that_turns_things_round_is_turned_back():
    assert fit(answers(0.1), "j").weights["yes"] < -1


def test_fitted_weights_beat_none_on_answers_that_they_have_not_seen():
    rows = answers(0.9)
    nothing = {"yes": 0.0, "partly": 0.0, "no": 0.0}

    held_out = math.sqrt(
        sum((out.mark - row.human) ** 2 for row, out in zip(rows, cross_marks(rows), strict=True)) / len(rows)
    )

    assert held_out < 0.75 * error(rows, nothing)


def test_one_question_is_too_few():
    with pytest.raises(ExamgenError, match="at least two questions"):
        fit([row for row in answers(0.9) if row.question == 0], "j")


def test_a_calibration_is_read_back(tmp_path):
    calibration = fit(answers(0.9, 100), "j")
    save_judge_calibration(calibration, tmp_path / "judge.json")

    assert load_judge_calibration(tmp_path / "judge.json") == calibration
    assert (calibration.name, assumed().name) == ("calibrated on 100", "uncalibrated")


def test_a_broken_calibration_is_named(tmp_path):
    (tmp_path / "judge.json").write_text('{"weights": {"yes": 1, "no": -1}}', encoding="utf-8")

    with pytest.raises(ExamgenError, match=r"judge\.json: is a judge's calibration of another version"):
        load_judge_calibration(tmp_path / "judge.json")


@given(st.floats(0, 1), st.floats(-8, 8), st.floats(-8, 8))
def test_fusing_keeps_probabilities_order_and_certainty(probability, low, high):
    low, high = sorted((low, high))

    assert 0 <= fused(probability, low) <= fused(probability, high) <= 1
    assert (fused(0.0, high), fused(1.0, low)) == (0.0, 1.0)
    assert fused(probability, 0.0) == pytest.approx(probability, abs=1e-9)
