"""Outgoing frames, and the outbox they wait in: unmasked text frames built by hand, byte for byte.

A message is encoded once for all its readers; a reader's own sid and number are put between its two
halves. It decides nothing about who gets what, and never touches a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec

TEXT: Final = 0x81
_SHORT: Final = 126
_KNOWN: Final = 4_096
"""Headers of payloads up to this length are made beforehand."""

_encode = msgspec.json.Encoder().encode


def header(length: int) -> bytes:
    """The head of a final, unmasked text frame."""
    if length < _KNOWN:
        return _HEADERS[length]
    return _header(length)


def _header(length: int) -> bytes:
    if length < _SHORT:
        return bytes((TEXT, length))
    if length < 1 << 16:
        return bytes((TEXT, 126)) + length.to_bytes(2, "big")
    return bytes((TEXT, 127)) + length.to_bytes(8, "big")


_HEADERS: Final = [_header(length) for length in range(_KNOWN)]


class Message:
    """One message to any number of readers."""

    __slots__ = ("head", "tail", "size")

    def __init__(self, type: str, msg: msgspec.Struct, id: int = 0) -> None:
        known = f',"id":{id}' if id else ""
        self.head = f'{{"type":"{type}"{known},"sid":'.encode()
        self.tail = b',"msg":%b}\n' % _encode(msg)
        self.size = len(self.head) + len(self.tail)


class Outbox:
    """Frames on their way to one connection. `wake` is called when the first one comes in."""

    __slots__ = ("pieces", "size", "wake")

    def __init__(self, wake: Callable[[Outbox], None]) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self.wake = wake

    def add(self, body: dict[str, Any]) -> None:
        """One reply."""
        text = _encode(body) + b"\n"
        if not self.pieces:
            self.wake(self)
        self.pieces += (header(len(text)), text)
        self.size += len(text) + 4

    def take(self) -> bytes:
        """Everything, as one piece."""
        data = b"".join(self.pieces)
        self.pieces.clear()
        self.size = 0
        return data


class Reader(Protocol):
    """A subscription, as far as its frames go: `middle` is its sid, ready to be written."""

    outbox: Outbox
    middle: bytes
    seq: int
    sequenced: bool


def post(readers: Iterable[Reader], messages: Sequence[Message]) -> None:
    """The same messages to all of these readers. This is where a busy exchange spends its time."""
    headers = _HEADERS
    for reader in readers:
        outbox = reader.outbox
        pieces = outbox.pieces
        if not pieces:
            outbox.wake(outbox)
        middle, size = reader.middle, 0
        if not reader.sequenced:
            for message in messages:
                length = message.size + len(middle)
                size += length
                head = headers[length] if length < _KNOWN else _header(length)
                pieces += (head, message.head, middle, message.tail)
            outbox.size += size
            continue
        seq = reader.seq
        for message in messages:
            seq += 1
            digits = b"%d" % seq
            length = message.size + len(middle) + len(digits)
            size += length
            head = headers[length] if length < _KNOWN else _header(length)
            pieces += (head, message.head, middle, digits, message.tail)
        reader.seq = seq
        outbox.size += size
