"""What a blueprint may ask of an exam."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from examgen.model.items import ITEM_ID, Id, Kind, Lang, Level, Noun, Score, Share


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
        found = [_renamed(entry, names) for entry in value]
        for place, entry in enumerate(found):
            if (first := found.index(entry)) != place and value[first] != value[place]:
                raise ValueError(f"{value[first]} and {value[place]} are the same; name it once")
        return found
    if isinstance(value, dict):
        return dict(zip(_renamed(list(value), names), value.values(), strict=True))
    return value


def _half_points(value: float | None) -> float | None:
    if value is not None and value * 2 != int(value * 2):
        raise ValueError(f"marks go in steps of 0.5, not {value:g}")
    return value


HOW_FORMS = "write a number from 1 to 26, or different names of letters and digits: ['A', 'B']"
# More than any paper holds; beyond it the solver's own numbers end.
MOST_ITEMS = 50_000
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
    max_shared: int | None = Field(default=None, ge=0, le=MOST_ITEMS)
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
        if isinstance(value, int) and 1 <= value <= 26:
            return [chr(ord("A") + number) for number in range(value)]
        if not isinstance(value, list | tuple):
            raise ValueError(HOW_FORMS)
        return value

    @field_validator("forms")
    @classmethod
    def _forms_are_told_apart(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or not all(ITEM_ID.fullmatch(name) for name in value):
            raise ValueError(HOW_FORMS)
        return value

    @field_validator("overlap", mode="before")
    @classmethod
    def _overlap_is_a_count(cls, value: Any) -> Any:
        if value != "all" and not (isinstance(value, int) and 0 <= value <= MOST_ITEMS):
            raise ValueError("write how many items two forms may share, or 'all'")
        return value

    @field_validator("facility", mode="before")
    @classmethod
    def _facility_is_one_share_or_two(cls, value: Any) -> Any:
        shares = value if isinstance(value, list | tuple) else [value]
        right = all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares)
        if value is not None and (not right or (shares is value and len(shares) != 2)):
            raise ValueError("write a share from 0 to 1, or the least and the most: [0.5, 0.7]")
        return value

    @field_validator("facility")
    @classmethod
    def _facility_is_ordered(cls, value: Any) -> Any:
        if isinstance(value, tuple) and value[0] > value[1]:
            raise ValueError("write [least, most]")
        return value
