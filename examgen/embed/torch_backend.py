"""The backend ``torch``: any model of sentence-transformers, on CPU, CUDA or MPS, in float32, bfloat16 or float16."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from examgen.embed.batching import CPU_TEXTS, CPU_TOKENS, batches, estimated_tokens
from examgen.embed.models import Located, load_encoder, locate, pick_device

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

T = TypeVar("T")
# Places of texts, and what the tokenizer makes of them.
Batch = tuple[list[int], dict[str, Any]]
# A GPU wants more at once than a processor; where its memory does not hold so many tokens, half as many.
GPU_TOKENS, GPU_TEXTS = 98_304, 2048
# A device whose memory does not hold so many tokens holds no model either.
SMALLEST = 512
# What no tokenizer reads into one token; keeps a text of a megabyte from being tokenised whole.
CHARACTERS_PER_TOKEN = 32
# Batches that are tokenised while the model is busy with another.
AHEAD = 4


class TorchEncoder:
    """An `Encoder` over a SentenceTransformer, which is loaded when the first text comes."""

    def __init__(
        self, located: Located, device: str = "auto", dtype: str = "float32", overlap: bool | None = None
    ) -> None:
        """Prepare to load a model.

        Args:
            located: the model.
            device: see `load_encoder`.
            dtype: a floating type of torch, by name.
            overlap: tokenise in a thread while the model is busy; None for where the model has a device of its own.
        """
        self.located, self.device, self.dtype, self.overlap = located, device, dtype, overlap
        self.fingerprint = located.fingerprint if dtype == "float32" else f"{located.fingerprint}-{dtype}"
        self._gpu_tokens = GPU_TOKENS
        if device not in ("auto", "cpu"):
            pick_device(device)  # says at once that there is no such device

    @functools.cached_property
    def model(self) -> SentenceTransformer:
        """The model itself, ready on its device."""
        import torch

        model = load_encoder(str(self.located.folder), self.device)
        return model.to(dtype=getattr(torch, self.dtype)).eval()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        import torch

        model = self.model
        if not texts:
            return np.empty((0, model.get_embedding_dimension() or 0), np.float32)
        limit = (model.max_seq_length or 0) * CHARACTERS_PER_TOKEN or None
        texts = [text[:limit] for text in texts]
        done: list[Any] = []
        order: list[int] = []
        with torch.inference_mode():
            while len(order) < len(texts):
                try:
                    with contextlib.closing(self._batches(texts, len(order))) as batched:
                        for places, features in batched:
                            vectors = model(features)["sentence_embedding"].float()
                            done.append(torch.nn.functional.normalize(vectors, dim=1))
                            order += places
                except torch.OutOfMemoryError:
                    if self._gpu_tokens < SMALLEST:
                        raise
                    self._gpu_tokens //= 2
                    torch.cuda.empty_cache()
            rows = torch.cat(done).cpu().numpy()
        in_order: NDArray[np.float32] = np.empty_like(rows)
        in_order[order] = rows
        return in_order

    def _batches(self, texts: list[str], start: int) -> Generator[Batch, None, None]:
        """Tokenised batches on the model's device, from the text at ``start`` on, counted from the longest."""
        device = self.model.device
        ready = self._tokenised(texts, start, device.type)
        overlap = device.type != "cpu" if self.overlap is None else self.overlap
        with contextlib.closing(_ahead(ready) if overlap else ready) as batched:
            for places, features in batched:
                yield places, {name: _moved(value, device) for name, value in features.items()}

    def _tokenised(self, texts: list[str], start: int, device: str) -> Generator[Batch, None, None]:
        lengths = self._lengths(texts) if device == "cpu" else [estimated_tokens(text) for text in texts]
        for places in batches(lengths, *self._room(device), start):
            batch = [texts[place] for place in places]
            features = self.model.preprocess(batch, prompt=self.located.prompt or None)
            yield places, {name: _pinned(value) if device == "cuda" else value for name, value in features.items()}

    def _lengths(self, texts: list[str]) -> list[int]:
        """Tokens of texts, at least about: with guessed lengths a fifth of what a processor computes is padding."""
        tokenizer: Any = getattr(self.model, "tokenizer", None)
        if getattr(tokenizer, "backend_tokenizer", None) is None:
            return [estimated_tokens(text) for text in texts]
        limit = self.model.max_seq_length
        ids = tokenizer([f"{self.located.prompt}{text}" for text in texts], truncation=bool(limit), max_length=limit)
        return [len(row) for row in ids["input_ids"]]

    def _room(self, device: str) -> tuple[int, int]:
        """How many tokens and texts go into one batch."""
        return (self._gpu_tokens, GPU_TEXTS) if device == "cuda" else (CPU_TOKENS, CPU_TEXTS)


def _ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """The same items, made in a thread while the consumer is busy with the ones before."""
    ready: queue.Queue[tuple[bool, Any]] = queue.Queue(AHEAD)
    stop = threading.Event()

    def produce() -> None:
        try:
            for item in items:
                ready.put((True, item))
                if stop.is_set():
                    return
            ready.put((False, None))
        except BaseException as error:  # raised again where the items are used
            ready.put((False, error))

    thread = threading.Thread(target=produce, daemon=True)
    thread.start()
    try:
        while (received := ready.get())[0]:
            yield received[1]
        if received[1] is not None:
            raise received[1]
    finally:
        stop.set()
        while thread.is_alive():  # it may wait for a place in the queue
            with contextlib.suppress(queue.Empty):
                ready.get(timeout=0.05)


def _pinned(value: Any) -> Any:
    return value.pin_memory() if hasattr(value, "pin_memory") else value


def _moved(value: Any, device: Any) -> Any:
    return value.to(device, non_blocking=True) if hasattr(value, "to") else value


def open_torch(name: str | None, device: str, dtype: str = "float32") -> TorchEncoder:
    """Open a model by name; see `load_encoder`."""
    return TorchEncoder(locate(name), device, dtype)
