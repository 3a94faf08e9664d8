"""The whole main job on the shipped bank: an exam, its papers, marks for sample answers, and a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from examgen.assemble import assemble, load_blueprint, save_exam
from examgen.assets import shipped
from examgen.bank import load_bank
from examgen.embed import open_encoder
from examgen.engines.answers import read_answers
from examgen.grade import Grader
from examgen.model import Exam
from examgen.records import write_jsonl
from examgen.report import Report, write_report

SEED = 20
"""Any number would do; this one only makes every run the same."""

STEPS = ("bank", "exam", "papers", "model", "marks", "report")


@dataclass(frozen=True)
class Demo:
    """What the demo made, and where."""

    bank_items: int
    exam: Exam
    papers: tuple[Path, ...]
    grades: Path
    report: Report
