"""Numbered subaccounts: opening them, moving money between them, their netting switch."""

from __future__ import annotations

import uuid

from msgspec import UNSET

from presage.api.ids import Kind
from presage.api.kalshi import replies
from presage.api.kalshi.fcm import subtrader_for
from presage.api.kalshi.owned import (
    AnyCall,
    account_for,
    accounts_for,
    ids_of,
    market_for,
    primary_or,
    require_shard,
    services_of,
    shard_meant,
    submit,
)
from presage.api.kalshi.rejects import invalid_parameters
from presage.api.registry import Call
from presage.domain.accounts import cash
from presage.domain.commands import Move, OpenAccount, SetNetting
from presage.domain.facts import AccountOpened
from presage.domain.ids import AccountId, Id, account_id, shard_of, subaccount_of
from presage.domain.member_commands import LockAccount, TransferPosition, UnlockAccount
from presage.domain.member_facts import AccountLocked, PositionTransferred
from presage.projections import transfers
from presage.projections.transfers import TransferRow
from presage.units import (
    CENT,
    CONTRACT,
    DOLLAR_PRICE,
    NotANumber,
    Price,
    TooPrecise,
    format_balance,
    parse_price,
    whole_cents,
)
from presage.wire.kalshi.order_groups import EmptyResponse
from presage.wire.kalshi.subaccounts import (
    ApplySubaccountPositionTransferRequest,
    ApplySubaccountPositionTransferResponse,
    ApplySubaccountTransferRequest,
    CreateSubaccountRequest,
    CreateSubaccountResponse,
    GetSubaccountBalancesResponse,
    GetSubaccountNettingResponse,
    GetSubaccountTransfersResponse,
    LockSubaccountForSettlementAdvanceRequest,
    LockSubaccountForSettlementAdvanceResponse,
    SubaccountBalance,
    SubaccountNettingConfig,
    SubaccountTransfer,
    TransfersQuery,
    UnlockSubaccountForSettlementAdvanceRequest,
    UpdateSubaccountNettingRequest,
)

KIND = "transfer"
"""The word of these movements in the journal; their cause ends in the client's transfer id."""
SUBTRADER_KIND = "subtrader_transfer"
"""Those between an FCM and its subtraders."""


async def create_subaccount(
    call: Call[None, CreateSubaccountRequest],
) -> CreateSubaccountResponse:
    """Open the next numbered subaccount."""
    shard = shard_meant(call, call.body.exchange_index)
    require_shard(call, shard)
    receipt = await submit(call, OpenAccount(call.caller.member, shard))
    opened = [fact.account for fact in receipt.facts if isinstance(fact, AccountOpened)]
    return CreateSubaccountResponse(subaccount_of(opened[-1]))


async def get_subaccount_balances(call: Call[None, None]) -> GetSubaccountBalancesResponse:
    """What each subaccount may spend, the primary one first."""
    return GetSubaccountBalancesResponse(
        [
            SubaccountBalance(
                subaccount_number=account.subaccount,
                exchange_index=account.shard,
                balance=format_balance(account.available),
                updated_ts=replies.seconds(account.updated_at),
                voluntarily_locked=account.lock > 0,
                settlement_advance_state=_state(call, account.lock) if account.lock else UNSET,
            )
            for account in accounts_for(call, None)
        ]
    )


async def get_subaccount_netting(call: Call[None, None]) -> GetSubaccountNettingResponse:
    """Which subaccounts get collateral of exclusive events back early."""
    return GetSubaccountNettingResponse(
        [
            SubaccountNettingConfig(
                subaccount_number=account.subaccount,
                enabled=account.netting,
                exchange_index=account.shard,
            )
            for account in accounts_for(call, None)
        ]
    )


async def update_subaccount_netting(
    call: Call[None, UpdateSubaccountNettingRequest],
) -> EmptyResponse:
    """Switch collateral return on or off, on all shards; off needs the money to repay what was
    returned."""
    account = primary_or(call, call.body.subaccount_number)[0]
    await submit(call, SetNetting(account.id, call.body.enabled, everywhere=True))
    return EmptyResponse()


async def apply_subaccount_transfer(
    call: Call[None, ApplySubaccountTransferRequest],
) -> EmptyResponse:
    """Move money between two subaccounts, once per transfer id."""
    body = call.body
    shard = shard_meant(call, body.exchange_index)
    subtraders = body.from_subtrader_id is not None or body.to_subtrader_id is not None
    payer = await _side(call, "from", body.from_subaccount, body.from_subtrader_id, shard)
    payee = await _side(call, "to", body.to_subaccount, body.to_subtrader_id, shard)
    if payer == payee:
        raise invalid_parameters("from_subaccount and to_subaccount are the same")
    amount = body.amount_cents * CENT
    lines = ((cash(payer), -amount), (cash(payee), amount))
    cause = f"transfer:{call.caller.member}:{_transfer_id(body.client_transfer_id)}"
    await submit(call, Move(lines, cause, SUBTRADER_KIND if subtraders else KIND))
    return EmptyResponse()


