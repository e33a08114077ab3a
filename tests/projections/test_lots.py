"""Contracts are sold first in, first out; each order knows what became of its own."""

from __future__ import annotations

from random import Random

import pytest

from presage.domain.commands import VoidMarket
from presage.domain.orders import ASK, BID
from presage.projections import lots
from presage.projections import orders as orders_table
from presage.projections.fills import Fills
from presage.projections.orders import Orders
from presage.projections.positions import Positions
from presage.projections.settlements import Settlements
from presage.units import CONTRACT, DOLLAR_PRICE
from tests.projections.desk import ANN, BOB, Desk


def desk_of() -> tuple[Desk, int]:
    desk = Desk(Orders(), Fills(), Positions(), Settlements())
    (market,) = desk.open_market()
    return desk, market


def outcome(desk: Desk, order: int, account: int = ANN) -> lots.Outcome:
    row = orders_table.find(desk.connection, order)
    assert row is not None
    return lots.outcomes(desk.connection, [account], [row])[order]


def test_the_oldest_contracts_are_sold_first() -> None:
    desk, market = desk_of()
    desk.ask(market, 4_000, 5)
    first = desk.bid(market, 4_000, 5)
    desk.ask(market, 5_000, 5)
    second = desk.bid(market, 5_000, 5)
    assert [outcome(desk, one).left for one in (first, second)] == [500, 500]
    desk.bid(market, 6_000, 7, BOB)
    sold = desk.ask(market, 6_000, 7, ANN)
    one, two = outcome(desk, first), outcome(desk, second)
    assert (one.left, one.gain) == (0, 5 * CONTRACT * 2_000)
    assert (two.left, two.gain) == (3 * CONTRACT, 2 * CONTRACT * 1_000)
    assert two.left_cost == 3 * CONTRACT * 5_000
    assert one.closed_at == desk.at
    assert two.closed_at == 0
    sale = outcome(desk, sold)
    assert sale.locked == one.gain + two.gain
    assert (sale.left, sale.netted) == (0, 7 * CONTRACT)
    ids = [row.id for row in lots.page(desk.connection, [ANN], 9, open_=True)]
    assert ids == [second]
    ids = [row.id for row in lots.page(desk.connection, [ANN], 9, open_=False)]
    assert ids == [sold, first]


def test_buying_the_other_side_nets_and_flips() -> None:
    desk, market = desk_of()
    desk.ask(market, 4_000, 5)
    yes = desk.bid(market, 4_000, 5)
    desk.bid(market, 3_000, 8, BOB)
    no = desk.ask(market, 3_000, 8, ANN, action="buy", outcome="no")
    assert outcome(desk, yes).gain == -5 * CONTRACT * 1_000
    flipped = outcome(desk, no)
    assert (flipped.netted, flipped.left) == (5 * CONTRACT, 3 * CONTRACT)
    assert flipped.left_cost == 3 * CONTRACT * 7_000
    ids = [row.id for row in lots.page(desk.connection, [ANN], 9, open_=True)]
    assert ids == [no]


@pytest.mark.parametrize(("value", "gain"), [(DOLLAR_PRICE, 6_000), (0, -4_000), (2_500, -1_500)])
def test_what_is_held_is_paid(value: int, gain: int) -> None:
    desk, market = desk_of()
    desk.ask(market, 4_000, 5)
    order = desk.bid(market, 4_000, 5)
    desk.settle(market, value)
    found = outcome(desk, order)
    assert (found.left, found.gain) == (0, 5 * CONTRACT * gain)
    assert found.closed_at == desk.at
    assert lots.page(desk.connection, [ANN], 9, open_=True) == []


def test_a_void_gains_nothing() -> None:
    desk, market = desk_of()
    desk.ask(market, 4_000, 5)
    order = desk.bid(market, 4_000, 5)
    desk.bid(market, 6_000, 2, BOB)
    sold = desk.ask(market, 6_000, 2, ANN)
    desk.run(VoidMarket(market))
    assert (outcome(desk, order).gain, outcome(desk, order).left) == (0, 0)
    assert outcome(desk, sold).locked == 0


def test_random_trading_agrees_with_lots_kept_one_by_one() -> None:
    desk, market = desk_of()
    random = Random(7)
    held: list[list[int]] = []  # [order, sign, price, contracts]
    gains: dict[int, int] = {}
    for _ in range(120):
        side, price = random.choice((BID, ASK)), random.choice((3_000, 4_500, 7_000))
        size = random.randint(1, 6)
        theirs, ours = (desk.ask, desk.bid) if side == BID else (desk.bid, desk.ask)
        theirs(market, price, size, BOB)
        order = ours(market, price, size, ANN)
        sign, left = (1 if side == BID else -1), size
        while left and held and held[0][1] == -sign:
            lot = held[0]
            count = min(left, lot[3])
            brought = price if sign < 0 else DOLLAR_PRICE - price
            gains[lot[0]] = gains.get(lot[0], 0) + count * CONTRACT * (brought - lot[2])
            lot[3] -= count
            left -= count
            if not lot[3]:
                held.pop(0)
        if left:
            held.append([order, sign, price if sign > 0 else DOLLAR_PRICE - price, left])
    rows = lots.page(desk.connection, [ANN], 500)
    found = lots.outcomes(desk.connection, [ANN], rows)
    assert len(found) == 120
    kept = {lot[0]: lot[3] * CONTRACT for lot in held}
    assert {id: one.left for id, one in found.items() if one.left} == kept
    assert {id: one.gain for id, one in found.items() if one.gain} == {
        id: gain for id, gain in gains.items() if gain
    }
    assert sum(one.gain for one in found.values()) == sum(one.locked for one in found.values())
