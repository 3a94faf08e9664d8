"""Numbers as people write them in Chinese, and texts that are too large to be a number."""

import pytest

from examgen.model import Item, Numeric
from examgen.questions import mark_answer
from examgen.questions.base import json_value
from examgen.questions.numbers import leading_number


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("一万二", 12_000),
        ("三千五", 3_500),
        ("两百五", 250),
        ("一百零五", 105),
        ("二十五", 25),
        ("一万二千", 12_000),
        ("一万零五十", 10_050),
        ("三亿五千万", 350_000_000),
        ("一万亿", 10**12),
        ("二〇二六", 2026),
    ],
)
def test_chinese_numerals_are_read_as_they_are_spoken(written, value):
    assert leading_number(written) == (value, "")


@pytest.mark.parametrize("answer", ["9999999999e300", "1" + "亿" * 60])
def test_a_number_that_no_float_holds_goes_to_a_human(answer):
    item = Item(id="n", title="数", question="多少？", kind="numeric", numeric=Numeric(value=3), max_score=2)

    assert mark_answer(item, answer).status == "ungraded"


def test_a_list_with_a_number_of_thousands_of_digits_is_no_list():
    assert json_value("[" + "1" * 4500 + "]") is None
