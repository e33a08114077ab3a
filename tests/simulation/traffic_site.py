"""Random wishes as the site's doors and workers have them: bounded orders, positions closed out.

They draw from a source of their own, so that the other runs stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from presage.domain import commands as c
from presage.domain.bounds import Bounds
from presage.domain.orders import ASK, BID, GTC
from presage.domain.site_commands import ClosePosition

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic

EVERY = 3
"""One seed in so many has the site."""


def dressed(t: Traffic, wish: c.Command) -> c.Command:
    """The wish, or what the site would make of it."""
    r = t.site
    if r is None:
        return wish
    if r.random() < 0.04:
        return _close(t) or wish
    if not isinstance(wish, c.PlaceOrder) or r.random() < 0.6:
        return wish
    if r.random() < 0.5 and wish.tif == GTC:
        wish = _sale(t, wish)
    bounds = Bounds(
        covered=wish.reduce_only,
        whole=r.random() < 0.5,
        market_orders=r.choice([0, 0, 1, 3]),
        all_orders=r.choice([0, 0, 2, 8]),
        position=r.choice([0, 0, 100, 1_000]),
        avoid=_avoided(t, wish),
    )
    return replace(wish, bounds=bounds, source="limit")


def _avoided(t: Traffic, wish: c.PlaceOrder) -> tuple[int, ...]:
    """Somebody whom the order must not meet; now and then one that may not say so."""
    assert t.site is not None
    if not t.twin.members or t.site.random() < (0.4 if wish.tif != GTC else 0.98):
        return ()
    return (t.site.choice(sorted(t.twin.members)),)


def _sale(t: Traffic, wish: c.PlaceOrder) -> c.PlaceOrder:
    """A resting sale of something that is held."""
    assert t.site is not None
    held = _held(t)
    if not held:
        return wish
    account, market, side, count = t.site.choice(held)
    size = t.site.choice([count, count // 2 or 1, count + 100])
    return replace(
        wish, account=account, market=market, side=side, count=size, reduce_only=True, group=0
    )


def _close(t: Traffic) -> c.Command | None:
    assert t.site is not None
    held = _held(t)
    if not held:
        return None
    account, market, side, _ = t.site.choice(held)
    if t.site.random() < 0.05:
        side = 1 - side
    return ClosePosition(account, market, side, t.price(), "protection", t.name())


def _held(t: Traffic) -> list[tuple[int, int, int, int]]:
    """(account, market, side that closes it, contracts) of what is held in open markets."""
    live = {n for n, m in t.twin.markets.items() if m.status == "active"}
    return [
        (account, market, side, count)
        for account, market in t.twin.stakes
        if market in live
        for side in (BID, ASK)
        if (count := t.twin.closable(account, market, side))
    ]
