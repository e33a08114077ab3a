"""The stream: books and trades of options as server-sent events, the snapshot first.

Each frame carries the option's sequence, and a heartbeat says it again every 15 seconds, so that
silence and gaps are seen. A frame is encoded once however many read it; who does not keep up is
cut off. It decides nothing about a book.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from presage.api.http import Reply
from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.api.limits import network
from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.errors import invalid, try_again
from presage.api.site.event_pages import option_status
from presage.api.site.money import contracts, price_cents
from presage.api.site.options import Option, option_for, option_id
from presage.api.site.order_books import order_book
from presage.api.site.readers import HEARTBEAT, Reader
from presage.api.site.services import services_of, site_of
from presage.api.site.strings import printed
from presage.domain.facts import (
    Fact,
    MarketDetermined,
    MarketDisputed,
    MarketFinalized,
    MarketStatusChanged,
    Traded,
)
from presage.domain.ids import MarketId
from presage.domain.orders import BID, Side
from presage.domain.resolution_facts import OutcomeCorrected
from presage.feeds.levels import changes
from presage.projections.projection import Entry
from presage.units import Price
from presage.wire.site import stream as wire

CONTENT_TYPE: Final = b"text/event-stream"
MAX_OPTIONS: Final = 20
"""Options that one connection follows."""
_FULL_DEPTH: Final = 0
_STATUS_FACTS: Final = (
    MarketStatusChanged,
    MarketDetermined,
    MarketDisputed,
    MarketFinalized,
    OutcomeCorrected,
)

_encode = msgspec.json.Encoder().encode


async def follow_options(call: Call[wire.Follow, None]) -> Reply:
    """Follow the books and trades of options (server-sent events)."""
    services, asked = services_of(call), call.query.option_id
    if not 1 <= len(asked) <= MAX_OPTIONS:
        raise invalid("optionId", f"names 1 to {MAX_OPTIONS} options")
    options = {}
    for name in asked:
        option = await option_for(call, name)
        options[option.card.id] = option
    readers, following = services.readers, list(options.values())
    most, address = site_of(call).settings.number, network(call.request.host)
    full = len(readers) >= most("MAX_STREAMS")
    if full or readers.from_address(address) >= most("MAX_STREAMS_PER_ADDRESS"):
        raise try_again("rate_limited", "Too many streams are open.", int(HEARTBEAT))
    reader = Reader(
        readers,
        address,
        list(options),
        lambda: b"".join(_snapshot(services, option) for option in following),
        lambda: _beat(services, following),
    )
    readers.add(reader)
    headers = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))
    return Reply(200, reader, headers, CONTENT_TYPE)


def frame(event: str, data: msgspec.Struct, sequence: int) -> bytes:
    """One event as it is sent."""
    return b"event: %b\nid: %d\ndata: %b\n\n" % (event.encode(), sequence, _encode(data))


def _snapshot(services: Services, option: Option) -> bytes:
    book = order_book(services, option, _FULL_DEPTH, services.clock())
    return frame("snapshot", book, book.sequence)


def _beat(services: Services, options: Sequence[Option]) -> bytes:
    """The line is alive, and this is where the options are."""
    sequences = {option.id: services.books.book(option.card.id).seq for option in options}
    return frame("heartbeat", wire.Beat(sequences=sequences), max(sequences.values()))


def watch(services: Services, entries: Sequence[Entry]) -> None:
    """A batch was committed, and the views have it: tell whoever follows what it has changed."""
    readers = services.readers
    if not readers:
        return
    touched: dict[MarketId, dict[tuple[Side, Price], None]] = {}
    told: dict[MarketId, list[bytes]] = {}
    for entry in entries:
        for fact in entry.facts:
            market = getattr(fact, "market", None)
            if market is None or not readers.follow(market):
                continue
            levels = touched.setdefault(market, {})
            for change in changes(fact):
                levels[change.side, change.price] = None
            told.setdefault(market, []).extend(_told(services, market, fact, entry))
    for market, levels in touched.items():
        frames = b"".join([*told.get(market, ()), *_levels(services, market, levels)])
        if frames:
            readers.tell(market, frames)


def _told(services: Services, market: MarketId, fact: Fact, entry: Entry) -> list[bytes]:
    option = option_id(services.ids, market)
    sequence = services.books.book(market).seq
    if isinstance(fact, Traded):
        trade = wire.TradeTold(
            option_id=option,
            sequence=sequence,
            trade_id=ids.exchange_id(services.ids, "trd", fact.trade, Kind.TRADE),
            price_cents=price_cents(fact.price),
            quantity=contracts(fact.count),
            side="YES" if fact.side == BID else "NO",
            at=printed(entry.at),
        )
        return [frame("trade", trade, sequence)]
    if isinstance(fact, _STATUS_FACTS):
        status = option_status(services.markets.by_id(market))
        told = wire.StatusTold(option_id=option, sequence=sequence, status=status)
        return [frame("status", told, sequence)]
    return []


def _levels(
    services: Services, market: MarketId, levels: dict[tuple[Side, Price], None]
) -> list[bytes]:
    if not levels:
        return []
    book = services.books.book(market)
    changed = [
        wire.LevelChange(
            side="BUY" if side == BID else "SELL",
            price_cents=price_cents(price),
            quantity=contracts(book.size(side, price)),
            orders=book.orders(side, price),
        )
        for side, price in levels
    ]
    change = wire.BookChange(
        option_id=option_id(services.ids, market), sequence=book.seq, changes=changed
    )
    return [frame("book", change, book.seq)]
