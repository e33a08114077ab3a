"""How copy relations, their log and their sums look on the site.

What is owned is rounded down to whole cents, what was paid up, profits down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from presage.api.ids import Kind
from presage.api.site import ids
from presage.api.site.money import contracts, owed_cents, owned_cents
from presage.api.site.options import option_id
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.trade_shapes import average
from presage.feeds.copying import unrealized
from presage.site import copies, copy_lots
from presage.site.copies import Relation
from presage.site.copy_log import Line
from presage.site.copy_lots import Lot
from presage.units import CENT_PRICE
from presage.wire.site import copies as wire


def relation(call: AnyCall, one: Relation, lots: Sequence[Lot]) -> wire.Relation:
    """A relation as it is now; `lots` are all of its."""
    invested, flying = copy_lots.invested(lots), copy_lots.in_flight(lots)
    return wire.Relation(
        id=ids.shown("cpy", one.id),
        trader=_trader(call, one),
        status=_status(one.status),
        allocation_cents=owned_cents(one.allocation),
        invested_cents=owed_cents(invested),
        free_allocation_cents=max(owned_cents(one.allocation - invested - flying), 0),
        ratio_bps=one.ratio,
        max_per_trade_cents=owned_cents(one.per_trade),
        max_slippage_cents=one.slippage // CENT_PRICE,
        copy_sells=one.sells,
        categories=list(one.categories),
        max_loss_cents=owned_cents(one.max_loss) if one.max_loss else None,
        realized_pnl_cents=owned_cents(sum(lot.realized for lot in lots)),
        unrealized_pnl_cents=owned_cents(unrealized(services_of(call).markets, lots)),
        copied_trades=one.copied,
        skipped_trades=one.skipped,
        pause_reason=one.reason or None,
        created_at=printed(one.created_at),
        updated_at=printed(one.updated_at),
    )


def _trader(call: AnyCall, one: Relation) -> wire.Trader:
    person = site_of(call).people.find(one.leader)
    assert person is not None, "whoever is copied has a row"
    return wire.Trader(
        id=ids.shown("usr", person.id),
        username=person.username,
        avatar_url=person.avatar or None,
    )


def _status(word: str) -> Any:
    return word


def totals(call: AnyCall, live: Sequence[Relation], lots: dict[str, list[Lot]]) -> wire.Totals:
    """Sums over the relations that are not over."""
    markets = services_of(call).markets
    own = [lot for one in live for lot in lots[one.id]]
    profit = sum(lot.realized for lot in own) + unrealized(markets, own)
    return wire.Totals(
        allocation_cents=owned_cents(sum(one.allocation for one in live)),
        invested_cents=owed_cents(copy_lots.invested(own)),
        pnl_cents=owned_cents(profit),
    )


def line(call: AnyCall, one: Line) -> wire.LogLine:
    """What became of a copy."""
    cipher, trade = services_of(call).ids, copies.leader_trade(one.job)
    order = ids.exchange_id(cipher, "trd", one.order_id, Kind.ORDER) if one.quantity else None
    return wire.LogLine(
        relation_id=ids.shown("cpy", one.relation),
        at=printed(one.at),
        leader_trade_id=cipher.text(trade, Kind.TRADE) if trade else None,
        trade_id=order,
        option_id=option_id(cipher, one.market),
        outcome="EXECUTED" if one.outcome == "EXECUTED" else "SKIPPED",
        reason=one.reason or None,
        quantity=contracts(one.quantity),
        price_cents=average(one.gross, one.quantity) if one.quantity else None,
    )
