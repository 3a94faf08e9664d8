"""How a paper is printed: words that callers and children share, light enough for a command line to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from examgen.render.theme import DEFAULT_THEME

Sort = Literal["paper", "teacher", "scheme", "sheet"]
"""What is printed: the candidate's paper, the teacher's copy with the answers, the marking scheme, the answer sheet."""

Mode = Literal["print", "web", "teacher"]
"""What stands where an answer goes: space to write on, controls to answer with, or the answer."""


@dataclass(frozen=True)
class Look:
    """How a paper is printed, whoever gets it."""

    theme: str = DEFAULT_THEME
    size: str = "a4"
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """The exam's own pictures, by the name that its texts call them by."""
    on_sheet: bool = False
    """Answers go onto a separate sheet: the paper leaves no space for them."""
    more_characters: str = ""
    """Characters that the fonts shall have beside those of the paper, such as those of all candidates' names."""


@dataclass(frozen=True)
class Rendered:
    """A finished file."""

    data: bytes
    pages: int = 0
    """0 where the format has none."""
    problems: tuple[str, ...] = ()
    """What was printed in another way than asked for, such as a formula that is no LaTeX."""
