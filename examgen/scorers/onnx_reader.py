"""The reader without torch: its network as a graph for onnxruntime, over a model that shows its tokens.

The graph is written from the trained weights by `write_graph` and names them by a checksum.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.embed.onnx_export import INSTALL, OPSET
from examgen.embed.parallel import for_each, threads
from examgen.embed.tokens import TokenModel
from examgen.errors import FileError, MissingDependencyError
from examgen.records import atomic_path, file_sha256
from examgen.scorers.reader import KEPT, LAYERS, SHIPPED, Batch, Reader, Text, as_read, stored_reader, vocabulary

Floats = NDArray[np.float32]
# The fields of `Batch` for each of the three sides. What the network does not look at is no input of its graph.
INPUTS = tuple(f"{side}_{field}" for side in ("point", "part", "question") for field in ("ids", "vectors", "plain"))
OUTPUT, WEIGHTS = "verdicts", "weights_sha256"
PAIRS_AT_ONCE = 64


class OnnxReader:
    """Tells for pairs of texts whether the second covers the first; see `examgen.scorers.reader.Reader`.

    Its numbers differ from those of torch by the order of additions, about 1e-6.
    """

    def __init__(self, model: TokenModel, path: Path = SHIPPED) -> None:
        """Load the weights of a reader, and its graph from the file beside them.

        Raises:
            FileError: see `examgen.scorers.reader.stored_reader`; or the graph is missing, damaged or of others.
        """
        about, weights = stored_reader(path, "numpy")
        self.model, self.about = model, about
        self.basis, self.middle = (weights[name].astype(np.float32) for name in ("basis", "middle"))
        self.rarity = weights["rarity"].astype(np.float32) / 255
        self.negates, self.number = vocabulary(model.vocabulary())
        self.session = _session(path)
        self.inputs = {node.name for node in self.session.get_inputs()}

    def read(self, texts: Sequence[str]) -> list[Text]:
        """See `examgen.scorers.reader.Reader.read`."""
        new = list(dict.fromkeys(texts))
        found = self.model.read_tokens([as_read(text) for text in new], self.about.layers, self.about.prompted)
        read = {
            text: Text(tokens.ids, self.reduce(tokens.vectors), tokens.spans)
            for text, tokens in zip(new, found, strict=True)
        }
        return [read[text] for text in texts]

    def reduce(self, vectors: Floats) -> Floats:
        """See `examgen.scorers.reader.Reader.reduce`."""
        states = vectors.reshape(len(vectors), len(LAYERS), -1) - self.middle
        reduced = np.matmul(states.transpose(1, 0, 2), self.basis).transpose(1, 0, 2)
        length = np.maximum(np.linalg.norm(reduced, axis=2, keepdims=True), 1e-12)
        return np.ascontiguousarray((reduced / length).reshape(len(vectors), -1))

    def judge(self, pairs: Sequence[tuple[Text, Text, Text]]) -> Floats:
        """See `examgen.scorers.reader.Reader.judge`."""
        found = np.tile(np.array([0, 0, 1], dtype=np.float32), (len(pairs), 1))
        order = [n for n, (point, part, _) in enumerate(pairs) if len(point.ids) and len(part.ids)]
        order.sort(key=lambda n: len(pairs[n][0].ids) + len(pairs[n][1].ids))

        def look(begin: int) -> None:
            rows = order[begin : begin + PAIRS_AT_ONCE]
            sides = [array for side in range(3) for array in self._padded([pairs[n][side] for n in rows])]
            feed = {name: array for name, array in zip(INPUTS, sides, strict=True) if name in self.inputs}
            (found[rows],) = self.session.run([OUTPUT], feed)

        for_each(look, range(0, len(order), PAIRS_AT_ONCE), threads())
        return found

    def _padded(self, texts: Sequence[Text]) -> tuple[NDArray[np.int64], Floats, Floats]:
        """See `examgen.scorers.reader.Batch`."""
        length = max(1, *(len(text.ids) for text in texts))
        ids = np.zeros((len(texts), length), np.int64)
        vectors = np.zeros((len(texts), length, len(LAYERS) * KEPT), np.float32)
        for row, text in enumerate(texts):
            ids[row, : len(text.ids)] = text.ids
            vectors[row, : len(text.ids)] = text.vectors
        return ids, vectors, np.stack([self.rarity[ids], self.negates[ids], self.number[ids]], 2)


def graph_of(path: Path) -> Path:
    """The graph's place beside the weights."""
    return path.with_suffix(".onnx")


def _session(path: Path) -> Any:
    import onnxruntime

    graph = graph_of(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # each core compares pairs of its own
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each kind of damage
        raise FileError(str(graph), None, "cannot be loaded", "Train the reader anew.") from error
    if session.get_modelmeta().custom_metadata_map.get(WEIGHTS) != file_sha256(path):
        raise FileError(str(graph), None, f"is not made of {path.name}", "Train the reader anew.")
    return session


def write_graph(reader: Reader, path: Path) -> None:
    """Write the graph of a reader beside its weights.

    Args:
        reader: As loaded from ``path``, on the CPU.
        path: The weights.

    Raises:
        MissingDependencyError: the package onnx is not installed.
    """
    import torch

    try:
        import onnx
    except ImportError as error:
        raise MissingDependencyError("the export needs the package onnx, which is not installed", INSTALL) from error

    class Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = reader.net

        def forward(self, *sides: torch.Tensor) -> torch.Tensor:
            point, part, question = (Batch(*sides[n : n + 3]) for n in (0, 3, 6))
            return torch.softmax(self.net(point, part, question), 1)

    inputs: list[torch.Tensor] = []
    for length in (3, 4, 2):
        inputs += [
            torch.ones((2, length), dtype=torch.int64),
            torch.rand((2, length, len(LAYERS) * KEPT)),
            torch.rand((2, length, 3)),
        ]
    axes = {name: {0: "pairs", 1: f"{name.partition('_')[0]}_tokens"} for name in INPUTS}
    with atomic_path(graph_of(path)) as temporary, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks on what does not depend on the input
        torch.onnx.export(
            Traced().eval(),
            tuple(inputs),
            str(temporary),
            dynamo=False,  # the other exporter needs one more package
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes={**axes, OUTPUT: {0: "pairs"}},
            opset_version=OPSET,
        )
        graph = onnx.load(temporary)
        onnx.helper.set_model_props(graph, {WEIGHTS: file_sha256(path)})
        onnx.save_model(graph, temporary)
