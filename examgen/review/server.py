"""The desk as a local page: one machine, one token, no outside assets, and forms that work without a script."""

from __future__ import annotations

import functools
import hmac
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from examgen.assets import shipped
from examgen.errors import ExamgenError
from examgen.report.content import BankTexts
from examgen.review.desk import Desk, Marking, NotTakenError
from examgen.review.pages import case_page, fonts_css, queue_page, style
from examgen.review.words import WORDS

MAX_BODY_BYTES = 200_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; font-src data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class DeskServer(ThreadingHTTPServer):
    """Serves one `Desk` on 127.0.0.1 to whoever knows the token."""

    daemon_threads = True

    def __init__(self, desk: Desk, lang: str = "zh", port: int = 0, home: Path | None = None) -> None:
        """Bind; nothing is served before `serve_forever`.

        Args:
            home: Folder of the bank or exam, in whose folder ``assets`` the pictures of the questions are.

        Raises:
            ExamgenError: the port is taken.
        """
        self.desk, self.lang, self.texts = desk, lang, BankTexts(home)
        self.token = secrets.token_urlsafe(32)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise ExamgenError(f"port {port} cannot be used: {error.strerror}", "Name another with --port.") from error
        self.place = f"127.0.0.1:{self.server_port}"
        self.cookie = f"examgen-desk-{self.server_port}"

    @property
    def url(self) -> str:
        """Where to point a browser, once; the page itself no longer shows the token."""
        return f"http://{self.place}/?{urlencode({'token': self.token})}"

    @functools.cached_property
    def fonts(self) -> str:
        """The style sheet that holds the fonts."""
        return fonts_css(self.desk, self.lang)

    def start(self) -> threading.Thread:
        """Serve in the background."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        return thread

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: DeskServer
    protocol_version = "HTTP/1.1"
    server_version = "examgen"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not self._is_our_place():
            return
        token = parse_qs(address.query).get("token", [""])[0]
        if token and address.path == "/" and hmac.compare_digest(token.encode(), self.server.token.encode()):
            cookie = f"{self.server.cookie}={token}; HttpOnly; SameSite=Strict; Path=/"
            self._redirect("/", {"Set-Cookie": cookie})
            return
        if not self._knows_token():
            return
        pages: dict[str, Callable[[], None]] = {
            "/": self._queue,
            "/fonts.css": lambda: self._send(self.server.fonts, "text/css"),
            "/style.css": functools.partial(self._send, style(), "text/css"),
            "/desk.js": functools.partial(self._send, _script(), "text/javascript"),
        }
        if address.path in pages:
            pages[address.path]()
        elif address.path.startswith("/case/"):
            self._case(address.path.removeprefix("/case/"), parse_qs(address.query))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if not self._is_our_place() or not self._knows_token():
            return
        path = urlsplit(self.path).path
        case_id = path.removeprefix("/case/")
        if not path.startswith("/case/") or case_id not in self.server.desk.cases:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        if self.headers.get("Origin") != f"http://{self.server.place}":
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        form = self._form()
        if form is not None:
            self._decide(case_id, form)

    def _queue(self) -> None:
        self._send(queue_page(self.server.desk, self.server.lang))

    def _case(
        self, case_id: str, query: dict[str, list[str]], problem: str = "", form: dict[str, str] | None = None
    ) -> None:
        if case_id not in self.server.desk.cases:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        saved = query.get("saved", [""])[0]
        desk, texts, lang = self.server.desk, self.server.texts, self.server.lang
        page = case_page(desk, case_id, texts, lang, saved=saved, problem=problem, form=form or {})
        self._send(page, status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)

    def _decide(self, case_id: str, form: dict[str, str]) -> None:
        desk = self.server.desk
        case = desk.cases[case_id]
        words = WORDS[self.server.lang]
        first_look = desk.blind and desk.mine(case) is None
        try:
            made = desk.decide(case, _marking(form), same=form.get("same") == "1")
        except NotTakenError as lack:
            self._case(case_id, {}, words[lack.found].format(max=f"{case.max_score:g}"), form)
            return
        except ExamgenError as error:
            self._case(case_id, {}, str(error), form)
            return
        # After a first blind mark the marker sees the machine's beside it; else it goes straight on.
        after = case_id if first_look else desk.after(case_id)
        query = urlencode({"saved": f"{made[0].score:g}_{case.max_score:g}_{len(made)}"})
        self._redirect(f"/case/{after}?{query}" if after else f"/?{query}")

    def _form(self) -> dict[str, str] | None:
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
            return None
        if not 0 <= length <= MAX_BODY_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        if self.headers.get_content_type() != "application/x-www-form-urlencoded":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return None
        body = self.rfile.read(length).decode("utf-8", "replace")
        try:
            fields = parse_qs(body, keep_blank_values=True, max_num_fields=500)
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return None
        return {name: values[-1] for name, values in fields.items()}

    def _is_our_place(self) -> bool:
        """Refuse a foreign name for this machine: a web page could have made one point here."""
        if self.headers.get("Host") == self.server.place:
            return True
        self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
        return False

    def _knows_token(self) -> bool:
        try:
            cookies: SimpleCookie = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        given = cookies[self.server.cookie].value if self.server.cookie in cookies else ""
        if hmac.compare_digest(given.encode(), self.server.token.encode()):
            return True
        self._refuse(HTTPStatus.FORBIDDEN)
        return False

    def _send(self, text: str, kind: str = "text/html", status: HTTPStatus = HTTPStatus.OK) -> None:
        data = text.encode("utf-8", "replace")
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _redirect(self, place: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        for name, value in (HEADERS | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True  # an unread body must not be taken for the next request
        self._send(f"<!DOCTYPE html><title>{status.value}</title><p>{status.value} {status.phrase}</p>", status=status)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Addresses may hold the token: nothing is logged."""


def _marking(form: dict[str, str]) -> Marking:
    """What a form gives.

    Raises:
        NotTakenError: a number is none.
    """
    try:
        credits_ = {name.removeprefix("credit-"): float(v) for name, v in form.items() if name.startswith("credit-")}
        whole = form.get("score", "").strip()
        return Marking(credits_, float(whole) if whole else None, form.get("why", ""))
    except ValueError as error:
        raise NotTakenError("need_score") from error


@functools.cache
def _script() -> str:
    return (shipped("templates") / "review" / "desk.js").read_text(encoding="utf-8")
