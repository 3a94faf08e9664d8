"""Papers: a form of an exam in the order in which one candidate, or one shuffled version, gets it printed.

A paper may print items and their entries in another order than the exam has them. Candidates answer by the printed
letters; `PaperKey` remembers what they stood for, and `own_answer` turns an answer back into the item's own
letters, which is what `examgen.questions` marks. A key file is ``keys.jsonl``, one `PaperKey` a line.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal
from urllib.parse import quote, unquote

from examgen.errors import ExamgenError, FileError
from examgen.model import Answer, Candidate, Exam, Form, Item, KeyedItem, Kind, PaperKey, PlacedItem, Section
from examgen.questions import composite, matching, ordering
from examgen.questions.base import letters, read_letters
from examgen.records import read_jsonl, read_text, validated, write_jsonl

Shuffle = Literal["none", "options", "all"]

# An option that speaks of the others keeps its place at the end.
_SPEAKS_OF_ALL = re.compile(
    r"(?:以上|上述|前述)(?:都|均|皆|全|选项|说法|各项|答案)|^(?:都|全部|均|皆)(?:不|正确|错|对|是)"
    r"|\b(?:all|none|both|neither) of (?:the|these)\b",
    re.IGNORECASE,
)
# An option that names other options by letter would say something else in another order.
_NAMES_LETTERS = re.compile(
    r"^\s*(?:选项?\s*)?[A-H](?:\s*(?:和|与|、|,|，|及|或|and|or|&)\s*[A-H])+\s*(?:都|均|both\b)?"
)

# Heads under which a list of candidates may give the number and the name.
_ID_HEADS = ("candidate_id", "准考证号", "考号", "学号", "工号", "编号", "id", "number")
_NAME_HEADS = ("name", "姓名", "考生姓名")
MAX_CANDIDATES = 100_000


@dataclass(frozen=True)
class PaperItem:
    """An item at its place on a paper."""

    number: int
    item: Item
    points: float
    orders: Mapping[str, tuple[str, ...]]
    """As in `KeyedItem`; empty where the item stands in its own order."""
    translation: Item | None = None
    """The item in the second language of a bilingual paper."""

    def order(self, part: Item | None = None) -> tuple[str, ...]:
        """The own letters of the item, or of one of its parts, in the printed order."""
        return self.orders.get(part.id if part else "") or own_letters(part or self.item)


@dataclass(frozen=True)
class PaperSection:
    """A section with its items in printed order."""

    section: Section
    items: tuple[PaperItem, ...]

    @property
    def kind(self) -> Kind:
        """The kind that the section declares, or that of its first item."""
        return self.section.kind or self.items[0].item.kind

    @property
    def points(self) -> float:
        """What the section is worth."""
        return round(sum(item.points for item in self.items), 6)


@dataclass(frozen=True)
class Paper:
    """What gets printed for one candidate, or for all who have the same version."""

    exam: Exam
    form: Form
    version: str
    sections: tuple[PaperSection, ...]
    lang: str
    second_lang: str | None = None
    candidate: Candidate | None = None

    @property
    def points(self) -> float:
        """What the paper is worth."""
        return round(sum(section.points for section in self.sections), 6)

    @property
    def items(self) -> tuple[PaperItem, ...]:
        """All items in printed order."""
        return tuple(item for section in self.sections for item in section.items)

    def for_candidate(self, candidate: Candidate) -> Paper:
        """The same paper with a candidate's name on it."""
        return replace(self, candidate=candidate)

    def key(self) -> PaperKey:
        """The line of ``keys.jsonl`` for this paper.

        Raises:
            ValueError: the paper is nobody's.
        """
        if self.candidate is None:
            raise ValueError("a paper without a candidate has no key")
        return PaperKey(
            candidate_id=self.candidate.candidate_id,
            exam_id=self.exam.id,
            form=self.form.name,
            version=self.version,
            lang=self.lang,
            items=tuple(
                KeyedItem(item_id=placed.item.id, number=placed.number, orders=dict(placed.orders))
                for placed in self.items
            ),
        )


