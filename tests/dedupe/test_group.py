"""Grouping keeps as many pair decisions as possible and makes no chains."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from examgen.dedupe.group import cluster

PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), st.floats(0, 1), max_size=28
)


def grouped(n, sure, **settings):
    return cluster(n, list(sure), lambda i, j: sure.get((i, j), 0.1), **settings)


def test_a_chain_falls_apart_where_its_ends_differ():
    assert grouped(3, {(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.001}) == [[0, 1], [2]]


def test_one_doubtful_pair_does_not_split_a_group_that_the_others_hold_together():
    assert grouped(3, {(0, 1): 0.95, (1, 2): 0.95, (0, 2): 0.4}) == [[0, 1, 2]]


def test_pairs_that_nobody_proposed_are_asked_for():
    assert grouped(4, {(0, 1): 0.9, (1, 2): 0.7, (2, 3): 0.9}) == [[0, 1], [2, 3]]


def test_pairs_that_could_hardly_join_two_groups_are_not_asked_for():
    sure, asked = {(0, 1): 0.95, (0, 2): 0.05}, []

    groups = cluster(3, list(sure), lambda i, j: asked.append((i, j)) or sure.get((i, j), 0.9), hope=2.0)

    assert (groups, asked) == ([[0, 1], [2]], [(0, 1), (0, 2)])


def test_an_editor_joins_what_looks_different_and_parts_what_looks_the_same():
    sure = {(0, 1): 0.99, (2, 3): 0.001}

    assert grouped(4, sure, together=[(2, 3)], apart=[(0, 1)]) == [[0], [1], [2, 3]]


def test_groups_that_an_editor_keeps_apart_stay_apart_when_they_grow():
    sure = {(0, 1): 0.97, (1, 2): 0.97, (2, 3): 0.97, (0, 2): 0.97, (1, 3): 0.97, (0, 3): 0.97}

    groups = grouped(4, sure, apart=[(0, 3)])

    assert not any({0, 3} <= set(group) for group in groups)
    assert sorted(len(group) for group in groups) in ([1, 3], [2, 2])


@given(PAIRS)
def test_every_item_is_in_one_group_and_no_group_holds_a_pair_that_is_out_of_the_question(sure):
    groups = grouped(8, sure)

    assert sorted(i for group in groups for i in group) == list(range(8))
    assert all(sure.get(pair, 0.1) > 0 for group in groups for pair in combinations(group, 2))


@given(PAIRS)
def test_the_order_of_the_pairs_does_not_matter(sure):
    assert grouped(8, sure) == grouped(8, dict(reversed(sure.items())))
