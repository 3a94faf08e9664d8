"""The unit of work: a shard of rows, scored into the lines of one part of the output.

Scoring is a pure function of the rows and of the grader, so that a shard may
run anywhere, and twice, and gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from examgen.engines.answers import Row
from examgen.engines.output import OUTPUTS
from examgen.errors import ExamgenError
from examgen.model import Answer, Grade, Status
from examgen.records import to_json

SHARD_ROWS = 2048
# A shard of long answers ends earlier, so that memory stays bounded.
SHARD_CHARS = 8_000_000
# Answers that a grader gets at once: enough for batches of like length, few enough for a lively progress bar.
BATCH_ROWS = 256
# So many answers failing one after the other are no poison rows: the grader itself is broken.
FAILURES_IN_A_ROW = 20


class Grades(Protocol):
    """What marks answers: `examgen.grade.Grader`, or a stub."""

    def grade(self, answers: Sequence[Answer]) -> list[Grade]:
        """One grade an answer, in their order."""


@runtime_checkable
class GradesAhead(Grades, Protocol):
    """What marks answers and waits for others, such as `examgen.judge.JudgedGrader`. It gets a whole shard at once."""

    def start(self, answers: Sequence[Answer]) -> Callable[[], list[Grade]]:
        """Begin to mark answers; what is returned waits for the rest and gives what `grade` gives."""


@dataclass(frozen=True)
class Shard:
    """Consecutive rows of the input."""

    number: int
    rows: tuple[Row, ...]

    def key(self, versions: str) -> str:
        """A checksum over the rows and whatever else decides their grades."""
        digest = hashlib.blake2b(versions.encode(), digest_size=8)
        for row in self.rows:
            extra = json.dumps(row.extra, ensure_ascii=False, sort_keys=True) if row.extra else ""
            parts = (row.candidate_id, row.item_id, row.answer, extra, row.problem)
            digest.update("\0".join((*(str(len(part)) for part in parts), *parts)).encode())
        return digest.hexdigest()


@dataclass
class Counts:
    """What became of rows."""

    rows: int = 0
    unique: int = 0
    """Different pairs of item and answer, counted within each shard."""
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Count more rows."""
        self.rows += other.rows
        self.unique += other.unique
        self.statuses.update(other.statuses)


@dataclass(frozen=True)
class Scored:
    """A scored shard: the bytes of its part of the output."""

    number: int
    data: bytes
    counts: Counts


@dataclass(frozen=True)
class Lost:
    """A shard whose worker died."""

    shard: Shard


def cut(rows: Iterable[Row], shard_rows: int = SHARD_ROWS) -> Iterator[Shard]:
    """Cut a stream into shards; where it is cut depends on the rows alone.

    A second row for the same candidate and item gets a problem that names the
    first: which of them counts is for a human to say.
    """
    seen = FirstSeen()
    pending: list[Row] = []
    chars = number = total = 0
    for row in rows:
        pending.append(row)
        chars += len(row.answer)
        if len(pending) >= shard_rows or chars >= SHARD_CHARS:
            yield Shard(number, tuple(_without_repeats(pending, seen, total)))
            number, total = number + 1, total + len(pending)
            pending, chars = [], 0
    if pending:
        yield Shard(number, tuple(_without_repeats(pending, seen, total)))


def _without_repeats(rows: list[Row], seen: FirstSeen, start: int) -> Iterator[Row]:
    keys = np.zeros(len(rows), np.uint64)
    for place, row in enumerate(rows):
        if row.candidate_id and row.item_id:
            pair = f"{len(row.candidate_id)} {row.candidate_id} {row.item_id}".encode()
            keys[place] = int.from_bytes(hashlib.blake2b(pair, digest_size=8).digest(), "little") or 1
    for row, first, place in zip(rows, seen.first_places(keys, start), range(start, start + len(rows)), strict=True):
        if first == place or row.problem:
            yield row
        else:
            yield row._replace(problem=f"row {first + 1} answers this item for this candidate already")


class FirstSeen:
    """Where each key was first seen, in 16 bytes a key.

    Sorted arrays of growing size, merged as in a log-structured merge tree: a
    million keys take 16 MB where a dict takes 150. Keys are 64-bit hashes; that
    two of ten million different pairs collide has a chance of 3 in a million.
    """

    def __init__(self) -> None:
        self.levels: list[tuple[NDArray[np.uint64], NDArray[np.int64]]] = []

    def first_places(self, keys: NDArray[np.uint64], start: int) -> list[int]:
        """The place of the first of its kind for each key, which stands at ``start + its index``; 0 is no key."""
        own = np.arange(start, start + len(keys), dtype=np.int64)
        unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        places = own[first]
        for known, at in self.levels:
            index = np.minimum(np.searchsorted(known, unique), len(known) - 1)
            places = np.where(known[index] == unique, np.minimum(places, at[index]), places)
        self._remember(unique, places)
        return [int(place) for place in np.where(keys == 0, own, places[inverse])]

    def _remember(self, keys: NDArray[np.uint64], places: NDArray[np.int64]) -> None:
        self.levels.append((keys, places))
        while len(self.levels) > 1 and len(self.levels[-1][0]) * 2 > len(self.levels[-2][0]):
            (left, left_at), (right, right_at) = self.levels[-2:]
            both, at = np.concatenate((left, right)), np.concatenate((left_at, right_at))
            order = np.lexsort((at, both))
            both, at = both[order], at[order]
            keep = np.concatenate(([True], both[1:] != both[:-1]))
            self.levels[-2:] = [(both[keep], at[keep])]


