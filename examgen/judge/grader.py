"""A grader with a second opinion: local marks first, the judge where they are unsure, a person where both are."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from examgen.calibrate import Calibration, credit, doubt, promise
from examgen.judge.combine import MARGIN, JudgeCalibration, assumed, combine, gap
from examgen.judge.opinion import Heard, Judge, JudgeSettings, Stats
from examgen.judge.prompt import wording
from examgen.judge.words import joined, reason
from examgen.model import Answer, Grade, Item, Opinion, PointGrade, PointVerdict, RubricPoint
from examgen.scorers.points import origin, rubric_of

# While the judge thinks about one piece of the answers, the local grader marks the next: so many answers at once.
PIECE = 64
# Marking stops while more answers than these wait to be asked about, since marking holds Python's lock and every call
# needs it too. They keep the judge busy while a shard is written and the next one is read.
AHEAD = 192
# A longer answer is a document, and a person should see it.
MAX_ANSWER_CHARS = 8000
# What such an answer gets is for a person to say, so asking about it would be money for nothing.
NOT_ASKED = frozenset({"injection", "question_copied", "repetition", "keywords", "invisible", "long"})
# A quote other than the local grader's own evidence has to show at least this share of what the whole answer shows.
BACKED = 0.5


class RiskLike(Protocol):
    """What a reviewer wants to be sure of; see `examgen.grade.Risk`."""

    @property
    def at(self) -> float: ...

    def share(self, max_score: float) -> float: ...


class Local(Protocol):
    """The grader that works without a judge; see `examgen.grade.Grader`."""

    calibration: Calibration

    @property
    def risk(self) -> RiskLike: ...

    def grade(self, answers: Sequence[Answer]) -> list[Grade]: ...

    def item_of(self, answer: Answer) -> Item | None: ...


@dataclass(frozen=True)
class JudgeRule:
    """Which answers go to the judge, and how its opinion counts."""

    scope: Literal["review", "all", "none"] = "review"
    margin: float = MARGIN
    calibration: JudgeCalibration = field(default_factory=assumed)


@dataclass(frozen=True)
class Case:
    """An answer that can be judged."""

    item: Item
    points: tuple[RubricPoint, ...]
    answer: Answer
    grade: Grade


# What was asked about one piece: place -> the case, and what will be heard of it.
_Asked = dict[int, tuple[Case, Future[Heard]]]
# The local grades, and by place what was heard.
_Listened = tuple[list[Grade], dict[int, tuple[Case, Heard]]]


class JudgedGrader:
    """Marks answers as `Local` does, and asks a judge where that leaves a doubt."""

    def __init__(self, local: Local, judge: Judge, rule: JudgeRule | None = None) -> None:
        self.local, self.judge, self.rule = local, judge, rule or JudgeRule()
        self.calibration = local.calibration
        self.scorer = f"{judge.settings.model} ({judge.settings.fingerprint}, {self.rule.calibration.name})"
        self.prompt = wording()
        known = self.rule.calibration.held_out
        self.promises = self.calibration.model_copy(update={"held_out": known}) if known else self.calibration
        self._promise = functools.cache(lambda share, sort: promise(self.promises, share, local.risk.at, sort))
        # More threads than calls at once: wording a question and keeping a reply should not keep a call waiting.
        calls = judge.settings.limits.concurrency
        self.pool = ThreadPoolExecutor(calls + max(1, calls // 2), thread_name_prefix="judge")

    @property
    def stats(self) -> Stats:
        """What the judge has cost so far."""
        return self.judge.stats

    def grade(self, answers: Sequence[Answer]) -> list[Grade]:
        """Mark answers; one `Grade` each, in their order.

        Raises:
            ExamgenError: the judge's key or model is wrong, or its replies cannot be kept.
        """
        return self.start(answers)()

    def start(self, answers: Sequence[Answer]) -> Callable[[], list[Grade]]:
        """Mark answers and ask about them, without waiting for the judge's last replies.

        Returns:
            What waits for these, and gives what `grade` gives. Other answers may be started before.

        Raises:
            ExamgenError: as for `grade`.
        """
        listen = self._started(answers)

        def finish() -> list[Grade]:
            grades, heard = listen()
            for place, (case, what) in heard.items():
                grades[place] = self._combined(case, what)
            return grades

        return finish

    def listen(self, answers: Sequence[Answer]) -> _Listened:
        """Mark answers locally, and ask about those that the rule sends to the judge.

        Returns:
            The local grades, and by place what was heard: believed only if it also fits the local evidence.
        """
        return self._started(answers)()

    def _started(self, answers: Sequence[Answer]) -> Callable[[], _Listened]:
        """Mark answers locally and ask; what is returned waits for the last replies, and gives what `listen` gives."""
        grades: list[Grade] = []
        heard: dict[int, tuple[Case, Heard]] = {}
        asked: deque[_Asked] = deque()
        stop = threading.Event()

        def rest() -> _Listened:
            with _set_by_error(stop):
                while asked:
                    heard.update(self._answered(asked.popleft()))
            return grades, heard

        with _set_by_error(stop):
            for start in range(0, len(answers), PIECE):
                while asked and self.stats.waiting > AHEAD + self.judge.settings.limits.concurrency:
                    heard.update(self._answered(asked.popleft()))
                piece = answers[start : start + PIECE]
                marked = self.local.grade(piece)
                asked.append(self._asked(piece, marked, start, stop))
                grades += marked
        return rest

    def close(self) -> None:
        """Close connections and files. After an error, what still waits to be asked is not asked any more."""
        self.pool.shutdown(cancel_futures=True)
        self.judge.close()

    def _asked(self, answers: Sequence[Answer], grades: Sequence[Grade], start: int, stop: threading.Event) -> _Asked:
        """Ask about a piece of the answers, the first of which stands at ``start``; what is asked goes on meanwhile."""
        asked: _Asked = {}
        for place, (answer, grade) in enumerate(zip(answers, grades, strict=True), start):
            if case := self._case(answer, grade):
                with self.judge.lock:
                    self.stats.waiting += 1
                asked[place] = case, self.pool.submit(self._hear, case, stop)
        return asked

    def _answered(self, asked: _Asked) -> dict[int, tuple[Case, Heard]]:
        """Wait for what was asked about a piece; believed is only what fits the local evidence."""
        wait([future for _, future in asked.values()])  # sleep through, rather than wake at each reply
        heard = {place: (case, future.result()) for place, (case, future) in asked.items()}
        backing = self._backing(heard)
        return {
            place: (case, self._weighed(case, what, backing.get(place, {}))) for place, (case, what) in heard.items()
        }

    def _case(self, answer: Answer, grade: Grade) -> Case | None:
        """The case of an answer that the judge should see."""
        if self.rule.scope == "none" or (self.rule.scope == "review" and grade.status != "review"):
            return None
        item = self.local.item_of(answer)
        if item is None or item.kind != "short_answer" or grade.score is None:
            return None
        if NOT_ASKED & set(grade.flags) or len(answer.answer) > MAX_ANSWER_CHARS:
            return None
        points = rubric_of(item, grade)
        return Case(item, points, answer, grade) if points else None

    def _hear(self, case: Case, stop: threading.Event) -> Heard:
        try:
            if stop.is_set():
                return Heard("not_asked", code="closed")
            return self.judge.hear(case.item, case.points, case.answer.answer)
        finally:
            with self.judge.lock:
                self.stats.waiting -= 1

    def _backing(self, heard: dict[int, tuple[Case, Heard]]) -> dict[int, dict[str, float]]:
        """What the local grader finds in the quotes that are not its own evidence: place -> point id -> credit."""
        wanted: list[tuple[int, str]] = []
        quotes: list[Answer] = []
        for place, (case, what) in heard.items():
            for verdict, seen in zip(what.verdicts, case.grade.points, strict=False):
                if what.outcome == "believed" and verdict.verdict != "no" and not _overlap(verdict, seen):
                    wanted.append((place, verdict.id))
                    quotes.append(_quoted(case.item, verdict.quote))
        found: dict[int, dict[str, float]] = {}
        for (place, point_id), grade in zip(wanted, self.local.grade(quotes), strict=True):
            shown = {point.id: point.credit for point in grade.points}
            found.setdefault(place, {})[point_id] = shown.get(point_id, 0.0)
        return found

    def _weighed(self, case: Case, what: Heard, backing: dict[str, float]) -> Heard:
        """What was heard, doubted where it does not fit the local evidence."""
        if what.outcome != "believed":
            return what
        seen = case.grade.points
        weak = [point.id for point in seen if point.id in backing and backing[point.id] < BACKED * point.credit]
        if weak:
            return replace(what, outcome="doubted", code="unbacked", detail=", ".join(weak))
        far = gap(case.points, seen, what.verdicts, self.rule.margin)
        return replace(what, outcome="doubted", code="gap", detail=far) if far else what

    def _combined(self, case: Case, what: Heard) -> Grade:
        grade, item = case.grade, case.item
        if what.outcome == "believed":
            return self._settled(case, what, combine(grade.points, what.verdicts, self.rule.calibration))
        if what.outcome == "not_asked" and grade.status == "graded":
            return self._with_opinion(case, what)
        why = joined(grade.reason, reason(what.code, item.lang, what.detail), item.lang)
        return self._with_opinion(case, what, status="review", reason=why)

    def _settled(self, case: Case, what: Heard, covered: Sequence[float]) -> Grade:
        """The grade of an opinion that is believed: settled where the error can now be promised."""
        grade, item, points = case.grade, case.item, case.points
        gains = [credit(probability) for probability in covered]
        total = sum(point.weight for point in points) or 1.0
        score = sum(point.weight * given for point, given in zip(points, gains, strict=True))
        value = doubt(covered, [point.weight / total for point in points], score / total)
        tolerated = self.local.risk.share(item.max_score)
        promised = self._promise(tolerated, origin(item))
        sure = value <= promised.largest_spread
        why = "" if sure else joined(grade.reason, reason("unsure", item.lang), item.lang)
        return self._with_opinion(
            case,
            what,
            status="graded" if sure else "review",
            reason=why,
            score=round(min(score, item.max_score), 4),
            confidence=promised.confidence(value),
            points=tuple(
                _credited(seen, verdict, given, case.answer.answer)
                for seen, verdict, given in zip(grade.points, what.verdicts, gains, strict=True)
            ),
        )

    def _with_opinion(self, case: Case, what: Heard, **changes: Any) -> Grade:
        opinion = Opinion(
            outcome=what.outcome,
            model=self.judge.settings.model,
            prompt=self.prompt,
            verdicts=what.verdicts,
            local_score=case.grade.score,
            calls=what.calls,
        )
        with self.judge.lock:
            self.stats.asked += what.outcome != "not_asked"
            self.stats.believed += what.outcome == "believed"
        scorer = case.grade.scorer | {"judge": self.scorer}
        return case.grade.model_copy(update={**changes, "judge": opinion, "scorer": scorer})


@contextlib.contextmanager
def _set_by_error(stop: threading.Event) -> Iterator[None]:
    """After an error, what still waits in the pool is not asked any more."""
    try:
        yield
    except BaseException:
        stop.set()
        raise


def _quoted(item: Item, quote: str) -> Answer:
    """A quote as an answer to an item, in the item's language whatever its own words are."""
    return Answer(candidate_id="", item_id=item.id, answer=quote, lang=item.lang)


