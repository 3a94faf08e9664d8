"""The nouns: what travels from one step to the next.

All are frozen pydantic models, because all of them cross the border: they are
read from files that people edit, and pydantic's errors name the bad field.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
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


class Bounds(Noun):
    """How much of something a blueprint asks for.

    Written as ``3`` (exactly), ``[2, 4]``, ``"2-4"``, ``">=3"``, ``"<=5"``, or as a share of the marks:
    ``"20-30%"``, ``">=40%"``, ``"30%"`` (within 2 percentage points).
    """

    lower: float | None = Field(default=None, ge=0, le=1_000_000, allow_inf_nan=False)
    upper: float | None = Field(default=None, ge=0, le=1_000_000, allow_inf_nan=False)
    share: bool = False
    """Whether the bounds are shares of the marks, 0..1, and no counts."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, str):
            return _read_bounds(value)
        if isinstance(value, bool):
            raise ValueError("write a number, [least, most], or a text such as '2-4', '>=3', '20-30%'")
        if isinstance(value, int | float):
            return {"lower": value, "upper": value}
        if isinstance(value, list | tuple):
            if len(value) != 2:
                raise ValueError("write [least, most]")
            return {"lower": value[0], "upper": value[1]}
        return value

    @model_validator(mode="after")
    def _lower_comes_first(self) -> Bounds:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"the least, {self.lower:g}, is more than the most, {self.upper:g}")
        return self


_BOUNDS = re.compile(
    r"(?:(?P<sign>>=|<=|≥|≤)\s*)?(?P<first>\d{1,6}(?:\.\d{1,3})?)\s*(?P<mid>%?)"
    r"(?:\s*[-~–到至]\s*(?P<second>\d{1,6}(?:\.\d{1,3})?)\s*)?(?P<end>%?)"
)
# "30%" of the marks can seldom be met to the mark; two points of a hundred are less than one item of most papers.
SHARE_TOLERANCE = 0.02


def _read_bounds(text: str) -> dict[str, Any]:
    match = _BOUNDS.fullmatch(text.strip())
    if not match or (match["sign"] and match["second"]):
        raise ValueError(f"cannot read {text!r}; write it as '3', '2-4', '>=3', '<=5', '20-30%' or '>=40%'")
    share = bool(match["mid"] or match["end"])
    size = 100 if share else 1
    first = float(match["first"]) / size
    second = float(match["second"]) / size if match["second"] else first
    if match["sign"] in (">=", "≥"):
        return {"lower": first, "share": share}
    if match["sign"] in ("<=", "≤"):
        return {"upper": first, "share": share}
    if share and not match["second"]:
        return {"lower": max(0.0, first - SHARE_TOLERANCE), "upper": first + SHARE_TOLERANCE, "share": True}
    return {"lower": first, "upper": second, "share": share}


KIND_NAMES: dict[str, Kind] = {
    "单选题": "single_choice",
    "单项选择题": "single_choice",
    "选择题": "single_choice",
    "多选题": "multiple_choice",
    "多项选择题": "multiple_choice",
    "判断题": "true_false",
    "填空题": "fill_in",
    "计算题": "numeric",
    "连线题": "matching",
    "匹配题": "matching",
    "排序题": "ordering",
    "简答题": "short_answer",
    "问答题": "short_answer",
    "综合题": "composite",
}
LEVEL_NAMES: dict[str, Level] = {
    "识记": "remember",
    "记忆": "remember",
    "理解": "understand",
    "应用": "apply",
    "分析": "analyse",
    "评价": "evaluate",
    "综合": "evaluate",
}
BAND_NAMES = {"易": "easy", "中": "medium", "难": "hard"}
Band = Literal["easy", "medium", "hard"]


