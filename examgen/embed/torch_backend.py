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

from examgen.embed.models import Located, load_encoder, locate, pick_device

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

T = TypeVar("T")
# The smaller the batch, the less padding: on 2 cores, 32 is 1.1 times as fast as 128 (docs/scale.md).
CPU_BATCH = 32
# A GPU wants more at once. So many characters in a batch, padding counted, and so many texts at most; where the
# memory does not hold them, half as many.
GPU_CHARACTERS, GPU_BATCH = 131_072, 2048
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
        self._characters = GPU_CHARACTERS
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
        # The longest first: what does not fit into memory shows at once, and a batch holds texts of like length.
        order = sorted(range(len(texts)), key=lambda place: (-len(texts[place]), place))
        done: list[Any] = []
        count = 0
        with torch.inference_mode():
            while count < len(order):
                try:
                    with contextlib.closing(self._batches([texts[place] for place in order[count:]])) as batches:
                        for size, features in batches:
                            vectors = model(features)["sentence_embedding"].float()
                            done.append(torch.nn.functional.normalize(vectors, dim=1))
                            count += size
                except torch.OutOfMemoryError:
                    if self._characters < 1024:
                        raise
                    self._characters //= 2
                    torch.cuda.empty_cache()
            rows = torch.cat(done).cpu().numpy()
        in_order: NDArray[np.float32] = np.empty_like(rows)
        in_order[order] = rows
        return in_order

    def _batches(self, texts: list[str]) -> Generator[tuple[int, dict[str, Any]], None, None]:
        """Tokenised batches on the model's device, each with its size."""
        device = self.model.device
        ready = self._tokenised(texts, device.type)
        overlap = device.type != "cpu" if self.overlap is None else self.overlap
        with contextlib.closing(_ahead(ready) if overlap else ready) as batches:
            for size, features in batches:
                yield size, {name: _moved(value, device) for name, value in features.items()}

    def _tokenised(self, texts: list[str], device: str) -> Generator[tuple[int, dict[str, Any]], None, None]:
        start = 0
        while start < len(texts):
            batch = texts[start : start + self._batch_size(len(texts[start]), device)]
            features = self.model.preprocess(batch, prompt=self.located.prompt or None)
            yield len(batch), {name: _pinned(value) if device == "cuda" else value for name, value in features.items()}
            start += len(batch)

    def _batch_size(self, characters: int, device: str) -> int:
        """How many texts of at most that many characters go into one batch."""
        if device != "cuda":
            return CPU_BATCH
        return max(1, min(GPU_BATCH, self._characters // max(characters, 16)))


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
