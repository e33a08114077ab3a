"""Shapes of multivariate collections, and of asking for a combo."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.kalshi.markets import Market
from presage.wire.kalshi.orders import OutcomeSide, Text


class GetMultivariateEventCollectionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["unopened", "open", "closed"] | None = None
    associated_event_ticker: str | None = None
    series_ticker: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    cursor: str | None = None


class AssociatedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A size that is null is not limited."""

    ticker: str
    is_yes_only: bool
    size_min: int | None
    size_max: int | None
    active_quoters: tuple[str, ...]


class MultivariateEventCollection(msgspec.Struct, frozen=True, kw_only=True):
    """The last three but one are said by `associated_events` as well, for older clients."""

    collection_ticker: str
    series_ticker: str
    title: str
    description: str
    open_date: str
    close_date: str
    associated_events: list[AssociatedEvent]
    is_ordered: bool
    size_min: int
    size_max: int
    functional_description: str
    associated_event_tickers: list[str]
    is_single_market_per_event: bool
    is_all_yes: bool
    exchange_index: int


class GetMultivariateEventCollectionsResponse(msgspec.Struct, frozen=True):
    """`cursor` is empty on the last page."""

    multivariate_contracts: list[MultivariateEventCollection]
    cursor: str


class GetMultivariateEventCollectionResponse(msgspec.Struct, frozen=True):
    multivariate_contract: MultivariateEventCollection


class TickerPair(msgspec.Struct, frozen=True, kw_only=True):
    """One leg."""

    market_ticker: str
    event_ticker: str
    side: OutcomeSide


class SelectedMarket(msgspec.Struct, frozen=True, kw_only=True):
    """One leg, asked for. The official Python client of 3.2.0 can only say true and false."""

    market_ticker: Text
    event_ticker: Text
    side: Literal["yes", "no", "true", "false"]


SelectedMarkets = Annotated[list[SelectedMarket], Meta(max_length=100)]


class CreateMarketInMultivariateEventCollectionRequest(msgspec.Struct, kw_only=True):
    selected_markets: SelectedMarkets
    with_market_payload: bool | None = None


class CreateMarketInMultivariateEventCollectionResponse(msgspec.Struct, kw_only=True):
    event_ticker: str
    market_ticker: str
    market: Market | UnsetType = UNSET


class LookupTickersForMarketInMultivariateEventCollectionRequest(msgspec.Struct, kw_only=True):
    selected_markets: SelectedMarkets


class LookupTickersForMarketInMultivariateEventCollectionResponse(msgspec.Struct, kw_only=True):
    event_ticker: str
    market_ticker: str


class GetMultivariateEventCollectionLookupHistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    lookback_seconds: Literal[10, 60, 300, 3600]


class LookupPoint(msgspec.Struct, frozen=True, kw_only=True):
    event_ticker: str
    market_ticker: str
    selected_markets: list[TickerPair]
    last_queried_ts: str


class GetMultivariateEventCollectionLookupHistoryResponse(msgspec.Struct, frozen=True):
    """Newest first."""

    lookup_points: list[LookupPoint]
