"""The exchange's end of the projector: starts it, tells it of each commit, knows how far it is.

Runs in the event loop. It never waits for the projector: when the socket is full, batches are left
out and the projector reads them from the journal. A projector that dies is started again. Nothing
here writes a table or decides what may be read.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from presage.gateway.errors import TablesBehind
from presage.projections import projector
from presage.projections.projection import Projection
from presage.projections.projector import FRAME, REPORT
from presage.storage.errors import StorageError

Progress = Callable[[str, int, int], None]

RESTART_SECONDS: Final = 1.0
"""Pause before a projector is started that died before it had done anything."""
EXIT_SECONDS: Final = 10.0
"""What a projector may take to finish when the exchange closes."""
_BUFFER: Final = 1 << 20
"""Bytes that wait in the socket, as far as the system allows; then batches are left out."""
_CHUNK: Final = 4_096


class Projector:
    """The tables in `directory`. `seq` is the entry that they have come to."""

    def __init__(
        self, directory: Path, projections: Sequence[Projection], own_process: bool
    ) -> None:
        self.seq = 0
        self._directory = directory
        self._projections = projections
        self._own_process = own_process
        self._worker: subprocess.Popen[bytes] | threading.Thread | None = None
        self._channel: socket.socket | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._closing = False
        self._target = 0
        self._left_out = True
        self._hurried = 0
        self._unsent = b""
        self._reports = b""
        self._moved = False
        self._progress: Progress | None = None
        self._opening: asyncio.Future[None] | None = None
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.trouble = ""
        """Why the last one ended; empty while all is well."""

    @property
    def started(self) -> bool:
        return self._worker is not None

    def start(self, seq: int) -> None:
        """Start it; it first comes to entry `seq`."""
        self._target = seq
        self._loop = asyncio.get_running_loop()
        self._launch()

    async def open(self, seq: int, progress: Progress | None) -> None:
        """Start it and wait until the tables have come to entry `seq`; `progress` hears of it.

        Raises: StorageError, with what keeps it from that.
        """
        self._progress = progress
        if not self.started:
            self.start(seq)
        self._opening = self._loop.create_future()
        self._waiting.append((seq, self._opening))
        await self._opening
        self._opening = self._progress = None

    def feed(self, seq: int, packed: bytes) -> None:
        """A batch was committed; `seq` is its last entry."""
        self._target = seq
        if self._unsent or self._left_out:
            self._left_out = True
            return
        self._send(FRAME.pack(seq, len(packed)) + packed)

    async def reached(self, seq: int, seconds: float) -> None:
        """Return once the tables have come to entry `seq`. Raises: TablesBehind after `seconds`."""
        if self.seq >= seq:
            return
        waiting: asyncio.Future[None] = self._loop.create_future()
        entry = seq, waiting
        self._waiting.append(entry)
        self._hurry(seq)
        # Not asyncio.timeout: whoever reads need not be a task.
        late = self._loop.call_later(seconds, self._too_late, waiting)
        try:
            await waiting
        finally:
            late.cancel()
            with suppress(
                ValueError
            ):  # it is there when it was too late, or whoever asked has gone
                self._waiting.remove(entry)

    def _too_late(self, waiting: asyncio.Future[None]) -> None:
        if not waiting.done():
            reason = self.trouble or f"the tables are at entry {self.seq}"
            waiting.set_exception(TablesBehind(reason))

    async def close(self) -> None:
        """Let it finish what was committed, and wait until it has let go of the file."""
        if self._worker is None:
            return
        with suppress(TablesBehind):
            await self.reached(self._target, 0 if self.trouble else EXIT_SECONDS)
        self._closing = True
        if self._restart is not None:
            self._restart.cancel()
        self._disconnect()
        await asyncio.to_thread(self._wait)

    def _wait(self) -> None:
        if isinstance(self._worker, threading.Thread):
            self._worker.join(EXIT_SECONDS)
        elif self._worker is not None:
            try:
                self._worker.wait(EXIT_SECONDS)
            except subprocess.TimeoutExpired:
                self._worker.kill()
                self._worker.wait()

    def _launch(self) -> None:
        mine, its = socket.socketpair()
        mine.setblocking(False)
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        if self._own_process:
            line = [sys.executable, "-P", "-m", projector.__name__]
            with its:
                self._worker = subprocess.Popen(
                    [*line, str(its.fileno()), str(self._directory)],
                    pass_fds=[its.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
        else:
            self._worker = threading.Thread(
                target=projector.run,
                args=(its, self._directory, self._projections),
                name="projector",
                daemon=True,
            )
            self._worker.start()
        self._channel = mine
        self._left_out, self._hurried, self._moved = True, 0, False
        self._unsent = self._reports = b""
        self._loop.add_reader(mine, self._readable)

    def _send(self, data: bytes) -> None:
        assert self._channel is not None
        try:
            sent = self._channel.send(data)
        except BlockingIOError:
            sent = 0
        except ConnectionError:  # it has died: reading will say so
            return
        if sent < len(data):
            if not self._unsent:
                self._loop.add_writer(self._channel, self._writable)
            self._unsent = data[sent:]
        else:
            if self._unsent:
                self._loop.remove_writer(self._channel)
            self._unsent = b""

    def _writable(self) -> None:
        self._send(self._unsent)
        if not self._unsent:
            self._point_out()

    def _hurry(self, seq: int) -> None:
        """Somebody waits for entry `seq`: it is not to wait for more before it writes."""
        if self._left_out or seq <= self._hurried:
            return
        if self._unsent:
            self._left_out = True
        else:
            self._hurried = seq
            self._send(FRAME.pack(seq, 0))

    def _point_out(self) -> None:
        """Have it read from the journal what it was not told of."""
        if self._left_out and self._channel is not None and not self._unsent:
            self._left_out = False
            self._hurry(self._target)

    def _readable(self) -> None:
        assert self._channel is not None
        try:
            data = self._channel.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._ended()
            return
        self._reports += data
        while len(self._reports) >= REPORT.size:
            seq, length = REPORT.unpack_from(self._reports)
            if len(self._reports) < REPORT.size + length:
                return
            complaint = self._reports[REPORT.size : REPORT.size + length]
            self._reports = self._reports[REPORT.size + length :]
            self._hear(seq, complaint.decode())

    def _hear(self, seq: int, complaint: str) -> None:
        if complaint:
            self.trouble = complaint
            return
        if seq > self.seq:
            self._moved, self.trouble = True, ""
        self.seq = seq
        while self._waiting and self._waiting[0][0] <= seq:
            _, waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
        if self._progress is not None and seq:
            self._progress("rebuilding tables", seq, self._target)
        self._point_out()

    def _ended(self) -> None:
        self._disconnect()
        self.trouble = self.trouble or "the projector has ended"
        if self._closing:
            return
        if self._opening is not None and not self._moved and not self._opening.done():
            self._opening.set_exception(StorageError(self.trouble))
            return
        self._restart = self._loop.call_later(0 if self._moved else RESTART_SECONDS, self._relaunch)

    def _relaunch(self) -> None:
        self._wait()
        self._launch()

    def _disconnect(self) -> None:
        if self._channel is not None:
            self._loop.remove_reader(self._channel)
            if self._unsent:
                self._loop.remove_writer(self._channel)
            self._channel.close()
            self._channel = None
        self._left_out, self._unsent = True, b""
