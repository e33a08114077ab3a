"""The HTTP server over real sockets: what it refuses, how long it waits, how it ends."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from structlog.testing import capture_logs

from presage.api import connection, parser
from presage.api.http import Answer, Request
from tests.api.wire import (
    GET,
    HEADERS,
    Client,
    body_or_fault,
    echo,
    post,
    run,
    serving,
    statuses,
    until,
)

# What is refused


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),
        (b"BREW / HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nhost: x\r\n\r\n", 505),
        (b"GET / HTTP/0.9\r\nhost: x\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nhost: x\n\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\n: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: \x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: b\rc\r\n\r\n", 400),
        (b"GET /\xe9 HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET http:///x:y:z HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET /" + b"a" * parser.MAX_TARGET + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * parser.MAX_HEAD + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 1_000_000, 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * parser.MAX_FIELDS + b"\r\n", 431),
    ],
)
def test_what_cannot_be_understood_is_refused_after_what_could(
    request_: bytes, status: int
) -> None:
    async def scenario() -> bytes:
        async with serving() as desk:
            return await desk.talk(GET + request_ + GET)

    answers = run(scenario)
    assert statuses(answers) == [200, status]
    assert answers.count(b"\r\nconnection: close\r\n") == 1


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        (b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n", 400),
        (b"content-length: 0\r\ncontent-length: 37\r\n\r\n", 400),
        (b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}", 400),
        (b"content-length: 2, 2\r\n\r\n{}", 400),
        (b"content-length: +2\r\n\r\n{}", 400),
        (b"content-length: -1\r\n\r\n", 400),
        (b"content-length: 0x2\r\n\r\n{}", 400),
        (b"content-length: 2 2\r\n\r\n{}", 400),
        (b"content-length:\r\n\r\n", 400),
        (b"content-length: 18446744073709551618\r\n\r\n{}", 400),
        (b"content-length : 2\r\n\r\n{}", 400),
        (b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (b"transfer-encoding: identity\r\n\r\n0\r\n\r\n", 501),
        (b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: chunked\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\n\r\n0\n\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\n\r\n0 \r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\n\r\n-1\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\n\r\n10000000000000000\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n", 400),
        (b"x: y\r\n\tcontent-length: 37\r\n\r\n", 400),
        (b"upgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 2\r\n\r\n{}", 400),
    ],
)
def test_nothing_is_smuggled(framing: bytes, status: int) -> None:
    seen: list[str] = []

    async def door(request: Request) -> Answer:
        seen.append(request.raw_path)
        return await body_or_fault(request)

    async def scenario() -> bytes:
        async with serving(door) as desk:
            return await desk.talk(b"POST /p HTTP/1.1\r\nhost: x\r\n" + framing + SMUGGLED)

    assert statuses(run(scenario)) == [status]
    assert "/smuggled" not in seen


def test_an_old_version_knows_no_chunks() -> None:
    async def scenario() -> bytes:
        async with serving() as desk:
            chunked = b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            return await desk.talk(b"POST /p HTTP/1.0\r\n" + chunked + SMUGGLED)

    assert statuses(run(scenario)) == [400]


def test_there_is_room_for_so_many_clients() -> None:
    async def scenario() -> None:
        async with serving(most=2) as desk:
            kept = [await desk.client(GET) for _ in range(2)]
            for client in kept:
                assert (await client.reply()).status == 200
            assert statuses(await desk.talk(b"")) == [503]
            kept[0].writer.close()
            await until(lambda: desk.server.connections == 1)
            assert (await (await desk.client(GET)).reply()).status == 200

    run(scenario)


# Time


def test_whoever_says_nothing_is_let_go() -> None:
    async def scenario() -> None:
        async with serving() as desk:
            silent, idle = await desk.client(), await desk.client(GET)
            await idle.reply()
            desk.pass_time(connection.HEAD_SECONDS)
            assert await silent.rest() == b""
            desk.pass_time(connection.IDLE_SECONDS - 2 * connection.HEAD_SECONDS)
            idle.send(GET)
            assert (await idle.reply()).status == 200
            desk.pass_time(connection.IDLE_SECONDS - 1)
            idle.send(GET)
            assert (await idle.reply()).status == 200
            desk.pass_time(connection.IDLE_SECONDS)
            assert await idle.rest() == b""

    run(scenario)


def test_a_head_has_ten_seconds_however_it_drips() -> None:
    async def scenario() -> None:
        async with serving() as desk:
            client = await desk.client(GET + b"GET / HTTP/1.1\r\n")
            await client.reply()
            for letter in b"abcdefghijkl":
                await desk.arrived()
                client.send(bytes([letter]))
                desk.server.tick()
            assert statuses(await client.rest()) == [408]

    run(scenario)


@pytest.mark.parametrize("length", [b"5", b"100000"])
def test_a_body_has_ten_seconds_however_it_drips(length: bytes) -> None:
    async def scenario() -> None:
        async with serving(body_or_fault) as desk:
            client = await desk.client(
                b"POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: " + length + b"\r\n\r\n"
            )
            for _ in range(connection.BODY_SECONDS + 2):
                await desk.arrived()
                if length != b"5":
                    client.send(b"y")
                desk.server.tick()
            assert statuses(await client.rest()) == [408]

    run(scenario)


def test_a_slow_answer_is_not_the_client_s_fault() -> None:
    go = asyncio.Event()

    async def door(request: Request) -> Answer:
        if request.raw_path != "/probe":
            await go.wait()
        return await echo(request)

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(GET)
            await desk.arrived()
            desk.pass_time(10 * connection.IDLE_SECONDS)
            go.set()
            assert (await client.reply()).status == 200

    run(scenario)


# Ends


def test_whoever_sends_no_more_is_still_answered() -> None:
    go = asyncio.Event()

    async def door(request: Request) -> Answer:
        if request.raw_path == "/a":
            await go.wait()
        return await echo(request)

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(GET + GET + post(b"1"))
            client.writer.write_eof()
            await desk.arrived()
            go.set()
            assert statuses(await client.rest()) == [200, 200, 200]
            await desk.nobody()

    run(scenario)


@pytest.mark.parametrize("length", [b"5", b"100000"])
def test_half_a_request_is_nobody_s(length: bytes) -> None:
    answered: list[str] = []

    async def door(request: Request) -> Answer:
        await request.body()
        answered.append(request.raw_path)
        return 200, b"", HEADERS

    async def scenario() -> None:
        async with serving(door) as desk:
            for abort in (False, True):
                client = await desk.client(
                    b"POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: " + length + b"\r\n\r\n{"
                )
                await desk.arrived()
                if abort:
                    client.writer.transport.abort()
                else:
                    client.writer.write_eof()
                    assert await client.rest() == b""
                await desk.nobody()

    run(scenario)
    assert answered == ["/probe", "/probe"]


@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_leaves_cancels_nothing(reset: bool) -> None:
    go, done = asyncio.Event(), asyncio.Event()

    async def door(request: Request) -> Answer:
        if request.raw_path != "/probe":
            await go.wait()
            await asyncio.sleep(0)
            done.set()
        return await echo(request)

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(GET)
            await desk.arrived()
            if reset:
                sock = client.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.writer.transport.abort()
            if reset:
                await desk.nobody()
            go.set()
            await done.wait()
            await desk.nobody()

    run(scenario)


def test_a_stop_lets_answers_finish_and_the_idle_go() -> None:
    go = asyncio.Event()

    async def door(request: Request) -> Answer:
        if request.raw_path == "/slow":
            await go.wait()
        return await echo(request)

    async def scenario() -> None:
        async with serving(door) as desk:
            idle = await desk.client(GET)
            await idle.reply()
            busy = await desk.client(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n" + GET)
            await desk.arrived()
            closing = asyncio.create_task(desk.server.close())
            assert await idle.rest() == b""
            with pytest.raises(ConnectionRefusedError):
                await desk.client()
            assert not closing.done()
            go.set()
            reply = await busy.reply()
            assert (reply.status, reply.headers["connection"]) == (200, "close")
            assert await busy.rest() == b""
            await closing

    run(scenario)


def test_a_stop_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presage.api.server.DRAIN_SECONDS", 0)

    async def door(request: Request) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        async with serving(door) as desk:
            await desk.client(GET)
            await until(lambda: desk.server.connections)
            await desk.server.close()

    run(scenario)


def test_a_door_that_fails_is_logged_and_says_nothing() -> None:
    async def door(request: Request) -> Answer:
        if request.query_string:
            await asyncio.sleep(0)
        raise RuntimeError("the secret is 12345")

    async def scenario() -> None:
        async with serving(door) as desk:
            for target in (b"/", b"/?later"):
                answer = await desk.talk(b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % target)
                assert statuses(answer) == [500]
                assert b"12345" not in answer

    with capture_logs() as logs:
        run(scenario)
    assert ["12345" in str(line["exc_info"]) for line in logs] == [True, True]


def test_a_client_may_go_on_sending_after_its_last_answer() -> None:
    """Closing at once would reset the connection, and the answer with it."""

    async def scenario() -> None:
        async with serving(body_or_fault) as desk:
            declared = b"POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: 99000000\r\n\r\n"
            client: Client = await desk.client(declared + b"y" * 9_000_000)
            assert (await client.reply()).status == 413
            client.send(b"y" * 1_000_000)
            assert await client.rest() == b""
            await client.writer.drain()
            desk.pass_time(connection.LINGER_SECONDS)
            await desk.nobody()

    run(scenario)
