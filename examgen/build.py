"""Documents to a bank: parse, find duplicates, merge, write; and the same again with more documents.

Beside what `examgen.bank` describes, a built bank holds

    members.jsonl      every item as it was read, before merging: what a rebuild starts from
    built.json         the hash of every item as written, so that an editor's changes are seen and kept
    duplicates.html    the merges, for review
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from examgen.bank import SINGLE, item_file, parse_item, render_item, save_bank
from examgen.dedupe import Duplicates, find_duplicates, load_decisions, merge, named
from examgen.dedupe.decisions import FILE
from examgen.dedupe.page import duplicates_page
from examgen.embed import Encoder
from examgen.errors import FileError, ParseError
from examgen.model import Bank, Item
from examgen.parse import NO_QUESTIONS, NO_QUESTIONS_FIX, Problem, read_documents
from examgen.pictures import take_pictures, write_assets
from examgen.records import read_json, read_jsonl, read_text, read_toml, validated, write_json, write_jsonl, write_text

MEMBERS = "members.jsonl"
BUILT = "built.json"
PAGE = "duplicates.html"
# Beyond this a folder of single files is of no use to anybody.
SINGLE_FILE_ITEMS = 5000


@dataclass(frozen=True)
class Built:
    """A bank as it was written, and how it came about."""

    bank: Bank
    duplicates: Duplicates
    problems: tuple[Problem, ...]
    """What the parser did not understand."""
    met: dict[str, str]
    """For each newly added item that the bank knew already: its key, and the id of the item it went into."""
    edited: tuple[str, ...]
    """Ids of items that an editor changed by hand; their words were kept."""
    removed: tuple[str, ...]
    """Ids of items that an editor removed by hand; they stayed out."""

    @property
    def needs_review(self) -> bool:
        return bool(self.duplicates.review or self.duplicates.conflicts or self.problems)


def build_bank(
    documents: Sequence[Path],
    path: Path,
    encoder: Encoder,
    *,
    title: str = "",
    single_file_above: int = SINGLE_FILE_ITEMS,
) -> Built:
    """Make a bank of documents.

    A bank that stands there already is built anew; editors' decisions, the
    items they changed or removed, and the items they wrote themselves survive.

    Args:
        documents: Files that `examgen.parse` reads.
        path: Folder of the bank.
        title: Of the bank; empty leaves it as it is.
        single_file_above: With more items the bank is one file, not a folder of them.

    Raises:
        FileError: a document cannot be read.
        ParseError: one holds no question.
    """
    return _write(_read(documents), path, encoder, title=title, single_file_above=single_file_above)


def add_to_bank(documents: Sequence[Path], path: Path, encoder: Encoder) -> Built:
    """Add documents to a bank: the result is the bank that all documents together would have made.

    A document of a name that the bank knows replaces the earlier one.

    Raises:
        FileError: as `build_bank`; or the bank was not made by it.
    """
    before = read_members(path)
    read = _read(documents)
    new = {document.name for document in documents}
    kept = [item for item in before if item.sources and item.sources[0].document not in new]
    known = set(named(before))
    built = _write(replace(read, items=kept + read.items), path, encoder)
    met = {}
    for group in built.duplicates.groups:
        if known & set(group.members):
            home = built.duplicates.items[group.members[0]].id
            met.update({name: home for name in group.members if name not in known})
    return replace(built, met=met)


def read_members(path: Path) -> list[Item]:
    """The items that a bank was made of, as they were before merging.

    Raises:
        FileError: the bank was not made by `build_bank`.
    """
    if not (path / MEMBERS).is_file():
        raise FileError(str(path), None, f"holds no {MEMBERS}", "Make the bank with 'examgen bank build'.")
    return list(read_jsonl(path / MEMBERS, Item))


@dataclass(frozen=True)
class _Read:
    """What documents hold."""

    items: list[Item]
    problems: list[Problem]
    pictures: dict[str, bytes]
    """By the names that they have in a bank."""


def _read(documents: Sequence[Path]) -> _Read:
    # Two patterns on a command line may name a file twice.
    documents = list({path.resolve(): path for path in documents}.values())
    read = _Read([], [], {})
    for path, document in zip(documents, read_documents(documents), strict=True):
        if not document.items:
            raise ParseError(str(path), 1, NO_QUESTIONS, NO_QUESTIONS_FIX)
        read.problems.extend(document.problems)
        for found in document.items:
            item, pictures, errors = take_pictures(found, path.parent)
            read.items.append(item)
            read.pictures.update(pictures)
            line = item.sources[0].line if item.sources else None
            read.problems.extend(Problem(str(path), line, error.found, error.fix) for error in errors)
    return read


def _write(
    read: _Read, path: Path, encoder: Encoder, *, title: str = "", single_file_above: int = SINGLE_FILE_ITEMS
) -> Built:
    hand = _handwork(path)
    decisions = load_decisions(path)
    found = find_duplicates([*read.items, *hand.written], encoder, decisions=decisions, decisions_path=path / FILE)
    generated = merge(found, encoder).items
    finished, edited, removed = [], [], []
    for group, item in zip(found.groups, generated, strict=True):
        edit = next((hand.edited[name] for name in group.members if name in hand.edited), None)
        if edit is not None:
            edited.append(item.id)
            finished.append(edit.model_copy(update={"id": item.id, "sources": item.sources}))
        elif hand.removed.issuperset(group.members):
            removed.append(item.id)
        else:
            finished.append(item)
    bank = _bank(path, finished, title)
    write_assets(read.pictures, path)
    save_bank(bank, path, single_file=len(finished) > single_file_above)
    write_jsonl(path / MEMBERS, found.items.values())
    _record(path, generated, found)
    write_text(path / PAGE, duplicates_page(bank.title, found, bank.lang))
    return Built(bank, found, tuple(read.problems), {}, tuple(edited), tuple(removed))


def _bank(path: Path, items: Sequence[Item], title: str) -> Bank:
    """The items under the head that the bank has already, or under a new one."""
    old = validated(Bank, read_toml(path / "bank.toml"), path / "bank.toml") if (path / "bank.toml").is_file() else None
    zh = sum(item.lang == "zh" for item in items)
    head = old or Bank(title=path.name, lang="zh" if zh * 2 >= len(items) else "en")
    return head.model_copy(update={"title": title or head.title, "items": tuple(items)})


@dataclass(frozen=True)
class _Handwork:
    """What people did to the items since they were last written."""

    edited: dict[str, Item]
    """Changed items, by the names of all members that they are made of."""
    removed: frozenset[str]
    """Names of the members of removed items."""
    written: tuple[Item, ...]
    """Items that a person wrote."""


def _handwork(path: Path) -> _Handwork:
    if not (path / BUILT).is_file() or not ((path / "items").is_dir() or (path / SINGLE).is_file()):
        return _Handwork({}, frozenset(), ())
    record: dict[str, dict[str, Any]] = read_json(path / BUILT)
    edited: dict[str, Item] = {}
    written = [item for item in read_jsonl(path / MEMBERS, Item) if not item.sources]
    there = set()
    for name, text in _item_texts(path):
        there.add(name)
        made = record.get(name)
        if made is None:
            written.append(parse_item(text, path / "items" / name))
        elif _sha256(text) != made["sha256"]:
            edited.update(dict.fromkeys(made["members"], parse_item(text, path / "items" / name)))
    removed = {member for name, made in record.items() if name not in there for member in made["members"]}
    return _Handwork(edited, frozenset(removed), tuple(written))


def _item_texts(path: Path) -> Iterator[tuple[str, str]]:
    """The items of a bank as their files have them, by the names of these, also where they stand in one file."""
    if (path / SINGLE).is_file():
        for item in read_jsonl(path / SINGLE, Item):
            yield item_file(item), render_item(item)
    else:
        for file in sorted((path / "items").glob("*.md")):
            yield file.name, read_text(file)


def _record(path: Path, generated: Sequence[Item], found: Duplicates) -> None:
    """Note what was generated, whether it was written or an editor's words stand in its place."""
    write_json(
        path / BUILT,
        {
            item_file(item): {"sha256": _sha256(render_item(item)), "members": list(group.members)}
            for group, item in zip(found.groups, generated, strict=True)
        },
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
