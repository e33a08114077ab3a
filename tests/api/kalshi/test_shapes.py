"""Every reply is what three generations of published schemas and an old client's models accept."""

from __future__ import annotations

from typing import Any, Final

import pytest
from kalshi_python_sync import models

from tests.api.kalshi.conversation import conversation
from tests.api.kalshi.talk import accepted, after, answered, asked, confirmed
from tests.api.kalshi.world import World
from tests.wire.contract import complaints, describes, needs_reference

pytestmark = pytest.mark.anyio

RESTING_VALUE: Final = "/portfolio/summary/total_resting_order_value"


@needs_reference
@pytest.mark.parametrize(
    ("name", "fewest"),
    [("openapi-3.30.json", 60), ("openapi-3.21.yaml", 45), ("openapi-3.13.yaml", 40)],
)
async def test_replies_are_as_published(world: World, name: str, fewest: int) -> None:
    checked = 0
    found = []
    for method, path, status, body in await conversation(world):
        if not describes(name, method, path):
            continue
        checked += 1
        found += [
            f"{method} {path}: {one}"
            for one in complaints(name, method, path, status, _without_nulls(body))
        ]
    assert found == []
    assert checked >= fewest


def _without_nulls(body: Any) -> Any:
    """Failed items of a batch print null; some editions of the schemas know only "left out"."""
    if isinstance(body, dict):
        return {key: _without_nulls(value) for key, value in body.items() if value is not None}
    if isinstance(body, list):
        return [_without_nulls(value) for value in body]
    return body


@needs_reference
@pytest.mark.parametrize("name", ["openapi-3.30.json", "openapi-3.21.yaml", "openapi-3.13.yaml"])
async def test_a_quote_is_as_published_in_every_state(world: World, name: str) -> None:
    path = "/communications/quotes/{quote_id}"
    rfq = await asked(world, contracts=None, target_cost_dollars="5")
    quote = await answered(world, rfq, post_only=True)
    states = []
    for step in (None, accepted(world, quote, "no"), confirmed(world, quote), after(world, 15)):
        if step is not None:
            await step
        for who in ("ann", "bob"):
            body = await world.get(who, f"/communications/quotes/{quote}")
            assert complaints(name, "GET", path, 200, body) == []
            states.append(body["quote"]["status"])
        listed = await world.get("ann", f"/communications/rfqs?status={_rfq_state(states)}")
        assert [row["id"] for row in listed["rfqs"]] == [rfq]
        assert complaints(name, "GET", "/communications/rfqs", 200, listed) == []
    assert states[::2] == ["open", "accepted", "confirmed", "executed"]


def _rfq_state(states: list[str]) -> str:
    return "closed" if states[-1] == "executed" else "open"


MODELS: Final = {
    ("POST", "/portfolio/orders"): "CreateOrderResponse",
    ("GET", "/portfolio/orders"): "GetOrdersResponse",
    ("GET", "/portfolio/orders/{order_id}"): "GetOrderResponse",
    ("DELETE", "/portfolio/orders/{order_id}"): "CancelOrderResponse",
    ("POST", "/portfolio/orders/{order_id}/amend"): "AmendOrderResponse",
    ("POST", "/portfolio/orders/{order_id}/decrease"): "DecreaseOrderResponse",
    ("POST", "/portfolio/orders/batched"): "BatchCreateOrdersResponse",
    ("DELETE", "/portfolio/orders/batched"): "BatchCancelOrdersResponse",
    ("GET", "/portfolio/orders/{order_id}/queue_position"): "GetOrderQueuePositionResponse",
    ("GET", "/portfolio/orders/queue_positions"): "GetOrderQueuePositionsResponse",
    ("GET", "/portfolio/order_groups"): "GetOrderGroupsResponse",
    ("GET", "/portfolio/order_groups/{order_group_id}"): "GetOrderGroupResponse",
    ("POST", "/portfolio/order_groups/create"): "CreateOrderGroupResponse",
    ("GET", "/portfolio/balance"): "GetBalanceResponse",
    ("GET", "/portfolio/positions"): "GetPositionsResponse",
    ("GET", "/portfolio/fills"): "GetFillsResponse",
    ("GET", "/portfolio/settlements"): "GetSettlementsResponse",
    ("GET", RESTING_VALUE): "GetPortfolioRestingOrderTotalValueResponse",
    ("GET", "/communications/id"): "GetCommunicationsIDResponse",
    ("GET", "/communications/rfqs"): "GetRFQsResponse",
    ("POST", "/communications/rfqs"): "CreateRFQResponse",
    ("GET", "/communications/rfqs/{rfq_id}"): "GetRFQResponse",
    ("GET", "/communications/quotes"): "GetQuotesResponse",
    ("POST", "/communications/quotes"): "CreateQuoteResponse",
    ("GET", "/communications/quotes/{quote_id}"): "GetQuoteResponse",
    ("GET", "/api_keys"): "GetApiKeysResponse",
    ("POST", "/api_keys/generate"): "GenerateApiKeyResponse",
}


async def test_replies_fit_the_models_of_a_published_client(world: World) -> None:
    met = set()
    for method, path, _, body in await conversation(world):
        if (method, path) in MODELS:
            met.add((method, path))
            model: Any = getattr(models, MODELS[method, path])
            assert model.from_dict(body) is not None
    assert met == MODELS.keys()
