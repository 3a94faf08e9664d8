"""One pass over a file of grades: what the report has to know, in memory that does not grow with the answers' texts."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from examgen.errors import FileError
from examgen.model import Grade, Item
from examgen.questions import chosen_options
from examgen.records import MAX_LINE_CHARS, explain

BINS = 20
"""Bars of a distribution: 5 % of the marks each."""
FEWEST_CHOOSERS = 5
"""Of fewer people who chose an option, how well they do elsewhere says little."""


@dataclass
class Moments:
    """Running sums of pairs (x, y), enough for their means, spreads and correlation."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def add(self, x: float, y: float) -> None:
        self.n += 1
        self.x += x
        self.y += y
        self.xx += x * x
        self.yy += y * y
        self.xy += x * y

    @property
    def mean(self) -> float | None:
        return self.x / self.n if self.n else None

    @property
    def variance(self) -> float:
        """Population variance of x."""
        return max(0.0, self.xx / self.n - (self.x / self.n) ** 2) if self.n else 0.0

    @property
    def correlation(self) -> float | None:
        """Pearson's r; None where one side does not vary."""
        spread = (self.n * self.xx - self.x**2) * (self.n * self.yy - self.y**2)
        return (self.n * self.xy - self.x * self.y) / math.sqrt(spread) if self.n > 2 and spread > 1e-12 else None


@dataclass
class ItemTally:
    """What a batch did with one item."""

    item_id: str
    max_score: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    bins: list[int] = field(default_factory=lambda: [0] * BINS)
    against_rest: Moments = field(default_factory=Moments)
    """x: share of this item's marks, y: share of the marks on the candidate's other items."""
    shares: Moments = field(default_factory=Moments)
    points: dict[str, Moments] = field(default_factory=dict)
    """x: credit of each rubric point, 0..1."""
    choices: Counter[str] = field(default_factory=Counter)
    """How many chose each option of a choice item, by its id."""
    choosers: dict[str, Moments] = field(default_factory=dict)
    """x: share of the marks on their other items, of those who chose each option."""

    def draws_the_good(self, option: str, right: Collection[str]) -> bool:
        """Whether those who chose a wrong option do better elsewhere than those who chose every right one.

        Then the key may be wrong, or the option right too.
        """
        means = [self.choosers[name].mean or 0.0 for name in right if name in self.choosers]
        mine = self.choosers.get(option)
        if option in right or mine is None or mine.n < FEWEST_CHOOSERS:
            return False
        return all((mine.mean or 0.0) > mean for mean in means)

    @property
    def answers(self) -> int:
        return self.statuses.total()

    @property
    def facility(self) -> float | None:
        """Mean share of the marks, 0..1, over the answers that have a mark."""
        return self.shares.mean

    @property
    def discrimination(self) -> float | None:
        """Corrected item-rest correlation: do those who do well elsewhere do well here?"""
        return self.against_rest.correlation


@dataclass
class CandidateTally:
    """What a batch says of one candidate, and where their grades stand in the file."""

    candidate_id: str
    score: float = 0.0
    max_score: float = 0.0
    marked: float = 0.0
    """The maximum of those answers that have a mark."""
    statuses: Counter[str] = field(default_factory=Counter)
    offsets: array[int] = field(default_factory=lambda: array("q"))

    @property
    def share(self) -> float | None:
        return self.score / self.max_score if self.max_score else None

    @property
    def provisional(self) -> bool:
        """Whether a human still has to settle one of the marks."""
        return self.statuses["graded"] != self.statuses.total()


@dataclass
class Tally:
    """A whole batch."""

    path: Path
    items: dict[str, ItemTally] = field(default_factory=dict)
    candidates: dict[str, CandidateTally] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    scorers: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[float, int]] = field(default_factory=list)
    """(confidence, offset) of each answer for a human, least certain first."""

    @property
    def answers(self) -> int:
        return self.statuses.total()

    @property
    def bins(self) -> list[int]:
        """Candidates by their share of the marks, in steps of 5 %."""
        bins = [0] * BINS
        for candidate in self.candidates.values():
            if candidate.share is not None:
                bins[bin_of(candidate.share)] += 1
        return bins

    @property
    def alpha(self) -> float | None:
        """Cronbach's alpha, where every candidate has a mark on every item.

        Source:
            Cronbach 1951, Coefficient alpha and the internal structure of tests, Psychometrika 16(3).
        """
        k, n = len(self.items), len(self.candidates)
        if k < 2 or n < 3 or any(item.shares.n != n for item in self.items.values()):
            return None
        totals = Moments()
        for candidate in self.candidates.values():
            totals.add(candidate.score, 0.0)
        parts = sum(item.shares.variance * item.max_score**2 for item in self.items.values())
        return k / (k - 1) * (1 - parts / totals.variance) if totals.variance > 1e-12 else None


