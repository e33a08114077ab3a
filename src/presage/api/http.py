"""What the doors know of HTTP: a request with its body, a reply, and the bytes of an answer.

It bounds what is read and precomputes what is written. It never parses, routes, authenticates or
decides what an answer says.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final

import msgspec

from presage.api import faults
from presage.api.faults import HeaderPairs

MAX_BODY = 1 << 20
MAX_UPLOAD = (2 << 20) + (64 << 10)
"""Of the largest body that any operation takes: a picture in its form."""
MAX_ADDRESS = 100 << 10
"""Bytes of path and query: a page of 2,000 ids (Kalshi's `structured_targets`) fits."""
JSON = b"application/json"


CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}

_encode = msgspec.json.Encoder().encode


class ClientGone(Exception):
    """The client hung up before its request was complete: nobody is left to answer."""


class Stream(ABC):
    """A body that goes on being written after the head of its answer, until it or its reader ends.

    A reader who does not take what was written is the stream's own business to notice.
    """

    @abstractmethod
    def open(self, transport: asyncio.WriteTransport) -> None:
        """The head was written: go on."""

    @abstractmethod
    def gone(self) -> None:
        """Nobody reads it any more, or ever did. Called once."""


Answer = tuple[int, bytes | Stream, HeaderPairs]
"""Status, body, and the headers that are not the connection's business."""


class Incoming:
    """A body that had not fully arrived when its request was handed over.

    `wanted` says that somebody waits for it, or that it will only be thrown away: until then it
    need not be read. `expects_word` says that the client sends it only when told to.
    """

    __slots__ = (
        "wanted",
        "expects_word",
        "_chunks",
        "_size",
        "_limit",
        "_ended",
        "_failure",
        "_waiter",
    )

    def __init__(self, *, expects_word: bool = False) -> None:
        self.wanted = False
        self.expects_word = expects_word
        self._limit = MAX_UPLOAD
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def failed(self) -> bool:
        """Will it never be whole?"""
        return self._failure is not None

    def add(self, chunk: bytes) -> None:
        """A piece has arrived."""
        self.expects_word = False
        self._size += len(chunk)
        if self._size > self._limit:
            self.fail(faults.body_too_large(self._limit))
        elif not self._ended:
            self._chunks.append(chunk)

    def finish(self) -> None:
        """All of it has arrived."""
        self._ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def fail(self, failure: Exception) -> None:
        """It will never be whole. The first failure counts."""
        if not self._ended:
            self.wanted = True
            self._failure = failure
            self._chunks.clear()
            self.finish()

    async def whole(self, limit: int = MAX_BODY) -> bytes:
        """Raises: Fault (413, 408), ClientGone."""
        self.wanted = True
        self._limit = limit
        if self._size > limit and self._failure is None:
            self._failure = faults.body_too_large(limit)
            self.finish()
        if not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._failure is not None:
            raise self._failure
        return b"".join(self._chunks)


class Request:
    """One request, as received.

    `raw_path` is percent-encoded and has no query; it is text in Latin-1, which keeps every
    received byte, so that a signature is checked over what was sent. `headers` has lower-case
    names; a field that was sent more than once holds all its values joined by commas, as RFC 9110
    reads it, so that a doubled credential can never match. `host` is the client's address. `last`
    says that no request follows on the same connection. A body is either all in `content`, or
    `incoming`.
    """

    __slots__ = (
        "method",
        "raw_path",
        "query_string",
        "headers",
        "host",
        "content",
        "incoming",
        "last",
        "id",
    )

    def __init__(
        self,
        method: str,
        raw_path: str,
        query_string: bytes,
        headers: dict[bytes, bytes],
        host: str = "",
        content: bytes = b"",
    ) -> None:
        self.method = method
        self.raw_path = raw_path
        self.query_string = query_string
        self.headers = headers
        self.host = host
        self.content = content
        self.incoming: Incoming | None = None
        self.last = False
        self.id = ""
        """Names this request in its answer and in the log; given when its turn has come."""

    def header(self, name: bytes) -> str:
        """The value of the header `name` (lower case), or "" when it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    async def body(self, limit: int = MAX_BODY) -> bytes:
        """The whole body, of `limit` bytes at most. Raises a 413 or 408 fault, or `ClientGone`."""
        return self.content if self.incoming is None else await self.incoming.whole(limit)


class Reply(msgspec.Struct, frozen=True):
    """An answer that is not simply "the reply struct with the operation's status"."""

    status: int
    body: bytes | msgspec.Struct | Stream | None = None
    headers: HeaderPairs = ()
    content_type: bytes = JSON


def check_declared_size(request: Request, limit: int = MAX_BODY) -> None:
    """Refuse by the declared length alone, before a byte of the body is read."""
    declared = request.headers.get(b"content-length")
    if declared is None:
        return
    if not (declared.isdigit() and len(declared) <= 19):
        raise faults.BodyFault("content-length is not a number")
    if int(declared) > limit:
        raise faults.body_too_large(limit)


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


def sent(body: bytes | msgspec.Struct | Stream | None) -> bytes | Stream:
    """A body as it goes out."""
    return body if isinstance(body, Stream) else encode(body)


def date_line() -> bytes:
    """The `date` header of answers that are given now."""
    return b"date: %b\r\n" % formatdate(usegmt=True).encode()


# Nearly every answer has the headers of its operation and no others.
@lru_cache(512)
def _lines(headers: HeaderPairs) -> bytes:
    return b"".join(b"%b: %b\r\n" % pair for pair in headers)


def answer_bytes(
    answer: Answer, date: bytes, request_id: str, *, last: bool = False, head_only: bool = False
) -> bytes:
    """One complete answer, or the head of one whose body is a stream, which ends the connection. A
    HEAD answer keeps the length of the body it leaves out."""
    status, body, headers = answer
    if isinstance(body, Stream):
        close = f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n".encode("ascii")
        return b"".join((_STATUS_LINES[status], date, _lines(headers), close))
    tail = f"x-request-id: {request_id}\r\n"
    if body or status not in (204, 304):
        tail += f"content-length: {len(body)}\r\n"
    tail += "connection: close\r\n\r\n" if last else "\r\n"
    lines = (_STATUS_LINES[status], date, _lines(headers), tail.encode("ascii"))
    return b"".join(lines if head_only else (*lines, body))
