"""All fills and payouts as CSV, a page at a time, while it is being sent.

A row is made when there is room for it, so an export of a million rows needs the memory of one
page. Cells that a spreadsheet would take for a formula begin with an apostrophe. Amounts are exact
cents, with decimals where they have some: their sum over an option that is over is its profit.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Final

import structlog

from presage.api import http
from presage.api.http import Reply
from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.asking import side_price
from presage.api.site.errors import not_found
from presage.api.site.event_pages import category_of
from presage.api.site.options import Option, options_of
from presage.api.site.portfolio import site_accounts
from presage.api.site.services import services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.trade_shapes import SOURCES
from presage.api.site.trades import day_or_moment, markets_named
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
_COLUMNS_TEXT: Final = """
fill_id trade_id order_id client_order_id executed_at event_slug event_title event_ticker
option_label market_ticker category side action order_type liquidity quantity price_cents
gross_cents fee_cents cash_delta_cents netted_quantity realized_pnl_cents position_after
balance_after_cents source tournament note
"""
COLUMNS: Final = tuple(_COLUMNS_TEXT.split())
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

_log = structlog.get_logger(__name__)

Ask = Callable[..., Any]


async def export_trades(call: Call[wire.ExportTrades, None]) -> Reply:
    """Download all trades as CSV: one row per fill, then the payouts."""
    query = call.query
    if query.tournament_slug is not None:
        raise not_found()
    markets = await markets_named(call, query.event_slug, None)
    filters = {
        "markets": markets,
        "since": day_or_moment(query.from_, "from"),
        "until": day_or_moment(query.to, "to"),
    }
    person = site_of(call).people.by_id(call.caller.user_id)
    name = person.username if person is not None else "me"
    file = f"trades-{name}-{printed(call.at)[:10].replace('-', '')}.csv"
    rows = _chunks(services_of(call), site_accounts(call), filters)
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
    yield _text([COLUMNS])
    for ask, place, row in (
        (statement.lines, lambda one: (one.at, one.trade), _fill),
        (statement.payouts, lambda one: (one.at, one.market), _payout),
    ):
        for account in accounts:
            async for rows in _pages(services, partial(ask, account=account, **filters), place):
                options = await options_of(services, [one.market for one in rows])
                yield _text([row(services, options[one.market], one) for one in rows])


async def _pages(services: Services, ask: Ask, place: Ask) -> AsyncIterator[Sequence[Any]]:
    after = statement.START
    while rows := await services.reader.run(partial(ask, limit=PAGE, after=after)):
        yield rows
        after = place(rows[-1])


def _place(option: Option) -> list[str]:
    card = option.card
    return [
        option.event.row.slug,
        _safe(option.event.title),
        _safe(card.event.ticker),
        _safe(option.label),
        _safe(card.ticker),
        _safe(category_of(card.event)),
    ]


def _fill(services: Services, option: Option, line: Line) -> list[str]:
    cipher, bought = services.ids, line.action == "buy"
    price = side_price(line.outcome, line.price)
    return [
        cipher.text(line.trade, Kind.TRADE),
        ids.exchange_id(cipher, "trd", line.order_id, Kind.ORDER),
        ids.exchange_id(cipher, "ord", line.order_id, Kind.ORDER),
        _safe(line.client_order_id),
        printed(line.at),
        *_place(option),
        line.outcome.upper(),
        line.action.upper(),
        "LIMIT" if line.tif == GTC else "MARKET",
        "TAKER" if line.is_taker else "MAKER",
        _decimal(line.count, CONTRACT),
        _decimal(price, CENT_PRICE),
        _decimal(price * line.count, CENT),
        _decimal(line.fee, CENT),
        _decimal(line.delta, CENT),
        _decimal(line.closed if bought else 0, CONTRACT),
        _decimal(line.realized - line.fee, CENT),
        _decimal(line.position, CONTRACT),
        _decimal(line.cash, CENT),
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
        *_place(option),
        "YES" if yes else "NO",
        "VOID" if void else "SETTLE",
        "SETTLEMENT",
        "",
        _decimal(abs(row.position), CONTRACT),
        "" if void else _decimal(value, CENT_PRICE),
        _decimal(row.revenue, CENT),
        "0",
        _decimal(row.revenue, CENT),
        "0",
        _decimal(row.realized, CENT),
        "0",
        "",
        "",
        "",
        row.result.upper(),
    ]


def _decimal(amount: int, unit: int) -> str:
    """Exactly, without zeros at the end."""
    whole, part = divmod(abs(amount), unit)
    text = str(whole)
    if part:
        text += "." + str(part).zfill(len(str(unit)) - 1).rstrip("0")
    return f"-{text}" if amount < 0 else text


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
