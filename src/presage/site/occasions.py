"""What there is to send a message about: read from the facts of an entry or from an outbox row.

Orders, positions and protections are their owner's alone (the money of numbered subaccounts is not
the site's); what becomes of an event is everybody's. It looks nothing up: how an occasion reads
outside is printed by the API (`api/site/occasions.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from presage.domain.facts import (
    Fact,
    Leg,
    MarketDetermined,
    MarketDisputed,
    MarketStatusChanged,
    OrderCanceled,
    OrderPlaced,
    OrderReduced,
    PositionPaid,
    Traded,
)
from presage.domain.ids import AccountId, EventId, Id, MarketId, MemberId, member_of, subaccount_of
from presage.domain.orders import GTC
from presage.domain.resolution_facts import OutcomeCorrected
from presage.site import notifications
from presage.site.outbox import Data, Happening
from presage.units import Micros

FACTS: Final[frozenset[type]] = frozenset(
    {
        MarketDetermined,
        MarketDisputed,
        MarketStatusChanged,
        OrderCanceled,
        OrderPlaced,
        OrderReduced,
        OutcomeCorrected,
        PositionPaid,
        Traded,
    }
)
PROTECTION: Final = "protection.triggered"
CLARIFIED: Final = "event.clarified"
TRADE: Final = "trade.executed"
SETTLED: Final = "position.settled"
OPENED: Final = "event.opened"
_EXPIRED: Final = "ExpiryCancel"
_NOTIFIED: Final = {
    "PRICE_ALERT": "price.alert",
    "POST_COMMENTED": "post.commented",
    "NEW_FOLLOWER": "follow.created",
}
"""Types of notifications that are told as a message of their own."""
_TOLD: Final = {
    "copy.executed": "copy_trade.executed",
    "copy.skipped": "copy_trade.skipped",
    "challenge.created": "challenge.created",
    "challenge.accepted": "challenge.accepted",
    "challenge.settled": "challenge.settled",
    "challenge.expired": "challenge.expired",
    "challenge.voided": "challenge.voided",
    "tournament.started": "tournament.started",
    "tournament.ended": "tournament.ended",
    "deposit.updated": "deposit.updated",
    "withdrawal.updated": "withdrawal.updated",
    CLARIFIED: CLARIFIED,
    PROTECTION: PROTECTION,
    notifications.CREATED: notifications.CREATED,
}
"""Topics of the outbox that are told, and as what."""
TOPICS: Final = frozenset({notifications.NOTIFY, *_TOLD})
_PUBLIC: Final = frozenset({CLARIFIED, "tournament.started", "tournament.ended"})
_PARTIES: Final = ("creator", "opponent")
"""Both sides of a challenge hear of it."""

Fill = tuple[Traded, Leg]
Became = MarketStatusChanged | MarketDetermined | MarketDisputed | OutcomeCorrected


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """`member` 0: it is everybody's business. `order` and `fills` are an order's, `fact` is what
    happened to one position, `became` what became of markets of one event, `data` is what an outbox
    row says."""

    type: str
    at: Micros
    seq: int = 0
    member: MemberId = 0
    order: Id = 0
    fills: tuple[Fill, ...] = ()
    fact: Fact | None = None
    event: EventId = 0
    became: tuple[Became, ...] = ()
    data: Data = {}


def of_entry(
    seq: int, at: Micros, facts: Sequence[Fact], event_of: Callable[[MarketId], EventId]
) -> list[Occasion]:
    """The occasions of one entry: the same ones whenever it is asked."""
    immediate = {fact.order for fact in facts if isinstance(fact, OrderPlaced) and fact.tif != GTC}
    found: list[Occasion] = []
    for fact in facts:
        match fact:
            case OrderPlaced() if fact.order not in immediate:
                found += _about_order("limit_order.created", seq, at, fact.account, fact.order)
            case OrderCanceled() if fact.order not in immediate:
                kind = "expired" if fact.reason == _EXPIRED else "cancelled"
                found += _about_order(f"limit_order.{kind}", seq, at, fact.account, fact.order)
            case OrderReduced() if not fact.remaining:
                found += _about_order("limit_order.cancelled", seq, at, fact.account, fact.order)
            case PositionPaid() if fact.position and _is_site(fact.account):
                member = member_of(fact.account)
                found.append(Occasion(type=SETTLED, at=at, seq=seq, member=member, fact=fact))
            case _:
                pass
    return [*found, *_of_trades(seq, at, facts, immediate), *_of_events(seq, at, facts, event_of)]


def of_happening(item: Happening) -> list[Occasion]:
    """What an outbox row is an occasion for: the same ones whenever it is asked."""
    if item.topic == notifications.NOTIFY:
        kind = _NOTIFIED.get(str(item.data["type"]), "")
    else:
        kind = _TOLD[item.topic]
    if not kind or (kind == PROTECTION and not _is_site(item.data["account"])):
        return []
    return [
        Occasion(type=kind, at=item.at, member=member, data=item.data)
        for member in _hearers(item, kind)
    ]


def _hearers(item: Happening, kind: str) -> list[MemberId]:
    """Whose business it is; 0: everybody's."""
    if kind in _PUBLIC:
        return [0]
    if kind.startswith("challenge."):
        parties = (item.data.get(name, 0) for name in _PARTIES)
        return [member for member in dict.fromkeys(parties) if member]
    return [item.member]


def _about_order(kind: str, seq: int, at: Micros, account: AccountId, order: Id) -> list[Occasion]:
    if not order or not _is_site(account):
        return []
    return [Occasion(type=kind, at=at, seq=seq, member=member_of(account), order=order)]


def _of_trades(seq: int, at: Micros, facts: Sequence[Fact], immediate: set[Id]) -> list[Occasion]:
    """One for each order that traded, and one more when it is a limit order."""
    traded: dict[Id, list[Fill]] = {}
    for fact in facts:
        if isinstance(fact, Traded):
            for leg in (fact.taker, fact.maker):
                if leg.order and _is_site(leg.account):
                    traded.setdefault(leg.order, []).append((fact, leg))
    found = []
    for order, fills in traded.items():
        last = fills[-1][1]
        kinds = [TRADE]
        if order not in immediate:
            kinds.append(f"limit_order.{'partially_' if last.remaining else ''}filled")
        found += [
            Occasion(
                type=kind,
                at=at,
                seq=seq,
                member=member_of(last.account),
                order=order,
                fills=tuple(fills),
            )
            for kind in kinds
        ]
    return found


def _of_events(
    seq: int, at: Micros, facts: Sequence[Fact], event_of: Callable[[MarketId], EventId]
) -> list[Occasion]:
    """One for each event and what has become of some of its markets."""
    became: dict[tuple[str, EventId], list[Became]] = {}
    for fact in facts:
        if isinstance(fact, Became) and (kind := _become(fact)):
            became.setdefault((kind, event_of(fact.market)), []).append(fact)
    return [
        Occasion(type=kind, at=at, seq=seq, event=event, became=tuple(some))
        for (kind, event), some in became.items()
    ]


def _become(fact: Became) -> str:
    match fact:
        case MarketStatusChanged(status="active"):
            return OPENED
        case MarketStatusChanged(status="closed"):
            return "event.closed"
        case MarketDetermined(result="void"):
            return "event.voided"
        case MarketDetermined(status="amended"):
            return "event.amended"
        case MarketDetermined() | OutcomeCorrected():
            return "event.resolved"
        case MarketDisputed():
            return "event.disputed"
        case _:
            return ""


def _is_site(account: AccountId) -> bool:
    return subaccount_of(account) == 0
