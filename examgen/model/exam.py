"""Exams with their forms, the papers of candidates, and what a bank remembers of exams that were given."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from examgen.model.items import Item, Kind, Lang, Noun, Score


class PlacedItem(Noun):
    """An item at its place in a form."""

    number: int = Field(ge=1)
    """As printed, counted through the whole form."""
    item_id: str
    points: Score
    """What the item is worth in this exam; its own ``max_score`` is scaled to it."""


class Section(Noun):
    """A part of a form: usually one kind of question under one heading."""

    id: str
    title: str = ""
    kind: Kind | None = None
    instruction: str = ""
    minutes: float | None = None
    shuffle: bool = True
    """False where the order of the items has a meaning, so no paper may change it."""
    items: tuple[PlacedItem, ...] = ()


class Form(Noun):
    """One of the parallel versions of an exam: paper A, paper B."""

    name: str
    sections: tuple[Section, ...] = ()


class Exam(Noun):
    """Everything that papers, keys and grading need, frozen at the time of assembly."""

    id: str
    title: str
    subtitle: str = ""
    lang: Lang = "zh"
    minutes: float | None = None
    notices: tuple[str, ...] = ()
    """Rules printed in front of the first section; empty for the theme's own."""
    seed: int = 0
    bank_sha256: str = ""
    items: tuple[Item, ...] = ()
    """Copies of the items in use, in all languages that the bank has them in."""
    pictures: dict[str, str] = {}
    """The pictures that the items show: file name in the exam's folder ``assets`` -> SHA-256."""
    forms: tuple[Form, ...] = ()
    blueprint: dict[str, Any] = {}
    """The blueprint as it was read."""
    certificate: dict[str, Any] = {}
    """What the assembly proves; `examgen.assemble` documents and verifies it."""

    def item(self, item_id: str, lang: str | None = None) -> Item:
        """The item of that id, in the exam's language or another.

        Raises:
            KeyError: the exam does not hold it.
        """
        for item in self.items:
            if item.id == item_id and item.lang == (lang or self.lang):
                return item
        raise KeyError(item_id)

    def marked_items(self) -> tuple[Item, ...]:
        """The items as they count in this exam, each worth what its place in the paper says; its own language first."""
        worth = {placed.item_id: placed.points for f in self.forms for s in f.sections for placed in s.items}
        items = sorted(self.items, key=lambda item: item.lang != self.lang)
        return tuple(item.scaled(worth.get(item.id, item.max_score)) for item in items)


class Candidate(BaseModel):
    """One person who sits an exam. Other columns, such as a room, are printed where the theme has a field for them."""

    model_config = ConfigDict(frozen=True, extra="allow")

    candidate_id: str = Field(min_length=1, max_length=64)
    """The number that the person is known by: on the paper, in the answers and in the grades."""
    name: str = Field(default="", max_length=64)

    @field_validator("candidate_id", "name")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("holds a line end or a control character")
        return value.strip()


class KeyedItem(Noun):
    """In which order one paper prints the entries of one item."""

    item_id: str
    number: int = Field(ge=1)
    """As printed on this paper."""
    orders: dict[str, tuple[str, ...]] = {}
    """The item's own letters in the printed order, so that ``["C", "A", "B"]`` means: what is printed as A is
    the item's own C. Under ``""`` for the item itself, under the part's id for each part of a composite; only
    where the printed order is another than the item's own."""


class PaperKey(Noun):
    """What `grade` has to know of one candidate's paper; a line of ``keys.jsonl``. It holds no answers."""

    candidate_id: str
    exam_id: str
    form: str
    version: str
    """The form and the number of its shuffled version, such as ``A3``; the form alone where nothing is shuffled."""
    lang: str = "zh"
    """The language that its letters belong to."""
    items: tuple[KeyedItem, ...] = ()


class Exposure(Noun):
    """An exam that was given, as a bank remembers it."""

    exam_id: str
    title: str = ""
    items: tuple[str, ...] = ()
    """Ids of the items on any of its forms."""
