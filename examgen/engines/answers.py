"""Answers as a stream of rows, from CSV, TSV, JSONL, Parquet, a folder of them, or standard input.

Memory stays bounded by the longest row. What is wrong with one row becomes
that row's ``problem`` and harms no other; what is wrong with the file as a
whole, such as a missing column, is an error.
"""

from __future__ import annotations

import csv
import functools
import json
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from examgen.errors import FileError, MissingDependencyError
from examgen.model import Grade
from examgen.records import MAX_LINE_CHARS

COLUMNS = ("candidate_id", "item_id", "answer")
STDIN = "-"
DELIMITERS = ",;\t"
# A column of the answers with the name of one of the grade's own fields passes through under this prefix.
GIVEN = "given_"
# Numbered lines with their ends, and the name of what they come from, to rows.
_Reader = Callable[[Iterable[tuple[int, bytes]], str], Iterator["Row"]]
_SURROGATE = re.compile("[\ud800-\udfff]")


class Row(NamedTuple):
    """One answer as it was read."""

    place: str
    """File and line, for people."""
    candidate_id: str
    item_id: str
    answer: str
    extra: dict[str, Any]
    """The other columns, which pass through to the grade."""
    problem: str = ""
    """Why the row cannot be graded; empty for a good one."""


def read_answers(source: str) -> Iterator[Row]:
    """Stream the rows of a file, of all files of a folder in the order of their names, or of ``-``.

    Raises:
        FileError: a file is missing, empty, of an unknown format, or lacks a column.
        MissingDependencyError: pyarrow is not installed and a file is Parquet.
    """
    if source == STDIN:
        yield from _read_stream(sys.stdin.buffer, "<stdin>", _sniffed)
        return
    path = Path(source)
    if not path.is_dir():
        yield from _read_file(path)
        return
    files = [file for file in sorted(path.iterdir()) if file.suffix.lower() in FORMATS and file.name[0] not in "._"]
    if not files:
        raise FileError(source, None, "holds no answers", f"Give a folder with {_suffixes()} files.")
    for file in files:
        yield from _read_file(file)


def count_answers(source: str) -> int | None:
    """About how many rows there are, for a progress bar; None where only reading would tell."""
    path = Path(source)
    if source == STDIN:
        return None
    files = [file for file in path.iterdir() if file.suffix.lower() in FORMATS] if path.is_dir() else [path]
    total = 0
    for file in files:
        if file.suffix.lower() == ".parquet":
            total += int(_parquet(file).metadata.num_rows)
            continue
        try:
            with file.open("rb") as stream:
                total += _count_rows(stream, quoted=file.suffix.lower() == ".csv")
        except OSError:
            return None
    return total


def _count_rows(stream: BinaryIO, *, quoted: bool) -> int:
    """Line ends, without those inside the quotes of a CSV file: an answer may have many lines."""
    total, inside = 0, False
    while block := stream.read(1 << 20):
        for number, part in enumerate(block.split(b'"') if quoted else [block]):
            inside ^= number > 0
            total += 0 if inside else part.count(b"\n")
    return total


def _read_file(path: Path) -> Iterator[Row]:
    if not path.is_file():
        raise FileError(str(path), None, "is not there", "Check the path.")
    read = FORMATS.get(path.suffix.lower())
    if read is None:
        raise FileError(str(path), None, f"has the unknown ending {path.suffix!r}", f"Give {_suffixes()}, or '-'.")
    yield from read(path)


def _read_text(path: Path, read: _Reader) -> Iterator[Row]:
    try:
        with path.open("rb") as stream:
            yield from _read_stream(stream, str(path), read)
    except OSError as error:
        raise FileError(str(path), None, f"cannot be read: {error.strerror}", "Check the path.") from error


def _read_stream(stream: BinaryIO, name: str, read: _Reader) -> Iterator[Row]:
    empty = True
    for row in read(_lines(stream, name), name):
        empty = False
        yield row
    if empty:
        raise FileError(name, None, "holds no answers", f"It needs the columns {', '.join(COLUMNS)} and rows.")


