"""The way in: an HTTP request that asks for WebSocket becomes a session, or is refused as HTTP.

It decides who is let in and how many, keeps the connections' time, and writes out what the hub has
told, a slice of the readers at a time so that nobody waits for all of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from websockets.datastructures import Headers
from websockets.http11 import Request as HandshakeRequest
from websockets.server import ServerProtocol

from presage.api import faults, http
from presage.api.auth import Caller
from presage.api.faults import Fault
from presage.api.http import Request
from presage.api.kalshi.errors import ERRORS
from presage.api.stream.connection import GOING_AWAY, StreamConnection
from presage.api.stream.hub import Hub
from presage.api.stream.limits import CONNECTIONS, Limits
from presage.domain.ids import MemberId

PATH: Final = "/trade-api/ws/v2"
SLICE: Final = 64
"""Connections that are written to before others get their turn. What is committed meanwhile goes to
the rest in the same write: the busier it is, the less a message costs."""
CLOSE_SECONDS: Final = 2
"""For clients to say goodbye when the exchange stops."""
_VERSION: Final = "13"
_NAMES: Final = (b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-version")
_HEADERS: Final = http.fixed_headers(http.JSON, private=True, shared=False)

_log = structlog.get_logger(__name__)


class StreamDoor:
    """All WebSocket connections of the exchange.

    `is_live` says whether an API key still counts, `tier_of` names a member's tier; `outages` are
    the exceptions that mean "not now".
    """

    def __init__(
        self,
        hub: Hub,
        authenticate: Callable[[Request], Awaitable[Caller]],
        is_live: Callable[[str], bool],
        tier_of: Callable[[MemberId], str],
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self.hub = hub
        self.limits: Limits = hub.limits
        self.is_live = is_live
        self._authenticate = authenticate
        self._tier_of = tier_of
        self._outages = outages
        self._connections: set[StreamConnection] = set()
        self._members: Counter[MemberId] = Counter()
        self._dirty: deque[StreamConnection] = deque()
        self._will_flush = False
        self._timer: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None
        hub.on_news = self._news

    def upgrade(self, request: Request, transport: asyncio.Transport, rest: bytes) -> None:
        """Take over a connection; `rest` is what the client has sent after its request."""
        connection = StreamConnection(self, transport)
        transport.set_protocol(connection)
        transport.pause_reading()
        self._connections.add(connection)
        if self._timer is None:
            self._keep_time()
        connection.handshake = asyncio.create_task(self._let_in(connection, request, rest))

    async def close(self) -> None:
        """The exchange stops: say so to everybody, and end."""
        if self._timer is not None:
            self._timer.cancel()
        self._emptied = asyncio.Event()
        for connection in list(self._connections):
            connection.end(GOING_AWAY, "the exchange is stopping")
        if self._connections:
            try:
                await asyncio.wait_for(self._emptied.wait(), CLOSE_SECONDS)
            except TimeoutError:
                for connection in list(self._connections):
                    connection.abort()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    # Letting in

    async def _let_in(self, connection: StreamConnection, request: Request, rest: bytes) -> None:
        try:
            response = _handshake(request)
            caller = await self._authenticate(request)
            self._count(caller)
            try:
                await self.hub.blotters.open(caller.member)
            except BaseException:
                self._uncount(caller)
                raise
        except Fault as fault:
            connection.refuse(_refusal(fault, request))
        except self._outages:
            _log.warning("exchange unavailable", operation="stream", request_id=request.id)
            connection.refuse(_refusal(faults.unavailable(), request))
        except Exception as error:
            _log.error("a handshake failed", request_id=request.id, exc_info=error)
            connection.refuse(_refusal(faults.internal_error(), request))
        else:
            connection.handshake = None
            session = self.hub.open(caller, lambda _: self._mark(connection))
            connection.accept(session, response, rest)

    def _count(self, caller: Caller) -> None:
        """One connection more for a member. Raises: a fault."""
        if len(self._connections) > self.limits.connections:
            raise faults.unavailable()
        if self._members[caller.member] >= CONNECTIONS[self._tier_of(caller.member)]:
            raise faults.too_many_requests()
        self._members[caller.member] += 1

    def _uncount(self, caller: Caller) -> None:
        self._members[caller.member] -= 1
        if not self._members[caller.member]:
            del self._members[caller.member]

    def leave(self, connection: StreamConnection) -> None:
        """A connection ends; once it is lost, nothing of it is kept."""
        session = connection.session
        if session is not None and session in self.hub.sessions:
            self.hub.close(session)
            self.hub.blotters.close(session.caller.member)
            self._uncount(session.caller)
        if connection.lost:
            self._connections.discard(connection)
            if self._emptied is not None and not self._connections:
                self._emptied.set()

    # Time

    def tick(self) -> None:
        """One second has passed."""
        self.hub.second += 1
        for connection in list(self._connections):
            connection.look()

    def _keep_time(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(1, self._keep_time)
        self.tick()

    # Writing out

    def _news(self) -> None:
        # Two turns later: whoever waits for the answer to an order has it first.
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self.hub.settle)

    def _mark(self, connection: StreamConnection) -> None:
        self._dirty.append(connection)
        if not self._will_flush:
            self._will_flush = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        dirty = self._dirty
        for _ in range(min(SLICE, len(dirty))):
            dirty.popleft().flush()
        self._will_flush = bool(dirty)
        if dirty:
            asyncio.get_running_loop().call_soon(self._flush)


def _handshake(request: Request) -> bytes:
    """The answer that opens a WebSocket. Raises: Fault."""
    if request.raw_path != PATH:
        raise faults.unknown_route()
    if request.header(b"sec-websocket-version") != _VERSION:
        headers = ((b"sec-websocket-version", _VERSION.encode()), (b"upgrade", b"websocket"))
        raise Fault(426, "upgrade_required", "upgrade required", "version 13", headers)
    sent = Headers((name.decode(), request.header(name)) for name in _NAMES)
    asked = HandshakeRequest(request.raw_path, sent, request.method)
    response = ServerProtocol().accept(asked)
    if response.status_code != 101:
        details = response.body.decode().partition("\n")[0]
        raise Fault(400, "bad_request", "bad request", details)
    return response.serialize()


def _refusal(fault: Fault, request: Request) -> bytes:
    fault.request_id = request.id
    body = http.encode(ERRORS.render(fault, "stream"))
    answer = (fault.status, body, _HEADERS + fault.headers)
    return http.answer_bytes(answer, http.date_line(), request.id, last=True)
