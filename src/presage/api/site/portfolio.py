"""Positions of the caller with what they are worth, and the money beside them.

Read from the tables in one go; marks come from the views. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import pages, paper_portfolio
from presage.api.site.money import Wallet, owed_cents, owned_cents, wallet
from presage.api.site.options import event_for, options_of
from presage.api.site.services import AnyCall, services_of
from presage.api.site.trade_shapes import Worth, closing_side, position, value_then
from presage.domain.ids import AccountId, MarketId, account_id, subaccount_of
from presage.projections import portfolio, positions
from presage.projections.portfolio import Day, Totals
from presage.projections.positions import PositionRow
from presage.site import protections
from presage.site.protections import Protection
from presage.units import SECOND, Count, Micros, Money
from presage.wire.site import trading as wire

MOST: Final = 1_000
_DAY: Final[Micros] = 86_400 * SECOND

Promised = dict[tuple[MarketId, int], Count]
Armed = dict[tuple[AccountId, MarketId], Protection]


class Found(NamedTuple):
    """What one read of the tables gave."""

    rows: list[PositionRow]
    held: list[PositionRow]
    promised: Promised
    armed: Armed
    totals: Totals
    days: dict[MarketId, Day]


def site_accounts(call: AnyCall) -> list[AccountId]:
    """The caller's accounts that the site shows: subaccount 0 of every shard."""
    known = services_of(call).accounts.of(call.caller.member)
    found = [account.id for account in known if not subaccount_of(account.id)]
    return found or [account_id(call.caller.member)]


async def list_positions(call: Call[wire.ListPositions, None]) -> wire.PositionsReply:
    """List positions with what they are worth, and the sums of the portfolio."""
    services, query = services_of(call), call.query
    if query.tournament_slug is not None:
        return await paper_portfolio.list_positions(call, query.tournament_slug)
    markets: list[MarketId] | None = None
    if query.event_slug is not None:
        event = await event_for(call, query.event_slug)
        markets = [card.id for card in event.card.markets]
    after, accounts = pages.after(call, int), site_accounts(call)
    held = {"open": True, "closed": False, "all": None}[query.status]
    midnight = call.at - call.at % _DAY

    def read(connection: Any) -> Found:
        before = None if after is None else int(after[0])
        wanted = pages.wanted(call)
        rows = portfolio.page(connection, accounts, wanted, before, held=held, markets=markets)
        all_held = held and before is None and markets is None and len(rows) < wanted
        return Found(
            rows,
            rows if all_held else portfolio.page(connection, accounts, _EVERY, held=True),
            portfolio.promised(connection, accounts),
            protections.of_accounts(connection, accounts, [row.market for row in rows]),
            portfolio.totals(connection, accounts),
            portfolio.since(connection, accounts, midnight),
        )

    found = await services.reader.run(read)
    page = pages.cut(call, found.rows, lambda row: (row.market,))
    shown = await show(services, page.rows, found.promised, found.armed)
    return wire.PositionsReply(
        positions=shown,
        summary=summary(services, wallet(services, call.caller.member), found, midnight),
        next_cursor=page.next_cursor,
    )


_EVERY: Final = 1_000_000
"""All that are held: sums leave none out."""


async def show(
    services: Services, rows: Sequence[PositionRow], promised: Promised, armed: Armed
) -> list[wire.Position]:
    """Positions as lists print them."""
    options = await options_of(services, [row.market for row in rows])
    return [
        position(
            services.ids,
            options[row.market],
            row,
            promised.get((row.market, closing_side(row.sign)), 0),
            armed.get((row.account, row.market)),
        )
        for row in rows
    ]


async def position_in(call: AnyCall, account: AccountId, market: MarketId) -> wire.Position | None:
    """One position as it stands; None: there never was one."""
    services = services_of(call)

    def read(connection: Any) -> tuple[list[PositionRow], Promised, Armed]:
        rows = positions.of_markets(connection, account, [market])
        promised = portfolio.promised(connection, [account]) if rows else {}
        return rows, promised, protections.of_accounts(connection, [account], [market])

    shown = await show(services, *await services.reader.run(read))
    return shown[0] if shown else None


def summary(services: Services, money: Wallet, found: Found, midnight: Micros) -> wire.Summary:
    """The sums."""
    cards = services.markets
    worths = [(row, Worth(row, cards.by_id(row.market))) for row in found.held]
    value = sum(worth.value for _, worth in worths)
    invested = sum(row.cost for row, _ in worths)
    today = _today(services, found, midnight)
    return wire.Summary(
        balance_cents=owned_cents(money.balance),
        balance_micros=money.balance,
        available_cents=owned_cents(money.available),
        reserved_cents=owed_cents(money.reserved),
        reserved=wire.Reserved(
            orders_cents=owed_cents(money.reserved - sum(money.held.values())),
            challenges_cents=owed_cents(money.held.get("challenge", 0)),
            withdrawals_cents=owed_cents(money.held.get("withdrawal", 0)),
            bonds_cents=owed_cents(money.held.get("bond", 0)),
        ),
        invested_cents=owed_cents(invested),
        positions_value_cents=owned_cents(value),
        portfolio_value_cents=owned_cents(money.balance + value),
        unrealized_pnl_cents=owned_cents(value - invested),
        realized_pnl_cents=owned_cents(found.totals.realized),
        today_pnl_cents=owned_cents(today),
        fees_cents=owed_cents(found.totals.fees),
        open_positions=len(found.held),
        open_orders=found.totals.open_orders,
    )


def _today(services: Services, found: Found, midnight: Micros) -> Money:
    """What trading and marks have brought since midnight, fees included."""
    total = 0
    held = {row.market: row for row in found.held}
    for market in held.keys() | found.days.keys():
        card = services.markets.by_id(market)
        row = held.get(market)
        day = found.days.get(market, Day(0, row.position if row else 0))
        now = Worth(row, card).value if row else 0
        held_at = (abs(row.position), row.cost) if row else (0, 0)
        total += day.flow + now - value_then(card, day.before, midnight, held_at)
    return total