def _place(name: str, number: int) -> str:
    """For the grade's reason: without folders, so that the same answers give the same grades wherever they lie."""
    return f"{_last(name)}:{number}"


@functools.lru_cache(8)
def _last(name: str) -> str:
    return Path(name).name


def _lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Numbered lines with their ends; of one beyond all measure, the beginning."""
    number = 0
    while line := stream.readline(MAX_LINE_CHARS):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise FileError(name, None, "is UTF-16 text", "Save it as UTF-8.")
        yield number, line
        while len(line) == MAX_LINE_CHARS and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_CHARS)


def _decoded(line: bytes) -> str | None:
    """A line in UTF-8 or, as Excel in China writes it, GB18030."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _sniffed(lines: Iterable[tuple[int, bytes]], name: str) -> Iterator[Row]:
    """Rows of standard input: JSONL where the first line starts an object, else CSV."""
    numbered = iter(lines)
    first = next(numbered, None)
    if first is None:
        return
    read = _read_jsonl if first[1].lstrip().startswith(b"{") else _read_csv
    yield from read(_again([first], numbered), name)


def _again(first: Iterable[tuple[int, Any]], rest: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    yield from first
    yield from rest


def _read_jsonl(lines: Iterable[tuple[int, bytes]], name: str) -> Iterator[Row]:
    for number, line in lines:
        if not line.strip():
            continue
        place = _place(name, number)
        text = _decoded(line)
        if text is None or len(line) >= MAX_LINE_CHARS:
            yield Row(place, "", "", "", {}, "the line is not text" if text is None else "the line is endless")
            continue
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            problem = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            yield Row(place, "", "", "", {}, f"the line is not JSON: {problem}")
            continue
        if not isinstance(data, dict):
            yield Row(place, "", "", "", {}, "the line is not a JSON object")
            continue
        yield make_row(place, data)


def make_row(place: str, data: dict[str, Any]) -> Row:
    """A row of loose data; what it lacks is its problem.

    Numbers stand for themselves, lists and objects for their JSON, and an
    absent or null answer for an empty one.
    """
    candidate_id, item_id, answer = (_text(data.pop(column, None)) for column in COLUMNS)
    problem = "" if item_id else "the row has no item_id"
    return Row(place, candidate_id, item_id, answer, _extra(data) if data else data, problem)


def _text(value: object) -> str:
    if type(value) is str:
        # Half a surrogate pair is no character and cannot be written; what stands in for it keeps the offsets.
        return value if value.isascii() or not _SURROGATE.search(value) else _SURROGATE.sub("\ufffd", value)
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        return _text(json.dumps(value, ensure_ascii=False))
    return _text(str(value))


_OWN_FIELDS = frozenset(Grade.model_fields)


def _extra(data: dict[Any, Any]) -> dict[str, Any]:
    """The columns that pass through, as what JSON can hold."""
    named = {f"{GIVEN}{name}" if name in _OWN_FIELDS else _text(name): value for name, value in data.items()}
    return {
        name: _text(value) if isinstance(value, str) else value if _is_plain(value) else _jsonable(value)
        for name, value in named.items()
    }


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and abs(value) < float("inf"))


def _jsonable(value: object) -> Any:
    """JSON has no NaN, dates or decimals: these pass through as text."""
    if isinstance(value, dict):
        return {_text(key): _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(inner) for inner in value]
    return value if _is_plain(value) else _text(str(value))


