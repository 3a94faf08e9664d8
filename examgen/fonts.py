"""The fonts of papers and pages: cut out of pip packages to the characters in use, so that no system font is needed.

Body text is Noto Serif SC (宋), emphasis and heads Noto Sans CJK SC (黑), code Source Code Pro, and STIX Two Math has
the symbols that these lack. WeasyPrint must never see a variable font itself: it would instantiate the whole file for
every PDF (4 to 8 s); uharfbuzz pins the weight and cuts in milliseconds.
"""

from __future__ import annotations

import base64
import functools
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import uharfbuzz as hb

from examgen.errors import MissingDependencyError


@dataclass(frozen=True)
class _Source:
    """Where a face comes from."""

    family: str
    weight: int
    package: str
    file: str
    index: int = 0
    variable: bool = False


BOLD = 700
_SANS = ("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", 2)  # Face 2 of the collection has the shapes used in China.
_SOURCES = (
    _Source("Exam Serif", 400, "pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
    _Source("Exam Sans", 400, *_SANS, variable=True),
    _Source("Exam Sans", BOLD, *_SANS, variable=True),
    _Source("Exam Mono", 400, "fontpkg_source_code_pro", "files/SourceCodePro[wght].ttf", variable=True),
    _Source("Exam Mono", BOLD, "fontpkg_source_code_pro", "files/SourceCodePro[wght].ttf", variable=True),
    _Source("Exam Math", 400, "ziamath", "fonts/STIXTwoMath-Regular.ttf"),
)
# What neither needs nor has a glyph.
_BLANK = frozenset(map(ord, "\n\r\t"))
# Tables of glyph substitution and positioning are kept: without them there is no kerning and no full-width punctuation.
_FLAGS = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.DOWNGRADE_CFF2


@dataclass(frozen=True)
class Face:
    """A font file cut to the characters in use."""

    family: str
    weight: int
    data: bytes


@functools.cache
def _path(package: str, file: str) -> Path:
    try:
        folder = Path(str(import_module(package).__file__)).parent
    except ImportError as error:
        name = package.replace("_", "-")
        raise MissingDependencyError(f"the font package {name} is missing", f"Run: pip install {name}") from error
    return folder / file


@functools.cache
def _face(package: str, file: str, index: int) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(_path(package, file))), index)


@functools.cache
def _covered(package: str, file: str, index: int) -> frozenset[int]:
    return frozenset(_face(package, file, index).unicodes)


def missing(text: str) -> str:
    """The characters of a text that no face has, each once, in order of appearance."""
    covered = _all_covered()
    return "".join(char for char in dict.fromkeys(text) if ord(char) not in covered)


@functools.cache
def _all_covered() -> frozenset[int]:
    return _BLANK.union(*(_covered(source.package, source.file, source.index) for source in _SOURCES))


ALL_FAMILIES = frozenset(source.family for source in _SOURCES)


@functools.lru_cache(maxsize=4)
def cut_faces(
    chars: frozenset[int], families: frozenset[str] = ALL_FAMILIES, bold: frozenset[int] | None = None
) -> tuple[Face, ...]:
    """The faces, cut to some characters and ASCII; a face that would hold nothing but ASCII twice over is left out.

    Args:
        chars: Code points. Those that a face lacks are left to the others.
        families: The families wanted.
        bold: Code points that the bold faces need; all of ``chars`` where None.
    """
    faces = []
    for source in _SOURCES:
        if source.family not in families:
            continue
        needed = chars if bold is None or source.weight < BOLD else bold
        covered = _covered(source.package, source.file, source.index)
        wanted = (needed | _ASCII) & covered
        if source.family == "Exam Math":
            wanted = chars & (covered - _text_covered())
            # Pango sets the space behind a sign in the sign's own face.
            wanted |= (_SPACES & covered) if wanted else frozenset()
        if wanted:
            face = _face(source.package, source.file, source.index)
            faces.append(
                Face(source.family, source.weight, _cut(face, wanted, source.weight if source.variable else 0))
            )
    return tuple(faces)


_SPACES = frozenset((0x20, 0xA0, 0x2005, 0x3000))
_ASCII = frozenset(range(0x20, 0x7F))


