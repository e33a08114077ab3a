"""A whole exchange in one thread and in memory: the real engine, the projections, the views."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final, Self, TypeVar, cast

import msgspec
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from presage.api.auth import ANONYMOUS
from presage.api.cursors import Cursors
from presage.api.http import Request, encode
from presage.api.ids import IdCipher
from presage.api.kalshi.routes_market_data import OPERATIONS
from presage.api.query import QueryBinder
from presage.api.registry import Call, Operation
from presage.api.routing import RouteTree
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.catalog.series import SERIES_TEXTS, SeriesText
from presage.catalog.texts import Source
from presage.domain import commands as c
from presage.domain.facts import Fact
from presage.domain.ids import MarketId, account_id
from presage.domain.orders import Side
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.feeds.books import Books
from presage.feeds.markets import Markets
from presage.projections import candles, exchange, fee_changes, markets, orders, trades
from presage.projections.projection import Entry, Projection, project
from presage.storage import codec, journal
from presage.storage.schema import metadata, projected
from presage.units import DOLLAR, SECOND, Count, Micros, Price

T = TypeVar("T")

NOON: Final[Micros] = 1_790_000_000 * SECOND
"""Noon in spirit only: 2026-09-21T14:13:20Z."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

SERIES: Final = SeriesText(
    ticker="KXRAIN",
    title="Rain",
    category="Climate and Weather",
    tags=("Rain", "Daily"),
    frequency="daily",
    settlement_sources=(Source("The gauge", "https://gauge.example"),),
    product_metadata={"scope": "city"},
    updated_at=NOON,
)
EVENT: Final = EventText(
    ticker="KXRAIN-1",
    title="Rain tomorrow?",
    sub_title="Tomorrow",
    strike_at=NOON + DAY,
    image_url="/rain.png",
    updated_at=NOON,
)


def market_text(ticker: str) -> MarketText:
    return MarketText(
        ticker=ticker,
        title=f"Will it rain ({ticker})?",
        yes_sub_title="Rain",
        no_sub_title="Dry",
        rules_primary="If the gauge is wet, the market resolves to Yes.",
        strike_type="greater",
        floor_strike=0.5,
        custom_strike={"gauge": "a"},
        color_code="#00f",
        updated_at=NOON,
    )


class Exchange:
    """Runs commands one by one at `now`; every view and table follows at once."""

    def __init__(self) -> None:
        pool = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        self.connection: Connection = pool.connect()
        metadata.create_all(self.connection)
        projected.create_all(self.connection)
        self.raw = cast(sqlite3.Connection, self.connection.connection.driver_connection)
        self.engine = Engine()
        self.now = NOON
        self.seq = 0
        self.projections: Sequence[Projection] = (
            markets.Markets(),
            trades.Trades(),
            candles.Candles(),
            fee_changes.FeeChanges(),
            exchange.ExchangeStatus(),
            orders.Orders(),
        )
        self.markets = Markets()
        self.books = Books()
        self.queries = 0
        self._services = SimpleNamespace(
            reader=self, ids=IdCipher(bytes(16)), cursors=Cursors(bytes(16))
        )
        self._routes: RouteTree[Operation] = RouteTree()
        for operation in OPERATIONS:
            self._routes.add(operation.method, operation.path, operation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    async def run(self, query: Callable[[Connection], T]) -> T:
        """Stands for the reader."""
        self.queries += 1
        return query(self.connection)

    def do(self, command: c.Command) -> list[Fact]:
        """Execute a command that may not be refused, and fold its facts everywhere."""
        facts = self.engine.execute(command, self.seq + 1, self.now)
        assert not isinstance(facts, Reject), (command, facts)
        self.fold(facts, command)
        return facts

    def fold(self, facts: Sequence[Fact], command: c.Command | None = None) -> None:
        """Facts as the next journal entry, for projections and views only."""
        self.seq += 1
        entry = Entry(self.seq, self.now, command or c.Tick(), facts)
        sealed = codec.seal(codec.NO_HASH, self.seq, 0, 1, self.now, 1, entry.command, facts)
        journal.append(self.raw, self.seq, codec.pack(codec.NO_HASH, [sealed]), self.seq)
        project(self.raw, self.projections, [entry])
        self.raw.execute("REPLACE INTO applied VALUES (1, '', ?, '')", (self.seq,))
        self.markets.apply(entry)
        self.books.apply(entry)

    def pass_time(self, by: Micros) -> None:
        """Let the clock run and do what falls due."""
        self.now += by
        while (due := self.engine.next_due()) is not None and due <= self.now:
            self.do(c.Tick())

    def restarted(self) -> tuple[Markets, Books]:
        """The views as a new process would load them."""
        views = Markets(), Books()
        for view in views:
            view.load(self.connection)
        return views

    # What tests trade on

    def set_up(self, count: int = 1, **terms: Any) -> list[MarketId]:
        """One series, one event and `count` open markets KXRAIN-1-0, ..., with their texts, and
        the members 1 and 2 with money."""
        self.do(c.CreateSeries("KXRAIN"))
        self.do(c.CreateEvent(1, "KXRAIN-1"))
        SERIES_TEXTS.insert(self.connection, SERIES)
        EVENT_TEXTS.insert(self.connection, EVENT)
        for member in (1, 2):
            self.do(c.OpenMember(member))
            cash = (f"cash:{account_id(member)}", 10_000 * DOLLAR)
            lines = (cash, ("world", -10_000 * DOLLAR))
            self.do(c.Move(lines, f"deposit {member}", "deposit"))
        return [self.add_market(f"KXRAIN-1-{number}", **terms) for number in range(count)]

    def add_market(self, ticker: str, event: int = 1, **terms: Any) -> MarketId:
        times = {"open_at": self.now, "close_at": self.now + 30 * DAY}
        self.do(c.CreateMarket(event, ticker, **(times | terms)))
        MARKET_TEXTS.insert(self.connection, market_text(ticker))
        card = self.markets.by_ticker(ticker)
        assert card is not None
        return card.id

    def place(
        self,
        member: int,
        market: MarketId,
        side: Side,
        price: Price,
        count: Count,
        **terms: Any,
    ) -> list[Fact]:
        return self.do(c.PlaceOrder(account_id(member), market, side, price, count, **terms))

    # What clients ask

    def get(self, path: str, **query: Any) -> Any:
        """The JSON body that a GET is answered with. Raises: Fault, ApiError."""
        return msgspec.json.decode(self.get_bytes(path, **query))

    def get_bytes(self, path: str, **query: Any) -> bytes:
        match = self._routes.find("GET", path)
        operation = match.endpoint
        assert operation is not None, path
        pairs = [
            f"{name}={one}"
            for name, value in query.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        bound = None
        if operation.query is not None:
            bound = QueryBinder(operation.query).bind("&".join(pairs).encode())
        request = Request("GET", path, b"", {})
        services = self._services
        services.markets, services.books = self.markets, self.books
        call: Call[Any, Any] = Call(
            services, operation, request, ANONYMOUS, match.values, bound, None, self.now
        )
        reply = asyncio.run(_answer(operation, call))
        assert isinstance(reply, msgspec.Struct | msgspec.Raw)
        return encode(reply)


async def _answer(operation: Operation, call: Call[Any, Any]) -> object:
    return await operation.handler(call)
