"""How far the marks agree with people, on which data, and how sure that is."""

from examgen.evaluate.agreement import METRICS, Figure, Scored, agreement, confusion, reliability, risk_curve
from examgen.evaluate.plots import draw
from examgen.evaluate.protocols import (
    PROTOCOLS,
    adapted,
    calibrate,
    cross_mark,
    held_out_parts,
    mark_rows,
    mark_sets,
    question_folds,
    set_folds,
    trained_parts,
    trainer,
)
from examgen.evaluate.summary import Summary, summarise, summary_json

__all__ = [
    "METRICS",
    "PROTOCOLS",
    "Figure",
    "Scored",
    "Summary",
    "adapted",
    "agreement",
    "calibrate",
    "confusion",
    "cross_mark",
    "draw",
    "held_out_parts",
    "mark_rows",
    "mark_sets",
    "question_folds",
    "reliability",
    "risk_curve",
    "set_folds",
    "summarise",
    "summary_json",
    "trained_parts",
    "trainer",
]
