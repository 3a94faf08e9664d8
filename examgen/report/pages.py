"""The pages of a report, and its tables as CSV."""

from __future__ import annotations

import csv
import functools
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from examgen.assets import page_templates, shipped
from examgen.fonts import PageFonts
from examgen.model import Grade, Item, RubricPoint
from examgen.records import atomic_path, csv_safe, write_text
from examgen.report.charts import histogram, meter
from examgen.report.content import ReportTexts
from examgen.report.highlight import pieces
from examgen.report.key import key_of, lettered
from examgen.report.tally import CandidateTally, Tally, grades_at, tally
from examgen.report.words import WORDS, flag_words, main_language
from examgen.scorers.points import alternatives, rubric_beside

# The pages that are numbered, as this module names them.
NUMBERED = re.compile(r"candidates/\d{5,}\.html|items/\d{4,}\.html|(?:candidates|review)-\d+\.html")
ROWS_PER_PAGE = 200
"""A table of this length still opens at once on a phone."""


@dataclass(frozen=True)
class Report:
    """What was written."""

    folder: Path
    tally: Tally
    candidate_pages: int
    """How many candidates have a page of their own."""


def write_report(
    grades: Path,
    folder: Path,
    items: Mapping[str, Item] | None = None,
    *,
    home: Path | None = None,
    lang: str | None = None,
    max_pages: int = 5000,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Write ``index.html``, a page per item and per candidate, and ``marks.csv``.

    Fonts, and formulas and pictures of the questions, are files that all pages share.
    The memory needed grows with candidates and items, not with the answers'
    texts; a long table becomes several pages.

    Args:
        grades: A ``grades.jsonl``.
        items: Items by id, to show questions and rubric points in words, and which options were chosen.
        home: Folder of their bank or exam, in whose folder ``assets`` the pictures of the questions are.
        lang: Language of the report itself, ``en`` or ``zh``; that of the items where None, and ``en`` without items.
        max_pages: With more candidates than this, only those whose marks wait for a human get a page.
        progress: Called with (pages written, pages in all).

    Raises:
        FileError: the grades cannot be read, or the folder cannot be written.
    """
    batch = tally(grades, items)
    known = [items[item_id] for item_id in batch.items if item_id in items] if items else []
    texts = ReportTexts(home)
    pages = _Pages(batch, folder, items or {}, texts, lang or (main_language(known) if known else "en"))
    chosen = [c for c in batch.candidates.values() if len(batch.candidates) <= max_pages or c.provisional][:max_pages]
    pages.links = {c.candidate_id: f"candidates/{n:05}.html" for n, c in enumerate(chosen, 1)}
    for done, candidate in enumerate(chosen, 1):
        pages.write_candidate(candidate)
        progress(done, len(chosen))
    pages.write_items()
    pages.write_tables()
    pages.write_index()
    write_text(folder / "fonts.css", pages.fonts.css())
    texts.write(folder)
    _write_csv(batch, folder / "marks.csv")
    pages.sweep()
    return Report(folder, batch, len(chosen))


class _Pages:
    """The templates with what all pages share."""

    def __init__(self, batch: Tally, folder: Path, items: Mapping[str, Item], texts: ReportTexts, lang: str) -> None:
        self.batch, self.folder, self.items = batch, folder, items
        self.links: dict[str, str] = {}
        self.written: set[str] = set()
        self.fonts = PageFonts()
        self.item_links = {item_id: f"items/{n:04}.html" for n, item_id in enumerate(batch.items, 1)}
        self.environment = _environment()
        self.shared: dict[str, Any] = {
            "batch": batch,
            "items": items,
            "content": texts,
            "links": self.links,
            "item_links": self.item_links,
            "words": WORDS[lang],
            "flag_words": functools.partial(flag_words, lang=lang),
            "lang": {"en": "en", "zh": "zh-CN"}[lang],
            "histogram": histogram,
            "meter": meter,
            "pieces": pieces,
            "rubric": _rubric,
        }

    def write(self, template: str, path: str, **facts: object) -> None:
        facts = {**self.shared, "links": self.links, "root": "../" * path.count("/"), **facts}
        html = self.environment.get_template(template).render(facts)
        self.fonts.take(html)
        self.written.add(path)
        write_text(self.folder / path, html)

    def write_candidate(self, candidate: CandidateTally) -> None:
        grades = grades_at(self.batch.path, candidate.offsets)
        self.write("candidate.html.j2", self.links[candidate.candidate_id], candidate=candidate, grades=grades)

    def write_items(self) -> None:
        for item in self.batch.items.values():
            self.write("item.html.j2", self.item_links[item.item_id], item=item)

    def write_tables(self) -> None:
        """The candidates, and the answers for a human, each as pages of `ROWS_PER_PAGE` rows."""
        self._write_pages("candidates", list(self.batch.candidates.values()), lambda rows: {"candidates": rows})
        waiting = [offset for _, offset in self.batch.waiting]
        self._write_pages("review", waiting, lambda rows: {"grades": grades_at(self.batch.path, array("q", rows))})

    def _write_pages(self, name: str, rows: Sequence[Any], facts: Callable[[Sequence[Any]], dict[str, Any]]) -> None:
        count = max(1, -(-len(rows) // ROWS_PER_PAGE))
        for page in range(1, count + 1):
            part = rows[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
            self.write(f"{name}.html.j2", f"{name}-{page}.html", page=page, pages=count, rows=len(rows), **facts(part))

    def sweep(self) -> None:
        """Remove the pages that an earlier, longer report has left: they show other people's marks."""
        for pattern in ("candidates/*.html", "items/*.html", "candidates-*.html", "review-*.html"):
            for page in self.folder.glob(pattern):
                name = page.relative_to(self.folder).as_posix()
                if NUMBERED.fullmatch(name) and name not in self.written:
                    page.unlink()

    def write_index(self) -> None:
        self.write("index.html.j2", "index.html")


def _rubric(item: Item | None, grade: Grade | None = None) -> dict[str, RubricPoint]:
    """The points of an item by id; of several ways to answer it, those that a grade was given by."""
    if item is None:
        return {}
    way = rubric_beside(item, grade) if grade else next(iter(alternatives(item)), ())
    return {point.id: point for point in way}


@functools.cache
def _environment() -> jinja2.Environment:
    environment = page_templates(shipped("templates") / "report")
    environment.globals.update(key_of=key_of, lettered=lettered)
    environment.filters["marks"] = marks
    environment.filters["percent"] = percent
    environment.filters["decimal"] = lambda number: "–" if number is None else f"{number:.2f}"
    return environment


def marks(score: float | None) -> str:
    """Marks as one writes them: at most two decimals, none where they are whole."""
    return "–" if score is None else f"{score:.2f}".rstrip("0").rstrip(".")


def percent(share: float | None) -> str:
    """A share of 0..1 in whole percent."""
    return "–" if share is None else f"{100 * share:.0f} %"


def _write_csv(batch: Tally, path: Path) -> None:
    """One line per candidate and one column per item: marks, empty where there is none."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        head = ["candidate_id", "score", "max_score", "percent", "graded", "review", "ungraded"]
        table.writerow(head + [csv_safe(item_id) for item_id in batch.items])
        for candidate in batch.candidates.values():
            by_item = {grade.item_id: grade for grade in grades_at(batch.path, candidate.offsets)}
            table.writerow(_row(candidate, by_item, batch.items))


def _row(candidate: CandidateTally, by_item: Mapping[str, Grade], items: Iterable[str]) -> list[object]:
    total = [f"{candidate.score:.2f}", f"{candidate.max_score:g}", f"{100 * (candidate.share or 0):.1f}"]
    counts = [candidate.statuses[status] for status in ("graded", "review", "ungraded")]
    scores = [by_item[item_id].score if item_id in by_item else None for item_id in items]
    return [csv_safe(candidate.candidate_id), *total, *counts, *("" if s is None else f"{s:.2f}" for s in scores)]
