"""What the templates are given: a paper with its texts set, its options measured and its answer space worked out.

The views of a candidate's paper hold nothing that the candidate must not know: keys are put in only where ``answers``
is asked for, so no template can leak them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from markupsafe import Markup

from examgen.model import Item, Kind
from examgen.paper import Paper, PaperItem, PaperSection, own_letters, own_texts
from examgen.questions import QUESTIONS, multiple_choice
from examgen.questions.fill_in import GAP
from examgen.render.look import Mode
from examgen.render.markdown import Content, plain_text, width
from examgen.render.theme import PageSize, Theme, chinese_number, roman_number

# How an option is indented, and the space after it, in em.
OPTION_EDGE_EM = 2.2
QUESTION_INDENT_EM = 2.1
# A handwritten line of 150 mm holds about 28 Han characters, and a good answer is some shorter than the model answer.
WRITTEN_EM_A_LINE = 28.0
ANSWER_SHARE = 0.7
MIN_LINES, MAX_LINES = 4, 26
NOTHING = Markup("")


@dataclass(frozen=True)
class Entry:
    """One lettered or numbered line of a question: an option, a side of a matching, an entry to order."""

    letter: str
    html: Markup
    second: Markup = NOTHING


@dataclass(frozen=True)
class ScorePoint:
    """A rubric point 得分点 with its marks on this paper."""

    html: Markup
    marks: str


@dataclass(frozen=True)
class Solution:
    """What a teacher's copy and a marking scheme say about a question."""

    key: str = ""
    """Of a keyed kind: the printed letters, the words or the number."""
    right: frozenset[str] = frozenset()
    """The printed letters of right options."""
    references: tuple[Markup, ...] = ()
    points: tuple[ScorePoint, ...] = ()
    explanation: Markup = NOTHING
    reasons: tuple[Entry, ...] = ()
    """Why an option is right or wrong, by printed letter."""
    rule: str = ""


@dataclass(frozen=True)
class Question:
    """A question, or a part of one, ready for the page."""

    number: str
    anchor: str
    """Unique in the page."""
    item_id: str
    part_id: str
    kind: Kind
    marks: str
    stem: Markup
    second: Markup = NOTHING
    entries: tuple[Entry, ...] = ()
    lefts: tuple[Entry, ...] = ()
    columns: int = 1
    blanks: int = 0
    lines: int = 0
    unit: str = ""
    worth: bool = False
    """Whether the marks are printed with the question and not in the section's head."""
    parts: tuple[Question, ...] = ()
    solution: Solution | None = None

    @property
    def long(self) -> bool:
        """Whether the question may be broken over pages."""
        return bool(self.lines or self.parts)


@dataclass(frozen=True)
class SectionView:
    """A section, ready for the page."""

    number: str
    head: str
    note: str
    marks: str
    each: str
    kind: Kind
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Field:
    """Something that a candidate fills in, or that is filled in for him."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class PaperView:
    """A paper, ready for the page."""

    paper: Paper
    words: Mapping[str, Any]
    title: str
    subtitle: str
    code: str
    minutes: str
    total: str
    notices: tuple[Markup, ...]
    fields: tuple[Field, ...]
    sections: tuple[SectionView, ...]
    content: Content = field(default_factory=Content)

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in printed order."""
        return tuple(question for section in self.sections for question in section.questions)


