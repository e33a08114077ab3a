"""The house quotes what operators switch on, and stops when they switch it off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.app.demo.content import house_lines
from presage.app.demo.seed import seed, seed_house
from presage.units import SECOND
from presage.workers.market_maker import MarketMaker
from tests.api.site.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    yield world
    world.close()


@pytest.fixture(scope="module")
def maker(world: World) -> MarketMaker:
    services = world.running.services
    maker = MarketMaker(services.gateway, services.clock, (), reader=services.reader)
    world.do(maker.prepare())
    return maker


def step(world: World, maker: MarketMaker) -> None:
    world.now += 30 * SECOND
    world.do(maker.step(world.now))


def book(world: World, ticker: str) -> Any:
    return world.send("GET", f"/api/orderbook/{ticker}").json


def test_an_option_is_quoted_until_it_is_switched_off(world: World, maker: MarketMaker) -> None:
    ticker, other = world.list_market("HOUSE-1"), world.list_market("HOUSE-2")
    id = book(world, ticker)["optionId"]
    path = f"/house-liquidity/{id}"
    for action in ("stop", "resize"):
        assert world.refused("POST", path, action=action) == (409, "wrong_status")
    line = world.admin("POST", path, action="start", fairProbBps=3_000, askLimitCents=34, size=40)
    assert line["line"] == {
        "optionId": id,
        "marketTicker": ticker,
        "active": True,
        "size": 40,
        "fairProbBps": 3_000,
        "askLimitCents": 34,
    }
    step(world, maker)
    quoted = book(world, ticker)
    assert quoted["yes"]["bids"][0]["priceCents"] < quoted["yes"]["asks"][0]["priceCents"] <= 34
    assert book(world, other)["yes"] == {"bids": [], "asks": []}
    # bought away, it is there again a step later
    world.order(world.one, ticker, "bid", "0.3400", "40.00")
    world.do(maker.step(world.now))
    asks = book(world, ticker)["yes"]["asks"]
    assert sum(one["quantity"] for one in asks if one["priceCents"] <= 34) >= 40
    before = asks[0]["quantity"]
    world.admin("POST", path, action="resize", size=400)
    step(world, maker)
    assert book(world, ticker)["yes"]["asks"][0]["quantity"] > before
    assert not world.admin("POST", path, action="stop")["line"]["active"]
    step(world, maker)
    assert book(world, ticker)["yes"] == {"bids": [], "asks": []}


def test_what_rested_when_the_house_was_away_is_taken_back(world: World) -> None:
    ticker = world.list_market("HOUSE-3")
    services = world.running.services
    world.admin("POST", f"/house-liquidity/{ticker}", action="start")
    first = MarketMaker(services.gateway, services.clock, (), reader=services.reader)
    world.do(first.prepare())
    assert book(world, ticker)["yes"]["bids"] != []
    world.admin("POST", f"/house-liquidity/{ticker}", action="stop")
    second = MarketMaker(services.gateway, services.clock, (), reader=services.reader)
    world.do(second.prepare())
    assert book(world, ticker)["yes"] == {"bids": [], "asks": []}


def test_a_subsidised_event_is_quoted_from_its_publication_on(
    world: World, maker: MarketMaker
) -> None:
    world.admin(
        "POST",
        "/events",
        title="Subsidised",
        category="Economics",
        closeAt="2028-01-01T00:00:00Z",
        options=[{"label": "A", "openingProbBps": 2_000}, {"label": "B"}],
        liquidity={"kind": "HOUSE_LMSR", "subsidyCents": 100_000},
    )
    event = world.admin("POST", "/events/subsidised/publish")["event"]
    step(world, maker)
    for option, fair in zip(event["options"], (20, 50), strict=True):
        bids = book(world, option["marketTicker"])["yes"]["bids"]
        assert abs(bids[0]["priceCents"] - fair) < 5


def test_the_demo_offers_what_the_example_buys(world: World, maker: MarketMaker) -> None:
    services = world.running.services
    world.do(seed(services.gateway, services.clock))
    world.do(seed_house(services.gateway, services.clock, house_lines()))
    step(world, maker)
    event = world.send("GET", "/api/events/fed-rate-cut-june").json["event"]
    (option,) = event["options"]
    assert option["label"] == "Yes"
    asks = book(world, option["id"])["yes"]["asks"]
    assert sum(one["quantity"] for one in asks if one["priceCents"] <= 34) >= 10
    # what an operator has switched off stays off when the demo is looked at again
    world.admin("POST", f"/house-liquidity/{option['id']}", action="stop")
    world.do(seed_house(services.gateway, services.clock, house_lines()))
    step(world, maker)
    assert book(world, option["id"])["yes"]["asks"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "more"},
        {"action": "start", "size": 0},
        {"action": "start", "fairProbBps": 10_000},
    ],
)
def test_a_wish_that_cannot_be(world: World, fields: dict[str, Any]) -> None:
    assert world.refused("POST", "/house-liquidity/HOUSE-1", **fields)[0] == 400
    assert world.refused("POST", "/house-liquidity/NOTHING", action="start")[0] == 404
