"""Over real sockets, with other people's client: handshake, limits, heartbeats, slow readers."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from presage.api.stream.connection import BROKEN, POLICY
from presage.api.stream.door import PATH
from presage.api.stream.frames import post
from presage.api.stream.limits import Limits
from tests.api.kalshi.world import TICKER, order_v2
from tests.api.stream.sockets import KEY_ID, Exchange, listening
from tests.api.wire import run, until


def over_sockets(
    directory: Path, scenario: Callable[[Exchange], Awaitable[None]], limits: Limits | None = None
) -> None:
    async def whole() -> None:
        async with listening(directory, limits) as exchange:
            await scenario(exchange)

    run(whole)


def test_a_client_follows_a_market(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as client:
            assert client.connection.subprotocol is None
            assert client.connection.protocol.extensions == []
            params = {"channels": ["orderbook_delta", "user_orders"], "market_ticker": TICKER}
            first = await client.ask("subscribe", **params)
            assert first == {
                "type": "subscribed",
                "id": 1,
                "msg": {"channel": "orderbook_delta", "sid": 1},
            }
            assert (await client.hear())["msg"]["channel"] == "user_orders"
            assert (await client.hear())["type"] == "orderbook_snapshot"
            body = order_v2("bid", "0.4000", client_order_id="over-the-wire")
            await exchange.world.post("ann", "/portfolio/events/orders", body)
            told = {message["type"]: message for message in [await client.hear() for _ in "12"]}
            assert told["orderbook_delta"]["seq"] == 2
            assert told["orderbook_delta"]["msg"]["client_order_id"] == "over-the-wire"
            assert told["user_order"]["msg"]["user_id"] == "user-ann"

    over_sockets(tmp_path, scenario)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/trade-api/ws/v3", {}, 404),
        (PATH, {"KALSHI-ACCESS-KEY": "22222222-1111-1111-1111-111111111111"}, 401),
        (PATH, {"KALSHI-ACCESS-SIGNATURE": "AAAA"}, 401),
        (PATH, {"KALSHI-ACCESS-SIGNATURE": ""}, 401),
        (PATH, {"KALSHI-ACCESS-TIMESTAMP": "1"}, 401),
    ],
)
def test_who_is_refused(tmp_path: Path, path: str, headers: dict[str, str], status: int) -> None:
    async def scenario(exchange: Exchange) -> None:
        url = f"ws://127.0.0.1:{exchange.port}{path}"
        with pytest.raises(InvalidStatus) as refusal:
            await connect(url, additional_headers=exchange.headers() | headers)
        assert refusal.value.response.status_code == status
        assert "error" in json.loads(refusal.value.response.body or b"")
        await until(lambda: exchange.door.connections == 0)

    over_sockets(tmp_path, scenario)


async def raw(exchange: Exchange, **more: str) -> bytes:
    """What a handshake with these headers is answered with."""
    headers = exchange.headers() | {
        "Host": "x",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"GET {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


def test_handshakes_that_are_none(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        answer = await raw(exchange)
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
        answer = await raw(exchange, Sec_WebSocket_Version="12")
        assert answer.startswith(b"HTTP/1.1 426 ")
        assert b"sec-websocket-version: 13\r\n" in answer.lower()
        answer = await raw(exchange, Sec_WebSocket_Key="short")
        assert answer.startswith(b"HTTP/1.1 400 ")

    over_sockets(tmp_path, scenario)


def test_a_member_has_so_many_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presage.api.stream.door.CONNECTIONS", {"basic": 1})

    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as client:
            with pytest.raises(InvalidStatus) as refusal:
                async with exchange.client():
                    raise AssertionError("let in")
            assert refusal.value.response.status_code == 429
            assert (await client.ask("list_subscriptions"))["type"] == "ok"
        await until(lambda: exchange.door.connections == 0)
        async with exchange.client() as client:
            assert (await client.ask("list_subscriptions"))["type"] == "ok"

    over_sockets(tmp_path, scenario)


def test_the_exchange_has_so_many_connections(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client():
            with pytest.raises(InvalidStatus) as refusal:
                async with exchange.client():
                    raise AssertionError("let in")
            assert refusal.value.response.status_code == 503

    over_sockets(tmp_path, scenario, Limits(connections=1))


def test_a_revoked_key_ends_its_connections(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as client:
            exchange.world.services.keys.drop(KEY_ID)
            exchange.door.tick()
            with pytest.raises(ConnectionClosed) as closed:
                await client.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == POLICY

    over_sockets(tmp_path, scenario)


def test_heartbeats_every_ten_seconds_and_pongs_to_pings(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        pings: list[bytes] = []
        async with exchange.client() as client:
            protocol = client.connection.protocol
            take = protocol.recv_frame

            def noted(frame: Any) -> None:
                if frame.opcode == 9:
                    pings.append(bytes(frame.data))
                take(frame)

            protocol.recv_frame = noted  # type: ignore[method-assign]  # to see control frames
            await (await client.connection.ping(b"hello"))
            for _ in range(20):
                exchange.door.tick()
            await client.ask("list_subscriptions")
        assert pings == [b"heartbeat", b"heartbeat"]

    over_sockets(tmp_path, scenario)


def test_a_client_that_says_nothing_is_gone(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as healthy:
            half_open = socket.create_connection(("127.0.0.1", exchange.port))
            half_open.setblocking(False)
            await raw_open(exchange, half_open)
            await until(lambda: exchange.door.connections == 2)
            for _ in range(3):
                for _ in range(10):
                    exchange.door.tick()
                # It answers the heartbeat, and is heard of by that.
                await healthy.ask("list_subscriptions")
            exchange.door.tick()
            await until(lambda: exchange.door.connections == 1)
            assert (await healthy.ask("list_subscriptions"))["type"] == "ok"
            half_open.close()

    over_sockets(tmp_path, scenario)


async def raw_open(exchange: Exchange, connection: socket.socket) -> None:
    headers = exchange.headers() | {
        "Host": "x",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    lines = [f"GET {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, ("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = await loop.sock_recv(connection, 4_096)
    assert answer.startswith(b"HTTP/1.1 101 ")


def test_messages_that_are_no_commands(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as client:
            for message in (b"\x00\x01", b'{"cmd":"list_subscriptions"}', "x" * 2_000):
                await client.connection.send(message)
                assert (await client.hear())["msg"]["code"] == 1
            await client.connection.send(["a message ", "in ", "pieces"])
            assert (await client.hear())["msg"]["code"] == 1
            assert (await client.ask("list_subscriptions"))["type"] == "ok"

    over_sockets(tmp_path, scenario, Limits(command_size=1_000))


def test_a_message_beyond_all_bounds_is_answered_and_ends_the_connection(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as healthy, exchange.client() as client:
            await client.connection.send("x" * 100_000)
            assert (await client.hear())["msg"]["code"] == 1
            with pytest.raises(ConnectionClosed) as closed:
                await client.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
            assert (await healthy.ask("list_subscriptions"))["type"] == "ok"

    over_sockets(tmp_path, scenario, Limits(message_size=50_000))


def test_a_message_in_endless_pieces_ends_the_connection(tmp_path: Path) -> None:
    """Empty ones too, whose sizes never add up to anything."""

    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as healthy:
            connection = socket.create_connection(("127.0.0.1", exchange.port))
            connection.setblocking(False)
            await raw_open(exchange, connection)
            loop = asyncio.get_running_loop()
            first, more = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
            await loop.sock_sendall(connection, first + more * 20)
            answer = await loop.sock_recv(connection, 4_096)
            assert (answer[0], int.from_bytes(answer[2:4], "big")) == (0x88, 1009)
            connection.close()
            await until(lambda: exchange.door.connections == 1)
            assert (await healthy.ask("list_subscriptions"))["type"] == "ok"

    over_sockets(tmp_path, scenario, Limits(pieces=20))


def test_who_pings_and_asks_without_reading_harms_nobody(tmp_path: Path) -> None:
    """What waits for it is bounded: it is not read any further until it reads."""

    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as healthy:
            await healthy.ask("subscribe", channels=["orderbook_delta"], market_ticker=TICKER)
            await healthy.hear()
            greedy = socket.create_connection(("127.0.0.1", exchange.port))
            greedy.setblocking(False)
            await raw_open(exchange, greedy)
            loop = asyncio.get_running_loop()
            ping = b"\x89\xfd" + bytes(4) + bytes(125)
            command = b'{"cmd":"dance"}'
            text = bytes((0x81, 0x80 | len(command))) + bytes(4) + command
            flood = asyncio.create_task(loop.sock_sendall(greedy, (ping + text) * 500_000))
            for number in range(3):
                order = order_v2("bid", f"0.{10 + number}00")
                await exchange.world.post("bob", "/portfolio/events/orders", order)
                assert (await healthy.hear())["seq"] == 2 + number
            assert not flood.done(), "it was read to the end"
            flood.cancel()
            greedy.close()
            await until(lambda: exchange.door.connections == 1)

    over_sockets(tmp_path, scenario)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x02{}", 1002),  # not masked
        (b"\xf1\x80\x00\x00\x00\x00", 1002),  # reserved bits
        (b"\x83\x80\x00\x00\x00\x00", 1002),  # no such opcode
        (b"\x09\x80\x00\x00\x00\x00", 1002),  # a control frame in pieces
        (b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + bytes(126), 1002),  # a large control frame
        (b"\x80\x80\x00\x00\x00\x00", 1002),  # the rest of nothing
        (b"\x88\x82\x00\x00\x00\x00\x03\xec", 1002),  # a close code that is not to be sent
        (b"\x81\x81\x00\x00\x00\x00\xff", 1007),  # not UTF-8
    ],
)
def test_frames_that_break_the_protocol(tmp_path: Path, data: bytes, code: int) -> None:
    async def scenario(exchange: Exchange) -> None:
        connection = socket.create_connection(("127.0.0.1", exchange.port))
        connection.setblocking(False)
        await raw_open(exchange, connection)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, data)
        answer = await loop.sock_recv(connection, 4_096)
        assert answer[0] == 0x88
        assert int.from_bytes(answer[2:4], "big") == code
        connection.close()
        await until(lambda: exchange.door.connections == 0)

    over_sockets(tmp_path, scenario)


def test_a_slow_reader_is_cut_and_a_healthy_one_is_not(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as healthy:
            await healthy.ask("subscribe", channels=["ticker"])
            slow = socket.socket()
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.connect(("127.0.0.1", exchange.port))
            slow.setblocking(False)
            await raw_open(exchange, slow)
            command = b'{"cmd":"subscribe","params":{"channels":["ticker","trade"]}}'
            frame = bytes((0x81, 0x80 | len(command))) + bytes(4) + command
            await asyncio.get_running_loop().sock_sendall(slow, frame)
            hub = exchange.door.hub
            await until(lambda: len(hub.channels["trade"].subscriptions) == 1)
            card = exchange.world.services.markets.by_ticker(TICKER)
            assert card is not None
            # The kernel takes its share first; what it does not take is bounded here.
            ticker = hub.channels["ticker"]
            heard = asyncio.create_task(_drain(healthy))
            for _ in range(200):
                message = ticker._message(card, 0)  # type: ignore[attr-defined]  # any will do
                post(list(ticker.subscriptions), [message] * 200)
                await asyncio.sleep(0)
            await until(lambda: not hub.channels["trade"].subscriptions)
            assert len(ticker.subscriptions) == 1
            for _ in range(31):
                exchange.door.tick()
                await (await healthy.connection.ping())
            await until(lambda: exchange.door.connections == 1)
            heard.cancel()
            slow.close()

    over_sockets(tmp_path, scenario, Limits(backlog=1 << 16))


async def _drain(client: Any) -> None:
    while True:
        await client.connection.recv()


def test_a_session_that_missed_something_is_ended(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as client:
            for session in exchange.door.hub.sessions:
                session.broken = True
            exchange.door.tick()
            with pytest.raises(ConnectionClosed) as closed:
                await client.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == BROKEN

    over_sockets(tmp_path, scenario)


def test_a_stop_says_goodbye(tmp_path: Path) -> None:
    async def scenario(exchange: Exchange) -> None:
        async with exchange.client() as client:
            await exchange.door.close()
            with pytest.raises(ConnectionClosed) as closed:
                await client.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001

    over_sockets(tmp_path, scenario)
