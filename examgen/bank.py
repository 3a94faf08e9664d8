"""The bank on disk: a folder that people read, review and edit in git.

    BANK/
      bank.toml            title, lang, description, topics
      items/ID.LANG.md     one item in one language: TOML front matter, then its texts
      assets/              pictures that the items show
      decisions.toml       what editors decided about duplicates; no program writes over a decision

One ``items.jsonl`` in place of the ``items`` folder serves big banks.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tomlkit

from examgen.errors import FileError
from examgen.model import Bank, Item
from examgen.records import atomic_path, read_jsonl, read_text, read_toml, to_json, validated, write_text

SINGLE = "items.jsonl"
FENCE = "+++"
# Text fields stand below the front matter, each under its own heading; `Reference 1`, `Reference 2` are alternatives.
HEADING = re.compile(r"# (Question|Reference(?: [0-9]+)?|Explanation)")
# A line of the text itself that reads like such a heading gets a backslash in front, and loses it again on loading.
ESCAPABLE = re.compile(r"\\*" + HEADING.pattern)


def load_bank(path: Path) -> Bank:
    """Read a bank folder, or a single ``items.jsonl``.

    Raises:
        FileError: something is missing or broken, with file and line or field.
    """
    if path.is_file():
        return _bank(path, {}, read_jsonl(path, Item))
    head_path = path / "bank.toml"
    if not head_path.is_file():
        raise FileError(str(path), None, "is not a bank: it has no bank.toml", "Make one with 'examgen bank build'.")
    head = read_toml(head_path)
    single = path / SINGLE
    if single.is_file():
        return _bank(head_path, head, read_jsonl(single, Item))
    files = sorted((path / "items").glob("*.md"))
    return _bank(head_path, head, [parse_item(read_text(file), file) for file in files])


def bank_folder(path: Path) -> Path:
    """The folder of a bank, which may have been named by its one file."""
    return path.parent if path.is_file() else path


def _bank(path: Path, head: dict[str, Any], items: Iterable[Item]) -> Bank:
    return validated(Bank, {**head, "items": tuple(items)}, path)


def save_bank(bank: Bank, path: Path, *, single_file: bool = False) -> None:
    """Write a bank: changed files only, each atomically; files of items that are gone are removed.

    Everything else in the folder (decisions, blueprints, marked answers) stays.

    Args:
        single_file: Write one ``items.jsonl``, for banks of many thousand items.
    """
    folder = path / "items"
    wanted: dict[Path, str] = {}
    if single_file:
        with atomic_path(path / SINGLE) as temporary, temporary.open("w", encoding="utf-8") as lines:
            lines.writelines(to_json(item) + "\n" for item in bank.items)
    else:
        wanted = {folder / item_file(item): render_item(item) for item in bank.items}
        for file, text in wanted.items():
            if not file.is_file() or file.read_bytes() != text.encode("utf-8"):
                write_text(file, text)
        (path / SINGLE).unlink(missing_ok=True)
    for file in folder.glob("*.md"):
        if file not in wanted:
            file.unlink()
    head = bank.model_dump(mode="json", exclude={"items"}, exclude_defaults=True)
    write_text(path / "bank.toml", tomlkit.dumps({"lang": bank.lang, **head}))


def update_bank(bank: Bank, path: Path) -> None:
    """Write a bank back in the form that it has on disk: a folder of items, a folder with one file, or a file alone.

    Raises:
        FileError: it cannot be written.
    """
    if path.is_file():
        with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as lines:
            lines.writelines(to_json(item) + "\n" for item in bank.items)
    else:
        save_bank(bank, path, single_file=(path / SINGLE).is_file())


def bank_sha256(bank: Bank) -> str:
    """A hash of all that the items say; the order of the files does not matter."""
    lines = sorted(to_json(item) for item in bank.items)
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def item_file(item: Item) -> str:
    """The name of an item's file."""
    return f"{item.id}.{item.lang}.md"


def render_item(item: Item) -> str:
    """An item as the text of its file. `parse_item` is the exact inverse."""
    head = item.model_dump(
        mode="json", exclude={"question", "reference", "references", "explanation"}, exclude_defaults=True
    )
    texts = [("Question", item.question), ("Reference", item.reference)]
    texts += [(f"Reference {number}", text) for number, text in enumerate(item.references, 1)]
    texts += [("Explanation", item.explanation)]
    body = "".join(f"\n# {heading}\n\n{_escape(text)}\n" for heading, text in texts if text or heading[-1].isdigit())
    return f"{FENCE}\n{_toml({'id': item.id, 'kind': item.kind, 'lang': item.lang, **head})}{FENCE}\n{body}"


def parse_item(text: str, path: Path) -> Item:
    """Read the text of an item's file.

    Raises:
        FileError: the front matter is missing, is not TOML, or breaks the item, with line or field.
    """
    lines = text.split("\n")
    if lines[0] != FENCE or FENCE not in lines[1:]:
        raise FileError(
            str(path), 1, "the front matter is missing", f"Begin with a line {FENCE}, TOML, and a line {FENCE}."
        )
    end = lines.index(FENCE, 1)
    try:
        data = tomllib.loads("\n".join(lines[1:end]) + "\n")
    except tomllib.TOMLDecodeError as error:
        raise FileError(str(path), None, f"the front matter is not valid TOML: {error}", "Mend that line.") from error
    for heading, content in _sections(lines[end + 1 :], path, end + 2):
        if heading[-1].isdigit():
            data.setdefault("references", []).append(content)
        elif heading.lower() in data:
            raise FileError(str(path), None, f"says twice what its {heading.lower()} is", "Leave one.")
        else:
            data[heading.lower()] = content
    return validated(Item, data, path)


def _sections(lines: list[str], path: Path, first_line: int) -> list[tuple[str, str]]:
    parts: list[tuple[str, list[str]]] = []
    for number, line in enumerate(lines, first_line):
        if heading := HEADING.fullmatch(line):
            parts.append((heading[1], []))
        elif parts:
            parts[-1][1].append(line[1:] if ESCAPABLE.fullmatch(line) else line)
        elif line.strip():
            raise FileError(str(path), number, "text stands outside a section", "Put it under '# Question'.")
    # One empty line frames a text before and one after; what more there is belongs to it.
    return [(heading, "\n".join(_unframed(content))) for heading, content in parts]


def _unframed(lines: list[str]) -> list[str]:
    start = 1 if lines and not lines[0].strip() else 0
    stop = len(lines) - 1 if len(lines) > start and not lines[-1].strip() else len(lines)
    return lines[start:stop]


def _escape(text: str) -> str:
    return "\n".join("\\" + line if ESCAPABLE.fullmatch(line) else line for line in text.split("\n"))


def _toml(data: dict[str, Any]) -> str:
    """Plain values first, tables last, and long lists one entry a line, so that a diff shows what changed."""
    document = tomlkit.document()
    tables = {name: value for name, value in data.items() if isinstance(value, dict) or _is_tables(value)}
    for name, value in data.items():
        if name not in tables:
            entry = tomlkit.item(value)
            document.append(name, entry.multiline(True) if isinstance(value, list) and len(value) > 1 else entry)
    for name, value in tables.items():
        document.append(name, tomlkit.item(value))
    return tomlkit.dumps(document)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
