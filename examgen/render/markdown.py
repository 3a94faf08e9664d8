"""Markdown to HTML for papers.

Content can carry no HTML, no link that leads anywhere, and only pictures of the exam's own.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from examgen import fonts
from examgen.errors import ContentError
from examgen.pictures import check_picture
from examgen.render import formulas
from examgen.text import INVISIBLE

# Beyond any real question. What is longer would take the layout minutes and a hundred pages.
MAX_CHARS = 40_000
MAX_LINES = 1500
MAX_TABLE_COLUMNS = 24
MAX_UNBROKEN_CHARS = 2000
# A quarter em between Han and Latin: WeasyPrint has no text-autospace.
GAP = "\u2005"
_HAN = "[\u3400-\u9fff]"
_AUTOSPACE = re.compile(rf"(?<={_HAN})(?=[A-Za-z0-9$])|(?<=[A-Za-z0-9%])(?={_HAN})")
# Three underscores in a row are a gap to fill in; this noncharacter stands for each while Markdown is read.
_GAP_RUN = re.compile(r"_{3,}")
_MASK = "\ufdd0"
_SVG = r"<svg.*?</svg>"
_NOT_TEXT = re.compile(rf"({_SVG}|<pre.*?</pre>|<code.*?</code>|<[^>]+>)", re.DOTALL)
_TAG_OR_SVG = re.compile(rf"({_SVG}|<[^>]+>)", re.DOTALL)
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/=\s]+)")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_SIDES = frozenset(("left", "right", "center"))


@dataclass
class Content:
    """What the texts of one paper may show, and what came up while setting them."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """The exam's own pictures, by name."""
    used: dict[str, bytes] = field(default_factory=dict)
    """Pictures in use, by the name that the pages call them by."""
    problems: list[str] = field(default_factory=list)
    """What was set in another way than asked for, such as a formula that is no LaTeX."""

    def block(self, text: str, place: str) -> Markup:
        """Set a text of any number of paragraphs.

        Raises:
            ContentError: it is too long or too wide to print, or shows a picture that the exam does not have.
        """
        return self._set(text, place, inline=False)

    def inline(self, text: str, place: str) -> Markup:
        """Set a text of one line."""
        return self._set(text, place, inline=True)

    def _set(self, text: str, place: str, *, inline: bool) -> Markup:
        tokens = _parsed(_checked(text, place), inline)
        for token in _all(tokens):
            if token.type.startswith("math_"):
                made = formulas.formula(token.content.strip(), token.type != "math_inline")
                if made.problem:
                    self.problems.append(f"{place}: {made.problem}")
            elif token.type == "image":
                self._take_picture(str(token.attrs.get("src", "")), place)
        _check_tables(tokens, place)
        return Markup(autospace(str(_md().renderer.render(tokens, _md().options, {}))))

    def _take_picture(self, source: str, place: str) -> None:
        match = _DATA_URL.fullmatch(source)
        try:
            data = base64.b64decode(match[1]) if match else self.pictures[source]
        except (KeyError, ValueError):
            found = f"the picture {source[:60]!r} is not among the exam's files"
            raise ContentError(place, found, "Put it into the exam's folder assets/ and call it by its name.") from None
        check_picture(data, source, place)
        self.used[picture_name(source)] = data


def picture_name(source: str) -> str:
    """The name that pages call a picture by; nothing in it comes from the content."""
    return hashlib.sha256(source.encode("utf-8")).hexdigest()[:24]


def _checked(text: str, place: str) -> str:
    if len(text) > MAX_CHARS:
        raise ContentError(
            place, f"a text has {len(text)} characters, more than the {MAX_CHARS} that are printed", "Cut it."
        )
    if text.count("\n") >= MAX_LINES:
        raise ContentError(place, f"a text has {text.count(chr(10)) + 1} lines, more than {MAX_LINES}", "Cut it.")
    plain = INVISIBLE.sub("", text).replace("\t", "    ")
    for word in re.split(r"\s", _DATA_URL.sub("", plain)):
        if len(word) > MAX_UNBROKEN_CHARS and not _WIDE.search(word):
            raise ContentError(place, f"a word has {len(word)} characters", "Cut it, or put spaces between.")
    return plain


def _check_tables(tokens: Sequence[Token], place: str) -> None:
    columns = 0
    for token in tokens:
        if token.type == "tr_open":
            columns = 0
        elif token.type in ("th_open", "td_open"):
            columns += 1
            if columns > MAX_TABLE_COLUMNS:
                found = f"a table has more than {MAX_TABLE_COLUMNS} columns"
                raise ContentError(place, found, "Turn it round, or split it.")


def _all(tokens: Sequence[Token]) -> list[Token]:
    found = []
    for token in tokens:
        found.append(token)
        found += _all(token.children or ())
    return found


