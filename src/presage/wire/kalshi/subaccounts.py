"""Subaccounts and the transfers between them as Kalshi's API spells them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.units import CONTRACT, MAX_COUNT
from presage.wire.kalshi.orders import ExchangeIndex, OutcomeSide, Subaccount
from presage.wire.kalshi.portfolio import Page


class CreateSubaccountRequest(msgspec.Struct):
    exchange_index: ExchangeIndex | None = None


class CreateSubaccountResponse(msgspec.Struct):
    subaccount_number: int


class SubaccountBalance(msgspec.Struct, kw_only=True):
    """`settlement_advance_state` names the lock that is on; this exchange advances nothing."""

    subaccount_number: int
    exchange_index: int
    balance: str
    updated_ts: int
    voluntarily_locked: bool
    settlement_advance: str = "0.0000"
    settlement_advance_state: str | UnsetType = UNSET


class GetSubaccountBalancesResponse(msgspec.Struct):
    subaccount_balances: list[SubaccountBalance]


class SubaccountNettingConfig(msgspec.Struct, kw_only=True):
    subaccount_number: int
    enabled: bool
    exchange_index: int


class GetSubaccountNettingResponse(msgspec.Struct):
    netting_configs: list[SubaccountNettingConfig]


class UpdateSubaccountNettingRequest(msgspec.Struct, kw_only=True):
    subaccount_number: Subaccount
    enabled: bool


class ApplySubaccountTransferRequest(msgspec.Struct, kw_only=True):
    """`client_transfer_id` is a UUID; a second use of it is refused. An FCM may name a subtrader on
    one side, in place of its own primary account."""

    client_transfer_id: str
    from_subaccount: Subaccount
    to_subaccount: Subaccount
    amount_cents: Annotated[int, Meta(ge=1)]
    exchange_index: ExchangeIndex | None = None
    from_subtrader_id: str | None = None
    to_subtrader_id: str | None = None


class ApplySubaccountPositionTransferRequest(msgspec.Struct, kw_only=True):
    """`count` whole contracts of `side`; `price` in dollars is that of YES, whatever the side."""

    client_transfer_id: str
    from_subaccount: Subaccount
    to_subaccount: Subaccount
    market_ticker: str
    side: OutcomeSide
    count: Annotated[int, Meta(ge=1, le=MAX_COUNT // CONTRACT)]
    price: str


class ApplySubaccountPositionTransferResponse(msgspec.Struct):
    position_transfer_id: str


class LockSubaccountForSettlementAdvanceRequest(msgspec.Struct, kw_only=True):
    subaccount_number: Subaccount
    exchange_index: ExchangeIndex | None = None


class LockSubaccountForSettlementAdvanceResponse(msgspec.Struct):
    """Another one for every lock."""

    settlement_advance_state: str


class UnlockSubaccountForSettlementAdvanceRequest(msgspec.Struct, kw_only=True):
    subaccount_number: Subaccount
    exchange_index: ExchangeIndex | None = None


class TransfersQuery(msgspec.Struct):
    limit: Page = 100
    cursor: str | None = None


class SubaccountTransfer(msgspec.Struct, kw_only=True):
    transfer_id: str
    from_subaccount: int
    to_subaccount: int
    amount_cents: int
    created_ts: int
    exchange_index: int


class GetSubaccountTransfersResponse(msgspec.Struct):
    transfers: list[SubaccountTransfer]
    cursor: str
