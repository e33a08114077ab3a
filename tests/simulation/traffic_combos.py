"""Random wishes for combos, in the runs that have them: legs that fit, and some that do not.

They draw from a source of their own, so that the runs without combos stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from presage.domain import commands as c
from presage.domain.combo_commands import CreateCombo
from presage.domain.combos import ComboLeg, in_order
from presage.units import SECOND

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic

EVERY: Final = 3
"""One seed in so many has combos."""
MOST: Final = 4
"""Combos that live at the same time."""
SERIES: Final = 3
"""Theirs is the third of the prelude."""


def wish(t: Traffic) -> c.Command:
    """One to three legs, mostly of markets that are open."""
    r, every = t.combos, t.twin.markets
    assert r is not None
    living = [m for m in every.values() if m.legs and m.status != "finalized"]
    if living and r.random() < 0.4:
        return step(t, r.choice(r.choice(living).legs).market)
    if len(living) >= MOST or not every:
        return t.place()
    open_ = [n for n, m in every.items() if m.status == "active" and not m.legs]
    some = open_ if open_ and r.random() < 0.9 else [*every, 10**9]
    legs = [
        ComboLeg(r.choice(some), r.choice(["yes", "no"])) for _ in range(r.choice([1, 2, 2, 3]))
    ]
    if r.random() < 0.02:
        legs[0] = ComboLeg(legs[0].market, "maybe")
    series = SERIES if r.random() < 0.97 else r.choice([1, 99])
    name, timer = r.choice(["A", "B"]), r.choice([0, 0, 10, 60]) * SECOND
    member = r.choice([*t.members, *t.members, 99])
    return CreateCombo(member, series, name, in_order(legs, name == "B"), timer)


def step(t: Traffic, leg: int) -> c.Command:
    """Something becomes known of a leg: else few combos would see their end."""
    r = t.combos
    assert r is not None
    value = r.choice([0, 10_000, 10_000, 3_300, 6_000])
    match t.twin.markets[leg].status:
        case "active" | "inactive" | "initialized":
            return c.CloseMarket(leg)
        case "closed":
            return c.DetermineMarket(leg, value)
        case "disputed":
            return c.AmendMarket(leg, value)
    wishes: list[c.Command] = [
        c.AmendMarket(leg, value),
        c.DisputeMarket(leg),
        c.SettleMarket(leg),
    ]
    return r.choice(wishes)
