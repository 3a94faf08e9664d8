"""Points looked for sentence by sentence, with a reader that can be followed on paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.scorers.base import NOTHING, Case
from examgen.scorers.reader import Text
from examgen.scorers.reading import BOOST, MAX_CHARS, ReadingScorer, _chunks
from examgen.text import Span


class LetterReader:
    """One token a character, one dimension a letter; a point is covered as far as a stretch holds its letters."""

    def __init__(self):
        self.seen = []

    def read(self, texts):
        self.seen += texts
        return [self.text(text) for text in texts]

    def text(self, text):
        places = [n for n, char in enumerate(text) if not char.isspace()]
        vectors = np.zeros((len(places), 64), dtype=np.float32)
        for row, place in enumerate(places):
            vectors[row, ord(text[place]) % 64] = 1
        ids = np.array([ord(text[place]) for place in places], dtype=np.int64)
        return Text(ids, vectors, np.array([[place, place + 1] for place in places], dtype=np.int64).reshape(-1, 2))

    def judge(self, pairs):
        found = [np.isin(point.ids, part.ids).mean() for point, part, _ in pairs]
        return np.array([[share, 0, 1 - share] for share in found], dtype=np.float32).reshape(-1, 3)


def look(answer, *points):
    [found] = ReadingScorer(LetterReader()).find([Case("q", points, answer)])
    return found


def test_a_point_takes_the_sentence_that_covers_it_and_shows_its_clause():
    answer = "说了别的话。这里有甲乙丙丁戊己庚辛壬癸，和子丑寅卯辰巳午未申酉戌亥。"

    [finding] = look(answer, "甲乙丙丁")

    assert (finding.covered, answer[slice(*finding.evidence)]) == (1.0, "这里有甲乙丙丁戊己庚辛壬癸，")


def test_a_point_may_be_spread_over_sentences_which_count_for_more_but_not_for_all():
    [finding] = look("有甲。有乙。", "甲乙")

    assert finding.covered == pytest.approx(BOOST / (1 + BOOST))


def with_references(answer, points, *references):
    [found] = ReadingScorer(LetterReader()).find([Case("q", points, answer, references)])
    return found


def test_a_point_is_also_known_in_the_words_of_the_reference_that_covers_it():
    points, reference = ("甲乙丙丁", "子丑寅卯"), "有甲乙丙和戊己庚。子丑在此。别的话。"

    first, second = with_references("说到戊己庚和有甲乙丙。没有别的。", points, reference)

    # The answer says the whole sentence of the reference and three of the four letters of the point: odds of 999 and 3.
    assert first.covered == pytest.approx(501 / 502)
    assert first.evidence == Span(0, 11)
    assert second.covered < 0.4


def test_an_answer_in_the_words_of_the_reference_covers_all_that_it_says():
    points, references = ("甲乙丙丁", "子丑寅卯"), ("戊甲己。庚辛子。", "壬癸。")

    found = with_references("前面的话。戊甲己。庚辛子。", points, *references)

    assert [round(finding.covered, 3) for finding in found] == [0.998, 0.998]


def test_references_that_say_nothing_and_points_that_none_says_leave_findings_as_they_were():
    answer, points = "有甲乙。还有丙。", ("甲乙丙", "子丑")

    assert (
        with_references(answer, points, "。") == with_references(answer, points) == with_references(answer, points, "")
    )


def test_a_reference_is_read_once(tmp_path):
    reader = LetterReader()
    scorer = ReadingScorer(reader)

    scorer.find([Case("q", ("甲",), "乙", ("丙。丁。",))])
    scorer.find([Case("q", ("甲",), "戊", ("丙。丁。",))])

    assert reader.seen.count("丁。") == 1


@given(
    st.lists(st.text(alphabet="甲乙丙", min_size=1, max_size=5), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 4), st.text(alphabet="空话套", min_size=1, max_size=9)), max_size=9),
)
def test_sentences_that_say_nothing_of_a_point_change_nothing_wherever_they_stand(said, padding):
    padded = list(said)
    for place, text in padding:
        padded.insert(place, text)

    [plain] = look("。".join(said) + "。", "甲乙丙丁戊")
    [more] = look("。".join(padded) + "。", "甲乙丙丁戊")

    assert (more.covered, more.contradicted) == (plain.covered, plain.contradicted)


def test_offsets_stay_right_beyond_the_first_chunk():
    answer = "一二三四五六七八九十。" * 40 + "甲乙丙。"

    [finding] = look(answer, "甲乙丙")

    assert answer[slice(*finding.evidence)] == "甲乙丙。"


def test_nothing_is_found_where_nothing_is():
    assert look("  \n", "甲") == (NOTHING,)
    assert ReadingScorer(LetterReader()).find([]) == []


def test_every_text_is_read_once():
    reader = LetterReader()

    ReadingScorer(reader).find([Case("q", ("甲", "乙"), "丙"), Case("q", ("甲", "乙"), "丁"), Case("q", ("甲",), "丙")])

    assert sorted(reader.seen) == sorted(["q", "甲", "乙", "丙", "丁"])


@pytest.mark.parametrize("sentence", ["短。", "很长的一句话" * 90, "a very long sentence " * 80])
def test_chunks_fit_the_model(sentence):
    answer = sentence * 5

    spans = _chunks(answer)

    assert "".join(answer[slice(*span)] for span in spans).replace(" ", "") == answer.replace(" ", "")
    assert max(span.end - span.start for span in spans) <= MAX_CHARS["latin"]


@given(
    st.lists(st.text(alphabet="甲乙丙丁", min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), max_size=9),
)
def test_repetitions_and_sentences_of_the_question_change_nothing(said, added):
    more = [*said, "问一", "问二"]
    padded = said + [more[min(pick, len(more) - 1)] for _, pick in added]

    def find(parts):
        [found] = ReadingScorer(LetterReader()).find([Case("问一。问二？", ("甲乙", "丙丁"), "。".join(parts) + "。")])
        return [(each.covered, each.contradicted) for each in found]

    assert find(padded) == find(said)


@given(st.text(alphabet="甲乙，。a b\n", max_size=200))
def test_evidence_lies_in_the_answer(answer):
    for finding in look(answer, "甲", "乙a"):
        start, end = finding.evidence
        assert 0 <= start <= end <= len(answer)
        assert finding.evidence == Span(0, 0) or answer[start:end].strip()
