"""Texts to vectors: the model, and the encoder that all later steps use."""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from examgen.embed.cache import VectorCache, key
from examgen.embed.models import default_model, load_encoder
from examgen.embed.onnx_backend import open_onnx
from examgen.embed.torch_backend import open_torch
from examgen.errors import ModelError

__all__ = ["BACKENDS", "Encoder", "FrugalEncoder", "VectorCache", "default_model", "load_encoder", "open_encoder"]

# Texts of one call that are embedded before their vectors go into the cache: what a kill costs at most.
CHUNK = 1024
# Vectors kept in memory, about 2 kB each: rubric points and questions come again with every batch of answers.
REMEMBERED = 16_384


class Encoder(Protocol):
    """What turns texts into vectors."""

    fingerprint: str
    """Changes with the weights, the prompt and the precision: what belongs to one model carries it."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Returns:
            One row a text, (n_texts, dim), each of length 1. The prompt of the
            model is applied. A text's row does not depend on the other texts
            by more than about 1e-6.
        """


# What can run a model, each as what opens it by name and device. Those of one precision agree to 1e-5.
BACKENDS: dict[str, Callable[[str | None, str], Encoder]] = {
    "torch": open_torch,
    "torch-bf16": partial(open_torch, dtype="bfloat16"),
    "torch-fp16": partial(open_torch, dtype="float16"),
    "onnx": open_onnx,
}


class FrugalEncoder:
    """An encoder that asks another for each different text once, and remembers.

    Texts that differ in white space or in the way that an accent is written
    are one text.
    """

    def __init__(self, encoder: Encoder, backend: str = "", cache: VectorCache | None = None) -> None:
        self.encoder, self.cache = encoder, cache
        self.fingerprint = encoder.fingerprint
        self.scope = f"{encoder.fingerprint} {backend}"
        self.recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self.lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        plain = [normalised(text) for text in texts]
        if not plain:
            return self.encoder.encode([])
        with self.lock:
            vectors = self._vectors(list(dict.fromkeys(plain)))
        return np.stack([vectors[text] for text in plain])

    def _vectors(self, texts: list[str]) -> dict[str, NDArray[np.float32]]:
        known = {text: self.recent[text] for text in texts if text in self.recent}
        for text in known:
            self.recent.move_to_end(text)
        new = [text for text in texts if text not in known]
        if self.cache is not None and new:
            keys = {text: key(self.scope, text) for text in new}
            stored = self.cache.get(list(keys.values()))
            known.update((text, stored[name]) for text, name in keys.items() if name in stored)
        missing = [text for text in new if text not in known]
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            rows = self.encoder.encode(chunk)
            known.update(zip(chunk, rows, strict=True))
            if self.cache is not None:
                self.cache.put([keys[text] for text in chunk], rows)
        for text in new[-REMEMBERED:]:
            self.recent[text] = known[text]
        while len(self.recent) > REMEMBERED:
            self.recent.popitem(last=False)
        return known


def normalised(text: str) -> str:
    """A text as it is embedded: composed characters (NFC), and one space where there is white space."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def open_encoder(name: str | None = None, device: str = "auto", backend: str = "torch", cache: bool = True) -> Encoder:
    """Open the encoder that all steps use: it embeds each different text once, in batches of like length.

    The model is loaded when the first text comes that is not in the cache.

    Args:
        name: see `load_encoder`; for the backend ``onnx`` also a folder that ``examgen export`` wrote.
        device: see `load_encoder`.
        backend: a key of `BACKENDS`.
        cache: keep the vectors between runs, in the user's cache.

    Raises:
        ModelError: see `load_encoder`; or there is no such backend.
        MissingDependencyError: the package of the model or of the backend is not installed.
    """
    if backend not in BACKENDS:
        raise ModelError(f"there is no backend {backend!r}", f"Name one of {', '.join(BACKENDS)}.")
    return FrugalEncoder(BACKENDS[backend](name, device), backend, VectorCache() if cache else None)