def bin_of(share: float) -> int:
    """The bar that a share of the marks falls into; full marks are in the last one."""
    return min(BINS - 1, max(0, int(share * BINS)))


def grades_with_offsets(path: Path) -> Iterator[tuple[int, Grade]]:
    """Stream a file of grades with each line's byte offset.

    Raises:
        FileError: the file is missing, or a line is no grade.
    """
    try:
        with path.open("rb") as lines:
            number, offset = 0, 0
            while raw := lines.readline(MAX_LINE_CHARS):
                number += 1
                if raw.strip():
                    yield offset, _grade(raw, path, number)
                offset += len(raw)
    except OSError as error:
        raise FileError(str(path), None, f"cannot be read: {error.strerror}", "Check the path.") from error


def _grade(raw: bytes, path: Path, number: int) -> Grade:
    try:
        return Grade.model_validate_json(raw.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise FileError(str(path), number, explain(error), "Give a file that 'examgen grade' wrote.") from error


def grades_at(path: Path, offsets: array[int]) -> list[Grade]:
    """The grades that start at these byte offsets of the file."""
    grades = []
    with path.open("rb") as lines:
        for offset in offsets:
            lines.seek(offset)
            grades.append(_grade(lines.readline(MAX_LINE_CHARS), path, 0))
    return grades


def tally(path: Path, items: Mapping[str, Item] | None = None) -> Tally:
    """Count a file of grades: two passes, since discrimination needs each candidate's total first.

    Args:
        items: Items by id, to tell which options of a choice item were chosen.

    Raises:
        FileError: the file is missing, a line is no grade, or there is none.
    """
    batch = Tally(path)
    for offset, grade in grades_with_offsets(path):
        _count(batch, offset, grade)
    if not batch.answers:
        raise FileError(str(path), None, "holds no grades", "Run 'examgen grade' first.")
    for _, grade in grades_with_offsets(path):
        _compare_with_rest(batch, grade, (items or {}).get(grade.item_id))
    batch.waiting.sort()
    return batch


def _count(batch: Tally, offset: int, grade: Grade) -> None:
    item = batch.items.setdefault(grade.item_id, ItemTally(grade.item_id))
    candidate = batch.candidates.setdefault(grade.candidate_id, CandidateTally(grade.candidate_id))
    for statuses in (batch.statuses, item.statuses, candidate.statuses):
        statuses[grade.status] += 1
    batch.flags.update(grade.flags)
    batch.scorers[grade.marked_by] += 1
    candidate.offsets.append(offset)
    candidate.max_score += grade.max_score
    item.max_score = max(item.max_score, grade.max_score)
    if grade.status != "graded":
        batch.waiting.append((grade.confidence, offset))
    if grade.score is not None and grade.max_score > 0:
        share = grade.score / grade.max_score
        candidate.score += grade.score
        candidate.marked += grade.max_score
        item.bins[bin_of(share)] += 1
        item.shares.add(share, 0.0)
        for point in grade.points:
            item.points.setdefault(point.id, Moments()).add(point.credit, 0.0)


def _compare_with_rest(batch: Tally, grade: Grade, item: Item | None) -> None:
    candidate, counted = batch.candidates[grade.candidate_id], batch.items[grade.item_id]
    marked = grade.score is not None and grade.max_score > 0
    rest = candidate.marked - (grade.max_score if marked else 0.0)
    elsewhere = (candidate.score - (grade.score or 0.0)) / rest if rest > 0 else None
    if marked and elsewhere is not None:
        counted.against_rest.add((grade.score or 0.0) / grade.max_score, elsewhere)
    for option in chosen_options(item, grade.answer) if item and grade.answer else ():
        counted.choices[option] += 1
        if elsewhere is not None:
            counted.choosers.setdefault(option, Moments()).add(elsewhere, 0.0)
