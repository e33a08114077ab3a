"""A whole exchange behind the real dispatcher, in-process: requests in, recorded bodies out.

Callers are named by a header instead of a signature; everything behind that is what is served.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import pytest

from presage.api import faults
from presage.api.auth import Caller
from presage.api.cursors import Cursors
from presage.api.dispatch import Dispatcher, Mount
from presage.api.http import Request
from presage.api.ids import IdCipher
from presage.api.kalshi.routes import KALSHI
from presage.api.kalshi.services import Services
from presage.api.limits import RateLimits
from presage.domain.commands import (
    CloseMarket,
    Command,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    DetermineMarket,
    Genesis,
    Move,
    OpenAccount,
    OpenMember,
    SettleMarket,
)
from presage.domain.facts import EventCreated, Fact, MarketCreated, SeriesCreated
from presage.domain.ids import account_id
from presage.feeds.accounts import Accounts
from presage.feeds.books import Books
from presage.feeds.markets import Markets
from presage.gateway import Gateway, Receipt, open_exchange
from presage.identity import members
from presage.identity.api_keys import Keys
from presage.identity.members import Member, Tiers
from presage.projections.catalogue import every_projection
from presage.projections.projection import Entry
from presage.units import DOLLAR, SECOND, Micros, Money, Price
from tests.api.asking import JSON_TYPE, request
from tests.reference import KALSHI as KALSHI_REFERENCE

NOON: Final = 1_790_000_000 * SECOND
DAY: Final = 86_400 * SECOND
TICKER: Final = "RAIN-26-YES"
EVENT: Final = "RAIN-26"
ALL: Final = frozenset({"read", "write"})
NUMBERS: Final = {"ann": 1, "bob": 2}
LATER: Final = {"cat": 3}
CALLERS: Final = {
    "ann": Caller(1, "user-ann", "key-ann", ALL, None, "member"),
    "bob": Caller(2, "user-bob", "key-bob", ALL, None, "member"),
    "cat": Caller(3, "user-cat", "key-cat", ALL, None, "member"),
    "ann-reads": Caller(1, "user-ann", "key-r", frozenset({"read"}), None, "member"),
    "ann-trades": Caller(1, "user-ann", "key-t", frozenset({"write::trade"}), None, "member"),
    "ann-locked": Caller(1, "user-ann", "key-1", ALL, 1, "member"),
}

F = TypeVar("F", bound=Fact)


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The nested error, and the status with it."""
        return {"status": self.status, **self.json["error"]}


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now: Micros = NOON

    def __call__(self) -> Micros:
        return self.now


