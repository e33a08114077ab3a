"""One client's connection: its requests are answered one by one, in the order in which they came.

It decides when to read on, when a client has been too slow, and when the connection ends. It never
decides what an answer says, and a client that leaves cancels nothing that its request has begun.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

import msgspec
import structlog

from presage.api import faults, http
from presage.api.http import Answer, ClientGone, Incoming, Request, Stream
from presage.api.parser import MAX_HEAD, Parser, Refusal

IDLE_SECONDS: Final = 75
"""Bots pause between requests; a connection cut in between looks to them like a failure."""
HEAD_SECONDS: Final = 10
"""Also for the first request of a connection to begin."""
BODY_SECONDS: Final = 10
TAKE_SECONDS: Final = 30
"""For a client to take what was written to it."""
LINGER_SECONDS: Final = 2
"""For a client that may still be sending to read its last answer; then it is cut off."""

TOO_SLOW: Final = Refusal(408, "request_timeout", "the request did not arrive in time")
TOO_MANY: Final = Refusal(503, "service_unavailable", "too many connections")
NO_UPGRADE: Final = Refusal(403, "forbidden", "no WebSocket is served here")
BROKEN: Final = Refusal(500, "internal_error", "internal error")

Door = Callable[[Request], Coroutine[Any, Any, Answer]]
Upgrade = Callable[[Request, asyncio.Transport, bytes], None]
"""Takes over a connection whose client asked for WebSocket; the bytes are what it has sent since.
From then on the transport, its protocol and its end are the taker's business."""

_HEADERS: Final = http.fixed_headers(http.JSON, private=True, shared=False)

_log = structlog.get_logger(__name__)


class Shared:
    """What all connections of a server share. `now` counts seconds, `date` is its header."""

    def __init__(self, door: Door, upgrade: Upgrade | None, most: int) -> None:
        self.door = door
        self.upgrade = upgrade
        self.most = most
        self.open: set[Connection] = set()
        self.now = 0
        self.date = http.date_line()
        self.stopping = False
        self.emptied = asyncio.Event()
        """Set when the last connection has ended after `stopping`."""
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)

    def leave(self, connection: Connection) -> None:
        self.open.discard(connection)
        if self.stopping and not self.open:
            self.emptied.set()

    def next_id(self) -> str:
        return f"{self._run}-{next(self._count):x}"


