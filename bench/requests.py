"""Requests as bytes, made before anything is timed: plain ones and signed ones.

All of a list's signatures are made at once, on every core, and dated a little ahead, so that they
are still young when the last of them is sent.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from presage.api.auth import MAX_AHEAD
from presage.api.signatures import sign
from presage.units import SECOND

AHEAD: Final = (MAX_AHEAD - 3 * SECOND) // 1_000
"""Milliseconds by which signatures are dated ahead; three seconds less than a server allows."""
SIGNING_SECONDS: Final = 15.0
"""Longer than this signing must not take: the rest of the window is for sending."""
_CHUNK: Final = 1_000
_THREADS: Final = 2
_FEW: Final = 100
_MARGIN: Final = 1.2


@dataclass(frozen=True, slots=True)
class Signer:
    """A member's key."""

    key_id: str
    key: RSAPrivateKey

    def request(self, method: str, path: str, body: object, timestamp: str) -> bytes:
        """The bytes of a signed request."""
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


def signed(
    signers: Sequence[Signer], method: str, path: str, bodies: Iterable[object]
) -> list[bytes]:
    """A request for each body, the members in turn; on a slow machine only as many as can be signed
    in time. They are good for about half a minute after this returns."""
    timestamp = str(time.time_ns() // 1_000_000 + AHEAD)
    until = time.perf_counter() + SIGNING_SECONDS
    made: list[bytes] = []
    waiting = zip(itertools.cycle(signers), bodies, strict=False)
    # The library lets go of the interpreter while it signs, so threads are enough.
    with ThreadPoolExecutor(_THREADS) as pool:
        while time.perf_counter() < until and (part := list(itertools.islice(waiting, _CHUNK))):
            made += pool.map(lambda one: one[0].request(method, path, one[1], timestamp), part)
    return made


def dated(
    signers: Sequence[Signer],
    method: str,
    path: str,
    bodies: Iterable[object],
    count: int,
    rate: float,
) -> list[bytes]:
    """`count` requests that will be sent at `rate` a second from when this returns, each dated for
    that moment, so that they may be more than are good at any one time."""
    wanted = list(zip(itertools.cycle(signers), itertools.islice(bodies, count), strict=False))
    with ThreadPoolExecutor(_THREADS) as pool:

        def make(part: list[tuple[Signer, object]], begin: float) -> list[bytes]:
            stamps = [str(round((begin + n / rate) * 1_000)) for n in range(len(part))]
            return list(
                pool.map(lambda one, at: one[0].request(method, path, one[1], at), part, stamps)
            )

        # How long all of them will take is seen from a few; on a busy machine it may be more.
        before = time.time()
        few = len(make(wanted[:_FEW], before))
        begin = time.time() + (time.time() - before) / few * count * _MARGIN
        made = make(wanted, begin)
    time.sleep(max(0.0, begin - time.time()))
    return made
