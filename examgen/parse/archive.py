"""Office files are zip archives of XML: refuse the ones that were made to do harm, before any library opens them."""

from __future__ import annotations

import fnmatch
import zipfile
import zlib
from pathlib import Path

from examgen.errors import ParseError
from examgen.records import read_bytes

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 10_000
# A document type is where XML entities are declared; office programs never write one.
FORBIDDEN = tuple(
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)
CHUNK = 1024 * 1024
OVERLAP = 32


def check_archive(path: Path, kind: str, needs: str, *, limit: int = MAX_UNPACKED_BYTES) -> None:
    """Make sure that a file is an office document of the right kind and of sound size.

    Args:
        kind: In words, for the message: "a Word document".
        needs: Pattern of the name of the entry that makes it one.
        limit: Bytes that all entries together may unpack to.

    Raises:
        FileError: it is missing or too large.
        ParseError: it is no such document, unpacks to too much, or declares XML entities.
    """
    data = read_bytes(path, MAX_FILE_BYTES)
    if not data:
        raise ParseError(str(path), 1, "is empty", "Give a document with questions.")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if not any(fnmatch.fnmatchcase(entry.filename, needs) for entry in entries):
                raise ParseError(str(path), None, f"is not {kind}", "Save it again in that format.")
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > limit:
                raise _too_large(path, limit)
            unpacked = 0
            for entry in entries:
                unpacked += _check_entry(archive, entry, path, unpacked, limit)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ParseError(str(path), None, f"is not {kind}, or is damaged", "Save it again in that format.") from error


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, before: int, limit: int) -> int:
    """Unpack one entry without keeping it: the sizes in the directory of an archive may lie."""
    is_xml = entry.filename.endswith((".xml", ".rels", ".vml"))
    size = 0
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if before + size > limit:
                raise _too_large(path, limit)
            seen = tail + chunk
            if is_xml and any(word in seen for word in FORBIDDEN):
                found = f"declares XML entities in {entry.filename}"
                raise ParseError(str(path), None, found, "Office programs never do; save it again with one.")
            tail = seen[-OVERLAP:]
    return size


def _too_large(path: Path, limit: int) -> ParseError:
    return ParseError(str(path), None, f"unpacks to more than {limit} bytes", "Split it, or save the text alone.")