def _renamed(value: Any, names: dict[str, Any]) -> Any:
    """The English names for Chinese ones, in a text, a list, or the keys of a table."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list | tuple):
        return [_renamed(entry, names) for entry in value]
    if isinstance(value, dict):
        return {_renamed(key, names): entry for key, entry in value.items()}
    return value


def _half_points(value: float | None) -> float | None:
    if value is not None and value * 2 != int(value * 2):
        raise ValueError(f"marks go in steps of 0.5, not {value:g}")
    return value


Marks = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False), AfterValidator(_half_points)]
Minutes = Annotated[float, Field(gt=0, le=6000, allow_inf_nan=False)]


class BlueprintPart(Noun):
    """What a blueprint may ask of the whole paper and of one section alike.

    A table bounds what it names and leaves the rest free; a list names all that is allowed.
    """

    topics: tuple[str, ...] | dict[str, Bounds] = ()
    levels: tuple[Level, ...] | dict[Level, Bounds] = ()
    difficulties: tuple[Band, ...] | dict[Band, Bounds] = ()
    """``easy`` is a difficulty below 0.35, ``hard`` one from 0.65."""

    @field_validator("levels", mode="before")
    @classmethod
    def _levels_in_chinese(cls, value: Any) -> Any:
        return _renamed(value, LEVEL_NAMES)

    @field_validator("difficulties", mode="before")
    @classmethod
    def _bands_in_chinese(cls, value: Any) -> Any:
        return _renamed(value, BAND_NAMES)


class BlueprintSection(BlueprintPart):
    """One part of the paper that a blueprint asks for."""

    id: str = Field(default="", max_length=100)
    title: str = ""
    kind: tuple[Kind, ...] = ()
    """The kinds that may stand in it; empty for any."""
    count: int = Field(ge=1, le=500)
    points: Marks | None = None
    """What every item is worth; None for each item's own ``max_score``."""
    total: Marks | None = None
    """Marks of the whole section, where ``points`` is None."""
    minutes: Minutes | None = None
    """Printed on the paper, and the most that its items may take together."""
    difficulty: tuple[Share, Share] | None = None
    """The least and the most that any item may have."""
    instruction: str = ""
    order: Literal["difficulty", "topic", "random"] | None = None
    shuffle: bool = True
    """Whether papers for single candidates may put the items in another order."""

    @field_validator("kind", mode="before")
    @classmethod
    def _kinds_in_chinese(cls, value: Any) -> Any:
        return _renamed([value] if isinstance(value, str) else value, KIND_NAMES)

    @model_validator(mode="after")
    def _marks_agree(self) -> BlueprintSection:
        if self.points and self.total and abs(self.points * self.count - self.total) > 1e-9:
            raise ValueError(
                f"{self.count} items of {self.points:g} points are {self.points * self.count:g}, not total"
            )
        return self


class Constraint(Noun):
    """One row of a blueprint's constraint table."""

    id: str = Field(default="", max_length=100)
    type: Literal["number", "sum", "mean", "enemy", "include", "exclude", "all_or_none", "order"]
    what: str = ""
    """The column that is added up, averaged or ordered by; ``number`` counts items."""
    condition: str = Field(default="", max_length=2000)
    """Which items it is about, as an expression over their columns; empty for all."""
    items: tuple[str, ...] = Field(default=(), max_length=5000)
    """Their ids, in place of a condition."""
    lower: float | None = Field(default=None, ge=-1_000_000, le=1_000_000, allow_inf_nan=False)
    upper: float | None = Field(default=None, ge=-1_000_000, le=1_000_000, allow_inf_nan=False)
    forms: tuple[str, ...] = ()
    """The forms it holds for; empty for all."""
    on: bool = True

    @field_validator("type", mode="before")
    @classmethod
    def _hyphens(cls, value: Any) -> Any:
        return value.replace("-", "_") if isinstance(value, str) else value


class TwoWayTable(Noun):
    """A two-way table 双向细目表 as a wish: marks for every topic (row) at every level (column)."""

    levels: tuple[Level, ...] = Field(min_length=1)
    marks: dict[str, tuple[Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)], ...]] = Field(min_length=1)
    tolerance: Score = 0.0
    """Marks by which a cell may miss."""

    @field_validator("levels", mode="before")
    @classmethod
    def _levels_in_chinese(cls, value: Any) -> Any:
        return _renamed(value, LEVEL_NAMES)

    @model_validator(mode="after")
    def _rows_are_whole(self) -> TwoWayTable:
        for topic, marks in self.marks.items():
            if len(marks) != len(self.levels):
                raise ValueError(f"the row {topic!r} has {len(marks)} cells for {len(self.levels)} levels")
        return self


