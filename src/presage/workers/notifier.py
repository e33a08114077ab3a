"""Tells members what happened to their orders and positions, and what others asked to be told.

It follows facts and the outbox, writes notifications, and mails those that a member wants mailed.
Only members with an address are told: bots read their orders from the API.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from presage.domain.facts import Fact, MoneyMoved, OrderCanceled, PositionPaid, Posting, Traded
from presage.domain.ids import AccountId, MarketId, MemberId, member_of
from presage.domain.resolution_facts import PositionCorrected
from presage.feeds.markets import Markets
from presage.gateway import Gateway
from presage.identity import people
from presage.identity.people import Profile
from presage.identity.uuids import uuid7
from presage.projections.projection import Entry
from presage.site import badges, mails, notifications, preferences
from presage.site.mails import Mail
from presage.site.notifications import ALWAYS, NOTIFY, Notification
from presage.site.outbox import Happening
from presage.site.streaks import DAY
from presage.units import CENT, CONTRACT, Count, Micros, Money
from presage.workers.following import Item, Step
from presage.workers.referring import QUALIFIED
from presage.workers.rewarding import BADGE_EARNED, LEVEL_UP

KEPT: Final[Micros] = 180 * DAY
_AT_ONCE: Final = 200
_EXPIRED: Final = "ExpiryCancel"
_NOT_BY_THE_MEMBER: Final = {
    "CloseCancel": "the market closed",
    "HaltCancel": "trading was paused",
    "MarginCancel": "there was not enough money",
    "ReduceOnlyCancel": "the position it would have closed is gone",
    "MemberCancel": "the account was suspended",
    "GroupCancel": "its group had reached its limit",
}
_CASH: Final = "cash:"
_GIVEN: Final = {"streak": "STREAK_BONUS", "issue": "FUNDS_ISSUED", "deposit": "FUNDS_ISSUED"}

Told = tuple[MemberId, str, str, str, str, dict[str, Any]]
"""Whom, type, title, body, url, data."""


class Notifier:
    """A follower."""

    name = "notifications"
    facts = frozenset({Traded, OrderCanceled, PositionPaid, PositionCorrected, MoneyMoved})
    topics = frozenset({NOTIFY, BADGE_EARNED, LEVEL_UP, QUALIFIED})
    from_start = False

    def __init__(self, markets: Markets, slug_of: Callable[[str], str], public_url: str) -> None:
        self._markets = markets
        self._slug_of = slug_of
        self._public_url = public_url.rstrip("/")

    async def steps(self, item: Item) -> Sequence[Step]:
        """One for each member who is to be told something."""
        if isinstance(item, Happening):
            return [Step(self._from_outbox(item))]
        found = (told for fact in item.facts for told in self._of(fact))
        return [Step(self._write(item, told)) for told in found]

    def _of(self, fact: Fact) -> list[Told]:
        match fact:
            case Traded() if not fact.maker.remaining and fact.maker.order:
                leg = fact.maker
                body = f"Its last {_contracts(fact.count)} traded just now."
                return [self._about(leg.account, fact.market, "ORDER_FILLED", "Order filled", body)]
            case OrderCanceled() if fact.reason == _EXPIRED:
                body = f"{_contracts(fact.by)} had not traded."
                kind, title = "ORDER_EXPIRED", "Order expired"
                return [self._about(fact.account, fact.market, kind, title, body)]
            case OrderCanceled() if fact.resting and fact.reason in _NOT_BY_THE_MEMBER:
                body = f"{_contracts(fact.by)} were taken back: {_NOT_BY_THE_MEMBER[fact.reason]}."
                kind, title = "ORDER_CANCELLED", "Order cancelled"
                return [self._about(fact.account, fact.market, kind, title, body)]
            case PositionPaid() if fact.position:
                return [self._paid(fact)]
            case PositionCorrected() if fact.added:
                return [self._corrected(fact)]
            case MoneyMoved() if fact.kind in _GIVEN:
                return [told for line in fact.lines for told in _given(fact, line)]
            case _:
                return []

    def _paid(self, fact: PositionPaid) -> Told:
        if fact.result == "void":
            body = f"What you paid came back: {_dollars(fact.revenue)}."
            return self._about(fact.account, fact.market, "EVENT_VOIDED", "Market voided", body)
        result = _dollars(fact.realized)
        body = f"{_contracts(abs(fact.position))} paid {_dollars(fact.revenue)}; result {result}."
        kind, title = "POSITION_SETTLED", "Position settled"
        return self._about(fact.account, fact.market, kind, title, body)

    def _corrected(self, fact: PositionCorrected) -> Told:
        before, now = _dollars(fact.revenue - fact.added), _dollars(fact.revenue)
        held = _contracts(abs(fact.position))
        body = f"The outcome was wrong. {held} pay {now}, not {before}: {_dollars(fact.added)}."
        kind, title = "POSITION_SETTLED", "Outcome corrected"
        return self._about(fact.account, fact.market, kind, title, body)

    def _about(
        self, account: AccountId, market: MarketId, kind: str, title: str, body: str
    ) -> Told:
        card = self._markets.by_id(market)
        data = {"marketTicker": card.ticker, "eventTicker": card.event.ticker}
        url = f"/events/{self._slug_of(card.event.ticker)}"
        return member_of(account), kind, f"{title}: {card.ticker}", body, url, data

    def _write(self, entry: Entry, told: Told) -> Callable[[Connection, str], None]:
        def do(connection: Connection, cause: str) -> None:
            member, kind, title, body, url, data = told
            profile = _reachable(connection, member)
            if profile is None:
                return
            one = Notification(
                id=uuid7(entry.at),
                member=member,
                type=kind,
                title=title,
                body=body,
                url=url,
                data=data,
                created_at=entry.at,
            )
            self._mail(connection, notifications.add(connection, one), profile)

        return do

    def _from_outbox(self, item: Happening) -> Callable[[Connection, str], None]:
        def do(connection: Connection, cause: str) -> None:
            profile = _reachable(connection, item.member)
            if profile is None:
                return
            told = _WORDS[item.topic](connection, item)
            who = told.pop("who", "")
            one = Notification(id=uuid7(item.at), member=item.member, created_at=item.at, **told)
            self._mail(connection, notifications.add(connection, one, who), profile)

        return do

    def _mail(self, connection: Connection, told: Notification, profile: Profile) -> None:
        """A mail, if the member wants that type mailed (or must be) and the address is proved."""
        if profile.email is None or not profile.email_verified_at or told.count > 1:
            return
        wishes = preferences.find(connection, told.member).mails
        if told.type not in ALWAYS and not wishes.get(told.type):
            return
        at, link = told.created_at, f"\n\n{self._public_url}{told.url}" if told.url else ""
        text = f"{told.title}\n\n{told.body}{link}\n"
        mails.add(connection, Mail(uuid7(at), profile.email, told.title, text, at, at))


class Retention:
    """Takes away what is too old to be told."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def step(self, now: Micros) -> None:
        """Take away all that is."""
        count = _AT_ONCE

        def rows(connection: Connection) -> None:
            nonlocal count
            count = notifications.forget(connection, now - KEPT, _AT_ONCE)

        while count == _AT_ONCE:
            await self._gateway.submit(None, rows)


