"""Quotes: answering an RFQ, taking and confirming an answer.

A quote is seen by its maker and by the requester, by nobody else, and each sees only its own order,
user id and subaccount. Every action has two paths, with and without the RFQ.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from presage.api.ids import Kind
from presage.api.kalshi import communications, replies, translate
from presage.api.kalshi.orders import markets_named
from presage.api.kalshi.owned import (
    QUERY,
    AnyCall,
    account_for,
    account_or_any,
    accounts_for,
    ids_of,
    is_own,
    missing,
    quote_for,
    rfq_for,
    services_of,
    shard_about,
    submit,
)
from presage.api.kalshi.rejects import reject_error
from presage.api.registry import Call
from presage.domain.desk_commands import AcceptQuote, ConfirmQuote, CreateQuote, DeleteQuote
from presage.domain.desk_facts import QuoteCreated
from presage.domain.ids import AccountId, Id, subaccount_of
from presage.domain.rejects import Code, Reject
from presage.projections import quotes, rfqs
from presage.projections.quotes import QuoteRow
from presage.units import Micros, format_balance, format_count, format_price, price_cents
from presage.units import whole_contracts as whole
from presage.wire.kalshi.communications import (
    AcceptQuoteRequest,
    ConfirmQuoteRequest,
    CreateQuoteRequest,
    CreateQuoteResponse,
    GetQuoteResponse,
    GetQuotesQuery,
    GetQuotesResponse,
    Quote,
    QuoteStatus,
)
from presage.wire.kalshi.orders import OutcomeSide
from presage.wire.kalshi.times import rfc3339

SIDES: Final[dict[str, OutcomeSide]] = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
STATUSES: Final[dict[str, QuoteStatus]] = {
    "open": "open",
    "accepted": "accepted",
    "confirmed": "confirmed",
    "executed": "executed",
    "cancelled": "cancelled",
}
_MARK: Final = 8
"""Digits of the caller's public id in the names of orders that follow from quotes."""


async def create_quote(call: Call[None, CreateQuoteRequest]) -> CreateQuoteResponse:
    """Answer an RFQ; an earlier answer of the same maker is replaced."""
    body, services = call.body, services_of(call)
    rfq = rfq_for(call, body.rfq_id)
    shard = await shard_about(call, lambda connection: rfqs.find(connection, rfq))
    command = CreateQuote(
        account_for(call, body.subaccount, shard),
        rfq,
        communications.bid(body.yes_bid, "yes_bid"),
        communications.bid(body.no_bid, "no_bid"),
        body.rest_remainder,
        body.post_only or False,
    )
    result = await services.gateway.submit(command)
    if isinstance(result, Reject):
        raise reject_error(await _explained(call, rfq, result))
    made = next(fact for fact in result.facts if isinstance(fact, QuoteCreated))
    return CreateQuoteResponse(services.ids.text(made.quote, Kind.QUOTE))


async def _explained(call: AnyCall, rfq: Id, reject: Reject) -> Reject:
    """An RFQ that was there once is closed, not unknown."""
    if reject.code is not Code.RFQ_NOT_FOUND:
        return reject
    row = await services_of(call).reader.run(lambda connection: rfqs.find(connection, rfq))
    return reject if row is None else Reject(Code.RFQ_CLOSED)


async def get_quotes(call: Call[GetQuotesQuery, None]) -> GetQuotesResponse:
    """List quotes that the caller made or was given, newest first."""
    query, services = call.query, services_of(call)
    communications.no_subtraders(query.rfq_creator_subtrader_id, "rfq_creator_subtrader_id")
    keyset = services.cursors.open(call, query.cursor, int)
    before = None if keyset is None else int(keyset[0])
    maker = communications.creator(call, query.quote_creator_user_id, query.user_filter is not None)
    requester = communications.asker(
        call, query.rfq_creator_user_id, query.rfq_user_filter is not None
    )
    own = ids_of(accounts_for(call, None))
    rfq = rfq_for(call, query.rfq_id, QUERY) if query.rfq_id else None
    events = [query.event_ticker] if query.event_ticker else []
    markets = markets_named(call, query.market_ticker, events)
    rows = await services.reader.run(
        lambda connection: quotes.page(
            connection,
            query.limit + 1,
            before,
            # Nobody quotes himself: who made it and who asked are never the same member.
            makers=() if requester == call.caller.member else own,
            requesters=() if maker == call.caller.member else own,
            maker=maker,
            requester=requester,
            rfq=rfq,
            status=query.status or "",
            markets=markets,
            since=translate.micros(query.min_ts),
            until=translate.micros(query.max_ts),
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.id,))
    return GetQuotesResponse([_quote(call, row) for row in page], cursor)


