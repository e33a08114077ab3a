"""A member's money on several exchange shards: moving it, and wishing how it is shared out.

A transfer is one movement in the journal, subaccounts included: it is there whole or not at all.
"""

from __future__ import annotations

from functools import partial

from presage.api.ids import Kind
from presage.api.kalshi import communications, replies
from presage.api.kalshi.owned import (
    AnyCall,
    account_for,
    accounts_for,
    ids_of,
    missing,
    require_shard,
    services_of,
    submit,
)
from presage.api.kalshi.rejects import invalid_parameters, reject_error
from presage.api.registry import Call
from presage.catalog import shards as catalog
from presage.domain.accounts import cash
from presage.domain.commands import Move
from presage.domain.facts import MoneyMoved
from presage.domain.ids import AccountId, account_id, member_of, shard_of
from presage.domain.rejects import Code, Reject
from presage.domain.shards import TRANSFER, WHOLE
from presage.identity.uuids import uuid7
from presage.projections import transfers
from presage.projections.transfers import TransferRow
from presage.units import format_balance
from presage.wire.kalshi.order_groups import EmptyResponse
from presage.wire.kalshi.shards import (
    GetIntraExchangeInstanceTransferResponse,
    GetIntraExchangeInstanceTransfersResponse,
    GetTargetBalanceAllocationResponse,
    IntraExchangeInstanceTransfer,
    IntraExchangeInstanceTransferRequest,
    IntraExchangeInstanceTransferResponse,
    IntraExchangeInstanceTransfersQuery,
    SetTargetBalanceAllocationRequest,
    TargetBalanceAllocation,
)


async def intra_exchange_instance_transfer(
    call: Call[None, IntraExchangeInstanceTransferRequest],
) -> IntraExchangeInstanceTransferResponse:
    """Move money between exchange shards, at once and whole."""
    body, services = call.body, services_of(call)
    for field in ("source", "destination"):
        if getattr(body, field) == "margined":
            raise invalid_parameters(f"{field}: there is no margined exchange instance")
    payer, payee = _payer(call, body), _payee(call, body)
    if payer == payee:
        raise invalid_parameters("source and destination are the same account")
    if not services.markets.exchange_active:
        raise reject_error(Reject(Code.EXCHANGE_PAUSED))
    amount = body.amount * communications.CENTI_CENT
    lines = ((cash(payer), -amount), (cash(payee), amount))
    cause = f"shards:{call.caller.member}:{uuid7(call.at)}"
    receipt = await submit(call, Move(lines, cause, TRANSFER))
    moved = next(fact for fact in receipt.facts if isinstance(fact, MoneyMoved))
    return IntraExchangeInstanceTransferResponse(services.ids.text(moved.id, Kind.TRANSFER))


def _payer(call: AnyCall, body: IntraExchangeInstanceTransferRequest) -> AccountId:
    shard, number = body.source_exchange_shard, body.source_subaccount
    require_shard(call, shard, "source_exchange_shard")
    account = account_id(call.caller.member, number, shard)
    if not number and services_of(call).accounts.find(account) is None:
        raise reject_error(Reject(Code.INSUFFICIENT_BALANCE))  # nothing was ever there
    return account_for(call, number, shard)


def _payee(call: AnyCall, body: IntraExchangeInstanceTransferRequest) -> AccountId:
    """A primary account opens with its first money."""
    shard, number = body.destination_exchange_shard, body.destination_subaccount
    require_shard(call, shard, "destination_exchange_shard")
    return account_for(call, number, shard) if number else account_id(call.caller.member, 0, shard)


async def get_intra_exchange_instance_transfers(
    call: Call[IntraExchangeInstanceTransfersQuery, None],
) -> GetIntraExchangeInstanceTransfersResponse:
    """List transfers between exchange shards, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, None))
    after = replies.place(call, query.cursor)
    rows = await services_of(call).reader.run(
        lambda connection: transfers.page(
            connection, accounts, TRANSFER, query.limit + 1, after, outgoing=True
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.at, row.id))
    return GetIntraExchangeInstanceTransfersResponse([_transfer(call, row) for row in page], cursor)


async def get_intra_exchange_instance_transfer(
    call: Call[None, None],
) -> GetIntraExchangeInstanceTransferResponse:
    """Get one transfer between exchange shards."""
    services = services_of(call)
    number = services.ids.number(call.path["transfer_id"], Kind.TRANSFER)
    if number is None:
        raise missing()
    row = await services.reader.run(lambda connection: transfers.find(connection, number, TRANSFER))
    if row is None or member_of(row.account) != call.caller.member:
        raise missing()
    return GetIntraExchangeInstanceTransferResponse(_transfer(call, row))


def _transfer(call: AnyCall, row: TransferRow) -> IntraExchangeInstanceTransfer:
    return IntraExchangeInstanceTransfer(
        transfer_id=services_of(call).ids.text(row.id, Kind.TRANSFER),
        source_exchange_shard=shard_of(row.account),
        destination_exchange_shard=shard_of(row.other),
        amount=format_balance(-row.amount),
        created_ts=replies.seconds(row.at),
    )


async def get_target_balance_allocation(
    call: Call[None, None],
) -> GetTargetBalanceAllocationResponse:
    """Show how the caller wants money shared out between exchange shards."""
    found = await services_of(call).reader.run(
        lambda connection: catalog.find(connection, call.caller.member)
    )
    if found is None:
        return GetTargetBalanceAllocationResponse([], "sum")
    return GetTargetBalanceAllocationResponse(
        [
            TargetBalanceAllocation(exchange_index=shard, percent=percent)
            for shard, percent in sorted(found.percents.items())
        ],
        found.reservation,
    )


async def set_target_balance_allocation(
    call: Call[None, SetTargetBalanceAllocationRequest],
) -> EmptyResponse:
    """Wish how money is shared out between exchange shards from now on."""
    body = call.body
    percents = {one.exchange_index: one.percent for one in body.allocations}
    if len(percents) != len(body.allocations):
        raise invalid_parameters("allocations: an exchange_index is named twice")
    for shard in percents:
        require_shard(call, shard, "allocations")
    if percents and sum(percents.values()) != WHOLE:
        raise invalid_parameters(f"allocations: percentages must total {WHOLE}")
    wish = partial(
        catalog.put,
        member=call.caller.member,
        percents=percents,
        reservation=body.resting_margin_reservation,
        at=call.at,
    )
    await services_of(call).gateway.submit(None, wish)
    return EmptyResponse()
