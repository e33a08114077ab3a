"""Frames of the stream of server-sent events: what happens in options' books, and their trades."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Shape
from presage.wire.site.events import Number, Status


class Follow(Shape):
    """Which options: ids or market tickers."""

    option_id: tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...]


class LevelChange(Shape):
    """What rests at a price of YES now, bids (BUY) or asks (SELL); 0: nothing any more."""

    side: Literal["BUY", "SELL"]
    price_cents: Number
    quantity: Number
    orders: int


class BookChange(Shape):
    option_id: str
    sequence: int
    changes: list[LevelChange]


class TradeTold(Shape):
    """`side` is the taker's; the price is that of YES."""

    option_id: str
    sequence: int
    trade_id: str
    price_cents: Number
    quantity: Number
    side: Literal["YES", "NO"]
    at: str


class StatusTold(Shape):
    option_id: str
    sequence: int
    status: Status


class Beat(Shape):
    """Nothing has happened: each option's sequence is still this."""

    sequences: dict[str, int]


class Frame(Shape):
    """One event of the stream. `data` is JSON: an order book for `snapshot`, then a BookChange, a
    TradeTold, a StatusTold or a Beat, by the event's name. `id` is the sequence."""

    event: Literal["snapshot", "book", "trade", "status", "heartbeat"]
    data: Annotated[str, Meta(extra_json_schema={"contentMediaType": "application/json"})]
    id: str = ""
