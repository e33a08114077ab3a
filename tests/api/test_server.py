"""The HTTP server over real sockets: what a client of any kind, and no client at all, gets."""

from __future__ import annotations

import asyncio
import socket
import struct
from email.utils import parsedate_to_datetime
from typing import cast

import pytest
from structlog.testing import capture_logs

from presage.api import connection, http, parser
from presage.api.faults import Fault
from presage.api.http import MAX_BODY, Answer, Request
from tests.api.wire import HEADERS, Client, echo, run, serving, statuses, until

GET = b"GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


def post(body: bytes, more: bytes = b"") -> bytes:
    length = b"content-length: %d\r\n" % len(body)
    return b"POST /p HTTP/1.1\r\nhost: x\r\n" + length + more + b"\r\n" + body


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


# Bodies


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


async def body_or_fault(request: Request) -> Answer:
    """As the doors do it: a fault has a status."""
    try:
        http.check_declared_size(request)
        return 200, b"%d" % len(await request.body()), HEADERS
    except Fault as fault:
        return fault.status, fault.code.encode(), HEADERS


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


# Upgrades

WEBSOCKET = (
    b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


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
