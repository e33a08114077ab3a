"""Work that follows from what was committed: journal entries and outbox rows, each step once.

A follower says what is to be done about an entry or a row; `Following` does it. The steps are row
writes and at most one command each, and they are submitted together with the follower's offset,
which moves by compare-and-set: after a crash at any point each step has been done once or will be.
It works behind the orders, in small submissions one after the other, and never ahead of a commit.
What is to be done it does not know.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

import msgspec
import structlog
from sqlalchemy import Connection

from presage.domain.commands import Command
from presage.domain.rejects import Reject
from presage.gateway import Busy, Gateway, OutcomeUnknown, Stopped
from presage.projections.projection import Entry
from presage.site import offsets, outbox
from presage.site.offsets import JOURNAL, OUTBOX, Offset
from presage.site.outbox import Happening
from presage.workers.feed import TOO_MUCH_TO_DO, Feed

TOGETHER: Final = 16
"""Steps that go into one submission, unless one of them has a command: that one is its last."""
LONGEST: Final = 0.001
"""Seconds after which no further step is begun in a submission: orders wait for the writer."""
SLICE: Final = 1_000
"""Entries or rows that are looked at before others have their turn."""
KEEP_EVERY: Final = 5_000
"""Entries without a step after which the offset is written down all the same."""
_PATIENCE: Final = (0.05, 0.2, 1.0)
"""Seconds between two tries while the writer has too much to do."""
_AFTER_FAILURE: Final = 60.0

_log = structlog.get_logger(__name__)

Item = Entry | Happening
Do = Callable[[Connection, str], Command | None]
"""Writes rows on the writer's connection, and may name the command to run. The text is the step's
cause: the same again after a crash, and no other step's."""


class Step(msgspec.Struct, frozen=True):
    """`refused` writes what follows when a rule refuses the command: then nothing of `do` stays."""

    do: Do
    refused: Callable[[Connection, Reject], None] | None = None


class Follower(Protocol):
    """What a worker does about what was committed."""

    @property
    def name(self) -> str:
        """What its offset is kept under; never changes."""
        ...

    @property
    def facts(self) -> frozenset[type]:
        """An entry is shown when it holds a fact of these kinds; none: no entry is."""
        ...

    @property
    def topics(self) -> frozenset[str]:
        """An outbox row is shown when it is about one of these."""
        ...

    @property
    def from_start(self) -> bool:
        """Does a new follower begin with the first entry of the journal, or with the next one?"""
        ...

    async def steps(self, item: Item) -> Sequence[Step]:
        """What is to be done. Asked again after a crash, it must say as many steps in the same
        order: steps that were done are left out by their number. May read; must not write."""
        ...


class Planned(msgspec.Struct, frozen=True):
    """A step, where it stands, and where it leads to."""

    step: Step
    cause: str
    after: Offset


