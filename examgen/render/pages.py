"""HTML from a paper's view: the same templates for print and for the page that candidates answer in."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from examgen import fonts
from examgen.assets import page_templates
from examgen.errors import ContentError
from examgen.pictures import data_url
from examgen.render import formulas
from examgen.render.look import Mode, Sort
from examgen.render.markdown import plain_text
from examgen.render.theme import PageSize, Theme
from examgen.render.view import PaperView

_PICTURE = re.compile(r'src="exam:picture/([0-9a-f]{24})"')


@functools.lru_cache(maxsize=16)
def _environment(folders: tuple[Path, ...]) -> Environment:
    return page_templates(*folders, keep_trailing_newline=True)


def _templates(theme: Theme) -> Environment:
    return _environment(theme.folders)


def template_of(sort: Sort) -> str:
    """The file that a sort of page is made from."""
    return "paper.html.j2" if sort == "teacher" else f"{sort}.html.j2"


def print_html(sort: Sort, view: PaperView, theme: Theme, size: PageSize) -> str:
    """The HTML of pages that go to the printer, without style sheet and fonts.

    Raises:
        ContentError: a character is in none of the fonts.
    """
    mode: Mode = "teacher" if sort == "teacher" else "print"
    html = _templates(theme).get_template(template_of(sort)).render(view=view, mode=mode, web=False, size=size)
    check_glyphs(html, view)
    return html


def print_css(sort: Sort, view: PaperView, theme: Theme, size: PageSize) -> str:
    """The style sheet of pages that go to the printer."""
    words = re.split(r"(\{pages?\})", str(view.words["page"]))
    counters = {"{page}": "counter(page)", "{pages}": "counter(pages)"}
    page_words = " ".join(counters.get(word, f'"{word}"') for word in words if word)
    css = _templates(theme).get_template("style.css.j2")
    values = {"size": size, "sealed": sort == "paper" and theme.seal, "page_words": Markup(page_words), "sort": sort}
    return fonts.complete_stacks(css.render(**values))


def web_html(sort: Sort, view: PaperView, theme: Theme, size: PageSize, more: str = "") -> str:
    """A page that stands alone: fonts, pictures, style and script are inside, and nothing is ever loaded.

    The content policy names the style and the script by their hashes, so not even a fault in the escaping could run
    anything else.

    Args:
        sort: What is shown; the candidate's paper has controls to answer in.
        view: The paper.
        theme: Gives templates, style and script.
        size: For printing the page from a browser.
        more: Characters that the fonts shall have beside those of the page.

    Raises:
        ContentError: a character is in none of the fonts.
    """
    environment = _templates(theme)
    template = environment.get_template(template_of(sort))
    script = theme.text("answer.js") if sort == "paper" else ""
    values = {"view": view, "mode": "web" if sort == "paper" else "teacher", "web": True, "size": size}
    bare = template.render(**values, style="", script="", policy="")
    check_glyphs(bare, view)
    style = (
        fonts.web_font_css(characters(bare + more + _outside_the_text(view)))
        + fonts.complete_stacks(environment.get_template("screen.css.j2").render(**values))
        + drops()
    )
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    html = template.render(**values, style=Markup(style), script=Markup(script), policy=Markup(policy))
    return _PICTURE.sub(lambda match: f'src="{data_url(view.content.used[match[1]])}"', html)


def _outside_the_text(view: PaperView) -> str:
    """What a page shows beside its text: what stands in its fields, and what its script says."""
    fields = [field.value for field in view.fields]
    return "".join([*fields, *view.words["web"].values()])


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def characters(html: str, css: str = "") -> frozenset[int]:
    """The code points of a page's text, and of what style sheets and lists add to it."""
    return frozenset(map(ord, plain_text(html) + css)) | _FURNITURE


_FURNITURE = frozenset(map(ord, "第页共—…·•◦▪■（）0123456789 "))


def check_glyphs(html: str, view: PaperView) -> None:
    """See that a font has each character.

    Raises:
        ContentError: none has; the item that holds it is named.
    """
    lacking = fonts.missing(plain_text(html))
    if not lacking:
        return
    char = lacking[0]
    place = next(
        (f"item {placed.item.id}" for placed in view.paper.items if char in placed.item.model_dump_json()),
        f"exam {view.paper.exam.id}",
    )
    found = f"no font has the character {char!r} (U+{ord(char):04X})"
    raise ContentError(place, found, "Write it in another way, or as a picture.")


@functools.cache
def drops() -> str:
    """Classes that set formulas lower than the line, in twentieths of an em."""
    return "".join(f".drop-{n}>svg{{vertical-align:-{n / 20:g}em}}" for n in range(formulas.MAX_DROP + 1))
