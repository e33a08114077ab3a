"""Trades on paper: an order of a tournament's player, priced from the book that is displayed.

What the site's other trades are refused for, these are; money, positions and depth are the
tournament's own. Nothing here reaches the engine.
"""

from __future__ import annotations

import uuid
from itertools import islice
from typing import Any, Final

from presage.api.registry import Call
from presage.api.site import asking, paper_shapes
from presage.api.site.asking import Wish, poor
from presage.api.site.errors import Refusal, refuse, try_again
from presage.api.site.event_pages import category_of, option_status
from presage.api.site.money import contracts, owned_cents, price_cents
from presage.api.site.options import Option
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.tournament_boards import worths
from presage.api.site.tournaments import tournament_for
from presage.api.site.writing import attempt
from presage.domain.ids import MarketId, MemberId
from presage.domain.orders import Side
from presage.feeds import paper as views
from presage.identity.uuids import uuid7
from presage.site import categories, paper, paper_trades, tournaments
from presage.site.paper import No, Order
from presage.site.paper_takes import MOST_OFFERS, Looked, Offer
from presage.site.paper_trades import PaperTrade
from presage.site.tournaments import Tournament
from presage.units import Micros
from presage.wire.site import trading as wire

_PAUSE_SECONDS: Final = 5
_REPLAYED = uuid.UUID("7b1f6f0e-3f58-4d0c-9c56-1f3a0c0f8f11")
"""Names the trades that were made under an Idempotency-Key."""


async def create(call: Call[None, wire.PlaceTrade], slug: str) -> wire.TradeReply:
    """Trade on paper, at the price named or better. Raises: Refusal."""
    if not site_of(call).settings.flag("tournaments"):
        raise refuse("feature_disabled", "There are no tournaments now.", feature="tournaments")
    body, services = call.body, services_of(call)
    seen = await tournament_for(call, slug)
    asked = await asking.wish(call, body, body.price_cents, "priceCents")
    asked = asking.slipped(asked.option.card, asked, body.max_slippage_cents)
    name = body.client_order_id or ""
    if name and await services.gateway.used_by(f"order:{call.caller.member}", name):
        raise _refused(call, asked, No("duplicate_client_order_id"))
    book = await _look(call, asked)
    order = _order(call, seen, asked, name, book, kill=body.fill_or_kill)

    def rows(connection: Any) -> None:
        _check(call, tournaments.get(connection, seen.id), asked.option)
        done = paper.place(connection, order, worths(services))
        if isinstance(done, No):
            raise _refused(call, asked, done)

    await attempt(call, None, rows)
    member = call.caller.member
    trade = await services.reader.run(lambda c: paper_trades.find(c, member, order.id))
    assert trade is not None, "an acknowledged write is always readable"
    return await _reply(call, seen, asked.option, trade)


async def _reply(
    call: AnyCall, one: Tournament, option: Option, trade: PaperTrade
) -> wire.TradeReply:
    services = services_of(call)
    player = await paper_shapes.player(call, one)
    held = next((own for own in player.positions if own.market == trade.market), None)
    shown = paper_shapes.trade(option, trade)
    shown.fills = paper_shapes.fills(trade)
    cash = owned_cents(player.standing.cash)
    return wire.TradeReply(
        trade=shown,
        position=None if held is None else paper_shapes.position(services, option, held),
        balance_cents=cash,
        available_cents=cash,
    )


async def _look(call: AnyCall, asked: Wish) -> Looked:
    """The orders that this one would meet, but for the caller's own."""
    rivals: Side = 1 - asked.side
    market, member, at = asked.option.card.id, call.caller.member, call.at
    return await services_of(call).gateway.inspect(
        lambda engine: _offers(engine.state, market, rivals, member, at)
    )


def _offers(state: Any, market: MarketId, side: Side, member: MemberId, at: Micros) -> Looked:
    """Runs in the writer's thread: it only reads. Orders whose time is over do not trade."""
    found = (
        Offer(order.id, order.price, order.filled, order.remaining)
        for order in state.markets[market].book.walk(side)
        if order.account.member.id != member and not 0 < order.expires_at <= at
    )
    return Looked(state.seq, tuple(islice(found, MOST_OFFERS)))


def _order(
    call: AnyCall, one: Tournament, asked: Wish, name: str, book: Looked, *, kill: bool
) -> Order:
    card = asked.option.card
    made = uuid7(call.at)
    if call.once is not None:  # the same again finds what was made
        made = str(uuid.uuid5(_REPLAYED, " ".join(call.once)))
    return Order(
        id=made,
        position_id=uuid7(call.at),
        tournament=one.id,
        member=call.caller.member,
        market=card.id,
        outcome=asked.outcome,
        action=asked.action,
        side=asked.side,
        limit=asked.yes_price,
        price=asked.price,
        count=asked.size,
        kill=kill,
        client_order_id=name,
        terms=views.fee_terms(card, call.at),
        book=book,
        at=call.at,
    )


def _check(call: AnyCall, one: Tournament, option: Option) -> None:
    """May this option be traded in it now? Raises: Refusal."""
    if one.phase(call.at) != "ACTIVE":
        raise refuse("conflict", "This tournament is not being played now.")
    if not _counts(one, option):
        raise refuse("conflict", "This event does not count in the tournament.")
    card, markets = option.card, services_of(call).markets
    if not (markets.exchange_active and markets.trading_active):
        raise try_again("exchange_paused", "Trading is paused.", _PAUSE_SECONDS)
    if card.status != "active" or card.close_at <= call.at:
        status = option_status(card)
        raise refuse("market_not_open", "The option is not open.", status=status)


def _counts(one: Tournament, option: Option) -> bool:
    if not one.categories and not one.slugs:
        return True
    category = category_of(option.event.card)
    named = bool(category) and categories.slug_of(category) in one.categories
    return named or option.event.row.slug in one.slugs


def _refused(call: AnyCall, asked: Wish, no: No) -> Refusal:
    match no.code:
        case "forbidden":
            return refuse(no.code, "You do not play in this tournament.")
        case "insufficient_funds":
            return poor(no.need, no.have)
        case "insufficient_position":
            held = contracts(no.need)
            sentence = f"You hold {held} of these in this tournament."
            return refuse(no.code, sentence, held_quantity=held, reserved_quantity=0)
        case "no_fill" | "not_enough_liquidity":
            sentence = "There is nothing, or too little, at this price for you now."
            best = price_cents(asking.side_price(asked.outcome, no.need)) if no.need else None
            return refuse(
                no.code, sentence, best_price_cents=best, available_quantity=contracts(no.have)
            )
        case "duplicate_client_order_id":
            return refuse(no.code, "This clientOrderId was used before.")
        case _:
            return refuse("limit_reached", "You have traded as often as one may.")
