"""All fills and payouts as CSV, a page at a time, while it is being sent.

A row is made when there is room for it, so an export of a million rows needs the memory of one
page. Cells that a spreadsheet would take for a formula begin with an apostrophe. Amounts are exact
cents, with decimals where they have some: their sum over an option that is over is its profit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Final

import structlog

from presage.api import http
from presage.api.http import Reply
from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import ids, paper_export
from presage.api.site.asking import side_price
from presage.api.site.csv_cells import decimal, encoded, header, place, safe
from presage.api.site.options import Option, options_of
from presage.api.site.paper_shapes import player
from presage.api.site.portfolio import site_accounts
from presage.api.site.services import services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.tournaments import tournament_for
from presage.api.site.trade_filters import day_or_moment, markets_named
from presage.api.site.trade_shapes import SOURCES
from presage.domain.ids import AccountId
from presage.domain.orders import GTC
from presage.projections import statement
from presage.projections.settlements import SettlementRow
from presage.projections.statement import Line
from presage.units import CENT, CENT_PRICE, CONTRACT, DOLLAR_PRICE
from presage.wire.site import trading as wire

PAGE: Final = 1_000
MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait for a client before the next page is read."""
TAKE_SECONDS: Final = 30
_log = structlog.get_logger(__name__)

Ask = Callable[..., Any]


async def export_trades(call: Call[wire.ExportTrades, None]) -> Reply:
    """Download all trades as CSV: one row per fill, then the payouts."""
    query = call.query
    markets = await markets_named(call, query.event_slug, None)
    filters = {
        "markets": markets,
        "since": day_or_moment(query.from_, "from"),
        "until": day_or_moment(query.to, "to"),
    }
    person = site_of(call).people.by_id(call.caller.user_id)
    name = person.username if person is not None else "me"
    file = f"trades-{name}-{printed(call.at)[:10].replace('-', '')}.csv"
    services = services_of(call)
    rows = _chunks(services, site_accounts(call), filters)
    if query.tournament_slug is not None:
        played = await tournament_for(call, query.tournament_slug)
        await player(call, played)
        rows = paper_export.chunks(services, played, call.caller.member, filters)
    disposition = f'attachment; filename="{file}"'.encode()
    return Reply(
        200,
        Download(rows),
        ((b"content-disposition", disposition),),
        b"text/csv; charset=utf-8",
    )


class Download(http.Stream):
    """A body that is made while it is being sent."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._task: asyncio.Task[None] | None = None

    def open(self, transport: asyncio.WriteTransport) -> None:
        self._task = asyncio.get_running_loop().create_task(self._send(transport))

    def gone(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _send(self, transport: asyncio.WriteTransport) -> None:
        try:
            async for chunk in self._chunks:
                transport.write(chunk)
                waited = 0.0
                while transport.get_write_buffer_size() > MOST_UNSENT and waited < TAKE_SECONDS:
                    await asyncio.sleep(0.02)
                    waited += 0.02
                if waited >= TAKE_SECONDS or transport.is_closing():
                    break
            else:
                transport.close()  # after everything was sent: that is the body's end
                return
        except Exception as error:
            _log.error("a download broke off", exc_info=error)
        transport.abort()  # the reader must not take a part for the whole


async def _chunks(
    services: Services, accounts: Sequence[AccountId], filters: dict[str, Any]
) -> AsyncIterator[bytes]:
    yield header()
    for ask, key, row in (
        (statement.lines, lambda one: (one.at, one.trade), _fill),
        (statement.payouts, lambda one: (one.at, one.market), _payout),
    ):
        for account in accounts:
            async for rows in _pages(services, partial(ask, account=account, **filters), key):
                options = await options_of(services, [one.market for one in rows])
                yield encoded([row(services, options[one.market], one) for one in rows])


async def _pages(services: Services, ask: Ask, key: Ask) -> AsyncIterator[Sequence[Any]]:
    after = statement.START
    while rows := await services.reader.run(partial(ask, limit=PAGE, after=after)):
        yield rows
        after = key(rows[-1])


def _fill(services: Services, option: Option, line: Line) -> list[str]:
    cipher, bought = services.ids, line.action == "buy"
    price = side_price(line.outcome, line.price)
    return [
        cipher.text(line.trade, Kind.TRADE),
        ids.exchange_id(cipher, "trd", line.order_id, Kind.ORDER),
        ids.exchange_id(cipher, "ord", line.order_id, Kind.ORDER),
        safe(line.client_order_id),
        printed(line.at),
        *place(option),
        line.outcome.upper(),
        line.action.upper(),
        "LIMIT" if line.tif == GTC else "MARKET",
        "TAKER" if line.is_taker else "MAKER",
        decimal(line.count, CONTRACT),
        decimal(price, CENT_PRICE),
        decimal(price * line.count, CENT),
        decimal(line.fee, CENT),
        decimal(line.delta, CENT),
        decimal(line.closed if bought else 0, CONTRACT),
        decimal(line.realized - line.fee, CENT),
        decimal(line.position, CONTRACT),
        decimal(line.cash, CENT),
        SOURCES[line.source],
        "",
        "",
    ]


def _payout(services: Services, option: Option, row: SettlementRow) -> list[str]:
    yes = row.position >= 0
    value = row.value if yes else DOLLAR_PRICE - row.value
    void = row.result == "void"
    return [
        "",
        "",
        "",
        "",
        printed(row.at),
        *place(option),
        "YES" if yes else "NO",
        "VOID" if void else "SETTLE",
        "SETTLEMENT",
        "",
        decimal(abs(row.position), CONTRACT),
        "" if void else decimal(value, CENT_PRICE),
        decimal(row.revenue, CENT),
        "0",
        decimal(row.revenue, CENT),
        "0",
        decimal(row.realized, CENT),
        "0",
        "",
        "",
        "",
        row.result.upper(),
    ]
