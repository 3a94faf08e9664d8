"""Texts to vectors: the model, and the encoder that all later steps use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from examgen.embed.sentence import TorchEncoder, default_model, load_encoder
from examgen.errors import ModelError

__all__ = ["BACKENDS", "Encoder", "default_model", "load_encoder", "open_encoder"]


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


# What can run a model, each as what opens it by name and device.
BACKENDS: dict[str, Callable[[str | None, str], Encoder]] = {
    "torch": lambda name, device: TorchEncoder(load_encoder(name, device)),
}


class UniqueEncoder:
    """An encoder that asks another for each different text once."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.fingerprint = encoder.fingerprint

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        vectors = self.encoder.encode(list(places))
        return vectors[[places[text] for text in texts]] if len(places) < len(texts) else vectors


def open_encoder(name: str | None = None, device: str = "auto", backend: str = "torch", cache: bool = True) -> Encoder:
    """Open the encoder that all steps use: one that embeds each different text once, in batches of like length.

    Args:
        name: see `load_encoder`.
        device: see `load_encoder`.
        backend: a key of `BACKENDS`.
        cache: keep the vectors between runs, in the user's cache.

    Raises:
        ModelError: see `load_encoder`; or there is no such backend.
        MissingDependencyError: the package of the model or of the backend is not installed.
    """
    if backend not in BACKENDS:
        raise ModelError(f"there is no backend {backend!r}", f"Name one of {', '.join(BACKENDS)}.")
    return UniqueEncoder(BACKENDS[backend](name, device))
