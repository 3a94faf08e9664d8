"""JSON: items as this program writes them, or objects with named fields as others do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from examgen.errors import ParseError
from examgen.model import Item, Source
from examgen.parse.chat import read_conversation
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.rows import loose_row, row_item
from examgen.records import explain, read_json, read_text

# What only our own records have, so that a broken one is reported and not read as another's.
OURS = {"id", "kind", "question"}
UNKNOWN_FIELD = "the field {!r} is of no known meaning and was left out"
RENAME = "Rename it, for example to 'question', 'answer' or 'explanation', or leave it."
SILENT_ROLE = "the message of the role {!r} neither asks nor answers and was left out"
MOVE = "Leave it, or write it into the question."
MEND = "Mend that line; the other lines are read."


def parse_jsonl(path: Path, prefix: str) -> Parsed:
    """Read one JSON object a line. Items that this program wrote come back unchanged.

    Raises:
        FileError: the file is missing or is no text.
    """
    return _records(_lines(read_text(path)), path, prefix)


def parse_json(path: Path, prefix: str) -> Parsed:
    """Read a JSON list of such objects, or an object that holds one list.

    Raises:
        FileError: the file is missing or is not JSON.
        ParseError: it holds no list of objects.
    """
    data = read_json(path)
    talk = {"messages": data} if isinstance(data, list) else data
    if isinstance(talk, dict) and read_conversation(talk):
        data = [talk]
    elif isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        data = lists[0] if len(lists) == 1 else [data]
    if not isinstance(data, list):
        raise ParseError(str(path), 1, "holds no list of questions", 'Give a list of objects such as {"question": …}.')
    return _records(((number, "", record) for number, record in enumerate(data, 1)), path, prefix)


def _lines(text: str) -> Iterator[tuple[int, str, Any]]:
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        if not line.strip():
            yield number, line, None
            continue
        try:
            yield number, line, json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            yield number, line, error


def _records(records: Iterable[tuple[int, str, Any]], path: Path, prefix: str) -> Parsed:
    items: list[Item] = []
    problems: list[Problem] = []
    lines: list[Traced] = []
    left_out: dict[tuple[str, str], int] = {}
    for number, text, record in records:
        before = len(items)
        if isinstance(record, dict):
            read = _read(record, path.name, prefix, before + 1, number)
            items += read.items
            problems += (Problem(str(path), number, found, fix) for found, fix in read.faults)
            for fault in read.left_out:
                left_out.setdefault(fault, number)
        elif record is not None:
            found = f"is not JSON: {record.msg}" if isinstance(record, json.JSONDecodeError) else "is not a JSON object"
            problems.append(Problem(str(path), number, found, MEND))
        if len(items) == before:
            lines.append(Traced(number, Rule.BLANK if record is None else Rule.UNKNOWN, 0, text))
        # The text stands with its first item; the others of a conversation show the same line.
        owners = range(before + 1, len(items) + 1)
        lines += (Traced(number, Rule.QUESTION, at, text if at == before + 1 else "") for at in owners)
    problems += (Problem(str(path), number, found, fix) for (found, fix), number in left_out.items())
    return Parsed(tuple(items), tuple(problems), tuple(lines))


@dataclass
class _Read:
    """What one record gave."""

    items: list[Item] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    """What is wrong with it, and what to do."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """What of it neither asks nor answers, and what to do; said once for all records."""


def _read(record: dict[str, Any], document: str, prefix: str, ordinal: int, line: int) -> _Read:
    """The items of an object."""
    if record.keys() >= OURS and record.keys() <= Item.model_fields.keys():
        try:
            return _Read([Item.model_validate(record)])
        except ValidationError as error:
            return _Read(faults=[(explain(error), MEND)])
    read = _Read()
    if conversation := read_conversation(record):
        rows = [{"question": question, "reference": answer} for question, answer in conversation.turns]
        read.left_out = [_unknown(name) for name in conversation.unknown]
        read.left_out += [(SILENT_ROLE.format(role), MOVE) for role in conversation.silent]
    else:
        row, unknown = loose_row(record)
        rows = [row] if "question" in row or "title" in row else []
        read.left_out = [_unknown(name) for name in unknown if rows]
    if not rows:
        read.faults.append(("holds no question", MEND))
    for number, row in enumerate(rows, ordinal):
        source = Source(document=document, number=number, line=line)
        built = row_item(row, item_id=f"{prefix}-{number:02d}", source=source)
        read.items.append(built.item)
        for found, fix in built.faults[:1]:
            read.faults.append((f"question {built.item.label or number} {found}", fix))
    return read


def _unknown(name: str) -> tuple[str, str]:
    return UNKNOWN_FIELD.format(name), RENAME
