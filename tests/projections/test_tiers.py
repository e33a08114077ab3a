"""Live and historical: every row is on one side of the cutoff, and no list reads the other side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from presage.domain.commands import CancelOrder, CreateMarket, PlaceOrder
from presage.domain.facts import MarketCreated, OrderPlaced
from presage.domain.orders import ASK, BID, IOC
from presage.domain.rejects import Reject
from presage.projections import fills, order_tiers, orders, positions
from presage.projections.fills import Fills
from presage.projections.markets import Markets
from presage.projections.orders import Orders
from presage.projections.positions import NOT_OVER, Positions
from presage.projections.trades import Trades
from presage.units import CONTRACT, SECOND
from tests.projections.desk import ANN, BOB, DAY, Desk, only

HOUR = 3_600 * SECOND


def all_pages(ask: Callable[[int, Any], list[Any]], place: Callable[[Any], Any]) -> list[Any]:
    """Every row of a list, two at a time."""
    found: list[Any] = []
    after = None
    while page := ask(2, after):
        found += page
        after = place(page[-1])
    return found


def placed(order: Any) -> tuple[int, int]:
    return order.created_at, order.id


def lives(desk: Desk, random: Random, markets: Sequence[int]) -> None:
    """Orders that fill at once, are cancelled after minutes, hours or months, or still rest."""
    resting: list[int] = []
    for _ in range(60):
        desk.at += random.choice([0, SECOND, 30 * SECOND, HOUR, 5 * HOUR, 2 * DAY, 40 * DAY])
        market, account = random.choice(markets), random.choice([ANN, BOB])
        side, price = random.choice([BID, ASK]), random.choice([4_000, 5_000, 6_000])
        tif = random.choice(["good_till_canceled", IOC])
        result = desk.attempt(PlaceOrder(account, market, side, price, CONTRACT, tif=tif))
        if not isinstance(result, Reject) and tif != IOC:
            resting += [fact.order for fact in result if isinstance(fact, OrderPlaced)]
        if resting and random.random() < 0.5:
            order = resting.pop(random.randrange(len(resting)))
            for member in (1, 2):
                desk.attempt(CancelOrder(member, order))


@pytest.mark.parametrize("seed", range(6))
def test_every_order_is_on_one_side(seed: int) -> None:
    random = Random(seed)
    desk = Desk(Markets(), Orders(), Trades(), Fills())
    markets = desk.open_market("RAIN-A", "RAIN-B")
    for market in markets:
        desk.engine.state.markets[market].close_at = 1 << 60  # trade on for years
    desk.bid(markets[0], 100, 1)  # rests for good
    lives(desk, random, markets)
    everything = orders.page(desk.connection, [ANN, BOB], 1_000)
    assert len({row.status for row in everything}) == 3
    ends = [row.updated_at for row in everything if row.status != orders.RESTING]
    for cutoff in [0, *random.sample(ends, 8), max(ends) + 1]:
        for filters in ({}, {"markets": markets[:1]}, {"since": ends[9], "until": ends[-9]}):

            def live(limit: int, after: Any, of: Any = filters, at: int = cutoff) -> Any:
                where = (desk.connection, [ANN, BOB], limit, after)
                return order_tiers.live(*where, cutoff=at, **of)

            def over(limit: int, after: Any, of: Any = filters, at: int = cutoff) -> Any:
                where = (desk.connection, [ANN, BOB], limit, after)
                return order_tiers.historical(*where, cutoff=at, **of)

            wanted = orders.page(desk.connection, [ANN, BOB], 1_000, **filters)
            old = [r for r in wanted if r.status != orders.RESTING and r.updated_at < cutoff]
            assert all_pages(over, placed) == old
            assert all_pages(live, placed) == [row for row in wanted if row not in old]
    for status in (orders.RESTING, orders.CANCELED, orders.EXECUTED):
        cutoff = sorted(ends)[len(ends) // 2]
        found = order_tiers.live(desk.connection, [ANN, BOB], 1_000, cutoff=cutoff, status=status)
        assert found == [
            row
            for row in everything
            if row.status == status and (status == orders.RESTING or row.updated_at >= cutoff)
        ]


def plans(desk: Desk, ask: Callable[[], object]) -> list[str]:
    """How the database finds what is asked for."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    engine = desk.connection.engine
    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    raw: Any = desk.connection.connection.driver_connection
    return [
        row[3]
        for statement, parameters in asked
        for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]


@pytest.mark.parametrize("markets", [None, [1]])
def test_orders_of_one_side_are_found_without_reading_the_other(markets: list[int] | None) -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    assert market == 1
    cutoff = desk.at
    found = plans(
        desk,
        lambda: order_tiers.live(desk.connection, [ANN], 9, cutoff=cutoff, markets=markets),
    )
    first = "orders_by_account" if markets is None else "orders_by_market"
    used = [plan.partition(" USING INDEX ")[2].partition(" ")[0] for plan in found]
    assert used == [first, "orders_resting", "orders_by_account"] + 4 * ["orders_by_life"]
    assert all("created_at>? AND created_at<?" in plan for plan in found[2:])


def test_positions_move_per_whole_event() -> None:
    desk = Desk(Positions())
    rain, snow = desk.open_market("RAIN-26-YES", "RAIN-26-NO")
    for market in (rain, snow):
        desk.ask(market, 4_000, 1)
        desk.bid(market, 4_000, 1)
    desk.settle(rain, 0)
    later = desk.at + DAY

    def sides(cutoff: int) -> tuple[list[int], list[int]]:
        live = positions.live(desk.connection, [ANN], 9, cutoff=cutoff)
        over = positions.historical(desk.connection, [ANN], 9, cutoff=cutoff)
        return [row.market for row in live], [row.market for row in over]

    assert sides(later) == ([snow, rain], [])
    desk.settle(snow, 0)
    over_at = desk.at
    assert sides(over_at) == ([snow, rain], [])
    assert sides(over_at + 1) == ([], [snow, rain])
    third = only(MarketCreated, desk.run(CreateMarket(1, "RAIN-26-MAYBE", desk.at, desk.at + DAY)))
    assert sides(later + DAY) == ([snow, rain], []), "the event goes on"
    desk.settle(third.market, 0)
    assert sides(desk.at + 1) == ([], [snow, rain])


def test_settled_positions_that_are_live_are_told_apart() -> None:
    desk = Desk(Positions())
    rain, snow = desk.open_market("RAIN-26-YES", "RAIN-26-NO")
    for market in (rain, snow):
        desk.ask(market, 4_000, 1)
        desk.bid(market, 4_000, 1)
    desk.settle(snow, 0)
    for settled, wanted in ((None, [snow, rain]), (True, [snow]), (False, [rain])):
        rows = positions.live(desk.connection, [ANN], 9, cutoff=0, settled=settled)
        assert [row.market for row in rows] == wanted
        assert all(row.over_at == NOT_OVER for row in rows)


def test_fills_are_cut_at_a_moment() -> None:
    desk = Desk(Orders(), Trades(), Fills())
    (market,) = desk.open_market()
    for _ in range(3):
        desk.ask(market, 4_000, 1)
        desk.bid(market, 4_000, 1)
    rows = fills.page(desk.connection, [ANN], 9)
    cutoff = rows[1].at
    assert fills.page(desk.connection, [ANN], 9, since=cutoff) == rows[:2]
    assert fills.page(desk.connection, [ANN], 9, until=cutoff - 1) == rows[2:]
