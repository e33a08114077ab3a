"""A load generator: many connections, requests made beforehand, answers timed.

It speaks just enough HTTP/1.1 to keep one request in flight on each connection: a connection sends,
takes the answer's length from its head, counts bytes and sends again. The loop is closed: a server
that stalls gets no requests while it stalls, so the percentiles are those of the requests that were
sent, not those of clients who come at a fixed pace. It looks at nothing but the status.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Final, cast

import uvloop

HOST: Final = "127.0.0.1"
_LENGTH: Final = b"content-length:"
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """Requests answered, and a second; percentiles of the time to an answer in milliseconds; bytes
    an answer."""

    answers: int
    rate: float
    p50: float
    p99: float
    size: float


def drive(
    port: int, requests: Iterable[bytes], connections: int, status: int, seconds: float
) -> Outcome:
    """Send requests over the connections until there are none or the seconds have passed.

    Raises RuntimeError on any other status and when the server closes a connection.
    """
    return uvloop.run(_drive(port, requests, connections, status, seconds))


def fetch(port: int, request: bytes) -> bytes:
    """The body of one answer, by a connection of its own. Raises RuntimeError when it is not a
    200."""
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {body[:_SHOWN]!r}")
    return body


async def _drive(
    port: int, requests: Iterable[bytes], connections: int, status: int, seconds: float
) -> Outcome:
    loop = asyncio.get_running_loop()
    load = _Load(requests, status, connections, loop.create_future())
    opened: list[_Connection] = []
    for _ in range(connections):
        opened.append((await loop.create_connection(lambda: _Connection(load), HOST, port))[1])
    gc.collect()
    gc.disable()
    try:
        started = time.perf_counter()
        load.until = started + seconds
        for connection in opened:
            connection.send()
        await load.done
        elapsed = load.last - started
    finally:
        gc.enable()
        for connection in opened:
            connection.close()
    times = sorted(load.times)
    count = len(times)
    p50, p99 = times[count // 2], times[count * 99 // 100]
    return Outcome(count, count / elapsed, p50 * 1_000, p99 * 1_000, load.received / count)


class _Load:
    """What the connections share."""

    def __init__(
        self, requests: Iterable[bytes], status: int, busy: int, done: asyncio.Future[None]
    ) -> None:
        self.next = iter(requests).__next__
        self.good = b"HTTP/1.1 %d " % status
        self.busy = busy
        self.done = done
        self.until = self.last = 0.0
        self.times: list[float] = []
        self.received = 0

    def rested(self, now: float) -> None:
        """A connection has nothing left to send."""
        self.last = now
        self.busy -= 1
        if not self.busy and not self.done.done():
            self.done.set_result(None)

    def failed(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason))


class _Connection(asyncio.Protocol):
    """One request in flight. `_missing` counts the bytes still to come, -1 before the head."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._head = b""
        self._missing = -1
        self._started = 0.0
        self._idle = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self) -> None:
        """The next request, unless there is none or time is up."""
        load, now = self._load, time.perf_counter()
        try:
            if now >= load.until:
                raise StopIteration
            request = load.next()
        except StopIteration:
            self._idle = True
            load.rested(now)
            return
        self._idle = False
        self._missing = -1
        self._started = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            data = self._head + data if self._head else data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return
            self._head = b""
            self._begin(data, end)
        self._missing -= len(data)
        if not self._missing:
            self._load.times.append(time.perf_counter() - self._started)
            self.send()

    def _begin(self, data: bytes, end: int) -> None:
        """The head is there: how many bytes the whole answer has."""
        head = data[:end].lower() + b"\r\n"
        at = head.find(_LENGTH)
        if not data.startswith(self._load.good) or at < 0:
            self._load.failed(repr(data[:_SHOWN]))
        at += len(_LENGTH)
        self._missing = end + 4 + int(head[at : head.index(b"\r", at)])
        self._load.received += self._missing

    def close(self) -> None:
        self._idle = True
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._idle:
            self._load.failed(f"the server closed a connection: {exc}")
