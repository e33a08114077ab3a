"""Candles: what a period shows, and that hours and days are what their minutes add up to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.pool import StaticPool

from presage.domain.facts import Fact, Leg, TopChanged, Traded
from presage.domain.orders import ASK, BID
from presage.projections.candles import (
    Candle,
    Candles,
    Range,
    quote_candles,
    read,
    stored_of,
    trade_candles,
)
from presage.projections.periods import DAY, MINUTE, PERIODS, period_end, period_ends
from presage.projections.projection import Moment, Rows
from presage.storage.schema import projected
from presage.units import CONTRACT, SECOND, Micros
from tests.feeds.kit import MINUTE as ONE_MINUTE
from tests.feeds.kit import NOON, Exchange

START = period_end(MINUTE, NOON)
LEG = Leg(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def traded(price: int, count: int, open_interest: int) -> Fact:
    return Traded(1, 1, price, count, BID, LEG, LEG, open_interest)


def top(bid: int, ask: int) -> Fact:
    return TopChanged(1, bid, 100, ask, 100)


def flat(price: int) -> Range:
    return Range(price, price, price, price)


def test_a_minute_with_quotes_and_trades() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 5_200, CONTRACT)
        ex.place(1, market, ASK, 5_500, 3 * CONTRACT)
        ex.place(2, market, BID, 5_500, 2 * CONTRACT)
        (candle,) = read(ex.connection, market, MINUTE, START, START)
    assert candle.ends_at == START
    assert candle.bid == flat(0)
    assert candle.ask == Range(10_000, 5_200, 10_000, 5_500)
    assert candle.price == Range(5_200, 5_200, 5_500, 5_500)
    assert (candle.mean, candle.previous) == (5_350, None)
    assert (candle.volume, candle.open_interest) == (200, 200)


def test_markets_are_read_together_and_each_is_led_by_what_was_before() -> None:
    with Exchange() as ex:
        one, other, silent = ex.set_up(3)
        for market, price in ((one, 5_200), (other, 6_300)):
            for later in (0, 100):
                ex.now += ONE_MINUTE
                ex.place(1, market, ASK, price + later, CONTRACT)
                ex.place(2, market, BID, price + later, CONTRACT)
        end = START + 4 * 60
        found = stored_of(ex.connection, [other, silent, one], MINUTE, end, end)
    prices = [[(row.ends_at - START, row.close) for row in trades] for _, trades in found]
    assert prices == [[(180, 6_300), (240, 6_400)], [], [(120, 5_300)]]
    assert [len(quotes) for quotes, _ in found] == [2, 0, 1]


def test_quiet_minutes_stay_where_the_last_one_closed() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 5_200, 2 * CONTRACT)
        ex.place(2, market, BID, 5_200, CONTRACT)
        ex.now += 3 * ONE_MINUTE
        ex.place(2, market, BID, 4_000, CONTRACT)
        first, quiet, also, last = read(ex.connection, market, MINUTE, START, START + 180)
    assert first.price is not None
    assert quiet.ask == also.ask == flat(5_200)
    assert (quiet.price, quiet.mean, quiet.previous) == (None, None, 5_200)
    assert (quiet.volume, quiet.open_interest) == (0, 100)
    assert last.bid == Range(0, 0, 4_000, 4_000)


def test_what_happens_on_the_minute_belongs_to_the_candle_that_ends_there() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.now = START * SECOND
        ex.place(1, market, ASK, 5_000, CONTRACT)
        ex.now += 1
        ex.place(1, market, ASK, 4_000, CONTRACT)
        before, after = read(ex.connection, market, MINUTE, START, START + 60)
    assert (before.ask.close, after.ask.open, after.ask.close) == (5_000, 5_000, 4_000)


def test_earlier_history_is_carried_in_only_when_asked() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 5_200, CONTRACT)
        ex.place(2, market, BID, 5_200, CONTRACT)
        late = START + 600
        assert read(ex.connection, market, MINUTE, late, late + 60) == []
        carried = read(ex.connection, market, MINUTE, late - 10, late + 60, carry=True)
        assert read(ex.connection, market, MINUTE, START - 600, START - 60, carry=True) == []
    assert [candle.ends_at for candle in carried] == [late, late + 60]
    assert (carried[0].price, carried[0].previous) == (None, 5_200)


def test_days_end_at_midnight_in_new_york_and_clocks_change() -> None:
    new_york = ZoneInfo("America/New_York")
    # 2026-03-08 has 23 hours there, 2026-11-01 has 25
    for month, day, hours in ((3, 8, 23), (11, 1, 25), (7, 4, 24)):
        midnight = int(datetime(2026, month, day, tzinfo=new_york).timestamp())
        assert period_end(DAY, midnight * SECOND) == midnight
        end = period_end(DAY, midnight * SECOND + 1)
        assert end - midnight == hours * 3_600
        assert list(period_ends(DAY, midnight, end)) == [midnight, end]


def test_rows_are_stored_only_for_periods_with_a_change() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 5_200, CONTRACT)
        ex.now += 100 * ONE_MINUTE
        ex.place(2, market, BID, 5_200, CONTRACT)
        stored = [
            ex.connection.execute(select(func.count()).select_from(table)).scalar()
            for table in (quote_candles, trade_candles)
        ]
    # two minutes, two hours, one day of quotes; one each of trades
    assert stored == [5, 3]


steps = st.lists(
    st.tuples(
        st.integers(0, 2 * 3_600),
        st.one_of(
            st.tuples(st.integers(1, 9_999), st.integers(1, 10_000)),
            st.tuples(st.integers(0, 5_000), st.integers(5_001, 10_000), st.just("top")),
        ),
    ),
    min_size=1,
    max_size=15,
)


Step = tuple[Micros, Fact]


@contextmanager
def folded(history: Iterable[Step]) -> Iterator[Connection]:
    """The candles' tables after these facts, each an entry of its own."""
    projection = Candles()
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        projected.create_all(connection, tables=projection.tables)
        rows = Rows()
        for at, fact in history:
            projection.apply([Moment(at, [fact])], rows)
        rows.flush(cast(sqlite3.Connection, connection.connection.driver_connection))
        yield connection
    engine.dispose()


