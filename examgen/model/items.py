"""Items, the bank that holds them, and the habits that all nouns share."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

Kind = Literal[
    "single_choice",
    "multiple_choice",
    "true_false",
    "fill_in",
    "numeric",
    "matching",
    "ordering",
    "short_answer",
    "composite",
]
Lang = Literal["zh", "en"]
Level = Literal["remember", "understand", "apply", "analyse", "evaluate"]
Status = Literal["graded", "review", "ungraded"]

# An id names a file in the bank, so it may hold nothing that a file system or a shell reads in another way.
ITEM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _names_a_file(value: str) -> str:
    if not ITEM_ID.fullmatch(value):
        raise ValueError("an id has 1 to 100 letters, digits, '.', '_' or '-' and starts with a letter or digit")
    return value


Id = Annotated[str, AfterValidator(_names_a_file)]

# The fields that every line of an items.jsonl carries; the others only where they say something.
ALWAYS_WRITTEN = {"id", "kind", "lang", "title", "question", "reference", "points", "max_score", "topic"} | {
    "difficulty",
    "explanation",
    "sources",
    "complete",
}

Score = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


# What no text needs and no file format carries well: control characters other than tab and line end.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(text: str) -> str:
    """A text with ``\\n`` line ends and without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class Noun(BaseModel):
    """The habits that all nouns share: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Noun):
    """Where an item or a rubric point was found."""

    document: str
    """File name, without folders."""
    number: int = Field(ge=1)
    """Ordinal of the item in that document, counted from 1; the printed number may differ."""
    line: int = Field(default=1, ge=1)
    """Line of the item's heading, counted from 1."""


class RubricPoint(Noun):
    """One self-contained statement that an answer is looked through for."""

    id: str
    text: str = Field(min_length=1)
    weight: Score = 1.0
    """Marks for full coverage. The weights of an item add up to its ``max_score``."""
    sources: tuple[Source, ...] = ()
    """The items that this point came from, where several were merged."""


class Option(Noun):
    """One option of a choice item."""

    id: str
    text: str = Field(min_length=1)
    correct: bool = False
    reason: str = ""
    """Why it is right, or which misconception makes it plausible."""


class Blank(Noun):
    """One gap of a fill-in item, in the order of the gaps in the stem."""

    answers: tuple[str, ...] = Field(min_length=1)
    """All accepted spellings; the first is printed in the key."""
    weight: Score = 1.0


class Numeric(Noun):
    """The key of a numeric item."""

    value: float = Field(allow_inf_nan=False)
    tolerance: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Largest accepted absolute difference, in ``unit``."""
    unit: str = ""
    """Unit of ``value``; an answer without a unit is read in it."""
    units: dict[str, float] = {}
    """Other accepted units, each as its size in ``unit``: ``{"km": 1000}`` where ``unit`` is ``m``."""


class Pair(Noun):
    """One right pair of a matching item."""

    left: str
    right: str


class Item(Noun):
    """A question with its reference answer, or with its key.

    Text fields keep their Markdown. Which of the key fields a kind needs is
    checked by that kind's module in `examgen.questions`.
    """

    id: Id
    kind: Kind = "short_answer"
    lang: Lang = "zh"
    title: str = ""
    question: str = ""
    reference: str = ""
    references: tuple[str, ...] = ()
    """Alternative model answers, where there are several; ``reference`` is then empty."""
    points: tuple[RubricPoint, ...] = ()
    max_score: Score = 0.0
    topic: str = ""
    level: Level | None = None
    difficulty: Share | None = None
    """Expected share of the marks that a candidate of the target group loses: 1 - facility."""
    difficulty_reason: str = ""
    minutes: float | None = Field(default=None, gt=0, le=600)
    explanation: str = ""
    citations: tuple[str, ...] = ()
    """Works that the facts can be looked up in."""
    enemies: tuple[str, ...] = ()
    """Ids of items that must not stand in one exam with this one."""
    sources: tuple[Source, ...] = ()
    label: str = ""
    """The number as printed in the document."""
    complete: bool = True
    """False where the document breaks off inside the item. Such an item never enters an exam."""
    status: Literal["ready", "draft"] = "ready"
    """A draft waits for an editor and never enters an exam."""
    ordered: bool = False
    """Whether the order of the rubric points in an answer matters."""

    options: tuple[Option, ...] = ()
    truth: bool | None = None
    blanks: tuple[Blank, ...] = ()
    numeric: Numeric | None = None
    pairs: tuple[Pair, ...] = ()
    distractors: tuple[str, ...] = ()
    """Right-hand sides of a matching item that belong to no left-hand side."""
    sequence: tuple[str, ...] = ()
    """The entries of an ordering item in their right order."""
    parts: tuple[Item, ...] = ()
    """The questions of a composite item, which share its ``question`` as stem."""
    credit: str = ""
    """Name of the rule for partial credit; empty for the kind's usual one. The kind's module in
    `examgen.questions` lists its rules."""

    @field_validator("question", "reference", "explanation", "title")
    @classmethod
    def _text_is_plain(cls, value: str) -> str:
        return plain_text(value)

    @field_validator("references")
    @classmethod
    def _texts_are_plain(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(plain_text(value) for value in values)

    @model_validator(mode="after")
    def _points_are_told_apart(self) -> Item:
        for what, ids in (
            ("points", [p.id for p in self.points]),
            ("options", [o.id for o in self.options]),
            ("parts", [p.id for p in self.parts]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two {what} have the same id")
        return self

    @model_serializer(mode="wrap")
    def _leave_out_what_the_kind_lacks(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = write(self)
        return {name: value for name, value in data.items() if name in ALWAYS_WRITTEN or not _is_default(name, value)}

    def scaled(self, max_score: float) -> Item:
        """The same item worth ``max_score`` marks: all its weights keep their shares."""
        if max_score == self.max_score or not self.max_score:
            return self
        factor = max_score / self.max_score
        return self.model_copy(
            update={
                "max_score": max_score,
                "points": tuple(p.model_copy(update={"weight": p.weight * factor}) for p in self.points),
                "blanks": tuple(b.model_copy(update={"weight": b.weight * factor}) for b in self.blanks),
                "parts": tuple(part.scaled(part.max_score * factor) for part in self.parts),
            }
        )

    @property
    def model_answers(self) -> tuple[str, ...]:
        """All reference answers, the main one first."""
        return tuple(answer for answer in (self.reference, *self.references) if answer)


# Looked up once: an export of a big bank asks millions of times.
_DEFAULTS = {name: field.default for name, field in Item.model_fields.items()}


def _is_default(name: str, written: object) -> bool:
    default = _DEFAULTS[name]
    return bool(written == default) or (default == () and not written)


class Topic(Noun):
    """One entry of a bank's taxonomy: its names by language."""

    zh: str = ""
    en: str = ""


class Bank(Noun):
    """A clean question bank: no two items of one language have the same id."""

    title: str = ""
    lang: Lang = "zh"
    """The language of the papers unless another is asked for."""
    description: str = ""
    topics: dict[str, Topic] = {}
    items: tuple[Item, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Bank:
        seen: set[tuple[str, str]] = set()
        for item in self.items:
            if (item.id, item.lang) in seen:
                raise ValueError(f"two items are called {item.id!r} in language {item.lang!r}")
            seen.add((item.id, item.lang))
        return self

    def in_language(self, lang: str | None = None) -> tuple[Item, ...]:
        """The items of one language (the bank's own where none is named), in bank order."""
        return tuple(item for item in self.items if item.lang == (lang or self.lang))
