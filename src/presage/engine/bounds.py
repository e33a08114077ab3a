"""Whether an order is within what its door asks of it: sales of what is held, open orders, size of
a position."""

from __future__ import annotations

from presage.domain.bounds import Bounds
from presage.domain.commands import PlaceOrder
from presage.domain.orders import BID
from presage.domain.rejects import Code, Refused
from presage.engine.state import Account, Market


def check_bounds(c: PlaceOrder, bounds: Bounds, market: Market, account: Account) -> None:
    """Raises: Refused."""
    holding = account.holdings.get(market.id)
    if bounds.covered:
        held = 0 if holding is None else holding.closing(c.side)
        promised = 0 if holding is None else min(holding.orders(c.side).rest, held)
        if c.count > held - promised:
            raise Refused(Code.INSUFFICIENT_POSITION, "", held, promised)
    _check_open(bounds, market, account)
    if bounds.position:
        count = 0 if holding is None else holding.count
        after = count + c.count if c.side == BID else count - c.count
        if abs(after) > max(bounds.position, abs(count)):
            raise Refused(Code.TOO_MANY_CONTRACTS, "you may not hold so many of this option")


def _check_open(bounds: Bounds, market: Market, account: Account) -> None:
    member = account.member
    if bounds.all_orders and member.open_orders >= bounds.all_orders:
        raise Refused(Code.TOO_MANY_ORDERS, "you have as many open orders as you may")
    left = bounds.market_orders
    if not left:
        return
    for one in member.accounts:
        holding = one.holdings.get(market.id)
        for queue in () if holding is None else (holding.bids, holding.asks):
            for _ in queue:
                left -= 1
                if not left:
                    detail = "you have as many open orders for this option as you may"
                    raise Refused(Code.TOO_MANY_ORDERS, detail)
