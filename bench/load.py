"""A load generator: many connections, signed requests made beforehand, answers timed.

It speaks just enough HTTP/1.1 to keep one request in flight on each connection, so that its own
cost stays far below the server's.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from presage.api.signatures import sign


@dataclass(frozen=True, slots=True)
class Signer:
    """A member's key."""

    key_id: str
    key: RSAPrivateKey

    def request(self, method: str, path: str, body: object = None) -> bytes:
        """The bytes of a signed request, valid for the next twenty seconds."""
        timestamp = str(time.time_ns() // 1_000_000)
        signature = sign(self.key, timestamp, method, path.partition("?")[0])
        return plain(
            method,
            path,
            body,
            f"KALSHI-ACCESS-KEY: {self.key_id}\r\nKALSHI-ACCESS-TIMESTAMP: {timestamp}\r\n"
            f"KALSHI-ACCESS-SIGNATURE: {signature}\r\n",
        )


def plain(method: str, path: str, body: object = None, headers: str = "") -> bytes:
    """The bytes of a request."""
    data = b"" if body is None else msgspec.json.encode(body)
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\n{headers}"
    if data:
        head += f"content-type: application/json\r\ncontent-length: {len(data)}\r\n"
    return head.encode() + b"\r\n" + data


@dataclass(frozen=True, slots=True)
class Outcome:
    """Requests answered a second, and percentiles of the time to an answer in milliseconds."""

    rate: float
    p50: float
    p99: float


def middle(outcomes: Sequence[Outcome]) -> Outcome:
    """The median of each number."""
    return Outcome(
        median(one.rate for one in outcomes),
        median(one.p50 for one in outcomes),
        median(one.p99 for one in outcomes),
    )


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Keep this process on one core, where that can be said."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if core in cores:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        if cores:
            os.sched_setaffinity(0, cores)


def pin(process: int, core: int) -> None:
    """Keep another process on one core, where that can be said."""
    if hasattr(os, "sched_setaffinity") and core < (os.cpu_count() or 1):
        os.sched_setaffinity(process, {core})


async def drive(port: int, requests: Sequence[bytes], connections: int, status: int) -> Outcome:
    """Send all requests over the connections. Raises RuntimeError on any other status."""
    queue = list(reversed(requests))
    times: list[float] = []

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        while queue:
            request = queue.pop()
            started = time.perf_counter()
            writer.write(request)
            await _answer(reader, status)
            times.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    elapsed = time.perf_counter() - started
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return Outcome(len(requests) / elapsed, p50 * 1_000, p99 * 1_000)


async def _answer(reader: asyncio.StreamReader, status: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    start = lowered.index(b"content-length:") + 15
    length = int(lowered[start : lowered.index(b"\r\n", start)])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 %d" % status):
        raise RuntimeError(f"{head[:60]!r} {body[:200]!r}")
