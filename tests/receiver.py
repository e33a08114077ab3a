"""A small web server for tests: it notes what it is sent and answers what it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import NamedTuple, Self

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Got(NamedTuple):
    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of an answer; headers are spelled with underscores."""
    lines = [f"HTTP/1.1 {status} So"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Receiver:
    """Start it on the loop that will send. `reply` answers each request; None: it keeps silent and
    the connection open until `close`."""

    def __init__(self, reply: Callable[[Got], bytes | None] = lambda got: OK) -> None:
        self.reply = reply
        self.got: list[Got] = []
        self.port = 0
        self.server_name: str | None = None
        self._ended = asyncio.Event()
        self._came = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self, trust: ssl.SSLContext | None = None, port: int = 0) -> Self:
        if trust is not None:
            trust.sni_callback = self._named
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=trust)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        self._ended.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def reached(self, count: int) -> None:
        """So many requests have come."""
        while len(self.got) < count:
            self._came.clear()
            await self._came.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def _named(self, _: object, name: str | None, __: object) -> None:
        self.server_name = name

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.got.append(Got(head[0], headers, body))
            self._came.set()
            said = self.reply(self.got[-1])
            if said is None:
                await self._ended.wait()
            else:
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked has seen enough
        finally:
            writer.close()
