"""A second opinion from a language model, for answers that the local grader is not sure about.

Off unless asked for. The judge says of each rubric point whether the answer
states it, with a quote; the marks are made here. See docs/judge.md.
"""

from __future__ import annotations

from examgen.judge.combine import JudgeCalibration, load_judge_calibration, save_judge_calibration
from examgen.judge.grader import JudgedGrader, JudgedSetup, JudgeRule
from examgen.judge.opinion import Budget, Judge, JudgeSettings

__all__ = [
    "Budget",
    "Judge",
    "JudgeCalibration",
    "JudgeRule",
    "JudgeSettings",
    "JudgedGrader",
    "JudgedSetup",
    "load_judge_calibration",
    "save_judge_calibration",
]
