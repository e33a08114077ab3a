"""A whole exchange behind the server's own listener, and clients that sign their handshake."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

from presage.api.auth import SignatureAuth
from presage.api.faults import unknown_route
from presage.api.http import Answer, Request
from presage.api.server import Server
from presage.api.signatures import sign
from presage.api.stream.door import PATH, StreamDoor
from presage.api.stream.hub import Hub
from presage.api.stream.limits import Limits
from presage.api.stream.views import Views
from presage.app.build import OUTAGES, wall_clock
from presage.feeds.blotters import Blotters
from presage.identity.records import KeyRecord
from tests.api.kalshi.world import World, opened
from tests.api.keys import pair

KEY_ID: Final = "11111111-1111-1111-1111-111111111111"
BOTH: Final = frozenset({"read", "write"})


async def _no_door(_: Request) -> Answer:
    raise unknown_route()


class Exchange:
    """A world with a stream door that listens."""

    def __init__(self, world: World, door: StreamDoor, port: int) -> None:
        self.world = world
        self.door = door
        self.port = port
        self._key, public = pair()
        world.services.keys.put(KeyRecord(KEY_ID, 1, "user-ann", public, BOTH))

    def headers(self, path: str = PATH, **more: str) -> dict[str, str]:
        """A signed handshake's headers."""
        at = str(time.time_ns() // 1_000_000)
        return {
            "KALSHI-ACCESS-KEY": KEY_ID,
            "KALSHI-ACCESS-TIMESTAMP": at,
            "KALSHI-ACCESS-SIGNATURE": sign(self._key, at, "GET", path),
        } | more

    @asynccontextmanager
    async def client(self, **more: Any) -> AsyncIterator[Socket]:
        """The `websockets` client, connected."""
        url = f"ws://127.0.0.1:{self.port}{PATH}"
        options: dict[str, Any] = {"additional_headers": self.headers(), "ping_interval": None}
        async with connect(url, **options | more) as connection:
            yield Socket(connection)


class Socket:
    """A connected client."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._id = 0

    async def ask(self, cmd: str, **params: Any) -> Any:
        """Send a command; the first message after it."""
        self._id += 1
        await self.send({"id": self._id, "cmd": cmd, "params": params})
        return await self.hear()

    async def send(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))

    async def hear(self) -> Any:
        """The next message."""
        return json.loads(await asyncio.wait_for(self.connection.recv(), 5))


@asynccontextmanager
async def listening(directory: Path, limits: Limits | None = None) -> AsyncIterator[Exchange]:
    """Ann and Bob of the API's world, with their exchange on a port."""
    async with opened(directory) as world:
        services = world.services
        views = Views(
            services.markets, services.books, services.ids, services.reader, services.clock
        )
        hub = Hub(views, Blotters(services.accounts, services.reader), services.prices, limits)
        services.gateway.watch(hub.watch)
        keys = services.keys
        authority = SignatureAuth(keys.find, wall_clock, wall_clock())
        door = StreamDoor(
            hub,
            authority.authenticate,
            lambda key: keys.find(key) is not None,
            services.tiers.of,
            OUTAGES,
        )
        server = Server(_no_door, upgrade=door.upgrade)
        port = await server.listen("127.0.0.1", 0)
        try:
            yield Exchange(world, door, port)
        finally:
            await door.close()
            await server.close()