def _reachable(connection: Connection, member: MemberId) -> Profile | None:
    profile = people.find(connection, member)
    return profile if profile is not None and profile.email is not None else None


def _given(fact: MoneyMoved, line: Posting) -> list[Told]:
    if not line.account.startswith(_CASH) or line.amount <= 0:
        return []
    kind, amount = _GIVEN[fact.kind], _dollars(line.amount)
    title = "Streak bonus" if kind == "STREAK_BONUS" else "Funds received"
    data = {"amountCents": line.amount // CENT}
    member = member_of(int(line.account.removeprefix(_CASH)))
    return [(member, kind, title, f"{amount} were added to your balance.", "/portfolio", data)]


def _asked(connection: Connection, item: Happening) -> dict[str, Any]:
    return dict(item.data)


def _badge(connection: Connection, item: Happening) -> dict[str, Any]:
    badge = badges.BADGES[item.data["badge"]]
    return {
        "type": "BADGE_EARNED",
        "title": f"Badge earned: {badge.name}",
        "body": f"{badge.description}.",
        "url": "/badges",
        "data": {"badge": badge.id},
    }


def _level(connection: Connection, item: Happening) -> dict[str, Any]:
    level = item.data["level"]
    title = f"Level {level} reached"
    return {"type": "LEVEL_UP", "title": title, "url": "/xp", "data": {"level": level}}


def _referral(connection: Connection, item: Happening) -> dict[str, Any]:
    referee = people.find(connection, item.data["referee"])
    name, cents = referee.username if referee else "somebody", item.data["cents"]
    body = f"You get {_dollars(cents * CENT)}." if cents else ""
    return {
        "type": "REFERRAL_QUALIFIED",
        "title": f"{name}, whom you brought, trades",
        "body": body,
        "url": "/referral",
        "data": {"username": name, "amountCents": cents},
    }


_WORDS: Final[dict[str, Callable[[Connection, Happening], dict[str, Any]]]] = {
    NOTIFY: _asked,
    BADGE_EARNED: _badge,
    LEVEL_UP: _level,
    QUALIFIED: _referral,
}


def _contracts(count: Count) -> str:
    whole, part = divmod(count, CONTRACT)
    return f"{whole}.{part:02d} contracts" if part else f"{whole} contract{'s' * (whole != 1)}"


def _dollars(money: Money) -> str:
    cents = abs(money) // CENT
    return f"{'-' * (money < 0)}{cents // 100}.{cents % 100:02d}"
