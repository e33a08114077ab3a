"""Transfers between exchange shards, and target allocations, as Kalshi's API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.kalshi.orders import Subaccount
from presage.wire.kalshi.portfolio import Shard, SmallPage

Instance = Literal["event_contract", "margined"]
AnyShard = Annotated[int, Meta(ge=0, le=100)]
Reservation = Literal["max", "sum"]


class IntraExchangeInstanceTransferRequest(msgspec.Struct, kw_only=True):
    """`amount` in 1/10 000 dollar. There is no margined instance."""

    source: Instance
    destination: Instance
    amount: Annotated[int, Meta(ge=1)]
    source_exchange_shard: AnyShard = 0
    destination_exchange_shard: AnyShard = 0
    source_subaccount: Subaccount = 0
    destination_subaccount: Subaccount = 0


class IntraExchangeInstanceTransferResponse(msgspec.Struct):
    transfer_id: str


class IntraExchangeInstanceTransfer(msgspec.Struct, kw_only=True):
    """`amount` in dollars. It is complete as soon as it is there."""

    transfer_id: str
    source: Instance = "event_contract"
    destination: Instance = "event_contract"
    source_exchange_shard: int
    destination_exchange_shard: int
    amount: str
    status: Literal["pending", "complete"] = "complete"
    created_ts: int


class GetIntraExchangeInstanceTransferResponse(msgspec.Struct):
    transfer: IntraExchangeInstanceTransfer


class IntraExchangeInstanceTransfersQuery(msgspec.Struct):
    limit: SmallPage = 100
    cursor: str | None = None


class GetIntraExchangeInstanceTransfersResponse(msgspec.Struct):
    transfers: list[IntraExchangeInstanceTransfer]
    cursor: str


class TargetBalanceAllocation(msgspec.Struct, kw_only=True):
    exchange_index: Shard
    percent: Annotated[int, Meta(ge=0, le=100)]


class SetTargetBalanceAllocationRequest(msgspec.Struct, kw_only=True):
    """Percentages sum to 100; without any, nothing is moved from now on."""

    allocations: Annotated[list[TargetBalanceAllocation], Meta(max_length=101)]
    resting_margin_reservation: Reservation = "sum"


class GetTargetBalanceAllocationResponse(msgspec.Struct):
    allocations: list[TargetBalanceAllocation]
    resting_margin_reservation: Reservation