# In the order in which they stand in for each other.
_FAMILIES = tuple(dict.fromkeys(s.family for s in (*_SOURCES[:3], _SOURCES[-1], *_SOURCES[3:-1])))
_STACK = re.compile(r'"Exam \w+"(?:\s*,\s*"Exam \w+")*')


def complete_stacks(css: str) -> str:
    """A style sheet whose every list of the paper's families ends with all the others.

    A character that the families of a list lack would come from whatever font the machine has.
    """

    def completed(found: re.Match[str]) -> str:
        return ", ".join([found[0], *(f'"{family}"' for family in _FAMILIES if f'"{family}"' not in found[0])])

    return _STACK.sub(completed, css)


@functools.cache
def _text_covered() -> frozenset[int]:
    return frozenset().union(*(_covered(s.package, s.file, s.index) for s in _SOURCES[:3]))


def _cut(face: hb.Face, chars: Iterable[int], weight: int) -> bytes:
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(chars)
    wanted.flags = _FLAGS
    # Narrow quotation marks for English, which are a full em wide else: see style.css.j2.
    wanted.layout_feature_tag_set.add(int.from_bytes(b"pwid", "big"))
    if weight:
        wanted.pin_axis_location(face, "wght", weight)
    return bytes(hb.subset(face, wanted).blob.data)


@functools.lru_cache(maxsize=4)
def web_font_css(
    chars: frozenset[int], families: frozenset[str] = ALL_FAMILIES, bold: frozenset[int] | None = None
) -> str:
    """``@font-face`` rules that carry the faces of `cut_faces` inside, for a page that travels alone.

    As WOFF: packing them as WOFF2 would take thirty times as long to save a fifth.
    """
    from fontTools.ttLib import TTFont

    rules = []
    for face in cut_faces(chars, families, bold):
        # A new time stamp would make the page another one every second.
        font, packed = TTFont(io.BytesIO(face.data), recalcTimestamp=False), io.BytesIO()
        font.flavor = "woff"
        font.save(packed)
        data = base64.b64encode(packed.getvalue()).decode("ascii")
        rules.append(
            f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};"
            f"src:url(data:font/woff;base64,{data}) format('woff')}}"
        )
    return "".join(rules)


# What the style sheets of pages set in bold.
_BOLD_TEXT = re.compile(r'<(h[1-3]|strong|b|th|sup)\b[^>]*>(.*?)</\1>|<p class="subhead">(.*?)</p>', re.DOTALL)
# Pages are read on a screen: text in the sans face, code in the mono face.
PAGE_FAMILIES = frozenset(("Exam Sans", "Exam Mono"))


class PageFonts:
    """The characters of pages that are read on a screen, and the fonts cut to them."""

    def __init__(self) -> None:
        self._text: set[str] = set()
        self._bold: set[str] = set()

    def take(self, html: str) -> None:
        """Note the characters of a page."""
        self._text.update(html)
        for match in _BOLD_TEXT.finditer(html):
            self._bold.update(match[2] or match[3] or "")

    def css(self) -> str:
        """The faces ``Exam Sans`` and ``Exam Mono`` as rules that hold them."""
        return web_font_css(frozenset(map(ord, self._text)), PAGE_FAMILIES, frozenset(map(ord, self._bold)))


@functools.cache
def serif() -> hb.Font:
    """The whole face of the body text."""
    source = _SOURCES[0]
    return hb.Font(_face(source.package, source.file, source.index))


@functools.lru_cache(maxsize=20_000)
def advance(char: str) -> float:
    """Width of a character of body text, in em."""
    glyph = serif().get_nominal_glyph(ord(char))
    return 1.0 if glyph is None else float(serif().get_glyph_h_advance(glyph)) / float(serif().face.upem)


def missing_in_sans(text: str) -> str:
    """The characters of a text that the sans face lacks, each once."""
    source = _SOURCES[1]
    covered = _covered(source.package, source.file, source.index)
    return "".join(char for char in dict.fromkeys(text) if ord(char) not in covered)


def sans_data(chars: frozenset[int]) -> bytes:
    """The regular sans face, cut to some characters."""
    source = _SOURCES[1]
    return _cut(_face(source.package, source.file, source.index), chars, source.weight)
