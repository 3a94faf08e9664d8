"""The human in charge: a desk to mark at, decisions that are never lost, and grades that follow them."""

from __future__ import annotations

from examgen.review.cases import Case, make_cases
from examgen.review.decisions import DecisionFile
from examgen.review.desk import Desk
from examgen.review.settle import apply

__all__ = ["Case", "DecisionFile", "Desk", "apply", "make_cases"]
