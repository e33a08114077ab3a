"""A real engine whose facts go into real tables, for the tests of what the tables say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.pool import StaticPool

from presage.domain.commands import (
    AmendOrder,
    CancelOrder,
    CloseMarket,
    Command,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    DetermineMarket,
    Move,
    OpenMember,
    PlaceOrder,
    SettleMarket,
    Tick,
)
from presage.domain.facts import EventCreated, Fact, MarketCreated, OrderPlaced, SeriesCreated
from presage.domain.ids import AccountId, Id, MarketId, account_id
from presage.domain.orders import ASK, BID
from presage.domain.rejects import Reject
from presage.domain.resolution_commands import CorrectOutcomes
from presage.engine.engine import Engine
from presage.projections.projection import Entry, Projection, project
from presage.storage.schema import projected
from presage.units import CONTRACT, DOLLAR, SECOND, Micros, Money, Price

NOON: Final = 1_790_000_000 * SECOND
DAY: Final = 86_400 * SECOND
ANN: Final = account_id(1)
BOB: Final = account_id(2)

F = TypeVar("F", bound=Fact)


class Desk:
    """Commands in, tables out. Every command takes one second of the exchange's time."""

    def __init__(self, *projections: Projection) -> None:
        self.engine = Engine()
        self.entries: list[Entry] = []
        self.at: Micros = NOON
        self.projections = projections
        sql = create_engine("sqlite://", poolclass=StaticPool)
        tables = [table for one in projections for table in one.tables]
        projected.create_all(sql, tables)
        self.connection: Connection = sql.connect()

    def run(self, command: Command) -> Sequence[Fact]:
        """The facts of a command that must be accepted."""
        result = self.attempt(command)
        assert not isinstance(result, Reject), result
        return result

    def attempt(self, command: Command) -> Sequence[Fact] | Reject:
        """Execute and, if it is accepted, write what follows."""
        self.at += SECOND
        seq = len(self.entries) + 1
        result = self.engine.execute(command, seq, self.at)
        if isinstance(result, Reject):
            return result
        entry = Entry(seq, self.at, command, result)
        self.entries.append(entry)
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        project(raw, self.projections, [entry])
        return result

    def tick(self, after: Micros = 0) -> None:
        """Let time pass and run what is due."""
        self.at += after
        self.run(Tick())

    def open_market(self, *tickers: str, **more: Any) -> list[MarketId]:
        """Two members with 1,000 dollars each, and an event with open markets."""
        for account, member in ((ANN, 1), (BOB, 2)):
            self.run(OpenMember(member))
            self.deposit(account, 1_000 * DOLLAR)
        series = only(SeriesCreated, self.run(CreateSeries("RAIN"))).series
        held = only(EventCreated, self.run(CreateEvent(series, "RAIN-26", **more))).event
        return [
            only(MarketCreated, self.run(CreateMarket(held, ticker, self.at, self.at + DAY))).market
            for ticker in tickers or ("RAIN-26-YES",)
        ]

    def deposit(self, account: AccountId, amount: Money) -> None:
        lines = (("world", -amount), (f"cash:{account}", amount))
        self.run(Move(lines, f"deposit-{len(self.entries)}", "deposit"))

    def bid(
        self, market: MarketId, price: Price, contracts: int, account: AccountId = ANN, **more: Any
    ) -> Id:
        return self._place(PlaceOrder(account, market, BID, price, contracts * CONTRACT, **more))

    def ask(
        self, market: MarketId, price: Price, contracts: int, account: AccountId = BOB, **more: Any
    ) -> Id:
        return self._place(PlaceOrder(account, market, ASK, price, contracts * CONTRACT, **more))

    def _place(self, command: PlaceOrder) -> Id:
        return only(OrderPlaced, self.run(command)).order

    def cancel(self, order: Id, member: int = 1) -> None:
        self.run(CancelOrder(member, order))

    def amend(self, order: Id, price: Price, contracts: int, member: int = 1, **more: Any) -> None:
        self.run(AmendOrder(member, order, price, contracts * CONTRACT, **more))

    def correct(self, market: MarketId, value: Price, *holders: tuple[AccountId, int]) -> None:
        """It came out otherwise; `holders` hold so many contracts."""
        held = tuple((market, account, contracts * CONTRACT) for account, contracts in holders)
        self.run(CorrectOutcomes(((market, value),), held, f"correction:{self.at}"))

    def settle(self, market: MarketId, value: Price) -> None:
        """Close a market, decide it and pay everybody."""
        for command in (CloseMarket(market), DetermineMarket(market, value), SettleMarket(market)):
            self.run(command)

    def plan(self, query: Callable[[Connection], object]) -> str:
        """How the database goes about what `query` asks of it."""
        asked: list[tuple[str, Any]] = []

        def note(*args: Any) -> None:
            asked.append((args[2], args[3]))

        event.listen(self.connection.engine, "before_cursor_execute", note)
        query(self.connection)
        event.remove(self.connection.engine, "before_cursor_execute", note)
        return "; ".join(
            row[3]
            for statement, values in asked
            for row in self.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        )

    def table(self, name: str) -> list[dict[str, Any]]:
        """Every row of a table."""
        rows = self.connection.execute(select(projected.tables[name]))
        return [dict(row._mapping) for row in rows]


def only(kind: type[F], facts: Sequence[Fact]) -> F:
    """The one fact of that kind."""
    (found,) = (fact for fact in facts if isinstance(fact, kind))
    return found
