"""The whole main job on the shipped bank: an exam, its papers, marks for sample answers, and a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from examgen.assemble import assemble, load_blueprint, save_exam
from examgen.assets import shipped
from examgen.bank import load_bank
from examgen.embed import open_encoder
from examgen.engines import GraderSetup, Summary, grade_answers
from examgen.render.run import Wanted, print_forms
from examgen.report import Report, write_report

SEED = 20
"""Any number would do; a fixed one makes every run the same."""

STEPS = (
    "reading the bank",
    "building the exam",
    "printing papers",
    "opening the model",
    "marking answers",
    "reporting",
)


@dataclass(frozen=True)
class Demo:
    """What the demo made, and where."""

    items: int
    papers: tuple[Path, ...]
    grades: Path
    summary: Summary
    report: Report


def run_demo(folder: Path, progress: Callable[[str], None] = lambda step: None) -> Demo:
    """Do the main job in ``folder``, offline; the first run builds the embedding model.

    Args:
        progress: Called with each of `STEPS` as it begins.

    Raises:
        ExamgenError: the folder cannot be written, or something is not installed.
    """
    steps = iter(STEPS)
    home = shipped("banks") / "llm-training"
    progress(next(steps))
    bank = load_bank(home)
    progress(next(steps))
    exam = assemble(bank, load_blueprint(home / "demo" / "blueprint.toml"), SEED, folder=home)
    save_exam(exam, folder / "exam", home)
    progress(next(steps))
    wanted = Wanted(formats=("pdf", "html"), sorts=("paper", "scheme"))
    papers = tuple(folder / "papers" / printout.file for printout in print_forms(exam, folder / "papers", wanted))
    progress(next(steps))
    open_encoder()
    setup = GraderSetup(items=exam.marked_items())
    grader = setup()
    progress(next(steps))
    grades = folder / "grades.jsonl"
    answers = str(home / "demo" / "answers.csv")
    summary = grade_answers(answers, str(grades), lambda: grader, setup.versions(grader), restart=True)
    progress(next(steps))
    items = {item.id: item for item in exam.marked_items() if item.lang == exam.lang}
    report = write_report(grades, folder / "report", items, home=folder / "exam")
    return Demo(len({item.id for item in bank.items}), papers, grades, summary, report)
