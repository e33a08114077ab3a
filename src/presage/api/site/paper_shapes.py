"""How a tournament's trades and positions look: as real ones do, with the tournament's own money.

An option that is over is shown as settled, whether its paper has been paid yet or not.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from presage.api.kalshi.services import Services
from presage.api.site import ids
from presage.api.site.asking import side_price
from presage.api.site.errors import refuse
from presage.api.site.money import contracts, owed_cents, owned_cents, price_cents
from presage.api.site.options import Option
from presage.api.site.services import AnyCall, services_of
from presage.api.site.strings import maybe_printed, printed
from presage.api.site.tournament_boards import worths
from presage.api.site.trade_shapes import average
from presage.domain import paper as rules
from presage.feeds import marks
from presage.feeds.paper import worth
from presage.site import entries, paper, paper_positions
from presage.site.paper import Standing
from presage.site.paper_positions import PaperPosition
from presage.site.paper_trades import PaperTrade
from presage.site.tournaments import Tournament
from presage.units import DOLLAR_PRICE, Count, Money
from presage.wire.site import trading as wire

_BPS: Final = 10_000


class Player(NamedTuple):
    """What the caller has in a tournament; positions as if all that is over were paid."""

    standing: Standing
    positions: list[PaperPosition]


class Rest(NamedTuple):
    """What is left of a trade, and all it has gained; `closed_at` 0: something is left."""

    left: Count
    realized: Money
    closed_at: int


async def player(call: AnyCall, one: Tournament) -> Player:
    """Raises: a refusal where the caller does not play."""
    services, member = services_of(call), call.caller.member
    value = worths(services)

    def read(connection: Any) -> Player | None:
        entry = entries.find(connection, one.id, member)
        if entry is None:
            return None
        found = paper_positions.of(connection, one.id, member)
        unpaid = [own for own in found if not own.paid]
        standing = paper.standing(entry, unpaid, value, one.min_trades)
        return Player(standing, [paper.settled(own, value(own.market)) for own in found])

    found = await services.reader.run(read)
    if found is None:
        raise refuse("forbidden", "You do not play in this tournament.")
    return found


def rest(option: Option, one: PaperTrade) -> Rest:
    """What has become of what a trade bought."""
    value = worth(option.card)
    if value.void:
        return Rest(0, 0, option.card.settled_at)
    if not one.left or not value.final:
        return Rest(one.left, one.realized, one.closed_at)
    assert value.price is not None, "what is final and not void has a value"
    yes = (one.outcome == "yes") == (one.action == "buy")
    _, closed = rules.settle(one.left if yes else -one.left, one.lots(), value.price)
    gained = sum(part.realized for part in closed)
    return Rest(0, one.realized + gained, option.card.settled_at)


def trade(option: Option, one: PaperTrade) -> wire.Trade:
    """A paper order."""
    now = rest(option, one)
    gross = sum(fill.count * side_price(one.outcome, fill.price) for fill in one.fills)
    return wire.Trade(
        id=ids.shown("trd", one.id),
        order_id=ids.shown("ord", one.id),
        client_order_id=one.client_order_id or None,
        event_slug=option.event.row.slug,
        event_title=option.event.title,
        option_id=option.id,
        option_label=option.label,
        market_ticker=option.card.ticker,
        side="YES" if one.outcome == "yes" else "NO",
        action="BUY" if one.action == "buy" else "SELL",
        quantity=contracts(one.count),
        filled_quantity=contracts(one.filled),
        cancelled_quantity=contracts(one.count - one.filled),
        netted_quantity=contracts(one.netted if one.action == "buy" else 0),
        limit_price_cents=price_cents(one.price),
        average_price_cents=average(gross, one.filled),
        gross_cents=owned_cents(gross),
        fee_cents=owed_cents(one.fees),
        cash_delta_cents=owned_cents(one.delta),
        result="FILLED" if one.filled == one.count else "PARTIAL",
        stop_reason=None,
        status="OPEN" if now.left else "CLOSED",
        remaining_quantity=contracts(now.left),
        realized_pnl_cents=owned_cents(now.realized),
        source="TOURNAMENT",
        created_at=printed(one.created_at),
        closed_at=None if now.left else maybe_printed(now.closed_at or one.created_at),
    )


def fills(one: PaperTrade) -> list[wire.Fill]:
    """What a paper order met."""
    return [
        wire.Fill(
            fill_id=fill_id(one, at),
            price_cents=price_cents(side_price(one.outcome, fill.price)),
            quantity=contracts(fill.count),
            fee_cents=owed_cents(fill.fee),
            liquidity="TAKER",
            at=printed(one.created_at),
        )
        for at, fill in enumerate(one.fills)
    ]


def fill_id(one: PaperTrade, at: int) -> str:
    """Of one of an order's fills."""
    return f"{one.id.replace('-', '')}-{at + 1}"


def position(services: Services, option: Option, one: PaperPosition) -> wire.Position:
    """What is held on paper, or was."""
    card, count = option.card, abs(one.count)
    yes = one.side > 0
    found = marks.mark(card)
    price = found.price if found.price is None or yes else DOLLAR_PRICE - found.price
    source = found.source
    if price is None and count:
        price, source = one.cost // count, "COST"
    value = one.cost if source == "COST" else count * (price or 0)
    bid, ask = marks.quotes(card)
    best = bid if yes else DOLLAR_PRICE - ask if ask else 0
    gain = value - one.cost
    return wire.Position(
        id=ids.shown("pos", one.id),
        event_slug=option.event.row.slug,
        event_title=option.event.title,
        option_id=option.id,
        option_label=option.label,
        market_ticker=card.ticker,
        side="YES" if yes else "NO",
        quantity=contracts(count),
        reserved_quantity=0,
        average_price_cents=average(one.cost, count) if count else None,
        cost_cents=owed_cents(one.cost),
        mark_price_cents=None if price is None else price_cents(price),
        mark_source=source,
        market_value_cents=owned_cents(value),
        unrealized_pnl_cents=owned_cents(gain),
        unrealized_pnl_bps=gain * _BPS // one.cost if one.cost else None,
        realized_pnl_cents=owned_cents(one.realized),
        fees_cents=owed_cents(one.fees),
        max_payout_cents=owned_cents(count * DOLLAR_PRICE),
        best_exit_price_cents=price_cents(best) if best and count else None,
        status="OPEN" if count else "CLOSED",
        protections=None,
        opened_at=printed(one.opened_at),
        updated_at=printed(one.updated_at),
    )
