"""Declaring exchange shards, listing events on them, putting money there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.admin.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An exchange of its own: a shard stays."""
    world = World(tmp_path)
    yield world
    world.close()


STATUS = "/trade-api/v2/exchange/status"


def declared(world: World, shard: int = 2, description: str = "Crypto") -> None:
    done = world.admin("POST", "/shards", exchange_index=shard, description=description)
    assert done["shard"] == {"exchange_index": shard, "description": description}


def test_a_shard_is_declared_described_and_audited(world: World) -> None:
    declared(world)
    shards = [
        {"exchange_index": 0, "description": "default"},
        {"exchange_index": 2, "description": "Crypto"},
    ]
    assert world.admin("GET", "/shards")["shards"] == shards
    statuses = world.call("GET", STATUS).json["exchange_index_statuses"]
    assert [(one["exchange_index"], one["description"]) for one in statuses] == [
        (0, "default"),
        (2, "Crypto"),
    ]
    actions = [act["action"] for act in world.admin("GET", "/audit?subject=2")["rows"]]
    assert "shard.declare" in actions


def test_a_shard_is_declared_once(world: World) -> None:
    declared(world)
    assert world.refused("POST", "/shards", exchange_index=2) == (409, "shard_exists")
    for wrong in (0, 64, -1):
        assert world.refused("POST", "/shards", exchange_index=wrong)[0] == 400


def test_events_are_listed_where_the_operator_says(world: World) -> None:
    declared(world)
    world.admin("POST", "/series", ticker="COIN", exchange_index=2)
    for ticker, shard in (("COIN-A", None), ("COIN-B", 0)):
        words = {"event_ticker": ticker, "series_ticker": "COIN", "exchange_index": shard}
        world.admin("POST", "/events", **words)
    found = {
        ticker: world.call("GET", f"/trade-api/v2/events/{ticker}").json["event"]["exchange_index"]
        for ticker in ("COIN-A", "COIN-B")
    }
    assert found == {"COIN-A": 2, "COIN-B": 0}
    assert world.call("GET", "/trade-api/v2/series/COIN").json["series"]["exchange_index"] == 2
    assert world.refused("POST", "/series", ticker="COAL", exchange_index=3)[0] == 400
    more: dict[str, Any] = {"event_ticker": "COIN-C", "series_ticker": "COIN"}
    assert world.refused("POST", "/events", exchange_index=3, **more)[0] == 400


def test_a_deposit_opens_the_account_and_a_withdrawal_does_not(world: World) -> None:
    declared(world)
    everybody = world.admin("GET", "/members")["members"]
    member = next(one for one in everybody if one["role"] == "member")
    path = f"/members/{member['id']}/funds"
    assert world.refused("POST", path, amount="1", kind="withdrawal", exchange_index=2)[0] == 400
    assert world.refused("POST", path, amount="1", exchange_index=2, subaccount=1)[0] == 400
    assert world.refused("POST", path, amount="1", exchange_index=3)[0] == 400
    assert world.admin("POST", path, amount="5", exchange_index=2)["cash"] == "5.0000"
    accounts = world.admin("GET", f"/members/{member['id']}")["member"]["accounts"]
    assert [(one["exchange_index"], one["cash"]) for one in accounts][-1] == (2, "5.0000")


def test_shards_outlive_a_restart(world: World) -> None:
    declared(world)
    after = world.restarted()
    try:
        assert len(after.admin("GET", "/shards")["shards"]) == 2
    finally:
        world.__dict__ |= after.__dict__  # the one that the fixture closes
