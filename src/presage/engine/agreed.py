"""Orders that two members have agreed on: what they need, and how they come into being.

They are ordinary orders of both parties; only that the exchange places them, when an agreement is
carried out. Nothing here decides when that is.
"""

from __future__ import annotations

import msgspec

from presage.domain.facts import OrderPlaced
from presage.domain.orders import BID, MAKER, Side
from presage.domain.rejects import Code
from presage.engine.book import Order
from presage.engine.caps import over_cap
from presage.engine.collateral import cover_left, fee_terms, newest_reserve
from presage.engine.decision import Decision
from presage.engine.desk import Quote
from presage.engine.state import Account, Market
from presage.units import Count, Price


def lacks(
    d: Decision,
    account: Account,
    market: Market,
    side: Side,
    price: Price,
    count: Count,
    crosses: bool = True,
    but: Quote | None = None,
) -> Code | None:
    """Why the account could not place such an order as its newest one, or None; it takes if it
    crosses. `but` is the quote that becomes the order."""
    if account.lock:
        return Code.ACCOUNT_LOCKED
    holding = account.holdings.get(market.id)
    cover = cover_left(holding, side, holding.orders(side).rest) if holding is not None else 0
    terms = fee_terms(market, account, d.at)
    need = newest_reserve(side, price, count, terms, crosses, cover)
    if account.available < need:
        return Code.INSUFFICIENT_BALANCE
    if over_cap(d, account, need, account.reserved, but):
        return Code.DAILY_CAP_EXCEEDED
    return None


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
    quoter: bool = False,
) -> Order:
    """The order exists from here on; it has not met the book yet.

    An own resting order in its way gives way to it: the agreement binds, the resting order does
    not. A quoter's pays as Kalshi's combos have it (`FeeTerms.young`).
    """
    terms = fee_terms(market, account, d.at)
    if quoter and terms.young:
        terms = msgspec.structs.replace(terms, quoter=True)
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
            terms,
        )
    )
    return d.state.orders[order_id]
