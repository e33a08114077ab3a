"""Orders and positions are their owner's; options are everybody's."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.cases_kalshi import TICKER, ticker
from tests.api.ownership.matrix import Case, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.world import World

_BUY: Final = {"side": "YES", "action": "BUY", "quantity": 1}


def option(world: World, party: Party) -> str:
    return ticker(world, party)


def offered(world: World, party: Party) -> str:
    """An option that somebody sells."""
    ticker(world, party)
    world.order(world.one, TICKER, "ask", "0.9800", "1.00")
    return TICKER


def order(world: World, party: Party) -> str:
    body = _BUY | {"optionId": option(world, party), "limitPriceCents": 1}
    made = party.site.call("POST", "/api/limit-orders", body)
    assert made.status == 201, made.body
    return str(made.json["order"]["id"])


def position(world: World, party: Party) -> str:
    body = _BUY | {"optionId": offered(world, party), "priceCents": 98}
    made = party.site.call("POST", "/api/trades", body)
    assert made.status == 201, made.body
    return str(made.json["position"]["id"])


CASES: Final[dict[str, Case]] = {
    "CreateTrade": public(offered, where="body", name="optionId", body=_BUY | {"priceCents": 98}),
    "CreateLimitOrder": public(
        option, where="body", name="optionId", body=_BUY | {"limitPriceCents": 1}
    ),
    "ListTrades": public(option, where="query", name="optionId", absent=(200,)),
    "ListLimitOrders": public(option, where="query", name="optionId", absent=(200,)),
    "CancelLimitOrder": owned(order),
    "CancelLimitOrders": public(option, where="query", name="optionId"),
    "SetProtections": owned(position, body={"stopLossProbBps": 1}),
}
