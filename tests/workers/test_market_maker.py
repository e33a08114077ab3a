"""Markets that the house keeps alive, and what it does when it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from presage.domain.commands import (
    CloseMarket,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    OpenMember,
    PauseMarket,
    PlaceOrder,
    ResumeMarket,
    SetPause,
)
from presage.domain.facts import MarketCreated
from presage.domain.ids import account_id
from presage.domain.orders import BID, IOC
from presage.engine.engine import Engine
from presage.engine.invariants import check
from presage.gateway import Gateway
from presage.units import CONTRACT, DOLLAR, SECOND
from presage.workers.market_maker import Line, MarketMaker, Pace
from tests.gateway.kit import DAY, NOON, Clock, accepted, deposit, only, running

pytestmark = pytest.mark.anyio

RAIN = Line("RAIN-26-YES", 6_000, 100 * CONTRACT)
PROMISED = Line("RAIN-26-YES", 3_050, 150 * CONTRACT, ask_limit=3_400)
BUSY = Pace(touch=SECOND, crowd_percent=100)
MAKER, CROWD, TRADER = account_id(1), account_id(2), account_id(100)


async def open_rain(gateway: Gateway) -> int:
    """A trader with money and an open market, which closes in a day; returns its id."""
    await accepted(gateway, OpenMember(100))
    await accepted(gateway, deposit(100, "first", 1_000_000 * DOLLAR))
    await accepted(gateway, CreateSeries("RAIN"))
    await accepted(gateway, CreateEvent(1, "RAIN-26"))
    market = CreateMarket(1, "RAIN-26-YES", open_at=NOON, close_at=NOON + DAY)
    return only(MarketCreated, await accepted(gateway, market)).market


async def quotes(gateway: Gateway, market: int) -> tuple[int, int, int, int]:
    """Best bid, its size, best ask, its size."""
    return await gateway.inspect(lambda engine: engine.state.markets[market].book.top())


async def traded(gateway: Gateway, market: int) -> int:
    """Contracts that the crowd holds."""

    def look(engine: Engine) -> int:
        check(engine.state)
        holding = engine.state.markets[market].holdings.get(CROWD)
        return abs(holding.count) if holding else 0

    return await gateway.inspect(look)


async def own_orders(gateway: Gateway) -> list[int]:
    def look(engine: Engine) -> list[int]:
        return sorted(id for id, one in engine.state.orders.items() if one.account.id == MAKER)

    return await gateway.inspect(look)


async def test_the_first_start_quotes_both_sides_and_leaves_a_history(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        await MarketMaker(gateway, clock, [RAIN]).prepare()
        bid, bid_size, ask, ask_size = await quotes(gateway, market)
        assert 5_000 < bid < ask < 7_000
        assert min(bid_size, ask_size) > 0
        assert await traded(gateway, market) > 0


async def test_books_stay_two_sided_while_the_crowd_trades(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        maker = MarketMaker(gateway, clock, [RAIN], pace=BUSY)
        await maker.prepare()
        seen = set()
        for _ in range(100):
            clock.now += SECOND
            await maker.step(clock.now)
            bid, bid_size, ask, ask_size = await quotes(gateway, market)
            assert bid_size > 0
            assert ask_size > 0
            seen.add((bid, ask))
        assert len(seen) > 3, "the price moved"
        assert await traded(gateway, market) <= 1_100 * CONTRACT


async def test_the_same_seed_and_clock_do_the_same_again(tmp_path: Path) -> None:
    digests = []
    for name in "ab":
        clock = Clock()
        async with running(tmp_path / name, clock) as gateway:
            await open_rain(gateway)
            maker = MarketMaker(gateway, clock, [RAIN], seed=7, pace=BUSY)
            await maker.prepare()
            for _ in range(5):
                clock.now += SECOND
                await maker.step(clock.now)
            digests.append(await gateway.inspect(lambda engine: engine.digest()))
    assert digests[0] == digests[1]


async def test_a_promised_offer_is_there_again_one_step_after_it_was_bought(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        maker = MarketMaker(gateway, clock, [PROMISED])
        await maker.prepare()
        for _ in range(20):
            clock.now += SECOND
            await maker.step(clock.now)
            await accepted(gateway, PlaceOrder(TRADER, market, BID, 3_400, 10_000, tif=IOC))
            clock.now += SECOND
            await maker.step(clock.now)
            _, _, ask, ask_size = await quotes(gateway, market)
            assert ask <= 3_400
            assert ask_size >= 10 * CONTRACT


async def test_a_restart_takes_over_what_rests(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        await MarketMaker(gateway, clock, [RAIN]).prepare()
        before, orders = await quotes(gateway, market), await own_orders(gateway)
        held = await traded(gateway, market)
    async with running(tmp_path, clock) as gateway:
        maker = MarketMaker(gateway, clock, [RAIN])
        await maker.prepare()
        after = await quotes(gateway, market)
        assert abs(after[0] - before[0]) <= 200, "it goes on where it was"
        assert len(set(orders) & set(await own_orders(gateway))) >= len(orders) - 2
        assert await traded(gateway, market) == held, "the history is made once"
        clock.now += DAY // 2
        await maker.step(clock.now)


async def test_a_paused_market_is_left_alone_and_quoted_again_afterwards(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        maker = MarketMaker(gateway, clock, [RAIN], pace=BUSY)
        await maker.prepare()
        await accepted(gateway, PauseMarket(market))
        seq = gateway.seq
        clock.now += SECOND
        await maker.step(clock.now)
        assert gateway.seq == seq
        await gateway.submit(ResumeMarket(market), wait_for_work=True)
        assert (await quotes(gateway, market))[1::2] == (0, 0)
        clock.now += SECOND
        await maker.step(clock.now)
        assert min((await quotes(gateway, market))[1::2]) > 0


@pytest.mark.parametrize("exchange", [True, False])
async def test_a_pause_of_everything_is_sat_out(tmp_path: Path, exchange: bool) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        maker = MarketMaker(gateway, clock, [RAIN], pace=BUSY)
        await maker.prepare()
        await gateway.submit(SetPause(exchange=exchange, trading=False), wait_for_work=True)
        seq = gateway.seq
        clock.now += SECOND
        await maker.step(clock.now)
        assert gateway.seq == seq
        await accepted(gateway, SetPause(exchange=True, trading=True))
        clock.now += SECOND
        await maker.step(clock.now)
        assert min((await quotes(gateway, market))[1::2]) > 0


async def test_a_market_that_closes_or_is_not_there_stops_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_rain(gateway)
        later = CreateMarket(1, "RAIN-26-LATER", NOON + 60 * SECOND, NOON + DAY)
        second = only(MarketCreated, await accepted(gateway, later)).market
        lines = [
            RAIN,
            Line("NOT-THERE", 5_000, CONTRACT),
            Line("RAIN-26-LATER", 2_000, 10 * CONTRACT),
        ]
        maker = MarketMaker(gateway, clock, lines, pace=BUSY)
        await maker.prepare()
        await gateway.submit(CloseMarket(market), wait_for_work=True)
        clock.now += 61 * SECOND
        await maker.step(clock.now)
        await maker.step(clock.now + SECOND)
        assert await quotes(gateway, market) == (0, 0, 10_000, 0)
        assert min((await quotes(gateway, second))[1::2]) > 0


async def test_the_house_gets_more_money_before_it_runs_out(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await open_rain(gateway)
        maker = MarketMaker(gateway, clock, [RAIN])
        await maker.prepare()

        def cash(engine: Engine) -> tuple[int, int, int]:
            accounts = engine.state.accounts
            return (
                accounts[MAKER].cash,
                accounts[CROWD].cash,
                engine.state.ledger["house:bonus"],
            )

        assert min((await gateway.inspect(cash))[:2]) > 900_000 * 1_000_000
        assert (await gateway.inspect(cash))[2] == -2_000_000 * 1_000_000


async def test_it_ends_quietly_with_the_exchange(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await open_rain(gateway)
        maker = MarketMaker(gateway, clock, [RAIN])
    await maker.run()
