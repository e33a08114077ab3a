"""How cards and books look on Kalshi's API: market, event, series, order book as JSON shapes.

A market is encoded once and again only when it changes, or when a new hour moves what it says of
the last 24 hours; a book once and again only when it changes. NO quotes are one dollar less the
opposite YES quote, always.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import UNSET, UnsetType

from presage.domain.markets import PRICE_STRUCTURES
from presage.feeds.books import Book, Level
from presage.feeds.cards import EventCard, MarketCard, SeriesCard
from presage.projections.periods import HOUR, period_end
from presage.units import (
    DOLLAR_PRICE,
    SECOND,
    Micros,
    Price,
    format_count,
    format_price,
    price_cents,
    whole_contracts,
)
from presage.wire.kalshi.events import EventData
from presage.wire.kalshi.markets import (
    DollarLevel,
    GetMarketOrderbookResponse,
    Market,
    MveSelectedLeg,
    Orderbook,
    OrderbookCountFp,
    PriceRange,
)
from presage.wire.kalshi.series import Series, SettlementSource
from presage.wire.kalshi.times import rfc3339

T = TypeVar("T")

_MULTIPLIER_ONE: Final = 10_000
_RANGES: Final = {
    name: tuple(
        PriceRange(format_price(band.start), format_price(band.end), format_price(band.step))
        for band in bands
    )
    for name, bands in PRICE_STRUCTURES.items()
}
_encode = msgspec.json.Encoder().encode


def printed_market(card: MarketCard, now: Micros) -> Market:
    """The market, already encoded. Its texts must have been brought."""
    hour = period_end(HOUR, now)
    if card.piece_hour != hour:
        card.piece = msgspec.Raw(_encode(market(card, now)))
        card.piece_hour = hour
    return kept_market(card)


def stale_markets(cards: Iterable[MarketCard], now: Micros) -> list[MarketCard]:
    """Those that must be printed again."""
    hour = period_end(HOUR, now)
    return [card for card in cards if card.piece_hour != hour]


def kept_market(card: MarketCard) -> Market:
    """The market as it was printed last."""
    # The encoder copies raw JSON where a struct would stand.
    return cast(Market, card.piece)


def market(card: MarketCard, now: Micros) -> Market:
    """The market as it stands. Its texts must have been brought."""
    return Market(
        ticker=card.ticker,
        event_ticker=card.event_ticker,
        exchange_index=card.shard,
        status=card.status,
        created_time=rfc3339(card.created_at),
        updated_time=rfc3339(card.updated_at),
        open_time=rfc3339(card.open_at),
        close_time=rfc3339(card.close_at),
        settlement_timer_seconds=card.timer // SECOND,
        can_close_early=card.can_close_early,
        is_provisional=card.provisional or UNSET,
        fee_waiver_expiration_time=_time(card.fee_waiver_until or None),
        price_level_structure=card.structure,
        price_ranges=_RANGES[card.structure],
        mve_collection_ticker=card.event.collection or UNSET,
        mve_selected_legs=legs(card) or UNSET,
        **_words(card),
        **_quotes(card),
        **_totals(card, now),
        **_outcome(card),
    )


def legs(card: MarketCard) -> list[MveSelectedLeg]:
    """The legs of a combo; none of any other market."""
    return [
        MveSelectedLeg(
            event_ticker=leg.market.event_ticker,
            market_ticker=leg.market.ticker,
            side=leg.side,
            yes_settlement_value_dollars=UNSET if leg.value is None else format_price(leg.value),
        )
        for leg in card.legs
    ]


def _words(card: MarketCard) -> dict[str, Any]:
    text = card.text
    assert text is not None, "texts are brought before a market is printed"
    latest = text.latest_expiration_at
    expires = rfc3339(card.close_at if latest is None else latest)
    return {
        "market_type": text.market_type,
        "title": text.title,
        "subtitle": text.subtitle,
        "yes_sub_title": text.yes_sub_title,
        "no_sub_title": text.no_sub_title,
        "category": _category(card.event),
        "rules_primary": text.rules_primary,
        "rules_secondary": text.rules_secondary,
        "expiration_time": expires,
        "latest_expiration_time": expires,
        "expected_expiration_time": _time(text.expected_expiration_at),
        "occurrence_datetime": _time(text.occurrence_at),
        "expiration_value": text.expiration_value,
        "early_close_condition": _given(text.early_close_condition),
        "strike_type": _given(text.strike_type),
        "floor_strike": _given(text.floor_strike),
        "cap_strike": _given(text.cap_strike),
        "functional_strike": _given(text.functional_strike),
        "custom_strike": _given(text.custom_strike),
        "primary_participant_key": _given(text.primary_participant_key),
    }


def _quotes(card: MarketCard) -> dict[str, Any]:
    return {
        **_price("yes_bid", card.bid),
        **_price("yes_ask", card.ask),
        **_price("no_bid", DOLLAR_PRICE - card.ask),
        **_price("no_ask", DOLLAR_PRICE - card.bid),
        **_price("last_price", card.last_price),
        "yes_bid_size_fp": format_count(card.bid_size),
        "yes_ask_size_fp": format_count(card.ask_size),
    }


def _totals(card: MarketCard, now: Micros) -> dict[str, Any]:
    past = card.day_ago(now)
    then = (card.bid, card.ask, card.last_price, card.volume)
    if past is not None:
        then = (past.bid, past.ask, past.last_price, past.volume)
    bid, ask, last_price, volume = then
    day = card.volume - volume
    return {
        **_price("previous_yes_bid", bid),
        **_price("previous_yes_ask", ask),
        **_price("previous_price", last_price),
        "volume": whole_contracts(card.volume),
        "volume_fp": format_count(card.volume),
        "volume_24h": whole_contracts(day),
        "volume_24h_fp": format_count(day),
        "open_interest": whole_contracts(card.open_interest),
        "open_interest_fp": format_count(card.open_interest),
    }


def _outcome(card: MarketCard) -> dict[str, Any]:
    """A void has neither result nor value: everybody got their money back."""
    known = card.result not in ("", "void")
    outcome: dict[str, Any] = {"result": card.result if known else ""}
    if known:
        outcome |= _price("settlement_value", card.value)
    return outcome | {"settlement_ts": _time(card.settled_at or None)}


def printed_book(book: Book, depth: int = 0) -> GetMarketOrderbookResponse:
    """The book, already encoded; with `depth` only so many of the best levels of each side."""
    if book.piece is None or book.piece_depth != depth:
        book.piece = msgspec.Raw(_encode(_orderbook(book, depth)))
        book.piece_depth = depth
    return cast(GetMarketOrderbookResponse, book.piece)


def _orderbook(book: Book, depth: int) -> GetMarketOrderbookResponse:
    bids, no_bids = book.bids(depth), book.no_bids(depth)
    yes_dollars, no_dollars = _in_dollars(bids), _in_dollars(no_bids)
    return GetMarketOrderbookResponse(
        orderbook_fp=OrderbookCountFp(yes_dollars, no_dollars),
        orderbook=Orderbook(_in_cents(bids), _in_cents(no_bids), yes_dollars, no_dollars),
    )


def levels(book: Book) -> OrderbookCountFp:
    """Every level of a book."""
    return OrderbookCountFp(_in_dollars(book.bids()), _in_dollars(book.no_bids()))


def _in_dollars(levels: list[Level]) -> list[DollarLevel]:
    return [(format_price(price), format_count(count)) for price, count in levels]


def _in_cents(levels: list[Level]) -> list[tuple[int, int]]:
    """Whole cents and contracts; levels that fall on the same cent are one."""
    counts: dict[int, int] = {}
    for price, count in levels:
        cents = price_cents(price)
        counts[cents] = counts.get(cents, 0) + count
    return [(cents, whole_contracts(count)) for cents, count in counts.items()]


def event(card: EventCard, markets: list[Market] | UnsetType = UNSET) -> EventData:
    """The event, with `markets` nested in it if given. Its texts must have been brought."""
    text = card.text
    assert text is not None, "texts are brought before an event is printed"
    override = card.fee_type != ""
    return EventData(
        event_ticker=card.ticker,
        series_ticker=card.series.ticker,
        title=text.title,
        sub_title=text.sub_title,
        category=_category(card),
        collateral_return_type=card.netting,
        mutually_exclusive=card.exclusive,
        strike_date=_time(text.strike_at),
        strike_period=_given(text.strike_period),
        product_metadata=text.product_metadata,
        settlement_sources=settlement_sources(card),
        fee_type_override=card.fee_type if override else UNSET,
        fee_multiplier_override=multiplier(card.multiplier) if override else UNSET,
        last_updated_ts=rfc3339(card.updated_at),
        exchange_index=card.shard,
        markets=markets,
    )


def series(card: SeriesCard, *, with_metadata: bool, with_volume: bool) -> Series:
    """The series. Its text must have been brought."""
    text = card.text
    assert text is not None, "texts are brought before a series is printed"
    return Series(
        ticker=card.ticker,
        title=text.title,
        frequency=text.frequency,
        category=text.category,
        categories=text.categories or tuple(filter(None, [text.category])),
        tags=text.tags,
        settlement_sources=_sources(card),
        contract_url=text.contract_url,
        contract_terms_url=text.contract_terms_url,
        product_metadata=_given(text.product_metadata) if with_metadata else UNSET,
        fee_type=card.fee_type,
        fee_multiplier=multiplier(card.multiplier),
        additional_prohibitions=text.additional_prohibitions,
        volume=whole_contracts(card.volume) if with_volume else UNSET,
        volume_fp=format_count(card.volume) if with_volume else UNSET,
        last_updated_ts=rfc3339(card.updated_at),
        exchange_index=card.shard,
    )


def settlement_sources(card: EventCard) -> tuple[SettlementSource, ...]:
    """The event's own, or else those of its series."""
    assert card.text is not None, "texts are brought before an event is printed"
    own = tuple(SettlementSource(one.name, one.url) for one in card.text.settlement_sources)
    return own or _sources(card.series)


def _sources(card: SeriesCard) -> tuple[SettlementSource, ...]:
    assert card.text is not None, "texts are brought before a series is printed"
    return tuple(SettlementSource(one.name, one.url) for one in card.text.settlement_sources)


def _category(card: EventCard) -> str:
    """The event's own, or else that of its series."""
    own = card.text.category if card.text is not None else ""
    return own or (card.series.text.category if card.series.text is not None else "")


def multiplier(value: int) -> int | float:
    """A fee multiplier in 1/10 000 as the plain number that clients read."""
    whole, rest = divmod(value, _MULTIPLIER_ONE)
    return value / _MULTIPLIER_ONE if rest else whole


def _price(name: str, price: Price) -> dict[str, Any]:
    """A price in whole cents and in dollars."""
    return {name: price_cents(price), f"{name}_dollars": format_price(price)}


def _time(at: Micros | None) -> str | UnsetType:
    return UNSET if at is None else rfc3339(at)


def _given(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value
