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
from tests.engine.exchange import DAY, HALF, Exchange

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


def scattered() -> Exchange:
    """Member 1 has more orders than one entry cancels, in two markets and two accounts, at prices
    and on sides that come in no order; member 2 has some between them."""
    exchange = Exchange()
    exchange.do(c.CreateMarket(1, "N", 0, DAY))
    exchange.do(c.OpenAccount(1))
    exchange.move("world", f"cash:{account_id(1, 1)}", 1_000 * DOLLAR)
    exchange.tick()
    for number in range(MANY):
        owner = account_id(1, number // 3 % 2) if number % 7 else account_id(2)
        price = 100 * (1 + number * 7 % 40)
        side = number // 2 % 2
        if side == ASK:
            price = 10_000 - price
        exchange.order(c.PlaceOrder(owner, 1 + number // 5 % 2, side, price, CONTRACT // 10))
    return exchange


def ended(exchange: Exchange, command: c.Command, fresh: bool = False) -> list[int]:
    """The orders that the command ends, in that order; now and then the exchange starts anew, and
    with `fresh` others are placed meanwhile."""
    facts = exchange.do(command)
    while exchange.engine.next_due() == 0:
        if fresh:
            exchange.bid(1, price=5_000)
        exchange.engine = Engine.load(exchange.engine.dump())
        facts += exchange.tick()
    return [fact.order for fact in facts if isinstance(fact, OrderCanceled)]


def by_rank(exchange: Exchange, *accounts: int, market: int = 0) -> list[int]:
    found = [
        order
        for order in exchange.engine.state.orders.values()
        if (not accounts or order.account.id in accounts) and market in (0, order.market.id)
    ]
    return [order.id for order in sorted(found, key=lambda order: order.rank)]


def test_a_market_ends_its_orders_oldest_first() -> None:
    exchange = scattered()
    moved = by_rank(exchange, account_id(1), market=1)[3]
    price = exchange.engine.state.orders[moved].price
    exchange.do(c.AmendOrder(1, moved, price, CONTRACT // 5))
    oldest = by_rank(exchange, market=1)
    assert oldest[-1] == moved, "an order that came anew is young"
    facts = exchange.do(c.PauseMarket(1, cancel_orders=True))
    assert [fact.order for fact in facts if isinstance(fact, OrderCanceled)] == oldest[:UNITS]
    assert ended(exchange, c.Tick()) == oldest[UNITS:]
    assert {order.market.id for order in exchange.engine.state.orders.values()} == {2}


@pytest.mark.parametrize("fresh", [False, True])
def test_a_member_ends_account_by_account_oldest_first(fresh: bool) -> None:
    exchange = scattered()
    accounts = account_id(1), account_id(1, 1)
    expected = [id_ for account in accounts for id_ in by_rank(exchange, account)]
    assert len(expected) > UNITS
    assert ended(exchange, c.CancelAll(1), fresh) == expected


def test_an_account_ends_oldest_first_in_a_market_bids_before_asks() -> None:
    exchange = scattered()
    account = account_id(1, 1)
    here = [exchange.engine.state.orders[id_] for id_ in by_rank(exchange, account, market=2)]
    sides = [[one.id for one in here if one.side == side] for side in (0, ASK)]
    assert all(sides)
    assert ended(exchange, c.CancelAll(1, account, 2)) == [*sides[0], *sides[1]]
    rest = by_rank(exchange, account)
    assert ended(exchange, c.CancelAll(1, account)) == rest


def test_a_stake_with_nothing_in_it_may_be_cancelled_after_a_snapshot() -> None:
    exchange = Exchange()
    exchange.do(c.CancelOrder(1, exchange.bid(1)))
    copy = Engine.load(exchange.engine.dump())
    facts = exchange.do(c.CancelAll(1, market=1))
    copy.apply(facts, exchange.seq, exchange.at)
    assert copy.digest() == exchange.engine.digest()


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


@pytest.mark.parametrize("resting", [0, 1])
def test_a_reloaded_exchange_cancels_as_the_one_before(resting: int) -> None:
    """A stake that came to nothing is in no snapshot: it may not change what a command does."""
    exchange = Exchange()
    exchange.do(c.CancelOrder(1, exchange.bid(1, price=100)))
    for _ in range(resting):
        exchange.bid(2, price=100)
    reloaded = Engine.load(exchange.engine.dump())
    for member in (1, 2):
        command = c.CancelAll(member, market=1)
        expected = reloaded.execute(command, exchange.seq + 1, exchange.at)
        assert exchange.do(command) == expected
    assert exchange.engine.digest() == reloaded.digest()
