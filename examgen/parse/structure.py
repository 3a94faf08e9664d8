"""Where the items of a text begin, read off from how the whole document is built.

No heading style is presumed. Every way in which lines of the document begin is
a candidate; the one that best alternates with the answers is the style of the
items. Lists inside answers fail that test: between their entries stands no answer.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from examgen.parse.lines import Kind, Piece
from examgen.parse.marks import Mark, fold
from examgen.parse.vocabulary import KEYWORDS, Role

Style = tuple[str, str]
"""How a line begins: its container (h1..h6, bold, plain, ...) and its kind of number."""

LABELLED: Style = ("label", "")
PARAGRAPH: Style = ("paragraph", "")
MAX_DEPTH = 6

ASKS = re.compile(
    r"[?？]|请|简述|简要|试述|论述|阐述|阐明|描述|列举|列出|解释|比较|介绍|谈谈|说说|如何|怎样|怎么|为什么|为何|什么|哪些|哪个|哪种|哪一|"
    r"多少|几种|是否|能否|区别|计算|证明|写出|求|下列|下面|以下|_{2,}|[（(]\s*[A-H√×✓]{0,5}\s*[)）]|"
    r"^\W*(?:what|why|how|when|where|which|who|explain|describe|define|compare|contrast|list|discuss|state|name|calculate|"
    r"prove|implement|is|are|was|does|do|did|can|could|should|give|outline|tell|write|identify|evaluate|summari[sz]e)\b",
    re.IGNORECASE,
)
SECTION = re.compile(
    r"(?:第\s*[\d一二三四五六七八九十]+\s*(?:部分|章|节|篇|单元|卷|大题|模块)|(?:part|chapter|section|unit|module)\s+[\divxIVX]+\b|"
    r"(?:单项|多项|不定项)?(?:单选|多选|选择|判断|填空|简答|论述|问答|计算|编程|分析|应用|综合|名词解释|案例|主观|客观|基础|进阶|高级|中级|初级)"
    r"(?:题|篇|部分|知识)|(?:single|multiple)[- ]choice|true[/ ]?(?:or )?false|short[- ]answer|fill[- ]in)",
    re.IGNORECASE,
)
ENDING = re.compile(
    r"\W*(?:总结|结语|小结|结论|结束语|写在最后|参考资料|参考文献|参考链接|附录|后记|延伸阅读|推荐阅读|相关链接|关于作者|致谢|声明|版权|"
    r"summary|conclusions?|references|further reading|appendix|acknowledge?ments|about the author|license)\W*$",
    re.IGNORECASE,
)
# A paragraph behind the last answer that speaks of the document, to the reader.
CLOSING_CUE = re.compile(
    r"\W*(?:以上|上述|上面|本文|本篇|这些|综上|总之|总的来说|最后|希望|愿|祝|感谢|谢谢|欢迎|更多|关注|如果您|如果你|通过(?:以上|这些|上述)|"
    r"在实际|转载|来源|作者|the above|above (?:are|is)|these|this (?:article|document|list|collection)|hope|i hope|"
    r"we hope|good luck|"
    r"thank|in conclusion|that'?s all|for more|best of luck|happy )",
    re.IGNORECASE,
)
CLOSING_NOUN = re.compile(
    r"面试|题目|试题|考题|习题|题库|题解|编程题|算法题|问答|读者|本文|文章|文档|考试|备考|求职|好成绩|点赞|收藏|转发|公众号|版权|答案解析|"
    r"全部内容|的内容|祝[您你大]|interview|questions|exam|quiz|article|reader|good luck|thanks? for|document|hope this",
    re.IGNORECASE,
)
# A field of a record, in front of its question: - **Round**: 2
FIELD = re.compile(r"\s*[-*+] +\**(?P<name>[^*:：]{1,20})\**\s*[:：]\**\s*(?P<value>.{0,80})$")
THE_END = re.compile(r"\W*(?:全文完|本文完|完|正文完|the end|end|eof|fin)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """The line that an item begins with."""

    at: int
    style: Style
    value: int | None
    """Printed number, where there is one."""


@dataclass(frozen=True)
class Span:
    """One item's pieces: head, then everything up to ``end``."""

    head: Head
    end: int


@dataclass(frozen=True)
class Outline:
    """Where the items are. All pieces outside the spans belong to the document, not to an item."""

    spans: tuple[Span, ...]
    sections: frozenset[int]
    """Pieces that are headings of parts of the document."""
    outro: int
    """First piece behind the last item."""


def outline(pieces: Sequence[Piece]) -> Outline:
    """Find the items of a text."""
    heads = find_heads(pieces)
    return _Cutter(pieces, heads).outline()


