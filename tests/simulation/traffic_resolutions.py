"""Random wishes about the outcomes of an event's markets together: resolved, disputed, paid.

They draw from a source of their own, so that the other runs stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from presage.domain import commands as c
from presage.domain.markets import DECIDED
from presage.domain.resolution_commands import (
    OWN_TIMER,
    VOID,
    CorrectOutcomes,
    DisputeMarkets,
    Lines,
    ResolveMarkets,
    SettleMarkets,
)
from presage.units import DOLLAR, SECOND

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic

EVERY = 6
"""One seed in so many has them: less often, and the runs that find broken rules trade less."""


def wish(t: Traffic) -> c.Command:
    """One more."""
    r = t.outcomes
    assert r is not None
    if r.random() < 0.2:
        return _correction(t)
    live = {n: m for n, m in t.twin.markets.items() if m.status != "finalized"} or t.twin.markets
    decided = {n: m for n, m in live.items() if m.status in DECIDED}
    event = r.choice([m.event for m in (decided or live).values()] or [0])
    inside = {n: m for n, m in live.items() if m.event == event}
    some = r.sample([*inside], r.randint(1, len(inside))) if inside else [1]
    held = [n for n in some if n in inside and inside[n].status == "disputed"]
    kind = r.random()
    fitting = tuple([n for n in some if n in decided] or some)
    if kind < 0.35:
        return DisputeMarkets(fitting, _bond(t, 1), t.name())
    if kind < 0.5:
        return SettleMarkets(fitting)
    released = tuple(n for n in held if r.random() < 0.6)
    values = [0, 0, 10_000, 3_300, VOID, 10_001 if r.random() < 0.1 else 0]
    outcomes = tuple((n, r.choice(values)) for n in some if n not in released)
    return ResolveMarkets(
        outcomes,
        r.choice([OWN_TIMER, 0, 5 * SECOND, 60 * SECOND, -2 if r.random() < 0.1 else 0]),
        r.random() < 0.3,
        released,
        r.choice([0, 20 * SECOND]),
        _bond(t, -1),
        t.name(),
    )


def _correction(t: Traffic) -> c.Command:
    """Of what was paid, or is not paid yet; now and then with a holder too few."""
    r = t.outcomes
    assert r is not None
    over = [n for n, m in t.twin.markets.items() if m.status == "finalized" or r.random() < 0.02]
    first = r.choice(over or [0])
    inside = [n for n in over if t.twin.markets[n].event == t.twin.markets[first].event]
    some = r.sample(inside, r.randint(1, len(inside))) if inside else [first]
    holders = [(n, *held) for n in some for held in t.twin.outcomes.paid[n].items()]
    if holders and r.random() < 0.05:
        holders.pop()
    values = [0, 0, 10_000, 3_300, VOID if r.random() < 0.05 else 0]
    return CorrectOutcomes(tuple((n, r.choice(values)) for n in some), tuple(holders), t.name())


def _bond(t: Traffic, sign: int) -> Lines:
    """Into the hold of an account, or out of it, now and then more than there is."""
    r = t.outcomes
    assert r is not None
    if r.random() < 0.5:
        return ()
    account, money = r.choice([*t.twin.cash]), sign * r.choice([1, 5, 50]) * DOLLAR
    return ((f"cash:{account}", -money), (f"hold:bond:{account}:1", money))