class Amount(str):
    """A number as text, which a theme's sentence can count in: ``{points:mark|marks}`` is ``1 mark`` or ``2 marks``."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        return f"{self!s} {one if self == '1' else many}" if bar else format(str(self), spec)


def number_text(value: float) -> Amount:
    """Marks and minutes, without a needless point."""
    return Amount(f"{round(value, 2):g}")


def view_paper(
    paper: Paper,
    theme: Theme,
    size: PageSize,
    mode: Mode = "print",
    pictures: Mapping[str, bytes] | None = None,
    *,
    solutions: bool = False,
    on_sheet: bool = False,
) -> PaperView:
    """Set all texts of a paper.

    Args:
        paper: What is printed.
        theme: Gives the words.
        size: Gives the width that options are laid out in.
        mode: ``print`` leaves space for answers, ``web`` puts in controls, ``teacher`` the answers.
        pictures: The exam's own pictures by name.
        solutions: Put in keys, model answers and rubric points.
        on_sheet: Answers go onto a separate sheet: the paper leaves no space for them.

    Raises:
        ContentError: a text cannot be printed; the item is named.
    """
    content = Content(pictures or {})
    return _Builder(paper, theme, size, mode, content, solutions or mode == "teacher", on_sheet).view()


@dataclass
class _Builder:
    paper: Paper
    theme: Theme
    size: PageSize
    mode: Mode
    content: Content
    solutions: bool
    on_sheet: bool = False

    def __post_init__(self) -> None:
        self.words = self.theme.words_in(self.paper.lang)

    @property
    def _space(self) -> bool:
        return not (self.on_sheet and self.mode == "print")

    def say(self, name: str, **values: object) -> str:
        """One of the theme's sentences."""
        return str(self.words[name]).format(**values)

    def view(self) -> PaperView:
        paper, exam = self.paper, self.paper.exam
        code = f"{exam.id}-{paper.version}"
        minutes = self.say("minutes", minutes=number_text(exam.minutes)) if exam.minutes else ""
        return PaperView(
            paper=paper,
            words=self.words,
            title=exam.title,
            subtitle=exam.subtitle or (self.say("form", version=paper.version) if len(exam.forms) > 1 else ""),
            code=code,
            minutes=minutes,
            total=number_text(paper.points),
            notices=self._notices(),
            fields=self._fields(),
            sections=tuple(self._section(number, section) for number, section in enumerate(paper.sections, 1)),
            content=self.content,
        )

    def _notices(self) -> tuple[Markup, ...]:
        paper = self.paper
        own = paper.exam.notices
        minutes = paper.exam.minutes
        labels = [self.say(name) for name in self.theme.fields]
        values = {
            "sections": number_text(len(paper.sections)) if paper.lang != "zh" else chinese_number(len(paper.sections)),
            "total": number_text(paper.points),
            "minutes": self.say("notices_minutes", minutes=number_text(minutes)) if minutes else "",
            "fields": "、".join(labels) if paper.lang == "zh" else ", ".join(labels).lower(),
        }
        where = "notices_web" if self.mode == "web" else "notices_sheet" if self.on_sheet else "notices"
        theirs = self.words[where]
        texts = own or tuple(str(text).format(**values) for text in theirs)
        return tuple(self.content.inline(text, "notice") for text in texts)

    def _fields(self) -> tuple[Field, ...]:
        candidate = self.paper.candidate
        row = candidate.model_dump() if candidate else {}
        fields = []
        for name in self.theme.fields:
            label = self.say(name)
            fields.append(Field(name, label, str(row.get(name) or row.get(label) or "")))
        return tuple(fields)

    def _section(self, number: int, section: PaperSection) -> SectionView:
        kind = section.kind
        title = self._title(section)
        points = {item.points for item in section.items}
        each = number_text(points.pop()) if len(points) == 1 else ""
        name = "section_one" if len(section.items) == 1 else "section_each" if each else "section_mixed"
        counts = self.say(name, count=len(section.items), each=each, total=number_text(section.points))
        printed_number = chinese_number(number) if self.paper.lang == "zh" else roman_number(number)
        return SectionView(
            number=printed_number,
            head=self.say("section_head", number=printed_number, title=title),
            note=self.say("section_brackets", text=(counts + self._instruction(section)).strip()),
            marks=number_text(section.points),
            each=each,
            kind=kind,
            questions=tuple(self._question(item, worth=not each) for item in section.items),
        )

    def _title(self, section: PaperSection) -> str:
        """The section's title; one that only names the kind is said in the languages of the paper."""
        kind, own = section.kind, section.section.title
        if own and own not in QUESTIONS[kind].NAMES.values():
            return own
        second = self.paper.second_lang
        names = [str(self.words["kinds"][kind])]
        if second and second != self.paper.lang:
            names.append(str(self.theme.words_in(second)["kinds"][kind]))
        return "　".join(names)

    def _instruction(self, section: PaperSection) -> str:
        if section.section.instruction:
            return section.section.instruction
        if any(item.item.kind != section.kind for item in section.items):
            return ""
        first = section.items[0].item
        rule = self.words["rules"].get(first.credit or (multiple_choice.RULES[0]), "")
        return str(self.words["instructions"][section.kind]).format(rule=rule)

    def _question(self, placed: PaperItem, *, worth: bool) -> Question:
        item, other = placed.item, placed.translation
        factor = placed.points / item.max_score if item.max_score else 1.0
        whole = self._one(
            item, other, placed.order(), f"{placed.number}.", f"q{placed.number}", factor, placed, worth=worth
        )
        if not item.parts:
            return whole
        other_parts = {part.id: part for part in (other.parts if other else ())}
        parts = tuple(
            self._one(
                part,
                other_parts.get(part.id),
                placed.order(part),
                self.say("part_number", number=number),
                f"q{placed.number}-{number}",
                factor,
                placed,
                worth=True,
            )
            for number, part in enumerate(item.parts, 1)
        )
        return replace(whole, parts=parts)

    def _one(
        self,
        item: Item,
        other: Item | None,
        order: tuple[str, ...],
        number: str,
        anchor: str,
        factor: float,
        placed: PaperItem,
        *,
        worth: bool,
    ) -> Question:
        place = f"item {placed.item.id}"
        entries = self._entries(item, other, order, place)
        marks = number_text(item.max_score * factor)
        solution = self._solution(item, order, factor, place) if self.solutions else None
        shown = solution if self.mode == "teacher" else None
        return Question(
            number=number,
            anchor=anchor,
            item_id=placed.item.id,
            part_id=item.id if item is not placed.item else "",
            kind=item.kind,
            marks=marks,
            stem=self._stem(item, number, anchor, place, shown, marks if worth or item.kind == "short_answer" else ""),
            second=self._second(item, other, place),
            entries=entries,
            lefts=self._lefts(item, other, place),
            columns=self._columns(entries) if item.kind in ("single_choice", "multiple_choice", "ordering") else 1,
            blanks=len(item.blanks),
            lines=answer_lines(item, item.max_score * factor) if item.kind == "short_answer" and self._space else 0,
            unit=item.numeric.unit if item.numeric and not item.numeric.units else "",
            worth=worth,
            solution=solution,
        )

    def _entries(self, item: Item, other: Item | None, order: tuple[str, ...], place: str) -> tuple[Entry, ...]:
        own = own_letters(item)
        texts = dict(zip(own, own_texts(item), strict=True))
        others: dict[str, str] = {}
        if other and other.kind == item.kind:
            others = _translated(item, other)
        return tuple(
            Entry(
                letter,
                self.content.inline(texts[shown], place),
                self.content.inline(others[shown], place)
                if others.get(shown, texts[shown]) != texts[shown]
                else NOTHING,
            )
            for letter, shown in zip(own, order, strict=True)
        )

    def _lefts(self, item: Item, other: Item | None, place: str) -> tuple[Entry, ...]:
        others = [pair.left for pair in other.pairs] if other and len(other.pairs) == len(item.pairs) else []
        return tuple(
            Entry(
                str(number),
                self.content.inline(pair.left, place),
                self.content.inline(others[number - 1], place) if others else NOTHING,
            )
            for number, pair in enumerate(item.pairs, 1)
        )

    def _columns(self, entries: Sequence[Entry]) -> int:
        """How many options stand on a line: as many of 4, 2, 1 as their widths allow."""
        if not entries or any(entry.second for entry in entries):
            return 1
        widest = max(width(entry.html) for entry in entries) + OPTION_EDGE_EM
        room = self.size.text_em(self.theme.seal) - QUESTION_INDENT_EM
        for columns in (4, 2):
            # Five options would leave one alone on a second line of four.
            if widest <= room / columns and (columns == 2 or len(entries) % 4 in (0, 3)):
                return columns
        return 1

    def _second(self, item: Item, other: Item | None, place: str) -> Markup:
        if other is None or other.question == item.question:
            return NOTHING
        text = GAP.sub("____", other.question) if item.kind == "fill_in" else other.question
        return Markup(_GAPS.sub('<span class="blank"></span>', self.content.block(text, place)))

    def _stem(self, item: Item, number: str, anchor: str, place: str, solution: Solution | None, marks: str) -> Markup:
        html = str(self.content.block(item.question or item.title, place))
        if item.kind in ("single_choice", "multiple_choice", "true_false"):
            html = self._with_bracket(html, anchor, solution.key if solution else "")
        elif item.kind == "fill_in":
            html = self._with_blanks(html, item, anchor, filled=solution is not None)
        elif item.kind != "matching" and item.kind != "numeric":
            html = _kept_tails(_outside_code(html, lambda text: _GAPS.sub('<span class="blank"></span>', text)))
        # The number stands inside the stem, so that no page break can part them.
        lead = f'<span class="no">{escape(number)}</span>'
        if marks:
            lead += f'<span class="worth">{escape(self.say("worth", points=marks))}</span>'
        return Markup(html.replace("<p>", f"<p>{lead}", 1) if html.startswith("<p>") else f"<p>{lead}</p>{html}")

    def _with_bracket(self, html: str, anchor: str, key: str) -> str:
        """Put the bracket for the answer where the author has one, else at the end of the first paragraph."""
        inside = f'<b class="filled">{escape(key)}</b>' if key else "　　　"
        echo = f' data-echo="{anchor}" aria-hidden="true"' if self.mode == "web" else ""
        bracket = f'<span class="bracket"{echo}>{self.say("bracket", inside=inside)}</span>'
        # What stands before the bracket goes with it, so that it never stands alone on a line.
        if _BRACKET.search(plain_text(html)):
            start, end = ('<span class="tail">', "</span>") if self.paper.lang == "zh" else ("", "")
            own = lambda found: f"{start}{found[1]}{bracket}{found[2]}{end}"  # noqa: E731
            return _outside_code(html, lambda text: _OWN_BRACKET.sub(own, text, count=1))
        tail = _TAIL.search(html)
        if tail is None:
            return f"{html}<p>{bracket}</p>"
        before, after = html[: tail.start()], html[tail.end() :]
        if self.paper.lang != "zh":
            # No break comes between a word and a bracket; WeasyPrint breaks too early before a span of whole words.
            return f"{before}{tail[1]}{bracket}</p>{after}"
        return f'{before}<span class="tail">{tail[1]}{bracket}</span></p>{after}'

    def _with_blanks(self, html: str, item: Item, anchor: str, *, filled: bool) -> str:
        """Turn the gaps of a fill-in item into lines to write on, boxes to type in, or the answers."""
        widest = max((width(escape(text)) for blank in item.blanks for text in blank.answers), default=4.0)
        size = min(max(math.ceil(widest * 1.4), 5), 14)  # One size for all blanks of an item: it tells no answer.
        made = 0

        def blank() -> str:
            nonlocal made
            made += 1
            if filled and made <= len(item.blanks):
                answer = escape(item.blanks[made - 1].answers[0])
                return f'<span class="blank wide-{size}"><b class="filled">{answer}</b></span>'
            if self.mode == "web":
                label = escape(str(self.words["web"]["blank"]).format(number=made))
                return (
                    f'<input class="blank wide-{size}" id="{anchor}-b{made}" data-blank="{made}" type="text" '
                    f'autocomplete="off" spellcheck="false" maxlength="300" aria-label="{label}">'
                )
            return f'<span class="blank wide-{size}"></span>'

        html = _in_text(html, lambda text: GAP.sub(lambda _: blank(), text))
        if missing := len(item.blanks) - made:
            more = "　".join(blank() for _ in range(missing))
            html = f'{html}<p class="blanks">{more}</p>'
        return html

    def _solution(self, item: Item, order: tuple[str, ...], factor: float, place: str) -> Solution:
        own = own_letters(item)
        printed = {shown: letter for letter, shown in zip(own, order, strict=True)}
        right = frozenset(printed[option.id] for option in item.options if option.correct)
        reasons = [
            Entry(printed[option.id], Markup(_kept_tails(self.content.inline(option.reason, place))))
            for option in item.options
            if option.reason
        ]
        points = tuple(
            ScorePoint(Markup(_kept_tails(self.content.inline(point.text, place))), number_text(point.weight * factor))
            for point in item.points
        )
        return Solution(
            key=self._key(item, printed),
            right=right,
            references=tuple(Markup(_kept_tails(self.content.block(text, place))) for text in item.model_answers),
            points=points,
            explanation=Markup(_kept_tails(self.content.block(item.explanation, place)))
            if item.explanation
            else NOTHING,
            reasons=tuple(sorted(reasons, key=lambda entry: entry.letter)),
            rule=str(self.words["rules"].get(item.credit, "")),
        )

    def _key(self, item: Item, printed: Mapping[str, str]) -> str:
        """The right answer in the letters of this paper."""
        if item.kind in ("single_choice", "multiple_choice"):
            return "".join(sorted(printed[option.id] for option in item.options if option.correct))
        if item.kind == "true_false":
            return self.say("true") if item.truth else self.say("false")
        if item.kind == "fill_in":
            return "；".join(blank.answers[0] for blank in item.blanks)
        if item.kind == "numeric" and item.numeric:
            value = f"{item.numeric.value:.10g} {item.numeric.unit}".strip()
            if not item.numeric.tolerance:
                return value
            tolerance = f"{item.numeric.tolerance:g} {item.numeric.unit}".strip()
            return value + self.say("bracket", inside=self.say("tolerance", tolerance=tolerance))
        if item.kind in ("matching", "ordering"):
            key = QUESTIONS[item.kind].key(item)
            return re.sub(r"[A-Z]+", lambda match: printed[match[0]], key)
        return ""


