"""JSON: items as this program writes them, or objects with named fields as others do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from examgen.errors import ParseError
from examgen.model import Item, Source
from examgen.parse.document import Parsed, Problem, Rule, Traced
from examgen.parse.rows import loose_row, row_item
from examgen.records import explain, read_json, read_text

# What only our own records have, so that a broken one is reported and not read as another's.
OURS = {"id", "kind", "question"}
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
    if isinstance(data, dict):
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
    unknown: dict[str, int] = {}
    for number, text, record in records:
        item, found = None, ""
        if isinstance(record, dict):
            item, found, fix, left_out = _item(record, path.name, prefix, len(items) + 1, number)
            for name in left_out:
                unknown.setdefault(name, number)
            if found:
                problems.append(Problem(str(path), number, found, fix))
        elif record is not None:
            found = f"is not JSON: {record.msg}" if isinstance(record, json.JSONDecodeError) else "is not a JSON object"
            problems.append(Problem(str(path), number, found, MEND))
        if item is not None:
            items.append(item)
        blank = record is None
        rule = Rule.QUESTION if item is not None else Rule.BLANK if blank else Rule.UNKNOWN
        lines.append(Traced(number, rule, len(items) if item is not None else 0, text))
    for name, number in unknown.items():
        fix = "Rename it, for example to 'question', 'answer' or 'explanation', or leave it."
        problems.append(Problem(str(path), number, f"the field {name!r} is of no known meaning and was left out", fix))
    return Parsed(tuple(items), tuple(problems), tuple(lines))


def _item(
    record: dict[str, Any], document: str, prefix: str, ordinal: int, line: int
) -> tuple[Item | None, str, str, list[str]]:
    """The item of an object; what is wrong with it and what to do; and the fields that say nothing."""
    if record.keys() >= OURS and record.keys() <= Item.model_fields.keys():
        try:
            return Item.model_validate(record), "", "", []
        except ValidationError as error:
            return None, explain(error), MEND, []
    row, unknown = loose_row(record)
    if "question" not in row and "title" not in row:
        return None, "holds no question", MEND, []
    source = Source(document=document, number=ordinal, line=line)
    built = row_item(row, item_id=f"{prefix}-{ordinal:02d}", source=source)
    found, fix = built.faults[0] if built.faults else ("", "")
    return built.item, f"question {built.item.label or ordinal} {found}" if found else "", fix, unknown