class World:
    """A running exchange and its doors."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self.services = services
        self.clock = clock
        self._door = self._behind(None)

    def _behind(self, limits: RateLimits | None) -> Dispatcher:
        mount = Mount(KALSHI, self.services, _by_name, limits)
        return Dispatcher([mount], clock=self.clock)

    def limit(self, monotonic_ns: Callable[[], int] = lambda: 0) -> None:
        """From now on calls cost tokens, which flow in by this clock (by default: never)."""
        self._door = self._behind(RateLimits(monotonic_ns, self.services.tiers.of))

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, *, raw: bytes | None = None
    ) -> Answer:
        """Whatever comes back."""
        self.clock.now += SECOND
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        headers = [(b"who", who.encode())]
        if body is not None or raw is not None:
            headers.append(JSON_TYPE)
        asked = request(method, f"{KALSHI.prefix}{path}", tuple(headers), data)
        status, content, _ = await self._door.respond(asked)
        assert isinstance(content, bytes), "Kalshi's API streams over WebSocket only"
        return Answer(status, content)

    async def get(self, who: str, path: str) -> Any:
        """The body of a read that must succeed."""
        answer = await self.ask(who, "GET", path)
        assert answer.status == 200, answer
        return answer.json

    async def post(self, who: str, path: str, body: Any, status: int = 201) -> Any:
        """The body of a write that must succeed."""
        answer = await self.ask(who, "POST", path, body)
        assert answer.status == status, answer
        return answer.json

    async def run(self, command: Command) -> Receipt:
        """What an operator does."""
        self.clock.now += SECOND
        result = await self.services.gateway.submit(command, wait_for_work=True)
        assert isinstance(result, Receipt), result
        return result

    async def settle(self, ticker: str, value: Price) -> None:
        card = self.services.markets.by_ticker(ticker)
        assert card is not None
        for command in (
            CloseMarket(card.id),
            DetermineMarket(card.id, value),
            SettleMarket(card.id),
        ):
            await self.run(command)

    async def deposit(self, member: int, amount: Money) -> None:
        lines = (("world", -amount), (f"cash:{account_id(member)}", amount))
        await self.run(Move(lines, f"deposit-{self.clock.now}", "deposit"))

    async def join(self, name: str) -> None:
        """Another member with 1,000 dollars."""
        number = (NUMBERS | LATER)[name]
        await self.run(OpenMember(number))
        await self.deposit(number, 1_000 * DOLLAR)
        one = Member(f"user-{name}", number, "member", name, "active", "basic", NOON)
        await self.services.gateway.submit(None, partial(members.add, member=one))

    async def add_markets(self, event_ticker: str, *tickers: str, **more: Any) -> None:
        """A series and an event of its own with open markets."""
        series = only(SeriesCreated, await self.run(CreateSeries(f"S-{event_ticker}"))).series
        created = await self.run(CreateEvent(series, event_ticker))
        event = only(EventCreated, created).event
        for ticker in tickers:
            market = CreateMarket(
                event, ticker, self.clock.now, self.clock.now + DAY, timer=DAY, **more
            )
            only(MarketCreated, await self.run(market))


async def _by_name(request: Request) -> Caller:
    caller = CALLERS.get(request.header(b"who"))
    if caller is None:
        raise faults.not_authenticated("NOT_FOUND")
    return caller


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[World]:
    """Ann (with subaccount 1) and Bob with 1,000 dollars each, and one open market."""
    clock = Clock()
    genesis = Genesis(b"exchange-of-test", b"0123456789abcdef")
    exchange = open_exchange(directory, every_projection(), clock, genesis)
    gateway = Gateway(exchange, clock)
    await gateway.open_tables()
    reader = gateway.reader()
    views = Books(), Markets(), Accounts()
    keys, tiers = Keys(), Tiers()
    for one in (*views, keys, tiers):
        await reader.run(one.load)

    def fold(entries: Sequence[Entry]) -> None:
        for entry in entries:
            for view in views:
                view.apply(entry)

    gateway.watch(fold)
    gateway.start()
    cursors, ids = Cursors(b"0123456789abcdef"), IdCipher(genesis.id_key)
    services = Services(gateway, reader, ids, cursors, clock, *views, keys, tiers)
    world = World(services, clock)
    try:
        await _people(world)
        await world.add_markets(EVENT, TICKER)
        yield world
    finally:
        await gateway.close()
        reader.close()


async def _people(world: World) -> None:
    for name in NUMBERS:
        await world.join(name)
    await world.run(OpenAccount(1))


def only(kind: type[F], receipt: Receipt) -> F:
    """The one fact of that kind."""
    (found,) = (fact for fact in receipt.facts if isinstance(fact, kind))
    return found


def order_v2(side: str, price: str, count: str = "1.00", **more: Any) -> dict[str, Any]:
    """A second-generation order in the one market."""
    return {
        "ticker": TICKER,
        "side": side,
        "price": price,
        "count": count,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    } | more


def order_v1(action: str, side: str, cents: int, count: int = 1, **more: Any) -> dict[str, Any]:
    """A first-generation order in the one market, priced in its own outcome's cents."""
    return {
        "ticker": TICKER,
        "action": action,
        "side": side,
        f"{side}_price": cents,
        "count": count,
    } | more


def recorded(name: str) -> Any:
    """A recorded reply, or a skip where the recordings are not at hand."""
    path = KALSHI_REFERENCE / "wire-fixtures" / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded replies are not beside this checkout")
    return json.loads(path.read_text())
