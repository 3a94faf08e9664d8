"""Files in and out: atomic writes, and reading that names the line at fault."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from examgen.errors import ExamgenError, FileError

Record = TypeVar("Record", bound=BaseModel)

# Beyond any real document or answer file line; keeps a hostile file from filling the memory.
MAX_TEXT_BYTES = 256 * 1024 * 1024
MAX_LINE_CHARS = 32 * 1024 * 1024


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target`` and rename it to ``target`` when the block succeeds.

    A reader sees the old file or the new one, never a part. On an error the
    temporary file is removed and ``target`` stays as it was.

    Raises:
        FileError: the folder cannot be written, or the disk is full.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}.", suffix=".tmp")
    except OSError as error:
        raise FileError(str(target), None, f"cannot be written: {error.strerror}", "Choose another place.") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise FileError(
            str(target), None, f"cannot be written: {error.strerror}", "Free the place, then run again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically, with ``\\n`` line ends."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_json(path: Path, data: Any) -> None:
    """Write JSON atomically, in readable form: UTF-8, two spaces, keys in the given order."""
    write_text(path, json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_jsonl(path: Path, records: Iterable[BaseModel]) -> int:
    """Write one JSON object a line, atomically and without holding them all; return how many."""
    count = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as lines:
        for record in records:
            lines.write(to_json(record) + "\n")
            count += 1
    return count


def to_json(record: BaseModel) -> str:
    """One line of JSON."""
    return record.model_dump_json()


def read_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Read a whole file.

    Raises:
        FileError: it is missing, a folder, unreadable, or larger than ``limit`` bytes.
    """
    try:
        size = path.stat().st_size
        if size > limit:
            raise FileError(str(path), None, f"has {size} bytes, more than the {limit} allowed", "Split it.")
        return path.read_bytes()
    except OSError as error:
        raise FileError(str(path), None, f"cannot be read: {error.strerror}", "Check the path.") from error


def read_text(path: Path) -> str:
    """Read text in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030; line ends become ``\\n``.

    Raises:
        FileError: the file is missing, or is binary.
    """
    data = read_bytes(path)
    return decode(data, str(path))


def decode(data: bytes, name: str) -> str:
    """Turn the bytes of a text file into text; see `read_text`."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    elif b"\0" in data:
        raise FileError(name, None, "is a binary file", "Give a text document.")
    else:
        encodings = ("utf-8-sig", "gb18030")  # type: ignore[assignment]
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise FileError(name, None, "is neither UTF-8 nor GB18030 text", "Save it as UTF-8.")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        FileError: it is missing or is not TOML; tomllib's message names the line.
    """
    try:
        return tomllib.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise FileError(str(path), None, f"is not valid TOML: {error}", "Mend that line.") from error


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        FileError: it is missing or is not JSON, with the line.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise FileError(str(path), error.lineno, f"is not valid JSON: {error.msg}", "Mend that line.") from error
    except RecursionError as error:
        raise FileError(str(path), None, "is nested too deeply", "Give a plain JSON file.") from error


def iter_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Stream the numbered, non-blank lines of a UTF-8 file in bounded memory.

    Raises:
        FileError: the file is missing, is not UTF-8, or has an endless line.
    """
    try:
        with path.open("rb") as lines:
            number = 0
            while raw := lines.readline(MAX_LINE_CHARS + 1):
                number += 1
                if len(raw) > MAX_LINE_CHARS:
                    raise FileError(str(path), number, f"the line is longer than {MAX_LINE_CHARS} bytes", "Split it.")
                try:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise FileError(str(path), number, "the line is not UTF-8", "Save the file as UTF-8.") from error
                if text.strip():
                    yield number, text
    except OSError as error:
        raise FileError(str(path), None, f"cannot be read: {error.strerror}", "Check the path.") from error


def read_jsonl(path: Path, model: type[Record]) -> Iterator[Record]:
    """Stream the records of a JSONL file.

    Raises:
        FileError: a line is not JSON or breaks the model, with its line and field.
    """
    for number, line in iter_lines(path):
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            raise FileError(str(path), number, explain(error), "Mend that line.") from error


def explain(error: ValidationError) -> str:
    """The first complaint of a pydantic error, as ``field: what is wrong``."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"{where}: {message}" if where else message


def validated(model: type[Record], data: Any, path: Path, line: int | None = None) -> Record:
    """Make a record of loose data.

    Raises:
        FileError: the data breaks the model, with the field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FileError(str(path), line, explain(error), "Mend that field.") from error


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ExamgenError(f"{path}: cannot be read: {error.strerror}") from error


# A spreadsheet runs a cell that starts with one of these as a formula.
FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def csv_safe(text: str) -> str:
    """Text for a CSV cell: a leading apostrophe keeps a spreadsheet from running it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_START) else text
