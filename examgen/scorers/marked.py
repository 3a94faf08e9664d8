"""Marked answers: what people gave, to learn from and to measure with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from examgen.errors import FileError
from examgen.model import Answer, Item, Lang, RubricPoint, Share
from examgen.records import read_jsonl
from examgen.scorers.exercises import Sample
from examgen.scorers.points import alternatives, origin

UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
# The file of a folder that holds a second reader's marks of answers in the others, for the agreement of people.
SECOND = "second.jsonl"
LICENCES = {
    "le_zh": "Apache-2.0",
    "beetle": "CC BY-SA 3.0",
    "scientsbank": "CC BY-SA 3.0",
    "ads_zh": "Apache-2.0",
    "pawsx_zh": "free for any purpose, acknowledge Google",
    "llm-training": "Apache-2.0",
    "bank": "Apache-2.0",
    "own": "Apache-2.0",
}


class Marked(BaseModel):
    """An answer with its human mark. Other columns are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    question_id: str
    answer: str
    score: Share
    """Human mark as a share of the maximum."""
    dataset: str = ""
    lang: Lang = "zh"
    split: str = ""
    question: str = ""
    references: tuple[str, ...] = ()
    rubric: tuple[RubricPoint, ...] = ()
    credits: dict[str, float] = {}
    """Human credit of each rubric point, where points were marked singly."""
    label_2way: str = ""
    label_3way: str = ""
    blank: bool = False
    answer_id: str = ""
    group: str = ""
    """Questions with the same group are held out together; one without a group stands for itself."""

    @field_validator("rubric", mode="before")
    @classmethod
    def _points_may_be_texts(cls, value: Any) -> Any:
        """A rubric may be missing, or a list of texts of equal weight."""
        entries = value or ()
        return tuple(
            {"id": f"p{n}", "text": entry, "weight": 1.0} if isinstance(entry, str) else entry
            for n, entry in enumerate(entries, 1)
        )

    @property
    def mark(self) -> float:
        """What to learn from and to answer for, 0..1: the two-way label where there is one, else the score.

        Labels such as "contradictory" have no natural place between right and wrong.
        """
        return float(self.label_2way == "correct") if self.label_2way else self.score

    @property
    def kind(self) -> str:
        """What sort of answer its author meant it to be, where that is known."""
        return str((self.model_extra or {}).get("answer_type", ""))


def read_marked(paths: Iterable[Path], items: Sequence[Item] = ()) -> list[Marked]:
    """Read files of marked answers; blank responses are left out.

    Args:
        paths: JSONL files, or folders of them.
        items: Where question, references and rubric of the rows are looked up that do not carry them.

    Raises:
        FileError: a file is broken, holds nothing, or a row's question is nowhere.
    """
    known = {(item.id, item.lang): item for item in items}
    groups = enemy_groups(items)
    rows: list[Marked] = []
    for path in paths:
        files = sorted(set(path.glob("*.jsonl")) - {path / SECOND}) if path.is_dir() else [path]
        count = len(rows)
        for file in files:
            for row in read_jsonl(file, Marked):
                item = known.get((row.question_id, row.lang)) or known.get(
                    (row.question_id, "zh" if row.lang == "en" else "en")
                )
                if not (row.references or row.rubric or item):
                    raise FileError(
                        str(file),
                        None,
                        f"question {row.question_id!r} has no reference answer",
                        "Give its items with --items.",
                    )
                if row.blank:
                    continue
                name = row.dataset or (path.parent.name if path.is_dir() else file.stem)
                group = row.group or groups.get(row.question_id, row.question_id)
                rows.append(_filled(row, item).model_copy(update={"dataset": name, "group": group}))
        if len(rows) == count:
            raise FileError(str(path), None, "holds no marked answers", "Give a JSONL file of them.")
    return rows


def _filled(row: Marked, item: Item | None) -> Marked:
    if item is None or row.references or row.rubric:
        return row
    return row.model_copy(
        update={"question": row.question or item.question, "references": item.model_answers, "rubric": item.points}
    )


def as_item(row: Marked) -> Item:
    """The item that a row answers, worth 1 mark; rows of one question give one item."""
    total = sum(point.weight for point in row.rubric)
    points = tuple(point.model_copy(update={"weight": point.weight / total}) for point in row.rubric) if total else ()
    return Item(
        id=item_id(row), lang=row.lang, question=row.question, references=row.references, points=points, max_score=1.0
    )


def item_id(row: Marked) -> str:
    """The id of a row's item: its question's, or where that is no id of an item, one that is no other question's."""
    plain = UNSAFE.sub("-", row.question_id)[:100].lstrip("._-")
    if plain == row.question_id:
        return plain
    return f"{plain[:80] or 'q'}-{hashlib.sha256(row.question_id.encode()).hexdigest()[:12]}"


def as_answer(row: Marked, number: int) -> Answer:
    """The row as an answer to `as_item`."""
    facts = {"candidate_id": row.answer_id or str(number), "item_id": item_id(row), "answer": row.answer}
    return Answer(**facts, lang=row.lang)


def enemy_groups(items: Sequence[Item]) -> dict[str, str]:
    """For each item the first id, by the alphabet, of all that are its enemies or theirs: they share content."""
    group = {item.id: item.id for item in items}

    def first(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for item in items:
        for enemy in item.enemies:
            if enemy in group:
                left, right = sorted((first(item.id), first(enemy)))
                group[right] = left
    return {name: first(name) for name in group}


def as_samples(row: Marked) -> list[Sample]:
    """The row as something to learn from: one sample a point where points were marked singly, else one in all."""
    whole = as_sample(row)
    texts = {point.id: point.text for point in row.rubric}
    if not row.credits or not row.answer.strip():
        return [whole]
    return [
        replace(whole, ways=((texts[name],),), mark=given, contradicts=None)
        for name, given in row.credits.items()
        if name in texts
    ]


def as_sample(row: Marked) -> Sample:
    """The row as something to learn from."""
    says: dict[str, bool | None] = {"contradictory": True, "correct": False, "incorrect": False}
    return Sample(
        dataset=row.dataset,
        question_id=row.question_id,
        question=row.question,
        ways=_ways(row),
        answer=row.answer,
        mark=row.mark,
        contradicts=says.get(row.label_3way),
        kind=row.split,
        group=row.group,
    )


def _ways(row: Marked) -> tuple[tuple[str, ...], ...]:
    """The points of each way to answer: a rubric, the entries of a list, or a reference answer as a whole.

    A right answer seldom says every sentence of a reference answer, so its
    sentences are not learned from one by one.
    """
    item = as_item(row)
    if origin(item) in ("rubric", "list"):
        return tuple(tuple(point.text for point in way) for way in alternatives(item))
    return tuple((reference,) for reference in item.model_answers)
