"""One client's socket: WebSocket frames in and out, how much may wait for it, and when it is cut.

Incoming frames and the closing handshake are `websockets`' protocol; outgoing messages were built
in the outbox and are written as they are. What the messages say is the session's business.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from presage.api.stream.frames import Outbox
from presage.api.stream.session import Session

if TYPE_CHECKING:
    from presage.api.stream.door import StreamDoor

HEARTBEAT: Final = b"heartbeat"
HIGH_WATER: Final = 1 << 18
"""Bytes in the transport's buffer from which on a client counts as slow."""
LINGER_SECONDS: Final = 2
"""For a client that may still be sending to read why it was ended."""

GOING_AWAY: Final = 1001
INVALID_TEXT: Final = 1007
POLICY: Final = 1008
TOO_BIG: Final = 1009
BROKEN: Final = 1011


class StreamConnection(asyncio.Protocol):
    """Takes over a transport. Until `accept` it only waits."""

    __slots__ = (
        "_door",
        "_transport",
        "_protocol",
        "session",
        "_writable",
        "_backlog",
        "_backlog_size",
        "_parts",
        "_is_text",
        "_opened",
        "_heard",
        "_stalled",
        "_ended",
        "lost",
        "handshake",
    )

    def __init__(self, door: StreamDoor, transport: asyncio.Transport) -> None:
        self._door = door
        self._transport = transport
        self._protocol: ServerProtocol
        self.session: Session | None = None
        self._writable = True
        self._backlog: list[bytes] = []
        self._backlog_size = 0
        self._parts: list[bytes] = []
        self._is_text = True
        self._opened = self._heard = self._stalled = door.hub.second
        self._ended = -1
        """The second in which it began to end; -1: it has not."""
        self.lost = False
        self.handshake: asyncio.Task[None] | None = None

    # The door's business

    def accept(self, session: Session, response: bytes, rest: bytes) -> None:
        """The handshake is done: `rest` is what the client has sent since."""
        limits = self._door.limits
        self.session = session
        self._protocol = ServerProtocol(state=State.OPEN, max_size=limits.message_size)
        self._opened = self._heard = self._door.hub.second
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        self._transport.write(response)
        self._transport.resume_reading()
        if rest:
            self.data_received(rest)

    def refuse(self, answer: bytes) -> None:
        """No WebSocket: answer as HTTP and end."""
        self._transport.write(answer)
        self._transport.close()

    def look(self) -> None:
        """Once a second: is the client there, may it be, does it take what it is sent?"""
        limits, second, session = self._door.limits, self._door.hub.second, self.session
        if self._ended >= 0:
            if second - self._ended >= LINGER_SECONDS:
                self._transport.abort()
            return
        if session is None:
            if second - self._opened >= limits.heartbeat:
                self._transport.abort()
            return
        silent = second - self._heard >= limits.silence
        if silent or (not self._writable and second - self._stalled >= limits.stall):
            self._transport.abort()
        elif session.broken:
            self.end(BROKEN, "something was not told")
        elif not self._door.is_live(session.caller.key_id):
            self.end(POLICY, "the API key was revoked")
        else:
            session.look()
            age = second - self._opened
            if self._writable and age and age % limits.heartbeat == 0:
                self._protocol.send_ping(HEARTBEAT)
                self._write_protocol()

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()

    def end(self, code: int, reason: str) -> None:
        """Say why, and end."""
        if self.session is None:
            self._transport.abort()
        elif self._ended < 0:
            self.flush()
            self._protocol.fail(code, reason)
            self._write_protocol()

    # Outgoing

    def flush(self, _: Outbox | None = None) -> None:
        """Write what waits, if the client takes it; cut its subscriptions short if it does not."""
        session = self.session
        if session is None or self._ended >= 0:
            return
        if session.outbox.pieces:
            if self._writable:
                self._transport.write(session.outbox.take())
            else:
                self._put_aside(session)
        if session.holds and self._writable:
            session.pump()

    def _put_aside(self, session: Session) -> None:
        data = session.outbox.take()
        self._backlog.append(data)
        self._backlog_size += len(data)
        if self._backlog_size > self._door.limits.backlog:
            session.overflow()
            self._backlog.append(session.outbox.take())

    def _write_protocol(self) -> None:
        """Write the answers of the protocol itself: pongs, pings, the closing handshake."""
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            elif self._ended < 0:
                self._ended = self._door.hub.second
                self._door.leave(self)
                self._transport.write_eof()
                self._transport.resume_reading()

    # Called by the event loop

    def data_received(self, data: bytes) -> None:
        self._heard = self._door.hub.second
        protocol, session = self._protocol, self.session
        assert session is not None, "reading is paused until the handshake is done"
        protocol.receive_data(data)
        for frame in protocol.events_received():
            if self._ended < 0:
                assert isinstance(frame, Frame)
                self._take(frame, session)
        if self._ended < 0 and isinstance(protocol.parser_exc, PayloadTooBig):
            session.refuse_unreadable()
        self.flush()
        self._write_protocol()

    def _take(self, frame: Frame, session: Session) -> None:
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.BINARY:
            self._is_text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return
        if not frame.fin or self._parts:
            self._parts.append(bytes(frame.data))
            if len(self._parts) > self._door.limits.pieces:
                self.end(TOO_BIG, "the message has too many pieces")
                return
            if not frame.fin:
                return
            whole, self._parts = b"".join(self._parts), []
        else:
            whole = bytes(frame.data)
        if not self._is_text or len(whole) > self._door.limits.command_size:
            session.refuse_unreadable()
            return
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            self.end(INVALID_TEXT, "a text message is UTF-8")
            return
        session.receive(text)

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        self._writable = False
        self._stalled = self._door.hub.second
        # What it asks for now would only wait as well.
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._writable = True
        backlog, self._backlog = b"".join(self._backlog), []
        self._backlog_size = 0
        if backlog and self._ended < 0:
            self._transport.write(backlog)
        if self._writable:
            self._transport.resume_reading()
            self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self._ended = max(self._ended, 0)
        if self.handshake is not None:
            self.handshake.cancel()
        self._door.leave(self)