async def _side(
    call: Call[None, ApplySubaccountTransferRequest],
    side: str,
    subaccount: int,
    subtrader: str | None,
    shard: int,
) -> AccountId:
    """The account that pays or is paid. Raises: ApiError."""
    if subtrader is None:
        return account_for(call, subaccount, shard)
    if subaccount:
        raise invalid_parameters(f"{side}_subaccount is 0 where {side}_subtrader_id is given")
    require_shard(call, shard)
    return account_id((await subtrader_for(call, subtrader)).number, 0, shard)


async def apply_subaccount_position_transfer(
    call: Call[None, ApplySubaccountPositionTransferRequest],
) -> ApplySubaccountPositionTransferResponse:
    """Move a position between two subaccounts at a price, once per transfer id."""
    body = call.body
    if body.from_subaccount == body.to_subaccount:
        raise invalid_parameters("from_subaccount and to_subaccount are the same")
    command = TransferPosition(
        account_for(call, body.from_subaccount),
        account_for(call, body.to_subaccount),
        market_for(call, body.market_ticker).id,
        body.count * CONTRACT,
        _price(body.price),
        _transfer_id(body.client_transfer_id),
        body.side == "no",
    )
    receipt = await submit(call, command)
    moved = next(fact for fact in receipt.facts if isinstance(fact, PositionTransferred))
    return ApplySubaccountPositionTransferResponse(
        services_of(call).ids.text(moved.id, Kind.TRANSFER)
    )


def _price(text: str) -> Price:
    """Raises: ApiError."""
    try:
        price = parse_price(text)
    except (NotANumber, TooPrecise):
        price = -1
    if not 0 <= price <= DOLLAR_PRICE:
        raise invalid_parameters("price is not between 0 and 1 dollar, with up to 4 decimals")
    return price


async def lock_subaccount_for_settlement_advance(
    call: Call[None, LockSubaccountForSettlementAdvanceRequest],
) -> LockSubaccountForSettlementAdvanceResponse:
    """Lock a subaccount: its resting orders are cancelled, and it cannot trade."""
    account = _meant(call, call.body.subaccount_number, call.body.exchange_index)
    receipt = await submit(call, LockAccount(account), wait_for_work=True)
    locked = next(fact for fact in receipt.facts if isinstance(fact, AccountLocked))
    return LockSubaccountForSettlementAdvanceResponse(_state(call, locked.lock))


async def unlock_subaccount_for_settlement_advance(
    call: Call[None, UnlockSubaccountForSettlementAdvanceRequest],
) -> EmptyResponse:
    """Unlock a subaccount."""
    account = _meant(call, call.body.subaccount_number, call.body.exchange_index)
    await submit(call, UnlockAccount(account))
    return EmptyResponse()


def _meant(call: AnyCall, subaccount: int, shard: int | None) -> AccountId:
    return account_for(call, subaccount, shard_meant(call, shard))


def _state(call: AnyCall, lock: Id) -> str:
    """The token that names one lock."""
    return services_of(call).ids.text(lock, Kind.LOCK)


def _transfer_id(text: str) -> str:
    """A client's UUID in its one spelling. Raises: ApiError."""
    try:
        if len(text) == 36:
            return str(uuid.UUID(text))
    except ValueError:
        pass
    raise invalid_parameters("client_transfer_id is not a UUID")


async def get_subaccount_transfers(
    call: Call[TransfersQuery, None],
) -> GetSubaccountTransfersResponse:
    """List transfers between subaccounts, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, None))
    after = replies.place(call, query.cursor)
    rows = await services_of(call).reader.run(
        lambda connection: transfers.page(
            connection, accounts, KIND, query.limit + 1, after, outgoing=True
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.at, row.id))
    return GetSubaccountTransfersResponse([_transfer(row) for row in page], cursor)


def _transfer(row: TransferRow) -> SubaccountTransfer:
    return SubaccountTransfer(
        transfer_id=row.cause.rpartition(":")[2],
        from_subaccount=subaccount_of(row.account),
        to_subaccount=subaccount_of(row.other),
        amount_cents=whole_cents(-row.amount),
        created_ts=replies.seconds(row.at),
        exchange_index=shard_of(row.account),
    )
