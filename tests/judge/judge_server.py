"""A server that speaks the chat-completions protocol on loopback, with minds that can be told what to do.

Run as a program it is a quick one in a process of its own, for measuring:
``python judge_server.py SECONDS`` prints its port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FENCE = re.compile(r"^(===== [0-9a-f]{20} =====)\n(.*)\n\1$", re.DOTALL | re.MULTILINE)
STATEMENT = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)


class Question:
    """What a request asks, read back from its words."""

    def __init__(self, body: dict) -> None:
        user = body["messages"][1]["content"]
        found = FENCE.search(user)
        self.answer = found[2]
        rest = user[found.end() :]
        # The rules are numbered too, and come after the statements.
        block = re.split(r"\n\n(?:【规则】|\[Rules\])", rest)[0]
        self.statements = {int(number): text for number, text in STATEMENT.findall(block)}
        self.again = len(body["messages"]) > 2

    def reply(self, verdicts: dict[int, tuple[str, str]]) -> str:
        """The JSON of a good reply; statements that are left out get no."""
        points = [
            {"id": number, "quote": verdicts.get(number, ("no", ""))[1], "verdict": verdicts.get(number, ("no", ""))[0]}
            for number in self.statements
        ]
        return json.dumps({"points": points}, ensure_ascii=False)


def says(*words: str) -> Callable[[Question], str]:
    """A mind that finds a statement in an answer where both hold one of some words."""

    def mind(question: Question) -> str:
        verdicts = {}
        for number, text in question.statements.items():
            for word in words:
                if word in text and word in question.answer:
                    verdicts[number] = ("yes", word)
        return question.reply(verdicts)

    return mind


def no(question: Question) -> str:
    """A mind that finds nothing."""
    return question.reply({})


def full_marks(question: Question) -> str:
    """A mind that finds everything, in whatever the answer says."""
    return question.reply(dict.fromkeys(question.statements, ("yes", question.answer.strip()[:200])))


def completion(text, **changes) -> dict:
    """The body of a good response with this text."""
    message = {"role": "assistant", "content": text} | changes.pop("message", {})
    choice = {"index": 0, "finish_reason": "stop", "message": message} | changes.pop("choice", {})
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "served-name",
        "choices": [choice],
        "usage": {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460},
    } | changes


class JudgeServer:
    """A real HTTP server. ``faults`` are used up one a request, then the mind answers."""

    def __init__(self, mind: Callable[[Question], str] = no) -> None:
        self.mind, self.faults, self.requests, self.headers = mind, [], [], []
        self.connections = 0
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with outer.lock:
                    outer.connections += 1

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.lock:
                    outer.requests.append(body)
                    outer.headers.append(dict(self.headers) | {":path": self.path})
                    fault = outer.faults.pop(0) if outer.faults else None
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    if fault:
                        fault(self, body)
                    else:
                        send(self, 200, completion(outer.mind(Question(body))))

            def do_GET(self):
                with outer.lock:
                    outer.requests.append({"GET": self.path})
                send(self, 200, {})

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()


def send(handler, status: int, body, headers: dict | None = None) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in (
        {"Content-Type": "application/json", "Content-Length": str(len(data))} | (headers or {})
    ).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


# Faults, each a function of (handler, body).


def text(reply) -> Callable:
    """Status 200 with any text as the message."""
    return lambda handler, body: send(handler, 200, completion(reply(Question(body)) if callable(reply) else reply))


def shaped(**changes) -> Callable:
    """Status 200 with a changed completion around a good reply."""
    return lambda handler, body: send(handler, 200, completion(no(Question(body)), **json.loads(json.dumps(changes))))


def raw(data: bytes) -> Callable:
    """Status 200 with any bytes."""
    return lambda handler, body: send(handler, 200, data)


def status(code: int, headers: dict | None = None, message: str = "no") -> Callable:
    """An error status."""
    return lambda handler, body: send(handler, code, {"error": {"message": message}}, headers)


def hang(handler, body) -> None:
    """No answer for longer than anybody waits."""
    time.sleep(3)


def cut(handler, body) -> None:
    """The connection ends before the reply."""
    handler.close_connection = True
    handler.connection.close()


def cut_inside(handler, body) -> None:
    """The connection ends inside the reply."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.close()


def drip(handler, body) -> None:
    """A byte now and then, each within the time that a read may take."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def endless(handler, body) -> None:
    """A reply of many megabytes."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**8))
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" " * 100_000)


# Good replies in other forms than the usual, likewise.


def chunked(handler, body) -> None:
    """A reply in pieces, each with its length."""
    data = json.dumps(completion(no(Question(body)))).encode()
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for piece in (data[:100], data[100:], b""):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))


def unmeasured(handler, body) -> None:
    """A reply that ends where the connection does."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(json.dumps(completion(no(Question(body)))).encode())
    handler.close_connection = True


def farewell(handler, body) -> None:
    """A reply that says that the connection ends."""
    send(handler, 200, completion(no(Question(body))), {"Connection": "close"})
    handler.close_connection = True


def silent_farewell(handler, body) -> None:
    """A reply after which the connection ends unannounced."""
    send(handler, 200, completion(no(Question(body))))
    handler.close_connection = True


async def _serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()

    async def answer(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionResetError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                due = loop.time() + seconds
                length = int(re.search(rb"content-length: *(\d+)", head.lower())[1])
                body = json.loads(await reader.readexactly(length))
                data = json.dumps(completion(no(Question(body)))).encode()
                await asyncio.sleep(due - loop.time())
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
                await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
