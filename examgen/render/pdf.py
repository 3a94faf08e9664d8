"""HTML to PDF with WeasyPrint. Nothing is ever fetched: fonts, formulas and pictures are served from memory."""

from __future__ import annotations

import atexit
import functools
import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from examgen import fonts
from examgen.errors import ExamgenError, MissingDependencyError
from examgen.render.pages import characters

# pdf/ua-1: tagged, with language and title. Its checks are in tests/render/test_pdf.py.
VARIANT = "pdf/ua-1"
_FORMULA = re.compile(r'<span class="(math [^"]*)" role="img" aria-label="([^"]*)">(<svg.*?</svg>)</span>', re.DOTALL)
_SIZE = re.compile(r'width="([\d.]+)em" height="([\d.]+)em"')
_DROP = re.compile(r"drop-(\d+)")


@dataclass(frozen=True)
class Spot:
    """A place on a page that something is stamped onto, in PDF points from the lower left corner of the page."""

    page: int
    """Counted from 0, as the page's number says."""
    sheet: int
    """Counted from 0, as the PDF has them; two pages may share a sheet."""
    x: float
    """Where it begins: the upper left corner as one reads it."""
    y: float
    to_x: float
    """Where it ends. The direction from begin to end is that of the writing."""
    to_y: float


@dataclass(frozen=True)
class Printed:
    """A finished PDF, and the places in it that are still blank."""

    data: bytes
    pages: int
    spots: tuple[tuple[str, Spot], ...]
    """Name and place; a name may stand on several pages."""
    width: float
    height: float


def print_pdf(html: str, css: str, pictures: Mapping[str, bytes]) -> Printed:
    """Lay out a page.

    The same input gives the same bytes, whatever was printed before.

    Args:
        html: The page, without style.
        css: Its style sheet.
        pictures: What ``exam:picture/NAME`` stands for.

    Raises:
        ExamgenError: a character would be printed as an empty box.
        MissingDependencyError: WeasyPrint or its system libraries are missing.
    """
    return _printer(css, characters(html, css)).pdf(html, pictures)


@functools.lru_cache(maxsize=8)
def _printer(css: str, chars: frozenset[int]) -> _Printer:
    return _Printer(css, chars)


# WeasyPrint's fonts complain if they outlive its own modules.
atexit.register(_printer.cache_clear)


class _MissingGlyphs(logging.Handler):
    """WeasyPrint only logs that it draws an empty box for a character; such a paper must not be printed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if ".notdef" in message:
            self.seen.append(message)


class _Printer:
    """Fonts registered once and the style sheet parsed once for all papers of an exam."""

    def __init__(self, css: str, chars: frozenset[int]) -> None:
        weasyprint = _weasyprint()
        from weasyprint.text.fonts import FontConfiguration

        self.memory = _memory()
        self.images: dict[str, Any] = {}
        self.fonts = FontConfiguration()
        rules = []
        for number, face in enumerate(fonts.cut_faces(chars)):
            url = self.memory.put(f"exam:font/{number}", face.data, "font/otf")
            rules.append(f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};src:url({url})}}")
        self.css = weasyprint.CSS(string="".join(rules) + css, font_config=self.fonts, url_fetcher=self.memory)

    def pdf(self, html: str, pictures: Mapping[str, bytes]) -> Printed:
        weasyprint = _weasyprint()
        for name, data in pictures.items():
            self.memory.put(f"exam:picture/{name}", data, "application/octet-stream")
        watch = _MissingGlyphs()
        logger = logging.getLogger("weasyprint")
        logger.addHandler(watch)
        # What else it remarks, such as that a system library would be faster, is for `examgen doctor` to say, once.
        logger.propagate = False
        try:
            page = weasyprint.HTML(string=_FORMULA.sub(self._lift, html), url_fetcher=self.memory)
            document = page.render(
                font_config=self.fonts, stylesheets=[self.css], cache=self.images, pdf_variant=VARIANT
            )
            spots = _take_spots(document)
            data = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=True)
        finally:
            logger.removeHandler(watch)
            logger.propagate = True
        if watch.seen:
            raise ExamgenError(f"a character has no glyph: {watch.seen[0]}", "Write it in another way.")
        first = document.pages[0]
        return Printed(data, len(document.pages), spots, first.width * 0.75, first.height * 0.75)

    def _lift(self, match: re.Match[str]) -> str:
        """A formula as a picture from memory: its outlines skip the HTML parser and are read once an exam."""
        kind, label, svg = match.groups()
        size, drop = _SIZE.search(svg), _DROP.search(kind)
        if size is None:
            return match[0]
        full = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if "xmlns=" not in svg else svg
        url = f"exam:svg/{hashlib.sha256(full.encode()).hexdigest()[:24]}"
        self.memory.put(url, full.encode(), "image/svg+xml")
        lower = f";vertical-align:-{int(drop[1]) / 20:g}em" if drop else ""
        return (
            f'<span class="{kind}"><img src="{url}" alt="{label}" '
            f'style="width:{size[1]}em;height:{size[2]}em{lower}"></span>'
        )


def _take_spots(document: Any) -> tuple[tuple[str, Spot], ...]:
    """Find the pairs of anchors ``stamp:NAME`` and ``stamp:NAME:end``, and take them out of the document."""
    spots = []
    for number, page in enumerate(document.pages):
        found = {name: place for name, place in page.anchors.items() if name.startswith("stamp:")}
        for name, (x, y, *_) in found.items():
            end = found.get(f"{name}:end")
            if end is not None:
                height = page.height
                to_x, to_y = end[0], end[1]
                spot = Spot(number, number, x * 0.75, (height - y) * 0.75, to_x * 0.75, (height - to_y) * 0.75)
                spots.append((unescape(name.removeprefix("stamp:")), spot))
        for name in found:
            del page.anchors[name]
    return tuple(spots)


def _weasyprint() -> Any:
    try:
        import weasyprint
    except ImportError as error:
        raise MissingDependencyError("WeasyPrint is missing", "Run: pip install weasyprint") from error
    except OSError as error:
        fix = "Run: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0"
        raise MissingDependencyError("a system library of WeasyPrint is missing", fix) from error
    return weasyprint


@functools.cache
def _memory_class() -> type:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Memory(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no type hints
        """The only addresses that resolve are those that were put in; file:, http:, data: and the rest are refused."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=["exam"], allow_redirects=False)
            self.store: dict[str, tuple[bytes, str]] = {}

        def put(self, url: str, data: bytes, mime: str) -> str:
            self.store.setdefault(url, (data, mime))
            return url

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in self.store:
                raise ValueError(f"refused: {url[:80]}")
            data, mime = self.store[url]
            return URLFetcherResponse(url, data, {"Content-Type": mime})

    return Memory


def _memory() -> Any:
    return _memory_class()()
