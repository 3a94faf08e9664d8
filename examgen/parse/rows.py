"""Questions that stand in rows with named columns, in whatever kind of file."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from examgen.model import Source
from examgen.parse import objective
from examgen.parse.build import Built, Parts, build_item
from examgen.parse.marks import fold
from examgen.parse.objective import LETTERS, OptionLine

_NAMES = {
    "question": "题目 问题 问 题干 试题 面试题 题目内容 问题描述 题面 "
    "正面 question|stem|prompt|question text|questions|query|instruction|q|front",
    "given": "材料 阅读材料 input|context|passage",
    "reference": "答案 答 参考答案 标准答案 正确答案 回答 解答 参考回答 背面 "
    "back|answer|reference|reference answer|model answer|correct answer|solution|key|answers|response|output|correct",
    "explanation": "解析 答案解析 解释 说明 详解 题目解析 explanation|rationale|analysis|feedback",
    "rubric": "评分点 得分点 采分点 评分标准 评分要点 要点 rubric|points|marking points|key points|criteria",
    "title": "标题 名称 题目名称 title|name|heading",
    "label": "编号 序号 题号 号 id|number|no|no.|#|nr|index|qid|question id",
    "kind": "题型 类型 题目类型 试题类型 type|kind|question type",
    "topic": "知识点 考点 主题 分类 类别 章节 标签 科目 topic|category|subject|tag|tags|chapter",
    "difficulty": "难度 难度等级 难度系数 difficulty|level",
    "score": "分值 分数 得分 score|mark|marks|max score|max_score|points possible",
    "options": "选项 备选项 备选答案 options|choices|alternatives",
}
_LETTER_COLUMN = re.compile(r"(?:选项|option|choice|answer)?[ _-]?([a-h])(?: ?选项)?$", re.IGNORECASE)


def _columns() -> dict[str, str]:
    names = {}
    for column, line in _NAMES.items():
        for word in re.findall(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff|]+", line):
            if word.strip():
                names[word.strip()] = column
    return names


COLUMNS = _columns()


@dataclass(frozen=True)
class Header:
    """What the columns of a table are."""

    columns: Mapping[int, str]
    """Place of a column -> its meaning; ``option:A`` and so on for columns that hold one option each."""
    unknown: Mapping[int, str] = field(default_factory=dict)
    """Columns whose name says nothing, with that name."""


def column_of(name: str) -> str:
    """The meaning of a column's name; empty where it has none."""
    plain = re.sub(r"[\s_]+", " ", fold(name)).strip(" *:：").lower()
    plain = re.sub(r"\s*[(（].*[)）]$", "", plain)
    if plain in COLUMNS:
        return COLUMNS[plain]
    letter = _LETTER_COLUMN.match(plain)
    return f"option:{letter[1].upper()}" if letter else ""


def read_header(cells: Sequence[str]) -> Header | None:
    """Read the names of columns, or None where none of them holds questions."""
    columns: dict[int, str] = {}
    unknown: dict[int, str] = {}
    for at, cell in enumerate(cells):
        column = column_of(cell)
        if column and column not in columns.values():
            columns[at] = column
        elif cell.strip():
            unknown[at] = cell.strip()
    if "title" in columns.values() and "question" not in columns.values() and "reference" in columns.values():
        columns = {at: "question" if column == "title" else column for at, column in columns.items()}
    columns = {at: _meant(column, columns.values()) for at, column in columns.items()}
    return Header(columns, unknown) if "question" in columns.values() else None


def _meant(column: str, columns: Collection[str]) -> str:
    """What a column is beside the others: a lone ``a`` beside ``q`` answers, ``input`` beside ``output`` asks."""
    if column == "option:A" and "option:B" not in columns and "reference" not in columns:
        return "reference"
    return "question" if column == "given" and not {"question", "title"} & set(columns) else column


def read_row(header: Header, cells: Sequence[str]) -> dict[str, str]:
    """The cells of a row by the meaning of their column; empty ones are left out."""
    return {column: cells[at].strip() for at, column in header.columns.items() if at < len(cells) and cells[at].strip()}


def row_item(row: Mapping[str, str], *, item_id: str, source: Source) -> Built:
    """The item of one row."""
    question = "\n\n".join(row[name] for name in ("question", "given") if name in row)
    options = [
        OptionLine(letter, row[f"option:{letter}"], marked=False) for letter in LETTERS if f"option:{letter}" in row
    ]
    if not options:
        lines = (row.get("options") or question).split("\n")
        found = objective.find_options(_option_lines(lines) if "options" in row else lines)
        options = list(found.options)
        if options and "options" not in row:
            question = "\n".join(line for at, line in enumerate(lines) if at not in found.lines).strip()
    parts = Parts(
        title=row.get("title", ""),
        question=question,
        asked_apart=True,
        reference=row.get("reference", ""),
        explanation=row.get("explanation", ""),
        rubric=_listed(row.get("rubric", "")),
        label=row.get("label", ""),
        options=tuple(options),
        hint=objective.hint(row.get("kind", "").replace("_", " ")),
        topic=row.get("topic", ""),
        difficulty=row.get("difficulty", ""),
        score=row.get("score", ""),
    )
    return build_item(parts, item_id=item_id, source=source)


def _option_lines(lines: Sequence[str]) -> list[str]:
    """Options that were printed without letters get them."""
    text = "\n".join(lines)
    if objective.find_options(lines).options:
        return list(lines)
    parts = [part.strip() for part in re.split(r"\n|[|｜;；]", text) if part.strip()]
    return [f"{letter}. {part}" for letter, part in zip(LETTERS, parts, strict=False)]


def _listed(rubric: str) -> str:
    """Rubric points in a cell, one a line or between semicolons, as a list."""
    parts = [part.strip().lstrip("-*•").strip() for part in re.split(r"\n|[;；|｜]", rubric)]
    return "\n".join(f"- {part}" for part in parts if part)


def loose_row(record: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """A JSON object with names of its own choosing as a row, and the names that say nothing."""
    row: dict[str, str] = {}
    unknown: list[str] = []
    for name, value in record.items():
        column = column_of(str(name))
        if not column or column in row:
            unknown.append(str(name))
        elif column == "options" and isinstance(value, (list, dict)):
            pairs: Iterable[tuple[str, Any]] = (
                value.items() if isinstance(value, dict) else zip(LETTERS, value, strict=False)
            )
            row |= {
                f"option:{str(letter).upper()}": as_text(text)
                for letter, text in pairs
                if str(letter).upper() in LETTERS
            }
        elif value not in (None, "", [], {}):
            row[column] = as_text(value)
    return {_meant(column, row): value for column, value in row.items()}, unknown


def as_text(value: Any) -> str:
    """A value as a person would have typed it into a cell."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "正确" if value else "错误"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)
