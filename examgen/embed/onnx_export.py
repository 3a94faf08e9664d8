"""A model of sentence-transformers written down as an ONNX graph, to be run without torch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examgen.embed.models import Located
from examgen.errors import MissingDependencyError, ModelError
from examgen.records import write_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FORMAT = 1
GRAPH, WEIGHTS, TOKENIZER, ABOUT = "model.onnx", "model.bin", "tokenizer.json", "export.json"
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
    fast.save(str(folder / TOKENIZER))
    about = {
        "format": FORMAT,
        "fingerprint": located.fingerprint,
        "prompt": located.prompt,
        "max_tokens": int(model.max_seq_length or 512),
        "dimensions": int(model.get_embedding_dimension() or 0),
        "layers": len(graph.graph.output) - 1,
        "padding": int(first.tokenizer.pad_token_id or 0),
    }
    write_json(folder / ABOUT, about)


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