class Reuse(Noun):
    """How far an exam may draw on items that stood in earlier exams."""

    max_uses: int | None = Field(default=None, ge=0)
    """Earlier exams that an item may have stood in."""
    max_shared: int | None = Field(default=None, ge=0)
    """Items that a form may share with any one earlier exam."""
    last: int | None = Field(default=None, ge=1)
    """How many of the latest exams count; None for all."""


class Blueprint(BlueprintPart):
    """What an exam should be. ``docs/blueprint.md`` shows how to write one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Id = "exam"
    title: str = ""
    subtitle: str = ""
    lang: Lang | None = None
    minutes: Minutes | None = None
    """Printed on the paper, and the most that its items may take together."""
    notices: tuple[str, ...] = ()
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Used where the command line gives none."""
    forms: tuple[str, ...] = Field(default=("A",), min_length=1, max_length=26)
    overlap: int | Literal["all"] = Field(default=0)
    """Items that two forms may share; ``all`` makes them the same items in another order."""
    points: Marks | None = None
    """Marks of the whole paper, as a check on the sections."""
    facility: Share | tuple[Share, Share] | None = None
    """Share of the marks that the target group is expected to get: a target, met within 0.02, or [least, most]."""
    facility_gap: Share | None = None
    """The most by which the expected facility of two forms may differ; None for as little as can be had."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    order: Literal["difficulty", "topic", "random"] = "difficulty"
    table: TwoWayTable | None = None
    reuse: Reuse = Reuse()
    sections: tuple[BlueprintSection, ...] = Field(alias="section", min_length=1, max_length=100)
    constraints: tuple[Constraint, ...] = Field(default=(), alias="constraint", max_length=1000)
    _path: str = PrivateAttr("blueprint")
    _lines: dict[tuple[str | int, ...], int] = PrivateAttr(default_factory=dict)
    """Where its fields stand in its file, for messages."""

    @field_validator("forms", mode="before")
    @classmethod
    def _forms_by_number(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 26:
            return [chr(ord("A") + number) for number in range(value)]
        return value

    @field_validator("forms")
    @classmethod
    def _forms_are_told_apart(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or not all(ITEM_ID.fullmatch(name) for name in value):
            raise ValueError("write a number from 1 to 26, or different names of letters and digits: ['A', 'B']")
        return value

    @field_validator("overlap")
    @classmethod
    def _overlap_is_a_count(cls, value: int | str) -> int | str:
        if isinstance(value, int) and value < 0:
            raise ValueError("write how many items two forms may share, or 'all'")
        return value

    @field_validator("facility")
    @classmethod
    def _facility_is_ordered(cls, value: Any) -> Any:
        if isinstance(value, tuple) and value[0] > value[1]:
            raise ValueError("write [least, most]")
        return value


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
        """The items as they count in this exam: each worth what its place in the paper says."""
        worth = {placed.item_id: placed.points for f in self.forms for s in f.sections for placed in s.items}
        return tuple(item.scaled(worth.get(item.id, item.max_score)) for item in self.items)


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


class Answer(BaseModel):
    """What one candidate wrote on one item. Unknown columns pass through to the grade."""

    model_config = ConfigDict(frozen=True, extra="allow")

    candidate_id: str
    item_id: str
    answer: str = ""


class PointGrade(Noun):
    """How far one rubric point was found, and where."""

    id: str
    credit: Share
    """Share of the point's weight that is given."""
    similarity: float
    """Cosine with the best-matching span, in [-1, 1]; not a mark."""
    evidence: str = ""
    start: int = Field(default=0, ge=0)
    """Offset of the evidence in the answer, in characters."""
    end: int = Field(default=0, ge=0)


