"""Mirroring a trader no more, and selling what was copied.

The relation is over first, so that nothing more is bought. Each option is sold by an order of its
own, at the best bid or up to five cents below; what does not sell stays with the member, who may
ask again.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, NamedTuple

from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import copy_shapes, ids
from presage.api.site.authors import person_for
from presage.api.site.copies import relation_named
from presage.api.site.errors import invalid, not_found
from presage.api.site.money import contracts, owned_cents
from presage.api.site.options import Option, options_of
from presage.api.site.services import AnyCall, services_of
from presage.api.site.trade_shapes import average
from presage.api.site.writing import attempt, submit
from presage.domain import copying
from presage.domain.commands import PlaceOrder
from presage.domain.facts import OrderPlaced, Traded
from presage.domain.ids import MemberId
from presage.domain.rejects import Code, Reject
from presage.feeds import marks
from presage.feeds.cards import MarketCard
from presage.gateway import Receipt
from presage.identity.uuids import uuid7
from presage.site import copies, copy_log, copy_lots
from presage.site.copies import Relation
from presage.site.copy_lots import Lot
from presage.units import CENT_PRICE, CONTRACT, DOLLAR_PRICE, Count, Money, Price
from presage.wire.site import copies as wire

SLIPPAGE: Final[Price] = 5 * CENT_PRICE
_AT_ONCE: Final = 20
_SHUT: Final = frozenset(
    {
        Code.MARKET_NOT_OPEN,
        Code.MARKET_PAUSED,
        Code.MARKET_CLOSED,
        Code.TRADING_PAUSED,
        Code.EXCHANGE_PAUSED,
    }
)


class _Sold(NamedTuple):
    """What was tried with a lot, and how it ended. `after`: the lot once its sale is noted."""

    wanted: Count
    sold: Count
    gross: Money
    proceeds: Money
    order: int
    reason: str
    after: Lot


async def stop_copying(
    call: Call[wire.StopCopying, wire.StopCopyingBody],
) -> wire.StopReply:
    """Mirror a trader no more."""
    id, leader = _named(call)
    found: list[tuple[Relation, list[Lot]]] = []

    def rows(connection: Any) -> None:
        relation = relation_named(connection, call, id, leader)
        if relation is None:
            raise not_found()
        stopped = copies.stop(connection, relation, call.at)
        found.append((stopped, copy_lots.of_relations(connection, [stopped.id])[stopped.id]))

    await submit(call, None, rows)
    relation, lots = found[-1]
    if not (call.query.close_positions or call.body.close_positions):
        return wire.StopReply(relation=copy_shapes.relation(call, relation, lots))
    sold = await _close(call, relation, [lot for lot in lots if lot.count])
    left = {(one.after.market, one.after.sign): one.after for one in sold}
    lots = [left.get((lot.market, lot.sign), lot) for lot in lots]
    options = await options_of(services_of(call), [one.after.market for one in sold])
    return wire.StopReply(
        relation=copy_shapes.relation(call, relation, lots),
        closed=[_closed(call, options[one.after.market], one) for one in sold],
    )


def _named(
    call: Call[wire.StopCopying, wire.StopCopyingBody],
) -> tuple[str | None, MemberId | None]:
    """The relation's id, or whom it is about. Raises: Refusal."""
    id = call.query.id or call.body.id
    trader = call.query.trader_id or call.body.trader_id
    if id is None and trader is None:
        raise invalid("id", "is needed, or traderId")
    if id is not None:
        return id, None
    return None, person_for(call, trader or "").number


async def _close(call: AnyCall, relation: Relation, lots: list[Lot]) -> list[_Sold]:
    found: list[_Sold] = []
    for at in range(0, len(lots), _AT_ONCE):
        some = lots[at : at + _AT_ONCE]
        found += await asyncio.gather(*(_sell(call, relation, lot) for lot in some))
    return found


async def _sell(call: AnyCall, relation: Relation, lot: Lot) -> _Sold:
    card = services_of(call).markets.by_id(lot.market)
    price = _limit(card, lot.sign)
    tried: list[Lot] = []

    def rows(connection: Any) -> PlaceOrder | None:
        now = copy_lots.find(connection, lot.relation, lot.market, lot.sign)
        count = now.count - now.selling if now is not None else 0
        if now is None or count <= 0:
            return None  # another order is selling it
        job = copy_log.closing(uuid7(call.at))
        order, changed = copy_lots.sale(relation, now, job, price, count)
        copy_lots.put(connection, changed, call.at)
        tried.append(changed)
        return order

    if not price:
        return _Sold(lot.count, 0, 0, 0, 0, "no_bid", lot)
    result = await attempt(call, None, rows)
    if isinstance(result, Reject):
        reason = "market_not_open" if result.code in _SHUT else "nothing_held"
        return _Sold(lot.count, 0, 0, 0, 0, reason, lot)
    if not tried:
        return _Sold(lot.count, 0, 0, 0, 0, "being_sold", lot)
    return _result(result, tried[-1])


def _limit(card: MarketCard, sign: int) -> Price:
    """Five cents below the best bid of the side, on the grid; 0: nobody bids."""
    bid, ask = marks.quotes(card)
    best = bid if sign > 0 else DOLLAR_PRICE - ask if ask else 0
    return copying.lowest(card.structure, sign, best * CONTRACT, CONTRACT, SLIPPAGE) if best else 0


def _result(receipt: Receipt, lot: Lot) -> _Sold:
    placed = next(fact for fact in receipt.facts if isinstance(fact, OrderPlaced))
    fills = [
        fact
        for fact in receipt.facts
        if isinstance(fact, Traded) and fact.taker.order == placed.order
    ]
    count = sum(fact.count for fact in fills)
    gross = sum(fact.count * copying.yes_price(lot.sign, fact.price) for fact in fills)
    proceeds = gross - sum(fact.taker.fee for fact in fills)
    reason = "" if count == placed.count else "slippage"
    after = lot.shrunk(count, proceeds)
    return _Sold(placed.count, count, gross, proceeds, placed.order, reason, after)


def _closed(call: AnyCall, option: Option, one: _Sold) -> wire.Closed:
    cipher = services_of(call).ids
    trade = ids.exchange_id(cipher, "trd", one.order, Kind.ORDER) if one.sold else None
    return wire.Closed(
        option_id=option.id,
        option_label=option.label,
        event_slug=option.event.row.slug,
        market_ticker=option.card.ticker,
        side="YES" if one.after.sign > 0 else "NO",
        quantity=contracts(one.wanted),
        sold_quantity=contracts(one.sold),
        average_price_cents=average(one.gross, one.sold) if one.sold else None,
        proceeds_cents=owned_cents(one.proceeds),
        trade_id=trade,
        reason=one.reason or None,
    )
