"""What a door may ask of an order beyond the rules of trading; the engine checks it together with
them, so that orders that arrive at once cannot pass it together. How large the bounds are is the
door's business.
"""

from __future__ import annotations

import msgspec

from presage.domain.ids import MemberId
from presage.units import Count


class Bounds(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """0: no such bound.

    `covered`: only contracts that are held and that no resting order of that side is to sell.
    `whole`: a fill-or-kill order that would meet an order of its own member is killed.
    `market_orders` and `all_orders`: open orders of the member, this one counted. `position`:
    contracts that the account may hold if all of it fills. `avoid`: members whose orders it must
    not meet; it ends where it would, as at an order of its own member. Only immediate orders.
    """

    covered: bool = False
    whole: bool = False
    market_orders: int = 0
    all_orders: int = 0
    position: Count = 0
    avoid: tuple[MemberId, ...] = ()
