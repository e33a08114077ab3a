"""Experience and badges for what members trade and win: follows trades and settlements.

An order counts once, when it first trades, and only if the member placed it: not what a copy or a
protection placed. Members of the house earn nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from presage.catalog.series import SERIES_TEXTS
from presage.domain.commands import AmendOrder, Command, PlaceOrder
from presage.domain.facts import Leg, OrderPlaced, OrderRested, PositionPaid, Traded
from presage.domain.ids import MemberId, member_of
from presage.feeds.markets import Markets
from presage.gateway import Reader
from presage.identity import members
from presage.projections import fills
from presage.projections.projection import Entry
from presage.site import tallies, xp
from presage.site.tallies import Tally
from presage.units import CONTRACT, Micros
from presage.workers.following import Item, Step
from presage.workers.house import ROLE
from presage.workers.referring import Referring
from presage.workers.rewarding import Deed, reward

AUTOMATIC: Final = ("copies:", "protections:")
"""How the client order ids begin of orders that no member placed."""
PIONEERS: Final = 100
CROWD: Final = 20
"""Traders in an event that make a win against them worth a badge."""
_VOID_PAGE: Final = 500


class Trade(msgspec.Struct, frozen=True):
    """One member's side of a trade. `begins`: the order was placed in this very entry; `rests`:
    some of it may trade later; `own`: the member placed it."""

    fact: Traded
    leg: Leg
    is_taker: bool
    begins: bool
    rests: bool
    own: bool

    @property
    def ref(self) -> str:
        """What counts once: the order, or a trade without one."""
        return str(self.leg.order or self.fact.trade)


class Rewards:
    """A follower."""

    name = "rewards"
    facts = frozenset({Traded, PositionPaid})
    topics: frozenset[str] = frozenset()
    from_start = True

    def __init__(self, markets: Markets, reader: Reader, referring: Referring) -> None:
        self._markets = markets
        self._reader = reader
        self._referring = referring
        self._house: dict[MemberId, bool] = {}

    async def steps(self, item: Item) -> Sequence[Step]:
        """One for each member who traded, one for each position that was paid."""
        assert isinstance(item, Entry), "it follows no topic"
        found = [Step(self._traded(item.at, member, own)) for member, own in _sides(item)]
        for fact in item.facts:
            if isinstance(fact, PositionPaid) and fact.position:
                found.append(Step(await self._paid(item.at, fact)))
        return found

    def _is_house(self, connection: Connection, number: MemberId) -> bool:
        if number not in self._house:
            member = members.find(connection, number)
            self._house[number] = member is None or member.role == ROLE
        return self._house[number]

    def _traded(
        self, at: Micros, member: MemberId, sides: Sequence[Trade]
    ) -> Callable[[Connection, str], Command | None]:
        def do(connection: Connection, cause: str) -> Command | None:
            if self._is_house(connection, member):
                return None
            deeds: list[Deed] = []
            counted = [side for side in sides if _is_new(connection, member, side) and side.own]
            events, categories = 0, list[str]()
            for side in counted:
                deeds.append(Deed("trade", side.ref, 5))
                event = self._markets.by_id(side.fact.market).event
                if tallies.mark(connection, member, "event", str(event.id)):
                    deeds.append(Deed("first_in_event", str(event.id), 10))
                    events += 1
                    text = SERIES_TEXTS.find(connection, event.series.ticker)
                    categories += [text.category] if text and text.category else []
            pioneer = bool(counted) and _is_pioneer(connection, member)

            def change(tally: Tally) -> None:
                tally.trades += len(counted)
                tally.events += events
                tally.categories = sorted({*tally.categories, *categories})
                tally.pioneer = tally.pioneer or int(pioneer)
                for side in sides:
                    _add(tally, side)

            reward(connection, member, at, change, deeds)
            return self._referring.decide(connection, member, at) if counted else None

        return do

    async def _paid(
        self, at: Micros, fact: PositionPaid
    ) -> Callable[[Connection, str], Command | None]:
        if fact.result == "void":
            orders = await self._reader.run(lambda connection: _orders(connection, fact))
            return self._voided(at, fact, orders)

        def do(connection: Connection, cause: str) -> None:
            member = member_of(fact.account)
            if self._is_house(connection, member):
                return
            event = self._markets.by_id(fact.market).event
            crowd = tallies.marked(connection, "event", str(event.id)) >= CROWD
            won = fact.realized > 0
            deeds = [Deed("win", f"{fact.market}:{fact.account}", 25)] * won
            reward(connection, member, at, lambda tally: _settle(tally, fact, crowd), deeds)

        return do

    def _voided(
        self, at: Micros, fact: PositionPaid, orders: Iterable[str]
    ) -> Callable[[Connection, str], Command | None]:
        """Trades that never were give no experience."""

        def do(connection: Connection, cause: str) -> None:
            member = member_of(fact.account)
            deeds = []
            for ref in orders:
                gain = xp.find(connection, member, "trade", ref)
                if gain is not None:
                    deeds.append(Deed("void", ref, -gain.xp))
            if deeds:
                reward(connection, member, at, deeds=deeds)

        return do


def _orders(connection: Connection, fact: PositionPaid) -> list[str]:
    found = fills.page(connection, [fact.account], _VOID_PAGE, market=fact.market)
    return sorted({str(one.order_id or one.trade) for one in found})


def _sides(entry: Entry) -> list[tuple[MemberId, list[Trade]]]:
    """By member, in the order in which they traded."""
    placed = {fact.order: fact for fact in entry.facts if isinstance(fact, OrderPlaced)}
    rested = {fact.order for fact in entry.facts if isinstance(fact, OrderRested)}
    found: dict[MemberId, list[Trade]] = {}
    for fact in entry.facts:
        if not isinstance(fact, Traded):
            continue
        for leg in (fact.taker, fact.maker):
            is_taker = leg is fact.taker
            order = placed.get(leg.order)
            own = not is_taker or order is None or _is_own(entry.command, order)
            rests = leg.order in rested if is_taker else leg.remaining > 0
            side = Trade(fact, leg, is_taker, order is not None, rests, own)
            found.setdefault(member_of(leg.account), []).append(side)
    return list(found.items())


def _is_own(command: Command, order: OrderPlaced) -> bool:
    if not isinstance(command, PlaceOrder | AmendOrder):
        return False
    return not order.client_order_id.startswith(AUTOMATIC)


def _is_new(connection: Connection, member: MemberId, side: Trade) -> bool:
    """Is this the first time that the order trades? Whoever will trade again is marked."""
    known = not side.begins and tallies.is_marked(connection, member, "order", side.ref)
    if side.rests:
        known = not tallies.mark(connection, member, "order", side.ref)
    elif known:
        tallies.unmark(connection, member, "order", side.ref)
    return not known


def _is_pioneer(connection: Connection, member: MemberId) -> bool:
    if tallies.is_marked(connection, member, "pioneer", ""):
        return True
    if tallies.marked(connection, "pioneer", "") >= PIONEERS:
        return False
    return tallies.mark(connection, member, "pioneer", "")


def _add(tally: Tally, side: Trade) -> None:
    tally.volume += side.leg.paid + side.leg.received
    tally.profit += side.leg.realized
    tally.maker_fills += not side.is_taker


def _settle(tally: Tally, fact: PositionPaid, crowd: bool) -> None:
    """Note a position that was paid."""
    held = abs(fact.position)
    price = min(10_000, fact.cost // held)  # in 1/10 000 of a dollar, as prices are
    tally.settled += 1
    tally.profit += fact.realized
    tally.settle(price, fact.value if fact.position > 0 else 10_000 - fact.value)
    if fact.realized <= 0:
        tally.run = 0
        return
    tally.wins += 1
    tally.run += 1
    tally.best_run = max(tally.best_run, tally.run)
    if held >= 10 * CONTRACT and price <= 1_000:
        tally.long_shots += 1
    if held >= 50 * CONTRACT and price <= 2_500 and crowd:
        tally.against_many += 1
