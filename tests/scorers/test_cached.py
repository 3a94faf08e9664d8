"""Findings kept between runs, over a scorer that counts what it is asked."""

import numpy as np
import pytest

from examgen.embed import FrugalEncoder, VectorCache
from examgen.scorers import Case, Finding, open_scorer
from examgen.scorers.cached import CachedScorer
from examgen.text import Span


class Counting:
    """Finds as much of a point as the answer has characters; remembers what it was asked."""

    name = "counting"

    def __init__(self):
        self.asked = []

    def find(self, cases):
        self.asked.append([case.answer for case in cases])
        return [
            tuple(Finding(len(case.answer) / 8, 0.25, 0.5, Span(1, len(case.answer))) for _ in case.points)
            for case in cases
        ]


def case(answer, *points):
    return Case("q", points or ("p",), answer)


@pytest.fixture
def cache(tmp_path):
    return VectorCache(tmp_path / "c.sqlite")


def test_each_different_case_is_looked_through_once_and_findings_keep_the_order(cache):
    counting = Counting()

    found = CachedScorer("counting", lambda: counting, "m1", cache).find([case("ab"), case("abcd"), case("ab")])

    half, quarter = Finding(0.5, 0.25, 0.5, Span(1, 4)), Finding(0.25, 0.25, 0.5, Span(1, 2))
    assert found == [(quarter,), (half,), (quarter,)]
    assert counting.asked == [["ab", "abcd"]]


def test_a_second_run_opens_no_scorer_and_finds_the_same(cache):
    cases = [case("ab", "p", "q"), case("abcd", "p", "q", "r")]
    first = CachedScorer("counting", Counting, "m1", cache).find(cases)

    def never():
        raise AssertionError("opened")

    assert CachedScorer("counting", never, "m1", cache).find(cases) == first


def test_another_question_point_or_model_is_another_case(cache):
    counting = Counting()
    CachedScorer("counting", lambda: counting, "m1", cache).find([case("ab")])

    CachedScorer("counting", lambda: counting, "m1", cache).find([Case("other", ("p",), "ab"), case("ab", "q")])
    CachedScorer("counting", lambda: counting, "m2", cache).find([case("ab")])

    assert counting.asked == [["ab"], ["ab", "ab"], ["ab"]]


class Flat:
    """An encoder to which all texts are alike."""

    fingerprint = "flat"

    def __init__(self):
        self.calls = 0

    def encode(self, texts):
        self.calls += 1
        return np.ones((len(texts), 1), np.float32)


def test_answers_that_were_graded_before_need_no_model(cache):
    first, second = Flat(), Flat()
    cases = [case("甲，乙。"), case("丙")]

    found = open_scorer(FrugalEncoder(first, "torch", cache)).find(cases)

    assert open_scorer(FrugalEncoder(second, "torch", cache)).find(cases) == found
    assert (first.calls, second.calls) == (1, 0)
