"""The WebSocket opened with a Bearer key or from our own pages, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from presage.api.server import Server
from presage.api.stream.door import PATH
from tests.api.asking import JSON_TYPE, ask, request
from tests.api.site.world import Member, World

T = TypeVar("T")


def connected(
    world: World,
    headers: dict[str, str],
    talk: Callable[[ClientConnection], Awaitable[T]],
    **more: Any,
) -> T:
    """What comes of a talk over a connection with these headers."""

    async def whole() -> T:
        running = world.running
        server = Server(running.door.respond, upgrade=running.streams.upgrade)
        port = await server.listen("127.0.0.1", 0)
        sent = {name: text.replace("PORT", str(port)) for name, text in headers.items()}
        url = f"ws://127.0.0.1:{port}{PATH}"
        try:
            async with connect(url, additional_headers=sent, ping_interval=None, **more) as client:
                return await talk(client)
        finally:
            await server.close()

    return world.do(whole())


async def subscribed(client: ClientConnection) -> Any:
    """What a private channel answers."""
    await client.send(json.dumps({"id": 1, "cmd": "subscribe", "params": {"channels": ["fill"]}}))
    return json.loads(await asyncio.wait_for(client.recv(), 5))["type"]


def status(world: World, headers: dict[str, str]) -> int:
    """With what a handshake is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        connected(world, headers, subscribed)
    return refusal.value.response.status_code


def from_our_pages(member: Member) -> dict[str, str]:
    return {"Cookie": member.cookie, "Origin": "http://127.0.0.1:PORT"}


def test_a_bearer_key_and_a_browser_on_our_pages_are_let_in(world: World) -> None:
    member = world.join()
    bearer = {"Authorization": f"Bearer {member.key()}"}
    assert connected(world, bearer, subscribed) == "subscribed"
    assert connected(world, from_our_pages(member), subscribed) == "subscribed"


def test_strangers_and_foreign_pages_are_not(world: World) -> None:
    member = world.join()
    assert status(world, {}) == 401
    assert status(world, {"Authorization": "Bearer pred_nonsense"}) == 401
    assert status(world, {"Cookie": member.cookie}) == 403
    assert status(world, {"Cookie": member.cookie, "Origin": "http://evil.test"}) == 403


def test_a_key_without_the_scope_hears_nothing_private(world: World) -> None:
    key = world.join().key("social")
    assert connected(world, {"Authorization": f"Bearer {key}"}, subscribed) == "error"


def test_a_connection_ends_with_its_session(world: World) -> None:
    member = world.join()

    async def talk(client: ClientConnection) -> str:
        assert await subscribed(client) == "subscribed"
        headers = (*member.browser(), JSON_TYPE)
        await ask(world.running.door, request("POST", "/api/auth/logout", headers, b"{}"))
        world.running.streams.tick()
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(client.recv(), 5)
        return str(closed.value)

    assert "revoked" in connected(world, from_our_pages(member), talk)
