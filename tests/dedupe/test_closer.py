"""A closer look: words that answers share, who stands nearest, and what two names are worth by the wording."""

from dataclasses import replace

import pytest

from examgen.dedupe.compare import FEWEST, Comparer
from examgen.dedupe.evidence import Bar
from examgen.model import Item, RubricPoint
from tests.dedupe.fakes import Bigrams


def item(number, title, question, *points):
    return Item(
        id=f"q{number}",
        title=title,
        question=question,
        reference="\n".join(points),
        points=tuple(RubricPoint(id=f"p{n}", text=point) for n, point in enumerate(points)),
        max_score=len(points),
    )


PILE = [
    item(0, "栈的用途", "栈有什么用途？", "函数调用时保存返回地址", "表达式求值"),
    item(1, "栈用在哪里", "请举例说明栈用在哪里。", "函数调用时保存返回地址", "表达式求值"),
    *(item(n, f"第{n}号矿石", f"第{n}号矿石产于何处？", f"产于{n}号矿山", f"硬度为{n}") for n in range(2, 20)),
]


@pytest.fixture(scope="module")
def comparer():
    return Comparer(PILE, Bigrams())


def test_copied_answers_share_every_word_and_match_in_full(comparer):
    closer = comparer.compare(0, 1).closer

    assert closer.fewest_words == closer.most_words == 1
    assert closer.matched == pytest.approx(1)
    assert closer.nearer > 0
    assert closer.answer_nearer > 0.5


def test_a_stranger_shares_nothing_and_stands_behind_the_nearest(comparer):
    closer = comparer.compare(0, 5).closer

    assert closer.fewest_words == 0
    assert closer.answer_nearer < 0


def test_a_tiny_pile_is_not_looked_at_closely():
    few = Comparer(PILE[: FEWEST - 1], Bigrams()).compare(0, 1)
    enough = Comparer(PILE[:FEWEST], Bigrams()).compare(0, 1)

    assert few.closer is None
    assert enough.closer is not None


@pytest.mark.parametrize(("letters", "forbidden"), [(0.1, False), (0.3, True)])
def test_two_names_make_two_questions_of_what_is_worded_alike_only(comparer, letters, forbidden):
    found = comparer.compare(0, 1)
    closer = replace(found.closer, letters=letters, title_letters=0.0)

    named = replace(found, bar=Bar("names", "two names: lru / lfu"), closer=closer)

    assert named.forbidden == forbidden
    assert (named.same == 0) == forbidden


def test_opposites_are_two_questions_however_they_are_worded(comparer):
    found = comparer.compare(0, 1)
    closer = replace(found.closer, letters=0.0, title_letters=0.0)

    assert replace(found, bar=Bar("opposites", "opposites or siblings: 上 / 下"), closer=closer).same == 0
