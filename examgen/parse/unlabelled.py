"""Heads of a document that labels no answers: a heading asks, and the text below it answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from examgen.parse.answered import answer_behind_colon, answer_behind_question, meaning_behind_colon
from examgen.parse.asking import (
    asks,
    defines_terms,
    ends_asking,
    is_asked_about,
    names_aspect,
    names_ending,
    names_opening,
    names_part,
    speaks_of_questions,
    wonders,
)
from examgen.parse.heads import (
    BULLET,
    BULLET_MARK,
    HIDDEN,
    PARAGRAPH,
    Head,
    Style,
    counting,
    head_at,
    indent_of,
    preference,
    title_of,
)
from examgen.parse.lines import Kind, Piece

MAX_PARAGRAPH_CHARS = 200
# How far below a head its answer may begin.
NEAR = 12
NEARLY_ALL = 0.8
MAX_LINE_CHARS = 50
MIN_SERIES = 3


def heads_that_ask(pieces: Sequence[Piece], by_style: dict[Style, list[int]]) -> list[Head]:
    """The heads of the style that asks most, counts on, and has text below each of its lines."""
    by_style = {style: places for style, places in by_style.items() if not _titles_all(pieces, style, places)}
    found = {style: _asking(pieces, style, places, asks) for style, places in by_style.items()}
    collects = speaks_of_questions("\n".join(piece.text for piece in pieces[:NEAR]))
    if not any(places for style, places in found.items() if style.level or style.container == "fold"):
        found |= {
            style: _asking(pieces, style, places, lambda title: asks(title) or is_asked_about(title))
            for style, places in by_style.items()
            if (style.level or style.container == "fold")
            and (collects or style.number or _all_ask_about(pieces, places))
        }
    found[PARAGRAPH] = _asking_paragraphs(pieces) or _answered_paragraphs(pieces)
    most = max(map(len, found.values()))
    best: tuple[float, Style] | None = None
    for style, places in found.items():
        if places:
            of_all = len(places) / len(by_style.get(style, places))
            answered = _answered(pieces, places) / len(places)
            counts = counting(pieces, style, places, places)
            score = 2 * len(places) / most + 2 * answered + of_all + counts + preference(style)
            if best is None or score > best[0]:
                best = (score, style)
    if best is None and (terms := _terms(pieces, by_style)):
        return terms
    style = best[1] if best else PARAGRAPH
    if style == PARAGRAPH:
        paragraphs = [at for at in found[PARAGRAPH] if not BULLET_MARK.match(pieces[at].text)]
        if sum(_answers_itself(pieces, at) for at in paragraphs) > 1:
            # Lists below their answers, whatever they ask, are part of them.
            return [head_at(pieces, at, PARAGRAPH) for at in paragraphs]
        entries = _asking_entries(pieces, listed=collects) or _asking_lines(pieces)
        if len(entries) >= max(2, len(found[PARAGRAPH])):
            return [Head(at, BULLET, None) for at in entries]
    above = _questions_above(pieces, style, by_style) if found[style] else []
    return sorted([*(head_at(pieces, at, style) for at in found[style]), *above], key=lambda head: head.at)


def _terms(pieces: Sequence[Piece], by_style: dict[Style, list[int]]) -> list[Head]:
    """Numbered lines below 名词解释 that all hold a term and its meaning."""
    start = next((at for at, piece in enumerate(pieces) if piece.kind is Kind.TEXT and defines_terms(piece.text)), None)
    for style, places in by_style.items():
        below = [at for at in places if start is not None and at > start]
        mark = pieces[below[0]].mark if len(below) > 1 else None
        if mark and mark.numbering and all(_has_meaning(pieces[at]) for at in below):
            return [head_at(pieces, at, style) for at in below]
    return []


def _has_meaning(piece: Piece) -> bool:
    return piece.mark is not None and meaning_behind_colon(piece.text, piece.mark.start) is not None


def _questions_above(pieces: Sequence[Piece], style: Style, by_style: dict[Style, list[int]]) -> list[Head]:
    """Headings of a higher level than that of the items, below the title, that ask and have text of their own."""
    return [
        head_at(pieces, at, higher)
        for higher, places in by_style.items()
        if 1 < higher.level < style.level
        for at in places
        if wonders(title_of(pieces[at])) and not names_part(title_of(pieces[at])) and not _begins_part(pieces, at)
    ]


def _begins_part(pieces: Sequence[Piece], at: int) -> bool:
    """Whether nothing stands between a heading and the next one."""
    below = next((piece for piece in pieces[at + 1 : at + NEAR] if piece.kind not in HIDDEN), None)
    return below is None or (below.kind is Kind.TEXT and below.level > 0)


def _titles_all(pieces: Sequence[Piece], style: Style, places: Sequence[int]) -> bool:
    """Whether the only line of a style names what stands below it: # Why Rust above headings, ## 问题 above a list."""
    if style.is_label and len(places) == 1:
        return not title_of(pieces[places[0]])
    if style.level != 1 or len(places) > 1 or ends_asking(title_of(pieces[places[0]])):
        return False
    deeper = [title_of(piece) for piece in pieces[places[0] + 1 :] if piece.kind is Kind.TEXT and piece.level == 2]
    return any(not names_aspect(title) and not names_ending(title) for title in deeper)


