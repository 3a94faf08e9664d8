"""One connection to the judge's server: HTTP/1.1 as the standard library speaks it.

While a call is sent and read it holds Python's lock, which all other calls
need too: what a client of many layers does there is what 16 calls at once
wait for (see docs/judge.md, *Speed*).
"""

from __future__ import annotations

import base64
import functools
import http.client
import json
import multiprocessing.connection
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from examgen.errors import ExamgenError

MAX_BODY_BYTES = 2_000_000
CHUNK_BYTES = 65_536
# A connection that lay idle longer may have been closed by the server, which is looked up before it is used again.
IDLE_SECONDS = 1.0


class UnreachedError(Exception):
    """The server was not reached, so nothing was sent."""


class LargeError(Exception):
    """The reply has no end."""


@dataclass(frozen=True)
class Answered:
    """What the server answered."""

    status: int
    body: bytes
    retry_after: str | None


class Connection:
    """A connection for one thread. It opens when it is first needed, and again after a fault."""

    def __init__(self, url: str, key: str, local: bool, timeout: float) -> None:
        """Prepare to call.

        Args:
            url: Where requests go.
            key: For the server alone.
            local: Whether the server is on this machine; no proxy is used for it.
            timeout: Seconds for a whole reply.

        Raises:
            ExamgenError: the environment names a proxy of a kind that is not known.
        """
        parts = urlsplit(url)
        self.target = quote(parts.path, safe="/%:@!$&'()*+,;=~")
        self.timeout = timeout
        self.headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "examgen",
        }
        self.http = self._opened(parts, None if local else _proxy(parts))
        self.used = 0.0

    def _opened(self, parts: SplitResult, proxy: SplitResult | None) -> http.client.HTTPConnection:
        host, port = str(parts.hostname), parts.port
        secure = parts.scheme == "https"
        to, at = (str(proxy.hostname), proxy.port or 80) if proxy else (host, port)
        if not secure:
            if proxy:
                self.target = f"{parts.scheme}://{parts.netloc}{self.target}"
                self.headers |= _login(proxy)
            return http.client.HTTPConnection(to, at, timeout=self.timeout)
        tunnel = http.client.HTTPSConnection(to, at, timeout=self.timeout, context=_trusted())
        if proxy:
            tunnel.set_tunnel(host, port or 443, _login(proxy))
        return tunnel

    def post(self, sent: dict[str, Any]) -> Answered:
        """Send a request and read the whole answer, of any status.

        Raises:
            UnreachedError: there is no connection.
            TimeoutError: the answer is not complete in time.
            LargeError: the answer is too large.
            OSError, http.client.HTTPException: the connection broke, or speaks something else.
        """
        deadline = time.monotonic() + self.timeout
        data = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
        self._connect()
        try:
            self.http.request("POST", self.target, data, self.headers)
            with self.http.getresponse() as response:
                return Answered(response.status, _body(response, deadline), response.getheader("Retry-After"))
        except BaseException:
            self.close()  # the rest of this answer would be taken for the next one
            raise
        finally:
            self.used = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self.http.close()

    def _connect(self) -> None:
        sock = self.http.sock
        if sock and time.monotonic() - self.used > IDLE_SECONDS and multiprocessing.connection.wait([sock], 0):
            self.close()  # what can be read before anything was asked is the end
        if self.http.sock is None:
            try:
                self.http.connect()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise UnreachedError from error


def _body(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """A body to its end, unless it has none or drips in beyond its time."""
    body = bytearray()
    while chunk := response.read1(CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise LargeError
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)


def _proxy(parts: SplitResult) -> SplitResult | None:
    """The proxy that the environment names for a server on another machine."""
    import urllib.request

    proxies = urllib.request.getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    if not address or urllib.request.proxy_bypass(str(parts.hostname)):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise ExamgenError(
            f"the environment names the proxy {proxy.scheme}://{proxy.hostname}, of a kind that the judge does not use",
            "Name an http:// proxy, or add the judge's server to NO_PROXY.",
        )
    return proxy


def _login(proxy: SplitResult) -> dict[str, str]:
    """The header that a proxy with a password asks for."""
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the system trusts; reading them takes longer than a call."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
