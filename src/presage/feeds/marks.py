"""What an option is held to be worth now, in YES terms: its mark, as every page of the site has it.

Pure arithmetic over a card's quotes; it reads no book and knows no positions.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from presage.feeds.cards import MarketCard
from presage.units import CENT_PRICE, DOLLAR_PRICE, SECOND, Micros, Price

Source = Literal["MID", "LAST", "COST", "SETTLED"]

WIDEST: Final[Price] = 10 * CENT_PRICE
"""Quotes further apart than this say nothing."""


class Mark(NamedTuple):
    """`price` None: nothing says what it is worth. Whoever holds it may fall back to COST."""

    price: Price | None
    source: Source | None


NO_MARK: Final = Mark(None, None)


def quotes(card: MarketCard) -> tuple[Price, Price]:
    """Best bid and best ask, 0 where there is none."""
    return card.bid, card.ask if card.ask < DOLLAR_PRICE else 0


def mark(card: MarketCard) -> Mark:
    """Settled: what it paid. Otherwise the middle of quotes that are close together, else the last
    trade as far as the quotes allow it."""
    if card.status == "finalized":
        return NO_MARK if card.result in ("", "void") else Mark(card.value, "SETTLED")
    bid, ask = quotes(card)
    return between(bid, ask, card.last_price)


def between(bid: Price, ask: Price, last: Price) -> Mark:
    """The mark that quotes and a last trade make, each 0 where there is none."""
    if bid and ask and ask - bid <= WIDEST:
        return Mark((bid + ask) // 2, "MID")
    if not last:
        return NO_MARK
    last = max(last, bid)
    return Mark(min(last, ask) if ask else last, "LAST")


def probability(card: MarketCard) -> Mark:
    """The mark, else the last trade."""
    found = mark(card)
    if found.price is None and card.last_price and card.status != "finalized":
        return Mark(card.last_price, "LAST")
    return found


def day_change(card: MarketCard, now: Micros) -> Price | None:
    """How far the mark has moved within 24 hours; None where one of both is unknown."""
    today = mark(card).price
    past = card.day_ago(now)
    if past is None:
        return None if today is None else 0
    ask = past.ask if past.ask < DOLLAR_PRICE else 0
    then = between(past.bid, ask, past.last_price).price
    return None if today is None or then is None else today - then


def since(card: MarketCard, at: Micros) -> Mark:
    """The mark as it was at a moment of the last 24 hours, at a full hour."""
    seconds = at // SECOND
    for hour in card.hours:
        if hour.ends_at > seconds:
            return between(hour.bid, hour.ask if hour.ask < DOLLAR_PRICE else 0, hour.last_price)
    return mark(card)


def normalized(prices: list[Price | None]) -> list[Price | None]:
    """Probabilities of outcomes that exclude each other, made to add up to 10 000: the rest of the
    division goes to those with the largest remainders, earlier ones first."""
    total = sum(price for price in prices if price is not None)
    if not total:
        return [None for _ in prices]
    whole = {
        at: divmod(price * DOLLAR_PRICE, total)
        for at, price in enumerate(prices)
        if price is not None
    }
    short = DOLLAR_PRICE - sum(share for share, _ in whole.values())
    lucky = set(sorted(whole, key=lambda at: -whole[at][1])[:short])
    return [whole[at][0] + (at in lucky) if at in whole else None for at in range(len(prices))]
