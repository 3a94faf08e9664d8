"""Calibrations and their promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.calibrate import (
    MOST_WORDS,
    Calibration,
    Curve,
    HeldOut,
    Seen,
    behind,
    by_dataset,
    check_fits,
    credit,
    doubt,
    fit_curve,
    fit_offset,
    largest_spread,
    level_of,
    load_calibration,
    mark_of,
    promise,
    save_calibration,
    shipped_calibration,
    sigmoid,
    upper_bound,
)
from examgen.errors import ExamgenError, FileError
from examgen.scorers import Finding
from examgen.text import Span


def calibration(rows):
    held_out = tuple(HeldOut(question=q, spread=s, error=e) for q, s, e in rows)
    return Calibration(scorer="cosine", encoder="words", held_out=held_out)


def reach(calibration, max_error):
    return largest_spread(calibration, max_error, 0.95, "text")


def test_the_shipped_calibration_loads_and_survives_a_round_trip(tmp_path):
    shipped = shipped_calibration()

    save_calibration(shipped, tmp_path / "c.json")

    assert load_calibration(tmp_path / "c.json") == shipped
    assert len(shipped.held_out) > 300


def test_a_calibration_of_another_version_is_refused(tmp_path):
    save_calibration(shipped_calibration().model_copy(update={"format": 0}), tmp_path / "c.json")

    with pytest.raises(FileError, match="of another version"):
        load_calibration(tmp_path / "c.json")


@given(st.floats(0.11, 0.89))
def test_the_probability_behind_a_credit_is_the_one_that_it_was_given_for(probability):
    assert behind(credit(probability)) == pytest.approx(probability)


def test_no_credit_and_all_of_it_are_taken_for_certain():
    assert (behind(0.0), behind(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("probabilities", "shares", "mark", "off"),
    [
        ([0.9], [1.0], 1.0, 0.1),
        ([0.9], [1.0], 0.9, 0.1),
        ([0.9], [1.0], 0.8, 1.0),
        ([0.5, 0.5], [0.5, 0.5], 0.5, 0.5),
        ([0.2, 1.0], [0.05, 0.95], 0.95, 0.0),
        ([1.0] * 3, [1 / 3] * 3, 0.5, 1.0),  # the whole stays on the grid, however the shares are rounded
        ([0.5] * 7, [1 / 7] * 7, 0.0, 1 - 0.5**7),
        ([], [], 0.0, 0.0),
    ],
)
def test_doubt_is_the_chance_that_a_mark_is_off_by_more_than_a_tenth(probabilities, shares, mark, off):
    assert doubt(probabilities, shares, mark) == pytest.approx(off)


def test_the_promise_reaches_as_far_as_the_errors_allow():
    good = [(n % 50, 0.1, 0.05) for n in range(500)]
    bad = [(n % 50, 0.4, 0.5) for n in range(500)]

    assert reach(calibration(good + bad), 0.1) == 0.1
    assert reach(calibration(good + bad), 0.6) == 0.4
    assert reach(calibration(bad), 0.1) == -1.0


@pytest.mark.parametrize(("questions", "reached"), [(4, -1.0), (5, 0.1)])
def test_answers_to_few_questions_promise_nothing(questions, reached):
    assert reach(calibration([(n % questions, 0.1, 0.0) for n in range(500)]), 0.1) == reached


def test_errors_of_one_question_count_together():
    wrong = np.array([1.0] * 14 + [0.0] * 986)

    scattered = upper_bound(wrong, np.arange(1000))
    bunched = upper_bound(wrong, np.arange(1000) // 14)

    assert scattered == pytest.approx(0.014 + 2 * 0.0037, abs=1e-3)
    assert bunched == pytest.approx(0.014 + 2 * 0.0139, abs=1e-3)


def test_the_hardest_data_set_bounds_the_promise():
    easy = [HeldOut(dataset="easy", question=n % 50, spread=0.1, error=0.0) for n in range(500)]
    hard = [HeldOut(dataset="hard", question=n % 50, spread=0.1, error=0.5) for n in range(500)]

    assert reach(calibration([]).model_copy(update={"held_out": tuple(easy)}), 0.1) == 0.1
    assert reach(calibration([]).model_copy(update={"held_out": tuple(easy + hard)}), 0.1) == -1.0


def test_a_set_too_small_to_be_tested_is_tested_with_others():
    large = [HeldOut(dataset="large", question=n % 50, spread=0.1, error=0.0) for n in range(500)]
    small = [HeldOut(dataset="small", question=n % 5, spread=0.1, error=0.5 * (n == 0)) for n in range(20)]

    assert reach(calibration([]).model_copy(update={"held_out": tuple(large + small)}), 0.1) == 0.1
    assert reach(calibration([]).model_copy(update={"held_out": tuple(small)}), 0.1) == -1.0
    assert [len(group) for group in by_dataset(large + small)] == [520]


def test_a_set_too_small_to_be_tested_bars_the_way_where_it_errs_too_often():
    large = [HeldOut(dataset="large", question=n % 50, spread=n / 1000, error=0.0) for n in range(500)]
    small = [HeldOut(dataset="small", question=n % 5, spread=0.3, error=0.5) for n in range(3)]

    reached = reach(calibration([]).model_copy(update={"held_out": tuple(large + small)}), 0.1)

    assert reached == pytest.approx(0.3)
    assert reached < 0.3


@pytest.mark.parametrize(("probability", "given"), [(0.0, 0.0), (0.1, 0.0), (0.5, 0.5), (0.9, 1.0), (1.0, 1.0)])
def test_near_certainty_is_full_credit(probability, given):
    assert credit(probability) == pytest.approx(given)


def test_a_promise_for_one_sort_of_points_is_made_from_that_sort():
    texts = [HeldOut(origin="text", question=n % 50, spread=0.1, error=0.5) for n in range(500)]
    lists = [HeldOut(origin="list", question=n % 50, spread=0.1, error=0.0) for n in range(500)]
    both = calibration([]).model_copy(update={"held_out": tuple(texts + lists)})

    assert largest_spread(both, 0.1, 0.95, "list") == 0.1
    assert largest_spread(both, 0.1, 0.95, "text") == -1.0
    assert largest_spread(both, 0.1, 0.95, "rubric") == -1.0


def held(mark, spread, wrong, count=500):
    """Answers to 50 questions with one mark and one spread, a share of them beyond any tolerance."""
    return [
        HeldOut(question=n % 50, spread=spread, error=0.9 * (n < wrong * count), mark=mark, origin="text")
        for n in range(count)
    ]


def test_marks_near_nothing_and_near_all_have_thresholds_of_their_own():
    full, poor, between = held(1.0, 0.2, 0.0), held(0.02, 0.1, 0.5), held(0.5, 0.3, 1.0)
    kept = calibration([]).model_copy(update={"held_out": (*full, *poor, *between)})

    reaches = {level: promise(kept, 0.1, 0.95, "text", level).largest_spread for level in ("nothing", "part", "all")}

    assert promise(kept, 0.1, 0.95, "text").largest_spread == -1.0
    assert reaches == {"nothing": -1.0, "part": -1.0, "all": 0.2}
    assert promise(kept, 0.1, 0.95, "text", "all").confidence(0.2) == 1.0


def test_marks_share_a_threshold_where_that_decides_more():
    kept = calibration([]).model_copy(update={"held_out": (*held(1.0, 0.1, 0.0, 90), *held(0.5, 0.1, 0.0, 90))})

    assert {promise(kept, 0.1, 0.95, "text", level).largest_spread for level in ("nothing", "part", "all")} == {0.1}


def test_a_record_that_kept_no_marks_makes_one_promise_for_all():
    old = [row.model_copy(update={"mark": None}) for row in held(1.0, 0.2, 0.0)]
    kept = calibration([]).model_copy(update={"held_out": (*old, *held(0.02, 0.1, 0.5))})

    assert {promise(kept, 0.1, 0.95, "text", level).largest_spread for level in ("nothing", "part", "all")} == {-1.0}


@pytest.mark.parametrize(
    ("mark", "level"), [(0.0, "nothing"), (0.1, "nothing"), (0.5, "part"), (0.9, "all"), (1.0, "all")]
)
def test_a_mark_is_nothing_part_or_all(mark, level):
    assert level_of(mark) == level


def test_a_curve_is_found_again_from_its_marks():
    findings = [[Seen(value / 10, words / 4, 1.0)] for value in range(-40, 41) for words in range(5)] * 40
    marks = [sigmoid(2 * found[0].odds + 0.5 * found[0].words - 1) for found in findings]

    curve = fit_curve(findings, marks)

    assert curve.slope == pytest.approx(2.0, abs=0.2)
    assert (curve.words, curve.offset) == (pytest.approx(0.5, abs=0.1), pytest.approx(-1.0, abs=0.2))


def test_a_few_marks_move_a_question_a_little_and_many_move_it_more():
    few = fit_offset([[(1.0, 1.0)]] * 3, [0.2] * 3)
    many = fit_offset([[(1.0, 1.0)]] * 60, [0.2] * 60)

    assert many < few < 0
    assert mark_of([(1.0, 1.0)], many) < mark_of([(1.0, 1.0)], few) < mark_of([(1.0, 1.0)])


def test_an_item_has_its_own_offset_and_its_sort_of_points_a_curve():
    found = Finding(0.5, 0.0, 0.9, Span(0, 2))
    both = calibration([]).model_copy(
        update={"questions": {"q": 1.0}, "curves": {"list": Curve(slope=2.0, offset=-1.0)}}
    )

    assert both.probability(found, "text") == pytest.approx(0.5)
    assert both.probability(found, "text", "q") == pytest.approx(sigmoid(1.0))
    assert both.probability(found, "list") == pytest.approx(sigmoid(-1.0))
    assert both.probability(Finding(0.9, 0.0, -1.0, Span(0, 0)), "text") == 0.0


def test_several_reference_answers_are_marked_as_one_is_where_they_have_no_curve_of_their_own():
    text, several = Curve(slope=0.5, offset=-1.0), Curve(slope=2.0)
    one = calibration([]).model_copy(update={"curves": {"text": text}})
    both = calibration([]).model_copy(update={"curves": {"text": text, "several": several}})

    assert [one.curved(1.0, 0.0, origin) for origin in ("text", "several", "list")] == [-0.5, -0.5, 1.0]
    assert [both.curved(1.0, 0.0, origin) for origin in ("text", "several")] == [-0.5, 2.0]


def test_words_of_the_point_speak_for_it_within_bounds():
    worded = calibration([]).model_copy(update={"curves": {"list": Curve(words=0.5)}})

    assert worded.probability(Finding(0.5, 0.0, 0.9, Span(0, 2), words=1.0), "list") == pytest.approx(sigmoid(0.5))
    findings, marks = [[Seen(0.0, words, 1.0)] for words in (0.0, 1.0)] * 200, [0.0, 1.0] * 200
    assert fit_curve(findings, marks).words == MOST_WORDS


def test_a_calibration_of_another_model_is_refused():
    with pytest.raises(ExamgenError, match="made for scorer cosine with model words, not for reader with model words"):
        check_fits(calibration([]), "reader", "words")
