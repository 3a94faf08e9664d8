"""From the texts of one item, however they were found, to the item."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from examgen.model import Item, Kind, RubricPoint, Source
from examgen.parse import objective
from examgen.parse.asking import asks, wants_reason, wants_verdict
from examgen.parse.objective import OptionLine
from examgen.parse.points import WORD, points_of
from examgen.text import has_han, language

# A question of one short line is its own title.
MAX_TITLE_CHARS = 60
WORTH = re.compile(
    r"[（(\[【]\s*(?:本[题小]+)?(?:共|满分|计)?\s*(?P<score>\d{1,3}(?:\.\d+)?)\s*(?:分|points?|marks?|pts?)\s*[)）\]】]\s*(?=$|\n)",
    re.IGNORECASE,
)
WORTH_BEFORE = re.compile(
    r"\s*[（(\[【]\s*(?P<score>\d{1,3}(?:\.\d+)?)\s*(?:分|points?|marks?|pts?)\s*[)）\]】]\s*(?=\S)", re.IGNORECASE
)
# A title that ends so is a sentence of the question, and no name for it.
SENTENCE_ENDS = ("。", ".", "；", ";", "：", ":", "，", ",")
POINT_WORTH = re.compile(
    r"(?:[（(\[【]\s*)?(?P<score>\d{1,3}(?:\.\d+)?)\s*(?:分|points?|marks?|pts?)\s*[)）\]】]?\s*[。.；;]?\s*$",
    re.IGNORECASE,
)
NOTE_BEFORE = re.compile(r"[（(](?P<note>[^（）()]{1,12})[)）]\s*[:：]\s*(?=\S)")
DIFFICULTY_BEHIND = re.compile(
    r"[（(\[【]\s*(?:难度|difficulty|level)\s*[:：]?\s*(?P<note>[^（）()\[\]【】]{1,20})[)）\]】]\s*$", re.IGNORECASE
)
NUMBER = re.compile(r"\d{1,4}(?:\.\d+)?")
MAX_SCORE = 1000.0
LANGUAGE_CHARS = 400
NO_ANSWER = "has no answer"


@dataclass
class Parts:
    """The texts of an item."""

    title: str = ""
    question: str = ""
    asked_apart: bool = False
    """The question stands under a label of its own, so the title is only a name for it."""
    reference: str = ""
    explanation: str = ""
    rubric: str = ""
    label: str = ""
    options: tuple[OptionLine, ...] = ()
    hint: Kind | None = None
    """The kind of question that the document calls it."""
    topic: str = ""
    difficulty: str = ""
    score: str = ""


@dataclass
class Built:
    """An item, and what keeps it from being complete."""

    item: Item
    faults: list[tuple[str, str]] = field(default_factory=list)
    """What was found, and what to do about it."""


def build_item(parts: Parts, *, item_id: str, source: Source) -> Built:
    """Make the item that some texts amount to.

    Returns:
        The item. It is incomplete, and a fault says why, where it lacks its question, its answer or its key.
    """
    _take_notes(parts)
    title, worth = _worth(_untagged(parts))
    question, worth_below = _worth(_question(parts, title))
    score = _number(parts.score) or worth or worth_below
    fields: dict[str, Any] = {
        "id": item_id,
        "title": title or (question if "\n" not in question and len(question) <= MAX_TITLE_CHARS else ""),
        "question": question,
        "reference": parts.reference,
        "explanation": parts.explanation,
        "topic": parts.topic,
        "sources": (source,),
        "label": parts.label,
    } | _difficulty(parts.difficulty)
    faults: list[tuple[str, str]] = []
    if not question:
        faults.append(("has no text", "Write what is asked."))
    for reader in (_choice, _true_false, _fill_in):
        if found := reader(parts, fields, faults):
            fields |= found
            break
    else:
        fields |= _short_answer(parts, fields, faults, score)
    if fields["kind"] != "short_answer":
        _set_score(fields, score)
        # A key leaves nothing to look for, so marking points of such an item only explain it.
        fields["explanation"] = "\n\n".join(text for text in (fields["explanation"], parts.rubric) if text)
    texts = "\n".join([fields["question"], fields["reference"], *(option.text for option in parts.options)])
    fields["lang"] = language(texts[:LANGUAGE_CHARS])
    fields["complete"] = not faults
    return Built(Item.model_validate(fields), faults)


def follow_up(parts: Parts, main: Item) -> Parts:
    """The texts of a question that follows up another: it is named after that one and says what it is about."""
    asked = parts.question
    label = "追问：" if has_han(asked) else "Follow-up: "
    title = f"{main.title} – {asked}" if main.title and "\n" not in asked else ""
    return replace(parts, title=title, question=f"{main.question}\n\n{label}{asked}", asked_apart=True)


def _take_notes(parts: Parts) -> None:
    """Take remarks in brackets out of a title: （概念）：… and …（难度：⭐⭐）."""
    if found := NOTE_BEFORE.match(parts.title):
        parts.title = parts.title[found.end() :]
        parts.topic = parts.topic or found["note"].strip()
    if found := DIFFICULTY_BEHIND.search(parts.title):
        parts.title = parts.title[: found.start()].rstrip()
        parts.difficulty = parts.difficulty or found["note"].strip()


def _untagged(parts: Parts) -> str:
    """The title without a tag such as 【单选题】, which goes into the hint."""
    for text in (parts.title, parts.question):
        if tag := objective.TAG.match(text):
            parts.hint = objective.hint(tag["words"]) or parts.hint
            parts.score = parts.score or (POINT_WORTH.search(tag["words"]) or {"score": ""})["score"]
    parts.question = (
        objective.TAG.sub("", parts.question, count=1) if objective.TAG.match(parts.question) else parts.question
    )
    return objective.TAG.sub("", parts.title, count=1) if objective.TAG.match(parts.title) else parts.title


def _question(parts: Parts, title: str) -> str:
    if not parts.question:
        return title
    told = asks(parts.question)
    if not parts.asked_apart and title.endswith(SENTENCE_ENDS):
        return f"{title}\n\n{parts.question}"
    named = parts.asked_apart and (told or not asks(title))
    return parts.question if named or not title or (told and not asks(title)) else f"{title}\n\n{parts.question}"


def _worth(text: str) -> tuple[str, float | None]:
    """A stem without the marks printed behind it or in front of it, and the marks."""
    found = WORTH.search(text) or WORTH_BEFORE.match(text)
    if not found:
        return text, None
    return text[: found.start()].rstrip() + text[found.end() :], _number(found["score"])


def _number(text: str) -> float | None:
    found = NUMBER.search(text)
    value = float(found[0]) if found else 0.0
    return value if 0 < value <= MAX_SCORE else None


def _difficulty(text: str) -> dict[str, Any]:
    """A number from 0 to 1 is a difficulty; words are kept as the reason, for an editor to turn into one."""
    if re.fullmatch(r"\s*(?:0?\.\d+|0|1|1\.0+|0\.\d+)\s*", text):
        return {"difficulty": float(text)}
    return {"difficulty_reason": text.strip()} if text.strip() else {}


def _set_score(fields: dict[str, Any], score: float | None) -> None:
    blanks = fields.get("blanks", ())
    if blanks and score is not None:
        fields["blanks"] = tuple(blank.model_copy(update={"weight": score / len(blanks)}) for blank in blanks)
    fields["max_score"] = score if score is not None else float(len(blanks) or 1)


def _choice(parts: Parts, fields: dict[str, Any], faults: list[tuple[str, str]]) -> dict[str, Any] | None:
    if len(parts.options) < 2:
        return None
    correct = "".join(option.letter for option in parts.options if option.marked)
    found: dict[str, Any] = {}
    if parts.reference:
        key = objective.read_key(parts.reference, parts.options)
        if key is not None:
            correct, rest = key
            found["reference"] = ""
            found["explanation"] = "\n\n".join(text for text in (rest, parts.explanation) if text)
        elif correct:
            found["reference"] = ""
            found["explanation"] = "\n\n".join(text for text in (parts.reference, parts.explanation) if text)
    elif not correct and (stem := objective.STEM_KEY.search(fields["question"])):
        letters = "".join(sorted(set(re.sub(r"[^A-H]", "", stem["letters"].upper()))))
        if set(letters) <= {option.letter for option in parts.options}:
            correct = letters
            for name in ("question", "title"):
                found[name] = objective.STEM_KEY.sub("（　）", fields[name], count=1)
    if not correct:
        faults.append(("has no correct option", "Mark one with '*', as in '*B) 42', or add a line such as '答案：B'."))
    several = len(correct) > 1 or parts.hint == "multiple_choice"
    return found | {
        "kind": "multiple_choice" if several else "single_choice",
        "options": objective.choice_options(parts.options, correct),
    }


def _true_false(parts: Parts, fields: dict[str, Any], faults: list[tuple[str, str]]) -> dict[str, Any] | None:
    question = fields["question"]
    if parts.hint not in (None, "true_false") or wants_reason(question):
        return None
    if not parts.reference and (stem := objective.STEM_TRUTH.search(question)):
        truth = objective.read_truth(stem["word"])
        if truth is not None:
            texts = {name: objective.STEM_TRUTH.sub("", fields[name]).rstrip() for name in ("question", "title")}
            return texts | {"kind": "true_false", "truth": truth[0]}
    verdict = objective.read_truth(parts.reference)
    told = parts.hint is not None or wants_verdict(question) or not asks(question)
    if verdict is None or (verdict[1] and not told):
        return None
    explanation = "\n\n".join(text for text in (verdict[1], parts.explanation) if text)
    return {"kind": "true_false", "truth": verdict[0], "reference": "", "explanation": explanation}


def _fill_in(parts: Parts, fields: dict[str, Any], faults: list[tuple[str, str]]) -> dict[str, Any] | None:
    if parts.hint not in (None, "fill_in"):
        return None
    filled = objective.fill_gaps(fields["question"], parts.reference, sure=parts.hint == "fill_in")
    if filled is None:
        return None
    return {"kind": "fill_in", "question": filled[0], "blanks": filled[1], "reference": ""}


def _short_answer(
    parts: Parts, fields: dict[str, Any], faults: list[tuple[str, str]], score: float | None
) -> dict[str, Any]:
    if not parts.reference and not parts.rubric:
        faults.append((NO_ANSWER, "Add one under a label such as '答案：'."))
    asked = f"{fields['title']}\n{fields['question']}"
    points = rubric_points(parts.rubric, asked) or even_points(points_of(parts.reference, asked), score)
    found: dict[str, Any] = {"kind": "short_answer", "points": points}
    if beyond := _beyond_points(parts.rubric, points):
        found["explanation"] = "\n\n".join(text for text in (parts.explanation, beyond) if text)
    total = sum(point.weight for point in points)
    found["max_score"] = total if points else score or float(bool(parts.reference))
    return found


def even_points(texts: list[str], score: float | None) -> tuple[RubricPoint, ...]:
    """Points of one weight each, together worth ``score``, or 1 each."""
    weight = score / len(texts) if score and texts else 1.0
    return tuple(RubricPoint(id=f"p{number}", text=text, weight=weight) for number, text in enumerate(texts, 1))


def rubric_points(rubric: str, asked: str) -> tuple[RubricPoint, ...]:
    """The points that the document itself gives, with the marks printed behind them where all have some."""
    texts = points_of(rubric, asked)
    worths = [POINT_WORTH.search(text) for text in texts]
    if not texts or not all(worth and text[: worth.start()].strip() for text, worth in zip(texts, worths, strict=True)):
        return even_points(texts, None)
    return tuple(
        RubricPoint(id=f"p{number}", text=text[: worth.start()].rstrip("：: "), weight=float(worth["score"]))
        for number, (text, worth) in enumerate(zip(texts, worths, strict=True), 1)
        if worth
    )


def _beyond_points(rubric: str, points: tuple[RubricPoint, ...]) -> str:
    """The rubric itself, where it says more than its points do."""
    said = "".join(WORD.findall("".join(point.text for point in points)))
    for line in rubric.split("\n"):
        words = WORD.findall(POINT_WORTH.sub("", line))
        if any(word not in said for word in words if not word.isdigit()):
            return rubric
    return ""
