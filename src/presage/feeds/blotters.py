"""The live orders and open positions of the members who are watching, folded fact by fact.

A blotter is read from the tables when its member connects and forgotten when the last connection is
gone, so memory and work follow who listens, not who trades. It says what an entry changed; who is
told, and in which words, is the door's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from presage.domain import facts as f
from presage.domain.ids import AccountId, Id, MarketId, MemberId, member_of
from presage.domain.member_facts import PositionTransferred, Share
from presage.domain.orders import Side
from presage.feeds.accounts import Accounts
from presage.projections import orders, positions
from presage.projections.newest import Place
from presage.projections.orders import CANCELED, EXECUTED, RESTING, OrderRow, outcome_price
from presage.projections.positions import PositionRow
from presage.projections.projection import Entry
from presage.storage.reader import Reader
from presage.storage.schema import applied
from presage.units import Count, Micros, Money, Price

PAGE: Final = 2_000
"""Rows read at a time, so that no read lasts long."""


class LiveOrder(msgspec.Struct, kw_only=True):
    """An order as it stands. `as_of` is the entry its row was read at; earlier facts are in it."""

    id: Id
    account: AccountId
    market: MarketId
    side: Side
    price: Price
    count: Count
    remaining: Count
    filled: Count = 0
    status: str = RESTING
    reason: str = ""
    client_order_id: str
    expires_at: Micros
    stp: str
    order_group: Id
    action: str
    outcome: str
    taker_cost: Money = 0
    maker_cost: Money = 0
    taker_fees: Money = 0
    maker_fees: Money = 0
    created_at: Micros
    updated_at: Micros
    as_of: int = 0


class HeldPosition(msgspec.Struct, kw_only=True):
    """What an account holds and has done in a market."""

    account: AccountId
    market: MarketId
    position: Count = 0
    cost: Money = 0
    realized: Money = 0
    fees: Money = 0
    volume: Count = 0
    as_of: int = 0


class News:
    """What one entry changed on the blotters, and how each thing stands after it."""

    __slots__ = ("orders", "positions")

    def __init__(self) -> None:
        self.orders: dict[Id, LiveOrder] = {}
        self.positions: dict[tuple[AccountId, MarketId], HeldPosition] = {}


NOTHING: Final = News()


class Blotter:
    """One member's. While it is being read, `missed` keeps what was committed meanwhile."""

    __slots__ = ("orders", "positions", "users", "missed", "reading")

    def __init__(self) -> None:
        self.orders: dict[Id, LiveOrder] = {}
        self.positions: dict[tuple[AccountId, MarketId], HeldPosition] = {}
        self.users = 0
        self.missed: list[Entry] | None = []
        self.reading: asyncio.Task[None]

    def catch_up(self, member: MemberId) -> None:
        """Everything has been read: fold what was missed."""
        missed, self.missed = self.missed or [], None
        for entry in missed:
            for fact in entry.facts:
                for account, fold in _parties(fact):
                    if member_of(account) == member:
                        fold(self, fact, entry, News())


