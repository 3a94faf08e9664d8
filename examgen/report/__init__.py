"""Grades to pages: what a batch looks like as a whole, and what each candidate's marks rest on."""

from __future__ import annotations

from examgen.report.pages import Report, write_report

__all__ = ["Report", "write_report"]
