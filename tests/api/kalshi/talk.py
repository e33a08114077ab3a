"""Steps of an RFQ's life over the API, for tests of what comes of them."""

from __future__ import annotations

from typing import Any, Final

from presage.units import SECOND
from presage.wire.kalshi.times import rfc3339
from tests.api.kalshi.world import DAY, NOON, TICKER, World

RFQS: Final = "/communications/rfqs"
QUOTES: Final = "/communications/quotes"
BLOCKS: Final = "/communications/block-trade-proposals"


async def asked(world: World, who: str = "ann", **more: Any) -> str:
    """An open RFQ; its id."""
    body = {"market_ticker": TICKER, "contracts": 10, "rest_remainder": False} | more
    made = await world.post(who, RFQS, body)
    rfq: str = made["id"]
    return rfq


async def answered(world: World, rfq: str, who: str = "bob", **more: Any) -> str:
    """A quote on it; its id."""
    body = {"rfq_id": rfq, "yes_bid": "0.40", "no_bid": "0.55", "rest_remainder": False} | more
    made = await world.post(who, QUOTES, body)
    quote: str = made["id"]
    return quote


async def accepted(world: World, quote: str, side: str = "yes", who: str = "ann") -> None:
    body = {"accepted_side": side}
    answer = await world.ask(who, "PUT", f"{QUOTES}/{quote}/accept", body)
    assert (answer.status, answer.body) == (204, b""), answer


async def confirmed(world: World, quote: str, who: str = "bob") -> None:
    answer = await world.ask(who, "PUT", f"{QUOTES}/{quote}/confirm")
    assert (answer.status, answer.body) == (204, b""), answer


async def after(world: World, seconds: int) -> None:
    """Time passes, and what is due happens."""
    world.clock.now += seconds * SECOND
    await world.services.gateway.submit(None)


def block_trade(**more: Any) -> dict[str, Any]:
    """Ann buys ten from Bob."""
    return {
        "buyer_user_id": "user-ann",
        "seller_user_id": "user-bob",
        "market_ticker": TICKER,
        "price_centi_cents": 4_500,
        "centicount": 1_000,
        "maker_side": "yes",
        "expiration_ts": rfc3339(NOON + DAY),
    } | more


async def executed(world: World, side: str = "yes", **more: Any) -> tuple[str, str]:
    """An RFQ and a quote that have come to their end."""
    rfq = await asked(world, **more)
    quote = await answered(world, rfq)
    await accepted(world, quote, side)
    await confirmed(world, quote)
    await after(world, 15)
    return rfq, quote
