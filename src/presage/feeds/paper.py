"""What a tournament's players need to know of the real markets: worth and fees.

It reads the views and changes nothing; the numbers are as after the last committed entry.
"""

from __future__ import annotations

from presage.domain.fees import terms
from presage.domain.terms import FREE, FeeTerms
from presage.feeds import marks
from presage.feeds.cards import MarketCard
from presage.site.paper import Worth
from presage.units import Micros


def worth(card: MarketCard) -> Worth:
    """What an option is worth now."""
    if card.status != "finalized":
        return Worth(marks.mark(card).price)
    void = card.result in ("", "void")
    return Worth(None if void else card.value, final=True, void=void)


def fee_terms(card: MarketCard, at: Micros) -> FeeTerms:
    """What a taker pays now: the event's terms before the series', nothing under a waiver."""
    if at < card.fee_waiver_until:
        return FREE
    event = card.event
    if event.fee_type:
        return terms(event.fee_type, event.multiplier)
    return terms(event.series.fee_type, event.series.multiplier)
