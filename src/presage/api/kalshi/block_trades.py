"""Block trades: proposing one to two members, saying yes, and reading what was proposed.

A proposal is seen by its proposer and its two parties; each party sees only its own user id and
order.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import UNSET, UnsetType

from presage.api.ids import Kind
from presage.api.kalshi import replies
from presage.api.kalshi.fcm import acting_for
from presage.api.kalshi.owned import (
    AnyCall,
    account_or_any,
    accounts_for,
    block_trade_for,
    ids_of,
    is_own,
    market_for,
    services_of,
    shard_about,
    submit,
)
from presage.api.kalshi.rejects import invalid_parameters, refusal
from presage.api.registry import Call
from presage.domain.desk_commands import AcceptBlockTrade, ProposeBlockTrade
from presage.domain.desk_facts import BlockTradeProposed
from presage.domain.ids import AccountId, Id, MemberId, account_id
from presage.identity import members, subtraders
from presage.projections import block_trades
from presage.projections.block_trades import BlockTradeRow
from presage.units import Micros
from presage.wire.kalshi.communications import (
    AcceptBlockTradeProposalRequest,
    BlockTradeProposal,
    BlockTradeStatus,
    GetBlockTradeProposalsQuery,
    GetBlockTradeProposalsResponse,
    ProposeBlockTradeRequest,
    ProposeBlockTradeResponse,
)
from presage.wire.kalshi.times import rfc3339

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STATUSES: Final[dict[str, BlockTradeStatus]] = {
    "open": "open",
    "executed": "executed",
    "expired": "expired",
}


async def propose_block_trade(
    call: Call[None, ProposeBlockTradeRequest],
) -> ProposeBlockTradeResponse:
    """Propose a trade outside the book to two members."""
    body = call.body
    card = market_for(call, body.market_ticker)
    command = ProposeBlockTrade(
        call.caller.member,
        await _side(
            call,
            "buyer",
            body.buyer_user_id,
            body.buyer_subtrader_id,
            body.buyer_subaccount,
            card.shard,
        ),
        await _side(
            call,
            "seller",
            body.seller_user_id,
            body.seller_subtrader_id,
            body.seller_subaccount,
            card.shard,
        ),
        card.id,
        body.price_centi_cents,
        body.centicount,
        body.maker_side,
        max((body.expiration_ts - _EPOCH) // timedelta(microseconds=1), 0),
    )
    receipt = await submit(call, command)
    made = next(fact for fact in receipt.facts if isinstance(fact, BlockTradeProposed))
    text = services_of(call).ids.text(made.block_trade, Kind.BLOCK_TRADE)
    return ProposeBlockTradeResponse(text)


async def _side(
    call: AnyCall,
    side: str,
    user_id: str,
    subtrader: str | None,
    subaccount: int | None,
    shard: int,
) -> AccountId:
    """The account that is to buy or sell, on the market's shard. Raises: ApiError."""
    if not subtrader:
        return await _party(call, user_id, f"{side}_user_id", subaccount, shard)
    if subaccount is not None:
        raise invalid_parameters(f"{side}_subtrader_id: a subtrader has no subaccounts")
    found = await services_of(call).reader.run(
        lambda connection: subtraders.find(connection, user_id, subtrader)
    )
    if found is None:
        raise invalid_parameters(f"{side}_subtrader_id: {side}_user_id has no such subtrader")
    return account_id(found.number, 0, shard)


async def _party(
    call: AnyCall, user_id: str, field: str, subaccount: int | None, shard: int
) -> AccountId:
    """The account of a member by user id, on the market's shard. Raises: ApiError."""
    found = await services_of(call).reader.run(
        lambda connection: members.find_by_id(connection, user_id)
    )
    if found is not None:
        return account_id(found.number, subaccount or 0, shard)
    try:
        text = str(uuid.UUID(user_id))
    except ValueError:
        raise invalid_parameters(f"{field} is not a user id") from None
    raise refusal(400, f"user_not_found:_{text}")


async def accept_block_trade_proposal(call: Call[None, AcceptBlockTradeProposalRequest]) -> None:
    """Say yes as the buyer or the seller; the second yes makes the trade."""
    body, member = call.body, call.caller.member
    subtrader = await acting_for(call, body.subtrader_id, "subtrader_id", body.subaccount)
    block = block_trade_for(call, call.path["block_trade_proposal_id"])
    shard = await shard_about(call, lambda connection: block_trades.find(connection, block))
    if subtrader is not None:
        member, account = subtrader.number, account_id(subtrader.number, 0, shard)
    else:
        account = account_or_any(call, body.subaccount, shard)
    await submit(call, AcceptBlockTrade(member, block, account))


async def get_block_trade_proposals(
    call: Call[GetBlockTradeProposalsQuery, None],
) -> GetBlockTradeProposalsResponse:
    """List the caller's block trade proposals, newest first."""
    query, services = call.query, services_of(call)
    keyset = services.cursors.open(call, query.cursor, int)
    before = None if keyset is None else int(keyset[0])
    member, own = call.caller.member, ids_of(accounts_for(call, None))
    card = services.markets.by_ticker(query.market_ticker) if query.market_ticker else None
    if query.market_ticker and card is None:
        return GetBlockTradeProposalsResponse([], "")
    rows = await services.reader.run(
        lambda connection: block_trades.page(
            connection,
            member,
            own,
            query.limit + 1,
            before,
            market=None if card is None else card.id,
            status=query.status or "",
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.id,))
    names = await _user_ids(call, {row.proposer for row in page})
    found = [_proposal(call, row, names[row.proposer]) for row in page]
    return GetBlockTradeProposalsResponse(found, cursor)


async def _user_ids(call: AnyCall, numbers: set[MemberId]) -> dict[MemberId, str]:
    rows = await services_of(call).reader.run(
        lambda connection: {number: members.find(connection, number) for number in numbers}
    )
    return {number: "" if row is None else row.id for number, row in rows.items()}


def _when(at: Micros) -> str | UnsetType:
    return rfc3339(at) if at else UNSET


def _order(call: AnyCall, order: Id, own: bool) -> str | UnsetType:
    return services_of(call).ids.text(order, Kind.ORDER) if own and order else UNSET


def _proposal(call: AnyCall, row: BlockTradeRow, proposer: str) -> BlockTradeProposal:
    buys, sells = is_own(call, row.buyer), is_own(call, row.seller)
    return BlockTradeProposal(
        id=services_of(call).ids.text(row.id, Kind.BLOCK_TRADE),
        proposer_user_id=proposer,
        buyer_user_id=call.caller.user_id if buys else "",
        seller_user_id=call.caller.user_id if sells else "",
        market_ticker=replies.ticker_of(call, row.market),
        price_centi_cents=row.price,
        centicount=row.count,
        maker_side="yes" if row.maker_side == "yes" else "no",
        expiration_ts=rfc3339(row.expires_at),
        status=_STATUSES[row.status],
        created_ts=rfc3339(row.created_at),
        updated_ts=rfc3339(row.updated_at),
        buyer_accepted=row.buyer_accepted_at > 0,
        seller_accepted=row.seller_accepted_at > 0,
        buyer_accepted_ts=_when(row.buyer_accepted_at),
        seller_accepted_ts=_when(row.seller_accepted_at),
        executed_ts=_when(row.executed_at),
        buyer_order_id=_order(call, row.buyer_order, buys),
        seller_order_id=_order(call, row.seller_order, sells),
    )
