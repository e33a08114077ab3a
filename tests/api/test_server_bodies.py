"""The HTTP server over real sockets: when a body is waited for, asked for, or left alone."""

from __future__ import annotations

import asyncio

import pytest

from presage.api import parser
from presage.api.faults import Fault, body_too_large
from presage.api.http import MAX_BODY, Answer, ClientGone, Incoming, Request
from tests.api.wire import (
    GET,
    HEADERS,
    body_or_fault,
    echo,
    post,
    run,
    serving,
    statuses,
)


def test_a_body_comes_with_its_head_or_later_or_in_chunks() -> None:
    async def scenario() -> None:
        async with serving() as desk:
            client = await desk.client(post(b"12345"))
            assert (await client.reply()).body.endswith(b" b'12345'")
            head = post(b"12345")[:-3]
            client.send(head)
            await desk.arrived()
            client.send(b"345")
            assert (await client.reply()).body.endswith(b" b'12345'")
            client.send(
                b"POST /p HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
                b"2;a=b\r\n12\r\n3\r\n345\r\n0\r\nhost: y\r\nx-trailer: z\r\n\r\n" + GET
            )
            assert (await client.reply()).body.endswith(b" b'12345'")
            assert (await client.reply()).body.startswith(b"GET /a")

    run(scenario)


@pytest.mark.parametrize("size", [parser.WAITED_FOR, parser.WAITED_FOR + 1, MAX_BODY])
def test_a_large_body_arrives_whole(size: int) -> None:
    async def door(request: Request) -> Answer:
        body = await request.body()
        return 200, b"%d %d" % (len(body), body.count(b"y")), HEADERS

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(post(b"y" * size) + GET)
            assert (await client.reply()).body == b"%d %d" % (size, size)
            assert (await client.reply()).body == b"0 0"

    run(scenario)


def test_a_body_that_nobody_wants_is_skipped() -> None:
    async def door(request: Request) -> Answer:
        return 401, b"", HEADERS

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(post(b"y" * MAX_BODY) + GET)
            assert [(await client.reply()).status for _ in range(2)] == [401, 401]

    run(scenario)


def test_a_body_that_is_too_large_is_not_read() -> None:
    async def scenario() -> None:
        async with serving(body_or_fault) as desk:
            declared = b"POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % 10**12
            client = await desk.client(declared)
            reply = await client.reply()
            assert (reply.status, reply.headers["connection"]) == (413, "close")
            chunked = b"POST /p HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
            chunk = b"10000\r\n" + b"y" * 0x10000 + b"\r\n"
            client = await desk.client(chunked + chunk * (MAX_BODY // 0x10000) + b"1\r\n")
            await desk.arrived()
            client.send(b"y\r\n")
            reply = await client.reply()
            assert (reply.status, reply.headers["connection"]) == (413, "close")
            assert await client.rest() == b""

    run(scenario)


def test_chunks_that_are_none_are_a_400_and_the_end() -> None:
    async def scenario() -> bytes:
        async with serving(body_or_fault) as desk:
            start = b"POST /p HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n12\r\n"
            client = await desk.client(start)
            await desk.arrived()
            client.send(b"zz\r\n" + GET)
            return await client.rest()

    assert statuses(run(scenario)) == [400]


def test_a_request_is_answered_once_whatever_becomes_of_its_body() -> None:
    async def door(request: Request) -> Answer:
        return 401, b"", HEADERS

    async def scenario() -> None:
        async with serving(door) as desk:
            start = b"POST /p HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n12\r\n"
            client = await desk.client(start)
            assert (await client.reply()).status == 401
            client.send(b"zz\r\n" + GET)
            assert await client.rest() == b""

    run(scenario)


def test_a_body_fails_once() -> None:
    incoming = Incoming()
    incoming.fail(body_too_large(1))
    incoming.fail(ClientGone())
    with pytest.raises(Fault):
        asyncio.run(incoming.whole())
    whole = Incoming()
    whole.add(b"12")
    whole.finish()
    whole.fail(ClientGone())
    assert asyncio.run(whole.whole()) == b"12"


def test_an_old_client_is_not_told_to_go_on() -> None:
    async def scenario() -> bytes:
        async with serving() as desk:
            expects = b"content-length: 2\r\nexpect: 100-continue\r\n\r\n"
            client = await desk.client(b"POST /p HTTP/1.0\r\n" + expects)
            await desk.arrived()
            client.send(b"{}")
            return await client.rest()

    assert statuses(run(scenario)) == [200]


def test_whoever_waits_to_be_told_is_told_when_the_body_is_wanted() -> None:
    async def door(request: Request) -> Answer:
        if request.raw_path == "/no":
            return 403, b"", HEADERS
        return await echo(request)

    async def scenario() -> None:
        async with serving(door) as desk:
            expects = b"content-length: 2\r\nexpect: 100-continue\r\n\r\n"
            client = await desk.client(b"POST /yes HTTP/1.1\r\nhost: x\r\n" + expects)
            assert (await client.reply()).status == 100
            client.send(b"{}")
            assert (await client.reply()).body == b"POST /yes b'' b'{}'"
            client.send(b"POST /at-once HTTP/1.1\r\nhost: x\r\n" + expects + b"{}")
            assert (await client.reply()).body == b"POST /at-once b'' b'{}'"
            client.send(b"POST /no HTTP/1.1\r\nhost: x\r\n" + expects)
            assert statuses(await client.rest()) == [403]

    run(scenario)
