"""What editors decided about duplicates: ``decisions.toml`` in the bank. No program writes over a decision.

[[decision]]
verdict = "same"                     # same | different | related | keep
items = ["week1.md#3", "week2.md#7"] # document#number; so much of the document's name as is unique will do
note = "why"                         # for people
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import tomlkit
from pydantic import Field

from examgen.errors import FileError
from examgen.model import Noun
from examgen.records import read_text, read_toml, validated, write_text

FILE = "decisions.toml"
HEAD = "# Editors' decisions about duplicates. 'examgen bank decide' adds to this file; edit it freely.\n"


class Decision(Noun):
    """One editor's word on two or more items, or on which item of a group is printed (``keep``)."""

    verdict: Literal["same", "different", "related", "keep"]
    items: tuple[str, ...] = Field(min_length=1)
    note: str = ""


class DecisionFile(Noun):
    decision: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """Decisions on the items at hand, by their keys."""

    same: tuple[tuple[str, str], ...] = ()
    different: frozenset[tuple[str, str]] = frozenset()
    related: frozenset[tuple[str, str]] = frozenset()
    keep: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    """Items that decisions name and that are not at hand; their decisions wait."""

    @property
    def apart(self) -> frozenset[tuple[str, str]]:
        return self.different | self.related


def load_decisions(bank: Path) -> tuple[Decision, ...]:
    """Read the decisions of a bank folder; none where there is no such file.

    Raises:
        FileError: the file breaks the form, with line or field.
    """
    path = bank / FILE
    if not path.is_file():
        return ()
    decisions = validated(DecisionFile, read_toml(path), path).decision
    for number, decision in enumerate(decisions, 1):
        if decision.verdict != "keep" and len(set(decision.items)) < 2:
            raise FileError(str(path), None, f"decision {number} ({decision.verdict}) names one item", "Name two.")
    return decisions


def add_decision(bank: Path, decision: Decision) -> None:
    """Append a decision to a bank's file; what stands in it stays to the letter."""
    path = bank / FILE
    before = read_text(path) if path.is_file() else HEAD
    table = tomlkit.table()
    for name, value in decision.model_dump(mode="json", exclude_defaults=True).items():
        table.append(name, value)
    tables = tomlkit.aot()
    tables.append(table)
    document = tomlkit.document()
    document.append("decision", tables)
    write_text(path, before.rstrip("\n") + "\n\n" + tomlkit.dumps(document))


def resolve(decisions: Iterable[Decision], keys: Iterable[str], path: Path) -> Decisions:
    """Find the items that decisions name. Of two decisions about one pair, the later one counts.

    Args:
        keys: Keys of the items at hand.
        path: The decisions' file, for messages.

    Raises:
        FileError: a name fits several items, or the decisions contradict each other.
    """
    decisions = list(decisions)
    matched = match_names({name for decision in decisions for name in decision.items}, keys, path)
    verdicts: dict[tuple[str, str], str] = {}
    keep: set[str] = set()
    unknown: list[str] = []
    for decision in decisions:
        found = [matched[name] for name in decision.items]
        unknown += [name for name, key in zip(decision.items, found, strict=True) if key is None]
        present = sorted({key for key in found if key is not None})
        if decision.verdict == "keep":
            keep.update(present)
        else:
            verdicts.update(dict.fromkeys(combinations(present, 2), decision.verdict))
    same = tuple(sorted(pair for pair, verdict in verdicts.items() if verdict == "same"))
    apart = {pair: verdict for pair, verdict in verdicts.items() if verdict != "same"}
    _refuse_contradictions(same, apart, path)
    return Decisions(
        same=same,
        different=frozenset(pair for pair, verdict in apart.items() if verdict == "different"),
        related=frozenset(pair for pair, verdict in apart.items() if verdict == "related"),
        keep=frozenset(keep),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def match_names(names: Iterable[str], keys: Iterable[str], path: Path) -> dict[str, str | None]:
    """Find the items that shortened names mean: ``week1#3`` is ``week1.md#3``; None where there is no such item.

    Raises:
        FileError: a name fits several items.
    """
    known = set(keys)
    by_number: dict[str, list[str]] = {}
    for key in sorted(known):
        document, _, number = key.rpartition("#")
        by_number.setdefault(number, []).append(document)
    matched: dict[str, str | None] = {}
    for name in sorted(names):
        prefix, _, number = name.rpartition("#")
        fits = [document for document in by_number.get(number, ()) if prefix and document.startswith(prefix)]
        if name in known:
            matched[name] = name
        elif len(fits) > 1:
            found = f"{name!r} may be {' or '.join(repr(fit) for fit in fits)}"
            raise FileError(str(path), None, found, "Write more of the name.")
        else:
            matched[name] = f"{fits[0]}#{number}" if fits else None
    return matched


def _refuse_contradictions(same: Iterable[tuple[str, str]], apart: Iterable[tuple[str, str]], path: Path) -> None:
    root: dict[str, str] = {}

    def top(key: str) -> str:
        while key in root:
            key = root[key]
        return key

    for a, b in same:
        if top(a) != top(b):
            root[top(a)] = top(b)
    for a, b in apart:
        if top(a) == top(b):
            raise FileError(
                str(path), None, f"{a!r} and {b!r} are kept apart and also joined through others", "Take one back."
            )
