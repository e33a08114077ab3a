"""The demo content: what a fresh exchange has to show, and that it is put there once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from presage.app.demo import world
from presage.app.demo.content import CONTENT, house_lines, market_ticker
from presage.app.demo.seed import seed
from presage.app.demo.seed_world import FEES_OF, seed_world
from presage.app.demo.shapes import in_days, micros, moment, next_date, written
from presage.catalog import milestones, weather
from presage.catalog.events import EVENT_TEXTS
from presage.catalog.markets import MARKET_TEXTS
from presage.catalog.series import SERIES_TEXTS
from presage.domain.markets import PRICE_STRUCTURES
from presage.engine.engine import Engine
from presage.units import SECOND
from presage.workers.market_maker import MarketMaker
from tests.gateway.kit import NOON, Clock, running

EVENTS = [event for series in CONTENT for event in series.events]
OUTCOMES = [(event, outcome) for event in EVENTS for outcome in event.outcomes]


def test_there_is_something_of_everything() -> None:
    assert len(EVENTS) >= 14
    assert len({series.category for series in CONTENT}) >= 6
    assert any(event.netting == "MECNET" and len(event.outcomes) >= 10 for event in EVENTS)
    assert {"deci_cent", "tapered_deci_cent"} <= {event.structure for event in EVENTS}
    assert any(series.fee_type == "quadratic_with_maker_fees" for series in CONTENT)
    assert any(len({outcome.floor for outcome in event.outcomes}) >= 4 for event in EVENTS), (
        "a threshold ladder"
    )
    assert {bool(event.early) for event in EVENTS} == {True, False}


def test_nothing_is_called_the_same() -> None:
    tickers = [s.ticker for s in CONTENT] + [e.ticker for e in EVENTS]
    tickers += [market_ticker(event, outcome) for event, outcome in OUTCOMES]
    assert len(set(tickers)) == len(tickers)
    slugs = [event.slug for event in EVENTS]
    assert len(set(slugs)) == len(slugs)


def test_prices_make_sense() -> None:
    for event in EVENTS:
        assert event.structure in PRICE_STRUCTURES
        quoted = [outcome.fair for outcome in event.outcomes if outcome.fair]
        assert all(200 <= fair <= 9_800 for fair in quoted)
        if event.exclusive and quoted:
            assert 9_000 <= sum(quoted) <= 10_500


def test_the_june_cut_is_promised_below_35_cents() -> None:
    (event,) = (event for event in EVENTS if event.slug == "fed-rate-cut-june")
    ticker = market_ticker(event, event.outcomes[0])
    (line,) = (line for line in house_lines() if line.ticker == ticker)
    assert event.outcomes[0].label == "Yes"
    assert line.ask_limit == 3_400


def test_dates_are_relative_to_the_start() -> None:
    start = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
    assert next_date(6, 17)(start) == datetime(2027, 6, 17, 18, tzinfo=UTC)
    assert next_date(7, 1)(start) == datetime(2026, 7, 1, 18, tzinfo=UTC)
    assert in_days(1, hour=23)(start) == datetime(2026, 6, 11, 23, tzinfo=UTC)
    assert moment(micros(start)) == start
    assert written("{label} on {day}", "Yes", start) == "Yes on June 10, 2026"


@pytest.mark.parametrize("month", range(1, 13))
def test_everything_closes_after_it_opens_whenever_it_is_started(month: int) -> None:
    start = datetime(2027, month, 28, 23, 59, tzinfo=UTC)
    for event in EVENTS:
        opens = event.opens(start) if event.opens else start
        assert opens < event.closes(start)


@pytest.mark.anyio
async def test_an_exchange_is_furnished_once(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        assert await seed(gateway, clock) == len(CONTENT) + len(EVENTS) + len(OUTCOMES)
        seq = gateway.seq
        clock.now += SECOND
        assert await seed(gateway, clock) == 0
        assert gateway.seq == seq

        def statuses(engine: Engine) -> dict[str, str]:
            return {m.ticker: m.status for m in engine.state.markets.values()}

        found = await gateway.inspect(statuses)
    for event, outcome in OUTCOMES:
        expected = "initialized" if event.opens else "active"
        assert found[market_ticker(event, outcome)] == expected


@pytest.mark.anyio
async def test_every_text_is_there_and_filled_in(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await seed(gateway, clock)
    engine = create_engine(f"sqlite:///{tmp_path / 'exchange.db'}")
    with engine.connect() as connection:
        series = SERIES_TEXTS.find_many(connection, [s.ticker for s in CONTENT])
        events = EVENT_TEXTS.find_many(connection, [e.ticker for e in EVENTS])
        markets = MARKET_TEXTS.find_many(connection, [market_ticker(*pair) for pair in OUTCOMES])
    engine.dispose()
    assert len(series) == len(CONTENT)
    assert events["KXFEDCUT-JUNE"].product_metadata == {"slug": "fed-rate-cut-june"}
    assert len(markets) == len(OUTCOMES)
    for text in markets.values():
        words = (text.title, text.yes_sub_title, text.rules_primary, text.rules_secondary)
        assert all(word and "{" not in word for word in words)
        assert text.expected_expiration_at is not None
        assert text.expected_expiration_at > NOON


@pytest.mark.anyio
async def test_the_first_start_makes_a_few_hundred_trades(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await seed(gateway, clock)
        await MarketMaker(gateway, clock, house_lines()).prepare()

        def traded(engine: Engine) -> list[str]:
            quoted = {line.ticker for line in house_lines()}
            return [
                market.ticker
                for market in engine.state.markets.values()
                if market.ticker in quoted and market.status == "active" and not market.holdings
            ]

        assert await gateway.inspect(traded) == []
        assert gateway.seq > 1_000


@pytest.mark.anyio
async def test_the_world_is_described_once(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await seed(gateway, clock)
        assert await seed_world(gateway, clock) is True
        seq = gateway.seq
        assert await seed_world(gateway, clock) is False
        assert gateway.seq == seq

        def plans(engine: Engine) -> tuple[int, int]:
            return len(engine.state.planned_pauses), len(engine.state.planned_fees)

        assert await gateway.inspect(plans) == (1, 1)
    engine = create_engine(f"sqlite:///{tmp_path / 'exchange.db'}")
    with engine.connect() as connection:
        assert milestones.find(connection, world.FINAL) is not None
        last = NOON // 1_000
        points = weather.read(connection, world.CITY, 0, last, 1_000, incomplete=True)
        assert points
    engine.dispose()


def test_the_world_is_about_events_of_the_demo() -> None:
    events = {event.ticker for event in EVENTS}
    markets = {market_ticker(event, outcome) for event, outcome in OUTCOMES}
    for milestone in world.milestones(NOON):
        assert set(milestone.related_event_tickers) <= events
    assert {chart.event_ticker for chart in world.event_live_data(NOON)} <= events
    assert {program.market_ticker for program in world.programs(NOON)} <= markets
    assert FEES_OF in {series.ticker for series in CONTENT}