class Blotters:
    """The blotters of all members who are watching. For one event loop."""

    def __init__(self, accounts: Accounts, reader: Reader) -> None:
        self._accounts = accounts
        self._reader = reader
        self._blotters: dict[MemberId, Blotter] = {}

    def __bool__(self) -> bool:
        return bool(self._blotters)

    async def open(self, member: MemberId) -> None:
        """Begin to follow a member; `close` ends it.

        Raises: TooManyReads, ReadTooLong; then there is nothing to close.
        """
        blotter = self._blotters.get(member)
        if blotter is None:
            blotter = self._blotters[member] = Blotter()
            blotter.reading = asyncio.create_task(self._read(member, blotter))
            # Whoever waited may have left: then nobody else would look at its failure.
            blotter.reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        blotter.users += 1
        try:
            await asyncio.shield(blotter.reading)
        except BaseException:
            self._leave(member, blotter)
            raise

    def close(self, member: MemberId) -> None:
        """One watcher less."""
        self._leave(member, self._blotters[member])

    def apply(self, entry: Entry) -> News:
        """Fold a committed entry; what it changed for those who watch."""
        news = NOTHING
        for fact in entry.facts:
            for account, fold in _parties(fact):
                blotter = self._blotters.get(member_of(account))
                if blotter is None:
                    continue
                if blotter.missed is not None:
                    if not blotter.missed or blotter.missed[-1] is not entry:
                        blotter.missed.append(entry)
                    continue
                if news is NOTHING:
                    news = News()
                fold(blotter, fact, entry, news)
        return news

    def _leave(self, member: MemberId, blotter: Blotter) -> None:
        blotter.users -= 1
        if not blotter.users and self._blotters.get(member) is blotter:
            del self._blotters[member]

    async def _read(self, member: MemberId, blotter: Blotter) -> None:
        for account in [one.id for one in self._accounts.of(member)]:
            await self._read_orders(account, blotter)
            await self._read_positions(account, blotter)
        blotter.catch_up(member)

    async def _read_orders(self, account: AccountId, blotter: Blotter) -> None:
        place: Place | None = None
        while True:

            def page(connection: Connection, after: Place | None = place) -> _Orders:
                rows = orders.page(connection, [account], PAGE, after, status=RESTING)
                return _newest_entry(connection), rows

            as_of, rows = await self._reader.run(page)
            for row in rows:
                blotter.orders[row.id] = _order(row, as_of)
            if len(rows) < PAGE:
                return
            place = (rows[-1].created_at, rows[-1].id)

    async def _read_positions(self, account: AccountId, blotter: Blotter) -> None:
        last: MarketId | None = None
        while True:

            def page(connection: Connection, before: MarketId | None = last) -> _Positions:
                return _newest_entry(connection), positions.page(
                    connection, [account], PAGE, before
                )

            as_of, rows = await self._reader.run(page)
            for row in rows:
                blotter.positions[account, row.market] = _position(row, as_of)
            if len(rows) < PAGE:
                return
            last = rows[-1].market


_Orders = tuple[int, list[OrderRow]]
_Positions = tuple[int, list[PositionRow]]


def _newest_entry(connection: Connection) -> int:
    """The entry that the tables have come to."""
    return connection.execute(select(applied.c.seq)).scalar() or 0


def _order(row: OrderRow, as_of: int) -> LiveOrder:
    values = {name: getattr(row, name) for name in LiveOrder.__struct_fields__ if name != "as_of"}
    return LiveOrder(**values, as_of=as_of)


def _position(row: PositionRow, as_of: int) -> HeldPosition:
    names = (name for name in HeldPosition.__struct_fields__ if name != "as_of")
    return HeldPosition(**{name: getattr(row, name) for name in names}, as_of=as_of)


# Folds: (blotter, fact, entry, news). What its row already held is not added again.

Fold = Callable[[Blotter, Any, Entry, News], None]


def _live(blotter: Blotter, order: Id, entry: Entry, news: News) -> LiveOrder | None:
    """The order, noted as changed; None if there is nothing to fold."""
    found = news.orders.get(order) or blotter.orders.get(order)
    if found is None:
        return None
    news.orders[order] = found
    return None if entry.seq <= found.as_of else found


def _end(blotter: Blotter, order: LiveOrder) -> None:
    if not order.remaining:
        blotter.orders.pop(order.id, None)


def _placed(blotter: Blotter, fact: f.OrderPlaced, entry: Entry, news: News) -> None:
    order = blotter.orders.get(fact.order)
    if order is None:
        order = blotter.orders[fact.order] = LiveOrder(
            id=fact.order,
            account=fact.account,
            market=fact.market,
            side=fact.side,
            price=fact.price,
            count=fact.count,
            remaining=fact.count,
            client_order_id=fact.client_order_id,
            expires_at=fact.expires_at,
            stp=fact.stp,
            order_group=fact.group,
            action=fact.action,
            outcome=fact.outcome,
            created_at=entry.at,
            updated_at=entry.at,
        )
    news.orders[fact.order] = order


def _changed(
    blotter: Blotter, order_id: Id, left: Count, why: str, entry: Entry, news: News
) -> None:
    order = _live(blotter, order_id, entry, news)
    if order is not None:
        order.remaining, order.reason, order.updated_at = left, why, entry.at
        order.status = RESTING if left else CANCELED
        _end(blotter, order)