@dataclass(frozen=True)
class PaperCode:
    """What a QR code on a page says."""

    exam_id: str
    version: str
    candidate_id: str
    """Empty on a paper that is nobody's."""
    page: int

    def __str__(self) -> str:
        parts = [quote(part, safe=" ") for part in (self.exam_id, self.version, self.candidate_id)]
        return "/".join([*parts, str(self.page)])

    @classmethod
    def read(cls, text: str) -> PaperCode:
        """Read a scanned code.

        Raises:
            ExamgenError: it is no code of ours.
        """
        parts = text.split("/")
        if len(parts) != 4 or not parts[3].isdecimal():
            raise ExamgenError(f"{text[:60]!r} is not the code of a page", "Scan the code at the top of a paper.")
        exam_id, version, candidate_id = map(unquote, parts[:3])
        return cls(exam_id, version, candidate_id, int(parts[3]))


def make_paper(
    exam: Exam,
    form: str | None = None,
    *,
    shuffle: Shuffle = "none",
    version: str = "",
    candidate: Candidate | None = None,
    lang: str | None = None,
    second_lang: str | None = None,
    seed: int | None = None,
) -> Paper:
    """Put a form of an exam into the order in which it is printed.

    With ``shuffle="options"`` the entries of choice, matching and ordering items are mixed, with ``"all"`` also the
    items within each section that allows it; sections stay. Options such as 以上都对 stay last, and options that
    name others by letter stay as they are. The order depends on seed, exam, form and version alone, for a paper
    without a version on the candidate.

    Args:
        exam: The exam; its items come in all languages that the bank has.
        form: Name of the form; the first where none is named.
        shuffle: What is mixed.
        version: Name of the shuffled version; empty for the form's own name or an order of the candidate's own.
        candidate: Whose paper it is.
        lang: Language of the questions; the exam's own where none is named.
        second_lang: Print each question in this language too.
        seed: Of the order; the exam's where none is given.

    Raises:
        ExamgenError: the exam has no such form, or lacks an item in a language.
    """
    chosen = find_form(exam, form)
    language = lang or exam.lang
    whose = version or (candidate.candidate_id if candidate else "")
    name = version or chosen.name
    base = f"{exam.seed if seed is None else seed}/{exam.id}/{chosen.name}/{whose}"
    sections = []
    number = 0
    for section in chosen.sections:
        placed = list(section.items)
        if shuffle == "all" and section.shuffle:
            Random(f"{base}/{section.id}").shuffle(placed)
        items = []
        for entry in placed:
            number += 1
            item = _item(exam, entry, language)
            orders = {} if shuffle == "none" else mixed_orders(item, f"{base}/{item.id}")
            translation = _item(exam, entry, second_lang) if second_lang else None
            items.append(PaperItem(number, item, entry.points, orders, translation))
        if items:
            sections.append(PaperSection(section, tuple(items)))
    if not sections:
        raise ExamgenError(f"form {chosen.name} of exam {exam.id} has no items", "Build the exam again.")
    return Paper(exam, chosen, name, tuple(sections), language, second_lang, candidate)


def find_form(exam: Exam, name: str | None = None) -> Form:
    """The form of that name, or the first.

    Raises:
        ExamgenError: the exam has no such form.
    """
    for form in exam.forms:
        if name is None or form.name == name:
            return form
    names = ", ".join(form.name for form in exam.forms) or "none"
    raise ExamgenError(f"exam {exam.id} has no form {name or ''}".rstrip(), f"Its forms: {names}.")


def _item(exam: Exam, placed: PlacedItem, lang: str) -> Item:
    try:
        return exam.item(placed.item_id, lang)
    except KeyError:
        found = f"exam {exam.id} has no item {placed.item_id!r} in language {lang!r}"
        raise ExamgenError(found, "Add the item in that language to the bank, or print the other language.") from None


def own_letters(item: Item) -> tuple[str, ...]:
    """The letters of the entries that a paper may mix, in the item's own order; empty for kinds that have none."""
    if item.kind in ("single_choice", "multiple_choice"):
        return tuple(option.id for option in item.options)
    if item.kind == "matching":
        return tuple(letters(len(matching.right_side(item))))
    if item.kind == "ordering":
        return tuple(letters(len(item.sequence)))
    return ()


