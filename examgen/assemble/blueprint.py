"""Reading a blueprint, with the line that each of its wishes stands on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from examgen.errors import FileError
from examgen.model import Blueprint
from examgen.records import read_text, read_toml

Loc = tuple[str | int, ...]
_TABLE = re.compile(r"\s*\[(\[)?\s*([A-Za-z0-9_.\-\"' \u3400-\u9fff]+?)\s*\]?\]\s*(?:#.*)?")
_BARE_CHINESE = re.compile(r"^[ \t]*([\u3400-\u9fff]+)[ \t]*=", re.MULTILINE)
_KEY = re.compile(r"\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:\.\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*)?=")


class BlueprintError(FileError):
    """A blueprint asks for what cannot be: a line breaks the format, or the bank cannot give it."""


def load_blueprint(path: Path) -> Blueprint:
    """Read a blueprint.

    Raises:
        BlueprintError: a field is wrong, with its line.
        FileError: the file is missing or is not TOML.
    """
    text = read_text(path)
    try:
        data = read_toml(path)
    except FileError as error:
        if match := _BARE_CHINESE.search(text):
            line = text.count("\n", 0, match.start()) + 1
            fix = f'Put a Chinese key in quotes: "{match[1]}" ='
            raise BlueprintError(str(path), line, "TOML cannot read this line", fix) from error
        raise
    lines = field_lines(text)
    try:
        blueprint = Blueprint.model_validate(data)
    except ValidationError as error:
        loc, found, fix = _in_words(error)
        raise BlueprintError(str(path), line_of(lines, loc), found, fix) from error
    blueprint._path, blueprint._lines = str(path), lines
    _check_sections(blueprint)
    return blueprint


def _in_words(error: ValidationError) -> tuple[Loc, str, str]:
    """Where the first mistake is, what it is, and what to do about it, in words.

    Where a field may be a list or a table, pydantic complains of both; the complaint that got furthest is meant.
    """
    errors = [(_plain_loc(entry["loc"]), entry) for entry in error.errors(include_url=False)]
    same = [
        (loc, entry) for loc, entry in errors if loc[:3] == errors[0][0][:3] or errors[0][0] == loc[: len(errors[0][0])]
    ]
    loc, first = max(same, key=lambda pair: len(pair[0]))
    # Sections and constraints are counted from 1, as a reader counts them.
    where = f"{loc[0]} {int(loc[1]) + 1}: " if len(loc) > 1 and isinstance(loc[1], int) else ""
    field = ".".join(map(str, loc[2:] if where else loc))
    if first["type"] == "extra_forbidden":
        return loc, f"{where}there is no field {field!r}", "Leave it out or rename it."
    if first["type"] == "missing":
        fix = "Add a table [[section]] with kind and count." if loc == ("section",) else "Add it."
        return loc, f"{where}{field} is missing", fix
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return loc, f"{where}{field}: {message}" if field else f"{where}{message}", "Mend that line."


def _plain_loc(loc: Loc) -> Loc:
    """A location without pydantic's names for the members of a union."""
    return tuple(part for part in loc if not (isinstance(part, str) and ("[" in part or part == "TwoWayTable")))


def _check_sections(blueprint: Blueprint) -> None:
    ids = [section.id for section in blueprint.sections if section.id]
    for number, section in enumerate(blueprint.sections):
        if section.id and ids.count(section.id) > 1:
            raise blueprint_error(
                blueprint, ("section", number, "id"), f"two sections are called {section.id!r}", "Rename one."
            )
    totals = [section.points * section.count if section.points else section.total for section in blueprint.sections]
    if blueprint.points is not None and None not in totals and sum(t or 0 for t in totals) != blueprint.points:
        raise blueprint_error(
            blueprint,
            ("points",),
            f"the sections are worth {sum(t or 0 for t in totals):g} marks together, points says {blueprint.points:g}",
            "Change one of them.",
        )


def blueprint_error(blueprint: Blueprint, loc: Loc, found: str, fix: str) -> BlueprintError:
    """A complaint about one line of a blueprint."""
    return BlueprintError(blueprint._path, line_of(blueprint._lines, loc), found, fix)


def line_of(lines: dict[Loc, int], loc: Loc) -> int | None:
    """The line of a field, or of the nearest table around it that has one."""
    for length in range(len(loc), 0, -1):
        if line := lines.get(tuple(loc[:length])):
            return line
    return None


def field_lines(text: str) -> dict[Loc, int]:
    """Where the tables and keys of a TOML text begin, as location -> line counted from 1.

    tomllib does not tell. Entries of inline tables have no line of their own; those of a file in an
    unusual layout may be missed, and then the line of the table around them is given.
    """
    lines: dict[Loc, int] = {}
    counts: dict[str, int] = {}
    table: Loc = ()
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        if match := _TABLE.fullmatch(line):
            name = match[2]
            if match[1]:
                counts[name] = counts.get(name, -1) + 1
                table = (name, counts[name])
            else:
                first, *rest = [_bare(part) for part in name.split(".")]
                table = (first, counts[first], *rest) if first in counts else (first, *rest)
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            keys = tuple(_bare(key) for key in match.groups() if key)
            lines.setdefault((*table, *keys), number)
            fence = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return lines


def _bare(key: str) -> str:
    return key.strip().strip("\"'")


def as_read(blueprint: Blueprint) -> dict[str, Any]:
    """The blueprint as plain data, without what is at its default."""
    return blueprint.model_dump(mode="json", by_alias=True, exclude_defaults=True)
