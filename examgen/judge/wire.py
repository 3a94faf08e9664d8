"""What carries the official client's calls: bounds on what is read, and a light way to a server of this machine.

Imported only where calls are made, since it needs the client's own HTTP library.
"""

from __future__ import annotations

import datetime
import functools
import selectors
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any

import httpx2

MAX_BODY_BYTES = 2_000_000
CHUNK_BYTES = 65_536


class LateError(Exception):
    """The reply drips in, and its time is up."""


class LargeError(Exception):
    """The reply has no end."""


class Wire(httpx2.Client):
    """A client that follows no redirect, takes no proxy to a server of this machine, and bounds what it reads."""

    def __init__(self, url: str, local: bool, timeout: float, slots: AbstractContextManager[Any]) -> None:
        """Prepare to call; nothing is opened yet.

        Args:
            local: Whether ``url`` leads to this machine.
            timeout: Seconds for a whole reply.
            slots: Held while a request is on its way, and not while it is worded or its reply is made sense of.
        """
        light = local and url.startswith("http://")
        super().__init__(
            follow_redirects=False,
            trust_env=not local,
            verify=_trusted(),
            timeout=timeout,
            transport=Loopback(timeout) if light else None,
            event_hooks={} if light else {"response": [functools.partial(_bound, timeout)]},
        )
        self.headers.clear()  # the official client sets its own
        self.slots = slots

    def send(self, request: httpx2.Request, **settings: Any) -> httpx2.Response:
        """Send a request in one of the slots; what has elapsed is the time in there."""
        with self.slots:
            started = time.monotonic()
            response = super().send(request, **settings)
            response.elapsed = datetime.timedelta(seconds=time.monotonic() - started)
        return response


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates of all clients: reading them takes longer than a call."""
    return httpx2.create_ssl_context()


class Loopback(httpx2.BaseTransport):
    """One connection to a server of this machine, for one call at a time.

    Encryption, proxies and a pool are of no use there, and the default transport spends a third of a call's processor
    time on being ready for them. Here, too, head and body leave in one piece, and the server wakes once.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.socket: socket.socket | None = None
        self.arrivals = selectors.DefaultSelector()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and read the whole reply.

        Raises:
            httpx2.TransportError: there is none, or not all of it.
            LateError: it is not all here in time.
            LargeError: it is too large.
        """
        deadline = time.monotonic() + self.timeout
        connection = self._connection(request.url)
        try:
            lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
            lines += [b"%s: %s" % header for header in request.headers.raw]
            connection.sendall(b"\r\n".join((*lines, b"", request.read())))
            with HTTPResponse(connection, method=request.method) as reply:
                reply.begin()
                body = b"".join(_bounded(iter(lambda: reply.read1(CHUNK_BYTES), b""), deadline))
                if reply.length:
                    raise IncompleteRead(body, reply.length)
        except BaseException as error:
            self._hang_up()
            if isinstance(error, TimeoutError):
                raise httpx2.ReadTimeout(str(error)) from error
            if isinstance(error, (OSError, HTTPException)):
                raise httpx2.ReadError(str(error)) from error
            raise
        if reply.will_close:
            self._hang_up()
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.getheaders()]
        return httpx2.Response(reply.status, headers=headers, content=body)

    def close(self) -> None:
        """Close the connection for good."""
        self._hang_up()
        self.arrivals.close()

    def _hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self.socket:
            self.arrivals.unregister(self.socket)
            self.socket.close()
            self.socket = None

    def _connection(self, url: httpx2.URL) -> socket.socket:
        """The connection of the last request, unless the server has ended it; then a new one."""
        if self.socket and self.arrivals.select(0):
            self._hang_up()
        if not self.socket:
            try:
                self.socket = socket.create_connection((url.host, url.port or 80), self.timeout)
            except TimeoutError as error:
                raise httpx2.ConnectTimeout(str(error)) from error
            except OSError as error:
                raise httpx2.ConnectError(str(error)) from error
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.arrivals.register(self.socket, selectors.EVENT_READ)
        return self.socket


def _bound(timeout: float, response: httpx2.Response) -> None:
    """Bound a reply that comes by the default transport."""
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Bounded(response.stream, time.monotonic() + timeout)


class _Bounded(httpx2.SyncByteStream):
    """A stream that ends with an error when it is too long or too late."""

    def __init__(self, stream: httpx2.SyncByteStream, deadline: float) -> None:
        self.stream, self.deadline = stream, deadline

    def __iter__(self) -> Iterator[bytes]:
        yield from _bounded(self.stream, self.deadline)

    def close(self) -> None:
        self.stream.close()


def _bounded(chunks: Iterable[bytes], deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise LargeError
        if time.monotonic() > deadline:
            raise LateError
        yield chunk
