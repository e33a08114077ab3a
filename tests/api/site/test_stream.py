"""The stream of server-sent events, in-process and over a socket."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest

from presage.api import http
from presage.api.http import Stream
from presage.api.server import Server
from presage.api.site.readers import MAX_UNREAD
from presage.domain.resolution_commands import CorrectOutcomes
from tests.api.asking import request
from tests.api.site.world import World, code_of

_NUMBERS = itertools.count(1)


class Wire(asyncio.WriteTransport):
    """The client's end; `unread` bytes wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.got = b""
        self.unread = 0
        self.cut = False

    def write(self, data: Any) -> None:
        self.got += data

    def is_closing(self) -> bool:
        return self.cut

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.cut = True

    def frames(self) -> list[tuple[str, int, Any]]:
        """Name, id and data of what has come since the last look."""
        got, self.got = self.got.decode(), b""
        found = []
        for text in got.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in text.split("\n"))
            found.append((lines["event"], int(lines["id"]), json.loads(lines["data"])))
        return found


def market(world: World) -> str:
    ticker = f"SSE{next(_NUMBERS)}"
    return world.list_market(ticker, can_close_early=True)


def follow(world: World, names: str, host: str = "192.0.2.1") -> tuple[Stream, Wire]:
    async def run() -> tuple[Stream, Wire]:
        asked = request("GET", f"/api/stream?optionId={names}", host=host)
        status, body, headers = await world.running.door.respond(asked)
        assert status == 200, body
        assert isinstance(body, Stream)
        assert (b"content-type", b"text/event-stream") in headers
        wire = Wire()
        body.open(wire)
        return body, wire

    return world.do(run())


def end(world: World, stream: Stream) -> None:
    async def run() -> None:
        stream.gone()

    world.do(run())


def test_the_snapshot_comes_first_and_changes_lead_from_it_to_the_book(world: World) -> None:
    ticker = market(world)
    world.order(world.one, ticker, "bid", "0.3300", "5.00")
    stream, wire = follow(world, ticker)
    ((name, id, snapshot),) = wire.frames()
    book = world.send("GET", f"/api/orderbook/{ticker}").json
    assert (name, id) == ("snapshot", book["sequence"])
    assert snapshot["yes"] == book["yes"]
    world.order(world.two, ticker, "ask", "0.3300", "2.00")
    world.order(world.two, ticker, "ask", "0.4000", "1.00")
    frames = wire.frames()
    assert [name for name, _, _ in frames] == ["trade", "book", "book"]
    trade, change, added = (data for _, _, data in frames)
    assert (trade["priceCents"], trade["quantity"], trade["side"]) == (33, 2, "NO")
    assert trade["tradeId"].startswith("trd_")
    assert change["changes"] == [{"side": "BUY", "priceCents": 33, "quantity": 3, "orders": 1}]
    assert added["changes"] == [{"side": "SELL", "priceCents": 40, "quantity": 1, "orders": 1}]
    sequences = [data["sequence"] for _, _, data in frames]
    assert snapshot["sequence"] < trade["sequence"] == change["sequence"] < added["sequence"]
    assert sequences[-1] == world.send("GET", f"/api/orderbook/{ticker}").json["sequence"]
    world.admin("POST", f"/markets/{ticker}/close")
    frames = wire.frames()
    assert ("status", "CLOSED") in {(name, data.get("status")) for name, _, data in frames}
    gone = [change for name, _, data in frames if name == "book" for change in data["changes"]]
    assert {(one["priceCents"], one["quantity"]) for one in gone} == {(33, 0), (40, 0)}
    end(world, stream)


def test_a_corrected_outcome_is_told(world: World) -> None:
    ticker = market(world)
    world.admin("POST", f"/markets/{ticker}/close")
    world.admin("POST", f"/markets/{ticker}/settle", result="yes")
    stream, wire = follow(world, ticker)
    wire.frames()
    card = world.running.services.markets.by_ticker(ticker)
    assert card is not None
    world.do(world.running.services.gateway.submit(CorrectOutcomes(((card.id, 0),), ())))
    assert [(name, data["status"]) for name, _, data in wire.frames()] == [("status", "RESOLVED")]
    end(world, stream)


