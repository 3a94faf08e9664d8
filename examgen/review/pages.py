"""The pages of the desk."""

from __future__ import annotations

import functools
from typing import Any

import jinja2

from examgen.assets import page_templates, shipped
from examgen.fonts import PAGE_FAMILIES, web_font_css
from examgen.render.pages import drops
from examgen.report.content import BankTexts
from examgen.report.highlight import Piece, pieces
from examgen.report.key import key_of, lettered
from examgen.report.pages import marks, percent
from examgen.report.words import FLAGS, flag_words
from examgen.review.cases import Case
from examgen.review.desk import Desk, progress
from examgen.review.words import WORDS
from examgen.text import INVISIBLE


@functools.cache
def style() -> str:
    """The style sheet: the report's, and what only the desk needs."""
    templates = shipped("templates")
    sheets = [
        (templates / folder / name).read_text(encoding="utf-8")
        for folder, name in (("report", "report.css"), ("report", "content.css"), ("review", "review.css"))
    ]
    return "\n".join([*sheets, drops()])


def fonts_css(desk: Desk, lang: str) -> str:
    """The fonts, cut to what the questions and answers of a desk hold."""
    words = [*WORDS[lang].values(), flag_words(FLAGS, lang), desk.marker]
    records = {id(record): record for case in desk.cases.values() for record in (case.grade, case.item) if record}
    characters = set().union(*words, *(record.model_dump_json() for record in records.values()))
    return web_font_css(frozenset(map(ord, characters)), PAGE_FAMILIES)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = page_templates(shipped("templates") / "review")
    environment.globals.update(key_of=key_of, lettered=lettered)
    environment.filters["marks"] = marks
    environment.filters["percent"] = percent
    environment.filters["letters"] = letters
    return environment


def letters(text: str) -> list[tuple[str, bool]]:
    """A text in stretches, each with whether it is an invisible character, which is shown by its code."""
    found: list[tuple[str, bool]] = []
    at = 0
    for match in INVISIBLE.finditer(text):
        if match.start() > at:
            found.append((text[at : match.start()], False))
        found.append((f"U+{ord(match.group()):04X}", True))
        at = match.end()
    if at < len(text):
        found.append((text[at:], False))
    return found


def _shared(desk: Desk, lang: str) -> dict[str, Any]:
    done, total = progress(desk)
    named = functools.partial(flag_words, lang=lang)
    return {"words": WORDS[lang], "flag_words": named, "lang": lang, "desk": desk, "done": done, "total": total}


def queue_page(desk: Desk, lang: str) -> str:
    """The list of answers, what waits first."""
    rows = [(case, desk.settled(case), desk.mine(case), desk.waits_for_me(case)) for case in desk.queue()]
    rows.sort(key=lambda row: not row[3])  # stable: the order of the queue stays
    first = next((case.id for case, _, _, waits in rows if waits), None)
    template = _environment().get_template("queue.html.j2")
    return template.render(**_shared(desk, lang), rows=rows, first=first, title=_title)


def case_page(
    desk: Desk, case_id: str, texts: BankTexts, lang: str, saved: str, problem: str, form: dict[str, str]
) -> str:
    """One answer beside its rubric."""
    case = desk.cases[case_id]
    shows = desk.shows_machine(case)
    mine = desk.mine(case)
    template = _environment().get_template("case.html.j2")
    return template.render(
        **_shared(desk, lang),
        case=case,
        content=texts,
        title=_title(case),
        pieces=pieces(case.answer, case.grade.points) if shows else [Piece(case.answer)] if case.answer else [],
        shows=shows,
        mine=mine,
        settled=desk.settled(case),
        others=[n for n in desk.marks_to_show(case) if n.decision.by != desk.marker or desk.role == "arbiter"],
        chosen=_chosen(desk, case, form),
        whole=form.get("score", "" if mine is None or mine.credits else f"{mine.score:g}"),
        why=form.get("why", ""),
        needs_why=mine is not None or desk.role == "arbiter",
        seen={point.id: point for point in case.grade.points} if shows else {},
        verdicts={v.id: v for v in case.grade.judge.verdicts} if shows and case.grade.judge else {},
        numbers={point.id: number for number, point in enumerate(case.points, 1)},
        similar=[desk.cases[other] for other in case.similar[:8]],
        same=[other for other in case.same if desk.waits_for_me(desk.cases[other])],
        next_id=desk.after(case_id),
        previous_id=desk.after(case_id, -1),
        place=desk.order.index(case_id) + 1,
        notice=_notice(saved, lang),
        problem=problem,
    )


def _title(case: Case) -> str:
    return (case.item.title if case.item else "") or case.grade.item_id


def _chosen(desk: Desk, case: Case, form: dict[str, str]) -> dict[str, str]:
    """The credits that are ticked at first: those just sent, one's own last ones, or the machine's to the nearest half.

    A blind marker, and an arbiter, starts from nothing.
    """
    if form:
        return {point.id: form.get(f"credit-{point.id}", "") for point in case.points}
    mine = desk.mine(case)
    if mine is not None:
        return {point_id: f"{share:g}" for point_id, share in mine.credits.items()}
    if desk.blind or desk.role == "arbiter":
        return {}
    return {point.id: f"{round(point.credit * 2) / 2:g}" for point in case.grade.points}


def _notice(saved: str, lang: str) -> str:
    """What was saved a moment ago."""
    parts = saved.split("_")
    if len(parts) != 3 or not all(part.replace(".", "", 1).isdecimal() for part in parts):
        return ""
    score, most, count = parts
    return WORDS[lang]["saved" if count == "1" else "saved_same"].format(score=score, max=most, n=count)
