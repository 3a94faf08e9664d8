"""Documents into items: one parser for each kind of file, named in `PARSERS`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from examgen.errors import ParseError
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.prose import NO_QUESTIONS, NO_QUESTIONS_FIX, parse_prose
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


def _text(path: Path, prefix: str) -> Parsed:
    return parse_prose(read_text(path), path=str(path), document=path.name, prefix=prefix)


# Suffix -> parser. A parser takes the path and the beginning of the items' ids.
PARSERS: dict[str, Parser] = {
    ".md": _text,
    ".markdown": _text,
    ".txt": _text,
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
    parser = PARSERS.get(path.suffix.lower(), _text)
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
