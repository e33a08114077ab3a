"""A server on the loopback with a door of the test's own, and clients that send raw bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import uvloop

from presage.api import http
from presage.api.connection import Door, Upgrade
from presage.api.faults import Fault
from presage.api.http import Answer, Request
from presage.api.server import Server

T = TypeVar("T")
HEADERS = ((b"content-type", b"text/plain"),)
PATIENCE = 5


GET = b"GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
WEBSOCKET = (
    b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def post(body: bytes, more: bytes = b"") -> bytes:
    length = b"content-length: %d\r\n" % len(body)
    return b"POST /p HTTP/1.1\r\nhost: x\r\n" + length + more + b"\r\n" + body


async def echo(request: Request) -> Answer:
    """What arrived, in one line."""
    body = await request.body()
    line = f"{request.method} {request.raw_path} {request.query_string!r} {body!r}"
    return 200, line.encode(), HEADERS


async def body_or_fault(request: Request) -> Answer:
    """As the doors do it: a fault has a status."""
    try:
        http.check_declared_size(request)
        return 200, b"%d" % len(await request.body()), HEADERS
    except Fault as fault:
        return fault.status, fault.code.encode(), HEADERS


def run(scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """In the event loop that is used to serve."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_in_time(scenario()))


async def _in_time(work: Awaitable[T]) -> T:
    return await asyncio.wait_for(work, 4 * PATIENCE)


async def until(true: Callable[[], object]) -> None:
    """Let the event loop turn until something has happened in it."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0)


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def reply(self, *, head_only: bool = False) -> Reply:
        """The next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        first, *lines = head.decode().split("\r\n")[:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        size = 0 if head_only else int(headers.get("content-length", 0))
        return Reply(int(first.split(" ")[1]), headers, await self.reader.readexactly(size))

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE)


class Desk:
    """A server, and who talks to it."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port
        self._clients: list[Client] = []

    async def client(self, data: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26))
        self._clients.append(client)
        client.send(data)
        return client

    async def talk(self, data: bytes) -> bytes:
        """What comes back until the server closes."""
        return await (await self.client(data)).rest()

    async def arrived(self) -> None:
        """Whatever was sent has reached the server: what is sent now has been answered."""
        probe = await self.client(b"GET /probe HTTP/1.1\r\nhost: x\r\n\r\n")
        await probe.reply()
        probe.writer.close()
        self._clients.remove(probe)

    def pass_time(self, seconds: int) -> None:
        """Seconds go by."""
        for _ in range(seconds + 1):
            self.server.tick()

    async def nobody(self) -> None:
        """Wait until no client is connected."""
        await until(lambda: not self.server.connections)

    def hang_up(self) -> None:
        for client in self._clients:
            client.writer.close()


@asynccontextmanager
async def serving(
    door: Door = echo, *, upgrade: Upgrade | None = None, most: int = 1_000
) -> AsyncIterator[Desk]:
    server = Server(door, upgrade=upgrade, most=most)
    desk = Desk(server, await server.listen("127.0.0.1", 0))
    try:
        yield desk
    finally:
        desk.hang_up()
        await server.close()


def statuses(answers: bytes) -> list[int]:
    """The statuses of a row of answers."""
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]
