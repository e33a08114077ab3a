"""The HTTP server over real sockets: its answers, their order, and upgrades."""

from __future__ import annotations

import asyncio
import socket
from email.utils import parsedate_to_datetime
from typing import cast

import pytest

from presage.api import connection
from presage.api.http import Answer, Request
from tests.api.wire import (
    GET,
    HEADERS,
    LAST,
    WEBSOCKET,
    echo,
    post,
    run,
    serving,
    statuses,
    until,
)

# Answers


def test_a_connection_is_kept_and_every_answer_has_its_own_id() -> None:
    async def scenario() -> None:
        async with serving() as desk:
            client = await desk.client()
            ids = set()
            for _ in range(3):
                client.send(GET)
                reply = await client.reply()
                assert (reply.status, reply.body) == (200, b"GET /a b'b=c' b''")
                assert "connection" not in reply.headers
                parsedate_to_datetime(reply.headers["date"])
                ids.add(reply.headers["x-request-id"])
            assert len(ids) == 3
            assert desk.server.connections == 1

    run(scenario)


@pytest.mark.parametrize(
    "request_",
    [
        LAST,
        b"GET /last HTTP/1.0\r\n\r\n",
        b"GET /last HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        b"GET /last HTTP/1.1\r\nhost: x\r\nConnection: Close\r\n\r\n",
    ],
)
def test_a_last_request_is_answered_and_the_connection_closed(request_: bytes) -> None:
    async def scenario() -> bytes:
        async with serving() as desk:
            return await desk.talk(request_ + GET)

    answer = run(scenario)
    assert statuses(answer) == [200]
    assert b"\r\nconnection: close\r\n" in answer


def test_answers_without_a_body() -> None:
    async def door(request: Request) -> Answer:
        return int(request.raw_path[1:]), b"" if request.raw_path != "/200" else b"12345", HEADERS

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(b"HEAD /200 HTTP/1.1\r\nhost: x\r\n\r\n")
            reply = await client.reply(head_only=True)
            assert (reply.status, reply.headers["content-length"]) == (200, "5")
            for status in (204, 304):
                client.send(b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % status)
                reply = await client.reply()
                assert reply.status == status
                assert "content-length" not in reply.headers
            client.send(b"GET /301 HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await client.reply()).headers["content-length"] == "0"

    run(scenario)


def test_answers_leave_at_once() -> None:
    seen: list[int] = []

    def upgrade(request: Request, transport: asyncio.Transport, rest: bytes) -> None:
        sock = transport.get_extra_info("socket")
        seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        transport.close()

    async def scenario() -> None:
        async with serving(upgrade=upgrade) as desk:
            await desk.talk(WEBSOCKET)

    run(scenario)
    assert seen[0] != 0


def test_other_forms_of_a_target() -> None:
    async def scenario() -> None:
        async with serving() as desk:
            client = await desk.client()
            for target, seen in (
                (b"http://x:80/a?b", b"/a b'b'"),
                (b"http://x", b"/ b''"),
                (b"*", b"* b''"),
                (b"/a#c", b"/a b''"),
                (b"/%61?a=%62", b"/%61 b'a=%62'"),
            ):
                client.send(b"OPTIONS %b HTTP/1.1\r\nhost: x\r\n\r\n" % target)
                assert (await client.reply()).body == b"OPTIONS " + seen + b" b''"

    run(scenario)


# Order


def test_pipelined_requests_are_answered_in_order_however_long_the_first_takes() -> None:
    go = asyncio.Event()

    async def door(request: Request) -> Answer:
        if request.raw_path == "/slow":
            await go.wait()
        return await echo(request)

    async def scenario() -> None:
        async with serving(door) as desk:
            slow = b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"
            client = await desk.client(GET + slow + post(b"1") + GET)
            assert (await client.reply()).body.startswith(b"GET /a")
            await desk.arrived()
            go.set()
            bodies = [(await client.reply()).body.split(b" ")[1] for _ in range(3)]
            assert bodies == [b"/slow", b"/p", b"/a"]

    run(scenario)


def test_a_long_row_of_requests_is_answered_whole() -> None:
    async def scenario() -> None:
        async with serving() as desk:
            client = await desk.client(GET * 3_000 + LAST)
            assert len(statuses(await client.rest())) == 3_001

    run(scenario)


def test_nothing_is_started_for_a_client_that_does_not_take_its_answers() -> None:
    started: list[str] = []

    async def door(request: Request) -> Answer:
        started.append(request.raw_path)
        return 200, b"x" * 16_000_000, HEADERS

    async def scenario() -> None:
        async with serving(door) as desk:
            client = await desk.client(GET * 50)
            cast(asyncio.Transport, client.writer.transport).pause_reading()
            await until(lambda: started)
            for _ in range(20):
                await asyncio.sleep(0)
            assert len(started) == 1
            desk.pass_time(connection.TAKE_SECONDS)
            await desk.nobody()

    run(scenario)


# Upgrades


def test_upgrades_are_refused_or_handed_over_in_their_turn() -> None:
    def upgrade(request: Request, transport: asyncio.Transport, rest: bytes) -> None:
        transport.write(b"taken %b %b" % (request.raw_path.encode(), rest))
        transport.close()

    async def scenario() -> None:
        async with serving() as desk:
            assert statuses(await desk.talk(GET + WEBSOCKET)) == [200, 403]
        async with serving(upgrade=upgrade) as desk:
            client = await desk.client(GET + WEBSOCKET + b"\x81\x00")
            assert (await client.reply()).status == 200
            assert await client.rest() == b"taken /ws \x81\x00"
            assert desk.server.connections == 0

    run(scenario)


def test_an_offer_of_another_protocol_is_passed_over() -> None:
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMA\r\n"

    async def scenario() -> None:
        async with serving() as desk:
            client = await desk.client(post(b"12345", offer) + GET)
            assert (await client.reply()).body == b"POST /p b'' b'12345'"
            assert (await client.reply()).body.startswith(b"GET /a")
            closing = post(b"12", offer.replace(b"Upgrade,", b"close, Upgrade,"))
            assert statuses(await desk.talk(closing + GET)) == [200]

    run(scenario)
