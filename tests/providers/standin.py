"""A server on this machine that stands in for other people's: it says what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple


class Asked(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Says(NamedTuple):
    """An answer; `length` is what it claims to be long, `silent`: it never comes."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    silent: bool = False


Answer = Says | Callable[[Asked], Says]


class StandIn:
    """`pages` are answers by path (without its query); what is asked is noted in `asked`."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.arrived = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0
        self.url = ""
        self._server: asyncio.Server | None = None
        self._held: set[asyncio.Task[None]] = set()

    async def start(self) -> StandIn:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}"
        return self

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._held:
            task.cancel()
        await asyncio.gather(*self._held, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._held.add(task)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            self.arrived.set()
            says = self.pages.get(asked.target.partition("?")[0], Says(status=404))
            await _answer(writer, says(asked) if callable(says) else says)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has had enough
        finally:
            self.at_once -= 1
            self._held.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


async def _answer(writer: asyncio.StreamWriter, says: Says) -> None:
    if says.silent:
        await asyncio.Event().wait()
    length = len(says.body) if says.length is None else says.length
    lines = [f"HTTP/1.1 {says.status} Said", f"content-length: {length}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in says.headers]
    writer.write("\r\n".join((*lines, "", "")).encode() + says.body)
    await writer.drain()
