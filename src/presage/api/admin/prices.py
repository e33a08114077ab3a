"""Prices of the outside world: an operator feeds them, streams tell them, nothing keeps them."""

from __future__ import annotations

from presage.api.admin.errors import refusal
from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.api.stream.prices import PriceTick, TooManyNames, parse_value
from presage.wire.admin import prices as wire


async def publish_prices(call: Call[None, wire.PublishPrices]) -> wire.PricesDone:
    """Tell index values or underlyings' prices to whoever follows them."""
    body, prices = call.body, services_of(call).prices
    written = await write(call, "prices.publish", body.source, lambda connection, audit: None)
    now = call.at // 1_000
    published = 0
    for price in body.prices:
        tick = PriceTick(
            name=price.id,
            text=price.value,
            value=parse_value(price.value),
            source_ms=now if price.source_ts_ms is None else price.source_ts_ms,
            received_ms=now,
        )
        try:
            published += prices.publish(body.source, tick)
        except TooManyNames:
            raise refusal(call, 409, "limit_reached", "a feed has at most 1,000 names") from None
    return wire.PricesDone(
        seq=written.seq,
        audit_id=written.audit_id,
        published=published,
        ignored=len(body.prices) - published,
    )