def _parsed(text: str, inline: bool) -> list[Token]:
    """Markdown's tokens; a gap ``____`` is neither emphasis nor a rule, whatever stands around it."""
    masked = _GAP_RUN.sub(lambda run: _MASK * len(run[0]), text)
    tokens = _md().parseInline(masked, {}) if inline else _md().parse(masked, {})
    for token in _all(tokens):
        token.content = token.content.replace(_MASK, "_")
        if "src" in token.attrs:
            # The name of a file as the author wrote it, not as an address has to be.
            token.attrs["src"] = unquote(str(token.attrs["src"])).replace(_MASK, "_")
        for before, here, after in zip(
            [None, *(token.children or ())], token.children or (), [*(token.children or ())[1:], None], strict=False
        ):
            # A line end between two Han characters is how the source was wrapped, and no space.
            if here.type == "softbreak" and before and after and _meets_han(before.content, after.content):
                here.type = "nothing"
    return tokens


def _meets_han(before: str, after: str) -> bool:
    return bool(before and after and _WIDE.match(before[-1]) and _WIDE.match(after[0]))


@functools.cache
def _md() -> MarkdownIt:
    from mdit_py_cjk_friendly import cjk_friendly
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    md = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "html_inline", "reference"])
    md.use(cjk_friendly)  # Plain CommonMark leaves 中文**重点，**继续 without its bold.
    md.use(dollarmath_plugin, allow_space=False, double_inline=True)
    rules = {
        "math_inline": _math,
        "math_inline_double": _math,
        "math_block": _math,
        "math_block_label": _math,
        "fence": _code,
        "code_block": _code,
        "image": _picture,
        "heading_open": lambda *_: '<p class="subhead">',
        "heading_close": lambda *_: "</p>\n",
        "link_open": lambda *_: "",
        "link_close": lambda *_: "",
        "nothing": lambda *_: "",
        "th_open": _cell,
        "td_open": _cell,
        "table_open": lambda *_: '<div class="scroll" tabindex="0"><table class="data">\n',
        "table_close": lambda *_: "</table></div>\n",
    }
    for name, rule in rules.items():
        md.renderer.rules[name] = rule  # type: ignore[attr-defined]
    return md


def _math(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    tex = token.content.strip()
    if token.type == "math_inline" and "\\" not in tex and _WIDE.search(tex):
        return escape(f"${token.content}$")  # 成本为$5，售价为$10 holds prices, no formula.
    return formulas.html(tex, token.type != "math_inline")


def _code(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    language = token.info.split()[0] if token.info.strip() else ""
    lines = highlighted(token.content.rstrip("\n"), language).split("\n")
    # A number only where there is something to refer to.
    numbered = " numbered" if len(lines) > 2 else ""
    long = " long" if len(lines) > 24 else ""
    body = "".join(f'<span class="line">{line}\n</span>' for line in lines)
    return f'<pre class="code{numbered}{long}"><code>{body}</code></pre>\n'


@functools.lru_cache(maxsize=2048)
def highlighted(source: str, language: str) -> str:
    """Source code as HTML: every line is whole, with its own tags closed."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(source)
    return str(highlight(source, lexer, HtmlFormatter(nowrap=True))).rstrip("\n")


def _picture(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    name = picture_name(str(token.attrs.get("src", "")))
    return f'<img class="picture" src="exam:picture/{name}" alt="{escape(token.content)}">'


def _cell(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    side = str(token.attrs.get("style", "")).removeprefix("text-align:")
    scope = ' scope="col"' if token.tag == "th" else ""
    return f'<{token.tag}{scope} class="{side}">' if side in _SIDES else f"<{token.tag}{scope}>"


def autospace(html: str) -> str:
    """Quarter-em gaps between Han and Latin, in text alone."""
    pieces = _NOT_TEXT.split(html)
    return "".join(piece if index % 2 else _AUTOSPACE.sub(GAP, piece) for index, piece in enumerate(pieces))


def plain_text(html: str) -> str:
    """The text of a piece of HTML as a reader of the page sees it; formulas and pictures are left out."""
    return unescape(_TAG_OR_SVG.sub("", html))


_SVG_WIDTH = re.compile(r'<svg width="([\d.]+)em"')


def width(html: str) -> float:
    """How wide a line of HTML is, in em: glyph by glyph, formulas by their pictures."""
    formulas_em = sum(float(found) + 0.2 for found in _SVG_WIDTH.findall(html))  # With the space beside them.
    code = "".join(re.findall(r"<code[^>]*>(.*?)</code>", html, re.DOTALL))
    text = plain_text(html)
    # Code is set at nine tenths, in a face whose Latin characters are all 0.6 em wide.
    narrower = sum(fonts.advance(char) - (0.54 if ord(char) < 0x2E80 else 0.9) for char in plain_text(code))
    return formulas_em + sum(fonts.advance(char) for char in text) - narrower