def _asking(pieces: Sequence[Piece], style: Style, places: list[int], tells: Callable[[str], bool]) -> list[int]:
    """Places where a style asks; all of its places where most of them do, or where its keyword says so."""
    places = _without_lists(pieces, style, places) or places
    if style.has_keyword:
        return places
    asking = [at for at in places if tells(title := title_of(pieces[at])) and not names_part(title)]
    if len(asking) * 2 < len(places):
        return places if _is_series_asked_about(pieces, style, places) else []
    if style.level or style.container == "fold":
        # Headings of one level are siblings: among those that ask, one that only names its subject asks, too.
        asked = set(asking)
        siblings = [at for at in places if at in asked or _names_subject(pieces, at)]
        return siblings if style.number else _without_aspects(pieces, style, siblings)
    counted = len(places) > 2 and counting(pieces, style, places, places) > 0.9
    return places if counted else _counted_on(pieces, style, places, set(asking))


def _is_series_asked_about(pieces: Sequence[Piece], style: Style, places: list[int]) -> bool:
    """Whether numbered lines count on, each has its own paragraph, and most ask or name what is asked for."""
    if style.level or len(places) < MIN_SERIES or head_at(pieces, places[0], style).value is None:
        return False
    titles = [title_of(pieces[at]) for at in places]
    told = sum(asks(title) or is_asked_about(title) for title in titles)
    apart = sum(at + 1 < len(pieces) and pieces[at + 1].kind is Kind.BLANK for at in places)
    answered = _answered(pieces, places)
    whole = min(apart, answered) >= NEARLY_ALL * len(places)
    return told * 2 >= len(places) and whole and counting(pieces, style, places, places) > NEARLY_ALL


def _counted_on(pieces: Sequence[Piece], style: Style, places: list[int], asking: set[int]) -> list[int]:
    """Places that ask, and those whose number is the next behind such a one: 5、反问."""
    found: list[int] = []
    for before, at in itertools.pairwise([-1, *places]):
        value = head_at(pieces, at, style).value
        last = head_at(pieces, found[-1], style).value if found and found[-1] == before else None
        if at in asking or (last is not None and value == last + 1):
            found.append(at)
    return found


def _all_ask_about(pieces: Sequence[Piece], places: Sequence[int]) -> bool:
    """Whether nearly all headings name what one asks for: some do in any article."""
    titles = [title_of(pieces[at]) for at in places]
    return sum(map(is_asked_about, titles)) >= NEARLY_ALL * len(titles)


def _without_aspects(pieces: Sequence[Piece], style: Style, places: list[int]) -> list[int]:
    """Places without those that go on with the answer above them: 优点 below 什么是锁？, with no part between them."""
    going_on = {
        at
        for before, at in itertools.pairwise(places)
        if names_aspect(title_of(pieces[at]))
        and not any(0 < piece.level < (style.level or 7) for piece in pieces[before + 1 : at])
    }
    return [at for at in places if at not in going_on]


def _without_lists(pieces: Sequence[Piece], style: Style, places: list[int]) -> list[int]:
    """Places without lists: what a colon announces, and whole series of lines, each right below the one before."""
    series: list[list[int]] = []
    announced = _announced(pieces, style, places)
    for at in places:
        if at in announced:
            continue
        last = series[-1][-1] if series else -2
        before, value = head_at(pieces, last, style).value if series else None, head_at(pieces, at, style).value
        goes_on = at == last + 1 if before is None or value is None else value == before + 1
        if goes_on:
            series[-1].append(at)
        else:
            series.append([at])
    return [at for run in series if len(run) == 1 or run[-1] - run[0] >= len(run) for at in run]


def _announced(pieces: Sequence[Piece], style: Style, places: list[int]) -> set[int]:
    """Places that count on, right below each other, and begin right below a line with a colon at its end: 追问：."""
    every, announced = set(places), set[int]()
    for at in places[1:]:
        above, value = pieces[at - 1], head_at(pieces, at, style).value
        goes_on = at - 1 in announced and (value is None or value == (head_at(pieces, at - 1, style).value or 0) + 1)
        begins = {at - 1, at + 1} & every == {at + 1} and above.kind is Kind.TEXT and not above.level
        if goes_on or (begins and above.text.rstrip().endswith((":", "："))):
            announced.add(at)
    return announced


