"""Reads what requests say in words: tickers that must exist, amounts, values, moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from presage.api.admin.errors import invalid, not_found
from presage.api.admin.writing import AnyCall, services_of
from presage.feeds.cards import EventCard, MarketCard, SeriesCard
from presage.identity import members
from presage.identity.members import Member
from presage.units import (
    DOLLAR,
    DOLLAR_PRICE,
    MAX_MONEY,
    Micros,
    Money,
    NotANumber,
    Price,
    TooPrecise,
    parse_decimal,
    parse_money,
    parse_price,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MULTIPLIER_PLACES: Final = 4
_NUMBER_DIGITS: Final = 15


def market_of(call: AnyCall) -> MarketCard:
    """The market that the path names. Raises: ApiError."""
    ticker = call.path["ticker"]
    card = services_of(call).markets.by_ticker(ticker)
    if card is None:
        raise not_found(call, "market", ticker)
    return card


def series_of(call: AnyCall, ticker: str) -> SeriesCard:
    """Raises: ApiError."""
    card = services_of(call).markets.series(ticker)
    if card is None:
        raise not_found(call, "series", ticker)
    return card


def event_of(call: AnyCall, ticker: str) -> EventCard:
    """Raises: ApiError."""
    card = services_of(call).markets.event(ticker)
    if card is None:
        raise not_found(call, "event", ticker)
    return card


async def member_of(call: AnyCall) -> Member:
    """The member that the path names, by id or number. Raises: ApiError."""
    name = call.path["member_id"]
    number = int(name) if name.isascii() and name.isdigit() and len(name) < _NUMBER_DIGITS else None
    found = await services_of(call).reader.run(
        lambda connection: (
            members.find_by_id(connection, name)
            if number is None
            else members.find(connection, number)
        )
    )
    if found is None:
        raise not_found(call, "member", name)
    return found


def amount(call: AnyCall, text: str, field: str) -> Money:
    """Dollars above zero that one movement may name. Raises: ApiError."""
    try:
        money = parse_money(text)
    except (NotANumber, TooPrecise):
        raise invalid(call, field, "an amount is dollars such as 12.50") from None
    if not 0 < money <= MAX_MONEY:
        raise invalid(call, field, f"an amount is above 0 and at most {MAX_MONEY // DOLLAR}")
    return money


def value(call: AnyCall, text: str, field: str = "result") -> Price:
    """What YES is worth: `yes`, `no` or dollars from 0 to 1. Raises: ApiError."""
    if text in ("yes", "no"):
        return DOLLAR_PRICE if text == "yes" else 0
    try:
        price = parse_price(text)
    except (NotANumber, TooPrecise):
        price = -1
    if not 0 <= price <= DOLLAR_PRICE:
        raise invalid(call, field, "a result is yes, no, or dollars from 0 to 1 such as 0.37")
    return price


def multiplier(call: AnyCall, text: str) -> int:
    """A fee multiplier in 1/10 000. Raises: ApiError."""
    try:
        return parse_decimal(text, _MULTIPLIER_PLACES)
    except (NotANumber, TooPrecise):
        sentence = "a multiplier is a decimal such as 0.5, with up to 4 places"
        raise invalid(call, "fee_multiplier", sentence) from None


def micros(moment: datetime) -> Micros:
    """A moment as microseconds since the epoch; exact."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def maybe_micros(moment: datetime | None) -> Micros | None:
    return None if moment is None else micros(moment)
