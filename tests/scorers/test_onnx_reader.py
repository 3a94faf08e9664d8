"""The reader without torch gives the numbers of the one with torch."""

import shutil

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from examgen.embed.onnx_backend import OnnxEncoder, exported
from examgen.embed.tokens import token_model
from examgen.errors import FileError
from examgen.scorers.base import Case
from examgen.scorers.exercises import read_topics
from examgen.scorers.onnx_reader import OnnxReader, write_graph
from examgen.scorers.reader import SHIPPED, load_reader
from examgen.scorers.reading import ReadingScorer

pytestmark = [pytest.mark.model, pytest.mark.slow]


def read_metadata(path):
    with safe_open(path, "numpy") as stored:
        return stored.metadata()


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
    plain = ReadingScorer(OnnxReader(OnnxEncoder(exported(), "cpu")))
    genuine = ReadingScorer(load_reader(token_model(encoder)))

    found, expected = plain.find(cases()), genuine.find(cases())

    numbers = [[(f.covered, f.contradicted, f.similarity) for one in some for f in one] for some in (found, expected)]
    assert np.abs(np.array(numbers[0]) - np.array(numbers[1])).max() < 1e-5
    assert [[f.evidence for f in one] for one in found] == [[f.evidence for f in one] for one in expected]


def test_the_shipped_graph_is_made_of_the_shipped_weights(encoder, tmp_path):
    weights = tmp_path / SHIPPED.name
    shutil.copy(SHIPPED, weights)

    write_graph(load_reader(token_model(encoder), weights), weights)

    model = OnnxEncoder(exported(), "cpu")
    found, expected = (ReadingScorer(OnnxReader(model, path)).find(cases()[:3]) for path in (weights, SHIPPED))
    assert found == expected


def test_a_graph_that_is_missing_damaged_or_of_other_weights_is_one_line(encoder, tmp_path):
    model = OnnxEncoder(exported(), "cpu")
    weights = tmp_path / SHIPPED.name
    shutil.copy(SHIPPED, weights)

    with pytest.raises(FileError, match=r"reader\.onnx: cannot be loaded\. Train the reader anew\."):
        OnnxReader(model, weights)
    (tmp_path / "reader.onnx").write_bytes(b"no graph")
    with pytest.raises(FileError, match=r"reader\.onnx: cannot be loaded\. Train the reader anew\."):
        OnnxReader(model, weights)
    shutil.copy(SHIPPED.with_suffix(".onnx"), tmp_path)
    tensors, about = load_file(weights), read_metadata(weights)
    save_file({**tensors, "middle": tensors["middle"] + 1}, weights, about)
    with pytest.raises(FileError, match=r"reader\.onnx: is not made of reader\.safetensors\."):
        OnnxReader(model, weights)
