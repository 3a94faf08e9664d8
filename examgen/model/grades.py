"""Answers, the marks that they get, and what a judge and people say of these."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from examgen.model.items import Noun, Score, Share, Status


class Answer(BaseModel):
    """What one candidate wrote on one item. Unknown columns pass through to the grade."""

    model_config = ConfigDict(frozen=True, extra="allow")

    candidate_id: str
    item_id: str
    answer: str = ""


class PointGrade(Noun):
    """How far one rubric point was found, and where."""

    id: str
    credit: Share
    """Share of the point's weight that is given."""
    similarity: float
    """Cosine with the best-matching span, in [-1, 1]; not a mark."""
    evidence: str = ""
    start: int = Field(default=0, ge=0)
    """Offset of the evidence in the answer, in characters."""
    end: int = Field(default=0, ge=0)


Verdict = Literal["yes", "partly", "no"]
# What came of asking the judge: its verdicts count, are not trusted, could not be read or got, or it was not asked.
Outcome = Literal["believed", "doubted", "unread", "not_asked"]


class PointVerdict(Noun):
    """What a language model said of one rubric point, with its quote found in the answer."""

    id: str
    verdict: Verdict
    quote: str = ""
    """As it stands in the answer; empty for ``no``."""
    start: int = Field(default=0, ge=0)
    end: int = Field(default=0, ge=0)


class Opinion(Noun):
    """The second opinion on one answer: what was said, and what came of it."""

    outcome: Outcome
    model: str = ""
    prompt: str = ""
    """Short checksum of the prompt's wording and settings."""
    verdicts: tuple[PointVerdict, ...] = ()
    local_score: float | None = None
    """The mark before the judge was heard."""
    calls: int = 0
    """Replies that this opinion rests on, cached ones included."""


class Policy(Noun):
    """How many people mark an answer, and when a third one decides: an entry of the file of decisions."""

    kind: Literal["policy"] = "policy"
    at: str
    by: str = ""
    markers: int = Field(default=1, ge=1, le=2)
    difference: Share = 0.2
    """Two marks that are further apart go to an arbiter; as a share of the maximum."""
    previous: str = ""
    """SHA-256 of the line before; empty on the first."""


class Decision(Noun):
    """One human mark: an entry of the file of decisions."""

    kind: Literal["mark"] = "mark"
    at: str
    """UTC, ISO 8601."""
    by: str = Field(min_length=1)
    role: Literal["marker", "arbiter", "appeal"] = "marker"
    candidate_id: str
    item_id: str
    answer_sha256: str = ""
    """Of the answer that was read; a mark never moves to another answer."""
    rubric_sha256: str = ""
    """Of the points that it was marked by; empty where they were not shown."""
    credits: dict[str, Share] = {}
    """Share of each point's weight; empty where the mark was given as a whole."""
    score: Score
    max_score: Score
    why: str = ""
    blind: bool = False
    """Whether the marker had not seen the machine's mark."""
    before: dict[str, Any] = {}
    """The grade that the marker found: score, status, scorer."""
    previous: str = ""
    """SHA-256 of the line before; empty on the first."""


class Ruling(Noun):
    """The human mark of one answer, as it stands in the file of decisions."""

    by: tuple[str, ...]
    at: str
    """UTC, ISO 8601."""
    why: str = ""
    machine_score: float | None = None
    """The mark that it replaces."""
    line: int = Field(ge=1)
    """The line of the deciding entry in the file of decisions."""


class Grade(BaseModel):
    """The mark of one answer with its reasons, or why there is none. Unknown columns came with the answer."""

    model_config = ConfigDict(frozen=True, extra="allow")

    candidate_id: str
    item_id: str
    score: float | None = Field(default=None, allow_inf_nan=False)
    """Marks, 0..``max_score``. None where no mark can be given; never 0 for an answer that could not be read."""
    max_score: float = Field(default=0.0, allow_inf_nan=False)
    status: Status
    confidence: Share = 0.0
    points: tuple[PointGrade, ...] = ()
    flags: tuple[str, ...] = ()
    reason: str = ""
    """Why the answer was not graded, or why a human should look."""
    scorer: dict[str, Any] = {}
    """Names and versions of model, calibration and judge."""
    answer: str | None = None
    """The answer that was marked, for whoever reads the evidence; None where it was left out."""
    judge: Opinion | None = Field(default=None, exclude_if=lambda value: value is None)
    """The second opinion, where one was asked for."""
    ruling: Ruling | None = Field(default=None, exclude_if=lambda value: value is None)
    """Whose mark this is, where it is a human's."""

    @property
    def marked_by(self) -> str:
        """Names and versions of what gave the mark, without its figures, such as the spread; empty for a rule."""
        words = {name: value for name, value in self.scorer.items() if value and isinstance(value, str)}
        name = words.pop("name", "")
        return ", ".join([*filter(None, [name]), *(f"{part} {value}" for part, value in sorted(words.items()))])
