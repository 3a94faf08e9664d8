"""Documents into items: one parser for each kind of file, named in `PARSERS`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from examgen.bank import FENCE, parse_item
from examgen.errors import FileError, ParseError
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.docx import parse_docx
from examgen.parse.jsonl import parse_json, parse_jsonl
from examgen.parse.kinds import ADVICE, check_kind
from examgen.parse.prose import NO_QUESTIONS, NO_QUESTIONS_FIX, parse_prose
from examgen.parse.rows import read_header
from examgen.parse.tables import DIRECTIVE, delimiter_of, parse_csv, parse_csv_text
from examgen.parse.xlsx import parse_xlsx
from examgen.records import read_text

__all__ = [
    "NO_QUESTIONS",
    "NO_QUESTIONS_FIX",
    "PARSERS",
    "Parsed",
    "Problem",
    "Rule",
    "Traced",
    "parse_document",
    "read_document",
    "read_documents",
]

Parser = Callable[[Path, str], Parsed]
MAX_PREFIX_CHARS = 80


def _markdown(path: Path, prefix: str) -> Parsed:
    return _text(read_text(path), path, prefix)


def _text(text: str, path: Path, prefix: str) -> Parsed:
    if text.startswith(f"{FENCE}\n"):
        item = parse_item(text, path)
        lines = text.removesuffix("\n").split("\n")
        traced = (Traced(at, Rule.QUESTION if line else Rule.BLANK, 1, line) for at, line in enumerate(lines, 1))
        return Parsed((item,), (), tuple(traced))
    return parse_prose(text, path=str(path), document=path.name, prefix=prefix)


def _sniffed(path: Path, prefix: str) -> Parsed:
    """A .txt may hold anything: what its first line looks like decides."""
    text = read_text(path)
    first = next((line for line in text.split("\n") if line.strip()), "")
    if first.startswith("{") and first.rstrip().endswith("}"):
        return parse_jsonl(path, prefix)
    delimiter = delimiter_of(first)
    names = [cell.strip().strip('"') for cell in first.split(delimiter)]
    header = read_header(names) if len(names) > 1 else None
    named = header and len(header.columns) > 1 and delimiter != "|"
    if named or DIRECTIVE.match(first):
        return parse_csv_text(text, str(path), path.name, prefix)
    return _text(text, path, prefix)


# Suffix -> parser. A parser takes the path and the beginning of the items' ids.
PARSERS: dict[str, Parser] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _sniffed,
    ".text": _sniffed,
    "": _sniffed,
    ".csv": parse_csv,
    ".tsv": parse_csv,
    ".xlsx": parse_xlsx,
    ".xlsm": parse_xlsx,
    ".xltx": parse_xlsx,
    ".docx": parse_docx,
    ".docm": parse_docx,
    ".dotx": parse_docx,
    ".jsonl": parse_jsonl,
    ".json": parse_json,
}


def parse_document(path: Path, *, prefix: str | None = None) -> Parsed:
    """Read the questions of a document.

    Args:
        path: Its suffix decides how it is read; see `PARSERS`.
        prefix: Beginning of the items' ids; the file's name by default.

    Returns:
        The items, in document order; the problems that a human should look at;
        and what became of every line.

    Raises:
        FileError: the file is missing, empty, binary, or of an unknown kind.
        ParseError: it holds no question.
    """
    parsed = read_document(path, prefix=prefix)
    if not parsed.items:
        raise ParseError(str(path), 1, NO_QUESTIONS, NO_QUESTIONS_FIX)
    return parsed


def read_document(path: Path, *, prefix: str | None = None) -> Parsed:
    """As `parse_document`, but a document without questions gives no items and no error."""
    parser = PARSERS.get(path.suffix.lower())
    if parser is None:
        kinds = ", ".join(suffix for suffix in PARSERS if suffix)
        fix = ADVICE.get(path.suffix.lower(), f"Save it as one of {kinds}.")
        raise FileError(str(path), None, f"is of a kind that is not read: {path.suffix}", fix)
    if path.is_file() and path.stat().st_size == 0:
        raise FileError(str(path), 1, "is empty", "Give a document with questions.")
    check_kind(path)
    return parser(path, prefix or id_prefix(path.stem))


def read_documents(paths: Sequence[Path]) -> list[Parsed]:
    """`read_document` for each; where two have the same name, their folders tell their items' ids apart."""
    return [read_document(path, prefix=prefix) for path, prefix in zip(paths, id_prefixes(paths), strict=True)]


def id_prefixes(paths: Sequence[Path]) -> list[str]:
    """Beginnings of ids, all different: file names, with as many folders as it takes to tell them apart."""
    absolute = [path.absolute() for path in paths]
    prefixes = [id_prefix(path.stem) for path in paths]
    for depth in range(1, 1 + max((len(path.parts) for path in absolute), default=0)):
        clashing = [at for at, prefix in enumerate(prefixes) if prefixes.count(prefix) > 1]
        if not clashing:
            return prefixes
        for at in clashing:
            names = [*absolute[at].parts[-depth - 1 : -1], absolute[at].name if depth > 1 else absolute[at].stem]
            prefixes[at] = id_prefix("-".join(names))
    return [prefix if prefixes.count(prefix) == 1 else f"{prefix}-{at + 1}" for at, prefix in enumerate(prefixes)]


def id_prefix(name: str) -> str:
    """The beginning of ids for a document: its name as far as an id can hold it.

    What ids cannot hold is made up for by a few hex digits, so 第一周 and 第二周 differ.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")
    if plain == name and len(plain) <= MAX_PREFIX_CHARS:
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{plain[:MAX_PREFIX_CHARS].strip('-._') or 'items'}-{digest}"
