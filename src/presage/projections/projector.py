"""The projector: writes the tables behind the commit, in a process (or thread) of its own.

It is told of committed batches through a socket, writes what came within a moment (or at once, when
somebody waits to read) in one transaction, and says how far it is. Batches that it was not told of
it reads from the journal. It ends when the other end closes, so it never outlives an exchange by
more than what it was doing.

    python -m presage.projections.projector <descriptor of the socket> <data directory>
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from presage.projections.catalogue import every_projection
from presage.projections.projection import Projection
from presage.projections.tables import Tables, is_damage
from presage.storage.codec import Packed, unpack
from presage.storage.database import SQLITE_ERRORS
from presage.storage.errors import StorageError

FRAME: Final = struct.Struct(">QI")
"""Before a packed batch: its last entry, its length. Without a batch: be at that entry, now."""
REPORT: Final = struct.Struct(">QI")
"""The last entry written, and the length of the complaint that follows (0: none)."""

IDLE_SECONDS: Final = 0.5
"""After so long without work the write-ahead log is moved into the file."""
NICE: Final = 5
"""Orders go first: woken by the exchange, it is not to take the processor from it."""
LINGER_SECONDS: Final = 0.1
"""How long batches are put together while nobody waits for them: what changes often is then written
once, and fewer pages are."""
ENOUGH: Final = 1 << 19
"""Bytes of batches that are written without waiting for more."""
_CHUNK: Final = 1 << 20


class Frame(NamedTuple):
    """One word from the exchange; `packed` is empty when somebody waits for that entry."""

    seq: int
    packed: bytes


class Gone(Exception):
    """Nobody listens any more."""


def run(channel: socket.socket, directory: Path, projections: Sequence[Projection]) -> None:
    """Follow the exchange in `directory` until it closes the socket."""
    with channel:
        link = Link(channel)
        try:
            tables = Tables(directory, projections)
            try:
                _follow(link, tables)
            finally:
                tables.close()
        except Gone:
            pass
        except (StorageError, OSError, *SQLITE_ERRORS) as error:
            link.complain(str(error))
        except Exception as error:  # a projection that breaks down: whoever reads has to hear of it
            link.complain(f"{type(error).__name__}: {error}")


def _follow(link: Link, tables: Tables) -> None:
    link.report(tables.at.seq)
    idle = True
    while not link.closed:
        frames = _gather(link, None if idle else IDLE_SECONDS)
        if not frames:
            tables.checkpoint()
            idle = True
            continue
        idle = False
        try:
            _bring(frames, link, tables)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            tables.start_over()
            tables.catch_up(frames[-1].seq, lambda: link.report(tables.at.seq))
        if tables.log_is_long():
            tables.checkpoint()
        link.report(tables.at.seq)


def _gather(link: Link, timeout: float | None) -> list[Frame]:
    """What is to be written together; nothing when `timeout` seconds passed without a word."""
    frames = link.receive(timeout)
    until = time.monotonic() + LINGER_SECONDS
    while not link.closed and frames and all(frame.packed for frame in frames):
        left = until - time.monotonic()
        if left <= 0 or sum(len(frame.packed) for frame in frames) >= ENOUGH:
            break
        frames += link.receive(left)
    return frames


def _bring(frames: Sequence[Frame], link: Link, tables: Tables) -> None:
    """Write what the frames hold as far as it follows on, and read the rest from the journal."""
    batches: list[Packed] = []
    seq, end = tables.at
    for frame in frames:
        if frame.seq <= seq:
            continue
        packed = unpack(frame.packed) if frame.packed else None
        if packed is None or packed.previous != end:
            break
        batches.append(packed)
        seq, end = frame.seq, packed.entries[-1].hash
    if batches:
        tables.apply(batches)
    if tables.at.seq < frames[-1].seq:
        tables.catch_up(frames[-1].seq, lambda: link.report(tables.at.seq))


class Link:
    """The projector's end of the socket."""

    def __init__(self, channel: socket.socket) -> None:
        self.closed = False
        """Has the other end closed?"""
        self._channel = channel
        self._rest = b""

    def receive(self, timeout: float | None) -> list[Frame]:
        """Everything that has arrived; nothing when `timeout` seconds passed without a whole frame,
        or when the other end has closed."""
        self._channel.settimeout(timeout)
        while True:
            try:
                data = self._channel.recv(_CHUNK)
            except TimeoutError:
                return []
            except ConnectionError:
                data = b""
            if not data:
                self.closed = True
                return []
            frames, self._rest = _split(self._rest + data)
            if frames:
                return frames

    def report(self, seq: int, complaint: bytes = b"") -> None:
        """Say how far the tables are. Raises: Gone."""
        self._channel.settimeout(None)
        try:
            self._channel.sendall(REPORT.pack(seq, len(complaint)) + complaint)
        except ConnectionError:
            raise Gone from None

    def complain(self, reason: str) -> None:
        """Say why this cannot go on."""
        sys.stderr.write(f"presage: projector: {reason}\n")
        with suppress(Gone):
            self.report(0, reason.encode("utf-8", "replace"))


def _split(data: bytes) -> tuple[list[Frame], bytes]:
    """The frames in a piece of the stream, and what is left of it."""
    frames = []
    place = 0
    while len(data) - place >= FRAME.size:
        seq, length = FRAME.unpack_from(data, place)
        end = place + FRAME.size + length
        if end > len(data):
            break
        frames.append(Frame(seq, data[place + FRAME.size : end]))
        place = end
    return frames, data[place:]


def main() -> None:
    """A process of its own. Told to stop with everybody else, it still writes what it was sent."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    descriptor, directory = sys.argv[1:]
    os.nice(NICE)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    run(socket.socket(fileno=int(descriptor)), Path(directory), every_projection())


if __name__ == "__main__":
    main()
