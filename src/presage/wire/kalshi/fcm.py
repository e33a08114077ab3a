"""What FCM members may ask about their subtraders, as Kalshi's API spells it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.kalshi.orders import OrderStatus
from presage.wire.kalshi.portfolio import Page

SubtraderId = Annotated[str, Meta(min_length=1, max_length=128)]


class GetFCMOrdersQuery(msgspec.Struct):
    """At least one of `subtrader_id` and `client_order_ids` (up to 100, with commas); times in
    seconds."""

    subtrader_id: SubtraderId | None = None
    client_order_ids: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    cursor: str | None = None
    event_ticker: str | None = None
    ticker: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    status: OrderStatus | None = None
    limit: Page = 100


class GetFCMPositionsQuery(msgspec.Struct):
    subtrader_id: SubtraderId
    ticker: str | None = None
    event_ticker: str | None = None
    count_filter: tuple[Literal["position", "total_traded", "resting_order_count"], ...] = ()
    settlement_status: Literal["all", "unsettled", "settled"] = "unsettled"
    limit: Page = 100
    cursor: str | None = None


class CreateFCMSubtraderRequest(msgspec.Struct):
    """1 to 16 letters and digits; the id is the FCM's user id, an underscore, and these."""

    subtrader_suffix: Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,16}$")]


class CreateFCMSubtraderResponse(msgspec.Struct):
    subtrader_id: str


class FCMSubtrader(msgspec.Struct, kw_only=True):
    """`trading_blocked`: by the exchange, it alone or its FCM with all subtraders."""

    subtrader_id: str
    exchange_indices: list[int]
    trading_blocked: bool
    fcm_trading_blocked: bool = False
    propagation_pending: bool = False


class ListFCMSubtradersResponse(msgspec.Struct):
    subtraders: list[FCMSubtrader]


class DailyCapQuery(msgspec.Struct):
    subtrader_id: SubtraderId


class GetDailyCapQuery(msgspec.Struct):
    """A key that is bound to a subtrader may leave it out."""

    subtrader_id: SubtraderId | None = None


class GetFCMEventContractDailyCapResponse(msgspec.Struct, kw_only=True):
    """Dollars. `executed_utilization` is the net premium of the fills of `cap_date` (New York)."""

    subtrader_id: str
    limit: str
    executed_utilization: str
    resting_order_utilization: str
    pending_order_utilization: str
    cap_date: str


class UpdateFCMEventContractDailyCapRequest(msgspec.Struct, kw_only=True):
    subtrader_id: SubtraderId
    limit: str
