"""Calibrations and their promises."""

import pytest

from examgen.calibrate import (
    Calibration,
    HeldOut,
    largest_spread,
    load_calibration,
    save_calibration,
    shipped_calibration,
    spread,
)
from examgen.errors import ExamgenError
from examgen.scorers.coverage import FEATURES


def calibration(rows):
    held_out = tuple(HeldOut(question=q, spread=s, error=e) for q, s, e in rows)
    return Calibration(encoder="", bias=0.0, weights=dict.fromkeys(FEATURES, 0.0), held_out=held_out)


def test_the_shipped_calibration_loads_and_survives_a_round_trip(tmp_path):
    shipped = shipped_calibration()

    save_calibration(shipped, tmp_path / "c.json")

    assert load_calibration(tmp_path / "c.json") == shipped
    assert len(shipped.held_out) > 300


def test_a_calibration_of_another_version_is_refused(tmp_path):
    save_calibration(shipped_calibration().model_copy(update={"format": 0}), tmp_path / "c.json")

    with pytest.raises(ExamgenError, match="of another version"):
        load_calibration(tmp_path / "c.json")


def test_spread_is_the_deviation_of_the_mark():
    assert spread([0.5, 1.0], [0.5, 0.5]) == pytest.approx(0.25)


def test_the_promise_reaches_as_far_as_the_errors_allow():
    good = [(n % 50, 0.1, 0.05) for n in range(500)]
    bad = [(n % 50, 0.4, 0.5) for n in range(500)]

    assert largest_spread(calibration(good + bad), 0.1, 0.95) == 0.1
    assert largest_spread(calibration(good + bad), 0.6, 0.95) == 0.4
    assert largest_spread(calibration(bad), 0.1, 0.95) == 0.0


def test_errors_of_one_question_count_together():
    scattered = [(n % 100, 0.1, 0.5 if n % 33 == 0 else 0.0) for n in range(1000)]
    bunched = [(n // 10, 0.1, 0.5 if n < 30 else 0.0) for n in range(1000)]

    assert largest_spread(calibration(scattered), 0.1, 0.95) == 0.1
    assert largest_spread(calibration(bunched), 0.1, 0.95) == 0.0