Verdict = Literal["yes", "partly", "no"]
# What came of asking the judge: its verdicts count, are not trusted, could not be read or got, or it was not asked.
Outcome = Literal["believed", "doubted", "unread", "not_asked"]


class PointVerdict(Noun):
    """What a language model said of one rubric point, with its quote found in the answer."""

    id: str
    verdict: Verdict
    quote: str = ""
    """As it stands in the answer; empty for ``no``."""
    start: int = Field(default=0, ge=0)
    end: int = Field(default=0, ge=0)


class Opinion(Noun):
    """The second opinion on one answer: what was said, and what came of it."""

    outcome: Outcome
    model: str = ""
    prompt: str = ""
    """Short checksum of the prompt's wording and settings."""
    verdicts: tuple[PointVerdict, ...] = ()
    local_score: float | None = None
    """The mark before the judge was heard."""
    calls: int = 0
    """Replies that this opinion rests on, cached ones included."""


class Policy(Noun):
    """How many people mark an answer, and when a third one decides: an entry of the file of decisions."""

    kind: Literal["policy"] = "policy"
    at: str
    by: str = ""
    markers: int = Field(default=1, ge=1, le=2)
    difference: Share = 0.2
    """Two marks that are further apart go to an arbiter; as a share of the maximum."""
    previous: str = ""
    """SHA-256 of the line before; empty on the first."""


class Decision(Noun):
    """One human mark: an entry of the file of decisions."""

    kind: Literal["mark"] = "mark"
    at: str
    """UTC, ISO 8601."""
    by: str = Field(min_length=1)
    role: Literal["marker", "arbiter", "appeal"] = "marker"
    candidate_id: str
    item_id: str
    answer_sha256: str = ""
    """Of the answer that was read; a mark never moves to another answer."""
    rubric_sha256: str = ""
    """Of the points that it was marked by; empty where they were not shown."""
    credits: dict[str, Share] = {}
    """Share of each point's weight; empty where the mark was given as a whole."""
    score: Score
    max_score: Score
    why: str = ""
    blind: bool = False
    """Whether the marker had not seen the machine's mark."""
    before: dict[str, Any] = {}
    """The grade that the marker found: score, status, scorer."""
    previous: str = ""
    """SHA-256 of the line before; empty on the first."""


class Ruling(Noun):
    """The human mark of one answer, as it stands in the file of decisions."""

    by: tuple[str, ...]
    at: str
    """UTC, ISO 8601."""
    why: str = ""
    machine_score: float | None = None
    """The mark that it replaces."""
    line: int = Field(ge=1)
    """The line of the deciding entry in the file of decisions."""


class Grade(BaseModel):
    """The mark of one answer with its reasons, or why there is none. Unknown columns came with the answer."""

    model_config = ConfigDict(frozen=True, extra="allow")

    candidate_id: str
    item_id: str
    score: float | None = None
    """Marks, 0..``max_score``. None where no mark can be given; never 0 for an answer that could not be read."""
    max_score: float = 0.0
    status: Status
    confidence: Share = 0.0
    points: tuple[PointGrade, ...] = ()
    flags: tuple[str, ...] = ()
    reason: str = ""
    """Why the answer was not graded, or why a human should look."""
    scorer: dict[str, Any] = {}
    """Names and versions of model, calibration and judge."""
    answer: str | None = None
    """The answer that was marked, for whoever reads the evidence; None where it was left out."""
    judge: Opinion | None = Field(default=None, exclude_if=lambda value: value is None)
    """The second opinion, where one was asked for."""
    ruling: Ruling | None = Field(default=None, exclude_if=lambda value: value is None)
    """Whose mark this is, where it is a human's."""

    @property
    def marked_by(self) -> str:
        """Names and versions of what gave the mark, without its figures, such as the spread; empty for a rule."""
        words = {name: value for name, value in self.scorer.items() if value and isinstance(value, str)}
        name = words.pop("name", "")
        return ", ".join([*filter(None, [name]), *(f"{part} {value}" for part, value in sorted(words.items()))])
