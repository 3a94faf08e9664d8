"""A model of sentence-transformers written down as an ONNX graph, to be run without torch.

A second graph over the same weights ends three quarters of the way up: whoever wants hidden states of lower layers
only is spared the rest, which onnxruntime would compute whatever it is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examgen.embed.models import Located
from examgen.errors import MissingDependencyError, ModelError
from examgen.records import write_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FORMAT = 2
GRAPH, LOWER, WEIGHTS, TOKENIZER, ABOUT = "model.onnx", "lower.onnx", "model.bin", "tokenizer.json", "export.json"
INPUTS = ("input_ids", "attention_mask")
EMBEDDING = "embedding"
INSTALL = "Run: pip install 'openexamgen[onnx]'"
# The oldest set of operators with a layer norm of its own.
OPSET = 17
# Smaller weights stay in the graph; the others lie beside it, where the system maps them into memory as they are used.
OUTSIDE_BYTES = 1024


def layer_name(layer: int) -> str:
    """The output of the graph that holds the hidden states of a layer, counted from 0 for the word embeddings."""
    return f"layer_{layer}"


def export(model: SentenceTransformer, located: Located, folder: Path) -> None:
    """Write a model as an ONNX graph with its tokenizer.

    Args:
        model: On the CPU, in float32.
        located: The same model on disk.
        folder: An empty one.

    Raises:
        ModelError: the model has no fast tokenizer or no layers.
        MissingDependencyError: the package onnx is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingDependencyError("the export needs the package onnx, which is not installed", INSTALL) from error
    first: Any = model[0]
    fast = getattr(getattr(first, "tokenizer", None), "backend_tokenizer", None)
    if fast is None or not hasattr(first, "auto_model"):
        raise ModelError(f"{located.folder}: this kind of model cannot be exported", "Use the backend torch.")
    write_graph(model, folder / GRAPH)
    graph = onnx.load(folder / GRAPH)
    # The file first written is replaced by one that names its weights.
    onnx.save_model(
        graph, folder / GRAPH, save_as_external_data=True, location=WEIGHTS, size_threshold=OUTSIDE_BYTES
    )  # fmt: skip
    layers = len(graph.graph.output) - 1
    lower = 1 + (layers - 1) * 3 // 4
    write_lower(folder, [layer_name(layer) for layer in range(lower)])
    fast.save(str(folder / TOKENIZER))
    about = {
        "format": FORMAT,
        "fingerprint": located.fingerprint,
        "prompt": located.prompt,
        "max_tokens": int(model.max_seq_length or 512),
        "dimensions": int(model.get_embedding_dimension() or 0),
        "layers": layers,
        "lower": lower,
        "padding": int(first.tokenizer.pad_token_id or 0),
    }
    write_json(folder / ABOUT, about)


def write_lower(folder: Path, outputs: Sequence[str]) -> None:
    """Write the part of an exported graph that some of its outputs need; its weights are those of the whole."""
    import onnx

    whole = onnx.load(folder / GRAPH, load_external_data=False)
    needed, nodes = set(outputs), []
    for node in reversed(whole.graph.node):  # each stands behind those whose results it takes
        if needed.intersection(node.output):
            needed.update(node.input)
            nodes.append(node)
    part = onnx.helper.make_graph(
        nodes[::-1],
        whole.graph.name,
        whole.graph.input,
        [output for output in whole.graph.output if output.name in outputs],
        [weights for weights in whole.graph.initializer if weights.name in needed],
    )
    lower = onnx.helper.make_model(part, opset_imports=whole.opset_import, ir_version=whole.ir_version)
    onnx.save_model(lower, folder / LOWER)


def write_graph(model: SentenceTransformer, path: Path) -> None:
    """Trace a model: token numbers to its embedding and to the hidden states of all layers."""
    import torch

    first: Any = model[0]
    inner = first.auto_model
    # Written out, attention is recognised and fused by onnxruntime.
    inner.set_attn_implementation("eager")
    rest = torch.nn.ModuleList(list(model)[1:])

    class Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.rest = inner, rest

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            states = self.inner(
                input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
            ).hidden_states
            features = {"token_embeddings": states[-1], "attention_mask": attention_mask}
            for module in self.rest:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1), *states

    ids = torch.tensor([[5, 6, 7, 8], [5, 6, 7, 8]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    traced = Traced().eval()
    with torch.inference_mode():
        layers = [layer_name(layer) for layer in range(len(traced(ids, mask)) - 1)]
    axes = {name: {0: "texts", 1: "tokens"} for name in (*INPUTS, *layers)}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks on what does not depend on the input
        torch.onnx.export(
            traced,
            (ids, mask),
            str(path),
            dynamo=False,  # the other exporter needs one more package
            input_names=list(INPUTS),
            output_names=[EMBEDDING, *layers],
            dynamic_axes={**axes, EMBEDDING: {0: "texts"}},
            opset_version=OPSET,
        )
