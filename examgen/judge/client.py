"""The way to the judge: one HTTP call through the official client, with every fault of a server named."""

from __future__ import annotations

import ipaddress
import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from examgen.errors import ExamgenError, MissingDependencyError
from examgen.judge.prompt import Message
from examgen.judge.store import Reply

if TYPE_CHECKING:
    import openai

KEY_VARIABLE = "EXAMGEN_JUDGE_KEY"
# A server that asks for a longer pause than this has closed for the day.
LONGEST_WAIT_SECONDS = 120.0
TRANSPORT_TRIES = 4
FIRST_WAIT_SECONDS = 0.5
# So many answers in a row without a reply: the server is down, and asking on would only take hours.
FAILURES_IN_A_ROW = 20
# A verdict with a quote of 200 Chinese characters, and the frame around all of them.
TOKENS_PER_STATEMENT, TOKENS_OF_FRAME = 320, 200

# Headers of the official client that say where and for whom it runs. Each header also costs time in every call.
NOBODYS_BUSINESS = (
    *("X-Stainless-Lang", "X-Stainless-Package-Version", "X-Stainless-OS", "X-Stainless-Arch", "X-Stainless-Runtime"),
    *("X-Stainless-Runtime-Version", "X-Stainless-Async", "OpenAI-Organization", "OpenAI-Project"),
)


class NoReplyError(Exception):
    """The server gave no reply; ``code`` is a key of `examgen.judge.words.REASONS`."""

    def __init__(self, code: str, detail: str = "", billed: bool = False) -> None:
        super().__init__(code, detail, billed)
        self.code, self.detail, self.billed = code, detail, billed


@dataclass(frozen=True)
class Address:
    """Where the judge is, checked."""

    url: str
    local: bool

    @classmethod
    def read(cls, text: str, allow_remote: bool = False) -> Address:
        """Check an address and complete it with ``/v1`` where it has no path.

        Raises:
            ExamgenError: it is no HTTP address, holds a password, or leads off this machine without permission.
        """
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ExamgenError(
                f"{text!r} is no address: {error}", "Give one such as http://127.0.0.1:8000/v1."
            ) from error
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
            raise ExamgenError(f"{text!r} is no address of a server", "Give one such as http://127.0.0.1:8000/v1.")
        if parts.username or parts.password:
            raise ExamgenError("the judge's address holds a password", f"Put the key into {KEY_VARIABLE} instead.")
        local = _is_loopback(host)
        if not local and not allow_remote:
            raise ExamgenError(
                f"{host} is another machine, and candidates' answers would leave this one",
                "Allow that with --allow-remote, or name a server on 127.0.0.1.",
            )
        place = f"[{host}]" if ":" in host else host
        path = parts.path.rstrip("/") or "/v1"
        return cls(f"{parts.scheme}://{place}{f':{port}' if port else ''}{path}", local)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def api_key(address: Address) -> str:
    """The key for an address, from the environment alone; servers of one's own need none.

    ``OPENAI_API_KEY`` goes to OpenAI and to nobody else.
    """
    key = os.environ.get(KEY_VARIABLE, "")
    if not key and urlsplit(address.url).hostname == "api.openai.com":
        key = os.environ.get("OPENAI_API_KEY", "")
    return key.strip() or "none"  # one read from a file often ends in a line break, which would end its header


@dataclass
class Dialect:
    """What a server understands, learnt from its refusals; each step down is taken once."""

    formats: list[str] = field(default_factory=lambda: ["json_schema", "json_object", ""])
    limit_name: str = "max_tokens"
    temperature: bool = True

    def body(self, model: str, messages: Sequence[Message], schema: dict[str, Any], tokens: int) -> dict[str, Any]:
        """The request in this dialect."""
        body: dict[str, Any] = {"model": model, "messages": list(messages), self.limit_name: tokens}
        if self.temperature:
            body["temperature"] = 0
        if self.formats[0] == "json_schema":
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "verdicts", "strict": True, "schema": schema},
            }
        elif self.formats[0]:
            body["response_format"] = {"type": "json_object"}
        return body

    def step_down(self, complaint: str, sent: dict[str, Any]) -> bool:
        """Leave out what a server complains of; False where nothing is left to leave out.

        Args:
            complaint: What the server said.
            sent: What `body` gave for that request.
        """
        text = complaint.casefold()
        if "max_tokens" in text and "max_tokens" in sent and self.limit_name == "max_tokens":
            self.limit_name = "max_completion_tokens"
        elif "temperature" in text and "temperature" in sent:
            self.temperature = False
        elif "response_format" in sent:
            if sent["response_format"]["type"] == self.formats[0]:  # else another thread has taken the step already
                self.formats.pop(0)
        else:
            return False
        return True


