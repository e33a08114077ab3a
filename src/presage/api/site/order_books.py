"""Order books of options, both sides whole: asks are the other side's bids seen from here."""

from __future__ import annotations

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site.event_pages import option_status
from presage.api.site.money import contracts, price_cents
from presage.api.site.options import Option, option_for
from presage.api.site.services import services_of
from presage.api.site.strings import printed
from presage.domain.orders import ASK, BID, Side
from presage.feeds import marks
from presage.feeds.books import Book, Level
from presage.units import DOLLAR_PRICE, Count, Micros, Price
from presage.wire.site import events as wire


async def get_order_book(call: Call[wire.ShowBook, None]) -> wire.OrderBook:
    """Show what rests on both sides of an option."""
    option = await option_for(call, call.path["optionId"])
    return order_book(services_of(call), option, call.query.depth, call.at)


def order_book(services: Services, option: Option, depth: int, now: Micros) -> wire.OrderBook:
    """The book as it stands. The option's texts must have been brought."""
    card = option.card
    book = services.books.book(card.id)
    yes, no = book.bids(depth), book.no_bids(depth)
    bid, ask = (yes[-1][0] if yes else 0), (DOLLAR_PRICE - no[-1][0] if no else 0)
    mark = marks.between(bid, ask, card.last_price)
    return wire.OrderBook(
        option_id=option.id,
        market_ticker=card.ticker,
        event_slug=option.event.row.slug,
        status=option_status(card),
        sequence=book.seq,
        as_of=printed(now),
        yes=wire.BookSide(bids=_own(book, BID, yes), asks=_other(book, ASK, no)),
        no=wire.BookSide(bids=_own(book, ASK, no), asks=_other(book, BID, yes)),
        last_price_cents=price_cents(card.last_price) if card.last_price else None,
        mid_prob_bps=mark.price if mark.source == "MID" else None,
        spread_cents=price_cents(ask - bid) if bid and ask else None,
    )


def level(book: Book, side: Side, price: Price, shown: Price, count: Count) -> wire.BookLevel:
    """A level that rests at `price` (in YES terms), told at the price `shown`."""
    return wire.BookLevel(
        price_cents=price_cents(shown), quantity=contracts(count), orders=book.orders(side, price)
    )


def _own(book: Book, side: Side, levels: list[Level]) -> list[wire.BookLevel]:
    """The side's bids, highest first."""
    return [
        level(book, side, price if side == BID else DOLLAR_PRICE - price, price, count)
        for price, count in reversed(levels)
    ]


def _other(book: Book, side: Side, levels: list[Level]) -> list[wire.BookLevel]:
    """The other side's bids as asks, lowest first."""
    return [
        level(
            book,
            side,
            price if side == BID else DOLLAR_PRICE - price,
            DOLLAR_PRICE - price,
            count,
        )
        for price, count in reversed(levels)
    ]
