"""What the price-feed channels carry in `msg`: CF Benchmarks indexes and Pyth underlyings."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType


class Average(msgspec.Struct, frozen=True):
    """A mean over a window; `value` in dollars with 8 decimals."""

    value: str
    window_size: int
    window_start_ts_ms: int
    window_end_ts_exclusive: int


class IndexIds(msgspec.Struct, frozen=True):
    """Indexes, by id."""

    index_ids: list[str]


class Underlyings(msgspec.Struct, frozen=True):
    """Underlyings, by ticker."""

    underlying_tickers: list[str]


class IndexValue(msgspec.Struct, frozen=True):
    """A value of an index, with its averages; `data` is the vendor's frame."""

    index_id: str
    received_at: int
    data: str
    avg_60s_data: Average
    last_60s_windowed_average_15min: Average | UnsetType = UNSET


class FastValue(msgspec.Struct, frozen=True):
    """A value of an index, up to five times a second."""

    index_id: str
    value_usd: str
    source_ts_ms: int
    received_at: int
    data: str


class UnderlyingValue(msgspec.Struct, frozen=True):
    """A price of an underlying."""

    underlying_ticker: str
    value_usd: str
    source_ts_ms: int
    received_at: int