def own_texts(item: Item) -> tuple[str, ...]:
    """The texts of the entries that a paper may mix, in the item's own order."""
    if item.kind in ("single_choice", "multiple_choice"):
        return tuple(option.text for option in item.options)
    if item.kind == "matching":
        return matching.right_side(item)
    return ordering.shown(item) if item.kind == "ordering" else ()


def mixed_orders(item: Item, seed: str) -> dict[str, tuple[str, ...]]:
    """A printed order for an item and for each of its parts; only those that differ from the item's own."""
    orders = {}
    for name, owner in (("", item), *((part.id, part) for part in item.parts)):
        own = own_letters(owner)
        mixed = _mixed(own, own_texts(owner), f"{seed}/{name}")
        if owner.kind == "ordering" and [own_texts(owner)[own.index(letter)] for letter in mixed] == list(
            owner.sequence
        ):
            mixed = mixed[1:] + mixed[:1]  # The right order would give the answer away.
        if mixed != own:
            orders[name] = mixed
    return orders


def _mixed(own: tuple[str, ...], texts: Sequence[str], seed: str) -> tuple[str, ...]:
    if any(_NAMES_LETTERS.match(text) for text in texts):
        return own
    free = [letter for letter, text in zip(own, texts, strict=True) if not _SPEAKS_OF_ALL.search(text.strip())]
    last = [letter for letter in own if letter not in free]
    Random(seed).shuffle(free)
    return (*free, *last)


def own_answer(item: Item, keyed: KeyedItem, answer: str) -> str:
    """Turn what a candidate wrote by the letters of a paper into what the item itself calls them.

    Chosen options become their own letters. The letters of matching and ordering items depend on the language, so
    these become the texts of the entries, as JSON. An answer that names no letters (a blank one, words, an unreadable
    one) comes back as it was: `examgen.questions` reads it, or hands it to a human, just as on an unshuffled paper.

    Args:
        item: The item in the language of the paper.
        keyed: The printed orders, from the candidate's `PaperKey`.
        answer: What the candidate wrote.

    Raises:
        ExamgenError: the printed order is not of this item's entries, as they have changed since.
    """
    if not answer.strip():
        return answer
    if item.kind != "composite":
        return _own_answer(item, keyed.orders.get(""), answer)
    parts = composite.split(item, answer)
    if parts is None:
        return answer
    own = {part.id: _own_answer(part, keyed.orders.get(part.id), parts[part.id]) for part in item.parts}
    return answer if own == parts else json.dumps(own, ensure_ascii=False)


def _own_answer(item: Item, printed_order: tuple[str, ...] | None, answer: str) -> str:
    own = own_letters(item)
    order = printed_order or own
    if sorted(order) != sorted(own):
        raise ExamgenError(
            f"the key of the paper has other entries than item {item.id!r} now",
            "Grade with the exam that the papers were made from.",
        )
    if not own or not answer.strip():
        return answer
    texts = dict(zip(own, own_texts(item), strict=True))
    printed = [texts[letter] for letter in order]
    if item.kind == "matching":
        pairs = matching.read_pairs(item, answer, printed)
        if isinstance(pairs, str):
            return answer
        return json.dumps({item.pairs[n].left: printed[at] for n, at in sorted(pairs.items())}, ensure_ascii=False)
    read = read_letters(answer, own, printed)
    if isinstance(read, str):
        return answer
    if item.kind == "ordering":
        return json.dumps([printed[own.index(letter)] for letter in read], ensure_ascii=False)
    return ",".join(order[own.index(letter)] for letter in read)


def own_answers(answers: Iterable[Answer], keys: Mapping[str, PaperKey], items: Iterable[Item]) -> Iterator[Answer]:
    """Turn answers by printed letters into answers by the items' own, one by one and in order.

    An answer of a candidate without a key, or to an item that is not on the paper, passes through.

    Args:
        answers: What was handed in.
        keys: From `read_keys`.
        items: The items of the exam, in all its languages.

    Raises:
        ExamgenError: as for `own_answer`.
    """
    by_lang: dict[tuple[str, str], Item] = {(item.id, item.lang): item for item in items}
    placed = {name: {entry.item_id: entry for entry in key.items} for name, key in keys.items()}
    for answer in answers:
        keyed = placed.get(answer.candidate_id, {}).get(answer.item_id)
        item = by_lang.get((answer.item_id, keys[answer.candidate_id].lang)) if keyed else None
        if keyed is None or item is None:
            yield answer
        else:
            yield answer.model_copy(update={"answer": own_answer(item, keyed, answer.answer)})


