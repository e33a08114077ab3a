"""What an order pays in fees, as numbers: the terms it keeps.

The formulas are in `domain/fees.py`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from presage.units import Micros, Money

DIRECT_GRID: Final[Money] = 100
"""The cash grid of direct members: $0.0001."""


class FeeTerms(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an order pays: `taker` and `maker` are rate x multiplier in 1/100 000 000, `flat` is
    micro-dollars a contract, `grid` the account's cash grid in micro-dollars.

    `quoter` marks the order of an executed quote. The roles are swapped where it takes from an
    order that has rested for less than `young`.
    """

    taker: int = 0
    maker: int = 0
    flat: Money = 0
    grid: Money = DIRECT_GRID
    young: Micros = 0
    quoter: bool = False


FREE: Final = FeeTerms()
