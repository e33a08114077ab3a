"""A member's live orders and positions: read at any moment, then the same as if always followed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeVar, cast

import msgspec
import pytest
from sqlalchemy import Connection

from presage.domain import commands as c
from presage.domain.facts import OrderPlaced
from presage.domain.ids import account_id, member_of
from presage.domain.orders import ASK, BID, GTC, IOC
from presage.domain.rejects import Reject
from presage.feeds import blotters
from presage.feeds.accounts import Accounts
from presage.feeds.blotters import Blotters
from presage.gateway import Reader
from presage.projections import accounts, positions
from presage.projections.projection import Entry
from presage.units import CONTRACT
from tests.feeds.kit import Exchange

T = TypeVar("T")


class Market(Exchange):
    """Trades at random; `followed` are told of every entry as it is committed."""

    def __init__(self) -> None:
        super().__init__()
        self.projections = (*self.projections, accounts.Accounts(), positions.Positions())
        self.accounts = Accounts()
        self.followed: list[Blotters] = []
        self.random = Random(7)
        self.live: list[tuple[int, int]] = []
        self.between: Callable[[], None] = lambda: None

    def fold(self, facts: Any, command: c.Command | None = None) -> None:
        super().fold(facts, command)
        entry = Entry(self.seq, self.now, command or c.Tick(), facts)
        self.accounts.apply(entry)
        for one in self.followed:
            one.apply(entry)

    async def run(self, query: Callable[[Connection], T]) -> T:
        """What was read comes back late: the market goes on meanwhile."""
        found = query(self.connection)
        self.between()
        await asyncio.sleep(0)
        return found

    def trade(self, times: int) -> None:
        r = self.random
        for _ in range(times):
            price, count = 100 * r.randint(45, 55), CONTRACT * r.randint(1, 4)
            wish: c.Command = c.PlaceOrder(
                account_id(r.choice([1, 2])),
                r.choice([1, 2]),
                r.choice([BID, ASK]),
                price,
                count,
                r.choice([GTC, GTC, IOC]),
                stp="maker",
            )
            if self.live and r.random() < 0.5:
                who = r.choice(self.live)
                changes: list[c.Command] = [
                    c.CancelOrder(*who),
                    c.DecreaseOrder(*who, by=CONTRACT),
                    c.AmendOrder(*who, price=price, count=count),
                ]
                wish = r.choice(changes)
            facts = self.engine.execute(wish, self.seq + 1, self.now)
            if not isinstance(facts, Reject):
                self.fold(facts, wish)
                placed = (fact for fact in facts if isinstance(fact, OrderPlaced))
                self.live += [(member_of(fact.account), fact.order) for fact in placed]


@pytest.fixture
def market() -> Iterator[Market]:
    with Market() as market:
        market.set_up(2)
        yield market


def blotter_of(all_of_them: Blotters) -> Any:
    """Member 1's, as plain values without when they were read."""
    blotter = all_of_them._blotters[1]
    return [
        {key: msgspec.to_builtins(one) | {"as_of": 0} for key, one in part.items()}
        for part in (blotter.orders, blotter.positions)
    ]


def new(market: Market) -> Blotters:
    one = Blotters(market.accounts, cast(Reader, market))
    market.followed.append(one)
    return one


def test_read_late_or_followed_from_the_start_is_the_same(market: Market) -> None:
    first = new(market)
    asyncio.run(first.open(1))
    market.trade(300)
    late = new(market)
    asyncio.run(late.open(1))
    assert blotter_of(late) == blotter_of(first)
    market.trade(100)
    assert blotter_of(late) == blotter_of(first)
    assert all(one["remaining"] for one in blotter_of(late)[0].values())


def test_what_happens_while_it_is_read_is_in_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blotters, "PAGE", 3)
    first = new(market)
    asyncio.run(first.open(1))
    market.trade(200)
    market.between = lambda: market.trade(10)
    late = new(market)
    asyncio.run(late.open(1))
    market.between = lambda: None
    assert blotter_of(late) == blotter_of(first)
    market.trade(50)
    assert blotter_of(late) == blotter_of(first)


def test_it_is_forgotten_with_its_last_watcher(market: Market) -> None:
    one = new(market)

    async def watch() -> None:
        await asyncio.gather(one.open(1), one.open(1))

    asyncio.run(watch())
    one.close(1)
    assert one
    one.close(1)
    assert not one


def test_a_read_that_fails_leaves_nothing_behind(market: Market) -> None:
    one = new(market)

    def fail() -> None:
        raise RuntimeError("no reader")

    market.between = fail
    with pytest.raises(RuntimeError):
        asyncio.run(one.open(1))
    assert not one


def test_positions_that_are_paid_are_told_and_gone(market: Market) -> None:
    one = new(market)
    asyncio.run(one.open(1))
    market.place(1, 1, BID, 5_000, CONTRACT)
    market.place(2, 1, ASK, 5_000, CONTRACT)
    assert (account_id(1), 1) in one._blotters[1].positions
    market.followed.clear()
    news = [
        _follow(one, market, command)
        for command in (c.CloseMarket(1), c.DetermineMarket(1, 0), c.SettleMarket(1))
    ]
    (paid,) = news[-1].positions.values()
    assert (paid.position, paid.realized) == (0, -500_000)
    assert one._blotters[1].positions == {}


def _follow(one: Blotters, market: Market, command: c.Command) -> blotters.News:
    facts = market.do(command)
    return one.apply(Entry(market.seq, market.now, command, facts))