def style_of(piece: Piece) -> Style | None:
    """How a piece begins, if it could begin an item."""
    mark = piece.mark
    if piece.kind is not Kind.TEXT or mark is None:
        return None
    if mark.label and not mark.numbering:
        return (LABELLED[0], mark.label.word) if mark.label.role is Role.QUESTION else None
    container = _container(mark)
    if mark.numbering:
        return container, mark.numbering.style
    if mark.level or (mark.whole_bold and not mark.bullet):
        return container, ""
    return None


def _container(mark: Mark) -> str:
    if mark.level:
        return f"h{mark.level}"
    if mark.bullet:
        return "bullet"
    if mark.indented:
        return "indent"
    if mark.stars:
        return "bold" if mark.whole_bold else "lead"
    return "quote" if mark.quoted else "plain"


def title_of(piece: Piece) -> str:
    """The words of a head, without number, heading marks and bold."""
    return piece.mark.text_behind(piece.text) if piece.mark else piece.text.strip()


def asks(text: str) -> bool:
    """Whether a title reads like a question or a task."""
    return ASKS.search(text[:400]) is not None


def find_heads(pieces: Sequence[Piece]) -> list[Head]:
    """The first piece of every item, in order."""
    by_style: dict[Style, list[int]] = defaultdict(list)
    roles: dict[Role, list[int]] = defaultdict(list)
    for at, piece in enumerate(pieces):
        if style := style_of(piece):
            by_style[style].append(at)
        if piece.label and piece.kind is Kind.TEXT and piece.label.certain:
            roles[piece.label.role].append(at)
    answers = _first_of_each(pieces, roles[Role.ANSWER])
    questions = roles[Role.QUESTION]
    marks = answers if len(answers) * 3 >= len(questions) else questions
    marks = marks or roles[Role.EXPLANATION]
    search = _Search(pieces, by_style)
    heads = search.aligned(0, len(pieces), marks, parent=None, depth=0) if marks else []
    return sorted(heads, key=lambda head: head.at) or search.unlabelled()


def _first_of_each(pieces: Sequence[Piece], labels: list[int]) -> list[int]:
    """Labels without those that follow another with nothing in between: a fold named 答案 that opens with 答案：B."""
    found: list[int] = []
    for at in labels:
        before = found[-1] if found else -1
        label = pieces[before].label if found else None
        empty = label is not None and not pieces[before].text[label.start :].strip(" *:：")
        between = pieces[before + 1 : at] if found and at - before < 8 else pieces[:0]
        hidden = (Kind.BLANK, Kind.NOISE, Kind.COMMENT)
        if not (empty and at - before < 8 and all(piece.kind in hidden for piece in between)):
            found.append(at)
    return found


