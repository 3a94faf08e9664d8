"""One answer before the judge: asked twice in different frames, checked, and either believed or not."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from examgen.errors import ExamgenError
from examgen.judge.client import Address, Limits, NoReplyError, Server
from examgen.judge.prompt import Ask, Message, make_asks, wording
from examgen.judge.reply import Checked, Said, UnreadableError, check, message_text, read_verdicts
from examgen.judge.store import Reply, Store
from examgen.model import Item, Outcome, PointVerdict, RubricPoint

# An unreadable reply is asked for once more, and then given up.
READING_TRIES = 2
# Tokens per character of a prompt, for estimates: a Chinese character is about one, four Latin letters are one.
TOKENS_PER_HAN, TOKENS_PER_LATIN = 1.0, 0.25
# A reply is about a quote of 40 tokens and 20 of frame for each statement.
REPLY_TOKENS_PER_STATEMENT = 60


@dataclass(frozen=True)
class Heard:
    """What came of asking about one answer."""

    outcome: Outcome
    verdicts: tuple[PointVerdict, ...] = ()
    code: str = ""
    """A key of `examgen.judge.words.REASONS`, unless the judge is believed."""
    detail: str = ""
    calls: int = 0
    """Replies that it rests on, cached ones included."""
    tokens: int = 0
    """Of these replies and their questions."""


@dataclass
class Stats:
    """What asking has cost so far."""

    calls: int = 0
    cached: int = 0
    tokens: int = 0
    asked: int = 0
    """Answers that went to the judge."""
    believed: int = 0
    waiting: int = 0
    """Answers that are on their way to the judge."""
    seconds: float = 0.0
    """Time that the server took for all calls together."""


class Asks(Protocol):
    """What answers questions: `Server`, or a stand-in for estimates."""

    def ask(self, messages: Sequence[Message], schema: dict[str, Any], statements: int) -> Reply: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Budget:
    """What a run may spend."""

    calls: int | None = None
    tokens: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether there is anything to count."""
        return self.calls is not None or self.tokens is not None

    @classmethod
    def read(cls, text: str) -> Budget:
        """Read ``500`` or ``500 calls``, ``200000 tokens`` or ``200k tokens``.

        Raises:
            ExamgenError: it is neither.
        """
        number, _, unit = text.strip().lower().replace("_", "").partition(" ")
        factor = {"k": 1_000, "m": 1_000_000}.get(number[-1:], 1)
        digits = number[:-1] if factor > 1 else number
        if not digits.isdecimal() or unit.strip() not in ("", "call", "calls", "token", "tokens"):
            raise ExamgenError(f"{text!r} is no budget", "Give one such as '500 calls' or '200k tokens'.")
        amount = int(digits) * factor
        return cls(tokens=amount) if unit.startswith("token") else cls(calls=amount)


@dataclass(frozen=True)
class JudgeSettings:
    """All that decides what a judge is asked and how; small, and able to travel to a worker."""

    url: str
    model: str
    cache: Path
    allow_remote: bool = False
    asks: int = 2
    """How often each answer is asked about; a reply that differs between two frames is not believed."""
    budget: Budget = field(default_factory=Budget)
    limits: Limits = field(default_factory=Limits)
    extra: dict[str, Any] = field(default_factory=dict)
    """Goes into every request, such as ``{"enable_thinking": false}``."""
    dry_run: bool = False
    """Whether to estimate only: nothing is sent."""
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    """What shares one budget."""

    @property
    def fingerprint(self) -> str:
        """A checksum over whatever changes what the judge says: place, model, wording, settings."""
        parts = (self.url, self.model, wording(), self.asks, self.extra)
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


