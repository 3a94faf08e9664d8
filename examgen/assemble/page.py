"""The certificate as a page for people: one file, printable, without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from examgen.assemble.pool import make_candidate
from examgen.assets import page_templates, shipped
from examgen.model import Exam, Form

TEXTS = {
    "zh": {
        "certificate": "组卷证书",
        "exam": "考试编号",
        "minutes_allowed": "考试时间 {} 分钟",
        "forms": "各卷对照",
        "form": "试卷",
        "form_named": "{} 卷",
        "gap": "最大差",
        "items": "题数",
        "marks": "满分",
        "minutes": "预计用时（分钟）",
        "facility": "预期难度系数",
        "facility_note": "难度系数 P 为预期得分率，按分值加权，越大越易。",
        "overlap": "{} 卷与 {} 卷相同的题：{} 道。",
        "table": "双向细目表",
        "topic": "知识点",
        "sum": "合计",
        "same_forms": "{} 卷（分值相同）",
        "asked_note": "斜线后为蓝图所求的分值。",
        "lines": "蓝图逐条核对",
        "line": "蓝图条目",
        "asked": "所求",
        "kept": "符合",
        "section_sum": "{} 题，{} 分",
        "number": "题号",
        "item": "题目",
        "level": "认知层次",
        "difficulty": "难度",
        "minutes_short": "分钟",
        "points": "分值",
        "assumed": "带 * 的数值为题目未标注时的约定值：难度 {} 题，用时 {} 题。",
        "provenance": "来源与复现",
        "bank": "题库 SHA-256",
        "seed": "随机种子",
        "pool": "候选题",
        "pool_text": "题库中可入卷 {} 题，求解时取 {} 题",
        "left_out": "另有 {} 题未入候选：{}",
        "solver": "求解器",
        "bound": "目标值 {}，已证下界 {}",
        "earlier": "以往考试",
        "reused": "本次有 {} 题曾在其中出现",
        "seal": "封印 SHA-256",
        "verify": "重新推算以上全部数字：",
        "folder": "考试文件夹",
    },
    "en": {
        "certificate": "Certificate of assembly",
        "exam": "Exam",
        "minutes_allowed": "{} minutes",
        "forms": "Forms side by side",
        "form": "The form",
        "form_named": "Form {}",
        "gap": "Largest gap",
        "items": "Items",
        "marks": "Marks",
        "minutes": "Expected minutes",
        "facility": "Expected facility",
        "facility_note": "Facility is the expected share of the marks, weighted by marks: the larger, the easier.",
        "overlap": "Forms {} and {} share {} items.",
        "table": "Two-way table",
        "topic": "Topic",
        "sum": "Sum",
        "same_forms": "Forms {} (the same marks)",
        "asked_note": "After the stroke: the marks that the blueprint asks for.",
        "lines": "The blueprint, line by line",
        "line": "Line",
        "asked": "Asked",
        "kept": "kept",
        "section_sum": "{} items, {} marks",
        "number": "No.",
        "item": "Item",
        "level": "Level",
        "difficulty": "Difficulty",
        "minutes_short": "Minutes",
        "points": "Marks",
        "assumed": "Values with * are assumed where the item states none: difficulty of {} items, minutes of {}.",
        "provenance": "Where it comes from",
        "bank": "SHA-256 of the bank",
        "seed": "Seed",
        "pool": "Candidates",
        "pool_text": "{} items of the bank could enter, {} were put before the solver",
        "left_out": "{} more could not: {}",
        "solver": "Solver",
        "bound": "objective {}, proved bound {}",
        "earlier": "Earlier exams",
        "reused": "{} items of this exam stood in them",
        "seal": "Seal, SHA-256",
        "verify": "To derive all these numbers anew:",
        "folder": "FOLDER",
    },
}
LEVELS = {
    "zh": {
        "remember": "识记",
        "understand": "理解",
        "apply": "应用",
        "analyse": "分析",
        "evaluate": "评价",
        "": "未标注",
    },
    "en": {
        "remember": "Remember",
        "understand": "Understand",
        "apply": "Apply",
        "analyse": "Analyse",
        "evaluate": "Evaluate",
        "": "none",
    },
}


def certificate_page(exam: Exam) -> str:
    """The certificate as one HTML page, in the exam's language. All texts from the bank are escaped."""
    from markupsafe import Markup

    folder = shipped("templates") / "certificate"
    certificate = exam.certificate
    return (
        page_templates(folder)
        .get_template("certificate.html.j2")
        .render(
            exam=exam,
            c=certificate,
            t=TEXTS[exam.lang],
            levels=LEVELS[exam.lang],
            many=len(exam.forms) > 1,
            tables=_tables(exam),
            asked_cells="table" in exam.blueprint,
            lines=[_line(exam, line) for line in certificate["lines"]],
            forms=[_form(exam, form) for form in exam.forms],
            number=_number,
            css=Markup((folder / "certificate.css").read_text(encoding="utf-8")),  # noqa: S704  # ours, not the bank's
        )
    )


