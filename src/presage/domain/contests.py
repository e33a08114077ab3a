"""How pots are shared out in whole cents: every rounding of challenges and tournaments.

Each function says which way it rounds and who gets the rest, so that the shares always sum to the
pot. What a share is paid for it does not decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from presage.units import DOLLAR_PRICE, Price

WHOLE_BPS: Final = 10_000


class Split(NamedTuple):
    """In cents."""

    yes: int
    no: int


class Prize(NamedTuple):
    """What a rank wins: an amount in cents, or a share of what the amounts leave."""

    rank: int
    share_bps: int = 0
    amount_cents: int = 0


def split_pot(pot_cents: int, value: Price) -> Split:
    """A challenge's pot when YES is worth `value`: the holder of YES gets the cents of that share,
    rounded down, the other side the rest."""
    yes = pot_cents * value // DOLLAR_PRICE
    return Split(yes, pot_cents - yes)


def implied_bps(stake_cents: int, other_cents: int) -> int:
    """The probability at which both stakes are fair, of the side of `stake_cents`: rounded down,
    but never certain either way."""
    bps = stake_cents * WHOLE_BPS // (stake_cents + other_cents)
    return max(1, min(bps, WHOLE_BPS - 1))


def share_out(pool_cents: int, prizes: Sequence[Prize], winners: int) -> list[int]:
    """What ranks 1 to `winners` get of the pool, in cents: amounts first, then shares of what they
    leave, rounded down. What is left after that (roundings, prizes of ranks that nobody reached)
    goes to rank 1, so that all sum to the pool. Without winners nobody gets anything."""
    shares = [0] * winners
    if not winners:
        return shares
    reached = [prize for prize in prizes if prize.rank <= winners]
    for prize in reached:
        shares[prize.rank - 1] += prize.amount_cents
    left = pool_cents - sum(prize.amount_cents for prize in prizes)
    assert left >= 0, "more is promised than there is"
    for prize in reached:
        shares[prize.rank - 1] += left * prize.share_bps // WHOLE_BPS
    shares[0] += pool_cents - sum(shares)
    return shares
