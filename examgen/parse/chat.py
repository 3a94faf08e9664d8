"""Conversations as language models are trained on: every turn of the user with its answer is a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from examgen.parse.rows import as_text

# {"messages": [{"role": "user", "content": …}]}, and as ShareGPT puts it: {"conversations": [{"from": "human", …}]}
TURNS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat")
# A turn with its answer in one object.
PAIR = {"input", "output"}
SPEAKER = ("role", "from", "speaker")
TEXT = ("content", "value", "text")
ASKING = {"user", "human", "prompter", "student", "interviewer", "面试官", "用户"}
ANSWERING = {"assistant", "gpt", "bot", "model", "chatgpt", "ai", "candidate", "候选人", "助手"}


@dataclass
class Conversation:
    """What was asked and answered in a record."""

    turns: list[tuple[str, str]] = field(default_factory=list)
    """Each question with its answer; empty where none follows it."""
    unknown: list[str] = field(default_factory=list)
    """Fields that are no part of the conversation."""
    silent: list[str] = field(default_factory=list)
    """Roles whose messages neither ask nor answer: system."""


def read_conversation(record: Mapping[str, Any]) -> Conversation | None:
    """Read the turns of a record, or None where it holds no conversation."""
    name = next((name for name in TURNS if _is_talk(record.get(name))), "")
    if not name:
        return None
    found = Conversation(unknown=[other for other in record if other not in (name, "id")])
    for message in record[name]:
        if message.keys() >= PAIR:
            found.turns.append((_text(message["input"]), _text(message["output"])))
            found.unknown += [other for other in message if other not in PAIR]
            continue
        role = as_text(_first(message, SPEAKER)).strip().lower()
        text = _text(_first(message, TEXT))
        if role in ASKING:
            found.turns.append((text, ""))
        elif role in ANSWERING and found.turns:
            question, before = found.turns[-1]
            found.turns[-1] = question, "\n\n".join(part for part in (before, text) if part)
        elif text:
            found.silent.append(role)
    return found


def _is_talk(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(message, dict) and (message.keys() >= PAIR or _first(message, SPEAKER) is not None)
            for message in value
        )
    )


def _first(message: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((message[name] for name in names if message.get(name) is not None), None)


def _text(content: Any) -> str:
    """The words of a message; parts such as pictures have none."""
    if isinstance(content, list):
        parts = [part.get("text", "") if isinstance(part, dict) else as_text(part) for part in content]
        return "\n\n".join(as_text(part) for part in parts if part)
    return "" if content is None else as_text(content)