def _overlap(verdict: PointVerdict, seen: PointGrade) -> bool:
    return verdict.start < seen.end and seen.start < verdict.end


def _credited(seen: PointGrade, verdict: PointVerdict, given: float, answer: str) -> PointGrade:
    """A point with its combined credit; the judge's quote is the evidence where it gives one."""
    update: dict[str, Any] = {"credit": round(given, 4)}
    if verdict.verdict != "no":
        update |= {"evidence": answer[verdict.start : verdict.end], "start": verdict.start, "end": verdict.end}
    return seen.model_copy(update=update)


@dataclass(frozen=True)
class JudgedSetup:
    """What a worker needs to open a grader with a judge; small, and able to travel to it."""

    local: Callable[[], Local]
    settings: JudgeSettings
    rule: JudgeRule

    def __call__(self) -> JudgedGrader:
        """Open both.

        Raises:
            ExamgenError: as the local set-up does, or as `Judge` does.
        """
        return self.around(self.local())

    def around(self, local: Local) -> JudgedGrader:
        """Put the judge behind a local grader that is open already."""
        return JudgedGrader(local, Judge(self.settings), self.rule)

    def versions(self) -> dict[str, str]:
        """Everything of the judge that decides a mark, by name."""
        calibration = ", ".join(f"{name} {weight:g}" for name, weight in self.rule.calibration.weights.items())
        return {
            "judge": f"{self.settings.model} {self.settings.fingerprint}",
            "judge_rule": f"{self.rule.scope}, margin {self.rule.margin:g}, {calibration}",
        }
