"""Connections that end at any moment: who comes back knows the book, and nobody misses a change
without being able to tell."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.kalshi.world import TICKER as MARKET
from tests.api.kalshi.world import order_v2
from tests.api.stream.kit import Floor
from tests.api.stream.replica import Gap, Replica, Traffic
from tests.api.stream.sockets import Exchange, listening
from tests.api.wire import run

FULL: Final = bool(os.environ.get("PRESAGE_FULL"))
MESSAGES: Final = 40_000 if FULL else 2_000
ROUNDS: Final = 20
TICKERS: Final = ("KXRAIN-1-0", "KXRAIN-1-1")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_lost_is_noticed(seed: int) -> None:
    """A connection breaks between any two messages; a slow reader loses its subscription; a bad
    proxy swallows a message. The first two are told, the third shows in the next number."""
    random = Random(seed)
    with Floor() as floor:
        floor.set_up(2)
        traffic = Traffic(floor, random, TICKERS)
        replica = Replica(floor.join(3), *TICKERS)
        floor.held = True
        fates = {"broken": 0, "slow": 0, "swallowed": 0}
        while replica.messages < MESSAGES // 4:
            shown = [traffic.step() for _ in range(random.choice([1, 2, 5]))]
            floor.commit()
            fate = random.choice(["", "", "", *fates])
            if fate in ("broken", "slow"):
                replica = lost(floor, replica, random, fate)
            elif fate == "swallowed" and not swallowed(replica, random):
                continue
            else:
                replica.hear(replica.client.take())
            if fate:
                fates[fate] += 1
            replica.check(shown[-1])
        assert min(fates.values()) > 5


def lost(floor: Floor, replica: Replica, random: Random, fate: str) -> Replica:
    """The replica of who came back after its connection broke, or its subscription ended."""
    client = replica.client
    if fate == "broken":
        heard = client.take()
        replica.hear(heard[: random.randint(0, len(heard))])
        floor.hub.close(client.session)
        again = Replica(floor.join(3), *TICKERS)
        assert (again.sid, again.seq) == (1, len(TICKERS))
        again.messages += replica.messages
        return again
    client.session.overflow()
    messages = client.take()
    replica.hear(messages)
    (told,) = (one for one in messages if one["type"] == "error")
    assert (told["sid"], told["msg"]["code"]) == (replica.sid, 25)
    replica.subscribe()
    assert replica.sid > told["sid"]
    return replica


def swallowed(replica: Replica, random: Random) -> bool:
    """Something is not delivered; the next number tells. False when there was nothing."""
    messages = replica.client.take()
    if not messages:
        return False
    del messages[random.randrange(len(messages))]
    asked = replica.client.ask(
        "update_subscription", sid=replica.sid, action="get_snapshot", market_tickers=[*TICKERS]
    )
    with pytest.raises(Gap):
        replica.hear([*messages, *asked])
    replica.hear(replica.client.ask("unsubscribe", sids=[replica.sid])[:0])
    replica.subscribe()
    return True


def test_a_client_that_keeps_losing_its_connection(tmp_path: Path) -> None:
    """Over real sockets: orders go on while it is away; back again it has the book at once."""

    async def scenario(exchange: Exchange) -> None:
        random = Random(7)
        while_away = 0
        for _ in range(ROUNDS):
            for _ in range(random.randint(0, 2)):
                await ordered(exchange, random)
                while_away += 1
            async with exchange.client() as client:
                await client.ask("subscribe", channels=["orderbook_delta"], market_ticker=MARKET)
                first = await client.hear()
                assert (first["type"], first["seq"]) == ("orderbook_snapshot", 1)
                book = kept({}, first)
                assert book == await told(exchange)
                expected = 2
                for _ in range(random.randint(0, 3)):
                    await ordered(exchange, random)
                    delta = await client.hear()
                    assert (delta["type"], delta["seq"]) == ("orderbook_delta", expected)
                    expected += 1
                    book = kept(book, delta)
                    assert book == await told(exchange)
                client.connection.transport.abort()
                with pytest.raises(ConnectionClosed):
                    await asyncio.wait_for(client.connection.recv(), 5)
        assert while_away > ROUNDS // 2

    async def whole() -> None:
        async with listening(tmp_path) as exchange:
            await scenario(exchange)

    run(whole)


async def ordered(exchange: Exchange, random: Random) -> None:
    """An order that rests: no two of them can meet."""
    side, cents = random.choice([("bid", range(1, 40)), ("ask", range(60, 99))])
    wish = order_v2(side, f"0.{random.choice(cents):02d}", "0.01")
    await exchange.world.post("bob", "/portfolio/events/orders", wish)


async def told(exchange: Exchange) -> dict[tuple[str, str], int]:
    body = await exchange.world.get("ann", f"/markets/{MARKET}/orderbook")
    return {
        (side, price): _count(count)
        for side in ("yes", "no")
        for price, count in body["orderbook_fp"][f"{side}_dollars"]
    }


def kept(book: dict[tuple[str, str], int], message: Any) -> dict[tuple[str, str], int]:
    """A client's book after a message."""
    msg = message["msg"]
    if message["type"] == "orderbook_snapshot":
        return {
            (side, price): _count(count)
            for side in ("yes", "no")
            for price, count in msg.get(f"{side}_dollars_fp", [])
        }
    place = msg["side"], msg["price_dollars"]
    return book | {place: book.get(place, 0) + _count(msg["delta_fp"])}


def _count(text: str) -> int:
    return int(text.replace(".", ""))
