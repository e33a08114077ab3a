"""Exchanges to measure: members, markets and orders, made through the gateway.

All members share one key pair (their key ids differ): what signing and verifying costs does not
depend on whose key it is, and making keys takes long.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import Connection

from bench.requests import Signer
from presage.api.signatures import generate_key_pair
from presage.app import datadir
from presage.app.build import Running, build, wall_clock
from presage.app.logging import configure
from presage.app.settings import Settings
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.domain import commands as c
from presage.domain.ids import account_id
from presage.domain.rejects import Reject
from presage.gateway import Gateway
from presage.identity import api_keys, members
from presage.identity.api_keys import ApiKey
from presage.identity.members import Member
from presage.identity.uuids import uuid7
from presage.units import CONTRACT, DOLLAR, SECOND, Micros

CASH: Final = 1_000_000 * DOLLAR
EVENT: Final = "KXBENCH-1"
AT_ONCE: Final = 2_000
"""Commands submitted together: many journal entries a transaction."""
YEAR: Final = 365 * 24 * 3_600 * SECOND


@asynccontextmanager
async def opened(folder: Path, clock: Callable[[], Micros] = wall_clock) -> AsyncIterator[Running]:
    """The exchange in `folder`, made when there is none, without its HTTP server."""
    configure(level=logging.WARNING)
    settings = Settings(data=folder, content="none")
    datadir.make(settings.data)
    running = await build(settings, clock=clock, own_process=True)
    try:
        yield running
    finally:
        await running.close()


async def submit_all(gateway: Gateway, wishes: Iterable[c.Command]) -> int:
    """Submit commands in order, many at a time. Returns how many were accepted."""
    accepted, waiting = 0, iter(wishes)
    while batch := list(islice(waiting, AT_ONCE)):
        answers = await gateway.submit_all(batch)
        accepted += sum(not isinstance(answer, Reject) for answer in answers)
    return accepted


async def populate(running: Running, traders: int, markets: int, texts: bool = False) -> None:
    """Members 1 .. `traders` with money, and open markets 1 .. `markets` of one event.

    With `texts` the markets have titles and rules, as lists print them.
    """
    gateway, at = running.services.gateway, running.services.clock()
    await submit_all(gateway, (wish for n in range(1, traders + 1) for wish in member(n)))
    await submit_all(gateway, (c.CreateSeries("KXBENCH"), c.CreateEvent(1, EVENT)))
    wishes = [c.CreateMarket(1, ticker(n), at, at + YEAR) for n in range(1, markets + 1)]
    if texts:
        await _together(gateway.submit(wish, _text_of(wish.ticker, at)) for wish in wishes)
    else:
        await submit_all(gateway, wishes)
    while await gateway.inspect(lambda engine: engine.next_due() == 0):
        pass


def ticker(market: int) -> str:
    """What market number `market` is called."""
    return f"{EVENT}-{market:06}"


def member(number: int) -> tuple[c.Command, c.Command]:
    """The commands that open a member and give it money."""
    lines = (("world", -CASH), (f"cash:{account_id(number)}", CASH))
    return c.OpenMember(number), c.Move(lines, f"start {number}", "deposit")


def resting_orders(count: int, traders: int, markets: int, seed: int = 1) -> Iterable[c.PlaceOrder]:
    """Orders that never cross: bids from 10 to 45 cents, asks from 55 to 90."""
    draw = random.Random(seed)
    for _ in range(count):
        side = draw.randrange(2)
        yield c.PlaceOrder(
            account=account_id(draw.randrange(1, traders + 1)),
            market=draw.randrange(1, markets + 1),
            side=side,
            price=(draw.randrange(10, 46) + 45 * side) * 100,
            count=CONTRACT,
            action="sell" if side else "buy",
            outcome="yes",
        )


async def let_in(running: Running, traders: int) -> list[Signer]:
    """Give members 1 .. `traders` rows and a key each. Read at the next start."""
    private, public = await asyncio.to_thread(generate_key_pair)
    key = load_pem_private_key(private.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    at, signers = wall_clock(), []
    scopes = ("read", "write")

    def row(number: int) -> Callable[[Connection], None]:
        who = Member(uuid7(at), number, "member", f"m{number}", "active", "basic", at)
        owned = ApiKey(uuid7(at), number, "key", public, scopes, None, at)
        signers.append(Signer(owned.id, key))

        def write(connection: Connection) -> None:
            members.add(connection, who)
            api_keys.add(connection, owned)

        return write

    gateway = running.services.gateway
    await _together(gateway.submit(None, row(number)) for number in range(1, traders + 1))
    return signers


def _text_of(name: str, at: int) -> Callable[[Connection], None]:
    text = MarketText(
        ticker=name,
        title=f"Will the measured value of {name} be above the line at the end of the month?",
        yes_sub_title="Above the line",
        no_sub_title="At or below the line",
        rules_primary="If the measured value is above the line, the market resolves to Yes. " * 4,
        updated_at=at,
    )
    return lambda connection: MARKET_TEXTS.insert(connection, text)


async def _together(submissions: Iterable[Coroutine[Any, Any, Any]]) -> None:
    waiting = iter(submissions)
    while some := list(islice(waiting, AT_ONCE)):
        refused = [one for one in await asyncio.gather(*some) if isinstance(one, Reject)]
        assert not refused, refused[:1]
