"""The little of HTTP that the doors need on top of raw ASGI: a request head, a body, a reply.

It bounds what is read and precomputes what is written. It never routes, authenticates or decides
what an answer says.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from typing import Any

import msgspec

from presage.api import faults
from presage.api.faults import HeaderPairs

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY = 1 << 20
MAX_ADDRESS = 16 << 10
BODY_SECONDS = 10.0
JSON = b"application/json"

_encode = msgspec.json.Encoder().encode


class ClientGone(Exception):
    """The client hung up before its request was complete: nobody is left to answer."""


class Request:
    """The head of one request, as received.

    `raw_path` is percent-encoded and has no query. `headers` has lower-case names; a field that
    was sent more than once holds all its values joined by commas, as RFC 9110 reads it, so that a
    doubled credential can never match.
    """

    __slots__ = ("headers", "host", "id", "method", "query_string", "raw_path")

    def __init__(self, scope: Scope, request_id: str = "") -> None:
        self.id = request_id
        # A WebSocket upgrade has no method in its scope; on the wire it is a GET.
        self.method: str = scope.get("method", "GET")
        raw: bytes | None = scope.get("raw_path")
        # Latin-1 keeps every received byte, so a signature is checked over what was sent.
        self.raw_path = raw.partition(b"?")[0].decode("latin-1") if raw else str(scope["path"])
        self.query_string: bytes = scope.get("query_string", b"")
        self.headers = _fold(scope["headers"])
        client = scope.get("client")
        self.host: str = client[0] if client else ""

    def header(self, name: bytes) -> str:
        """The value of the header `name` (lower case), or "" when it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")


class Reply(msgspec.Struct, frozen=True):
    """An answer that is not simply "the reply struct with the operation's status"."""

    status: int
    body: bytes | msgspec.Struct | None = None
    headers: HeaderPairs = ()
    content_type: bytes = JSON


def _fold(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    folded: dict[bytes, bytes] = {}
    for name, value in pairs:
        folded[name] = folded[name] + b", " + value if name in folded else value
    return folded


def check_declared_size(request: Request, limit: int = MAX_BODY) -> None:
    """Refuse by the declared length alone, before a byte of the body is read."""
    declared = request.headers.get(b"content-length")
    if declared is None:
        return
    if not (declared.isdigit() and len(declared) <= 19):
        raise faults.BodyFault("content-length is not a number")
    if int(declared) > limit:
        raise faults.body_too_large(limit)


async def read_body(receive: Receive, limit: int = MAX_BODY) -> bytes:
    """The whole body. Raises a 413 or 408 fault, or `ClientGone`."""
    # Most bodies came together with their head: the first step has them, and no timer is needed.
    first = receive().__await__()
    message: Message | None = None
    waits_for: Any = None
    try:
        waits_for = next(first)
    except StopIteration as arrived:
        message = arrived.value
        if not message.get("more_body", False):
            return await _read_chunks(message, receive, limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if message is None:
                message = await _resume(first, waits_for)
            return await _read_chunks(message, receive, limit)
    except TimeoutError:
        raise faults.body_too_slow() from None


@types.coroutine
def _resume(step: Generator[Any, Any, Message], waits_for: Any) -> Generator[Any, Any, Message]:
    """Go on awaiting what was stepped once and now waits for something."""
    yield waits_for
    return (yield from step)


async def _read_chunks(message: Message, receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        if message["type"] != "http.request":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > limit:
            raise faults.body_too_large(limit)
        if not message.get("more_body", False):
            return bytes(body)
        message = await receive()


def fixed_headers(content_type: bytes, *, private: bool, shared: bool) -> HeaderPairs:
    """The headers that every answer of one operation carries.

    `private` answers may not be stored by caches; `shared` ones may be read by any web page.
    """
    pairs = [(b"content-type", content_type), (b"x-content-type-options", b"nosniff")]
    if private:
        pairs.append((b"cache-control", b"no-store"))
    if shared:
        pairs.append((b"access-control-allow-origin", b"*"))
    return tuple(pairs)


def encode(body: bytes | msgspec.Struct | None) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else _encode(body)


async def send_reply(
    send: Send, request: Request, status: int, body: bytes, headers: HeaderPairs
) -> None:
    """Send one complete answer. A HEAD answer keeps the length of the body it leaves out."""
    lines = [*headers, (b"x-request-id", request.id.encode("ascii"))]
    if body or status not in (204, 304):
        lines.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": lines})
    if request.method == "HEAD":
        body = b""
    await send({"type": "http.response.body", "body": body})