class _Feed:
    """Lines of text for `csv.reader`, which remembers the lines of the record at hand and takes some back."""

    def __init__(self, lines: Iterable[tuple[int, bytes]]) -> None:
        self.waiting: deque[tuple[int, str]] = deque()
        self.lines = iter(lines)
        self.record: list[tuple[int, str]] = []
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.waiting:
            number, text = self.waiting.popleft()
        else:
            number, line = next(self.lines)
            text = _decoded(line) or "\ufffd"
        self.record.append((number, text))
        self.size += len(text)
        if self.size > MAX_LINE_CHARS:
            raise csv.Error("the record is endless")
        return text

    def start(self) -> None:
        """Forget the last record; a new one begins."""
        self.record, self.size = [], 0

    def take_back(self) -> tuple[int, str]:
        """Give the first line of the record, and have the others read again as records of their own."""
        first, *others = self.record
        self.waiting.extendleft(reversed(others))
        return first


def _read_csv(lines: Iterable[tuple[int, bytes]], name: str, delimiter: str = "") -> Iterator[Row]:
    csv.field_size_limit(MAX_LINE_CHARS)
    feed = _Feed(lines)
    header = next(feed, "")
    feed.start()
    delimiter = delimiter or max(DELIMITERS, key=header.count)
    columns = [column.strip() for column in next(csv.reader([header], delimiter=delimiter), [])]
    missing = [column for column in COLUMNS if column not in columns]
    if header.strip() and missing:
        found = ", ".join(columns)[:100]
        raise FileError(name, 1, f"lacks the column {missing[0]} among {found}", f"Name {', '.join(COLUMNS)} there.")
    if double := next((column for column in COLUMNS if columns.count(column) > 1), ""):
        raise FileError(name, 1, f"has the column {double} twice", "Rename one of them.")
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.start()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # An unclosed quote has swallowed the lines after it; they get their own chance.
            number, line = feed.take_back()
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            known = dict(zip(columns, _loosely(line, delimiter), strict=False))
            yield Row(
                _place(name, number),
                known.get("candidate_id", ""),
                known.get("item_id", ""),
                "",
                {},
                f"the row is broken CSV: {_quoting(error)}",
            )
            continue
        if not fields:
            continue
        place = _place(name, feed.record[0][0])
        data: dict[str, Any] = dict(zip(columns, fields, strict=False))
        if len(fields) != len(columns):
            yield Row(
                place,
                data.get("candidate_id", ""),
                data.get("item_id", ""),
                "",
                {},
                f"the row has {len(fields)} fields, the header {len(columns)}; an answer with commas needs quotes",
            )
            continue
        yield make_row(place, data)


def _loosely(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _quoting(error: csv.Error) -> str:
    if "unexpected end of data" in str(error) or "endless" in str(error):
        return "a quote is opened and never closed"
    return "quotes inside a quoted field must be doubled" if "expected after" in str(error) else str(error)


def _read_parquet(path: Path) -> Iterator[Row]:
    file = _parquet(path)
    missing = [column for column in COLUMNS if column not in file.schema_arrow.names]
    if missing:
        found = ", ".join(file.schema_arrow.names)[:100]
        raise FileError(
            str(path), None, f"lacks the column {missing[0]} among {found}", f"Name {', '.join(COLUMNS)} there."
        )
    number = 0
    for batch in file.iter_batches(batch_size=1024):
        for data in batch.to_pylist():
            number += 1
            yield make_row(_place(str(path), number), data)
    if not number:
        raise FileError(str(path), None, "holds no answers", "Give a file with rows.")


def _parquet(path: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingDependencyError(
            f"{path}: Parquet needs the package pyarrow, which is not installed",
            "Run: pip install 'openexamgen[parquet]'",
        ) from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise FileError(
            str(path), None, f"cannot be read as Parquet: {str(error).splitlines()[0]}", "Check the file."
        ) from error


# Ending of a file -> what reads it.
FORMATS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": functools.partial(_read_text, read=_read_csv),
    ".tsv": functools.partial(_read_text, read=functools.partial(_read_csv, delimiter="\t")),
    ".jsonl": functools.partial(_read_text, read=_read_jsonl),
    ".ndjson": functools.partial(_read_text, read=_read_jsonl),
    ".parquet": _read_parquet,
}


def _suffixes() -> str:
    return ", ".join(FORMATS)