_GAPS = re.compile(r"_{3,}")
_BRACKET = re.compile(r"（[\s\u3000]*）|\((?:\s{2,}|\u3000+)\)")
# Three characters, with the signs that close them.
_LAST_WORD = r"[\u3400-\u9fff，、：]{0,3}[？。?.）)”》]{0,2}"
_OWN_BRACKET = re.compile(rf"({_LAST_WORD} ?)(?:{_BRACKET.pattern})([。？?.；，,]?)")
_TAIL = re.compile(rf"({_LAST_WORD})</p>")
_END = re.compile(r"([\u3400-\u9fff]{2}[。；！？：”’）》]{0,2})(?=</p>|</li>|\s*\Z)")
_PRE_OR_TAG = re.compile(r"(<pre.*?</pre>|<svg.*?</svg>|<[^>]+>)", re.DOTALL)
_TAG = re.compile(r"(<svg.*?</svg>|<[^>]+>)", re.DOTALL)


def _kept_tails(html: str) -> str:
    """The last two characters of a paragraph stay together: one alone on a line looks lost."""
    return _END.sub(r'<span class="tail">\1</span>', str(html))


def _outside_code(html: str, change: Callable[[str], str]) -> str:
    return _changed(html, _PRE_OR_TAG, change)


def _in_text(html: str, change: Callable[[str], str]) -> str:
    return _changed(html, _TAG, change)