class Judge:
    """Asks a server for verdicts. Serves many threads at once."""

    def __init__(self, settings: JudgeSettings, server: Asks | None = None) -> None:
        """Open the file of replies and prepare to call.

        Raises:
            ExamgenError: the address is not allowed, a package is missing, or the file cannot be opened.
        """
        address = Address.read(settings.url, settings.allow_remote)
        self.settings = replace(settings, url=address.url)
        self.server: Asks = server or Server(address, settings.model, settings.limits, settings.extra)
        self.store = Store(settings.cache)
        self.run = settings.run if settings.budget.bounded else None
        self.stats = Stats()
        self.lock = threading.Lock()
        self.asking: set[str] = set()
        """Keys of the questions that are on their way."""
        self.told = threading.Condition(self.lock)

    def hear(self, item: Item, points: Sequence[RubricPoint], answer: str) -> Heard:
        """Ask about one answer, and check what is said.

        Nothing that the server does makes this raise, except for what a user has to mend.

        Raises:
            ExamgenError: the key or the model is wrong, or replies cannot be kept.
        """
        asks = make_asks(item, points, answer, self.settings.model, self.settings.asks)
        if self.settings.dry_run:
            return self._estimated(asks)
        order = [point.id for point in points]
        first: Checked | None = None
        tokens = 0
        for number, ask in enumerate(asks):
            try:
                said, spent = self._said(ask)
            except (UnreadableError, NoReplyError) as fault:
                outcome: Outcome = "not_asked" if fault.code in ("budget", "closed") else "unread"
                return Heard(outcome, (), fault.code, fault.detail, number, tokens)
            tokens += spent
            checked = check(said, order, answer, item.question)
            first = first or checked
            if checked.doubt:
                return Heard("doubted", first.verdicts, checked.doubt, checked.detail, number + 1, tokens)
            changed = [a.id for a, b in zip(first.verdicts, checked.verdicts, strict=True) if a.verdict != b.verdict]
            if changed:
                return Heard("doubted", first.verdicts, "unsteady", ", ".join(changed), number + 1, tokens)
        return Heard("believed", first.verdicts if first else (), calls=len(asks), tokens=tokens)

    def _estimated(self, asks: Sequence[Ask]) -> Heard:
        """Count what asking would cost."""
        for ask in asks:
            cached = self.store.find(self._key(ask)) is not None
            with self.lock:
                self.stats.cached += cached
                self.stats.calls += not cached
                if not cached:
                    self.stats.tokens += estimated_tokens(ask.messages) + REPLY_TOKENS_PER_STATEMENT * len(ask.ids)
        return Heard("not_asked", code="dry")

    def close(self) -> None:
        """Close connections and the file."""
        self.server.close()
        self.store.close()

    def _said(self, ask: Ask) -> tuple[dict[str, Said], int]:
        """The verdicts for one question, from the file or from the server, and the tokens of both sides."""
        key = self._key(ask)
        with self._alone(key):
            if kept := self.store.find(key):
                with self.lock:
                    self.stats.cached += 1
                return read_verdicts(message_text(kept.body), ask.ids), kept.tokens
            return self._bought(ask, key)

    def _bought(self, ask: Ask, key: str) -> tuple[dict[str, Said], int]:
        """The verdicts for one question from the server, kept in the file, and the tokens of both sides."""
        messages = ask.messages
        for attempt in range(READING_TRIES):
            reply = self._paid(messages, ask)
            said: dict[str, Said] = {}
            fault: UnreadableError | None = None
            try:
                said = read_verdicts(message_text(reply.body), ask.ids)
            except UnreadableError as error:
                fault = error
            self.store.keep(key, reply, fault is None, _now(), self.run)
            if fault is None:
                return said, reply.tokens
            if attempt == READING_TRIES - 1:
                raise fault
            messages = ask.again()
        raise AssertionError("the last try either returns or raises")

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Let one thread at a time ask a question: who asks the same meanwhile finds the reply in the file."""
        with self.told:
            self.told.wait_for(lambda: key not in self.asking)
            self.asking.add(key)
        try:
            yield
        finally:
            with self.told:
                self.asking.remove(key)
                self.told.notify_all()

    def _paid(self, messages: Sequence[Message], ask: Ask) -> Reply:
        """A reply of the server, within the budget."""
        with self._counted():
            reply = self.server.ask(messages, ask.schema, len(ask.ids))
        if not reply.prompt_tokens:
            reply = replace(reply, prompt_tokens=estimated_tokens(messages))
        with self.lock:
            self.stats.calls += 1
            self.stats.tokens += reply.tokens
            self.stats.seconds += reply.seconds
        return reply

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a call against the budget, unless the server does not answer it; without a budget nothing counts."""
        budget, run = self.settings.budget, self.run
        if run is None:
            yield
            return
        if not self.store.reserve(run, budget.calls, budget.tokens):
            raise NoReplyError("budget")
        try:
            yield
        except NoReplyError as fault:
            if not fault.billed:
                self.store.give_back(run)
            raise
        except ExamgenError:
            self.store.give_back(run)
            raise

    def _key(self, ask: Ask) -> str:
        parts = (self.settings.url, self.settings.model, self.settings.extra, ask.messages, ask.schema)
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def estimated_tokens(messages: Sequence[Message]) -> int:
    """About how many tokens a prompt has."""
    text = "".join(message["content"] for message in messages)
    wide = sum(char > "\u2e80" for char in text)
    return round(wide * TOKENS_PER_HAN + (len(text) - wide) * TOKENS_PER_LATIN)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
