"""Answers cut into clauses."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.scorers.spans import MAX_SPANS, clauses


@pytest.mark.parametrize(
    ("answer", "pieces"),
    [
        ("它限制梯度的范数，防止训练发散。", ["它限制梯度的范数，", "防止训练发散。"]),
        ("锁：互斥，信号量：计数。", ["锁：互斥，", "信号量：", "计数。"]),
        ("The gap breaks the path, so the bulb is off.", ["The gap breaks the path,", "so the bulb is off."]),
        ("学习率取 1,000 步", ["学习率取 1,000 步"]),
        ("对", ["对"]),
        ("   ", []),
    ],
)
def test_clauses_end_at_commas_and_stops(answer, pieces):
    assert [answer[span.start : span.end] for span in clauses(answer)] == pieces


@given(st.text(alphabet="甲乙，。；,. \nab、：", max_size=3000))
def test_nothing_visible_is_lost(answer):
    spans = clauses(answer)

    assert len(spans) <= MAX_SPANS
    shown = "".join(answer[span.start : span.end] for span in spans)
    assert "".join(shown.split()) == "".join(answer.split())
    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
