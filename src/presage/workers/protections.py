"""Stop-loss and take-profit: when they fire, what they do, and when they are over.

`Guard` looks at the markets that changed and fires: one submission writes the protection's row,
which must still be as it was seen, and closes the position; so what fires fires once. `Fills`
follows what that sold and ends protections whose position is gone. A trigger never sells below its
limit, and tries again at most once a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection

from presage.domain.commands import Command
from presage.domain.facts import Leg, OrderPlaced, Traded
from presage.domain.ids import AccountId, Id, MarketId, member_of
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID
from presage.domain.site_commands import ClosePosition
from presage.feeds import marks
from presage.feeds.accounts import Accounts
from presage.feeds.cards import MarketCard
from presage.feeds.markets import Markets
from presage.feeds.watched import WatchedMarks
from presage.gateway import Gateway, Reader
from presage.projections.projection import Entry
from presage.site import outbox, protections
from presage.site.protections import ARMED, CANCELLED, STOP, TAKE, TRIGGERED, WORKING, Protection
from presage.site.settings import Settings
from presage.units import CENT_PRICE, DOLLAR_PRICE, SECOND, Micros, Price
from presage.workers.following import Item, Step

SOURCE: Final = "protection"
TOPIC: Final = "protection.triggered"
EVERY: Final[Micros] = SECOND // 10
RETRY: Final[Micros] = SECOND
PAGE: Final = 500
_LIVE: Final = ("active", "inactive")


class Guard:
    """One per exchange; `step` as often as wished."""

    def __init__(
        self,
        gateway: Gateway,
        reader: Reader,
        views: tuple[Markets, Accounts, WatchedMarks],
        settings: Settings,
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets, self._accounts, self._watched = views
        self._settings = settings
        self._hot: set[MarketId] = set()
        """Markets in which something is about to happen although nothing changes."""
        self._tried: dict[tuple[AccountId, MarketId], Micros] = {}

    async def step(self, now: Micros) -> None:
        """Look at every market that changed or waits. Raises: Busy, Stopped, OutcomeUnknown."""
        for market in list(self._watched.unseen):
            self._watched.watch(self._markets.by_id(market), now)
        wanted, self._watched.changed = self._watched.changed | self._hot, set()
        self._hot = set()
        for market in wanted:
            try:
                await self._look(market, now)
            except BaseException:
                self._watched.changed |= wanted  # once more
                raise

    async def _look(self, market: MarketId, now: Micros) -> None:
        after: AccountId = 0
        while True:
            read = partial(protections.live, market=market, limit=PAGE, after=after)
            rows = await self._reader.run(read)
            if not rows and not after:
                self._watched.forget(market)
            for row in rows:
                await self._judge(row, self._markets.by_id(market), now)
            if len(rows) < PAGE:
                return
            after = rows[-1].account

    async def _judge(self, row: Protection, card: MarketCard, now: Micros) -> None:
        account = self._accounts.find(row.account)
        held = 0 if account is None else account.positions.get(row.market, 0)
        if card.status not in _LIVE or held * row.sign <= 0:
            status = TRIGGERED if row.leg and not held else CANCELLED
            await self._change(row, status, now)
            return
        if row.market not in self._watched:
            self._watched.watch(card, now)
        leg = self._leg(row, card, now)
        if row.status == WORKING and leg != row.leg:
            await self._change(row, ARMED, now)
            self._hot.add(row.market)
        elif leg:
            self._hot.add(row.market)
            await self._fire(row, leg, card, now)

    def _leg(self, row: Protection, card: MarketCard, now: Micros) -> str:
        """The leg whose condition holds; empty: none."""
        if row.take and best_bid(card, row.sign) >= row.take:
            return TAKE
        if not row.stop:
            return ""
        lasted = partial(self._watched.lasted, row.market, row.sign, row.stop)
        if row.status == WORKING and row.leg == STOP:
            return STOP if lasted(now) else ""
        if not lasted(now):
            return ""
        self._hot.add(row.market)  # it has to last: time alone will tell
        confirm = self._settings.number("PROTECTION_CONFIRM_MS") * 1_000
        return STOP if lasted(now - confirm) else ""

    async def _fire(self, row: Protection, leg: str, card: MarketCard, now: Micros) -> None:
        key = row.account, row.market
        limit = self._limit(row, leg, card)
        open_ = card.status == "active" and self._markets.trading_active
        # The first time always: it takes the other sales out of the book.
        worth = row.status == ARMED or best_bid(card, row.sign) >= limit
        if not (open_ and worth) or now - self._tried.get(key, 0) < RETRY:
            return
        self._tried[key] = now
        await self._gateway.submit(None, partial(_fire, row=row, leg=leg, limit=limit, now=now))

    def _limit(self, row: Protection, leg: str, card: MarketCard) -> Price:
        """The worst price, of the position's side."""
        if leg == TAKE:
            price = row.take
            while price < DOLLAR_PRICE and not on_grid(card.structure, _yes(row.sign, price)):
                price += 1
            return price if price < DOLLAR_PRICE else DOLLAR_PRICE - CENT_PRICE
        cents = row.stop // CENT_PRICE - self._settings.number("PROTECTION_SLIPPAGE_CENTS")
        return max(cents, 1) * CENT_PRICE

    async def _change(self, row: Protection, status: str, now: Micros) -> None:
        def rows(connection: Connection) -> None:
            protections.change(connection, row, status=status, updated_at=now)

        await self._gateway.submit(None, rows)