def test_only_what_is_followed_is_told(world: World) -> None:
    first, second, third = market(world), market(world), market(world)
    stream, wire = follow(world, f"{first},{second}")
    assert [data["marketTicker"] for _, _, data in wire.frames()] == [first, second]
    world.order(world.one, third, "bid", "0.3300")
    assert wire.frames() == []
    world.order(world.one, second, "bid", "0.3300")
    assert [name for name, _, _ in wire.frames()] == ["book"]
    end(world, stream)
    world.order(world.one, second, "bid", "0.3400")
    assert wire.frames() == []


def test_a_heartbeat_says_where_the_options_are(world: World) -> None:
    ticker = market(world)
    stream, wire = follow(world, ticker)
    ((_, _, snapshot),) = wire.frames()
    world.running.services.readers.beat()
    ((name, _, beat),) = wire.frames()
    assert name == "heartbeat"
    assert beat["sequences"] == {snapshot["optionId"]: snapshot["sequence"]}
    end(world, stream)


def test_who_does_not_read_is_cut_off(world: World) -> None:
    ticker = market(world)
    slow, idle = follow(world, ticker)
    quick, other = follow(world, ticker)
    idle.unread = MAX_UNREAD + 1
    other.unread = MAX_UNREAD
    world.order(world.one, ticker, "bid", "0.3300")
    assert (idle.cut, other.cut) == (True, False)
    end(world, slow)
    end(world, quick)
    assert len(world.running.services.readers) == 0


def test_streams_are_limited_in_number(world: World) -> None:
    ticker = market(world)
    world.set("MAX_STREAMS_PER_ADDRESS", 2)
    open_ones = [follow(world, ticker)[0], follow(world, ticker)[0]]
    third = world.send("GET", f"/api/stream?optionId={ticker}")
    assert code_of(third) == (429, "rate_limited")
    assert int(third.headers["retry-after"]) > 0
    open_ones.append(follow(world, ticker, host="192.0.2.77")[0])
    for stream in open_ones:
        end(world, stream)
    end(world, follow(world, ticker)[0])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?optionId=", 400),
        ("?optionId=" + ",".join(f"A{n}" for n in range(21)), 400),
        ("?optionId=NOTHING", 404),
    ],
)
def test_nothing_to_follow(world: World, query: str, status: int) -> None:
    assert world.send("GET", f"/api/stream{query}").status == status


def test_over_a_socket_it_goes_on_until_the_client_leaves(world: World) -> None:
    ticker = market(world)

    async def run() -> tuple[bytes, bytes, bytes]:
        server = Server(world.running.door.respond)
        port = await server.listen("127.0.0.1", 0)
        host = b" HTTP/1.1\r\nhost: x\r\n\r\n"
        target = b"/api/stream?optionId=" + ticker.encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HEAD " + target + host)
        only_head = await reader.read()
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET " + target + host)
        head = await reader.readuntil(b"\r\n\r\n")
        first = await reader.readuntil(b"\n\n")
        assert len(world.running.services.readers) == 1
        for _ in range(60):  # it is not idle: nobody ends it
            server.tick()
        world.running.services.readers.beat()
        beat = await reader.readuntil(b"\n\n")
        writer.close()
        for _ in range(10_000):
            if not world.running.services.readers:
                break
            await asyncio.sleep(0)
        assert len(world.running.services.readers) == 0
        # a stop of the server ends it as well
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET " + target + host)
        await reader.readuntil(b"\n\n")
        await server.close()
        assert await reader.read() == b""
        writer.close()
        return only_head, head, first + beat

    only_head, head, frames = world.do(run())
    assert only_head.startswith(b"HTTP/1.1 200 ")
    assert b"content-length" not in head
    assert b"content-type: text/event-stream" in head
    assert frames.startswith(b"event: snapshot\n")
    assert b"event: heartbeat\n" in frames
    assert http.JSON not in head
