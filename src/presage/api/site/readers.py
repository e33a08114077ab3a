"""Who reads the stream: which options each follows, and what is sent to whom.

Nothing that is sent waits here: it goes to the connection at once, and who lets too much of it pile
up is cut off. What frames say is `stream.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from presage.api.http import Stream
from presage.domain.ids import MarketId

HEARTBEAT: Final = 15.0
"""Seconds between two signs of life."""
MAX_UNREAD: Final = 256 << 10
"""Bytes that wait for a reader before it is cut off."""


class Reader(Stream):
    """One of them. `begin` gives what is sent first, `beat` a sign of life."""

    def __init__(
        self,
        readers: Readers,
        address: object,
        markets: Sequence[MarketId],
        begin: Callable[[], bytes],
        beat: Callable[[], bytes],
    ) -> None:
        self.address = address
        self.markets = markets
        self.beat = beat
        self._readers = readers
        self._begin = begin
        self._transport: asyncio.WriteTransport | None = None

    def open(self, transport: asyncio.WriteTransport) -> None:
        """How things are now; what changes from here on follows."""
        self._transport = transport
        self.write(self._begin())

    def write(self, frames: bytes) -> None:
        """Send, or cut off who has not read for too long."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(frames)
        if transport.get_write_buffer_size() > MAX_UNREAD:
            transport.abort()

    def gone(self) -> None:
        self._transport = None
        self._readers.drop(self)


class Readers:
    """All of them. Whoever was let in counts, also before the head of the answer is written."""

    def __init__(self) -> None:
        self._all: set[Reader] = set()
        self._of: dict[MarketId, set[Reader]] = {}
        self._addresses: Counter[object] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    def from_address(self, address: object) -> int:
        """How many an address has open."""
        return self._addresses[address]

    def follow(self, market: MarketId) -> bool:
        """Does anybody follow a market?"""
        return market in self._of

    def add(self, reader: Reader) -> None:
        """Somebody begins to read."""
        self._all.add(reader)
        self._addresses[reader.address] += 1
        for market in reader.markets:
            self._of.setdefault(market, set()).add(reader)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HEARTBEAT, self._keep_time)

    def drop(self, reader: Reader) -> None:
        """Somebody has gone."""
        self._all.discard(reader)
        self._addresses -= Counter([reader.address])
        for market in reader.markets:
            self._of[market].discard(reader)
            if not self._of[market]:
                del self._of[market]
        if not self._all and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def tell(self, market: MarketId, frames: bytes) -> None:
        """Send the same to everybody who follows a market."""
        for reader in list(self._of.get(market, ())):
            reader.write(frames)

    def beat(self) -> None:
        """Tell everybody that the line is alive."""
        for reader in list(self._all):
            reader.write(reader.beat())

    def _keep_time(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(HEARTBEAT, self._keep_time)
        self.beat()
