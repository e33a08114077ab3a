"""Orders that two members have agreed on: what they need, and how they come into being.

They are ordinary orders of both parties; only that the exchange places them, when an agreement is
carried out. Nothing here decides when that is.
"""

from __future__ import annotations

from presage.domain.facts import OrderPlaced
from presage.domain.orders import BID, MAKER, Side
from presage.engine.book import Order
from presage.engine.collateral import cover_left, newest_reserve
from presage.engine.decision import Decision
from presage.engine.orders import fee_terms
from presage.engine.state import Account, Market
from presage.units import Count, Price


def can_pay(
    d: Decision,
    account: Account,
    market: Market,
    side: Side,
    price: Price,
    count: Count,
    crosses: bool = True,
) -> bool:
    """Whether the account could reserve such an order as its newest one; it takes if it crosses."""
    holding = market.holdings.get(account.id)
    cover = cover_left(holding, side, holding.orders(side).rest) if holding is not None else 0
    terms = fee_terms(market, account, d.at)
    return account.available >= newest_reserve(side, price, count, terms, crosses, cover)


def enter(
    d: Decision,
    account: Account,
    market: Market,
    side: Side,
    price: Price,
    count: Count,
    tif: str,
    client_order_id: str = "",
    post_only: bool = False,
) -> Order:
    """The order exists from here on; it has not met the book yet.

    An own resting order in its way gives way to it: the agreement binds, the resting order does
    not.
    """
    order_id = d.new_id()
    d.emit(
        OrderPlaced(
            order_id,
            account.id,
            market.id,
            side,
            price,
            count,
            tif,
            client_order_id,
            0,
            post_only,
            False,
            MAKER,
            False,
            0,
            "buy",
            "yes" if side == BID else "no",
            fee_terms(market, account, d.at),
        )
    )
    return d.state.orders[order_id]
