"""Positions and trades of a member who wants everybody to see them. Who does, is not asked here."""

from __future__ import annotations

from typing import Final

from presage.api.site.money import contracts, price_cents
from presage.api.site.options import options_of
from presage.api.site.services import AnyCall, services_of
from presage.api.site.strings import printed
from presage.domain.ids import MemberId
from presage.domain.orders import BID
from presage.projections import fills
from presage.units import DOLLAR_PRICE
from presage.wire.site.profiles import PublicPosition, PublicTrade

MOST_POSITIONS: Final = 50
MOST_TRADES: Final = 10


async def holdings(call: AnyCall, member: MemberId) -> list[PublicPosition]:
    """What a member holds, the newest markets first."""
    services = services_of(call)
    held = {
        market: count
        for account in services.accounts.of(member)
        if not account.subaccount
        for market, count in account.positions.items()
        if count
    }
    newest = sorted(held, reverse=True)[:MOST_POSITIONS]
    options = await options_of(services, newest)
    return [
        PublicPosition(
            event_slug=options[market].event.row.slug,
            option_id=options[market].id,
            option_label=options[market].label,
            side="YES" if held[market] > 0 else "NO",
            quantity=contracts(abs(held[market])),
        )
        for market in newest
    ]


async def last_trades(call: AnyCall, member: MemberId) -> list[PublicTrade]:
    """What a member traded last, the newest first."""
    services = services_of(call)
    accounts = [one.id for one in services.accounts.of(member) if not one.subaccount]
    rows = await services.reader.run(
        lambda connection: fills.page(connection, accounts, MOST_TRADES)
    )
    options = await options_of(services, (row.market for row in rows))
    return [
        PublicTrade(
            event_slug=options[row.market].event.row.slug,
            option_id=options[row.market].id,
            option_label=options[row.market].label,
            side="YES" if row.side == BID else "NO",
            quantity=contracts(row.count),
            price_cents=price_cents(row.price if row.side == BID else DOLLAR_PRICE - row.price),
            created_at=printed(row.at),
        )
        for row in rows
    ]