class _Search:
    """Candidate styles of one document, and the choice among them."""

    def __init__(self, pieces: Sequence[Piece], by_style: dict[Style, list[int]]) -> None:
        self.pieces = pieces
        self.by_style = by_style

    # -- with labels ---------------------------------------------------------------------------------------------

    def aligned(self, start: int, stop: int, marks: Sequence[int], parent: Head | None, depth: int) -> list[Head]:
        """Heads in a stretch of the document, each in front of one of the marks."""
        best: tuple[float, Style, list[int], list[int]] | None = None
        for style, places in self.by_style.items():
            inside = places[bisect.bisect_left(places, start) : bisect.bisect_left(places, stop)]
            if not inside:
                continue
            before = _before_each(inside, marks)
            if before and (parent is None or self._strong(style, before, parent)):
                score = self._score(style, inside, before, marks)
                if best is None or score > best[0]:
                    best = (score, style, inside, before)
        if parent is None:
            lead = self._leads(start, marks)
            score = self._score(PARAGRAPH, lead, lead, marks) if lead else 0.0
            if lead and (best is None or score > best[0]):
                best = (score, PARAGRAPH, lead, lead)
        if best is None or depth > MAX_DEPTH:
            return []
        _, style, inside, before = best
        chosen = before if style == PARAGRAPH else self._filled(style, inside, before)
        heads = [self._head(at, style) for at in chosen]
        if style[0] == LABELLED[0]:
            heads = [self._with_heading(head, start) for head in heads]
        return heads + self._rest(heads, start, stop, marks, depth)

    def _with_heading(self, head: Head, start: int) -> Head:
        """A question label's item begins at the heading above it, where only other fields stand between."""
        for at in range(head.at - 1, max(start, head.at - 12) - 1, -1):
            piece = self.pieces[at]
            if piece.kind is Kind.TEXT and piece.level and not piece.label:
                return Head(at, style_of(piece) or head.style, None)
            field = FIELD.match(piece.text) if piece.kind is Kind.TEXT else None
            if not field and piece.kind not in (Kind.BLANK, Kind.NOISE, Kind.COMMENT):
                break
        return head

    def _rest(self, heads: list[Head], start: int, stop: int, marks: Sequence[int], depth: int) -> list[Head]:
        """Heads of another style in stretches that hold more answers than one item can."""
        found: list[Head] = []
        bounds = [(None, start, heads[0].at)]
        ends = [head.at for head in heads[1:]] + [stop]
        bounds += [(head, head.at + 1, end) for head, end in zip(heads, ends, strict=True)]  # type: ignore[misc]
        for head, left, right in bounds:
            inside = marks[bisect.bisect_left(marks, left) : bisect.bisect_left(marks, right)]
            if head is not None:
                left = inside[0] + 1 if inside else left
                inside = inside[1:]
            if inside:
                found += self.aligned(left, right, inside, head or heads[0], depth + 1)
        return found

    def _strong(self, style: Style, places: list[int], parent: Head) -> bool:
        """Whether a style may begin items of its own beside those of another style."""
        container, number = style
        if container == LABELLED[0] or number in _KEYWORD_STYLES:
            return True
        if container.startswith("h") and parent.style[0].startswith("h") and container <= parent.style[0]:
            return True
        first = self._head(places[0], style)
        if first.value is not None and parent.value is not None and first.value == parent.value + 1:
            return True
        return sum(asks(title_of(self.pieces[at])) for at in places) * 2 > len(places)

    def _score(self, style: Style, places: list[int], before: list[int], marks: Sequence[int]) -> float:
        """How well a style alternates with the marks, counts on, and looks like what people number questions with."""
        recall = len(before) / len(marks)
        precision = len(before) / len(places)
        titles = [title_of(self.pieces[at]) for at in before]
        if style[0] not in (PARAGRAPH[0], LABELLED[0]):
            recall *= max(len(set(titles)) / len(titles), 0.2)
        asking = sum(asks(title) for title in titles) / len(titles)
        parts = sum(names_part(title) for title in titles) / len(titles)
        return (
            recall + 0.5 * precision + 0.7 * self._counting(style, places, before) + 0.3 * asking - parts + _rank(style)
        )

    def _counting(self, style: Style, places: list[int], chosen: list[int]) -> float:
        """Share of steps between chosen places that count on; 0.5 where there is nothing to count.

        A step counts on where the next number follows, or where the places in between lead up to it one by one.
        """
        if len(chosen) < 2 or self._head(chosen[0], style).value is None:
            return 0.5
        wanted = set(chosen)
        steps = counted = 0.0
        whole = True
        before = 0
        for index, at in enumerate(places):
            value = self._head(at, style).value or 0
            if index:
                whole = (value == before + 1) if places[index - 1] in wanted else whole and value == before + 1
                if at in wanted and at != chosen[0]:
                    previous = chosen[bisect.bisect_left(chosen, at) - 1]
                    direct = value == (self._head(previous, style).value or 0) + 1
                    steps += 1
                    counted += 1 if direct or whole else 0.5 if value == 1 else 0
            before = value
        return counted / steps

    def _filled(self, style: Style, places: list[int], before: list[int]) -> list[int]:
        """Add heads without an answer where the numbers, or the words, say that an item begins there."""
        taken = set(before)
        wanted = sorted(before)
        previous: int | None = None
        for index, at in enumerate(places):
            if at in taken:
                previous = at
                continue
            last = places[index - 1] if index else None
            following = wanted[bisect.bisect_right(wanted, at)] if at < wanted[-1] else None
            if self._fits(style, at, last, previous, following, taken):
                taken.add(at)
                previous = at
        return sorted(taken)

    def _fits(
        self, style: Style, at: int, last: int | None, previous: int | None, following: int | None, taken: set[int]
    ) -> bool:
        value = self._head(at, style).value
        title = title_of(self.pieces[at])
        if value is None:
            container = style[0]
            return (container == LABELLED[0] or asks(title) or self._question_follows(at)) and bool(title)
        if last is not None and last not in taken and self._head(last, style).value == value - 1:
            return False
        after = self._head(following, style).value if following is not None else None
        plain = not (style[0].startswith("h") or style[1] in _KEYWORD_STYLES)
        between = previous is not None and after is not None and value < after
        if plain and not (between or asks(title) or self._question_follows(at)):
            return False
        if previous is None:
            return after is not None and value < after
        before = self._head(previous, style).value or 0
        return value == before + 1 if after is None or after <= before else before < value < after

    def _question_follows(self, at: int) -> bool:
        for piece in self.pieces[at + 1 : at + 6]:
            if piece.label:
                return piece.label.role is Role.QUESTION
            if style_of(piece):
                return False
        return False

    def _leads(self, start: int, marks: Sequence[int]) -> list[int]:
        """The first lines of the paragraphs right in front of the marks."""
        leads = []
        floor = start
        for mark in marks:
            at = mark
            while at > floor and self.pieces[at - 1].kind is Kind.BLANK:
                at -= 1
            first = at
            while first > floor and self.pieces[first - 1].kind not in (Kind.BLANK, Kind.BREAK):
                first -= 1
            if first < at:
                leads.append(first)
            floor = mark + 1
        return leads

    def _head(self, at: int, style: Style) -> Head:
        numbering = self.pieces[at].numbering
        return Head(at, style, numbering.value if numbering else None)

    # -- without labels ------------------------------------------------------------------------------------------

    def unlabelled(self) -> list[Head]:
        """Heads of a document in which a heading asks and the text below it answers."""
        best: tuple[float, Style, list[int]] | None = None
        found = {style: self._asking(style, places) for style, places in self.by_style.items()}
        found[PARAGRAPH] = self._asking_paragraphs()
        most = max((len(places) for places in found.values()), default=0)
        for style, places in found.items():
            if not places:
                continue
            of_all = len(places) / len(self.by_style.get(style, places))
            answered = sum(self._has_body(at, end) for at, end in _with_ends(places, len(self.pieces))) / len(places)
            score = (
                2 * len(places) / most + of_all + 2 * answered + self._counting(style, places, places) + _rank(style)
            )
            if best is None or score > best[0]:
                best = (score, style, places)
        if best is None:
            return []
        _, style, places = best
        return [self._head(at, style) for at in places]

    def _asking(self, style: Style, places: list[int]) -> list[int]:
        """Places where a style asks; all of its places where most of them do, or where its keyword says so."""
        # Lines one right below the other are a list, unless the whole document is one.
        every = set(places)
        places = [at for at in places if at - 1 not in every and at + 1 not in every] or places
        asking = [at for at in places if asks(title_of(self.pieces[at]))]
        if style[1] in _KEYWORD_STYLES:
            return places
        if len(asking) * 2 < len(places):
            return []
        counted = self._counting(style, places, places) > 0.9 and len(places) > 2
        return places if counted else asking

    def _asking_paragraphs(self) -> list[int]:
        """Lines that are a paragraph of their own and end with a question mark."""
        places = []
        for at, piece in enumerate(self.pieces):
            alone = at == 0 or self.pieces[at - 1].kind in (Kind.BLANK, Kind.BREAK, Kind.NOISE)
            short = piece.kind is Kind.TEXT and piece.mark is None and len(piece.text) < 200
            if alone and short and piece.text.rstrip().endswith(("?", "？")):
                places.append(at)
        return places

    def _has_body(self, at: int, end: int) -> bool:
        return any(
            piece.kind in (Kind.TEXT, Kind.CODE, Kind.TABLE, Kind.MATH)
            for piece in self.pieces[at + 1 : min(end, at + 12)]
        )