def _asking_lines(pieces: Sequence[Piece]) -> list[int]:
    """First lines of paragraphs that ask without a question mark, where most do: 什么是路由, answered below."""
    first = [
        at
        for at, piece in enumerate(pieces)
        if piece.kind is Kind.TEXT and not piece.level and (at == 0 or pieces[at - 1].kind is not Kind.TEXT)
    ]
    places = [
        at
        for at in first
        if pieces[at].mark is None
        and len(pieces[at].text) < MAX_LINE_CHARS
        and wonders(pieces[at].text)
        and not pieces[at].text.rstrip().endswith(("。", ".", "！", "：", ":", "，", "；"))
        and at + 1 < len(pieces)
        and pieces[at + 1].kind is Kind.TEXT
    ]
    return places if len(places) > 1 and len(places) * 2 > len(first) else []


def _asking_entries(pieces: Sequence[Piece], *, listed: bool) -> list[int]:
    """Entries of the first depth of lists at which they ask.

    Args:
        listed: The document says that it lists questions, so they need no question mark.
    """
    by_depth: dict[int, list[int]] = {}
    for at, piece in enumerate(pieces):
        if piece.level and names_ending(title_of(piece)):
            break
        if piece.kind is Kind.TEXT and not piece.label and not piece.numbering and BULLET_MARK.match(piece.text):
            by_depth.setdefault(indent_of(piece.text), []).append(at)
    for depth in sorted(by_depth):
        if entries := _asking_at_depth(pieces, by_depth[depth], deep=depth > 1, listed=listed):
            return entries
    return []


def _asking_at_depth(pieces: Sequence[Piece], places: list[int], *, deep: bool, listed: bool) -> list[int]:
    """Entries where most ask and have their answer further in, or where nearly all are questions."""
    titles = [title_of(pieces[at]) for at in places]
    told = sum(asks(title) or is_asked_about(title) for title in titles)
    answered = sum(_goes_further_in(pieces, at) or _answers_on_line(pieces[at].text) for at in places)
    questions = sum(map(ends_asking, titles))
    if told * 2 >= len(places) and answered >= NEARLY_ALL * len(places):
        return places
    return places if max(questions, told if listed else 0) >= NEARLY_ALL * len(places) and not deep else []


def _answers_on_line(text: str) -> bool:
    return bool(answer_behind_question(text) or answer_behind_colon(text))


def _goes_further_in(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the next line that shows stands further in than an entry."""
    below = next((piece for piece in pieces[at + 1 : at + NEAR] if piece.kind not in HIDDEN), None)
    return below is not None and indent_of(below.text) > indent_of(pieces[at].text) + 1


def _answers_itself(pieces: Sequence[Piece], at: int) -> bool:
    """Whether something else than a list stands below a paragraph that asks."""
    below = next((piece for piece in pieces[at + 1 : at + NEAR] if piece.kind not in HIDDEN), None)
    return below is not None and not BULLET_MARK.match(below.text)


def _names_subject(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a heading names neither a part, such as one that questions follow, nor what stands around all parts."""
    title = title_of(pieces[at])
    if not title or names_part(title) or names_opening(title) or names_ending(title):
        return False
    below = next((piece for piece in pieces[at + 1 : at + NEAR] if piece.kind not in HIDDEN), None)
    if below is None or below.kind is not Kind.TEXT or not below.level:
        # The last heading of all heads no part, so it is a question without an answer: 反问.
        return True
    return below.level > pieces[at].level and not wonders(title_of(below))


def _asking_paragraphs(pieces: Sequence[Piece]) -> list[int]:
    """Lines that are a paragraph of their own and end with a question mark."""
    places = []
    for at, piece in enumerate(pieces):
        alone = at == 0 or pieces[at - 1].kind in (Kind.BLANK, Kind.BREAK, Kind.NOISE)
        short = piece.kind is Kind.TEXT and piece.mark is None and len(piece.text) < MAX_PARAGRAPH_CHARS
        if alone and short and ends_asking(piece.text):
            places.append(at)
    return places


def _answered_paragraphs(pieces: Sequence[Piece]) -> list[int]:
    """Paragraphs that ask and go on with the answer, where nearly all do: an article only asks now and then."""
    first = [
        at
        for at, piece in enumerate(pieces)
        if piece.kind is Kind.TEXT and not piece.level and (at == 0 or pieces[at - 1].kind is not Kind.TEXT)
    ]
    places = [at for at in first if pieces[at].mark is None and answer_behind_question(pieces[at].text)]
    return places if len(places) > 1 and len(places) >= NEARLY_ALL * len(first) else []


def _answered(pieces: Sequence[Piece], places: list[int]) -> int:
    """How many places have text of their own below them."""
    content = (Kind.TEXT, Kind.CODE, Kind.TABLE, Kind.MATH)
    ends = [*places[1:], len(pieces)]
    return sum(
        any(piece.kind in content for piece in pieces[at + 1 : min(end, at + NEAR)])
        for at, end in zip(places, ends, strict=True)
    )