def _fire(
    connection: Connection, row: Protection, leg: str, limit: Price, now: Micros
) -> Command | None:
    """Rows and command of one trigger; None: somebody was faster."""
    first = row.status == ARMED
    at = now if first else row.triggered_at
    values = {"status": WORKING, "leg": leg, "triggered_at": at, "updated_at": now}
    if not protections.change(connection, row, **values):
        return None
    member = member_of(row.account)
    if first:
        data = {"market": row.market, "account": row.account, "leg": leg, "sign": row.sign}
        outbox.add(connection, now, TOPIC, member, data)
    side = ASK if row.sign > 0 else BID
    cause = f"{SOURCE}:{row.account}:{row.market}:{row.version}"
    price = _yes(row.sign, limit)
    return ClosePosition(row.account, row.market, side, price, SOURCE, cause)


def best_bid(card: MarketCard, sign: int) -> Price:
    """What the side can be sold for now; 0: nobody bids."""
    bid, ask = marks.quotes(card)
    return bid if sign > 0 else DOLLAR_PRICE - ask if ask else 0


def _yes(sign: int, price: Price) -> Price:
    return price if sign > 0 else DOLLAR_PRICE - price


class Fills:
    """Follows trades: what protections have sold, and which positions are gone."""

    name = "protections"
    facts: frozenset[type] = frozenset({Traded})
    topics: frozenset[str] = frozenset()
    from_start = False

    def __init__(self, watched: WatchedMarks) -> None:
        self._watched = watched

    async def steps(self, item: Item) -> Sequence[Step]:
        assert isinstance(item, Entry), "it follows no outbox"
        trades = [
            fact for fact in item.facts if isinstance(fact, Traded) and fact.market in self._watched
        ]
        if not trades:
            return ()
        fired = {
            fact.order
            for fact in item.facts
            if isinstance(fact, OrderPlaced) and fact.source == SOURCE
        }

        def do(connection: Connection, cause: str) -> None:
            for fact in trades:
                for leg, side in ((fact.taker, fact.side), (fact.maker, 1 - fact.side)):
                    _follow(connection, fact, leg, side, leg.order in fired, item.at)

        return (Step(do),)


def _follow(
    connection: Connection, fact: Traded, leg: Leg, side: int, fired: bool, at: Micros
) -> None:
    row = protections.find(connection, leg.account, fact.market)
    if row is None or not row.is_live or row.updated_at > at:
        return  # it was set after this trade
    changed = row
    if fired:
        price = _yes(row.sign, fact.price)
        gross = row.gross + price * fact.count
        order: Id = leg.order
        changed = replace(row, filled=row.filled + fact.count, gross=gross, order_id=order)
    if leg.position * row.sign <= 0:
        over = TRIGGERED if row.leg and not leg.position else CANCELLED
        changed = replace(changed, status=over)
    if changed is not row:
        protections.put(connection, replace(changed, updated_at=at))
