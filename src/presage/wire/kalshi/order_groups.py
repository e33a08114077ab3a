"""Order groups as Kalshi's API spells them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.kalshi.orders import ExchangeIndex, Subaccount

ContractsLimit = Annotated[int, Meta(ge=1)]


class OrderGroup(msgspec.Struct, kw_only=True):
    id: str
    contracts_limit_fp: str
    is_auto_cancel_enabled: bool
    exchange_index: int


class GetOrderGroupsQuery(msgspec.Struct):
    subaccount: Subaccount | None = None


class GetOrderGroupsResponse(msgspec.Struct):
    """The key is left out when there are none."""

    order_groups: list[OrderGroup] | UnsetType = UNSET


class GetOrderGroupResponse(msgspec.Struct, kw_only=True):
    is_auto_cancel_enabled: bool
    contracts_limit_fp: str
    orders: list[str]
    exchange_index: int


class CreateOrderGroupRequest(msgspec.Struct, kw_only=True):
    """One of the two limits, or both if they agree."""

    subaccount: Subaccount | None = None
    contracts_limit: ContractsLimit | None = None
    contracts_limit_fp: str | None = None
    exchange_index: ExchangeIndex | None = None


class CreateOrderGroupResponse(msgspec.Struct, kw_only=True):
    order_group_id: str
    subaccount: int
    exchange_index: int


class OrderGroupQuery(msgspec.Struct):
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None


class UpdateOrderGroupLimitRequest(msgspec.Struct, kw_only=True):
    """One of the two limits, or both if they agree."""

    contracts_limit: ContractsLimit | None = None
    contracts_limit_fp: str | None = None


class OrderGroupActionRequest(msgspec.Struct):
    """Reset and trigger take an empty object, or nothing."""


class EmptyResponse(msgspec.Struct):
    """`{}`: it was done, and there is nothing to say."""