class Connection(asyncio.Protocol):
    """Made for each client that connects."""

    __slots__ = (
        "_shared",
        "_transport",
        "_parser",
        "_request",
        "_step",
        "_held",
        "_paused",
        "_writable",
        "_eof",
        "_over",
        "_answered",
        "_phase",
        "_since",
        "_stream",
    )

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._transport: asyncio.Transport
        self._parser: Parser
        self._request: Request | None = None
        """The request that is being answered, by `_step`."""
        self._step: Coroutine[Any, Any, Answer]
        self._held = b""
        """What has arrived but has to wait until what came before it is answered."""
        self._paused = False
        self._writable = True
        self._eof = False
        self._over = False
        """Nothing is read or answered any more."""
        self._answered = 0
        self._phase: object = None
        self._since = shared.now
        self._stream: Stream | None = None
        """What goes on being written, as the last answer of this connection."""

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no such class
        peer = transport.get_extra_info("peername")
        self._parser = Parser(peer[0] if peer else "")
        self._shared.open.add(self)
        if len(self._shared.open) > self._shared.most:
            self._refuse(TOO_MANY, lingers=False)

    def data_received(self, data: bytes) -> None:
        if self._request is None and not self._held and not self._over:
            self._take(data)
        elif not self._over:
            self._held += data
            if self._wants_more():
                self._take_held()
            elif not self._paused:
                self._paused = True
                self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more; what it has asked for it still gets."""
        self._eof = True
        reading = self._parser.reading
        if reading is not None and reading.incoming is not None:
            reading.incoming.fail(ClientGone())
        waits = self._request is not None or self._parser.ready or self._held
        return bool(waits and not self._over)

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._advance()

    def connection_lost(self, error: Exception | None) -> None:
        self._over = True
        self._shared.leave(self)
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.gone()
        reading = self._parser.reading
        if reading is not None and reading.incoming is not None:
            reading.incoming.fail(ClientGone())
        self._parser.close()

    # Called by the server

    def leave(self) -> None:
        """The server stops: end now, or after the answer that is being worked on."""
        if self._stream is not None:
            self._transport.close()
        elif self._request is None and not self._over:
            self._end()

    def abort(self) -> None:
        """End at once."""
        self._over = True
        self._transport.abort()

    def look(self) -> None:
        """Once a second: has the client been too slow?"""
        parser, now = self._parser, self._shared.now
        reading = parser.reading
        phase = (self._over, self._writable, parser.in_head, reading is not None, self._answered)
        if phase != self._phase:
            self._phase, self._since = phase, now
            return
        waited = now - self._since
        if self._stream is not None:
            if not self._writable and waited >= TAKE_SECONDS:
                self.abort()
        elif self._over:
            unsent = self._transport.get_write_buffer_size()
            if waited >= (TAKE_SECONDS if unsent else LINGER_SECONDS):
                self.abort()
        elif not self._writable:
            if waited >= TAKE_SECONDS:
                self.abort()
        elif reading is not None and (self._request is None or _is_wanted(reading)):
            if waited >= BODY_SECONDS:
                self._give_up_body(reading)
        elif self._request is not None:
            self._since = now  # it waits for us
        elif parser.in_head:
            if waited >= HEAD_SECONDS:
                self._refuse(TOO_SLOW)
        elif waited >= (IDLE_SECONDS if self._answered else HEAD_SECONDS):
            self._end()

    def _give_up_body(self, reading: Request) -> None:
        slow = faults.body_too_slow()
        if reading.incoming is None:  # it was waited for; now it is answered without
            reading.incoming = Incoming()
            reading.incoming.fail(slow)
            self._parser.ready.append(reading)
            self._advance()
        elif self._request is reading:
            reading.incoming.fail(slow)
        else:
            self._end()

    # Reading

    def _take(self, data: bytes) -> None:
        if len(data) > MAX_HEAD:
            self._held = data[MAX_HEAD:]
            data = data[:MAX_HEAD]
        self._parser.feed(data)
        self._advance()

    def _take_held(self) -> None:
        if self._held and self._wants_more():
            held, self._held = self._held, b""
            self._take(held)

    def _wants_more(self) -> bool:
        """Whether what arrives may be parsed already."""
        parser = self._parser
        if self._over or parser.ready or parser.refusal is not None:
            return False
        reading = parser.reading
        if reading is not None and reading.incoming is not None:
            return reading.incoming.wanted
        return self._request is None and self._writable

    def _advance(self) -> None:
        """Answer what waits, as far as it goes; then read on or end."""
        parser = self._parser
        ready = parser.ready
        while ready and self._request is None and self._writable and not self._over:
            self._answer(ready.popleft())
        if self._held or self._paused or self._eof or parser.refusal is not None:
            self._settle(parser)

    def _settle(self, parser: Parser) -> None:
        if self._over:
            return
        if self._request is None and not parser.ready:
            if parser.refusal is not None:
                if parser.reading is None or parser.reading.incoming is None:
                    self._refuse(parser.refusal)
                else:  # it has been answered, and what is wrong is the rest of its body
                    self._end(lingers=True)
                return
            if self._eof and not self._held:
                self._end()
                return
        if self._wants_more():
            if self._held:
                # Others get their turn between two pieces.
                asyncio.get_running_loop().call_soon(self._take_held)
            elif self._paused:
                self._paused = False
                self._transport.resume_reading()

    # Answering

    def _answer(self, request: Request) -> None:
        if self._parser.rest is not None and not self._parser.ready:
            self._hand_over(request, self._parser.rest)
            return
        request.id = self._shared.next_id()
        self._request = request
        self._step = self._shared.door(request)
        self._run(request)

    def _run(self, request: Request) -> None:
        """Take the door's coroutine as far as it goes. Most answers need not wait for anything, and
        those that do wait for one future: a task for each request would cost more than both."""
        try:
            waits_for = self._step.send(None)
        except StopIteration as done:
            self._request = None
            if not self._over:
                self._write(request, done.value)
            elif isinstance(done.value[1], Stream):
                done.value[1].gone()
        except ClientGone:
            self._request = None
            if not self._over:
                self._end()
        except (Exception, asyncio.CancelledError) as error:
            self._request = None
            _log.error("request failed", request_id=request.id, exc_info=error)
            if not self._over:
                self._refuse(BROKEN)
        else:
            if waits_for is None:
                asyncio.get_running_loop().call_soon(self._resume)
            else:
                waits_for._asyncio_future_blocking = False
                waits_for.add_done_callback(self._resume)
            incoming = request.incoming
            if incoming is not None and incoming.wanted and incoming.expects_word:
                incoming.expects_word = False
                self._transport.write(http.CONTINUE)

    def _resume(self, _: object = None) -> None:
        assert self._request is not None
        self._run(self._request)
        self._advance()

    def _write(self, request: Request, answer: Answer) -> None:
        body = answer[1]
        if isinstance(body, Stream):
            self._begin_stream(request, answer, body)
            return
        unread = self._parser.reading is request
        last = request.last or self._shared.stopping or (unread and not _may_be_skipped(request))
        self._answered += 1
        self._transport.write(
            http.answer_bytes(
                answer,
                self._shared.date,
                request.id,
                last=last,
                head_only=request.method == "HEAD",
            )
        )
        if last:
            self._end(lingers=unread)
        elif unread and request.incoming is not None:
            request.incoming.fail(ClientGone())  # nobody wants the rest

    def _begin_stream(self, request: Request, answer: Answer, body: Stream) -> None:
        """Nothing else is read or answered on this connection."""
        self._transport.write(http.answer_bytes(answer, self._shared.date, request.id))
        if request.method == "HEAD" or self._shared.stopping:
            body.gone()
            self._end()
            return
        self._over = True
        self._held = b""
        self._parser.ready.clear()
        self._stream = body
        body.open(self._transport)

    def _hand_over(self, request: Request, rest: bytes) -> None:
        if self._shared.upgrade is None:
            self._refuse(NO_UPGRADE)
            return
        self._over = True
        self._shared.leave(self)
        request.id = self._shared.next_id()
        self._shared.upgrade(request, self._transport, rest)

    def _refuse(self, refusal: Refusal, *, lingers: bool = True) -> None:
        words = {"code": refusal.code, "message": refusal.code.replace("_", " ")}
        body = msgspec.json.encode({**words, "details": refusal.details})
        answer = (refusal.status, body, _HEADERS)
        shared = self._shared
        self._transport.write(http.answer_bytes(answer, shared.date, shared.next_id(), last=True))
        self._end(lingers=lingers)

    def _end(self, *, lingers: bool = False) -> None:
        """Close after what was written. A client that is still sending would be cut off before it
        has read its answer: with `lingers` it is listened to a little longer."""
        self._over = True
        self._held = b""
        self._parser.ready.clear()
        if not lingers:
            self._transport.close()
            return
        self._transport.write_eof()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()


def _is_wanted(request: Request) -> bool:
    return request.incoming is not None and request.incoming.wanted


def _may_be_skipped(request: Request) -> bool:
    """Whether the rest of a body that nobody wants is worth reading to keep the connection."""
    incoming = request.incoming
    if incoming is None or incoming.failed or incoming.expects_word:
        return False
    return int(request.headers.get(b"content-length", 0)) <= http.MAX_BODY
