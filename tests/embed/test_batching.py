"""Batches: every text once, none too large."""

from hypothesis import given
from hypothesis import strategies as st

from examgen.embed.batching import batches, estimated_tokens, padded


@given(st.lists(st.integers(0, 600), max_size=60), st.integers(1, 900), st.integers(1, 40))
def test_every_text_is_in_one_batch_the_longest_first_and_no_batch_is_too_large(lengths, tokens, texts):
    found = list(batches(lengths, tokens, texts))

    flat = [place for batch in found for place in batch]
    assert sorted(flat) == list(range(len(lengths)))
    assert [lengths[place] for place in flat] == sorted(lengths, reverse=True)
    assert all(len(batch) <= texts for batch in found)
    assert all(len(batch) == 1 or len(batch) * lengths[batch[0]] <= tokens for batch in found)


@given(st.lists(st.integers(1, 50), min_size=3, max_size=20))
def test_going_on_after_some_batches_leaves_out_what_is_done(lengths):
    first = next(batches(lengths, 60, 4))

    rest = [place for batch in batches(lengths, 60, 4, len(first)) for place in batch]

    assert sorted(first + rest) == list(range(len(lengths)))


def test_chinese_has_more_tokens_a_character_than_english():
    assert estimated_tokens("过拟合是什么意思呢") == 6 + 6
    assert estimated_tokens("overfitting of a model") == 6 + 7


def test_shorter_rows_are_padded_and_masked():
    ids, mask = padded([[5, 6, 7], [8]], 1)

    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
