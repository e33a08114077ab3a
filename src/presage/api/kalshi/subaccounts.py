"""Numbered subaccounts: opening them, moving money between them, their netting switch."""

from __future__ import annotations

import uuid

from presage.api.kalshi import replies
from presage.api.kalshi.owned import (
    account_for,
    accounts_for,
    ids_of,
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
from presage.domain.ids import shard_of, subaccount_of
from presage.projections import transfers
from presage.projections.transfers import TransferRow
from presage.units import CENT, format_balance, whole_cents
from presage.wire.kalshi.order_groups import EmptyResponse
from presage.wire.kalshi.subaccounts import (
    ApplySubaccountTransferRequest,
    CreateSubaccountRequest,
    CreateSubaccountResponse,
    GetSubaccountBalancesResponse,
    GetSubaccountNettingResponse,
    GetSubaccountTransfersResponse,
    SubaccountBalance,
    SubaccountNettingConfig,
    SubaccountTransfer,
    TransfersQuery,
    UpdateSubaccountNettingRequest,
)

KIND = "transfer"
"""The word of these movements in the journal; their cause ends in the client's transfer id."""


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
    if body.from_subaccount == body.to_subaccount:
        raise invalid_parameters("from_subaccount and to_subaccount are the same")
    shard = shard_meant(call, body.exchange_index)
    payer = account_for(call, body.from_subaccount, shard)
    payee = account_for(call, body.to_subaccount, shard)
    amount = body.amount_cents * CENT
    lines = ((cash(payer), -amount), (cash(payee), amount))
    cause = f"transfer:{call.caller.member}:{_transfer_id(body.client_transfer_id)}"
    await submit(call, Move(lines, cause, KIND))
    return EmptyResponse()


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
