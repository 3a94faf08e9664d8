"""Themes: folders of templates, style sheets and words in ``templates/``, or anywhere on disk.

A theme holds ``theme.toml``; what it lacks is taken from its ``parent``. Page sizes are the same for all themes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from examgen.assets import shipped
from examgen.errors import ExamgenError
from examgen.records import read_text, read_toml, validated

DEFAULT_THEME = "school"


# 五号
BODY_PT = 10.5


@dataclass(frozen=True)
class PageSize:
    """A sheet of paper and its margins, in mm."""

    name: str
    width: float
    height: float
    top: float = 21
    right: float = 17
    bottom: float = 19
    left: float = 20
    seal: float = 36
    """Left margin of a page that carries the seal line."""
    root_pt: float = BODY_PT
    """Size of the body text."""
    pages_on_a_sheet: int = 1
    """2 where two pages stand side by side on a sheet that is folded."""

    def text_em(self, sealed: bool) -> float:
        """Width of the text on the narrowest page, in em of the body text."""
        return (self.width - self.right - (self.seal if sealed else self.left)) / (self.root_pt * 25.4 / 72)


PAGE_SIZES = {
    size.name: size
    for size in (
        PageSize("a4", 210, 297),
        PageSize("a3", 210, 297, pages_on_a_sheet=2),
        PageSize("letter", 215.9, 279.4),
        PageSize("16k", 195, 270, right=15, left=17, seal=33),
        PageSize("large", 210, 297, root_pt=16, seal=37),
    )
}


class ThemeFile(BaseModel):
    """What ``theme.toml`` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parent: str = ""
    fields: tuple[str, ...] = ()
    """What a candidate fills in, in printed order: ``name``, ``candidate_id``, or another column of the list."""
    seal: bool | None = None
    """Whether the first page has a seal line in a wider left margin."""
    words: dict[str, dict[str, Any]] = Field(default={})
    """All words that the theme prints itself, by language."""


@dataclass(frozen=True)
class Theme:
    """A theme with its parents."""

    name: str
    folders: tuple[Path, ...]
    """Where its files are looked for, the theme's own folder first."""
    fields: tuple[str, ...]
    seal: bool
    words: dict[str, dict[str, Any]]

    def text(self, file: str) -> str:
        """The text of one of its files."""
        for folder in self.folders:
            if (folder / file).is_file():
                return read_text(folder / file)
        raise ExamgenError(f"theme {self.name} has no file {file}", f"Put it into {self.folders[0]}.")

    def words_in(self, lang: str) -> dict[str, Any]:
        """Its words in a language."""
        try:
            return self.words[lang]
        except KeyError:
            known = ", ".join(self.words)
            raise ExamgenError(f"theme {self.name} has no words in language {lang!r}", f"It has {known}.") from None


def theme_names() -> list[str]:
    """The names of the themes that ship with the program."""
    return sorted(folder.parent.name for folder in shipped("templates").glob("*/theme.toml"))


@functools.lru_cache(maxsize=16)
def load_theme(name: str = DEFAULT_THEME) -> Theme:
    """Load a theme by its name, or from a folder.

    Raises:
        ExamgenError: there is no such theme, or its ``theme.toml`` breaks the format.
    """
    folders: list[Path] = []
    fields: tuple[str, ...] = ()
    seal: bool | None = None
    words: dict[str, dict[str, Any]] = {}
    wanted = name
    while wanted:
        folder = Path(wanted) if Path(wanted).joinpath("theme.toml").is_file() else shipped("templates") / wanted
        if not (folder / "theme.toml").is_file():
            known = ", ".join(theme_names())
            raise ExamgenError(
                f"there is no theme {wanted!r}", f"Choose one of {known}, or a folder with a theme.toml."
            )
        if folder in folders:
            raise ExamgenError(f"theme {name!r} is its own parent", f"Mend parent in {folder / 'theme.toml'}.")
        file = validated(ThemeFile, read_toml(folder / "theme.toml"), folder / "theme.toml")
        folders.append(folder)
        fields = fields or file.fields
        seal = file.seal if seal is None else seal
        words = {lang: file.words.get(lang, {}) | words.get(lang, {}) for lang in {**file.words, **words}}
        wanted = file.parent
    return Theme(name, tuple(folders), fields, bool(seal), words)


def page_size(name: str) -> PageSize:
    """The size of that name.

    Raises:
        ExamgenError: there is none.
    """
    try:
        return PAGE_SIZES[name]
    except KeyError:
        raise ExamgenError(f"there is no page size {name!r}", f"Choose one of {', '.join(PAGE_SIZES)}.") from None


def chinese_number(number: int) -> str:
    """一, 二, ... 十, 十一, ... 二十 ... up to 99."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def roman_number(number: int) -> str:
    """I, II, III, IV, ..."""
    text = ""
    for value, letter in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= value:
            text += letter
            number -= value
    return text
