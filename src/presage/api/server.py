"""The HTTP server: it listens, lets clients in up to a number, and sees them out.

It decides how many connections there may be and how long the last answers may take at a stop.
What happens on a connection is the connection's business.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from presage.api import http
from presage.api.connection import Connection, Door, Shared, Upgrade

MAX_CONNECTIONS: Final = 10_000
BACKLOG: Final = 2_048
DRAIN_SECONDS: Final = 5
"""For answers that are being worked on when the server is stopped."""


class Server:
    """Answers with `door`; hands clients that ask for WebSocket to `upgrade`, or refuses them."""

    def __init__(
        self, door: Door, *, upgrade: Upgrade | None = None, most: int = MAX_CONNECTIONS
    ) -> None:
        self._shared = Shared(door, upgrade, most)
        self._listener: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._shared.open)

    async def listen(self, host: str, port: int) -> int:
        """Let clients in; returns the port. Raises: OSError."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(self._shared), host, port, backlog=BACKLOG
        )
        self._timer = loop.call_later(1, self._keep_time)
        chosen: int = self._listener.sockets[0].getsockname()[1]
        return chosen

    def tick(self) -> None:
        """One second has passed. One timer for all connections costs a request nothing."""
        shared = self._shared
        shared.now += 1
        shared.date = http.date_line()
        for connection in list(shared.open):
            connection.look()

    async def close(self) -> None:
        """Let nobody in any more; end once what is being answered is answered."""
        if self._listener is not None:
            self._listener.close()
        shared = self._shared
        shared.stopping = True
        for connection in list(shared.open):
            connection.leave()
        if shared.open:
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await shared.emptied.wait()
        for connection in list(shared.open):
            connection.abort()
        if self._timer is not None:
            self._timer.cancel()

    def _keep_time(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(1, self._keep_time)
        self.tick()
