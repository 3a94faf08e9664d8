"""How well merges agree with careful reading: on the seed documents, and on sets that nothing was tuned on."""

import pytest

from examgen.dedupe import find_duplicates
from examgen.evaluate.duplicates import agreement, load_gold
from examgen.parse import read_documents
from tests.dedupe.sets import FOLDER, HELD_OUT, WRITTEN_BLIND, agreements, load, merged_pairs, related_pairs

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def held_out(encoder):
    """Each held-out set with what is found in it."""
    sets = {name: load(name) for name in HELD_OUT}
    return {name: (labelled, find_duplicates(labelled.items, encoder)) for name, labelled in sets.items()}


def test_merges_of_the_seed_documents_agree_with_a_careful_reading(seeds_dir, encoder):
    items = [item for document in read_documents(sorted(seeds_dir.glob("*.txt"))) for item in document.items]

    found = find_duplicates(items, encoder)

    gold = load_gold(FOLDER.parent / "seed_gold.json", found.items)
    same = agreement(merged_pairs(found), gold.same)
    assert same.precision >= 0.97
    assert same.f1 >= 0.95
    related = agreement(related_pairs(found), gold.related)
    assert related.precision >= 0.68
    assert related.recall >= 0.8


def test_merges_agree_on_the_first_domains_that_nothing_was_tuned_on(held_out):
    merged, of_two_questions = agreements(reading for name, reading in held_out.items() if name not in WRITTEN_BLIND)

    assert merged.precision >= 0.82
    assert merged.f1 >= 0.82
    assert of_two_questions.precision >= 0.85
    assert of_two_questions.recall >= 0.68


def test_merges_agree_on_the_sets_written_blind(held_out):
    merged, of_two_questions = agreements(reading for name, reading in held_out.items() if name in WRITTEN_BLIND)

    assert merged.precision >= 0.88
    assert merged.f1 >= 0.82
    assert of_two_questions.precision >= 0.6
    assert of_two_questions.recall >= 0.45


def test_merges_agree_on_all_held_out_sets(held_out):
    merged, of_two_questions = agreements(held_out.values())

    assert merged.precision >= 0.87
    assert merged.f1 >= 0.83
    assert of_two_questions.precision >= 0.73
    assert of_two_questions.recall >= 0.55
