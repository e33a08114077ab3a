"""What a contract pays when its market is decided: the whole of it, in one place.

YES pays the settlement value, NO pays one dollar less the value. Both are exact: a value is a
price, and price x count is money.
"""

from __future__ import annotations

from presage.units import DOLLAR_PRICE, Count, Money, Price


def payout(position: Count, value: Price) -> Money:
    """What a signed position (+ YES, - NO) is paid when YES is worth `value`."""
    if position >= 0:
        return position * value
    return -position * (DOLLAR_PRICE - value)
