"""kalshi_python_async 3.2.0, unmodified: the same door from many tasks at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import kalshi_python_async
import pytest
from kalshi_python_async.exceptions import ApiException

from tests.compat.client import Client, Member

# The package declares types and exports no names: here it is what it is at run time.
kalshi: Any = kalshi_python_async
Sdk = Any

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def connected(member: Client) -> AsyncIterator[Sdk]:
    configuration = kalshi.Configuration(host=f"http://127.0.0.1:{member.port}/trade-api/v2")
    configuration.api_key_id = member.key_id
    configuration.private_key_pem = member.pem
    client = kalshi.KalshiClient(configuration)
    try:
        yield client
    finally:
        await client.close()


async def buy(client: Sdk, ticker: str, side: str, cents: int, count: int, **more: Any) -> Any:
    price = {f"{side}_price": cents}
    more.setdefault("client_order_id", str(uuid4()))
    answer = await client.create_order(
        ticker=ticker, action="buy", side=side, count=count, **price, **more
    )
    return answer.order


async def test_reads(one: Member, market: str) -> None:
    async with connected(one) as sdk:
        assert (await sdk.get_exchange_status()).trading_active
        assert (await sdk.get_market(market)).market.ticker == market
        assert (await sdk.get_markets(limit=1)).markets
        assert (await sdk.get_market_orderbook(market)).orderbook.yes_dollars == []
        assert (await sdk.get_balance()).balance > 0


async def test_many_orders_at_once_all_rest(one: Member, market: str) -> None:
    async with connected(one) as sdk:
        before = one.balance()
        orders = await asyncio.gather(*(buy(sdk, market, "yes", 10, 1) for _ in range(30)))
        assert len({order.order_id for order in orders}) == 30
        assert one.balance() == before - 30 * 100_000
        book = (await sdk.get_market_orderbook(market)).orderbook
        assert book.yes_dollars == [["0.1000", "30.00"]]
        for start in (0, 20):
            ids = [order.order_id for order in orders[start : start + 20]]
            await sdk.batch_cancel_orders(ids=ids)
        assert one.balance() == before


async def test_two_members_cross(one: Member, two: Member, market: str) -> None:
    async with connected(one) as maker, connected(two) as taker:
        await buy(maker, market, "no", 60, 9)
        taken = await asyncio.gather(*(buy(taker, market, "yes", 40, 1) for _ in range(9)))
        assert [order.fill_count for order in taken] == [1] * 9
        assert sum(fill.count for fill in (await maker.get_fills(ticker=market)).fills) == 9
        (held,) = (await taker.get_positions(ticker=market)).market_positions
        assert held.position == 9


async def test_the_life_of_an_order(one: Member, market: str) -> None:
    async with connected(one) as sdk:
        order = await buy(sdk, market, "yes", 20, 10)
        amended = await sdk.amend_order(
            order.order_id,
            ticker=market,
            action="buy",
            side="yes",
            client_order_id=order.client_order_id,
            updated_client_order_id=str(uuid4()),
            yes_price=22,
            count=9,
        )
        assert (amended.order.yes_price, amended.order.remaining_count) == (22, 9)
        assert (await sdk.decrease_order(order.order_id, reduce_by=4)).order.remaining_count == 5
        assert (await sdk.get_order_queue_position(order.order_id)).queue_position == 0
        assert (await sdk.cancel_order(order.order_id)).reduced_by == 5
        with pytest.raises(ApiException) as refusal:
            await sdk.cancel_order(order.order_id)
        assert refusal.value.status == 404


async def test_groups(one: Member, market: str) -> None:
    async with connected(one) as sdk:
        group = (await sdk.create_order_group(contracts_limit=10)).order_group_id
        order = await buy(sdk, market, "yes", 10, 1, order_group_id=group)
        assert (await sdk.get_order_group(group)).orders == [order.order_id]
        await sdk.delete_order_group(group)
        assert (await sdk.get_order(order.order_id)).order.status == "canceled"
