"""One connection without a network: however the bytes are cut, the answers are the same."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.api.connection import Connection, Shared
from presage.api.http import Answer, Request
from presage.api.parser import MAX_HEAD, MAX_TARGET
from tests.api.wire import HEADERS, echo, statuses


class Transport:
    """Keeps what is written, and whether the other side is still listened to."""

    def __init__(self) -> None:
        self.written = b""
        self.reading = True
        self.closed = False

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.1", 40_000) if name == "peername" else None

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written += data

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def listens(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def plain(answers: bytes) -> bytes:
    """Without what differs from run to run."""
    return re.sub(rb"(?m)^(date|x-request-id): [^\r]*", rb"\1", answers)


async def answers(pieces: list[bytes], door: Any = echo) -> bytes:
    """Everything that is written when these pieces arrive one by one."""
    transport = Transport()
    connection = Connection(Shared(door, None, 10))
    connection.connection_made(transport)  # type: ignore[arg-type]  # as much of one as is used
    for piece in pieces:
        if not transport.closed:
            connection.data_received(piece)
        for _ in range(3):
            await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    return plain(transport.written)


async def sometimes_later(request: Request) -> Answer:
    if request.raw_path == "/a":
        await asyncio.sleep(0)
    return await echo(request)


STREAMS = {
    "plain": b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nA: b\r\na: c\r\n\r\n"
    b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"
    b"\r\nHEAD /h HTTP/1.1\r\nhost:\r\n\r\n"
    b"PUT /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: Chunked\r\n\r\n"
    b"1\r\n1\r\n04;x=y\r\n2345\r\n0\r\nt: u\r\n\r\n"
    b"POST /u HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n"
    b"content-length: 2\r\n\r\n{}"
    b"DELETE /last HTTP/1.1\r\nhost: x\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\n",
    "refused": b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
    b"POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
    b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\nGET /never HTTP/1.1\r\nhost: x\r\n\r\n",
    "malformed": b"GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /a HTTP/1.1\r\nhost x\r\n\r\n",
    "old": b"POST /p HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}GET /never HTTP/1.0\r\n\r\n",
    "websocket": b"GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /ws HTTP/1.1\r\nhost: x\r\n"
    b"connection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x00",
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_cut_anywhere_changes_nothing(name: str) -> None:
    stream = STREAMS[name]

    async def run() -> None:
        whole = await answers([stream], sometimes_later)
        assert len(statuses(whole)) > 0
        for at in range(1, len(stream)):
            assert await answers([stream[:at], stream[at:]], sometimes_later) == whole, at
        assert await answers([bytes([byte]) for byte in stream], sometimes_later) == whole

    asyncio.run(run())


@settings(deadline=None, max_examples=60)
@given(
    order=st.lists(st.sampled_from(sorted(STREAMS)), min_size=1, max_size=2),
    cuts=st.lists(st.integers(0, 1_200), max_size=12),
)
def test_cuts_anywhere_change_nothing(order: list[str], cuts: list[int]) -> None:
    stream = b"".join(STREAMS[name] for name in order)
    ends = [*sorted(cuts), len(stream)]
    starts = [0, *ends[:-1]]
    pieces = [piece for a, b in zip(starts, ends, strict=True) if (piece := stream[a:b])]

    async def run() -> None:
        assert await answers(pieces, sometimes_later) == await answers([stream], sometimes_later)

    asyncio.run(run())


@settings(deadline=None, max_examples=300)
@given(
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [STREAMS["plain"][:90], b"GET / HTTP/1.1\r\n", b"host: x\r\n", b"\r\n"]
            ),
        ),
        max_size=12,
    )
)
def test_no_bytes_break_a_connection(pieces: list[bytes]) -> None:
    """Whatever comes is answered, refused or waited for."""
    written = asyncio.run(answers(pieces))
    assert set(statuses(written)) <= {200, 400, 501, 505}


@pytest.mark.parametrize("size", [1, 1_000, MAX_HEAD, 1 << 20])
@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * (MAX_TARGET - 1) + b" HTTP/1.1\r\nhost: x\r\n\r\n", 200),
        (b"GET /" + b"a" * MAX_TARGET + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nhost:\r\na: " + b"b" * (MAX_HEAD - 5) + b"\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nhost:\r\na: " + b"b" * (MAX_HEAD - 4) + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost:\r\n" + b"a: b\r\n" * 99 + b"\r\n", 200),
        (b"GET / HTTP/1.1\r\nhost:\r\n" + b"a: b\r\n" * 100 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost:\r\na: " + b"b" * 200_000, 431),
    ],
)
def test_limits_of_a_head_do_not_depend_on_how_it_comes(
    head: bytes, status: int, size: int
) -> None:
    pieces = [head[at : at + size] for at in range(0, len(head), size)]
    if size == 1 and len(head) > 20_000:
        pieces = [head[:-100], *(bytes([byte]) for byte in head[-100:])]
    assert statuses(asyncio.run(answers(pieces))) == [status]


def test_reading_stops_while_a_request_is_answered() -> None:
    async def run() -> None:
        go = asyncio.Event()

        async def door(request: Request) -> Answer:
            await go.wait()
            return await echo(request)

        transport = Transport()
        connection = Connection(Shared(door, None, 10))
        connection.connection_made(transport)  # type: ignore[arg-type]  # as above
        get = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
        connection.data_received(get)
        assert transport.listens()
        connection.data_received(get)
        assert not transport.listens()
        go.set()
        for _ in range(20):
            await asyncio.sleep(0)
        assert transport.listens()
        assert statuses(transport.written) == [200, 200]

    asyncio.run(run())


def test_a_large_body_is_not_read_before_it_is_wanted() -> None:
    async def run() -> None:
        go = asyncio.Event()

        async def door(request: Request) -> Answer:
            await go.wait()
            return 200, b"%d" % len(await request.body()), HEADERS

        transport = Transport()
        connection = Connection(Shared(door, None, 10))
        connection.connection_made(transport)  # type: ignore[arg-type]  # as above
        connection.data_received(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999\r\n\r\n")
        connection.data_received(b"y" * 50_000)
        assert not transport.listens()
        go.set()
        for _ in range(20):
            await asyncio.sleep(0)
        assert transport.listens()
        connection.data_received(b"y" * 49_999)
        for _ in range(20):
            await asyncio.sleep(0)
        assert transport.written.endswith(b"\r\n\r\n99999")

    asyncio.run(run())