class Following:
    """One follower at work: `run` it, or `catch_up` as often as wished."""

    kind = "follower"

    def __init__(self, follower: Follower, gateway: Gateway, feed: Feed) -> None:
        self.follower = follower
        self.error = ""
        """Why the last try failed; empty: it did not."""
        self._gateway = gateway
        self._feed = feed
        self._stored: dict[str, Offset] = {}
        self._ahead: dict[str, Offset] = {}
        """Where it is: at or behind what is stored there is only what needs no step."""
        self._wake = asyncio.Event()
        self._asked = asyncio.Event()
        self._busy = asyncio.Lock()
        self._gives_way = False

    @property
    def name(self) -> str:
        """The follower's."""
        return self.follower.name

    @property
    def lag(self) -> int:
        """Entries and outbox rows that were committed and not looked at yet."""
        ends = {JOURNAL: self._gateway.seq, OUTBOX: self._feed.newest}
        return sum(max(0, ends[source] + 1 - at.seq) for source, at in self._ahead.items())

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def ask(self) -> None:
        """Try now, whatever was before."""
        self._asked.set()
        self._wake.set()

    async def run(self) -> None:
        """Follow until cancelled or the exchange stops. What fails is tried again a minute later,
        or when somebody asks for it."""
        self._feed.listen(self.wake)
        self._gives_way = True
        while True:
            self._wake.clear()
            try:
                await self._catch_up()
            except (Stopped, OutcomeUnknown):
                return
            except TOO_MUCH_TO_DO:
                await asyncio.sleep(_PATIENCE[-1])
                continue
            except Exception as error:  # a bug of one worker must not stop the exchange
                self.error = f"{type(error).__name__}: {error}"
                _log.error("a worker failed", worker=self.name, exc_info=error)
                await self._wait_after_failure()
                continue
            await self._wake.wait()
            await self._feed.breathe()

    async def _wait_after_failure(self) -> None:
        self._asked.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), _AFTER_FAILURE)

    async def catch_up(self) -> None:
        """Do everything that is committed now. Raises: Stopped, OutcomeUnknown, and whatever the
        follower raises."""
        await self._feed.look()
        await self._catch_up()

    async def _catch_up(self) -> None:
        """The same, of the outbox as far as the feed has looked."""
        async with self._busy:
            try:
                await self._begin()
                if self.follower.facts:
                    await self._follow(JOURNAL, self._feed.entries)
                if self.follower.topics:
                    await self._follow(OUTBOX, self._feed.happenings)
            except BaseException:
                self._stored.clear()  # whatever was done, the rows know
                raise
            self.error = ""

    async def _begin(self) -> None:
        if self._stored:
            return
        name, found = self.name, {}
        done = {JOURNAL: self._gateway.seq, OUTBOX: 0}
        sources = [JOURNAL] * bool(self.follower.facts) + [OUTBOX] * bool(self.follower.topics)

        def rows(connection: Connection) -> None:
            done[OUTBOX] = outbox.last(connection)
            for source in sources:
                first = Offset(1 if self.follower.from_start else done[source] + 1)
                found[source] = offsets.begin(connection, name, source, first)

        await self._submit(rows)
        self._stored, self._ahead = found, dict(found)

    async def _follow(
        self, source: str, read: Callable[[int, int], Awaitable[Sequence[Item]]]
    ) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            items = await read(self._ahead[source].seq - 1, SLICE)
            if not items:
                return
            if self._gives_way:
                await self._feed.give_way(clock() - begun)
            planned: list[Planned] = []
            for item in items:
                planned += await self._plan(source, item)
                if len(planned) >= TOGETHER:
                    await self._do(source, planned)
                    planned = []
            await self._do(source, planned)
            if self._ahead[source].seq - self._stored[source].seq >= KEEP_EVERY:
                await self._do(source, [Planned(_NOTHING, "", self._ahead[source])])
            await asyncio.sleep(0)

    async def _plan(self, source: str, item: Item) -> list[Planned]:
        """The steps that are still to be done about an item; afterwards it is behind us."""
        number, here = _number(item), self._ahead[source]
        planned: list[Planned] = []
        if self._wants(item):
            steps = await self.follower.steps(item)
            for at, step in enumerate(steps):
                if number > here.seq or at >= here.item:
                    last = at == len(steps) - 1
                    after = Offset(number + 1) if last else Offset(number, at + 1)
                    cause = f"{self.name}:{source}:{number}:{at}"
                    planned.append(Planned(step, cause, after))
        self._ahead[source] = Offset(number + 1)
        return planned

    def _wants(self, item: Item) -> bool:
        if isinstance(item, Happening):
            return item.topic in self.follower.topics
        kinds = self.follower.facts
        return any(type(fact) in kinds for fact in item.facts)

    async def _do(self, source: str, planned: Sequence[Planned]) -> None:
        """Do steps in as few submissions as may be; the first with a command ends each."""
        while planned:
            done = await self._some(source, planned[:TOGETHER])
            planned = planned[done:]

    async def _some(self, source: str, planned: Sequence[Planned]) -> int:
        """Do the first of these steps; how many."""
        done = 0

        def rows(connection: Connection) -> Command | None:
            nonlocal done
            command, done = None, 0
            until = time.perf_counter() + LONGEST
            offsets.require(connection, self.name, source, self._stored[source])
            for one in planned:
                command = one.step.do(connection, one.cause)
                done += 1
                if command is not None or time.perf_counter() > until:
                    break
            offsets.put(connection, self.name, source, planned[done - 1].after)
            return command

        result = await self._submit(rows)
        if isinstance(result, Reject):
            if done > 1:  # what comes before the refused one is done without it
                return await self._some(source, planned[: done - 1])
            await self._refused(source, planned[0], result)
        self._stored[source] = planned[done - 1].after
        return done

    async def _refused(self, source: str, planned: Planned, reject: Reject) -> None:
        def rows(connection: Connection) -> None:
            if planned.step.refused is not None:
                planned.step.refused(connection, reject)
            self._move(connection, source, planned.after)

        await self._submit(rows)

    def _move(self, connection: Connection, source: str, after: Offset) -> None:
        offsets.move(connection, self.name, source, self._stored[source], after)

    async def _submit(self, rows: Callable[[Connection], Command | None]) -> object:
        patience, clock = iter(_PATIENCE), asyncio.get_running_loop().time
        wait = next(patience)
        while True:
            begun = clock()
            try:
                result = await self._gateway.submit(None, rows)
            except Busy:  # orders go first
                await asyncio.sleep(wait)
                wait = next(patience, wait)
                continue
            if self._gives_way:
                await self._feed.give_way(clock() - begun)
            return result


_NOTHING: Final = Step(lambda connection, cause: None)


def _number(item: Item) -> int:
    return item.number if isinstance(item, Happening) else item.seq