def dated(history: list[tuple[int, tuple[int, ...]]]) -> list[Step]:
    """Gaps in seconds and what happened then, as facts with times."""
    now, open_interest, found = NOON, 0, []
    for seconds, what in history:
        now += seconds * SECOND
        if len(what) == 3:
            found.append((now, top(what[0], what[1])))
        else:
            open_interest += what[1]
            found.append((now, traded(what[0], what[1], open_interest)))
    return found


@settings(max_examples=50)
@given(steps)
def test_hours_and_days_are_what_their_minutes_add_up_to(
    history: list[tuple[int, tuple[int, ...]]],
) -> None:
    facts = dated(history)
    first, last = period_end(MINUTE, NOON), period_end(DAY, facts[-1][0])
    with folded(facts) as connection:
        minutes = read(connection, 1, MINUTE, first, last)
        for period in PERIODS:
            stored = read(connection, 1, period, first, last)
            without_mean = [msgspec.structs.replace(candle, mean=None) for candle in stored]
            assert [merged(part) for part in split(minutes, period)] == without_mean
            ends = [candle.ends_at for candle in stored]
            assert ends == list(period_ends(period, ends[0], last)), "no gaps"


@given(st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 10_000)), min_size=1))
def test_the_mean_is_weighted_by_count_and_rounded_to_the_nearest(
    history: list[tuple[int, int]],
) -> None:
    with folded((NOON, traded(price, count, 0)) for price, count in history) as connection:
        (candle,) = read(connection, 1, DAY, 0, period_end(DAY, NOON))
    exact = Fraction(sum(p * n for p, n in history), sum(n for _, n in history))
    assert candle.mean is not None
    assert abs(candle.mean - exact) <= Fraction(1, 2)


def split(minutes: list[Candle], period: int) -> list[list[Candle]]:
    parts: dict[int, list[Candle]] = {}
    for candle in minutes:
        parts.setdefault(period_end(period, candle.ends_at * SECOND), []).append(candle)
    return [parts[end] for end in sorted(parts)]


def merged(part: list[Candle]) -> Candle:
    """The naive candle over some minutes; a mean cannot be had from the means of its parts."""
    first, last = part[0], part[-1]
    prices = [candle.price for candle in part if candle.price is not None]
    price = None
    if prices:
        price = Range(
            prices[0].open,
            min(one.low for one in prices),
            max(one.high for one in prices),
            prices[-1].close,
        )
    return Candle(
        ends_at=last.ends_at,
        bid=joined([candle.bid for candle in part]),
        ask=joined([candle.ask for candle in part]),
        price=price,
        mean=None,
        previous=first.previous,
        volume=sum(candle.volume for candle in part),
        open_interest=last.open_interest,
    )


def joined(parts: list[Range]) -> Range:
    return Range(
        parts[0].open,
        min(one.low for one in parts),
        max(one.high for one in parts),
        parts[-1].close,
    )
