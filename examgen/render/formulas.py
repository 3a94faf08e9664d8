"""Formulas: LaTeX to SVG outlines with ziamath, in pure Python; Han characters come from the paper's own font."""

from __future__ import annotations

import functools
import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html import escape
from types import SimpleNamespace
from typing import Any

from examgen import fonts

EM = 14.0  # The size at which formulas are set; they are scaled to the text around them.
MAX_CHARS = 2000
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_FRACTION = re.compile(r"\\frac(?![a-zA-Z])")
# Spaces, controls and signs that only guide the layout need no glyph.
_NO_SHAPE = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Mn"))


@dataclass(frozen=True)
class Formula:
    """A formula as a picture."""

    tex: str
    svg: str
    """An ``<svg>`` without a size of its own; empty where the LaTeX cannot be set."""
    width: float = 0.0
    """In em of the text around it."""
    height: float = 0.0
    drop: float = 0.0
    """How far it reaches below the baseline, in em."""
    problem: str = ""


@functools.lru_cache(maxsize=8192)
def formula(tex: str, display: bool) -> Formula:
    """Set a formula. Bad LaTeX gives a `Formula` without a picture and with the problem: it must not stop the paper."""
    if len(tex) > MAX_CHARS:
        return Formula(tex, "", problem=f"a formula has {len(tex)} characters, more than {MAX_CHARS}")
    try:
        return _set(tex, display)
    except Exception as error:  # ziamath and latex2mathml raise anything at all for bad LaTeX
        return Formula(tex, "", problem=f"the formula ${tex[:60]}$ cannot be set: {error or type(error).__name__}")


def _set(tex: str, display: bool) -> Formula:
    ziamath = _prepared()
    # A formula that fails half-way leaves the font in the state of its text, in which the next would look otherwise.
    ziamath.zmath.loadedfonts["default"].language("math", "")
    # A Han character has too many strokes for the size of a fraction inside a line.
    shown = _FRACTION.sub(r"\\dfrac", tex) if _HAN.search(tex) else tex
    picture = ziamath.Latex(shown, size=EM, inline=not display)
    root = picture.svgxml()
    width, height = float(root.attrib["width"]) / EM, float(root.attrib["height"]) / EM
    for name in ("width", "height"):
        del root.attrib[name]
    root.set("aria-hidden", "true")
    return Formula(tex, ET.tostring(root, encoding="unicode"), width, height, -picture.getyofst() / EM)


class _Outline:
    """Takes the strokes of a glyph from uharfbuzz and gives them to ziafont."""

    def __init__(self) -> None:
        self.strokes: list[Any] = []
        self.points: list[tuple[float, float]] = []

    def _point(self, place: tuple[float, float]) -> Any:
        from ziafont.svgpath import Point

        self.points.append(place)
        return Point(*place)  # type: ignore[no-untyped-call]

    def moveTo(self, place: tuple[float, float]) -> None:  # noqa: N802  # the names are those of fontTools' pens
        from ziafont.svgpath import Moveto

        self.strokes.append(Moveto(self._point(place)))

    def lineTo(self, place: tuple[float, float]) -> None:  # noqa: N802
        from ziafont.svgpath import Lineto

        self.strokes.append(Lineto(self._point(place)))

    def qCurveTo(self, *places: tuple[float, float]) -> None:  # noqa: N802
        from ziafont.svgpath import Quad

        self.strokes.append(Quad(*map(self._point, places)))

    def curveTo(self, *places: tuple[float, float]) -> None:  # noqa: N802
        from ziafont.svgpath import Cubic

        self.strokes.append(Cubic(*map(self._point, places)))

    def closePath(self) -> None:  # noqa: N802
        """Outlines are filled, so all are closed."""


@functools.lru_cache(maxsize=4096)
def _han_glyph(char: str) -> Any:
    """A glyph of the paper's serif face as ziafont's own; None where the face lacks it.

    ziafont reads no CID-keyed fonts, and all large Chinese fonts are such.
    """
    from ziafont.fonttypes import BBox
    from ziafont.glyph import SimpleGlyph

    font = fonts.serif()
    index = font.get_nominal_glyph(ord(char))
    if not index:
        return None
    outline = _Outline()
    font.draw_glyph_with_pen(index, outline)
    xs, ys = zip(*(outline.points or [(0.0, 0.0)]), strict=True)
    layout = SimpleNamespace(unitsperem=font.face.upem, ymax=880, ymin=-120)
    own = SimpleNamespace(
        info=SimpleNamespace(filename="han", layout=layout),
        advance=lambda *_: font.get_glyph_h_advance(index),
        cmap=None,
    )
    return SimpleGlyph(index, outline.strokes, BBox(min(xs), max(xs), min(ys), max(ys)), own)  # type: ignore[arg-type]


@functools.cache
def _prepared() -> Any:
    """Ziamath with two mends: a font for Han characters, and TeX's space around four operators."""
    import ziamath
    from ziamath.config import config
    from ziamath.mathfont import MathFont
    from ziamath.operators import operators

    config.svg2 = False  # No <symbol> and <use>: their ids would clash when many formulas share a page.
    config.precision = 2
    own = MathFont.findglyph

    def findglyph(self: Any, char: str, variant: Any) -> Any:
        glyph = own(self, char, variant)
        if glyph.index == 0 and unicodedata.category(char) not in _NO_SHAPE:
            glyph = _han_glyph(char)
            if glyph is None:
                raise ValueError(f"no font has {char!r}")
        return glyph

    MathFont.findglyph = findglyph  # type: ignore[method-assign]
    for sign in "×÷∪∩":
        operators[sign, "infix"] = {"lspace": "mediummathspace", "rspace": "mediummathspace"}
    return ziamath


def html(tex: str, display: bool) -> str:
    """A formula in a page: the picture with the LaTeX as its text, or the LaTeX as code where it cannot be set."""
    made = formula(tex, display)
    if not made.svg:
        return f'<code class="math-error">{escape(tex)}</code>'
    size = f'width="{made.width:.3f}em" height="{made.height:.3f}em"'
    svg = made.svg.replace("<svg ", f"<svg {size} ", 1)
    if display:
        return f'<span class="math block" role="img" aria-label="{escape(tex)}">{svg}</span>'
    # A class, not a style: the page's content policy allows no style attributes. Twentieths of an em are exact enough.
    drop = max(0, min(MAX_DROP, round(made.drop * 20)))
    return f'<span class="math inline drop-{drop}" role="img" aria-label="{escape(tex)}">{svg}</span>'


MAX_DROP = 120
