"""The desk: what one marker sees, and what becomes of what they decide. Knows nothing of HTTP."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from examgen.errors import ExamgenError
from examgen.model import Decision, Policy
from examgen.review.cases import Case
from examgen.review.decisions import DecisionFile, now
from examgen.review.settle import Key, Numbered, Settled, by_case, last_marks, policy_of, settle

Role = Literal["marker", "arbiter"]


class NotTakenError(ExamgenError):
    """A decision that lacks something; ``found`` is a key of `examgen.review.words.WORDS`."""


@dataclass(frozen=True)
class Marking:
    """What a marker gives one answer."""

    credits: Mapping[str, float]
    score: float | None = None
    """The mark as a whole; None where the credits say it all."""
    why: str = ""


class Desk:
    """One marker at work on one queue."""

    def __init__(
        self,
        cases: Mapping[str, Case],
        decisions: DecisionFile,
        marker: str,
        role: Role = "marker",
        blind: bool = False,
    ) -> None:
        self.cases, self.decisions, self.marker, self.role, self.blind = cases, decisions, marker, role, blind
        self.order = list(cases)
        self.lock = threading.RLock()
        self._made: dict[Key, list[Numbered]] = {}
        self._seen = -1

    def set_policy(self, markers: int, difference: float) -> None:
        """Say how many people mark an answer; noted in the file where it changes something.

        Raises:
            FileError: the file cannot be written.
        """
        policy = policy_of(self.decisions.entries)
        if (policy.markers, policy.difference) != (markers, difference):
            self.decisions.append([Policy(at=now(), by=self.marker, markers=markers, difference=difference)])

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return policy_of(self.decisions.entries)

    def made(self, case: Case) -> list[Numbered]:
        """The decisions on an answer, by anybody, on the text that it has now."""
        with self.lock:
            self.decisions.refresh()
            if self._seen != len(self.decisions.entries):
                self._made, self._seen = by_case(self.decisions.entries), len(self.decisions.entries)
            made = self._made.get(case.key, [])
        return [n for n in made if n.decision.answer_sha256 in ("", case.answer_sha256)]

    def settled(self, case: Case) -> Settled:
        """Where an answer stands."""
        return settle(self.made(case), self.policy)

    def mine(self, case: Case) -> Decision | None:
        """This person's own last mark of an answer, in the role that they are in."""
        own = [n.decision for n in self.made(case) if n.decision.by == self.marker and n.decision.role == self.role]
        return own[-1] if own else None

    def waits_for_me(self, case: Case) -> bool:
        """Whether this person should decide on an answer now."""
        settled = self.settled(case)
        if self.role == "arbiter":
            return settled.state == "arbitration" and all(n.decision.by != self.marker for n in settled.deciding)
        return settled.state in ("open", "second") and self.mine(case) is None

    def shows_machine(self, case: Case) -> bool:
        """Whether the machine's mark, its evidence and the candidate's name may be seen."""
        return not self.blind or (self.mine(case) is not None and self.role == "marker")

    def marks_to_show(self, case: Case) -> list[Numbered]:
        """The other markers' marks, for an arbiter, and for whoever has marked the answer already."""
        if self.role == "arbiter" or self.settled(case).state == "done":
            return last_marks(self.made(case))
        return []

    def queue(self) -> list[Case]:
        """All answers that concern this person, waiting ones and decided ones, in their order."""
        if self.role == "arbiter":
            return [case for case in self.cases.values() if self.waits_for_me(case) or self.mine(case)]
        return list(self.cases.values())

    def after(self, case_id: str, step: int = 1) -> str | None:
        """The id of the next answer that waits for this person; with -1 of the previous one, waiting or not."""
        place = self.order.index(case_id)
        if step < 0:
            return self.order[place - 1] if place else None
        rest = self.order[place + 1 :] + self.order[:place]
        return next((other for other in rest if self.waits_for_me(self.cases[other])), None)

    def decide(self, case: Case, marking: Marking, same: bool = False) -> tuple[Decision, ...]:
        """Write a decision, and the same one for all answers of the same words where that is wanted.

        Raises:
            NotTakenError: something is missing, or is out of range.
            FileError: the file cannot be written.
        """
        with self.lock:
            score = mark_of(case, marking)
            if not marking.why.strip() and (self.role == "arbiter" or self.mine(case) is not None):
                raise NotTakenError("need_why")
            if self.role == "arbiter" and self.settled(case).state not in ("arbitration", "done"):
                raise NotTakenError("stale")
            others = [self.cases[other] for other in case.same] if same else []
            together = [case, *(other for other in others if self.waits_for_me(other))]
            return self.decisions.append([self._decision(one, marking, score) for one in together])

    def _decision(self, case: Case, marking: Marking, score: float) -> Decision:
        blind = self.blind and self.mine(case) is None
        decision = decision_on(case, self.marker, marking, score)
        return decision.model_copy(update={"role": self.role, "blind": blind})


def progress(desk: Desk) -> tuple[int, int]:
    """How many of the answers that concern a person they have dealt with, and how many there are."""
    queue = desk.queue()
    return sum(not desk.waits_for_me(case) for case in queue), len(queue)


def appeal(decisions: DecisionFile, cases: Sequence[Case], by: str, score: float, why: str) -> Decision:
    """Decide an appeal: it outweighs every mark before it, and needs a reason.

    Raises:
        ExamgenError: there is no such answer, no reason, or the mark is out of range.
    """
    if len(cases) != 1:
        raise ExamgenError(f"{len(cases)} answers fit", "Name one candidate and one item of the grades.")
    [case] = cases
    if not why.strip():
        raise ExamgenError("an appeal needs a reason", "Give one with --why.")
    if not 0 <= score <= case.max_score:
        raise ExamgenError(f"{score:g} is no mark of this item", f"Give one between 0 and {case.max_score:g}.")
    decision = decision_on(case, by, Marking({}, score, why), score)
    [written] = decisions.append([decision.model_copy(update={"role": "appeal"})])
    return written


def decision_on(case: Case, by: str, marking: Marking, score: float) -> Decision:
    """A marker's decision on one answer, with what the marker found."""
    grade = case.grade
    return Decision(
        at=now(),
        by=by,
        candidate_id=grade.candidate_id,
        item_id=grade.item_id,
        answer_sha256=case.answer_sha256 if grade.answer is not None else "",
        rubric_sha256=case.rubric_sha256,
        credits={} if marking.score is not None else dict(marking.credits),
        score=score,
        max_score=case.max_score,
        why=marking.why.strip()[:2000],
        before={"score": grade.score, "status": grade.status, "scorer": grade.scorer},
    )


def mark_of(case: Case, marking: Marking) -> float:
    """The marks that a marking comes to.

    Raises:
        NotTakenError: a credit is missing, or something is out of range.
    """
    if marking.score is not None:
        if not 0 <= marking.score <= (case.max_score or 1000):
            raise NotTakenError("need_score")
        return round(marking.score, 4)
    if not case.points:
        raise NotTakenError("need_score")
    given = dict(marking.credits)
    if set(given) != {point.id for point in case.points} or not all(0 <= share <= 1 for share in given.values()):
        raise NotTakenError("need_all")
    total = sum(point.weight * given[point.id] for point in case.points)
    return round(min(total, case.max_score or total), 4)
