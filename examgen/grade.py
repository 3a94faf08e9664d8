"""Marks for answers: each rubric point looked for, weighed, and shown with its evidence."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from examgen.calibrate import (
    Calibration,
    check_fits,
    credit,
    doubt,
    level_of,
    model_of,
    promise,
    shipped_calibration,
    uncalibrated,
)
from examgen.embed import Encoder
from examgen.model import Answer, Exam, Grade, Item, PointGrade, RubricPoint
from examgen.questions import composite, mark_answer
from examgen.questions.base import Mark
from examgen.scorers import Case, Finding, Scorer, open_scorer
from examgen.scorers.flags import find_flags, is_about_marking, spoken_to_the_grader
from examgen.scorers.points import alternatives, origin, points_of_part, rubric_of, second_wordings
from examgen.scorers.rules import opposite_verdict, with_rules, with_words
from examgen.text import Visible, fold, told_language, visible

# Beyond this an answer is no exam answer; a human should see what it is.
MAX_ANSWER_CHARS = 200_000
# A point more likely contradicted than not raises a flag.
CONTRADICTED = 0.5


# What was looked for and found in one answer: for each way to answer the item, a finding for each of its points.
Found = tuple[tuple[Finding, ...], ...]


@dataclass(frozen=True)
class Risk:
    """What a reviewer wants to be sure of; answers that cannot be promised it go to ``review``."""

    max_error: float = 0.2
    """Largest tolerated error: below 1 a share of the item's maximum, from 1 on in marks."""
    at: float = 0.8
    """Required probability of staying within it."""

    def bound(self, lang: str) -> str:
        """The tolerated error in words."""
        if self.max_error < 1:
            share = f"{100 * self.max_error:g}"
            return f"满分的 {share}% " if lang == "zh" else f"{share} % of the maximum"
        return f" {self.max_error:g} 分" if lang == "zh" else f"{self.max_error:g} marks"

    def share(self, max_score: float) -> float:
        """The tolerated error as a share of the maximum."""
        return self.max_error if self.max_error < 1 else min(1.0, self.max_error / max_score) if max_score else 0.0


def spread_of(grade: Grade) -> float:
    """How uncertain a mark is, 0..1; see `calibrate.doubt`. A mark given by rule is certain."""
    return float(grade.scorer.get("spread", 0.0))


