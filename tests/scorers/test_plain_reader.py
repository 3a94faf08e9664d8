"""The reader without torch gives the numbers of the one with torch."""

import numpy as np
import pytest

from examgen.embed.onnx_backend import OnnxEncoder, exported
from examgen.embed.tokens import token_model
from examgen.scorers.base import Case
from examgen.scorers.exercises import read_topics
from examgen.scorers.plain_reader import load_plain_reader
from examgen.scorers.reader import load_reader
from examgen.scorers.reading import ReadingScorer

pytestmark = [pytest.mark.model, pytest.mark.slow]


def cases():
    """Answers of one to four statements on their topics, one of them empty of words."""
    topics = [topic for topic in read_topics("*-subjects") if len(topic.statements) > 2][::6]
    found = [Case("问题？", ("要点",), "……")]
    for number, topic in enumerate(topics):
        said = [(statement.same + statement.against)[number % 2] for statement in topic.statements[: 1 + number % 4]]
        points = tuple(statement.text for statement in topic.statements)
        found.append(Case(topic.question, points, "。".join(said)))
    return found


def test_both_find_the_same(encoder):
    pytest.importorskip("onnxruntime")
    plain = ReadingScorer(load_plain_reader(OnnxEncoder(exported(), "cpu")))
    genuine = ReadingScorer(load_reader(token_model(encoder)))

    found, expected = plain.find(cases()), genuine.find(cases())

    numbers = [[(f.covered, f.contradicted, f.similarity) for one in some for f in one] for some in (found, expected)]
    assert np.abs(np.array(numbers[0]) - np.array(numbers[1])).max() < 1e-5
    assert [[f.evidence for f in one] for one in found] == [[f.evidence for f in one] for one in expected]