def _reduced(blotter: Blotter, fact: f.OrderReduced, entry: Entry, news: News) -> None:
    _changed(blotter, fact.order, fact.remaining, fact.reason, entry, news)


def _canceled(blotter: Blotter, fact: f.OrderCanceled, entry: Entry, news: News) -> None:
    _changed(blotter, fact.order, 0, fact.reason, entry, news)


def _amended(blotter: Blotter, fact: f.OrderAmended, entry: Entry, news: News) -> None:
    order = _live(blotter, fact.order, entry, news)
    if order is not None:
        order.price, order.count, order.remaining = fact.price, fact.count, fact.remaining
        order.client_order_id = fact.client_order_id
        order.reason, order.updated_at = "Amend", entry.at


def _took(blotter: Blotter, fact: f.Traded, entry: Entry, news: News) -> None:
    cost = outcome_price(fact.side, fact.price) * fact.count
    order = _filled(blotter, fact, fact.taker, entry, news)
    if order is not None:
        order.taker_cost += cost
        order.taker_fees += fact.taker.fee


def _made(blotter: Blotter, fact: f.Traded, entry: Entry, news: News) -> None:
    cost = outcome_price(1 - fact.side, fact.price) * fact.count
    order = _filled(blotter, fact, fact.maker, entry, news)
    if order is not None:
        order.maker_cost += cost
        order.maker_fees += fact.maker.fee


def _filled(
    blotter: Blotter, fact: f.Traded, leg: f.Leg, entry: Entry, news: News
) -> LiveOrder | None:
    _hold(blotter, fact, leg, entry, news)
    order = _live(blotter, leg.order, entry, news)
    if order is not None:
        order.filled += fact.count
        order.remaining, order.reason, order.updated_at = leg.remaining, "Trade", entry.at
        order.status = RESTING if leg.remaining else EXECUTED
        _end(blotter, order)
    return order


def _hold(blotter: Blotter, fact: f.Traded, leg: f.Leg, entry: Entry, news: News) -> None:
    key = leg.account, fact.market
    held = blotter.positions.get(key)
    if held is None:
        held = blotter.positions[key] = HeldPosition(account=leg.account, market=fact.market)
    news.positions[key] = held
    if entry.seq > held.as_of:
        held.position, held.cost = leg.position, leg.cost
        held.realized += leg.realized
        held.fees += leg.fee
        held.volume += fact.count


def _paid(blotter: Blotter, fact: f.PositionPaid, entry: Entry, news: News) -> None:
    key = fact.account, fact.market
    # A row that was read after the payout is no open one, and is not there.
    held = blotter.positions.pop(key, None)
    if held is not None:
        news.positions[key] = held
        held.position = held.cost = 0
        held.realized += fact.realized


def _gave(blotter: Blotter, fact: PositionTransferred, entry: Entry, news: News) -> None:
    _stand(blotter, fact.market, fact.source, entry, news)


def _got(blotter: Blotter, fact: PositionTransferred, entry: Entry, news: News) -> None:
    _stand(blotter, fact.market, fact.target, entry, news)


def _stand(blotter: Blotter, market: MarketId, share: Share, entry: Entry, news: News) -> None:
    key = share.account, market
    held = blotter.positions.get(key)
    if held is None:
        held = blotter.positions[key] = HeldPosition(account=share.account, market=market)
    news.positions[key] = held
    if entry.seq > held.as_of:
        held.position, held.cost = share.position, share.cost
        held.realized += share.realized


_PARTY: dict[type[f.Fact], Fold] = {
    f.OrderPlaced: _placed,
    f.OrderReduced: _reduced,
    f.OrderCanceled: _canceled,
    f.OrderAmended: _amended,
    f.PositionPaid: _paid,
}


def _parties(fact: Any) -> tuple[tuple[AccountId, Fold], ...]:
    """Whose blotters a fact is about, and how it is folded there."""
    kind = type(fact)
    if kind is f.Traded:
        return (fact.taker.account, _took), (fact.maker.account, _made)
    if kind is PositionTransferred:
        return (fact.source.account, _gave), (fact.target.account, _got)
    fold = _PARTY.get(kind)
    return () if fold is None else ((fact.account, fold),)