def score(
    shard: Shard, grader: Grades, output: str = "jsonl", advance: Callable[[int], None] = lambda rows: None
) -> Scored:
    """Grade a shard: each different answer to an item once, each row in its place.

    An answer that makes the grader fail is ``ungraded`` with the failure as
    its reason; the others are graded without it.

    Args:
        output: a key of `examgen.engines.output.OUTPUTS`.
        advance: called with a number of rows when these are done.

    Raises:
        ExamgenError: the grader fails on one answer after the other.
    """
    return begin(shard, grader, output, advance)()


def begin(
    shard: Shard, grader: Grades, output: str = "jsonl", advance: Callable[[int], None] = lambda rows: None
) -> Callable[[], Scored]:
    """Begin to grade a shard, if the grader is one of `GradesAhead`; what is returned does the rest of `score`."""
    first: dict[_Same, int] = {}
    for row in shard.rows:
        if not row.problem:
            first.setdefault(_same(row), len(first))
    answers = [
        Answer(candidate_id="", item_id=item_id, answer=answer, **({"lang": lang} if lang else {}))
        for item_id, answer, lang in first
    ]
    begun = _begun(answers, grader)

    def finish() -> Scored:
        waiting = Counter(first[_same(row)] for row in shard.rows if not row.problem)
        grades: list[Grade] = []
        guard = _Guard()
        rows = len(answers) if begun else BATCH_ROWS
        for start in range(0, len(answers), rows or 1):
            batch = _grade(answers[start : start + rows], grader, guard, begun)
            advance(sum(waiting[start + place] for place in range(len(batch))))
            grades += batch
        advance(len(shard.rows) - sum(waiting.values()))
        return _written(shard, first, grades, output)

    return finish


def _begun(answers: Sequence[Answer], grader: Grades) -> Callable[[], list[Grade]] | None:
    """The beginning that a grader has made, if it can."""
    if not isinstance(grader, GradesAhead):
        return None
    try:
        return grader.start(answers)
    except ExamgenError:
        raise
    except Exception:
        return None  # `_grade` finds the answer at fault


# Item, answer and language: what decides the grade of a row.
_Same = tuple[str, str, str]


def _same(row: Row) -> _Same:
    """What a row has in common with all rows of the same grade; the language where a column ``lang`` names it."""
    lang = row.extra.get("lang")
    return row.item_id, row.answer, lang if isinstance(lang, str) else ""


def _written(shard: Shard, first: dict[_Same, int], grades: Sequence[Grade], output: str) -> Scored:
    """The part of a shard; ``first`` tells which grade is a row's."""
    bodies = [grade.model_dump_json(exclude={"lang"}) for grade in grades]  # a row's own columns are added to its line
    lines = []
    counts = Counts(rows=len(shard.rows), unique=len(first))
    for row in shard.rows:
        if row.problem:
            reason = f"{row.place}: {row.problem}"
            grade = Grade(candidate_id="", item_id=row.item_id, answer=row.answer, status="ungraded", reason=reason)
            status: Status = "ungraded"
            lines.append(_line(row, to_json(grade)))
        else:
            place = first[_same(row)]
            status = grades[place].status
            lines.append(_line(row, bodies[place]))
        counts.statuses[status] += 1
    return Scored(shard.number, OUTPUTS[output].encode(lines), counts)


_NOBODY = '{"candidate_id":"",'


def _line(row: Row, body: str) -> str:
    """The line of one row, of the grade that it shares with all rows of the same answer."""
    if not body.startswith(_NOBODY):
        raise ValueError(f"a grade starts with {body[:40]!r}")
    extra = "," + json.dumps(row.extra, ensure_ascii=False, separators=(",", ":"))[1:-1] if row.extra else ""
    return f'{{"candidate_id":{json.dumps(row.candidate_id, ensure_ascii=False)},{body[len(_NOBODY) : -1]}{extra}}}\n'


class _Guard:
    """Counts answers that fail one after the other."""

    failures = 0

    def failed(self, error: Exception) -> None:
        self.failures += 1
        if self.failures >= FAILURES_IN_A_ROW:
            raise ExamgenError(
                f"grading fails for {self.failures} answers in a row: {type(error).__name__}: {error}",
                "Mend that and run again.",
            ) from error


def _grade(
    answers: Sequence[Answer], grader: Grades, guard: _Guard, begun: Callable[[], list[Grade]] | None = None
) -> list[Grade]:
    """Grade a batch, or finish one that was begun; where that fails, its halves, down to the one answer at fault."""
    try:
        grades = begun() if begun else grader.grade(answers)
    except ExamgenError:
        raise
    except Exception as error:
        if len(answers) > 1:
            half = len(answers) // 2
            return _grade(answers[:half], grader, guard) + _grade(answers[half:], grader, guard)
        guard.failed(error)
        reason = f"grading this answer failed: {type(error).__name__}: {str(error)[:200]}"
        (answer,) = answers
        return [Grade(candidate_id="", item_id=answer.item_id, answer=answer.answer, status="ungraded", reason=reason)]
    guard.failures = 0
    return grades
