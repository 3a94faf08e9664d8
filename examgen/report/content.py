"""What a bank says on the pages of a report: formulas, code and tables, set as they are on papers.

Candidates' answers never come here: their evidence is marked by the place of its letters.
"""

from __future__ import annotations

import hashlib
import re
import threading
from html import escape
from pathlib import Path

from markupsafe import Markup

from examgen.errors import ContentError
from examgen.pictures import data_url, picture_format, read_asset
from examgen.records import write_bytes
from examgen.render.markdown import Content

_PICTURE = re.compile(r'src="exam:picture/([0-9a-f]{24})"')
_FORMULA = re.compile(
    r'<span class="math (?:(inline) drop-(\d+)|(block))" role="img" aria-label="([^"]*)">'
    r'(<svg width="([\d.]+em)".*?</svg>)</span>',
    re.DOTALL,
)


class _Assets(dict[str, bytes]):
    """The pictures beside a bank or an exam, each read when it is asked for."""

    def __init__(self, home: Path | None) -> None:
        super().__init__()
        self.home = home

    def __missing__(self, name: str) -> bytes:
        if self.home is None:
            raise KeyError(name)
        return read_asset(self.home, name, "")


class BankTexts:
    """The texts of questions, rubric points and reference answers as HTML, each set once."""

    def __init__(self, home: Path | None = None) -> None:
        """Begin with nothing set.

        Args:
            home: Folder of the bank or exam, in whose folder ``assets`` the pictures are.
        """
        self._content = Content(_Assets(home))
        self._set: dict[tuple[str, bool], Markup] = {}
        self._lock = threading.Lock()  # the desk answers in several threads, and a formula takes its font for itself

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures that the texts show so far, by the names that the pages call them by."""
        return self._content.used

    def block(self, text: str) -> Markup:
        """Set a text of any number of paragraphs; one that cannot be printed stays as it was written."""
        return self._once(text, inline=False)

    def inline(self, text: str) -> Markup:
        """Set a text of one line; one that cannot be printed stays as it was written."""
        return self._once(text, inline=True)

    def _once(self, text: str, *, inline: bool) -> Markup:
        with self._lock:
            if (text, inline) not in self._set:
                self._set[text, inline] = Markup(self._placed(self._html(text, inline=inline)))
            return self._set[text, inline]

    def _html(self, text: str, *, inline: bool) -> str:
        try:
            return str(self._content.inline(text, "") if inline else self._content.block(text, ""))
        except ContentError:
            return escape(text) if inline else f'<p class="text">{escape(text)}</p>'

    def _placed(self, html: str) -> str:
        """Put the pictures into the page."""
        return _PICTURE.sub(lambda match: f'src="{data_url(self.pictures[match[1]])}"', html)


class ReportTexts(BankTexts):
    """The texts of a report, whose pages share formulas and pictures as files: thousands of pages show the same."""

    def __init__(self, home: Path | None = None) -> None:
        super().__init__(home)
        self._formulas: dict[str, str] = {}

    def _placed(self, html: str) -> str:
        return _PICTURE.sub(self._picture, _FORMULA.sub(self._formula, html))

    def _formula(self, match: re.Match[str]) -> str:
        inline, drop, block, tex, svg, width = match.groups()
        name = f"{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
        self._formulas[name] = svg
        lower = f";vertical-align:-{int(drop) / 20:g}em" if drop else ""
        return f'<img class="math {inline or block}" src="../formulas/{name}" alt="{tex}" style="width:{width}{lower}">'

    def _picture(self, match: re.Match[str]) -> str:
        return f'src="../pictures/{match[1]}.{picture_format(self.pictures[match[1]])}"'

    def write(self, folder: Path) -> None:
        """Write the formulas and pictures that were set, beside the pages."""
        for name, svg in self._formulas.items():
            write_bytes(folder / "formulas" / name, svg.encode())
        for name, data in self.pictures.items():
            write_bytes(folder / "pictures" / f"{name}.{picture_format(data)}", data)