@dataclass(frozen=True)
class Limits:
    """How hard a server may be worked."""

    concurrency: int = 16
    per_minute: float = 0.0
    """Calls a minute; 0 for no limit."""
    timeout: float = 60.0
    """Seconds for a whole reply."""


class Server:
    """A server that speaks the OpenAI protocol. Serves many threads at once."""

    def __init__(
        self,
        address: Address,
        model: str,
        limits: Limits | None = None,
        extra: dict[str, Any] | None = None,
        first_wait: float = FIRST_WAIT_SECONDS,
    ) -> None:
        """Prepare to call; nothing is sent yet.

        Args:
            extra: Goes into every request, such as ``{"enable_thinking": false}``.
            first_wait: Seconds before the second try after a fault; later waits double.

        Raises:
            MissingDependencyError: the official client is not installed.
        """
        try:
            import httpx2  # noqa: F401
            import openai  # noqa: F401
        except ImportError as error:
            raise MissingDependencyError(
                "a judge needs the package openai", "Install it: pip install 'openexamgen[judge]'."
            ) from error
        self.address, self.model, self.limits, self.extra = address, model, limits or Limits(), extra or {}
        self.url = f"{address.url}/chat/completions"  # whole, since the client takes its time to complete a path
        self.first_wait = first_wait
        self.dialect = Dialect()
        self.threads = threading.local()
        self.clients: list[openai.OpenAI] = []
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(self.limits.concurrency)
        self.next_call = 0.0
        self.failures = 0
        self.failed: ExamgenError | None = None

    def ask(self, messages: Sequence[Message], schema: dict[str, Any], statements: int) -> Reply:
        """Send one question and wait for the reply.

        Faults on the way are tried again, with the pauses that the server asks for.

        Raises:
            NoReplyError: there is none, for the reason named.
            ExamgenError: the server refuses for a reason that a user has to mend, such as a wrong key or model.
        """
        tokens = TOKENS_PER_STATEMENT * statements + TOKENS_OF_FRAME
        for attempt in range(TRANSPORT_TRIES):
            if self.failed:
                raise self.failed
            if self.failures >= FAILURES_IN_A_ROW:
                raise NoReplyError("closed")
            self._wait_for_turn()
            try:
                reply = self._send(messages, schema, tokens)
            except _TryAgainError as fault:
                if attempt == TRANSPORT_TRIES - 1 or fault.wait > LONGEST_WAIT_SECONDS:
                    with self.lock:
                        self.failures += 1
                        if fault.wait > LONGEST_WAIT_SECONDS:
                            self.failures = FAILURES_IN_A_ROW
                    raise fault.reply from fault
                self._hold_all(fault.wait or self.first_wait * 2**attempt, everyone=fault.wait > 0)
            else:
                self.failures = 0
                return reply
        raise AssertionError("the last try either returns or raises")

    def close(self) -> None:
        """Close all connections."""
        with self.lock:
            for client in self.clients:
                client.close()
            self.clients.clear()

    def _wait_for_turn(self) -> None:
        """Keep to the rate: calls start at even distances, whichever thread makes them."""
        with self.lock:
            now = time.monotonic()
            turn = max(now, self.next_call)
            if self.limits.per_minute:
                self.next_call = turn + 60.0 / self.limits.per_minute
        if turn > now:
            time.sleep(turn - now)

    def _hold_all(self, seconds: float, everyone: bool) -> None:
        """Wait; where the server said how long, let nobody else call meanwhile."""
        if everyone:
            with self.lock:
                self.next_call = max(self.next_call, time.monotonic() + seconds)
        else:
            time.sleep(seconds)

    def _send(self, messages: Sequence[Message], schema: dict[str, Any], tokens: int) -> Reply:
        import httpx2
        import openai

        from examgen.judge.wire import LargeError, LateError

        while True:
            body = self.dialect.body(self.model, messages, schema, tokens)
            try:
                response = self._client().post(self.url, cast_to=httpx2.Response, body=body | self.extra)
                return _reply(response.content, response.elapsed.total_seconds())
            except openai.APIStatusError as error:
                status = error.status_code
                with self.lock:
                    if status in (400, 422) and self.dialect.step_down(_complaint(error), body):
                        continue
                raise self._explained(error, status) from error
            except (openai.APITimeoutError, LateError) as error:
                raise _TryAgainError(NoReplyError("timeout", billed=True)) from error
            except LargeError as error:
                raise NoReplyError("large", billed=True) from error
            except (openai.APIConnectionError, httpx2.HTTPError) as error:
                if isinstance(error.__cause__, LateError):
                    raise _TryAgainError(NoReplyError("timeout", billed=True)) from error
                if isinstance(error.__cause__, LargeError):
                    raise NoReplyError("large", billed=True) from error
                refused = isinstance(error.__cause__, httpx2.ConnectError)
                raise _TryAgainError(NoReplyError("connection", billed=not refused)) from error

    def _explained(self, error: openai.APIStatusError, status: int) -> Exception:
        """What a status means: try again, leave this answer, or stop the run."""
        if status == 429:
            return _TryAgainError(NoReplyError("busy", "429"), _retry_after(error.response.headers.get("retry-after")))
        if status == 408 or status >= 500:
            return _TryAgainError(
                NoReplyError("server", str(status)), _retry_after(error.response.headers.get("retry-after"))
            )
        if status in (401, 403):
            self.failed = ExamgenError(f"{self.address.url}: refuses the key ({status})", f"Set {KEY_VARIABLE}.")
            return self.failed
        if status == 404:
            self.failed = ExamgenError(
                f"{self.address.url}: knows no model {self.model!r} (404)", "Check --judge and --judge-model."
            )
            return self.failed
        if 300 <= status < 400:
            self.failed = ExamgenError(
                f"{self.address.url}: sends us elsewhere ({status})", "Give --judge the final address."
            )
            return self.failed
        return NoReplyError("server", str(status))

    def _client(self) -> openai.OpenAI:
        """This thread's client; one connection each, since a shared pool costs more than the calls."""
        client: openai.OpenAI | None = getattr(self.threads, "client", None)
        if client is None:
            import openai

            from examgen.judge.wire import Wire

            nobody: dict[str, Any] = dict.fromkeys(NOBODYS_BUSINESS, openai.Omit())
            client = openai.OpenAI(
                base_url=self.address.url,
                api_key=api_key(self.address),
                # What is packed could unpack without bounds.
                default_headers={"Accept-Encoding": "identity", **nobody},
                max_retries=0,
                timeout=self.limits.timeout,
                http_client=Wire(self.address.url, self.address.local, self.limits.timeout, self.slots),
            )
            self.threads.client = client
            with self.lock:
                self.clients.append(client)
        return client


class _TryAgainError(Exception):
    """A fault that may pass."""

    def __init__(self, reply: NoReplyError, wait: float = 0.0) -> None:
        super().__init__(reply, wait)
        self.reply, self.wait = reply, wait


def _reply(body: bytes, seconds: float) -> Reply:
    """A reply with its costs; where the server does not count tokens, three bytes are taken for one."""
    usage: dict[str, Any] = {}
    model = ""
    try:
        data = json.loads(body)
        usage, model = data.get("usage") or {}, str(data.get("model") or "")
    except (ValueError, AttributeError, RecursionError):
        pass
    prompt, completion = (_count(usage, name) for name in ("prompt_tokens", "completion_tokens"))
    return Reply(body, "", model[:200], prompt, completion or len(body) // 3, round(seconds, 4))


def _count(usage: object, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def _complaint(error: openai.APIStatusError) -> str:
    return f"{error.message} {error.body}"[:4000]


def _retry_after(value: str | None) -> float:
    """Seconds of a Retry-After header; 0 where there is none, or a date or nonsense."""
    try:
        seconds = float(value or 0)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0
