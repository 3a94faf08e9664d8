"""Questions that stand in rows with named columns, in whatever kind of file."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from examgen.model import Source
from examgen.parse import objective
from examgen.parse.asking import asks
from examgen.parse.build import Built, Parts, build_item
from examgen.parse.marks import fold
from examgen.parse.objective import LETTERS, OptionLine

_NAMES = {
    "question": "题目 问题 问 题干 试题 面试题 题目内容 问题描述 题目描述 题面 试题内容 "
    "试题题干 题目题干 题干内容 问题内容 正面 "
    "question|stem|prompt|question text|question stem|questions|query|instruction|q|front",
    "given": "材料 阅读材料 input|context|passage",
    "reference": "答案 答 参考答案 标准答案 正确答案 回答 解答 参考回答 参考解答 试题答案 题目答案 "
    "答案内容 正确选项 背面 "
    "back|answer|reference|reference answer|model answer|sample answer|correct answer|correct answers|"
    "right answer|correct option|correct options|correct choice|solution|key|answer key|"
    "answers|response|output|correct|chosen|completion",
    "explanation": "解析 答案解析 解释 说明 详解 题目解析 试题解析 答案说明 解题思路 "
    "explanation|answer explanation|rationale|analysis|feedback",
    "rubric": "评分点 得分点 采分点 评分标准 评分要点 评分细则 得分要点 答题要点 要点 "
    "rubric|points|marking points|marking scheme|key points|criteria",
    "title": "标题 名称 题目名称 试题名称 title|name|heading",
    "label": "编号 序号 题号 号 试题编号 题目编号 "
    "id|number|no|no.|#|nr|index|qid|question id|question no|question number",
    "kind": "题型 类型 题目类型 试题类型 试题题型 题目题型 type|kind|question type",
    "topic": "知识点 考点 主题 分类 类别 章节 标签 科目 所属章节 章 一级分类 关键知识点 模块 学科 "
    "topic|category|subject|tag|tags|chapter|section|module",
    "difficulty": "难度 难度等级 难度系数 难易程度 难易度 试题难度 题目难度 difficulty|level|difficulty level",
    "score": "分值 分数 得分 默认分数 默认分值 每题分值 本题分值 题目分值 试题分值 "
    "score|mark|marks|max score|max_score|points possible",
    "options": "选项 备选项 备选答案 候选项 options|choices|alternatives|answer options|answer choices",
}
# Option A, 选项1, 备选答案二, A选项
_LETTER_COLUMN = re.compile(
    r"(?:(?:选项|备选项|备选答案|候选项|option|choice|answer)?[ _-]?([a-h])|"
    r"(?:选项|备选项|备选答案|候选项|option|choice|answer)[ _-]?([1-8一二三四五六七八]))(?: ?选项)?$",
    re.IGNORECASE,
)
_COUNTED = {digit: LETTERS[at % 8] for at, digit in enumerate("12345678一二三四五六七八")}
# 1   2,4   1、3 : options by their place in the row
_PLACES = re.compile(r"[1-8](?:\s*[,，、;；|]\s*[1-8])*")
_LETTERS_BETWEEN_BARS = re.compile(r"[A-Ha-h](?:\s*[|｜]\s*[A-Ha-h])+")
# What a column of verdicts holds beside the words that say so everywhere.
_VERDICTS = {"1": "正确", "y": "正确", "0": "错误", "n": "错误"}
_OPTION_A = re.compile(r"(?<=[\s?:)。])[(\[]?A *[)\].、:]")
_NUMBER = re.compile(r"\s*\d{1,3}(?:\.\d+)?\s*")
_NOTE_BEHIND = re.compile(r"\s*[(（\[【][^()（）]*[)）\]】]$")


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
    assumed: bool = False
    """No column is named after a question; one named input or context stands in its place, and may hold anything."""

    def unnamed(self, cells: Sequence[str]) -> list[int]:
        """Places of the cells that hold something and stand under no name."""
        return [
            at for at, cell in enumerate(cells) if at not in self.columns and at not in self.unknown and cell.strip()
        ]


def column_of(name: str) -> str:
    """The meaning of a column's name; empty where it has none. A remark behind it, 题干*（必填）, says nothing."""
    plain = re.sub(r"[\s_]+", " ", fold(name)).strip(" *:：").lower()
    plain = _NOTE_BEHIND.sub("", plain).strip(" *:：")
    if plain in COLUMNS:
        return COLUMNS[plain]
    letter = _LETTER_COLUMN.match(plain)
    return f"option:{letter[1].upper() if letter[1] else _COUNTED[letter[2]]}" if letter else ""


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a row holds names of columns, two at least, and nothing else."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and all(map(column_of, filled))


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
    assumed = _assumes(columns.values())
    columns = {at: _meant(column, columns.values()) for at, column in columns.items()}
    return Header(columns, unknown, assumed) if "question" in columns.values() else None


