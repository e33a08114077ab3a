"""Time passes for the engine by Ticks that the writer makes itself, between commands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from presage.domain.commands import CancelAll, OpenMember, Tick
from presage.domain.facts import MarketStatusChanged, OrderCanceled, WorkDone, WorkQueued
from presage.engine.work import UNITS
from presage.gateway import Gateway, OutcomeUnknown, Reader, Receipt, Settings
from presage.projections.projection import Entry
from tests.gateway.kit import DAY, NOON, Clock, accepted, bid, open_market, running

pytestmark = pytest.mark.anyio


class Log:
    """The entries that a gateway has committed; `until` waits for one."""

    def __init__(self, gateway: Gateway) -> None:
        self.entries: list[Entry] = []
        self._grown = asyncio.Event()
        gateway.watch(self._fold)

    def _fold(self, entries: Sequence[Entry]) -> None:
        self.entries += entries
        self._grown.set()

    @property
    def ticks(self) -> list[Entry]:
        return [entry for entry in self.entries if isinstance(entry.command, Tick)]

    async def until_tick(self) -> Entry:
        while not self.ticks:
            self._grown.clear()
            await asyncio.wait_for(self._grown.wait(), 10)
        return self.ticks[-1]


async def test_a_due_timer_makes_a_tick(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        log = Log(gateway)
        market = await open_market(gateway)
        before = len(log.ticks)
        clock.now = NOON + DAY
        gateway.poke()
        while len(log.ticks) == before:
            await log.until_tick()
            await asyncio.sleep(0)
        tick = log.ticks[-1]
        assert tick.at == NOON + DAY
        (changed,) = (f for f in tick.facts if isinstance(f, MarketStatusChanged))
        assert (changed.market, changed.status) == (market, "closed")


async def test_waiting_commands_do_not_hold_time_up(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock, Settings(batch_commands=1)) as gateway:
        await open_market(gateway)
        log = Log(gateway)
        clock.now = NOON + DAY
        await asyncio.gather(*(accepted(gateway, OpenMember(n)) for n in range(10, 30)))
        kinds = [type(entry.command) for entry in log.entries]
        assert Tick in kinds[:3]


async def test_nothing_is_journaled_while_nothing_is_due(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await open_market(gateway)
        before = gateway.seq
        for _ in range(5):
            clock.now += 1_000
            gateway.poke()
            await gateway.inspect(lambda engine: None)
        assert gateway.seq == before


async def test_a_tick_wakes_by_itself(tmp_path: Path) -> None:
    clock = Clock(NOON + DAY - 20_000)  # a market's close is 20 ms away
    async with running(tmp_path, clock) as gateway:
        log = Log(gateway)
        await open_market(gateway)
        clock.now = NOON + DAY  # and nobody pokes
        assert (await log.until_tick()).facts


async def rest_many(gateway: Gateway, count: int) -> None:
    market = await open_market(gateway)
    await asyncio.gather(*(accepted(gateway, bid(market, 100)) for _ in range(count)))


async def test_long_work_alternates_with_commands(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await rest_many(gateway, UNITS * 6)
        log = Log(gateway)
        working = asyncio.create_task(gateway.submit(CancelAll(1), wait_for_work=True))
        await accepted(gateway, OpenMember(10))
        await accepted(gateway, OpenMember(11))
        assert not working.done(), "commands wait until all work is done"
        await working
        assert log.ticks
        for entry in log.entries:
            canceled = sum(isinstance(fact, OrderCanceled) for fact in entry.facts)
            assert canceled <= UNITS, "one entry does too much"


async def test_work_is_answered_when_it_is_done(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await rest_many(gateway, UNITS * 2 + 1)
        log = Log(gateway)
        receipt = await gateway.submit(CancelAll(1), wait_for_work=True)
        assert isinstance(receipt, Receipt)
        (work,) = {fact.work for fact in receipt.facts if isinstance(fact, WorkQueued)}
        facts = [fact for entry in log.entries for fact in entry.facts]
        assert WorkDone(work) in facts
        assert sum(isinstance(fact, OrderCanceled) for fact in facts) == UNITS * 2 + 1
        assert await gateway.inspect(lambda engine: len(engine.state.orders)) == 0


async def test_work_that_is_done_at_once_is_answered_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await rest_many(gateway, 3)
        assert isinstance(await gateway.submit(CancelAll(1), wait_for_work=True), Receipt)


async def test_work_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await rest_many(gateway, UNITS * 8)
        asking = asyncio.create_task(gateway.submit(CancelAll(1), wait_for_work=True))
        await asyncio.sleep(0)
        await gateway.close()
        with pytest.raises(OutcomeUnknown, match="after a restart"):
            await asking
    async with running(tmp_path) as gateway:
        await Log(gateway).until_tick()
        while await gateway.inspect(lambda engine: len(engine.state.work)):
            pass
        assert await gateway.inspect(lambda engine: len(engine.state.orders)) == 0


async def test_an_idle_writer_moves_the_log_into_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presage.gateway.writer.IDLE_SECONDS", 0)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1))
        monkeypatch.setattr(
            "presage.storage.database.Database.checkpoint",
            lambda database: loop.call_soon_threadsafe(done.set),
        )
        await accepted(gateway, OpenMember(2))
        await asyncio.wait_for(done.wait(), 10)
    reader = Reader(tmp_path / "exchange.db")
    assert await reader.run(lambda c: c.execute(text("SELECT max(seq) FROM journal")).scalar()) == 3
    reader.close()
