"""``duplicates.html``: what was merged and why, the least sure first, with the differing words marked."""

from __future__ import annotations

import difflib
import functools
import shlex
from dataclasses import dataclass

from markupsafe import Markup, escape

from examgen.assets import page_templates, shipped
from examgen.dedupe.phrases import WORDS, in_language
from examgen.dedupe.verdict import Conflict, Duplicates, Group, Pair
from examgen.dedupe.words import cutter
from examgen.fonts import PageFonts
from examgen.model import Item, Lang
from examgen.text import fold

# Side by side, more columns than this are not read.
SHOWN_MEMBERS = 12
# A longer list of reasons is folded: the questions themselves tell more.
SHOWN_REASONS = 3


@dataclass(frozen=True)
class _Card:
    """A group or a pair on the page."""

    verdict: str
    confidence: float
    review: bool
    members: list[tuple[str, Item, Markup, bool]]
    """Name, item, its question with the words marked that the kept one lacks, and whether it is the kept one."""
    pairs: list[Pair]
    conflicts: tuple[Conflict, ...] = ()

    @property
    def overruling(self) -> str:
        """The command that overrules the decision; of a group, its weakest one."""
        names = (self.pairs[0].left, self.pairs[0].right) if self.pairs else [name for name, *_ in self.members[:2]]
        verdict = "different" if self.verdict == "same" else "same"
        return f"examgen bank decide BANK {verdict} {shlex.join(names)}"


def duplicates_page(title: str, duplicates: Duplicates, lang: Lang = "en") -> str:
    """The review page as one HTML file with its fonts inside, which loads nothing and runs no script.

    Args:
        title: Of the bank.
        lang: Language of the page itself.
    """
    cards = sorted(_cards(duplicates), key=lambda card: (not card.review, card.confidence))
    counts = {
        "items": len(duplicates.items),
        "questions": len(duplicates.groups),
        "merged": sum(len(group.members) > 1 for group in duplicates.groups),
        "related": sum(pair.verdict == "related" for pair in duplicates.pairs),
        "review": len(duplicates.review),
    }
    page = (
        page_templates(shipped("templates") / "review")
        .get_template("duplicates.html.j2")
        .render(
            words=WORDS[lang],
            lang={"en": "en", "zh": "zh-CN"}[lang],
            in_language=functools.partial(in_language, lang=lang),
            title=title,
            cards=cards,
            counts=counts,
            shown_reasons=SHOWN_REASONS,
        )
    )
    fonts = PageFonts()
    fonts.take(page)
    # What documents say is escaped, so the first one is ours.
    return page.replace("<style>", f"<style>\n{fonts.css()}", 1)


def _cards(duplicates: Duplicates) -> list[_Card]:
    group_of = {name: number for number, group in enumerate(duplicates.groups) for name in group.members}
    inside: dict[int, list[Pair]] = {}
    cards = []
    for pair in duplicates.pairs:
        if group_of[pair.left] == group_of[pair.right]:
            inside.setdefault(group_of[pair.left], []).append(pair)
        else:
            names = (pair.left, pair.right)
            cards.append(
                _Card(pair.verdict, pair.confidence, pair.review, _members(names, pair.left, duplicates), [pair])
            )
    for number, group in enumerate(duplicates.groups):
        if len(group.members) > 1:
            cards.append(_group_card(group, inside.get(number, []), duplicates))
    return cards


def _group_card(group: Group, pairs: list[Pair], duplicates: Duplicates) -> _Card:
    names = (group.kept, *(name for name in group.members if name != group.kept))
    members = _members(names[:SHOWN_MEMBERS], group.kept, duplicates)
    review = any(pair.review for pair in pairs) or bool(group.conflicts)
    return _Card("same", group.confidence, review, members, pairs, group.conflicts)


def _members(names: tuple[str, ...], kept: str, duplicates: Duplicates) -> list[tuple[str, Item, Markup, bool]]:
    model = duplicates.items[kept]
    other = duplicates.items[next((name for name in names if name != kept), kept)]
    return [
        (name, item, marked(item.question, (other if name == kept else model).question), name == kept)
        for name in names
        for item in (duplicates.items[name],)
    ]


def marked(text: str, other: str) -> Markup:
    """A text as HTML, with ``<mark>`` around the words that the other text lacks."""
    words, others = _words(text), _words(other)
    matcher = difflib.SequenceMatcher(None, [fold(w) for w in words], [fold(w) for w in others], autojunk=False)
    parts = []
    for what, start, end, _, _ in matcher.get_opcodes():
        piece = escape("".join(words[start:end]))
        parts.append(Markup("<mark>{}</mark>").format(piece) if what in ("delete", "replace") and piece else piece)
    return Markup("").join(parts)


def _words(text: str) -> list[str]:
    return [word for word in cutter().cut(text, HMM=False) if word]