def holds_questions(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows name a question as well as its answer or its options, so that they are no table of facts."""
    forms = [fields["question"] for _, fields in read_forms(rows)]
    for number, cells in enumerate(rows[:2], 1):
        columns = list(map(column_of, cells))
        if "question" in columns and ("reference" in columns or {"option:A", "option:B"} <= set(columns)):
            at = columns.index("question")
            forms += [row[at] for row in rows[number:] if at < len(row)]
    # Where numbers stand for the questions it is a key to them.
    return any(form.strip() and not form.strip(" .、").isdecimal() for form in forms)


def _assumes(columns: Collection[str]) -> bool:
    """Whether only a column such as ``input`` could hold the questions."""
    return "given" in columns and not {"question", "title"} & set(columns)


def _meant(column: str, columns: Collection[str]) -> str:
    """What a column is beside the others: a lone ``a`` beside ``q`` answers, ``input`` beside ``output`` asks."""
    if column == "option:A" and "option:B" not in columns and "reference" not in columns:
        return "reference"
    return "question" if column == "given" and _assumes(columns) else column


def read_row(header: Header, cells: Sequence[str]) -> dict[str, str]:
    """The cells of a row by the meaning of their column; empty ones are left out."""
    return {column: cells[at].strip() for at, column in header.columns.items() if at < len(cells) and cells[at].strip()}


def read_forms(rows: Sequence[Sequence[str]]) -> list[tuple[int, dict[str, str]]]:
    """Questions whose fields stand below each other, each with its name in front.

    Either a row holds names and values in turn, and a name that comes again
    begins the next question; or the first column holds the names, and every
    further column a question.

    Returns:
        For each question the index of the row in which it begins and its
        fields; none where the rows are not built so.
    """
    filled = [(at, [cell.strip() for cell in cells]) for at, cells in enumerate(rows) if any(map(str.strip, cells))]
    while filled and sum(map(bool, filled[0][1])) == 1:
        del filled[0]
    if not filled or len({column_of(cells[0]) for _, cells in filled}) < 2:
        return []
    forms = _pairs(filled) or _columns_of(filled)
    whole = all("question" in fields and len(fields) > 1 for _, fields in forms)
    answered = sum("reference" in fields or "rubric" in fields for _, fields in forms)
    return forms if whole and answered * 2 > len(forms) else []


def _pairs(rows: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, dict[str, str]]]:
    """Forms whose rows hold names and values in turn; none where a row does not."""
    forms: list[tuple[int, dict[str, str]]] = []
    for at, row in rows:
        cells = [cell for cell in row if cell]
        if len(cells) % 2 and len(cells) > 1 and column_of(cells[0]) == "options" and _is_letter(cells[1]):
            del cells[0]
        names = [column_of(name) for name in cells[::2]]
        values = [*cells[1::2], ""] if len(cells) == 1 else cells[1::2]
        if len(names) != len(values) or not all(names) or any(map(_names_field, values)):
            return []
        for name, value in zip(names, values, strict=True):
            if not forms or name in forms[-1][1]:
                forms.append((at, {}))
            if value:
                forms[-1][1][name] = value
    return forms


def _columns_of(rows: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, dict[str, str]]]:
    """Forms that stand beside each other: the first column names the fields; none where it does not."""
    names = [column_of(cells[0]) for _, cells in rows]
    if not all(names) or len(set(names)) < len(names) or any(_names_field(cell) for _, row in rows for cell in row[1:]):
        return []
    width = max(len(cells) for _, cells in rows)
    forms = [
        {name: cells[at] for name, (_, cells) in zip(names, rows, strict=True) if at < len(cells) and cells[at]}
        for at in range(1, width)
    ]
    return [(rows[0][0], fields) for fields in forms if fields]


def _is_letter(name: str) -> bool:
    return column_of(name).startswith("option:")


def _names_field(value: str) -> bool:
    """Whether a value is the name of a field itself, which a letter is not: it may be the answer."""
    return column_of(value) != "" and not _is_letter(value)


def row_item(row: Mapping[str, str], *, item_id: str, source: Source) -> Built:
    """The item of one row."""
    row = _settled(row)
    question = "\n\n".join(row[name] for name in ("question", "given") if name in row)
    options = [
        OptionLine(letter, row[f"option:{letter}"], marked=False) for letter in LETTERS if f"option:{letter}" in row
    ]
    if not options:
        lines = _inline_cut(row.get("options") or question).split("\n")
        found = objective.find_options(_option_lines(lines) if "options" in row else lines)
        options = list(found.options)
        if options and "options" not in row:
            question = "\n".join(line for at, line in enumerate(lines) if at not in found.lines).strip()
        elif len(options) < 2 and "options" in row:
            question, options = f"{question}\n\n{row['options']}", []
    row, options = _answered(row, options)
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


def _settled(row: Mapping[str, str]) -> dict[str, str]:
    """A row whose numbers stand where they belong: a bare number is no marking point but what the question is worth."""
    settled = dict(row)
    if _NUMBER.fullmatch(row.get("rubric", "")) and "score" not in row:
        settled["score"] = settled.pop("rubric")
    points, worths = row.get("rubric", "").split("\n"), row.get("score", "").split("\n")
    if len(points) == len(worths) > 1 and all(map(_NUMBER.fullmatch, worths)):
        settled["rubric"] = "\n".join(f"{point}（{worth}分）" for point, worth in zip(points, worths, strict=True))
        del settled["score"]
    return settled


def _answered(row: Mapping[str, str], options: list[OptionLine]) -> tuple[dict[str, str], list[OptionLine]]:
    """A row whose answer is in the words that answers have elsewhere: letters for places, 正确 for 1 or option A."""
    answer = row.get("reference", "").strip()
    if options and _PLACES.fullmatch(answer) and answer not in {option.text for option in options}:
        letters = "".join(LETTERS[int(digit) - 1] for digit in re.findall("[1-8]", answer))
        if set(letters) <= {option.letter for option in options}:
            answer = letters
    if options and _LETTERS_BETWEEN_BARS.fullmatch(answer):
        answer = re.sub(r"[|｜]", ",", answer)
    if answer and objective.hint(row.get("kind", "")) == "true_false":
        verdicts = {option.letter: option.text for option in options}
        if set(map(str.lower, verdicts.values())) <= objective.TRUE | objective.FALSE:
            answer, options = verdicts.get(answer.upper(), answer), []
            answer = _VERDICTS.get(answer.lower(), answer)
    return {**row, "reference": answer}, options


def _inline_cut(text: str) -> str:
    """A question with its options in one line, cut in front of the first: 哪个是质数？ A. 4  B. 5."""
    found = _OPTION_A.search(fold(text))
    if found is None or "\n" in text:
        return text
    lines = [text[: found.start()].rstrip(), text[found.start() :]]
    return "\n".join(lines) if objective.find_options(lines).options else text


def _option_lines(lines: Sequence[str]) -> list[str]:
    """Options that were printed without letters get them."""
    text = "\n".join(lines)
    if objective.find_options(lines).options and len(lines) > 1:
        return list(lines)
    parts = _json_list(text) or [part.strip() for part in re.split(r"\n|[|｜;；]", text) if part.strip()]
    if objective.find_options(parts).options:
        return parts
    if objective.find_options(lines).options:
        return list(lines)
    return [f"{letter}. {part}" for letter, part in zip(LETTERS, parts, strict=False)]


def _json_list(text: str) -> list[str]:
    """The strings of a list that a program wrote into a cell: ["red", "green"]."""
    if not text.startswith("["):
        return []
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return []
    return [as_text(entry) for entry in found] if isinstance(found, list) else []


def _listed(rubric: str) -> str:
    """Rubric points in a cell, one a line or between semicolons, as a list."""
    parts = [part.strip().lstrip("-*•").strip() for part in re.split(r"\n|[;；|｜]", rubric)]
    return "\n".join(f"- {part}" for part in parts if part)


def loose_row(record: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """A JSON object with names of its own choosing as a row, and the names that say nothing.

    A field such as ``input`` is the question only where no field is named so, and where it asks.
    """
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
    if _assumes(row) and not asks(row["given"]):
        return row, unknown
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