def names_part(title: str) -> bool:
    """Whether a title names a part of a document: 二、填空题（每题 2 分）."""
    return len(title) < 60 and SECTION.search(title) is not None and not asks(SECTION.sub("", title))


def _names_part_bare(text: str) -> bool:
    """The same for a line without number or heading marks: it must begin with the name, as in Part II."""
    return len(text) < 60 and SECTION.match(text.strip()) is not None and not asks(SECTION.sub("", text))


def _with_ends(places: list[int], stop: int) -> Iterable[tuple[int, int]]:
    return zip(places, [*places[1:], stop], strict=True)


def _before_each(places: Sequence[int], marks: Sequence[int]) -> list[int]:
    """For each mark the last place in front of it (or at it), where one stands behind the mark before."""
    found = []
    floor = -1
    for mark in marks:
        index = bisect.bisect_right(places, mark) - 1
        if index >= 0 and places[index] > floor:
            found.append(places[index])
        floor = mark
    return found


_KEYWORD_STYLES = KEYWORDS | {"第"}


def _rank(style: Style) -> float:
    """A small preference, for what else is equal: a heading before a label inside the same item."""
    container, number = style
    if style == PARAGRAPH:
        return -0.4
    if container == LABELLED[0]:
        return 0.0
    rank = (
        0.3
        if container.startswith("h")
        else 0.2
        if container == "bold"
        else 0.1
        if container in ("plain", "lead")
        else -0.1
    )
    return rank + (0.1 if number in _KEYWORD_STYLES else 0.0)


