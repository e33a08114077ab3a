"""Quotes: answering an RFQ, taking an answer, standing by it, and what time does to each.

open -> accepted (by the requester) -> confirmed (by the maker) -> executed, or cancelled on the
way. Nothing is reserved before the orders are placed; that both can pay is looked at in every step.
"""

from __future__ import annotations

from typing import Final

from presage.domain.desk_commands import AcceptQuote, ConfirmQuote, CreateQuote, DeleteQuote
from presage.domain.desk_facts import QuoteAccepted, QuoteCanceled, QuoteConfirmed, QuoteCreated
from presage.domain.ids import AccountId, Id, MemberId
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, MAX_OPEN_ORDERS, Side
from presage.domain.quotes import (
    ACCEPTED,
    CONFIRMED,
    MAX_QUOTES,
    MAX_QUOTES_PER_RFQ,
    NO,
    STANDARD,
    VOLATILE,
    YES,
    Windows,
    contracts_for,
    requester_pays,
)
from presage.domain.rejects import Code, Refused
from presage.engine.agreed import lacks
from presage.engine.collateral import fee_terms
from presage.engine.crossing import crosses_live
from presage.engine.decision import Decision
from presage.engine.desk import Quote, Rfq
from presage.engine.lookup import find_account, find_market_of, find_member, require_open
from presage.engine.rfqs import find_rfq
from presage.engine.state import Account, Market
from presage.units import DOLLAR_PRICE, Count, Price

MAKER_SIDES: Final[dict[str, Side]] = {YES: BID, NO: ASK}


def windows_of(market: Market) -> Windows:
    """How long the maker of a quote has to confirm, and how long until the orders are placed."""
    return VOLATILE if market.volatile else STANDARD


# Answering


def create_quote(d: Decision, c: CreateQuote) -> None:
    """Two bids for the whole RFQ; they replace the maker's earlier ones."""
    account = find_account(d, c.account)
    rfq = find_rfq(d, c.rfq)
    market = find_market_of(d, account, rfq.market.id)
    if rfq.taken is not None and rfq.taken.status == CONFIRMED:
        raise Refused(Code.RFQ_CLOSED, "a quote of the RFQ is confirmed")
    _check_bids(c, rfq, account)
    yes = _size(d, rfq, YES, c.yes_bid)
    no = _size(d, rfq, NO, c.no_bid)
    if not (yes or no):
        raise Refused(Code.INVALID_VALUE, "the target cost does not pay for 0.01 contract")
    require_open(d, market)
    standing = rfq.quotes.get(account.member.id)
    if standing is None:
        _check_limits(d, account, rfq)
    for side, price, count in ((BID, c.yes_bid, yes), (ASK, DOLLAR_PRICE - c.no_bid, no)):
        crosses = bool(count) and crosses_live(d, market, side, price)
        if count and (code := lacks(d, account, market, side, price, count, crosses)):
            raise Refused(code)
    if standing is not None:
        cancel_quote(d, standing, "replaced")
    d.emit(
        QuoteCreated(
            d.new_id(),
            rfq.id,
            account.id,
            rfq.account.id,
            market.id,
            c.yes_bid,
            c.no_bid,
            yes,
            no,
            c.rest_remainder,
            c.post_only,
            rfq.contracts,
            rfq.target_cost,
            rfq.excludes_fees,
        )
    )


def _check_bids(c: CreateQuote, rfq: Rfq, account: Account) -> None:
    """What is wrong with the quote whatever the market does. Raises: Refused."""
    if rfq.account.member is account.member:
        raise Refused(Code.INVALID_VALUE, "rfq_id: nobody quotes an RFQ of his own")
    if not (c.yes_bid or c.no_bid):
        raise Refused(Code.INVALID_VALUE, "yes_bid and no_bid cannot both be 0")
    structure = rfq.market.structure
    if c.yes_bid and not on_grid(structure, c.yes_bid):
        raise Refused(Code.INVALID_VALUE, "yes_bid is not on the market's price grid")
    if c.no_bid and not on_grid(structure, DOLLAR_PRICE - c.no_bid):
        raise Refused(Code.INVALID_VALUE, "no_bid is not on the market's price grid")
    if c.yes_bid + c.no_bid > DOLLAR_PRICE:
        raise Refused(Code.INVALID_VALUE, "yes_bid and no_bid are together more than one dollar")


def _check_limits(d: Decision, account: Account, rfq: Rfq) -> None:
    if len(rfq.quotes) >= MAX_QUOTES_PER_RFQ:
        raise Refused(Code.TOO_MANY_QUOTES, "the RFQ has as many quotes as it may have")
    if len(d.state.desk.making.get(account.member.id, ())) >= MAX_QUOTES:
        raise Refused(Code.TOO_MANY_QUOTES)