class Grader:
    """Marks answers to a fixed set of items.

    The mark of an answer depends on its text and its item alone: not on the
    other answers, their number, or their order.
    """

    def __init__(
        self,
        items: Iterable[Item] | Exam,
        encoder: Encoder,
        calibration: Calibration | None = None,
        risk: Risk | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        """Prepare to mark.

        Args:
            items: Items with points or reference answers, in one language or several, or a whole exam.
            encoder: The embedding model.
            calibration: Made for that model. Where none is given, the shipped one for the default model; marks of
                another model are then ``uncalibrated``, and all of them go to ``review``.
            risk: When to leave the decision to a human.
            scorer: What looks for the points; the best that works with the encoder where none is given.

        Raises:
            ExamgenError: the calibration was made with another model.
        """
        self.items: dict[str, list[Item]] = {}
        for item in items.marked_items() if isinstance(items, Exam) else items:
            self.items.setdefault(item.id, []).append(item)
        self.encoder = encoder
        self.looker = scorer or open_scorer(encoder)
        self.calibration = calibration or default_calibration(encoder, self.looker)
        check_fits(self.calibration, self.looker.name, encoder.fingerprint)
        self.risk = risk or Risk()
        self._promise = functools.cache(
            lambda share, sort, level: promise(self.calibration, share, self.risk.at, sort, level)
        )
        self.scorer = {
            "name": self.looker.name,
            "model": encoder.fingerprint,
            "calibration": self.calibration.name,
        }

    def grade(self, answers: Sequence[Answer], found: Sequence[Found] | None = None) -> list[Grade]:
        """Mark answers; one `Grade` each, in their order.

        Nothing in an answer makes this raise: what cannot be marked is
        ``ungraded`` with a reason, what should not be decided alone is ``review``.

        Args:
            found: What `find` gave for these answers, where it was called before.
        """
        jobs = [self._job(answer) for answer in answers]
        if found is None:
            found = self._find(jobs)
        return [self._grade(job, list(findings)) for job, findings in zip(jobs, found, strict=True)]

    def find(self, answers: Sequence[Answer]) -> list[Found]:
        """Look for the points of answers without marking them: for each answer, its findings for each way to answer."""
        return self._find([self._job(answer) for answer in answers])

    def _find(self, jobs: Sequence[_Job]) -> list[Found]:
        findings = iter(self.looker.find([case for job in jobs for case in job.cases]))
        return [tuple(with_words(case, with_rules(case, next(findings))) for case in job.cases) for job in jobs]

    def _job(self, answer: Answer) -> _Job:
        """Decide how an answer is marked: by rule, by its points, or not at all."""
        item = self.item_of(answer)
        if item is None:
            return _Job(answer, None, Mark(None, "ungraded", reason=f"no item is called {answer.item_id!r}"))
        text = answer.answer
        if len(text) > MAX_ANSWER_CHARS:
            return _Job(answer, item, Mark(None, "review", flags=("long",), reason=_too_long(len(text), item.lang)))
        mark = mark_answer(item, text)
        if mark is not None:
            return _Job(answer, item, mark)
        if not any(char.isalnum() for char in fold(text)):
            return _Job(answer, item, Mark(None, "ungraded", flags=("empty",), reason=_empty(text, item.lang)))
        if item.kind == "composite":
            return self._composite_job(answer, item)
        return self._text_job(answer, item)

    def item_of(self, answer: Answer) -> Item | None:
        """The item that an answer is marked by.

        Of several languages it is the one named in the answer's column
        ``lang``, else the one that the answer is written in, as points are
        best found in it; an answer that tells nothing, such as ``B,A,C``, is
        taken for the first, which is the exam's own or the first of the bank.

        Returns:
            None where no item has that id.
        """
        items = self.items.get(answer.item_id)
        if items is None:
            return None
        if len(items) == 1:
            return items[0]
        wanted = ((answer.model_extra or {}).get("lang"), told_language(answer.answer))
        return next((item for lang in wanted for item in items if item.lang == lang), items[0])

    def _text_job(self, answer: Answer, item: Item) -> _Job:
        ways = alternatives(item)
        if not ways:
            return _Job(
                answer, item, Mark(None, "ungraded", reason="the item has neither points nor a reference answer")
            )
        seen = visible(answer.answer)
        shown = read_part(seen, item)
        # What speaks to the grader is for a person to mark, and is held to the words of the rubric alone.
        references = second_wordings(item) if shown is seen else ()
        cases = tuple(Case(item.question, tuple(p.text for p in way), shown.text, references) for way in ways)
        return _Job(answer, item, None, ways, cases, shown=shown)

    def _composite_job(self, answer: Answer, item: Item) -> _Job:
        given = composite.split(item, answer.answer)
        if given is None:
            reason = "分不清各小问的作答" if item.lang == "zh" else "the parts' answers cannot be told apart"
            return _Job(answer, item, Mark(None, "ungraded", flags=("unreadable",), reason=reason))
        jobs = tuple(
            self._job_of_part(answer.model_copy(update={"item_id": part.id, "answer": given[part.id]}), part)
            for part in item.parts
        )
        return _Job(answer, item, None, cases=tuple(case for job in jobs for case in job.cases), parts=jobs)

    def _job_of_part(self, answer: Answer, part: Item) -> _Job:
        mark = mark_answer(part, answer.answer)
        if mark is not None:
            return _Job(answer, part, mark)
        if not any(char.isalnum() for char in fold(answer.answer)):
            return _Job(answer, part, Mark(0.0, "graded", flags=("empty",)))
        return self._text_job(answer, part)

    def _grade(self, job: _Job, findings: list[tuple[Finding, ...]]) -> Grade:
        if job.mark is not None or job.item is None:
            mark = job.mark or Mark(None, "ungraded")
            return self._result(job, **_fields(mark), confidence=1.0 if mark.status == "graded" else 0.0)
        item, ways = job.item, job.ways
        if job.parts:
            return self._composite_grade(job, item, findings)
        proposals = [
            self._proposal(item, way, found, job.answer.answer, job.shown)
            for way, found in zip(ways, findings, strict=True)
        ]
        best = max(proposals, key=lambda proposal: proposal.score)
        flags = find_flags(job.answer.answer, item.question, item.lang) + best.flags
        if not self.calibration.encoder:
            flags += ("uncalibrated",)
        if any(opposite_verdict(case) for case in job.cases):
            flags += ("verdict",)
        level = level_of(best.score / item.max_score if item.max_score else 0.0)
        promised = self._promise(self.risk.share(item.max_score), origin(item), level)
        reason = self._doubt(best.spread <= promised.largest_spread, flags, item)
        return self._result(
            job,
            score=round(min(best.score, item.max_score), 4),
            status="review" if reason else "graded",
            confidence=promised.confidence(best.spread),
            points=best.points,
            flags=flags,
            reason=reason,
            scorer={**self.scorer, "spread": round(best.spread, 4)},
        )

    def _proposal(
        self, item: Item, way: tuple[RubricPoint, ...], found: tuple[Finding, ...], answer: str, shown: Visible
    ) -> _Proposal:
        """The mark that one way to answer would give; its evidence lies in the answer as it was handed in."""
        found = tuple(replace(finding, evidence=shown.back(finding.evidence)) for finding in found)
        covered = [self.calibration.probability(finding, origin(item), item.id) for finding in found]
        gains = [credit(probability) for probability in covered]
        flags: tuple[str, ...] = ()
        if any(finding.contradicted > CONTRADICTED for finding in found):
            flags += ("contradiction",)
        if item.ordered:
            late = out_of_order([finding.evidence.start for finding in found], gains)
            gains = [given / 2 if place in late else given for place, given in enumerate(gains)]
            flags += ("order",) if late else ()
        total = sum(point.weight for point in way) or 1.0
        score = sum(point.weight * given for point, given in zip(way, gains, strict=True))
        return _Proposal(
            score=score,
            spread=doubt(covered, [point.weight / total for point in way], score / total),
            points=tuple(
                PointGrade(
                    id=point.id,
                    credit=round(given, 4),
                    similarity=round(max(-1.0, min(1.0, finding.similarity)), 4),
                    evidence=answer[finding.evidence.start : finding.evidence.end],
                    start=finding.evidence.start,
                    end=finding.evidence.end,
                )
                for point, finding, given in zip(way, found, gains, strict=True)
            ),
            flags=flags,
        )

    def _doubt(self, sure: bool, flags: tuple[str, ...], item: Item) -> str:
        """Why a human should look; empty where the mark may stand."""
        zh = item.lang == "zh"
        if "uncalibrated" in flags:
            return "该模型未经校准" if zh else "the marks of this model are uncalibrated"
        if "injection" in flags:
            return "作答中有写给阅卷人的话" if zh else "the answer speaks to the grader"
        if "invisible" in flags:
            return "作答中有看不见的字符" if zh else "the answer holds characters that nobody sees"
        if not sure:
            bound = self.risk.bound(item.lang)
            return f"无法保证误差在{bound}以内" if zh else f"an error of at most {bound} cannot be promised"
        return ""

    def _composite_grade(self, job: _Job, item: Item, findings: list[tuple[Finding, ...]]) -> Grade:
        rest = iter(findings)
        grades = [self._grade(part, [next(rest) for _ in part.cases]) for part in job.parts]
        marks = [
            (part.item, Mark(grade.score, grade.status, grade.points, grade.flags, grade.reason))
            for part, grade in zip(job.parts, grades, strict=True)
            if part.item is not None
        ]
        total = composite.total_mark(item, marks)
        sure = min((grade.confidence for grade in grades), default=0.0)
        points = _points_of_parts(job, grades)
        return self._result(job, **{**_fields(total), "points": points}, confidence=sure)

    def _result(self, job: _Job, **fields: Any) -> Grade:
        return Grade(
            **{
                **(job.answer.model_extra or {}),
                "candidate_id": job.answer.candidate_id,
                "item_id": job.answer.item_id,
                "max_score": job.item.max_score if job.item else 0.0,
                "scorer": self.scorer,
                "answer": job.answer.answer,
                **fields,
            }
        )


def _points_of_parts(job: _Job, grades: Sequence[Grade]) -> tuple[PointGrade, ...]:
    """The points of all parts, named as `scorers.points.alternatives` names them, with their places in the whole."""
    points: list[PointGrade] = []
    place = 0
    for part, grade in zip(job.parts, grades, strict=True):
        if part.item is None:
            continue
        # Parts stand in their order, but for those of a JSON object, whose evidence is then shown by its words alone.
        found = job.answer.answer.find(part.answer.answer, place)
        shift = max(found, 0)
        place = found + len(part.answer.answer) if found >= 0 else place
        seen = {point.id: point for point in grade.points}
        way = rubric_of(part.item, grade) or next(iter(alternatives(part.item)), ())
        for rubric_point in points_of_part(part.item, way):
            own = seen.get(rubric_point.id.removeprefix(f"{part.item.id}."))
            if own is None:  # a keyed part, or a blank
                share = (grade.score or 0.0) / part.item.max_score if part.item.max_score else 0.0
                points.append(PointGrade(id=rubric_point.id, credit=share, similarity=share))
            else:
                span = {"start": own.start + shift, "end": own.end + shift} if found >= 0 else {"start": 0, "end": 0}
                points.append(own.model_copy(update={"id": rubric_point.id, **span}))
    return tuple(points)


def read_part(shown: Visible, item: Item) -> Visible:
    """An answer without what it says to the grader, for which there are spaces, so that all places stay.

    Where the item itself is about such words, as one on prompt injection or on reward models is, everything is read.
    """
    text = shown.text
    spans = spoken_to_the_grader(text)
    if not spans or is_about_marking(" ".join([item.question, *(p.text for way in alternatives(item) for p in way)])):
        return shown
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return Visible(text, shown.places)


def default_calibration(encoder: Encoder, scorer: Scorer | None = None) -> Calibration:
    """The shipped calibration where it fits an encoder and its scorer, else none; see `calibrate.uncalibrated`."""
    name = (scorer or open_scorer(encoder)).name
    shipped = shipped_calibration()
    return shipped if (shipped.scorer, shipped.encoder) == (name, model_of(encoder.fingerprint)) else uncalibrated(name)


def out_of_order(starts: Sequence[int], gains: Sequence[float]) -> set[int]:
    """Which credited points stand outside the longest run of points that are in the rubric's order.

    Args:
        starts: Where in the answer each point was found.
        gains: Of each point; one below a half was not found and breaks no order.
    """
    found = [place for place, given in enumerate(gains) if given >= 0.5]
    runs: list[list[int]] = []
    for place in found:
        before = [run for run in runs if starts[run[-1]] <= starts[place]]
        runs.append([*max(before, key=len, default=[]), place])
    longest = max(runs, key=len, default=[])
    return set(found) - set(longest)


@dataclass(frozen=True)
class _Proposal:
    """The mark that one way to answer would give."""

    score: float
    spread: float
    points: tuple[PointGrade, ...]
    flags: tuple[str, ...]


UNSEEN = Visible("", ())


@dataclass(frozen=True)
class _Job:
    """An answer on its way to a mark: already settled by ``mark``, or with cases to look through."""

    answer: Answer
    item: Item | None
    mark: Mark | None
    ways: tuple[tuple[RubricPoint, ...], ...] = ()
    cases: tuple[Case, ...] = ()
    parts: tuple[_Job, ...] = ()
    shown: Visible = UNSEEN
    """What a reader of the answer sees."""


def _fields(mark: Mark) -> dict[str, Any]:
    return {
        "score": mark.score,
        "status": mark.status,
        "points": mark.points,
        "flags": mark.flags,
        "reason": mark.reason,
    }


def _too_long(chars: int, lang: str) -> str:
    if lang == "zh":
        return f"作答有 {chars} 个字符，超过 {MAX_ANSWER_CHARS}"
    return f"the answer has {chars} characters, more than {MAX_ANSWER_CHARS}"


def _empty(text: str, lang: str) -> str:
    if lang == "zh":
        return "作答中没有文字" if text.strip() else "作答为空"
    return "the answer holds no words" if text.strip() else "the answer is empty"


def grade(answers: Sequence[Answer], items: Iterable[Item] | Exam, encoder: Encoder | None = None) -> list[Grade]:
    """Mark answers with the default model and calibration; one `Grade` each, in their order.

    Args:
        answers: Any number that fits into memory; `examgen.engines.grade_answers` streams files.
        items: What they answer.
        encoder: The embedding model; the default one is opened where none is given.
    """
    if encoder is None:
        from examgen.embed import open_encoder

        encoder = open_encoder()
    return Grader(items, encoder).grade(answers)
