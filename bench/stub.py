"""A server that answers at once, whatever it is asked: `python -m bench.stub PORT STATUS LENGTH`.

What the load generator reaches against it is the most that it can measure.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop


class Stub(asyncio.Protocol):
    """A request's head says how long its body is; nothing else is read."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._waiting = data = self._waiting + data if self._waiting else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        at = data.find(b"content-length: ", 0, end)
        length = int(data[at + 16 : data.index(b"\r", at)]) if at >= 0 else 0
        if len(data) - end - 4 >= length:
            self._waiting = b""
            self._transport.write(self._answer)


async def serve(port: int, status: int, length: int) -> None:
    """Until the process is stopped."""
    answer = b"HTTP/1.1 %d OK\r\ncontent-length: %d\r\n\r\n" % (status, length) + b"x" * length
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Stub(answer), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(*map(int, sys.argv[1:])))
