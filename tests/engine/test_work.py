"""Long work goes on over several entries, binds at once, and survives a snapshot in its middle."""

from __future__ import annotations

import pytest

from presage.domain import commands as c
from presage.domain.facts import OrderCanceled, PositionPaid, Traded
from presage.domain.ids import account_id
from presage.domain.orders import ASK
from presage.domain.rejects import Code
from presage.engine.engine import Engine
from presage.engine.work import UNITS
from presage.units import CONTRACT, DOLLAR
from tests.engine.exchange import HALF, Exchange

MANY = 2 * UNITS + 100


def crowded() -> Exchange:
    """Member 1 has more resting bids than one entry cancels."""
    exchange = Exchange()
    for _ in range(MANY):
        exchange.bid(1, price=100)
    return exchange


@pytest.mark.parametrize(
    "command", [c.CancelAll(1), c.CloseMarket(1), c.SetMemberStatus(1, "suspended")], ids=repr
)
def test_orders_end_in_portions(command: c.Command) -> None:
    exchange = crowded()
    portions = [exchange.do(command), exchange.tick(), exchange.tick()]
    ended = [sum(isinstance(fact, OrderCanceled) for fact in facts) for facts in portions]
    assert ended == [UNITS, UNITS, 100]
    assert exchange.engine.state.orders == {}
    assert exchange.free(1) == 1_000 * DOLLAR
    assert exchange.tick() == []


def test_orders_whose_end_is_near_do_not_trade() -> None:
    exchange = crowded()
    last = exchange.bid(1, price=200)
    exchange.do(c.CancelAll(1))
    assert last in exchange.engine.state.orders
    assert exchange.refused(c.CancelOrder(1, last)) is Code.ORDER_NOT_FOUND
    facts = exchange.do(c.PlaceOrder(account_id(2), 1, ASK, 100, CONTRACT))
    assert not any(isinstance(fact, Traded) for fact in facts)
    while exchange.engine.next_due() == 0:
        exchange.tick()
    assert len(exchange.engine.state.orders) == 1


def test_orders_placed_while_older_ones_end_live_on() -> None:
    exchange = crowded()
    exchange.do(c.CancelAll(1))
    fresh = exchange.bid(1, price=300)
    while exchange.engine.next_due() == 0:
        exchange.tick()
    assert list(exchange.engine.state.orders) == [fresh]


def held_by_many() -> Exchange:
    """One NO holder against a crowd with one YES each; the market is closed."""
    exchange = Exchange(members=UNITS + 50)
    exchange.ask(1, count=(UNITS + 49) * CONTRACT)
    for member in range(2, UNITS + 51):
        exchange.bid(member)
    exchange.do(c.CloseMarket(1))
    return exchange


def paid(facts: list[object]) -> int:
    return sum(isinstance(fact, PositionPaid) for fact in facts)


def test_holders_are_paid_in_portions_and_each_once() -> None:
    exchange = held_by_many()
    exchange.do(c.DetermineMarket(1, 10_000))
    assert paid([*exchange.tick()]) == UNITS - 1, "the timer was a unit too"
    assert exchange.refused(c.DisputeMarket(1)) is Code.WRONG_STATUS
    assert exchange.refused(c.VoidMarket(1)) is Code.WRONG_STATUS
    assert exchange.refused(c.SettleMarket(1)) is Code.WRONG_STATUS
    assert paid([*exchange.tick()]) == 51
    assert exchange.engine.state.markets[1].status == "finalized"
    assert exchange.cash(1) < 1_000 * DOLLAR < exchange.cash(2)
    assert exchange.tick() == []


def test_a_snapshot_in_the_middle_changes_nothing() -> None:
    exchange = held_by_many()
    exchange.do(c.VoidMarket(1))
    copy = Engine.load(exchange.engine.dump())
    assert copy.digest() == exchange.engine.digest()
    while exchange.engine.next_due() == 0:
        seq = exchange.seq + 1
        assert copy.execute(c.Tick(), seq, exchange.at) == exchange.tick()
    assert copy.digest() == exchange.engine.digest()
    assert {exchange.cash(member) for member in range(1, UNITS + 51)} == {1_000 * DOLLAR}


def test_a_reset_does_not_bring_back_what_a_trigger_ended() -> None:
    exchange = Exchange()
    exchange.do(c.CreateGroup(account_id(1), CONTRACT))
    group = exchange.seq << 20
    for _ in range(MANY):
        exchange.order(c.PlaceOrder(account_id(1), 1, 0, HALF, CONTRACT // 100, group=group))
    exchange.do(c.TriggerGroup(1, group))
    assert exchange.engine.state.orders
    exchange.do(c.ResetGroup(1, group))
    while exchange.engine.next_due() == 0:
        exchange.tick()
    assert exchange.engine.state.orders == {}
