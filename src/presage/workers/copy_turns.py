"""One relation's turn in a job: what is copied, how much of it, or why nothing is.

It runs in the writer, on the rows as they are at that moment; what the views knew of money and
positions comes along. A relation has one turn in each job: whoever had it is passed over, so that a
piece of a job can be done again after a crash.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from presage.catalog.events import EVENT_TEXTS
from presage.catalog.series import SERIES_TEXTS
from presage.domain import copying
from presage.domain.bounds import Bounds
from presage.domain.commands import PlaceOrder
from presage.domain.ids import AccountId
from presage.domain.orders import IOC
from presage.domain.rejects import Code, Reject
from presage.domain.terms import FeeTerms
from presage.feeds.cards import EventCard
from presage.feeds.copying import obstacle
from presage.site import categories, copies, copy_lots
from presage.site.copies import ACTIVE, Relation
from presage.site.copy_jobs import BUY, Job
from presage.site.copy_lots import Lot
from presage.units import CONTRACT, SECOND, Count, Micros, Money
from presage.workers.copy_outcomes import NO_MONEY, line_of, skipped

_REASONS: Final = {
    Code.INSUFFICIENT_BALANCE: NO_MONEY,
    Code.ACCOUNT_NOT_FOUND: NO_MONEY,
    Code.DAILY_CAP_EXCEEDED: NO_MONEY,
    Code.MEMBER_SUSPENDED: "suspended",
    Code.ACCOUNT_LOCKED: "suspended",
    Code.MARKET_NOT_OPEN: "market_not_open",
    Code.MARKET_PAUSED: "market_not_open",
    Code.MARKET_CLOSED: "market_not_open",
    Code.TRADING_PAUSED: "market_not_open",
    Code.EXCHANGE_PAUSED: "market_not_open",
    Code.TOO_MANY_CONTRACTS: "position_limit",
    Code.NOTHING_TO_REDUCE: "nothing_held",
}


PATIENCE: Final[Micros] = 300 * SECOND
"""So long after a leader's purchase it is no longer copied; sales are, whenever it is."""


class Sight(NamedTuple):
    """What the views knew just before: of the option, and of the copier's account there."""

    event: EventCard
    structure: str
    terms: FeeTerms
    position_limit: Count
    account: AccountId
    available: Money
    position: Count


class Skip(NamedTuple):
    """Nothing is copied; an empty reason: nobody need know."""

    reason: str


def turn(connection: Connection, job: Job, id: str, sight: Sight, at: Micros) -> PlaceOrder | None:
    """The relation's order, and its rows; None: there is none."""
    relation = _whose_turn(connection, job, id)
    if relation is None:
        return None
    if job.kind == BUY and at > job.due_at + PATIENCE:
        _skip(connection, job, replace(relation, job=job.id), "too_late", at)
        return None
    lot = copy_lots.begun(connection, id, sight.account, job.market, job.sign)
    had = replace(relation, job=job.id)
    choose = _buy if job.kind == BUY else _sell
    chosen = choose(connection, job, relation, sight, lot)
    if isinstance(chosen, Skip):
        _skip(connection, job, had, chosen.reason, at)
        return None
    order, changed = chosen
    copies.put(connection, had)
    copy_lots.put(connection, changed, at)
    return order


def refused(connection: Connection, job: Job, id: str, reject: Reject, at: Micros) -> None:
    """A rule forbade the order: nothing of its rows stayed."""
    relation = _whose_turn(connection, job, id)
    if relation is not None:
        reason = _REASONS.get(reject.code, "refused")
        _skip(connection, job, replace(relation, job=job.id), reason, at)


def _whose_turn(connection: Connection, job: Job, id: str) -> Relation | None:
    relation = copies.find(connection, id)
    if relation is None or relation.status != ACTIVE or relation.since >= job.seq:
        return None
    if relation.job == job.id or obstacle(connection, relation.leader):
        return None
    return relation


def _skip(connection: Connection, job: Job, relation: Relation, reason: str, at: Micros) -> None:
    if not reason:
        copies.put(connection, relation)
        return
    line = line_of(relation, job.id, job.market, at, reason)
    skipped(connection, relation, line, job.kind)


def _buy(
    connection: Connection, job: Job, relation: Relation, sight: Sight, lot: Lot
) -> tuple[PlaceOrder, Lot] | Skip:
    if relation.categories and _category(connection, sight) not in relation.categories:
        return Skip("")
    if sight.position * job.sign < 0:
        return Skip("opposite_position")  # buying would sell what is one's own
    wanted = copying.wanted(job.count, relation.ratio)
    if wanted < CONTRACT:
        return Skip("below_one_contract")
    price = copying.highest(sight.structure, job.sign, job.gross, job.count, relation.slippage)
    if not price:
        return Skip("slippage")
    unit = copying.unit_cost(sight.terms, job.sign, price)
    lots = copy_lots.of_relations(connection, [relation.id])[relation.id]
    free = relation.allocation - copy_lots.invested(lots) - copy_lots.in_flight(lots)
    allowed = copying.affordable(min(relation.per_trade, free), unit)
    if not allowed:
        return Skip("allocation_exhausted")
    paid_for = copying.affordable(sight.available, unit)
    if not paid_for:
        return Skip(NO_MONEY)
    count = min(wanted, allowed, paid_for)
    most = count // CONTRACT * unit
    order = PlaceOrder(
        sight.account,
        job.market,
        copying.buying_side(job.sign),
        copying.yes_price(job.sign, price),
        count,
        IOC,
        client_order_id=copies.order_name(job.id, relation.id),
        max_cost=most,
        outcome=copying.outcome(job.sign),
        source=copies.SOURCE,
        bounds=Bounds(position=sight.position_limit, avoid=(relation.leader,)),
    )
    return order, replace(lot, buying=lot.buying + most)


def _sell(
    connection: Connection, job: Job, relation: Relation, sight: Sight, lot: Lot
) -> tuple[PlaceOrder, Lot] | Skip:
    copied = lot.count - lot.selling
    if not relation.sells or copied <= 0:
        return Skip("")
    count = copying.share(job.count, job.held, copied)
    if not count:
        return Skip("below_one_contract")
    price = copying.lowest(sight.structure, job.sign, job.gross, job.count, relation.slippage)
    if not price:
        return Skip("slippage")
    return copy_lots.sale(relation, lot, job.id, price, count)


def _category(connection: Connection, sight: Sight) -> str:
    """The slug of the option's category."""
    text = EVENT_TEXTS.find(connection, sight.event.ticker)
    name = text.category if text else ""
    if not name:
        series = SERIES_TEXTS.find(connection, sight.event.series.ticker)
        name = series.category if series else ""
    return categories.slug_of(name) if name else ""
