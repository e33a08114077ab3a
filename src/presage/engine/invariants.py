"""What must be true after every command, written once and checked everywhere.

`check` looks at the whole state with code of its own: it recomputes sums instead of trusting the
ones that the rules keep. It is for tests, simulation and `verify`; nothing in here repairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from presage.domain.ids import subaccount_of
from presage.domain.markets import UNDECIDED, result_word
from presage.domain.payouts import payout
from presage.engine import combo_invariants, desk_invariants, plan_invariants
from presage.engine.book import Level, Order
from presage.engine.collateral import covered, full_reserve, least_payout, returns_collateral
from presage.engine.state import Account, Event, Holding, Market, State
from presage.units import DOLLAR_PRICE, Count, Money


def check(state: State) -> None:
    """Raise AssertionError naming the first thing that is not as it must be."""
    _money_is_conserved(state)
    known = state.shards
    assert all(account.shard in known for account in state.accounts.values()), "an unknown shard"
    assert all(event.shard in known for event in state.events.values()), "an unknown shard"
    check_parts(state, state.accounts.values(), state.markets.values(), state.events.values())


def check_parts(
    state: State, accounts: Iterable[Account], markets: Iterable[Market], events: Iterable[Event]
) -> None:
    """The same of some parts and of all open orders: what a command did not touch stays true."""
    for account in accounts:
        _account(account)
    for market in markets:
        _market(market)
        _book(state, market)
        combo_invariants.check(state, market)
    for event in events:
        _advances(state, event)
    _orders(state)
    desk_invariants.check(state)
    _subtraders(state)
    plan_invariants.check(state)


def _money_is_conserved(state: State) -> None:
    cash = sum(account.cash for account in state.accounts.values())
    escrow = sum(market.escrow for market in state.markets.values())
    advances = sum(
        advance.amount for event in state.events.values() for advance in event.advances.values()
    )
    total = cash + escrow - advances + sum(state.ledger.values())
    assert total == 0, f"money is not conserved: {total} appeared"


def _account(account: Account) -> None:
    name = f"account {account.id}"
    assert all(holding.market.shard == account.shard for holding in account.holdings.values()), (
        f"{name}: a stake in a market of another shard"
    )
    assert type(account.cash) is int, f"{name}: cash is no int"
    reserved = sum(_reserve(holding) for holding in account.holdings.values())
    assert account.reserved == reserved, f"{name}: reserved {account.reserved}, not {reserved}"
    assert account.cash >= 0, f"{name}: cash {account.cash} is negative"
    assert not (account.lock and _lives(account)), f"{name}: an order rests behind a lock"
    assert account.cash >= reserved, f"{name}: reserved {reserved} of {account.cash}"


def _subtraders(state: State) -> None:
    found = {
        (member.subtrader.fcm.id, member.id)
        for member in state.members.values()
        if member.subtrader is not None
    }
    listed = {(fcm, member.id) for fcm, own in state.subtraders.items() for member in own}
    assert found == listed, "an FCM does not know its subtraders"
    for fcm, own in state.subtraders.items():
        assert state.members[fcm].kind == "fcm", f"member {fcm} has subtraders and is no FCM"
        assert state.members[fcm].subtrader is None, f"FCM {fcm} is a subtrader itself"
        numbered = [a for member in own for a in member.accounts if subaccount_of(a.id)]
        assert not numbered, "a subtrader has a subaccount"


def _lives(account: Account) -> bool:
    """Whether an order of the account may still trade."""
    newest = (queue.newest for queue in account.queues())
    return any(order is not None and order.rank > account.swept for order in newest)


def _reserve(holding: Holding) -> Money:
    """A holding's reserve from its orders, one by one."""
    total = 0
    for side in (0, 1):
        cover = covered(holding, side, holding.count)
        for order in holding.orders(side):
            opened = order.remaining - min(cover, order.remaining)
            cover -= order.remaining - opened
            if opened:
                total += full_reserve(side, order.price, opened, order.terms, order.budget)
    return total


def _market(market: Market) -> None:
    name = f"market {market.ticker}"
    counts = [holding.count for holding in market.holdings.values()]
    if not market.settling:
        assert sum(counts) == 0, f"{name}: positions do not net to zero"
        held = sum(count for count in counts if count > 0)
        assert market.open_interest == held, f"{name}: open interest is not what is held"
        assert market.escrow == held * DOLLAR_PRICE, f"{name}: escrow does not back what is held"
    elif market.result == "void":
        owed = sum(holding.spent for holding in market.holdings.values())
        assert market.escrow == owed, f"{name}: escrow is not what trading had taken"
    else:
        owed = sum(payout(count, market.value) for count in counts)
        assert market.escrow == owed, f"{name}: escrow is not what holders are owed"
    if market.status == "finalized":
        assert not market.holdings, f"{name}: it is over, but held"
        assert market.escrow == 0, f"{name}: it is over, but owes"
        word = "void" if market.result == "void" else result_word(market.value)
        assert market.result == word, f"{name}: {market.result} at {market.value}"
    for holding in market.holdings.values():
        _holding(name, holding)


