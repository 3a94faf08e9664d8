"""The run: rows to shards, shards to an engine, results to a sink; what dies on the way is tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from examgen.engines.answers import Row
from examgen.engines.parts import Sink
from examgen.engines.shards import SHARD_ROWS, Counts, Lost, Scored, Shard, cut
from examgen.errors import ExamgenError

# A worker may die for reasons of its own, such as a lost node. A shard that outlives so many workers holds the reason.
DEATHS = 2
# More rows of one shard than this are no poison: something is wrong with the machine.
MAX_POISON = 16
POISON = "grading this answer killed the process that graded it"


class Engine(Protocol):
    """What scores shards somewhere."""

    @property
    def capacity(self) -> int:
        """How many shards can be scored at once."""

    def submit(self, shard: Shard) -> None:
        """Start scoring a shard; at most ``capacity`` are on their way at once."""

    def next(self) -> Scored | Lost:
        """Wait for one of the submitted shards, in any order.

        Raises:
            ExamgenError: grading fails for good.
        """

    def close(self) -> None:
        """End all workers."""


def run(
    rows: Iterable[Row],
    engine: Engine,
    sink: Sink,
    shard_rows: int = SHARD_ROWS,
    report: Callable[[Counts, bool], None] = lambda counts, skipped: None,
) -> Counts:
    """Grade a stream of rows.

    The sink gets each shard once, whatever dies meanwhile; what it has of an
    earlier run is not scored again.

    Args:
        report: called with what became of a shard, and whether an earlier run had it.

    Raises:
        ExamgenError: the rows cannot be read, grading fails for good, or the sink cannot write.
    """
    total = Counts()
    waiting: dict[int, Shard] = {}
    deaths: Counter[int] = Counter()
    suspects: list[Shard] = []

    def collect() -> None:
        result = engine.next()
        if isinstance(result, Lost):
            shard = result.shard
            deaths[shard.number] += 1
            if deaths[shard.number] < DEATHS:
                engine.submit(shard)
            else:
                del waiting[shard.number]
                suspects.append(shard)
            return
        sink.put(waiting.pop(result.number), result)
        total.add(result.counts)
        report(result.counts, False)

    for shard in cut(rows, shard_rows):
        if (counts := sink.find(shard)) is not None:
            total.add(counts)
            report(counts, True)
            continue
        while waiting and (len(waiting) >= engine.capacity or sink.full()):
            collect()
        waiting[shard.number] = shard
        engine.submit(shard)
    while waiting:
        collect()
    for shard in suspects:
        scored = _without_poison(shard, engine)
        sink.put(shard, scored)
        total.add(scored.counts)
        report(scored.counts, False)
    sink.finish(total)
    return total


def _without_poison(shard: Shard, engine: Engine) -> Scored:
    """Score a shard that killed its workers, with the rows that do so marked as problems."""
    poison = _poison(shard.rows, engine) if len(shard.rows) > 1 else {0}
    rows = tuple(row._replace(problem=POISON) if place in poison else row for place, row in enumerate(shard.rows))
    result = _alone(Shard(shard.number, rows), engine)
    if isinstance(result, Lost):
        raise ExamgenError(
            f"shard {shard.number}: the processes that grade it die, and no single answer is to blame",
            "Look for the reason in the system's log (memory is a common one), then go on with --resume.",
        )
    return result


def _poison(rows: tuple[Row, ...], engine: Engine, start: int = 0) -> set[int]:
    """The places of the rows that kill a worker on their own, found by halving."""
    half = len(rows) // 2
    found: set[int] = set()
    for begin, piece in ((start, rows[:half]), (start + half, rows[half:])):
        if piece and isinstance(_alone(Shard(0, piece), engine), Lost):
            found |= {begin} if len(piece) == 1 else _poison(piece, engine, begin)
        if len(found) > MAX_POISON:
            raise ExamgenError(
                f"{len(found)} answers, one after the other, killed the processes that graded them",
                "Look for the reason in the system's log (memory is a common one), then go on with --resume.",
            )
    return found


def _alone(shard: Shard, engine: Engine) -> Scored | Lost:
    engine.submit(shard)
    return engine.next()