def _number(value: float, digits: int = 2) -> str:
    """A number with at most so many decimals, and none that say nothing."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text and digits < 4 else text


def _tables(exam: Exam) -> list[tuple[str, dict[str, Any]]]:
    """One table for all forms of the same marks."""
    table = exam.certificate["table"]
    groups: dict[str, tuple[list[str], Sequence[Sequence[float]]]] = {}
    for name, marks in table["forms"].items():
        groups.setdefault(repr(marks), ([], marks))[0].append(name)
    text = TEXTS[exam.lang]
    return [
        (
            text["same_forms"].format("、".join(names) if exam.lang == "zh" else ", ".join(names))
            if len(names) > 1
            else text["form_named"].format(names[0]),
            _two_way(exam, table, marks),
        )
        for names, marks in groups.values()
    ]


def _two_way(exam: Exam, table: Mapping[str, Any], marks: Sequence[Sequence[float]]) -> dict[str, Any]:
    total = sum(map(sum, marks))
    most = max((cell for row in marks for cell in row), default=0) or 1
    asked = _asked_cells(exam)
    rows = [
        {
            "topic": topic_name(exam, topic),
            "cells": [
                {"marks": cell, "share": round(cell / most, 3), "asked": asked.get((topic, level), "")}
                for level, cell in zip(table["levels"], row, strict=True)
            ],
            "sum": sum(row),
            "percent": 100 * sum(row) / total if total else 0.0,
        }
        for topic, row in zip(table["topics"], marks, strict=True)
    ]
    sums = [sum(column) for column in zip(*marks, strict=True)]
    percents = [100 * value / total if total else 0.0 for value in sums]
    return {"rows": rows, "sums": sums, "percents": percents, "total": total}


def _asked_cells(exam: Exam) -> dict[tuple[str, str], str]:
    table = exam.blueprint.get("table")
    if not table:
        return {}
    names = {name: key for key, topic in exam.certificate["topics"].items() for name in (key, *topic.values())}
    return {
        (names.get(topic, topic), level): _number(cell, 1)
        for topic, cells in table["marks"].items()
        for level, cell in zip(table["levels"], cells, strict=True)
    }


def topic_name(exam: Exam, topic: str) -> str:
    """A topic as the bank calls it in the exam's language."""
    names = exam.certificate["topics"].get(topic, {})
    return names.get(exam.lang) or topic or LEVELS[exam.lang][""]


def _line(exam: Exam, line: Mapping[str, Any]) -> dict[str, Any]:
    if line["measure"] == "kept":
        delivered = [{True: "✓", False: "✗"}.get(line["delivered"].get(form.name), "—") for form in exam.forms]
        return {"says": line["line"], "asked": "", "delivered": delivered}
    share = line["measure"] == "share"
    digits = 4 if line["measure"].startswith("mean:") else 2

    def shown(value: float | None) -> str:
        if value is None:
            return ""
        return f"{_number(100 * value, 1)}%" if share else _number(value, digits if isinstance(value, float) else 0)

    low, high = map(shown, line["asked"])
    asked = low if low == high else f"{low}–{high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
    delivered = [shown(line["delivered"].get(form.name)) or "—" for form in exam.forms]
    return {"says": line["line"], "asked": asked, "delivered": delivered}


def _form(exam: Exam, form: Form) -> dict[str, Any]:
    return {
        "name": form.name,
        "sections": [
            {
                "title": section.title,
                "points": sum(item.points for item in section.items),
                "items": [_item(exam, item.item_id, item.number, item.points) for item in section.items],
            }
            for section in form.sections
        ],
    }


def _item(exam: Exam, name: str, number: int, points: float) -> dict[str, Any]:
    candidate = make_candidate(exam.item(name))
    item = candidate.item
    return {
        "number": number,
        "id": name,
        "title": item.title or name,
        "topic": topic_name(exam, item.topic),
        "level": LEVELS[exam.lang][item.level or ""],
        "difficulty": _number(candidate.difficulty, 2) + "*" * ("difficulty" in candidate.assumed),
        "minutes": _number(candidate.minutes, 1) + "*" * ("minutes" in candidate.assumed),
        "points": points,
    }
