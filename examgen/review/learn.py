"""What the review teaches: reviewed answers as marked rows, for calibrating the grader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from examgen.review.cases import Case
from examgen.review.decisions import Entry
from examgen.review.settle import by_case, policy_of, settle


def marked_rows(cases: Iterable[Case], entries: Sequence[Entry]) -> list[str]:
    """One JSON line for each answer with a settled human mark, in the form that ``examgen calibrate`` reads.

    Names stay behind: a row holds the question, the rubric, the answer and the mark. Keyed and composite
    questions teach the grader nothing and are left out.
    """
    made, policy = by_case(entries), policy_of(entries)
    rows = []
    for case in cases:
        if case.item is None or case.item.kind != "short_answer":
            continue
        about = [n for n in made.get(case.key, []) if n.decision.answer_sha256 in ("", case.answer_sha256)]
        settled = settle(about, policy)
        if settled.state != "done" or settled.score is None or case.max_score <= 0:
            continue
        last = settled.deciding[-1].decision
        row = {
            "dataset": "reviewed",
            "lang": case.item.lang,
            "question_id": case.item.id,
            "question": case.item.question,
            "references": list(case.item.model_answers),
            "rubric": [{"id": p.id, "text": p.text, "weight": p.weight} for p in case.item.points] or None,
            "answer": case.answer,
            "score": round(settled.score / case.max_score, 6),
            "credits": last.credits,
        }
        rows.append(json.dumps(row, ensure_ascii=False))
    return rows