class _Cutter:
    """Turns heads into spans: an item ends where the next begins, or where a part of the document does."""

    def __init__(self, pieces: Sequence[Piece], heads: list[Head]) -> None:
        self.pieces = pieces
        self.heads = heads
        self.starts = {head.at for head in heads}
        self.outer = self._outer_styles()

    def outline(self) -> Outline:
        if not self.heads:
            sections = {at for at in range(len(self.pieces)) if self._is_section(at)}
            return Outline((), frozenset(sections), len(self.pieces))
        spans = []
        sections = set()
        for head, end in zip(self.heads, [*(h.at for h in self.heads[1:]), len(self.pieces)], strict=True):
            is_last = end == len(self.pieces)
            stop = next((at for at in range(head.at + 1, end) if self._ends_item(at, end, head, is_last)), end)
            stop = self._closing(head.at, stop) if is_last else stop
            sections |= {at for at in range(stop, end) if self._is_section(at)}
            if stop < end and not is_last:
                sections.add(stop)
            spans.append(Span(head, stop))
        sections |= {at for at in range(self.heads[0].at) if self._is_section(at)}
        return Outline(tuple(spans), frozenset(sections), spans[-1].end)

    def _is_section(self, at: int) -> bool:
        """Whether a line outside the items is a heading."""
        piece = self.pieces[at]
        if piece.kind is not Kind.TEXT:
            return False
        if piece.mark is None:
            return _names_part_bare(piece.text)
        return bool(piece.level) or style_of(piece) in self.outer or names_part(title_of(piece))

    def _outer_styles(self) -> set[Style]:
        """Styles of which nearly every line stands right in front of an item, the first one included.

        They are the headings of parts. The last entry of a list may stand in front of an item, too, but its
        first entry does not stand in front of the first item.
        """
        in_front: dict[Style, int] = defaultdict(int)
        total: dict[Style, int] = defaultdict(int)
        first = self.heads[0].at if self.heads else 0
        opening: set[Style] = set()
        for at, piece in enumerate(self.pieces):
            style = style_of(piece)
            if style and at not in self.starts:
                following = self._next_visible(at)
                total[style] += 1
                in_front[style] += following in self.starts
                if following == first:
                    opening.add(style)
        return {style for style in opening if in_front[style] >= 0.8 * total[style]}

    def _next_visible(self, at: int) -> int:
        for later in range(at + 1, min(at + 6, len(self.pieces))):
            if self.pieces[later].kind not in (Kind.BLANK, Kind.BREAK, Kind.NOISE, Kind.COMMENT):
                return later
        return -1

    def _ends_item(self, at: int, end: int, head: Head, is_last: bool) -> bool:
        piece = self.pieces[at]
        mark = piece.mark
        if piece.kind is not Kind.TEXT or (mark and mark.label):
            return False
        title = title_of(piece)
        before_item = not is_last and self._next_visible(at) == end
        if mark is None:
            return before_item and _names_part_bare(piece.text)
        if mark.level:
            own = int(head.style[0][1:]) if head.style[0].startswith("h") else 7
            if mark.level < own and own < 7:
                return True
            section = names_part(title)
            ending = is_last and ENDING.match(title) is not None
            return mark.level <= own and (before_item or section or ending)
        if before_item and len(title) < 80:
            return style_of(piece) in self.outer or names_part(title)
        return is_last and mark.whole_bold and ENDING.match(title) is not None

    def _closing(self, start: int, stop: int) -> int:
        """Move the end of the last item in front of paragraphs that close the document."""
        while True:
            last = stop - 1
            while last > start and self.pieces[last].kind in (Kind.BLANK, Kind.NOISE, Kind.BREAK, Kind.COMMENT):
                last -= 1
            first = last
            while first > start and self.pieces[first - 1].kind is Kind.TEXT:
                first -= 1
            if first <= start + 1 or any(self.pieces[at].kind is not Kind.TEXT for at in range(first, last + 1)):
                return stop
            # An answer may not be taken for a farewell: the paragraph stands alone, unmarked, at the margin.
            text = self.pieces[first].text
            plain = all(self.pieces[at].mark is None for at in range(first, last + 1))
            alone = self.pieces[first - 1].kind in (Kind.BLANK, Kind.BREAK, Kind.NOISE)
            whole = fold("\n".join(self.pieces[at].text for at in range(first, last + 1)))
            closing = THE_END.match(text) or (CLOSING_CUE.match(text) and CLOSING_NOUN.search(whole))
            if not (plain and alone and closing):
                return stop
            stop = first
