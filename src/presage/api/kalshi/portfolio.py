"""What a member has: balance, positions, fills, settlements, money that came and went.

Balances are read from memory as they are now, everything else from the tables of history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import UNSET

from presage.api.ids import Kind
from presage.api.kalshi import cutoffs, replies, translate
from presage.api.kalshi.orders import markets_named
from presage.api.kalshi.owned import (
    AnyCall,
    accounts_for,
    ids_of,
    order_for,
    primary_or,
    services_of,
)
from presage.api.registry import Call
from presage.domain.ids import AccountId, MarketId, shard_of
from presage.feeds.accounts import Account
from presage.feeds.cards import EventCard
from presage.projections import fills, orders, positions, settlements, transfers
from presage.projections.positions import PositionRow
from presage.projections.settlements import SettlementRow
from presage.projections.transfers import TransferRow
from presage.units import (
    DOLLAR_PRICE,
    Micros,
    Money,
    format_balance,
    format_count,
    format_money,
    price_cents,
    whole_cents,
    whole_contracts,
)
from presage.wire.kalshi.portfolio import (
    EventPosition,
    GetBalanceQuery,
    GetBalanceResponse,
    GetDepositsResponse,
    GetFillsQuery,
    GetFillsResponse,
    GetPositionsQuery,
    GetPositionsResponse,
    GetRestingOrderValueResponse,
    GetSettlementsQuery,
    GetSettlementsResponse,
    GetWithdrawalsResponse,
    IndexedBalance,
    MarketPosition,
    MoneyMovement,
    MoneyQuery,
    Settlement,
)
from presage.wire.kalshi.times import rfc3339


async def get_balance(call: Call[GetBalanceQuery, None]) -> GetBalanceResponse:
    """What may be spent now, and what the positions are worth at their last prices."""
    query = call.query
    accounts = primary_or(call, query.subaccount, query.exchange_index)
    available = sum(account.available for account in accounts)
    worth = sum(_worth(call, account) for account in accounts)
    breakdown = _by_shard(call, {one.shard: one.available for one in accounts}, query)
    return GetBalanceResponse(
        balance=whole_cents(available),
        balance_dollars=format_balance(available),
        balance_breakdown=breakdown if call.caller.subaccount_lock is None else UNSET,
        portfolio_value=whole_cents(worth),
        updated_ts=replies.seconds(call.at),
    )


def _by_shard(
    call: AnyCall, amounts: Mapping[int, Money], query: GetBalanceQuery | None = None
) -> list[IndexedBalance]:
    """An amount for every shard, or for the one that a query names."""
    shards = services_of(call).markets.shards
    if query is not None and query.exchange_index is not None:
        shards = (query.exchange_index,)
    return [IndexedBalance(shard, format_balance(amounts.get(shard, 0))) for shard in shards]


def _worth(call: AnyCall, account: Account) -> Money:
    """The account's positions at each market's last price."""
    markets = services_of(call).markets
    worth = 0
    for market, position in account.positions.items():
        last = markets.by_id(market).last_price
        worth += position * last if position > 0 else -position * (DOLLAR_PRICE - last)
    return worth


async def get_positions(call: Call[GetPositionsQuery, None]) -> GetPositionsResponse:
    """List positions in markets that are not settled yet, newest market first; or settled ones, as
    long as they are live."""
    query = call.query
    accounts = ids_of(primary_or(call, query.subaccount, query.exchange_index))
    named = markets_named(call, query.ticker, query.event_ticker)
    return await positions_page(
        call,
        accounts,
        named,
        query.count_filter,
        query.limit,
        query.cursor,
        SETTLED[query.settlement_status],
        cutoffs.current(call).positions,
    )


async def positions_page(
    call: AnyCall,
    accounts: Sequence[AccountId],
    named: Sequence[MarketId] | None,
    count_filter: Sequence[str],
    limit: int,
    cursor: str | None,
    settled: bool | None,
    cutoff: Micros = 0,
) -> GetPositionsResponse:
    """One page of the positions of accounts on different shards; `settled` None: of all markets.
    Without a cutoff nothing is left out."""
    cutoff, after = cutoffs.place(call, cursor, cutoff)
    nonzero = [_COUNTED[word] for word in count_filter if word in _COUNTED]
    rows = await services_of(call).reader.run(
        lambda connection: positions.live(
            connection,
            accounts,
            limit + 1,
            after,
            cutoff=cutoff,
            settled=settled,
            markets=named,
            nonzero=nonzero,
        )
    )
    return await printed_positions(call, accounts, cutoff, rows, limit)


async def printed_positions(
    call: AnyCall,
    accounts: Sequence[AccountId],
    cutoff: Micros,
    rows: Sequence[PositionRow],
    limit: int,
) -> GetPositionsResponse:
    """A page of positions, with the totals of their events."""
    page, cursor = replies.cut(call, rows, limit, lambda row: (cutoff, row.over_at, row.market))
    return GetPositionsResponse(
        [_position(call, row) for row in page],
        await _event_positions(call, accounts, [row.market for row in page]),
        cursor,
    )


_COUNTED = {"position": "position", "total_traded": "traded"}
SETTLED: dict[str, bool | None] = {"all": None, "unsettled": False, "settled": True}


def _position(call: AnyCall, row: PositionRow) -> MarketPosition:
    return MarketPosition(
        ticker=replies.ticker_of(call, row.market),
        exchange_index=shard_of(row.account),
        total_traded=whole_cents(row.traded),
        total_traded_dollars=format_money(row.traded),
        position=whole_contracts(row.position),
        position_fp=format_count(row.position),
        market_exposure=whole_cents(row.cost),
        market_exposure_dollars=format_money(row.cost),
        realized_pnl=whole_cents(row.realized),
        realized_pnl_dollars=format_money(row.realized),
        fees_paid=whole_cents(row.fees),
        fees_paid_dollars=format_money(row.fees),
        last_updated_ts=rfc3339(row.updated_at),
    )


async def _event_positions(
    call: AnyCall, accounts: Sequence[AccountId], markets: Sequence[MarketId]
) -> list[EventPosition]:
    """The totals of every event that these markets belong to."""
    services = services_of(call)
    events = {card.id: card for card in (services.markets.by_id(m).event for m in markets)}
    siblings: dict[int, list[MarketId]] = {}
    for event in events.values():
        siblings.setdefault(event.shard, []).extend(market.id for market in event.markets)
    if not siblings:
        return []
    rows = await services.reader.run(
        lambda connection: [
            row
            for account in accounts
            for row in positions.of_markets(
                connection, account, siblings.get(shard_of(account), ())
            )
        ]
    )
    by_market = {row.market: row for row in rows}
    return [
        _event_position(event, [by_market[m.id] for m in event.markets if m.id in by_market])
        for event in events.values()
    ]


def _event_position(event: EventCard, rows: Iterable[PositionRow]) -> EventPosition:
    traded = volume = cost = realized = fees = 0
    for row in rows:
        traded += row.traded
        volume += row.volume
        cost += row.cost
        realized += row.realized
        fees += row.fees
    return EventPosition(
        event_ticker=event.ticker,
        total_cost=whole_cents(traded),
        total_cost_dollars=format_money(traded),
        total_cost_shares=whole_contracts(volume),
        total_cost_shares_fp=format_count(volume),
        event_exposure=whole_cents(cost),
        event_exposure_dollars=format_money(cost),
        realized_pnl=whole_cents(realized),
        realized_pnl_dollars=format_money(realized),
        fees_paid=whole_cents(fees),
        fees_paid_dollars=format_money(fees),
    )


async def get_fills(call: Call[GetFillsQuery, None]) -> GetFillsResponse:
    """List live fills, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, query.subaccount, query.exchange_index))
    cutoff, after = cutoffs.place(call, query.cursor, cutoffs.current(call).trades)
    named = markets_named(call, query.ticker)
    order = order_for(call, query.order_id) if query.order_id else None
    if named == []:
        return GetFillsResponse([], "")
    rows = await services_of(call).reader.run(
        lambda connection: fills.page(
            connection,
            accounts,
            query.limit + 1,
            after,
            market=named[0] if named else None,
            order=order,
            since=cutoffs.from_cutoff(translate.micros(query.min_ts), cutoff),
            until=translate.micros(query.max_ts),
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (cutoff, row.at, row.trade))
    return GetFillsResponse(replies.fills(call, page), cursor)


async def get_settlements(call: Call[GetSettlementsQuery, None]) -> GetSettlementsResponse:
    """List what settled markets paid, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, query.subaccount))
    after = replies.place(call, query.cursor)
    named = markets_named(call, query.ticker, [query.event_ticker] if query.event_ticker else [])
    rows = await services_of(call).reader.run(
        lambda connection: settlements.page(
            connection,
            accounts,
            query.limit + 1,
            after,
            markets=named,
            since=translate.micros(query.min_ts),
            until=translate.micros(query.max_ts),
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.at, row.market))
    return GetSettlementsResponse([_settlement(call, row) for row in page], cursor)


def _settlement(call: AnyCall, row: SettlementRow) -> Settlement:
    """A void shows as a scalar that paid what was given back, never less than nothing."""
    card = services_of(call).markets.by_id(row.market)
    yes, no = max(row.position, 0), max(-row.position, 0)
    yes_cost = row.cost if yes else 0
    no_cost = row.cost if no else 0
    return Settlement(
        ticker=card.ticker,
        exchange_index=shard_of(row.account),
        event_ticker=card.event_ticker,
        market_result="yes" if row.result == "yes" else "no" if row.result == "no" else "scalar",
        yes_count=whole_contracts(yes),
        yes_count_fp=format_count(yes),
        yes_total_cost=whole_cents(yes_cost),
        yes_total_cost_dollars=format_money(yes_cost),
        no_count=whole_contracts(no),
        no_count_fp=format_count(no),
        no_total_cost=whole_cents(no_cost),
        no_total_cost_dollars=format_money(no_cost),
        revenue=max(whole_cents(row.revenue), 0),
        settled_time=rfc3339(row.at),
        fee_cost=format_money(row.fees),
        value=price_cents(row.value),
    )


async def get_resting_order_value(call: Call[None, None]) -> GetRestingOrderValueResponse:
    """What all resting orders would cost if they filled."""
    accounts = accounts_for(call, None)
    values = await services_of(call).reader.run(
        lambda connection: [orders.resting_value(connection, one.id) for one in accounts]
    )
    by_shard: dict[int, Money] = {}
    for account, value in zip(accounts, values, strict=True):
        by_shard[account.shard] = by_shard.get(account.shard, 0) + value
    return GetRestingOrderValueResponse(
        whole_cents(sum(values)),
        _by_shard(call, by_shard),
    )


async def get_deposits(call: Call[MoneyQuery, None]) -> GetDepositsResponse:
    """List deposits, newest first."""
    return GetDepositsResponse(*await _movements(call, "deposit"))


async def get_withdrawals(call: Call[MoneyQuery, None]) -> GetWithdrawalsResponse:
    """List withdrawals, newest first."""
    return GetWithdrawalsResponse(*await _movements(call, "withdrawal"))


async def _movements(call: Call[MoneyQuery, None], kind: str) -> tuple[list[MoneyMovement], str]:
    query = call.query
    accounts = ids_of(accounts_for(call, None))
    after = replies.place(call, query.cursor)
    rows = await services_of(call).reader.run(
        lambda connection: transfers.page(connection, accounts, kind, query.limit + 1, after)
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.at, row.id))
    return [_movement(call, row) for row in page], cursor


def _movement(call: AnyCall, row: TransferRow) -> MoneyMovement:
    return MoneyMovement(
        id=services_of(call).ids.text(row.id, Kind.TRANSFER),
        status=row.status,  # type: ignore[arg-type]  # written as one of them
        amount_cents=whole_cents(abs(row.amount)),
        created_ts=replies.seconds(row.at),
        finalized_ts=UNSET if row.finalized_at is None else replies.seconds(row.finalized_at),
    )
