"""A confirmed quote whose time has come: both parties' orders enter the public book.

The maker's order first, then the requester's, both at the accepted price, by price-time priority
like any other: whoever already rests at a better price, or longer at the same, trades first. What
stands in the way when the time comes (no money left, a paused or closed market) cancels the quote.
"""

from __future__ import annotations

from presage.domain.desk_facts import QuoteExecuted
from presage.domain.ids import Id
from presage.domain.markets import on_grid
from presage.domain.orders import GTC, IOC, MAX_OPEN_ORDERS
from presage.domain.quotes import CONFIRMED, OPEN
from presage.domain.rejects import Code, Refused
from presage.engine.agreed import enter, lacks
from presage.engine.book import Order
from presage.engine.cancel import cancel
from presage.engine.crossing import crosses_live
from presage.engine.decision import Decision
from presage.engine.desk import Quote
from presage.engine.lookup import require_open
from presage.engine.orders import arrive
from presage.engine.quotes import cancel_quote
from presage.engine.rfqs import close_rfq


def by_timer(d: Decision, quote_id: Id) -> None:
    """The time to confirm is over, or the time to place the orders has come."""
    desk = d.state.desk
    quote = desk.quotes.get(quote_id)
    if quote is None or quote.status == OPEN or quote.until > d.at or desk.is_dead_quote(quote):
        return
    if quote.status != CONFIRMED:
        cancel_quote(d, quote, "not_confirmed")
    elif obstacle := _obstacle(d, quote):
        cancel_quote(d, quote, obstacle)
    else:
        _execute(d, quote)


def _obstacle(d: Decision, quote: Quote) -> str:
    """What forbids the two orders now; empty if nothing does."""
    rfq = quote.rfq
    market, parties = rfq.market, (quote.account, rfq.account)
    side, price, count = quote.order(quote.side)
    try:
        require_open(d, market)
    except Refused as refused:
        return refused.reject.code.value
    if not on_grid(market.structure, price):
        return Code.INVALID_PRICE.value
    if any(not party.member.may_trade for party in parties):
        return Code.MEMBER_SUSPENDED.value
    if any(party.member.open_orders >= MAX_OPEN_ORDERS for party in parties):
        return Code.TOO_MANY_ORDERS.value
    crosses = crosses_live(d, market, side, price)
    code = lacks(d, quote.account, market, side, price, count, crosses, quote)
    code = code or lacks(d, rfq.account, market, 1 - side, price, count, True, quote)
    return code.value if code else ""


def _execute(d: Decision, quote: Quote) -> None:
    rfq, market = quote.rfq, quote.rfq.market
    side, price, count = quote.order(quote.side)
    made_as, post_only = quote.made_as, quote.post_only
    made = enter(d, quote.account, market, side, price, count, GTC, made_as, post_only, True)
    if quote.post_only and crosses_live(d, market, side, price):
        cancel(d, made, "PostOnlyCrossCancel")
    else:
        arrive(d, made)
    tif = GTC if rfq.rest_remainder else IOC
    asked = enter(d, rfq.account, market, 1 - side, price, count, tif, quote.asked_as)
    arrive(d, asked)
    if not quote.rest_remainder:
        _take_back(d, made)
    d.emit(
        QuoteExecuted(
            quote.id,
            rfq.id,
            quote.account.id,
            rfq.account.id,
            market.id,
            made.id,
            asked.id,
            quote.made_as,
            quote.asked_as,
        )
    )
    close_rfq(d, rfq, "executed")


def _take_back(d: Decision, made: Order) -> None:
    """The maker's order rested only to be met."""
    if made.id in d.state.orders:
        cancel(d, made, "ImmediateOrCancel")