async def get_quote(call: Call[None, None]) -> GetQuoteResponse:
    """Get one quote that the caller made or was given."""
    quote, rfq = _named(call, QUERY)
    row = await services_of(call).reader.run(lambda connection: quotes.find(connection, quote))
    if row is None or rfq not in (0, row.rfq):
        raise missing()
    if not (is_own(call, row.account) or is_own(call, row.requester)):
        raise missing()
    return GetQuoteResponse(_quote(call, row))


async def delete_quote(call: Call[None, None]) -> None:
    """Withdraw a quote before it is confirmed."""
    quote, rfq = _named(call)
    member = call.caller.member
    await submit(call, DeleteQuote(member, quote, rfq, await _locked(call, quote)))


async def accept_quote(call: Call[None, AcceptQuoteRequest]) -> None:
    """Take one of the maker's bids; the maker has to confirm in time."""
    quote, rfq = _named(call)
    member, name = call.caller.member, _order_name(call, "rfq", quote)
    side, account = SIDES[call.body.accepted_side], await _locked(call, quote)
    await submit(call, AcceptQuote(member, quote, side, name, rfq, account))


async def confirm_quote(call: Call[None, ConfirmQuoteRequest]) -> None:
    """Stand by an accepted quote; the orders are placed when the execution timer ends."""
    quote, rfq = _named(call)
    member, name = call.caller.member, _order_name(call, "quote", quote)
    await submit(call, ConfirmQuote(member, quote, name, rfq, await _locked(call, quote)))


async def _locked(call: AnyCall, quote: Id) -> AccountId:
    """The account that the caller's key is locked to where the quote is; 0: any."""
    if call.caller.subaccount_lock is None:
        return 0
    shard = await shard_about(call, lambda connection: quotes.find(connection, quote))
    return account_or_any(call, None, shard)


def _named(call: AnyCall, service: str = "exchange") -> tuple[Id, Id]:
    """The quote and the RFQ (0: none) in the path. Raises: a 404."""
    quote = quote_for(call, call.path["quote_id"], service)
    rfq = call.path.get("rfq_id")
    return quote, rfq_for(call, rfq, service) if rfq is not None else 0


def _order_name(call: AnyCall, word: str, quote: Id) -> str:
    """The client order id of the order that follows: `quote:<8 hex digits>:<quote id>`."""
    mark = communications.pseudonym(call, call.caller.member)[:_MARK]
    return f"{word}:{mark}:{services_of(call).ids.text(quote, Kind.QUOTE)}"


def _when(at: Micros) -> str | UnsetType:
    return rfc3339(at) if at else UNSET


def _order(call: AnyCall, order: Id, own: bool) -> str | UnsetType:
    return services_of(call).ids.text(order, Kind.ORDER) if own and order else UNSET


def _quote(call: AnyCall, row: QuoteRow) -> Quote:
    ids, made, asked = services_of(call).ids, is_own(call, row.account), is_own(call, row.requester)
    cost, count = row.target_cost, row.contracts or row.accepted
    return Quote(
        id=ids.text(row.id, Kind.QUOTE),
        rfq_id=ids.text(row.rfq, Kind.RFQ),
        creator_id=communications.pseudonym_of(call, row.account),
        rfq_creator_id=communications.rfq_creator(call, row.requester),
        market_ticker=replies.ticker_of(call, row.market),
        contracts=whole(count),
        contracts_fp=format_count(count),
        yes_bid=price_cents(row.yes_bid),
        no_bid=price_cents(row.no_bid),
        yes_bid_dollars=format_price(row.yes_bid),
        no_bid_dollars=format_price(row.no_bid),
        created_ts=rfc3339(row.created_at),
        updated_ts=rfc3339(row.updated_at),
        status=STATUSES[row.status],
        accepted_side=SIDES[row.side] if row.side else UNSET,
        accepted_ts=_when(row.accepted_at),
        confirmed_ts=_when(row.confirmed_at),
        executed_ts=_when(row.executed_at),
        cancelled_ts=_when(row.canceled_at),
        rest_remainder=row.rest_remainder,
        post_only=row.post_only if made else UNSET,
        cancellation_reason=row.reason or UNSET,
        creator_user_id=call.caller.user_id if made else UNSET,
        rfq_creator_user_id=call.caller.user_id if asked else UNSET,
        rfq_target_cost_centi_cents=cost // communications.CENTI_CENT if cost else UNSET,
        rfq_target_cost_dollars=format_balance(cost) if cost else UNSET,
        target_cost_excludes_fees=row.excludes_fees or UNSET,
        rfq_creator_order_id=_order(call, row.requester_order, asked),
        creator_order_id=_order(call, row.maker_order, made),
        creator_subaccount=subaccount_of(row.account) if made else UNSET,
        rfq_creator_subaccount=subaccount_of(row.requester) if asked else UNSET,
        yes_contracts_fp=format_count(row.yes_contracts),
        no_contracts_fp=format_count(row.no_contracts),
    )
