"""Follows what bears on copying: trades of those who are copied, copies themselves, copied lots.

Each entry is one step, of rows alone. A trade of somebody whom others copy becomes a job
(`site/copy_jobs.py`), which `copying.py` works off; copies are never copied. The outcome of a copy
is read from its own entry, so it is noted once wherever the process ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection

from presage.domain.commands import PlaceOrder
from presage.domain.copying import part, yes_price
from presage.domain.facts import (
    Leg,
    MemberStatusSet,
    OrderCanceled,
    OrderPlaced,
    OrderRested,
    PositionPaid,
    Traded,
)
from presage.domain.ids import Id, MemberId, member_of, subaccount_of
from presage.domain.member_facts import PositionTransferred
from presage.domain.orders import BID, Side
from presage.feeds.copying import Circle
from presage.projections.projection import Entry
from presage.site import copies, copy_jobs, copy_log, copy_lots
from presage.site.copies import ACTIVE
from presage.site.copy_jobs import BUY, GATHERED, SELL, Job
from presage.site.copy_log import EXECUTED, SKIPPED
from presage.site.outbox import Happening
from presage.site.settings import Settings
from presage.workers.copy_outcomes import executed, line_of, paused, skipped
from presage.workers.following import Item, Step

FLAG: Final = "copyTrader"
REFUSED: Final = "copying.refused"
_BLOCKED: Final = "member.blocked"
_MIRRORED: Final = frozenset({"", "web", "api", "limit", "protection"})
"""Where orders come from that are copied."""


class Copies:
    """A follower."""

    name = "copies"
    # An order that met nothing leaves only its cancellation.
    facts = frozenset({Traded, OrderCanceled, PositionPaid, PositionTransferred, MemberStatusSet})
    topics = frozenset({REFUSED, _BLOCKED})
    from_start = False

    def __init__(self, circle: Circle, settings: Settings) -> None:
        self._circle = circle
        self._settings = settings

    async def steps(self, item: Item) -> Sequence[Step]:
        """One, or none when nobody is concerned who copies or is copied."""
        if isinstance(item, Happening):
            return (Step(partial(_happened, item)),)
        if not self._circle:
            return ()
        if _copy_in(item) is None and not any(one in self._circle for one in _parties(item)):
            return ()
        return (Step(partial(self._follow, item)),)

    def _follow(self, entry: Entry, connection: Connection, cause: str) -> None:
        copy = _copy_in(entry)
        last: Leg | None = None
        if copy is not None:
            _note_outcome(connection, entry, copy)
        for fact in entry.facts:
            match fact:
                case Traded():
                    if copy is not None and fact.taker.order == copy.order:
                        last = fact.taker
                    else:
                        self._traded(connection, entry, fact, fact.taker, fact.side)
                    self._traded(connection, entry, fact, fact.maker, 1 - fact.side)
                case PositionTransferred():
                    for share in (fact.source, fact.target):
                        place = share.account, fact.market, share.position
                        copy_lots.shrink(connection, *place, None, entry.at)
                case PositionPaid():
                    _paid(connection, fact, entry)
                case MemberStatusSet() if fact.status != "active":
                    copy_jobs.pause(connection, fact.member, entry.at)
                case _:
                    pass
        if copy is not None and last is not None:
            # It may have met a position of the other side that came about in the meantime.
            place = copy.account, copy.market, last.position
            copy_lots.shrink(connection, *place, None, entry.at)

    def _traded(
        self, connection: Connection, entry: Entry, fact: Traded, leg: Leg, side: Side
    ) -> None:
        if member_of(leg.account) not in self._circle:
            return
        place = leg.account, fact.market, leg.position
        copy_lots.shrink(connection, *place, fact.price, entry.at)
        if self._is_mirrored(entry, fact, leg) and copies.has_copiers(
            connection, member_of(leg.account)
        ):
            _note_job(connection, entry, fact, leg, side)

    def _is_mirrored(self, entry: Entry, fact: Traded, leg: Leg) -> bool:
        """Is it a trade on the book, of the site's account, that nothing but its owner brought
        about?"""
        if fact.block or not leg.order or subaccount_of(leg.account):
            return False
        if not self._settings.flag(FLAG):
            return False
        placed = _placed(entry, leg.order)
        return placed is None or placed.source in _MIRRORED


def _happened(item: Happening, connection: Connection, cause: str) -> None:
    if item.topic == REFUSED:
        copy_jobs.pause(connection, item.member, item.at)
        return
    other: MemberId = item.data["blocked"]
    for copier, leader in ((item.member, other), (other, item.member)):
        relation = copies.between(connection, copier, leader)
        if relation is not None and relation.status == ACTIVE:
            paused(connection, relation, "blocked", item.at)


def _copy_in(entry: Entry) -> OrderPlaced | None:
    """The copy that this entry is about."""
    command = entry.command
    if not isinstance(command, PlaceOrder) or command.source != copies.SOURCE:
        return None
    return next((fact for fact in entry.facts if isinstance(fact, OrderPlaced)), None)


def _parties(entry: Entry) -> set[MemberId]:
    found: set[MemberId] = set()
    for fact in entry.facts:
        match fact:
            case Traded():
                found |= {member_of(fact.taker.account), member_of(fact.maker.account)}
            case PositionPaid():
                found.add(member_of(fact.account))
            case PositionTransferred():
                found |= {member_of(fact.source.account), member_of(fact.target.account)}
            case MemberStatusSet():
                found.add(fact.member)
            case _:
                pass
    return found


def _placed(entry: Entry, order: Id) -> OrderPlaced | None:
    """How an order was placed, if it was in this entry."""
    placed = (fact for fact in entry.facts if isinstance(fact, OrderPlaced))
    return next((fact for fact in placed if fact.order == order), None)


def _note_job(connection: Connection, entry: Entry, fact: Traded, leg: Leg, side: Side) -> None:
    """What the leader closed is sold, what the leader opened is bought."""
    leader = member_of(leg.account)
    before = leg.position - fact.count if side == BID else leg.position + fact.count
    rests = leg is fact.maker or any(
        isinstance(one, OrderRested) and one.order == leg.order for one in entry.facts
    )
    opening = 1 if side == BID else -1
    for kind, sign, count in (
        (SELL, -opening, leg.closed),
        (BUY, opening, fact.count - leg.closed),
    ):
        if not count:
            continue
        fill = Job(
            id=copy_jobs.name_of(fact.trade, kind, leader),
            leader=leader,
            kind=kind,
            market=fact.market,
            sign=sign,
            order_id=leg.order,
            trade=fact.trade,
            seq=entry.seq,
            count=count,
            gross=count * yes_price(sign, fact.price),
            held=abs(before),
            due_at=entry.at + GATHERED * rests,
        )
        copy_jobs.note(connection, fill, entry.at)


def _paid(connection: Connection, fact: PositionPaid, entry: Entry) -> None:
    if fact.result == "void":
        copy_lots.void(connection, fact.account, fact.market, entry.at)
    else:
        copy_lots.settle(connection, fact.account, fact.market, fact.value, entry.at)


def _note_outcome(connection: Connection, entry: Entry, copy: OrderPlaced) -> None:
    """Lots, log and counters of a copy, from what its entry says."""
    job, id = copies.named_in(copy.client_order_id)
    relation = copies.find(connection, id)
    assert relation is not None, "relations are never erased"
    fills = [
        fact for fact in entry.facts if isinstance(fact, Traded) and fact.taker.order == copy.order
    ]
    _put_lot(connection, entry, copy, id, fills)
    sign = _sign(copy)
    line = replace(
        line_of(relation, job, copy.market, entry.at),
        order_id=copy.order,
        quantity=sum(fact.count for fact in fills),
        gross=sum(fact.count * yes_price(sign, fact.price) for fact in fills),
    )
    if copy_log.is_closing(job):
        # The copier sold the rest, and was answered.
        copy_log.add(connection, replace(line, outcome=EXECUTED if fills else SKIPPED))
    elif fills:
        executed(connection, relation, line, copy.action)
    else:
        reason = "self_trade" if _met_its_own(entry) else "slippage"
        skipped(connection, relation, replace(line, reason=reason), copy.action)


def _met_its_own(entry: Entry) -> bool:
    """Or the leader's."""
    ended = (fact.reason for fact in entry.facts if isinstance(fact, OrderCanceled))
    return "SelfTradeCancel" in ended


def _put_lot(
    connection: Connection, entry: Entry, copy: OrderPlaced, relation: str, fills: Sequence[Traded]
) -> None:
    lot = copy_lots.find(connection, relation, copy.market, _sign(copy))
    assert lot is not None, "it was written with the order"
    fees = sum(fact.taker.fee for fact in fills)
    closed = sum(fact.taker.closed for fact in fills)
    if copy.action == "buy":
        opened = sum(fact.count for fact in fills) - closed
        paid = sum(fact.taker.paid for fact in fills) + fees
        lot = replace(lot.grown(opened, paid), buying=lot.buying - copy.max_cost)
    else:
        proceeds = sum(fact.taker.received for fact in fills) - fees
        gone = min(closed, lot.count)  # the copier may have sold some otherwise
        lot = lot.shrunk(gone, part(proceeds, gone, closed) if gone else 0)
        lot = replace(lot, selling=lot.selling - copy.count)
    copy_lots.put(connection, lot, entry.at)


def _sign(copy: OrderPlaced) -> int:
    return 1 if copy.outcome == "yes" else -1
