"""A player's paper trades in a tournament as CSV rows: the columns of the real export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Final

from presage.api.kalshi.services import Services
from presage.api.site import csv_cells, ids
from presage.api.site.asking import side_price
from presage.api.site.csv_cells import decimal, place, safe
from presage.api.site.options import Option, options_of
from presage.api.site.paper_shapes import fill_id
from presage.api.site.strings import printed
from presage.domain import paper as rules
from presage.domain.ids import MarketId, MemberId
from presage.domain.paper import Fill
from presage.feeds.paper import worth
from presage.site import paper_positions, paper_trades
from presage.site.paper_positions import PaperPosition
from presage.site.paper_trades import PaperTrade
from presage.site.tournaments import Tournament
from presage.units import CENT, CENT_PRICE, CONTRACT, DOLLAR_PRICE, Money

_PAGE: Final = 500


async def chunks(
    services: Services, one: Tournament, member: MemberId, filters: dict[str, Any]
) -> AsyncIterator[bytes]:
    """The header, a row for each fill, then what options that are over have paid."""
    yield csv_cells.header()
    after = 0
    while True:
        read = partial(
            paper_trades.page,
            tournament=one.id,
            member=member,
            limit=_PAGE,
            after=after,
            newest=False,
            **filters,
        )
        found: list[PaperTrade] = await services.reader.run(read)
        if not found:
            break
        options = await options_of(services, [trade.market for trade in found])
        yield csv_cells.encoded(
            [
                _fill(one, options[trade.market], trade, at, fill)
                for trade in found
                for at, fill in enumerate(trade.fills)
            ]
        )
        after = found[-1].number
    yield csv_cells.encoded(await _payouts(services, one, member, filters))


async def _payouts(
    services: Services, one: Tournament, member: MemberId, filters: dict[str, Any]
) -> list[list[str]]:
    def read(connection: Any) -> list[tuple[PaperPosition, list[PaperTrade]]]:
        return [
            (own, paper_trades.all_in(connection, one.id, member, own.market))
            for own in paper_positions.of(connection, one.id, member)
            if worth(services.markets.by_id(own.market)).final
            and _wanted(filters, own.market, services.markets.by_id(own.market).settled_at)
        ]

    found = await services.reader.run(read)
    options = await options_of(services, [own.market for own, _ in found])
    rows = [_payout(one, options[own.market], own, trades) for own, trades in found]
    return [row for row in rows if row]


def _wanted(filters: dict[str, Any], market: MarketId, at: int) -> bool:
    markets, since, until = filters["markets"], filters["since"], filters["until"]
    chosen = markets is None or market in markets
    return chosen and (since is None or at >= since) and (until is None or at <= until)


def _fill(one: Tournament, option: Option, trade: PaperTrade, at: int, fill: Fill) -> list[str]:
    price = side_price(trade.outcome, fill.price)
    bought = trade.action == "buy"
    return [
        fill_id(trade, at),
        ids.shown("trd", trade.id),
        ids.shown("ord", trade.id),
        safe(trade.client_order_id),
        printed(trade.created_at),
        *place(option),
        trade.outcome.upper(),
        trade.action.upper(),
        "MARKET",
        "TAKER",
        decimal(fill.count, CONTRACT),
        decimal(price, CENT_PRICE),
        decimal(price * fill.count, CENT),
        decimal(fill.fee, CENT),
        decimal(fill.delta, CENT),
        decimal(fill.closed if bought else 0, CONTRACT),
        decimal(fill.realized - fill.fee, CENT),
        decimal(fill.position, CONTRACT),
        decimal(fill.cash, CENT),
        "TOURNAMENT",
        one.slug,
        "",
    ]


def _payout(
    one: Tournament, option: Option, own: PaperPosition, trades: Sequence[PaperTrade]
) -> list[str]:
    """What the end of an option has paid; empty: nothing was left of it."""
    card = option.card
    value = worth(card)
    count = sum(trade.left for trade in trades)
    yes = own.side > 0
    revenue: Money
    if value.void:
        revenue = -sum(trade.delta for trade in trades)
        gained = -sum(fill.realized - fill.fee for trade in trades for fill in trade.fills)
    else:
        assert value.price is not None, "what is final and not void has a value"
        lots = [lot for trade in trades for lot in trade.lots()]
        revenue, closed = rules.settle(count if yes else -count, lots, value.price)
        gained = sum(part.realized for part in closed)
    if not count and not revenue:
        return []
    price = 0 if value.price is None else value.price if yes else DOLLAR_PRICE - value.price
    return [
        *[""] * 4,
        printed(card.settled_at),
        *place(option),
        "YES" if yes else "NO",
        "VOID" if value.void else "SETTLE",
        "SETTLEMENT",
        "",
        decimal(count, CONTRACT),
        "" if value.void else decimal(price, CENT_PRICE),
        decimal(revenue, CENT),
        "0",
        decimal(revenue, CENT),
        "0",
        decimal(gained, CENT),
        "0",
        "",
        "TOURNAMENT",
        one.slug,
        "VOID" if value.void else card.result.upper(),
    ]
