"""What incentive programs count and pay: scores of resting orders, and shares of a reward."""

from __future__ import annotations

from typing import Final

from presage.units import CENT_PRICE, Count, Money, Price

WHOLE: Final = 10_000
"""A discount that leaves everything, in 1/10 000."""


def order_score(size: Count, away: Price, discount: int | None) -> int:
    """What a resting order counts: its size, of which each whole cent away from the best price
    leaves `discount` of every 10 000. Rounds down to contracts' units; the rest counts for nobody.
    """
    if discount is None:
        return size * WHOLE
    weight = WHOLE
    for _ in range(away // CENT_PRICE):
        weight = weight * discount // WHOLE
    return size * weight


def reward_share(reward: Money, score: int, total: int, most: Money | None, grid: Money) -> Money:
    """An account's part of a reward, pro rata, at most `most`. Rounds down to the account's cash
    grid; the rest stays with the house."""
    share = reward * score // total
    if most is not None:
        share = min(share, most)
    return share - share % grid
