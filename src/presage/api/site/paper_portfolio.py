"""A player's paper positions in a tournament, and the sums beside them."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import pages, paper_shapes
from presage.api.site.money import owed_cents, owned_cents
from presage.api.site.options import Option, event_for, options_of
from presage.api.site.paper_shapes import Player
from presage.api.site.services import AnyCall, services_of
from presage.api.site.tournaments import tournament_for
from presage.api.site.trade_filters import day_or_moment, markets_named
from presage.api.site.trade_shapes import value_then
from presage.domain.ids import MarketId
from presage.domain.orders import is_bid
from presage.domain.payouts import payout
from presage.feeds.paper import worth
from presage.site import paper_trades
from presage.site.paper_trades import PaperTrade
from presage.site.tournaments import Tournament
from presage.units import SECOND, Count, Micros, Money
from presage.wire.site import trading as wire

_DAY: Final[Micros] = 86_400 * SECOND


async def list_positions(call: Call[wire.ListPositions, None], slug: str) -> wire.PositionsReply:
    """The caller's paper positions in a tournament, and the sums."""
    one, query = await tournament_for(call, slug), call.query
    wanted: set[MarketId] = set()
    if query.event_slug is not None:
        wanted = {card.id for card in (await event_for(call, query.event_slug)).card.markets}
    after, found = pages.after(call, int), await paper_shapes.player(call, one)
    rows = [
        own
        for own in found.positions
        if (query.event_slug is None or own.market in wanted)
        and (after is None or own.market < int(after[0]))
        and (query.status == "all" or (own.count != 0) == (query.status == "open"))
    ]
    cut = pages.cut(call, rows[: pages.wanted(call)], lambda own: (own.market,))
    services = services_of(call)
    options = await options_of(services, [own.market for own in cut.rows])
    return wire.PositionsReply(
        positions=[paper_shapes.position(services, options[own.market], own) for own in cut.rows],
        summary=_summary(services, found, await _today(call, one, found)),
        next_cursor=cut.next_cursor,
    )


def _summary(services: Services, found: Player, today: Money) -> wire.Summary:
    standing, held = found.standing, [own for own in found.positions if own.count]
    value = standing.equity - standing.cash
    invested = sum(own.cost for own in held)
    cash = owned_cents(standing.cash)
    return wire.Summary(
        balance_cents=cash,
        balance_micros=standing.cash,
        available_cents=cash,
        reserved_cents=0,
        reserved=wire.Reserved(
            orders_cents=0, challenges_cents=0, withdrawals_cents=0, bonds_cents=0
        ),
        invested_cents=owed_cents(invested),
        positions_value_cents=owned_cents(value),
        portfolio_value_cents=owned_cents(standing.equity),
        unrealized_pnl_cents=owned_cents(value - invested),
        realized_pnl_cents=owned_cents(sum(own.realized for own in found.positions)),
        today_pnl_cents=owned_cents(today),
        fees_cents=owed_cents(sum(own.fees for own in found.positions)),
        open_positions=len(held),
        open_orders=0,
    )


async def list_trades(call: Call[wire.ListTrades, None], slug: str) -> wire.TradesReply:
    """The caller's paper trades in a tournament, newest first."""
    services, query = services_of(call), call.query
    one = await tournament_for(call, slug)
    await paper_shapes.player(call, one)
    after = pages.after(call, int)
    ask = partial(
        paper_trades.page,
        tournament=one.id,
        member=call.caller.member,
        limit=pages.wanted(call),
        markets=await markets_named(call, query.event_slug, query.option_id),
        since=day_or_moment(query.from_, "from"),
        until=day_or_moment(query.to, "to"),
    )
    found: list[PaperTrade] = []
    options: dict[MarketId, Option] = {}
    before, limit = int(after[0]) if after else 0, pages.wanted(call)
    while len(found) < limit:
        rows = await services.reader.run(partial(ask, before=before))
        options |= await options_of(services, [row.market for row in rows])
        found += [row for row in rows if _is_wanted(options[row.market], row, query.status)]
        if len(rows) < limit:
            break
        before = rows[-1].number
    cut = pages.cut(call, found, lambda trade: (trade.number,))
    return wire.TradesReply(
        trades=[paper_shapes.trade(options[row.market], row) for row in cut.rows],
        next_cursor=cut.next_cursor,
    )


def _is_wanted(option: Option, trade: PaperTrade, status: str | None) -> bool:
    is_open = paper_shapes.rest(option, trade).left > 0
    return status is None or is_open == (status == "open")


async def _today(call: AnyCall, one: Tournament, found: Player) -> Money:
    """What trading, marks and outcomes have brought since midnight, fees included."""
    services, midnight = services_of(call), call.at - call.at % _DAY
    cards = {own.market: services.markets.by_id(own.market) for own in found.positions}
    over = [market for market, card in cards.items() if card.settled_at >= midnight]

    def read(connection: Any) -> tuple[list[PaperTrade], dict[MarketId, Count]]:
        member = call.caller.member
        most = paper_trades.MOST
        trades = paper_trades.page(connection, one.id, member, most, since=midnight)
        ends = {
            market: sum(
                _signed(trade, trade.left)
                for trade in paper_trades.open_in(connection, one.id, member, market)
            )
            for market in over
        }
        return trades, ends

    trades, ends = await services.reader.run(read)
    total = sum(trade.delta for trade in trades if not worth(cards[trade.market]).void)
    for own in found.positions:
        card, count = cards[own.market], ends.get(own.market, own.count)
        value = worth(card)
        if value.void:
            continue
        bought = (trade for trade in trades if trade.market == own.market)
        before = count - sum(_signed(trade, trade.filled) for trade in bought)
        now = own.cost if value.price is None else payout(count, value.price)
        total += now - value_then(card, before, midnight, (abs(own.count), own.cost))
    return total


def _signed(trade: PaperTrade, count: Count) -> Count:
    """Contracts of a trade as YES bought (+) or sold (-)."""
    return count if is_bid(trade.action, trade.outcome) else -count
