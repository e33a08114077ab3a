"""Tells holders what becomes of their markets: closing soon, closed, resolved, disputed.

It starts a round when a fact says so, or a day before a market closes, and makes the rounds a few
hundred holders at a time. What happens to single orders and positions the notifier tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from presage.domain.facts import Fact, MarketDetermined, MarketDisputed, MarketStatusChanged
from presage.domain.ids import AccountId, MarketId, member_of
from presage.feeds.cards import MarketCard
from presage.feeds.markets import Markets
from presage.gateway import Gateway, Reader
from presage.identity import people
from presage.identity.uuids import uuid7
from presage.projections import positions
from presage.projections.projection import Entry
from presage.site import notifications, rounds, tallies
from presage.site.notifications import Notification
from presage.site.rounds import Round
from presage.site.streaks import DAY
from presage.units import Micros
from presage.workers.following import Item, Step

_AT_ONCE: Final = 100
_REMIND_AT_ONCE: Final = 50
_SOON: Final[Micros] = DAY
_TITLES: Final = {
    "EVENT_CLOSING": "Closes within a day",
    "EVENT_CLOSED": "Trading is over",
    "EVENT_RESOLVED": "The outcome is known",
    "EVENT_DISPUTED": "The outcome is disputed",
}


class Rounds:
    """A follower, and the chore that makes the rounds."""

    name = "rounds"
    facts = frozenset({MarketStatusChanged, MarketDetermined, MarketDisputed})
    topics: frozenset[str] = frozenset()
    from_start = False

    def __init__(
        self, gateway: Gateway, reader: Reader, markets: Markets, slug_of: Callable[[str], str]
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets
        self._slug_of = slug_of

    async def steps(self, item: Item) -> Sequence[Step]:
        """One for each market that something has become of."""
        assert isinstance(item, Entry), "it follows no topic"
        found = [(fact, _kind(fact)) for fact in item.facts]
        return [Step(partial(_begin, _market(fact), kind, item.at)) for fact, kind in found if kind]

    async def remind(self, now: Micros) -> None:
        """Start a round for each market that closes within a day, once."""
        events = self._markets.all_events()
        soon = [card for event in events for card in event.markets if _closes_soon(card, now)]
        for at in range(0, len(soon), _REMIND_AT_ONCE):
            await self._gateway.submit(
                None, partial(_remind, [card.id for card in soon[at : at + _REMIND_AT_ONCE]], now)
            )

    async def make(self, now: Micros) -> None:
        """Make all rounds that there are."""
        while (one := await self._reader.run(rounds.first)) is not None:
            read = partial(positions.holders, market=one.market, after=one.after, limit=_AT_ONCE)
            accounts = await self._reader.run(read)
            await self._gateway.submit(None, partial(self._tell, one, accounts))

    def _tell(self, one: Round, accounts: Sequence[AccountId], connection: Connection) -> None:
        if not accounts:
            rounds.end(connection, one.id)
            return
        if not rounds.move(connection, one, accounts[-1]):
            return
        card = self._markets.by_id(one.market)
        for member in dict.fromkeys(map(member_of, accounts)):
            profile = people.find(connection, member)
            if profile is not None and profile.email is not None:
                notifications.add(connection, self._told(one, card, member))

    def _told(self, one: Round, card: MarketCard, member: int) -> Notification:
        return Notification(
            id=uuid7(one.at),
            member=member,
            type=one.type,
            title=f"{_TITLES[one.type]}: {card.ticker}",
            url=f"/events/{self._slug_of(card.event.ticker)}",
            data={"marketTicker": card.ticker, "eventTicker": card.event.ticker},
            created_at=one.at,
        )


def _kind(fact: Fact) -> str:
    match fact:
        case MarketStatusChanged(status="closed"):
            return "EVENT_CLOSED"
        case MarketDetermined():
            return "EVENT_RESOLVED"
        case MarketDisputed():
            return "EVENT_DISPUTED"
        case _:
            return ""


def _market(fact: Fact) -> MarketId:
    assert isinstance(fact, MarketStatusChanged | MarketDetermined | MarketDisputed)
    return fact.market


def _begin(market: MarketId, kind: str, at: Micros, connection: Connection, cause: str) -> None:
    rounds.begin(connection, Round(cause, kind, market, at))


def _closes_soon(card: MarketCard, now: Micros) -> bool:
    return card.status == "active" and now < card.close_at <= now + _SOON


def _remind(markets: Sequence[MarketId], now: Micros, connection: Connection) -> None:
    for market in markets:
        if tallies.mark(connection, 0, "closing", str(market)):
            rounds.begin(connection, Round(f"closing:{market}", "EVENT_CLOSING", market, now))
