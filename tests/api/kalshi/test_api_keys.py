"""API keys: made, listed, used, deleted."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.api.signatures import generate_key_pair, load_public_key
from presage.identity.api_keys import MAX_KEYS, ApiKey, Keys, add, revoke
from tests.api.kalshi.world import World

pytestmark = pytest.mark.anyio

KEYS: Final = "/api_keys"
PRIVATE, PUBLIC = generate_key_pair()


async def test_a_key_works_from_its_making_to_its_deletion(world: World) -> None:
    body = {"name": "bot", "public_key": PUBLIC, "scopes": ["read", "write::trade"]}
    key = (await world.post("ann", KEYS, body | {"subaccount": 1}))["api_key_id"]
    record = world.services.keys.find(key)
    assert record is not None
    assert (record.member, record.user_id, record.subaccount) == (1, "user-ann", 1)
    assert record.scopes == {"read", "write::trade"}
    assert load_public_key(record.public_key_pem) == load_public_key(PUBLIC)
    (listed,) = (await world.get("ann", KEYS))["api_keys"]
    assert listed == {
        "api_key_id": key,
        "name": "bot",
        "scopes": ["read", "write::trade"],
        "subaccount": 1,
    }
    assert (await world.get("bob", KEYS))["api_keys"] == []
    assert (await world.ask("bob", "DELETE", f"{KEYS}/{key}")).status == 404
    assert world.services.keys.find(key) is not None

    deleted = await world.ask("ann", "DELETE", f"{KEYS}/{key}")
    assert (deleted.status, deleted.body) == (204, b"")
    assert world.services.keys.find(key) is None
    assert (await world.ask("ann", "DELETE", f"{KEYS}/{key}")).status == 404
    assert (await world.get("ann", KEYS))["api_keys"] == []


async def test_a_generated_key_is_shown_once(world: World) -> None:
    made = await world.post("ann", f"{KEYS}/generate", {"name": "bot"})
    assert made["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
    record = world.services.keys.find(made["api_key_id"])
    assert record is not None
    assert record.scopes == {"read", "write"}
    assert made["private_key"] not in str(await world.get("ann", KEYS))


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 129},
        {"public_key": ""},
        {"public_key": PRIVATE},
        {"public_key": PUBLIC + PUBLIC},
        {"public_key": PUBLIC.replace("M", "N", 3)},
        {"scopes": []},
        {"scopes": ["write"]},
        {"scopes": ["admin"]},
        {"subaccount": 64},
    ],
)
async def test_keys_that_cannot_be(world: World, change: dict[str, Any]) -> None:
    body = {"name": "bot", "public_key": PUBLIC} | change
    assert (await world.ask("ann", "POST", KEYS, body)).status == 400
    assert (await world.get("ann", KEYS))["api_keys"] == []


async def test_a_key_for_a_subaccount_that_was_never_opened(world: World) -> None:
    body = {"name": "bot", "public_key": PUBLIC, "subaccount": 9}
    assert (await world.ask("ann", "POST", KEYS, body)).status == 404


@pytest.mark.parametrize("who", ["ann-reads", "ann-trades", "ann-locked"])
async def test_lesser_keys_make_no_keys(world: World, who: str) -> None:
    body = {"name": "bot", "public_key": PUBLIC}
    assert (await world.ask(who, "POST", KEYS, body)).status == 403


async def test_how_many_keys_a_member_may_have(world: World) -> None:
    def fill(connection: Any) -> None:
        for number in range(MAX_KEYS):
            add(connection, ApiKey(f"key-{number}", 1, "bot", PUBLIC, ("read",), None, number))

    await world.services.gateway.submit(None, fill)
    body = {"name": "bot", "public_key": PUBLIC}
    answer = await world.ask("ann", "POST", KEYS, body)
    assert (answer.status, answer.error["code"]) == (400, "too_many_api_keys")
    await world.services.gateway.submit(None, lambda c: revoke(c, 1, "key-0", 5))
    assert (await world.ask("ann", "POST", KEYS, body)).status == 201


async def test_only_live_keys_are_loaded(world: World) -> None:
    made = [
        (await world.post("ann", KEYS, {"name": "bot", "public_key": PUBLIC}))["api_key_id"]
        for _ in range(2)
    ]
    await world.ask("ann", "DELETE", f"{KEYS}/{made[0]}")
    keys = Keys()
    await world.services.reader.run(keys.load)
    assert keys.find(made[0]) is None
    assert keys.find(made[1]) == world.services.keys.find(made[1])
