"""What workers read: committed entries and outbox rows, the newest from memory.

One for all workers. It keeps as many of the newest entries as a worker that keeps up needs, and
reads older ones from the journal. It looks at the outbox a few times a second, once for everybody,
and wakes who listens. It decides nothing and holds no order up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Final

from presage.gateway import (
    Busy,
    Gateway,
    Reader,
    ReadTooLong,
    TablesBehind,
    TooManyReads,
)
from presage.projections import history
from presage.projections.projection import Entry
from presage.site import outbox
from presage.site.outbox import Happening

RECENT: Final = 4_096
"""Facts of the newest entries that are kept in memory."""
GIVE_WAY: Final = 2
"""For every second that a worker's submissions and reads took it lets others have so many."""
CROWD: Final = 16
"""With more submissions than these unanswered, orders are pressing."""
GIVE_WAY_IN_A_CROWD: Final = 19
"""As GIVE_WAY, then, and of all workers together: one part in twenty is theirs."""
PACE: Final = 0.1
"""Seconds for which a worker that was woken lets more come together."""
TOO_MUCH_TO_DO: Final = (Busy, TablesBehind, TooManyReads, ReadTooLong)
"""What passes by itself: a worker tries again a little later."""
PAGE: Final = 1_000
"""Entries that are read from the journal at once."""
PAGES: Final = 4
"""Of them are kept: workers that have fallen behind together read the journal once."""
LOOK_EVERY: Final = 0.25
"""Seconds between two looks at the outbox."""


class Feed:
    """`reader` reads rows and the journal, without waiting for the tables (`rows_reader`)."""

    def __init__(self, gateway: Gateway, reader: Reader) -> None:
        self.newest = 0
        """The newest number of the outbox that is known of."""
        self._gateway = gateway
        self._reader = reader
        self._recent: deque[Entry] = deque()
        self._facts = 0
        self._listeners: list[Callable[[], None]] = []
        self._turn = asyncio.Lock()
        self._pages: dict[int, Sequence[Entry]] = {}
        gateway.watch(self._note)

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` when there is something new."""
        self._listeners.append(wake)

    async def run(self) -> None:
        """Look at the outbox until cancelled."""
        while True:
            with suppress(*TOO_MUCH_TO_DO):
                if await self.look():
                    self._wake()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> bool:
        """Is there a new outbox row?"""
        before, self.newest = self.newest, await self._reader.run(outbox.last)
        return self.newest > before

    async def place(self) -> tuple[int, int]:
        """The newest entry and the newest outbox row."""
        await self.look()
        return self._gateway.seq, self.newest

    async def close(self) -> None:
        """Let go of the files."""
        await asyncio.to_thread(self._reader.close)

    async def give_way(self, seconds: float) -> None:
        """Let others have their share after so much work. While orders press, workers wait for
        each other as well."""
        if self._gateway.unanswered <= CROWD:
            await asyncio.sleep(seconds * GIVE_WAY)
            return
        async with self._turn:
            await asyncio.sleep(seconds * GIVE_WAY_IN_A_CROWD)

    async def breathe(self) -> None:
        """What comes one by one is worked on together."""
        await asyncio.sleep(PACE)

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        """Committed entries behind `after`."""
        recent = self._recent
        if recent and recent[0].seq <= after + 1:
            first = after + 1 - recent[0].seq
            return list(islice(recent, first, first + limit))
        return [entry for entry in await self._page(after) if entry.seq > after][:limit]

    async def _page(self, after: int) -> Sequence[Entry]:
        """The page of the journal that goes on behind `after`; only full ones are kept."""
        begins = after - after % PAGE
        page = self._pages.get(begins)
        if page is None:
            page = await self._reader.run(partial(history.entries, after=begins, limit=PAGE))
            if len(page) == PAGE:
                self._pages[begins] = page
                while len(self._pages) > PAGES:
                    del self._pages[next(iter(self._pages))]
        return page

    async def happenings(self, after: int, limit: int) -> Sequence[Happening]:
        """Outbox rows behind `after`, unless the last look found none there: who is woken by every
        commit need not read each time."""
        if after >= self.newest:
            return ()
        return await self._reader.run(lambda rows: outbox.following(rows, after, limit))

    def _note(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._recent.append(entry)
            self._facts += len(entry.facts) + 1
        while self._facts > RECENT and len(self._recent) > 1:
            self._facts -= len(self._recent.popleft().facts) + 1
        self._wake()

    def _wake(self) -> None:
        for wake in self._listeners:
            wake()