def _changed(html: str, not_text: re.Pattern[str], change: Callable[[str], str]) -> str:
    return "".join(piece if index % 2 else change(piece) for index, piece in enumerate(not_text.split(html)))


def _translated(item: Item, other: Item) -> dict[str, str]:
    """The texts of the other language by this item's own letters."""
    if item.options:
        return {option.id: option.text for option in other.options}
    if item.kind == "ordering" and len(item.sequence) == len(other.sequence):
        by_text = dict(zip(item.sequence, other.sequence, strict=True))
        return {letter: by_text[text] for letter, text in zip(own_letters(item), own_texts(item), strict=True)}
    if item.kind == "matching" and len(item.pairs) == len(other.pairs):
        by_text = {pair.right: other_pair.right for pair, other_pair in zip(item.pairs, other.pairs, strict=True)}
        by_text |= dict(zip(item.distractors, other.distractors, strict=False))
        return {
            letter: by_text.get(text, text) for letter, text in zip(own_letters(item), own_texts(item), strict=True)
        }
    return {}


def answer_lines(item: Item, marks: float) -> int:
    """How many ruled lines a free answer gets: by the length of the model answer, and at least one a mark."""
    longest = max((width(escape(text)) for text in item.model_answers), default=0.0)
    expected = max(longest, sum(width(escape(point.text)) for point in item.points)) * ANSWER_SHARE
    lines = max(math.ceil(expected / WRITTEN_EM_A_LINE) + 2, math.ceil(marks))
    return min(max(lines, MIN_LINES), MAX_LINES)