def _holding(name: str, holding: Holding) -> None:
    lots = sum(count for count, _ in holding.lots)
    assert abs(holding.count) == lots, f"{name}: position {holding.count} but lots of {lots}"
    cost = sum(count * price for count, price in holding.lots)
    assert holding.cost == cost, f"{name}: cost is not that of its lots"
    for side in (0, 1):
        queue = holding.orders(side)
        orders = list(queue)
        assert orders == sorted(orders, key=lambda order: order.rank), f"{name}: age"
        assert all(order.level is not None for order in orders), f"{name}: an order does not rest"
        assert queue.newest is (orders[-1] if orders else None), f"{name}: newest order"
        assert queue.rest == sum(o.remaining for o in orders), f"{name}: rest"
        assert queue.full == sum(o.full for o in orders), f"{name}: full reserve"
        reducing = sum(order.remaining for order in orders if order.reduce_only)
        assert queue.reducing == reducing, f"{name}: reduce-only sum"
        assert reducing <= holding.closing(side), f"{name}: reduce-only beyond the position"
    relieved = holding.bids.full + holding.asks.full - _reserve(holding)
    assert holding.relieved == relieved, f"{name}: relieved {holding.relieved}, not {relieved}"


def _book(state: State, market: Market) -> None:
    book, name = market.book, f"market {market.ticker}"
    bid, _, ask, _ = book.top()
    live = market.status == "active" and not state.work
    assert bid < ask or not live or _dead_at_top(state, market), f"{name}: book is crossed"
    if market.status not in UNDECIDED and not state.work:
        assert not any(map(book.levels, (0, 1))), f"{name}: orders rest in a decided market"
    for side in (0, 1):
        keys = book.keys(side)
        assert keys == sorted(keys), f"{name}: price levels out of order"
        assert len(keys) == len(book.levels(side)), f"{name}: level without a key"
        for level in book.levels(side).values():
            _level(state, name, level)


def _dead_at_top(state: State, market: Market) -> bool:
    return any(
        order.expires_at and order.expires_at <= state.at
        for side in (0, 1)
        for order in market.book.walk(side)
    )


def _level(state: State, name: str, level: Level) -> None:
    size: Count = 0
    orders: list[Order] = []
    order = level.oldest
    while order is not None:
        assert order.remaining > 0, f"{name}: an empty order rests"
        assert order.level is level, f"{name}: an order rests at another level"
        assert state.orders.get(order.id) is order, f"{name}: an order that is over rests"
        assert not orders or orders[-1].rank < order.rank, f"{name}: queue out of order"
        orders.append(order)
        size += order.remaining
        order = order.next
    assert orders, f"{name}: an empty level"
    assert level.newest is orders[-1], f"{name}: broken queue"
    assert level.size == size, f"{name}: level size {level.size}, orders hold {size}"


def _advances(state: State, event: Event) -> None:
    for key, advance in event.advances.items():
        account = state.accounts[key]
        assert returns_collateral(account, event), f"{event.ticker}: advance without netting"
        due = least_payout(account, event, advance.room)
        assert advance.amount == due, f"{event.ticker}: advanced {advance.amount}, due {due}"
    decided = sum(
        market.value for market in event.markets if market.settling or market.status == "finalized"
    )
    assert event.room == DOLLAR_PRICE - decided or not event.exclusive, event.ticker
    assert event.room >= 0 or not event.exclusive, f"{event.ticker}: more than a dollar was paid"


def _orders(state: State) -> None:
    for order in state.orders.values():
        assert order.level is not None, "an order is neither in the book nor over"
        ahead, older = order.prev, order.older
        found = order.level.oldest if ahead is None else ahead.next
        assert found is order, "an order is not in its level's queue"
        found = order.holding.orders(order.side).oldest if older is None else older.newer
        assert found is order, "an order is not among its account's own"
    resting = Counter(order.account.member.id for order in state.orders.values())
    for member in state.members.values():
        assert member.open_orders == resting[member.id], f"member {member.id}: open orders"
    for group in state.groups.values():
        matched = sum(count for _, count in group.window)
        assert group.matched == matched, "order group miscounted"
        for order in group.orders.values():
            assert order.group is group
            assert order.id in state.orders
