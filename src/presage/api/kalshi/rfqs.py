"""RFQs: asking everybody for a price, and reading what is asked. Everybody may read all of them."""

from __future__ import annotations

from msgspec import UNSET

from presage.api.ids import Kind
from presage.api.kalshi import combos, communications, replies
from presage.api.kalshi.collections import selected
from presage.api.kalshi.fcm import acting_for
from presage.api.kalshi.orders import markets_named
from presage.api.kalshi.owned import (
    QUERY,
    AnyCall,
    account_for,
    account_or_any,
    accounts_for,
    ids_of,
    is_own,
    market_for,
    missing,
    rfq_for,
    services_of,
    shard_about,
    submit,
)
from presage.api.kalshi.rejects import invalid_parameters, reject_error
from presage.api.registry import Call
from presage.catalog import collections
from presage.domain.desk_commands import CreateRfq, DeleteRfq
from presage.domain.desk_facts import RfqCreated
from presage.domain.ids import account_id, subaccount_of
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import MarketCard
from presage.feeds.printing import legs as printed_legs
from presage.projections import rfqs
from presage.projections.rfqs import OPEN, RfqRow
from presage.units import format_balance, format_count, whole_contracts
from presage.wire.kalshi.communications import (
    RFQ,
    CreateRFQRequest,
    CreateRFQResponse,
    GetRFQResponse,
    GetRFQsQuery,
    GetRFQsResponse,
)
from presage.wire.kalshi.times import rfc3339


async def create_rfq(call: Call[None, CreateRFQRequest]) -> CreateRFQResponse:
    """Ask everybody for a price."""
    body = call.body
    subtrader = await acting_for(call, body.subtrader_id, "subtrader_id", body.subaccount)
    card = await _market(call, body)
    command = CreateRfq(
        account_for(call, body.subaccount, card.shard)
        if subtrader is None
        else account_id(subtrader.number, 0, card.shard),
        card.id,
        communications.contracts(body.contracts, body.contracts_fp),
        communications.target_cost(body.target_cost_centi_cents, body.target_cost_dollars),
        body.target_cost_excludes_fees or False,
        body.rest_remainder,
        body.replace_existing or False,
    )
    receipt = await submit(call, command)
    made = next(fact for fact in receipt.facts if isinstance(fact, RfqCreated))
    return CreateRFQResponse(services_of(call).ids.text(made.rfq, Kind.RFQ))


async def _market(call: AnyCall, body: CreateRFQRequest) -> MarketCard:
    """The market that is asked about, by its ticker or as a combo by its legs. Raises: ApiError."""
    named = None if body.market_ticker is None else market_for(call, body.market_ticker)
    ticker, legs = body.mve_collection_ticker, body.mve_selected_legs
    if ticker is None and not legs:
        if named is None:
            raise invalid_parameters("market_ticker is required")
        return named
    if ticker is None or not legs:
        raise invalid_parameters("mve_collection_ticker and mve_selected_legs go together")
    known = await services_of(call).reader.run(
        lambda connection: collections.find(connection, ticker)
    )
    if known is None:
        raise invalid_parameters("mve_collection_ticker: no such multivariate collection")
    card = combos.find(services_of(call), known, selected(call, legs))
    if card is None:
        raise reject_error(Reject(Code.MARKET_NOT_FOUND))
    if named not in (None, card):
        raise invalid_parameters("market_ticker is not the market of mve_selected_legs")
    return card


async def get_rfqs(call: Call[GetRFQsQuery, None]) -> GetRFQsResponse:
    """List RFQs of everybody, newest first."""
    query = call.query
    services = services_of(call)
    keyset = services.cursors.open(call, query.cursor, int)
    before = None if keyset is None else int(keyset[0])
    own = query.user_filter is not None or query.subaccount is not None
    member = communications.asker(call, query.creator_user_id, own)
    accounts = ids_of(accounts_for(call, query.subaccount)) if own else None
    markets = markets_named(call, query.market_ticker, _listed(query.event_ticker))
    rows = await services.reader.run(
        lambda connection: rfqs.page(
            connection,
            query.limit + 1,
            before,
            accounts=accounts,
            member=member,
            markets=markets,
            status=query.status or "",
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.id,))
    return GetRFQsResponse([_rfq(call, row) for row in page], cursor)


def _listed(ticker: str | None) -> list[str]:
    return [ticker] if ticker else []


async def get_rfq(call: Call[None, None]) -> GetRFQResponse:
    """Get one RFQ."""
    rfq = rfq_for(call, call.path["rfq_id"], QUERY)
    row = await services_of(call).reader.run(lambda connection: rfqs.find(connection, rfq))
    if row is None:
        raise missing()
    return GetRFQResponse(_rfq(call, row))


async def delete_rfq(call: Call[None, None]) -> None:
    """Take an RFQ back; its quotes end with it."""
    rfq = rfq_for(call, call.path["rfq_id"])
    shard = await shard_about(call, lambda connection: rfqs.find(connection, rfq))
    await submit(call, DeleteRfq(call.caller.member, rfq, account_or_any(call, None, shard)))


def _rfq(call: AnyCall, row: RfqRow) -> RFQ:
    own, closed = is_own(call, row.account), row.status != OPEN
    taken_back = closed and row.reason != "executed"
    cost, market = row.target_cost, services_of(call).markets.by_id(row.market)
    return RFQ(
        id=services_of(call).ids.text(row.id, Kind.RFQ),
        creator_id=communications.rfq_creator(call, row.account),
        market_ticker=market.ticker,
        contracts=whole_contracts(row.contracts),
        contracts_fp=format_count(row.contracts),
        target_cost_centi_cents=cost // communications.CENTI_CENT if cost else UNSET,
        target_cost_dollars=format_balance(cost) if cost else UNSET,
        target_cost_excludes_fees=row.excludes_fees or UNSET,
        status="closed" if closed else "open",
        mve_collection_ticker=market.event.collection or UNSET,
        mve_selected_legs=printed_legs(market) or UNSET,
        created_ts=rfc3339(row.created_at),
        rest_remainder=row.rest_remainder,
        cancellation_reason=row.reason if taken_back else UNSET,
        creator_user_id=call.caller.user_id if own else UNSET,
        creator_subaccount=subaccount_of(row.account) if own else UNSET,
        cancelled_ts=rfc3339(row.updated_at) if taken_back else UNSET,
        updated_ts=rfc3339(row.updated_at),
    )
