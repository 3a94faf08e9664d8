"""Pictures in questions: from beside a document into the bank's folder ``assets``, and from there into the exam's.

A text shows a picture as ``![words](NAME)``. In a bank and in an exam NAME is a file of the folder ``assets``, and
nothing else on disk can be shown, whatever a text asks for.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from examgen.errors import ContentError, ExamgenError, FileError
from examgen.model import Item
from examgen.records import read_bytes, write_bytes

FOLDER = "assets"
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
MAX_BYTES = 4 * 1024 * 1024
# A page in 600 dots an inch has 35 million; what unpacks to more would fill the memory.
MAX_PIXELS = 24_000_000
_FORMATS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
FIX = "Put a PNG, JPEG, GIF or WebP there, or take the picture out of the text."

# As Markdown has it, with or without pointed brackets and a title; what stands in code is none.
_SHOWN = re.compile(
    r"(?:^(`{3,}|~{3,}).*?(?:^\1|\Z)|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`))"
    r"|(!\[[^\]\n]*\]\(\s*)(?:<([^<>\n]+)>|([^\s()<>]+))(?=\s*(?:[\"'][^\n]*)?\))",
    re.DOTALL | re.MULTILINE,
)
_UNSAFE = re.compile(r"[^\w.-]+")


def check_picture(data: bytes, name: str, place: str) -> None:
    """Refuse what is no picture, or one that is too large.

    Raises:
        ContentError: says so.
    """
    from PIL import Image

    if len(data) > MAX_BYTES:
        found = f"the picture {name[:60]!r} has {len(data)} bytes, more than {MAX_BYTES}"
        raise ContentError(place, found, "Make it smaller.")
    try:
        # Only the head is read.
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            width, height = picture.size
    except Exception as error:  # Pillow raises many things for bad data
        found = f"the picture {name[:60]!r} cannot be read"
        raise ContentError(place, found, "Save it as PNG or JPEG.") from error
    if width * height > MAX_PIXELS:
        raise ContentError(place, f"the picture {name[:60]!r} has {width} x {height} pixels", "Make it smaller.")


def picture_format(data: bytes) -> str:
    """The format of a picture, as the name of a type and of a file has it: ``png``, ``jpeg``, ``gif`` or ``webp``."""
    return next((name for start, name in _FORMATS.items() if data.startswith(start)), "png")


def data_url(data: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/{picture_format(data)};base64,{base64.b64encode(data).decode('ascii')}"


def shown_names(item: Item) -> tuple[str, ...]:
    """The names by which an item's texts call pictures that are files, each once."""
    names: dict[str, None] = {}

    def note(name: str) -> str:
        names[name] = None
        return name

    _renamed(item.model_dump(mode="json"), note)
    return tuple(names)


def _renamed(data: Any, rename: Callable[[str], str]) -> Any:
    """A record with every picture in its texts called by another name."""
    if isinstance(data, dict):
        return {key: _renamed(value, rename) for key, value in data.items()}
    if isinstance(data, list):
        return [_renamed(value, rename) for value in data]
    if not isinstance(data, str) or "![" not in data:
        return data

    def replaced(match: re.Match[str]) -> str:
        name = match[4] or match[5]
        if not name or name.startswith("data:"):
            return match[0]
        new = rename(name)
        return match[0] if new == name else f"{match[3]}{new}"

    return _SHOWN.sub(replaced, data)


def read_asset(folder: Path, name: str, place: str) -> bytes:
    """The bytes of a picture in the folder ``assets`` of a bank or an exam.

    Args:
        folder: Of the bank or the exam.
        name: As the text has it: ``curve.png`` or ``assets/curve.png``.
        place: Whose text it is, for the message.

    Raises:
        ContentError: there is no such file in there, or it is no picture that can be printed.
    """
    return _read(folder / FOLDER, name.removeprefix(f"{FOLDER}/"), f"the folder {folder / FOLDER}", place)


def _read(folder: Path, name: str, folder_in_words: str, place: str) -> bytes:
    # Many editors write the name as an address has it: my%20curve.png.
    file = next((folder / one for one in (name, unquote(name)) if _is_inside(folder / one, folder)), None)
    if file is None:
        raise ContentError(place, f"the picture {name[:60]!r} is not in {folder_in_words}", FIX)
    try:
        data = read_bytes(file, MAX_BYTES)
    except FileError as error:
        raise ContentError(place, f"the picture {name[:60]!r}: {error.found}", error.fix) from error
    check_picture(data, name, place)
    return data


def _is_inside(file: Path, folder: Path) -> bool:
    try:
        inside = "\0" not in str(file) and file.resolve().is_relative_to(folder.resolve())
        return inside and file.suffix.lower() in SUFFIXES and file.is_file()
    except (OSError, RuntimeError, ValueError):  # a name that the file system does not take, or a ring of links
        return False


def asset_name(name: str) -> str:
    """The name of a picture's file in ``assets``."""
    return unquote(name).removeprefix(f"{FOLDER}/")


def pictures_of(items: Iterable[Item], folder: Path) -> dict[str, bytes]:
    """The pictures that items of a bank show.

    Args:
        items: Whose texts are looked at.
        folder: Of the bank.

    Returns:
        File name in ``assets`` -> bytes.

    Raises:
        ContentError: as `read_asset`.
    """
    found: dict[str, bytes] = {}
    for item in items:
        for name in shown_names(item):
            if asset_name(name) not in found:
                found[asset_name(name)] = read_asset(folder, name, f"item {item.id}")
    return dict(sorted(found.items()))


def sha256s(pictures: Mapping[str, bytes]) -> dict[str, str]:
    """The hash of every picture."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()}


def write_assets(pictures: Mapping[str, bytes], folder: Path) -> None:
    """Write pictures into the folder ``assets`` of a bank or an exam."""
    for name, data in pictures.items():
        file = folder / FOLDER / name
        if not file.is_file() or file.read_bytes() != data:
            write_bytes(file, data)


def take_pictures(item: Item, folder: Path) -> tuple[Item, dict[str, bytes], list[ExamgenError]]:
    """Take along the pictures of an item that was read from a document.

    Args:
        item: As it was read.
        folder: Where the document is; only files in there are taken.

    Returns:
        The item, which calls its pictures by the names that they have in a bank; the pictures by those names; and what
        is wrong with the others, which keep their names. A name holds a part of the picture's hash: two documents may
        each have a ``figure1.png``.
    """
    pictures: dict[str, bytes] = {}
    problems: list[ExamgenError] = []

    def rename(name: str) -> str:
        try:
            data = _read(folder, name, "the document's folder", f"item {item.id}")
        except ContentError as error:
            problems.append(error)
            return name
        path = Path(unquote(name))
        stem = _UNSAFE.sub("-", path.stem).strip("-.")[:40] or "picture"
        new = f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}{path.suffix.lower()}"
        pictures[new] = data
        return new

    data = item.model_dump(mode="json")
    renamed = _renamed(data, rename)
    return (Item.model_validate(renamed) if renamed != data else item), pictures, problems
