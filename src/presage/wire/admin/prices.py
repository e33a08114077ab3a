"""Prices of the outside world that an operator feeds to the stream."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request

MAX_PRICES = 1_000


class Price(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`id` is an index or an underlying, `value` dollars with up to 8 decimals, `source_ts_ms` when
    it was so (default: now)."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    value: Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,8})?$", max_length=24)]
    source_ts_ms: Annotated[int, Meta(ge=0, le=1 << 53)] | None = None


class PublishPrices(Request, kw_only=True):
    """In the order in which they came; one that is not newer than the last of its id is ignored."""

    source: Literal["cfbenchmarks", "pyth"]
    prices: Annotated[list[Price], Meta(min_length=1, max_length=MAX_PRICES)]


class PricesDone(Done, kw_only=True):
    published: int
    ignored: int
