"""Question documents to a clean bank, exams, papers, and marks that show their reasons.

    from pathlib import Path
    from examgen import Look, assemble, grade, load_bank, load_blueprint, make_paper, render

    bank = load_bank(Path("banks/llm-training"))
    exam = assemble(bank, load_blueprint(Path("quiz.toml")), seed=7)
    pdf = render(make_paper(exam), "pdf").data
    grades = grade(answers, exam)

Every name is imported on first use (PEP 562), so ``import examgen`` costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> the module that holds it.
_PUBLIC: dict[str, str] = {
    "Answer": "model",
    "Bank": "model",
    "Blueprint": "model",
    "Candidate": "model",
    "Exam": "model",
    "Grade": "model",
    "Item": "model",
    "Option": "model",
    "PointGrade": "model",
    "RubricPoint": "model",
    "Source": "model",
    "ExamgenError": "errors",
    "parse_document": "parse",
    "load_encoder": "embed",
    "open_encoder": "embed",
    "find_duplicates": "dedupe",
    "merge": "dedupe",
    "load_bank": "bank",
    "save_bank": "bank",
    "build_bank": "build",
    "add_to_bank": "build",
    "check_bank": "check",
    "load_blueprint": "assemble",
    "assemble": "assemble",
    "load_exam": "assemble",
    "save_exam": "assemble",
    "verify_exam": "assemble",
    "make_paper": "paper",
    "Look": "render",
    "render": "render",
    "Grader": "grade",
    "Risk": "grade",
    "grade": "grade",
    "grade_answers": "engines",
    "write_report": "report",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604

if TYPE_CHECKING:
    from examgen.assemble import assemble as assemble
    from examgen.assemble import load_blueprint as load_blueprint
    from examgen.assemble import load_exam as load_exam
    from examgen.assemble import save_exam as save_exam
    from examgen.assemble import verify_exam as verify_exam
    from examgen.bank import load_bank as load_bank
    from examgen.bank import save_bank as save_bank
    from examgen.build import add_to_bank as add_to_bank
    from examgen.build import build_bank as build_bank
    from examgen.check import check_bank as check_bank
    from examgen.dedupe import find_duplicates as find_duplicates
    from examgen.dedupe.merge import merge as merge
    from examgen.embed import load_encoder as load_encoder
    from examgen.embed import open_encoder as open_encoder
    from examgen.engines import grade_answers as grade_answers
    from examgen.errors import ExamgenError as ExamgenError
    from examgen.grade import Grader as Grader
    from examgen.grade import Risk as Risk
    from examgen.grade import grade as grade
    from examgen.model import Answer as Answer
    from examgen.model import Bank as Bank
    from examgen.model import Blueprint as Blueprint
    from examgen.model import Candidate as Candidate
    from examgen.model import Exam as Exam
    from examgen.model import Grade as Grade
    from examgen.model import Item as Item
    from examgen.model import Option as Option
    from examgen.model import PointGrade as PointGrade
    from examgen.model import RubricPoint as RubricPoint
    from examgen.model import Source as Source
    from examgen.paper import make_paper as make_paper
    from examgen.parse import parse_document as parse_document
    from examgen.render import Look as Look
    from examgen.render import render as render
    from examgen.report import write_report as write_report


class _Library(ModuleType):
    """The package itself: its public names win over submodules that are called the same.

    ``examgen.grade`` is the function for users, and importing the submodule of
    that name, which Python would then store here, does not change it.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in _PUBLIC:
            raise AttributeError(f"module 'examgen' has no attribute {name!r}")
        return getattr(importlib.import_module(f"examgen.{_PUBLIC[name]}"), name)

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted(__all__)


sys.modules[__name__].__class__ = _Library