def write_keys(path: Path, keys: Iterable[PaperKey]) -> int:
    """Write ``keys.jsonl``; return how many."""
    return write_jsonl(path, keys)


def read_keys(path: Path) -> dict[str, PaperKey]:
    """Read ``keys.jsonl``, by candidate.

    Raises:
        FileError: a line breaks the format, or a candidate has two papers.
    """
    keys: dict[str, PaperKey] = {}
    for key in read_jsonl(path, PaperKey):
        if keys.setdefault(key.candidate_id, key) is not key:
            raise FileError(str(path), None, f"candidate {key.candidate_id!r} has two papers", "Keep the right one.")
    return keys


def read_candidates(path: Path) -> tuple[Candidate, ...]:
    """Read a list of candidates: CSV with a head line, or JSONL.

    The number stands in a column ``candidate_id`` (or 准考证号, 学号, 工号 ...), the name in ``name`` (or 姓名).

    Raises:
        FileError: the file breaks its format, lists nobody, or lists a number twice.
    """
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = list(enumerate(read_jsonl(path, Candidate), 1))
    else:
        rows = list(_csv_candidates(path))
    seen: dict[str, int] = {}
    for line, candidate in rows:
        if candidate.candidate_id in seen:
            first = seen[candidate.candidate_id]
            found = f"candidate {candidate.candidate_id!r} is listed in line {first} already"
            raise FileError(str(path), line, found, "Give each candidate one line.")
        seen[candidate.candidate_id] = line
    if not rows:
        raise FileError(str(path), None, "lists no candidates", "Give a line for each, under candidate_id,name.")
    if len(rows) > MAX_CANDIDATES:
        raise FileError(str(path), None, f"lists {len(rows)} candidates, more than {MAX_CANDIDATES}", "Split it.")
    return tuple(candidate for _, candidate in rows)


def _csv_candidates(path: Path) -> Iterable[tuple[int, Candidate]]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        heads = [head.strip() for head in next(reader, [])]
        columns = {head.casefold(): head for head in heads}
        id_head = next((columns[head] for head in _ID_HEADS if head in columns), None)
        name_head = next((columns[head] for head in _NAME_HEADS if head in columns), None)
        if id_head is None:
            raise FileError(str(path), 1, "has no column candidate_id", "Begin with a line such as candidate_id,name.")
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(heads):
                found = f"has {len(row)} cells, the head line has {len(heads)}"
                raise FileError(str(path), reader.line_num, found, "Put cells with commas between quotes.")
            cells = dict(zip(heads, (cell.strip() for cell in row), strict=False))
            known = {"candidate_id": cells.pop(id_head, ""), "name": cells.pop(name_head, "") if name_head else ""}
            yield reader.line_num, validated(Candidate, cells | known, path, reader.line_num)
    except csv.Error as error:
        raise FileError(str(path), reader.line_num, f"is not valid CSV: {error}", "Mend that line.") from error


def assign_versions(candidates: Sequence[Candidate], slots: Sequence[str], seed: int) -> dict[str, str]:
    """Give each candidate one of several versions.

    Every run of as many neighbours in the list as there are versions gets each version once, in an order drawn from
    the seed, and no two neighbours get the same.

    Returns:
        Version by ``candidate_id``.
    """
    random = Random(f"{seed}/versions")
    given: list[str] = []
    while len(given) < len(candidates):
        block = list(slots)
        random.shuffle(block)
        if given and len(block) > 1 and block[0] == given[-1]:
            block.append(block.pop(0))
        given += block
    return {candidate.candidate_id: slot for candidate, slot in zip(candidates, given, strict=False)}


def file_stem(candidate_id: str) -> str:
    """A file name that is safe on every system and different for every candidate."""
    kept = re.sub(r"[^\w.-]", "_", candidate_id).lstrip(".")
    if kept == candidate_id and kept.casefold() not in _DEVICE_NAMES:
        return kept
    return f"{kept or '_'}~{quote(candidate_id, safe='').replace('%', '')[:80]}"


_DEVICE_NAMES = frozenset(("con", "prn", "aux", "nul"))
