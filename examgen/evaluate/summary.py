"""What there is to say about the marks of one data set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from examgen.evaluate.agreement import (
    Bin,
    Figure,
    RiskPoint,
    Scored,
    agreement,
    confusion,
    mae,
    pearson,
    qwk,
    reliability,
    risk_curve,
)
from examgen.grade import Risk

# A question with fewer answers says nothing by itself.
FEWEST = 5


@dataclass(frozen=True)
class QuestionFigures:
    """Agreement on one question."""

    question_id: str
    answers: int
    r: float
    qwk: float
    mae: float


@dataclass(frozen=True)
class KindFigures:
    """Marks of one sort of answers, where the data set names sorts."""

    kind: str
    answers: int
    human: float
    given: float
    decided: float


@dataclass(frozen=True)
class Summary:
    """The marks of one data set against human marks."""

    dataset: str
    answers: int
    questions: int
    figures: dict[str, Figure]
    decided: float
    """Share of the answers that may stand without a human, at the wanted risk."""
    decided_wrong: float
    """Share of those whose error exceeds the tolerance; NaN where none is decided."""
    by_question: list[QuestionFigures]
    by_kind: list[KindFigures]
    curve: list[RiskPoint]
    bins: list[Bin]
    table: list[list[int]]


def summarise(rows: Sequence[Scored], risk: Risk, seed: int = 0) -> list[Summary]:
    """One summary a data set, in the order in which they appear."""
    sets: dict[str, list[Scored]] = {}
    for row in rows:
        sets.setdefault(row.dataset, []).append(row)
    return [_summary(name, members, risk, seed) for name, members in sets.items()]


def _summary(name: str, rows: list[Scored], risk: Risk, seed: int) -> Summary:
    tolerated = risk.share(1.0) if risk.max_error < 1 else 1.0
    decided = [row for row in rows if row.decided]
    wrong = [row for row in decided if abs(row.human - row.given) > tolerated + 1e-9]
    return Summary(
        dataset=name,
        answers=len(rows),
        questions=len({row.question_id for row in rows}),
        figures=agreement(rows, seed),
        decided=len(decided) / len(rows),
        decided_wrong=len(wrong) / len(decided) if decided else math.nan,
        by_question=_by_question(rows),
        by_kind=_by_kind(rows),
        curve=risk_curve(rows, tolerated),
        bins=reliability(rows),
        table=confusion(rows),
    )


def _by_question(rows: list[Scored]) -> list[QuestionFigures]:
    import numpy as np

    groups: dict[str, list[Scored]] = {}
    for row in rows:
        groups.setdefault(row.question_id, []).append(row)
    found = []
    for name, members in groups.items():
        if len(members) < FEWEST:
            continue
        human = np.array([row.human for row in members])
        given = np.array([row.given for row in members])
        found.append(QuestionFigures(name, len(members), pearson(human, given), qwk(human, given), mae(human, given)))
    return sorted(found, key=lambda figures: -figures.mae)


def _by_kind(rows: list[Scored]) -> list[KindFigures]:
    groups: dict[str, list[Scored]] = {}
    for row in rows:
        if row.kind:
            groups.setdefault(row.kind, []).append(row)
    return [
        KindFigures(
            kind,
            len(members),
            sum(row.human for row in members) / len(members),
            sum(row.given for row in members) / len(members),
            sum(row.decided for row in members) / len(members),
        )
        for kind, members in sorted(groups.items())
    ]


def summary_json(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """Summaries as JSON holds them: what is not a number is null."""
    return [_without_nan(asdict(summary)) for summary in summaries]


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    if isinstance(value, dict):
        return {name: _without_nan(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(entry) for entry in value]
    return value