def _size(d: Decision, rfq: Rfq, side: str, bid: Price) -> Count:
    """How many contracts the maker's bid of that side is for; none without a bid."""
    if not bid:
        return 0
    if rfq.contracts:
        return rfq.contracts
    terms = fee_terms(rfq.market, rfq.account, d.at)
    price = requester_pays(side, bid, bid)
    return contracts_for(rfq.target_cost, price, terms, rfq.excludes_fees)


def find_quote(d: Decision, quote_id: Id, rfq: Id) -> Quote:
    """A living quote, of that RFQ where one is named. Raises: Refused."""
    quote = d.state.desk.quotes.get(quote_id)
    if quote is None or rfq not in (0, quote.rfq.id) or d.state.desk.is_dead_quote(quote):
        raise Refused(Code.QUOTE_NOT_FOUND)
    return quote


def _own(quote: Quote, member: MemberId, account: AccountId) -> None:
    """Only its maker has a say. Raises: Refused."""
    if quote.account.member.id != member or account not in (0, quote.account.id):
        raise Refused(Code.QUOTE_NOT_FOUND)


def delete_quote(d: Decision, c: DeleteQuote) -> None:
    """The maker withdraws, at the latest before confirming."""
    find_member(d, c.member, may_trade=False)
    quote = find_quote(d, c.quote, c.rfq)
    _own(quote, c.member, c.account)
    if quote.status == CONFIRMED:
        raise Refused(Code.WRONG_QUOTE_STATUS, "the quote is confirmed")
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    cancel_quote(d, quote, "deleted")


# Agreeing


def accept_quote(d: Decision, c: AcceptQuote) -> None:
    """The requester takes one of the maker's bids; the maker has to confirm in time."""
    member = find_member(d, c.member)
    quote = find_quote(d, c.quote, c.rfq)
    rfq = quote.rfq
    if member not in (quote.account.member, rfq.account.member) or c.account not in (
        0,
        rfq.account.id,
    ):
        raise Refused(Code.QUOTE_NOT_FOUND)
    taken = rfq.taken
    if taken is not None and (taken.status == CONFIRMED or taken.until > d.at or taken is quote):
        raise Refused(Code.WRONG_QUOTE_STATUS, "a quote of the RFQ is accepted already")
    if c.seen:
        raise Refused(Code.ORDER_EXISTS)
    if quote.account.member is member:
        raise Refused(Code.INVALID_VALUE, "quote_id: nobody accepts a quote of his own")
    _check_side(quote, c.side)
    require_open(d, rfq.market)
    side, price, count = quote.order(c.side)
    _require_order(d, rfq.account, rfq.market, 1 - side, price, count)
    if taken is not None:
        cancel_quote(d, taken, "not_confirmed")
    d.emit(
        QuoteAccepted(
            quote.id,
            rfq.id,
            quote.account.id,
            rfq.account.id,
            rfq.market.id,
            quote.yes_bid,
            quote.no_bid,
            quote.yes_contracts,
            quote.no_contracts,
            rfq.target_cost,
            c.side,
            count,
            d.at + windows_of(rfq.market).confirm,
            c.client_order_id,
        )
    )


def _check_side(quote: Quote, side: str) -> None:
    if side not in MAKER_SIDES:
        raise Refused(Code.INVALID_VALUE, "accepted_side is yes or no")
    if not quote.order(side)[2]:
        raise Refused(Code.INVALID_VALUE, f"accepted_side: the quote has no {side} bid")


def _require_order(
    d: Decision, account: Account, market: Market, side: Side, price: Price, count: Count
) -> None:
    """The party could place its order now. Raises: Refused."""
    if account.member.open_orders >= MAX_OPEN_ORDERS:
        raise Refused(Code.TOO_MANY_ORDERS)
    if code := lacks(d, account, market, side, price, count):
        raise Refused(code)


def confirm_quote(d: Decision, c: ConfirmQuote) -> None:
    """The maker stands by it: nobody can withdraw any more, and the execution timer starts."""
    find_member(d, c.member)
    quote = find_quote(d, c.quote, c.rfq)
    _own(quote, c.member, c.account)
    rfq = quote.rfq
    if quote.status != ACCEPTED:
        raise Refused(Code.WRONG_QUOTE_STATUS, f"the quote is {quote.status}")
    if quote.until <= d.at:
        raise Refused(Code.WRONG_QUOTE_STATUS, "the time to confirm has passed")
    if c.seen:
        raise Refused(Code.ORDER_EXISTS)
    require_open(d, rfq.market)
    _require_order(d, quote.account, rfq.market, *quote.order(quote.side))
    d.emit(
        QuoteConfirmed(
            quote.id,
            rfq.id,
            quote.account.id,
            rfq.account.id,
            rfq.market.id,
            d.at + windows_of(rfq.market).execute,
            c.client_order_id,
        )
    )


def cancel_quote(d: Decision, quote: Quote, reason: str) -> None:
    """The quote is over without a trade; its RFQ stays open."""
    rfq = quote.rfq
    d.emit(QuoteCanceled(quote.id, rfq.id, quote.account.id, rfq.account.id, rfq.market.id, reason))
