"""Series, events and markets, their fees, and what operators do to markets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request, ShortText, Text, Ticker, Word
from presage.wire.admin.shards import AnyShard

Moment = Annotated[datetime, Meta(tz=True)]
FeeType = Literal[
    "quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees", "flat"
]
Multiplier = Annotated[str, Meta(max_length=16)]
"""A decimal with up to 4 places, such as `0.5`."""
Seconds = Annotated[int, Meta(ge=0, le=31_622_400)]
Words = Annotated[tuple[ShortText, ...], Meta(max_length=50)]


class Source(msgspec.Struct, forbid_unknown_fields=True):
    """Where an outcome is looked up."""

    name: ShortText
    url: ShortText


Sources = Annotated[tuple[Source, ...], Meta(max_length=50)]


class CreateSeries(Request, kw_only=True):
    ticker: Ticker
    title: ShortText = ""
    category: ShortText = ""
    tags: Words = ()
    frequency: Word = ""
    contract_url: ShortText = ""
    contract_terms_url: ShortText = ""
    settlement_sources: Sources = ()
    additional_prohibitions: Words = ()
    product_metadata: dict[str, Any] | None = None
    fee_type: FeeType = "quadratic"
    fee_multiplier: Multiplier = "1"
    exchange_index: AnyShard = 0


class CreateEvent(Request, kw_only=True):
    """`collateral_return_type` MECNET needs `mutually_exclusive`. Without `exchange_index` the
    event is where its series is."""

    event_ticker: Ticker
    series_ticker: Ticker
    title: ShortText = ""
    sub_title: ShortText = ""
    category: ShortText = ""
    mutually_exclusive: bool = False
    collateral_return_type: Literal["", "MECNET"] = ""
    strike_date: Moment | None = None
    strike_period: ShortText | None = None
    settlement_sources: Sources = ()
    product_metadata: dict[str, Any] | None = None
    image_url: ShortText = ""
    featured_image_url: ShortText = ""
    exchange_index: AnyShard | None = None


class CreateMarket(Request, kw_only=True):
    """Without `open_time` the market opens at once. In high-volatility markets quotes have short
    windows."""

    ticker: Ticker
    event_ticker: Ticker
    close_time: Moment
    open_time: Moment | None = None
    settlement_timer_seconds: Seconds = 0
    can_close_early: bool = True
    price_level_structure: Word = "linear_cent"
    fee_waiver_expiration_time: Moment | None = None
    is_provisional: bool = False
    is_high_volatility: bool = False
    title: ShortText = ""
    subtitle: ShortText = ""
    yes_sub_title: ShortText = ""
    no_sub_title: ShortText = ""
    rules_primary: Text = ""
    rules_secondary: Text = ""
    early_close_condition: Text | None = None
    strike_type: Word | None = None
    floor_strike: int | float | None = None
    cap_strike: int | float | None = None
    functional_strike: ShortText | None = None
    custom_strike: dict[str, Any] | None = None
    expected_expiration_time: Moment | None = None
    latest_expiration_time: Moment | None = None
    image_url: ShortText = ""
    occurrence_datetime: Moment | None = None
    primary_participant_key: ShortText | None = None


class Created(Done, kw_only=True):
    ticker: str


class Fees(msgspec.Struct, kw_only=True):
    """An event without an override has an empty `fee_type` and follows its series."""

    ticker: str
    fee_type: str
    fee_multiplier: str


class SetSeriesFees(Request, kw_only=True):
    """For orders placed from now on, or from `scheduled_ts` on."""

    fee_type: FeeType
    fee_multiplier: Multiplier = "1"
    scheduled_ts: Moment | None = None


class SetEventFees(Request, kw_only=True):
    """An empty `fee_type` ends the override; with `scheduled_ts` from then on."""

    fee_type: FeeType | Literal[""]
    fee_multiplier: Multiplier = "1"
    scheduled_ts: Moment | None = None


class FeesDone(Done, kw_only=True):
    """`fees` as they are now; `change_id` names the change, made or to come."""

    fees: Fees
    change_id: str


class Act(Request, kw_only=True):
    """A verb that needs nothing but a reason."""


class PauseMarket(Request, kw_only=True):
    """`cancel_orders` cancels at once what would be cancelled on resume."""

    cancel_orders: bool = False


Outcome = Annotated[str, Meta(max_length=8)]
"""`yes`, `no`, or what YES is worth in dollars, such as `0.37`."""


class Determine(Request, kw_only=True):
    """`expiration_value` is the words that markets print it with."""

    result: Outcome
    expiration_value: ShortText = ""


class Settle(Request, kw_only=True):
    """With a `result` a market that is not determined yet is closed and determined first."""

    result: Outcome | None = None
    expiration_value: ShortText = ""


class Void(Request, kw_only=True):
    """With a `value` the market is settled at it, else all trading in it is undone."""

    value: Outcome | None = None


class SetTimes(Request, kw_only=True):
    close_time: Moment | None = None
    open_time: Moment | None = None


class SetStructure(Request, kw_only=True):
    price_level_structure: Word


class Market(msgspec.Struct, kw_only=True):
    """`status` is the exchange's own word (initialized, active, inactive, closed, determined,
    disputed, amended, finalized)."""

    ticker: str
    event_ticker: str
    status: str
    result: str
    settlement_value: str
    open_time: str
    close_time: str
    price_level_structure: str
    open_interest: str


class MarketDone(Done, kw_only=True):
    market: Market
