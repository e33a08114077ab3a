"""RFQs, quotes and block trades as the rules see them: their words, limits, windows and sizes.

An RFQ asks the whole exchange for a price; a quote answers it. An RFQ that names a sum of money
instead of contracts is sized here, for each quote anew. Nothing here decides who may do what.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from presage.domain.fees import trade_fee
from presage.domain.terms import FeeTerms
from presage.units import DOLLAR_PRICE, MAX_COUNT, SECOND, Count, Micros, Money, Price

OutcomeWord = Literal["yes", "no"]
YES: Final = "yes"
NO: Final = "no"

OPEN: Final = "open"
ACCEPTED: Final = "accepted"
CONFIRMED: Final = "confirmed"

MAX_RFQS: Final = 100
"""Open RFQs of one member."""
MAX_QUOTES: Final = 100_000
"""Living quotes of one member."""
MAX_QUOTES_PER_RFQ: Final = 1_000
"""Members who may quote one RFQ."""
MAX_BLOCK_TRADES: Final = 100
"""Open proposals of one proposer."""


class Windows(NamedTuple):
    """How long the maker has to confirm, and how long after that the orders are placed."""

    confirm: Micros
    execute: Micros


STANDARD: Final = Windows(30 * SECOND, 15 * SECOND)
VOLATILE: Final = Windows(3 * SECOND, SECOND)
"""Of high-volatility markets; every combo is one."""

RfqEnd = Literal["deleted", "replaced", "executed", "market_closed", "member_suspended"]
"""Why an RFQ is closed."""


def requester_pays(side: str, yes_bid: Price, no_bid: Price) -> Price:
    """What a contract costs the requester who takes the maker's bid of that side: the maker buys
    it, so the requester buys the other outcome."""
    return DOLLAR_PRICE - (yes_bid if side == YES else no_bid)


def contracts_for(target: Money, price: Price, terms: FeeTerms, excludes_fees: bool) -> Count:
    """The most contracts that `target` pays at `price`, with the taker's fee unless it is to come
    on top. Rounded down to 0.01 contract: the requester never spends more than was said."""
    most = min(target // price, MAX_COUNT)
    if excludes_fees:
        return most
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        cost = middle * price + trade_fee(terms, True, middle, price)
        low, high = (middle, high) if cost <= target else (low, middle - 1)
    return low
