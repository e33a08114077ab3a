"""Random wishes for combos, in the runs that have them: legs that fit, and some that do not.

They draw from a source of their own, so that the runs without combos stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain.combo_commands import CreateCombo
from presage.domain.combos import ComboLeg, in_order
from presage.domain.ids import member_of
from presage.domain.orders import ASK, BID
from presage.units import SECOND

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic

EVERY: Final = 2
"""One seed in so many has combos."""
MOST: Final = 4
"""Combos that live at the same time."""
SERIES: Final = 3
"""Theirs is the third of the prelude."""


def wish(t: Traffic) -> c.Command:
    """One to three legs, mostly of markets that are open."""
    r, every = t.combos, t.twin.markets
    assert r is not None
    if (talk := next_word(t)) is not None and (pressing(t) or r.random() < 0.15):
        return talk
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


def pressing(t: Traffic) -> bool:
    """Whether a combo's quote is about to be executed: seconds count."""
    return any(q.status != "open" and combo_of(t, q) for q in t.twin.desk.quotes.values())


def combo_of(t: Traffic, quote: Any) -> int:
    """The combo that a quote is about; 0: it is about another market."""
    market: int = t.twin.desk.rfqs[quote.rfq].market
    return market if t.twin.markets[market].legs else 0


def next_word(t: Traffic) -> c.Command | None:
    """The next step to an executed quote in a combo, and an order in its way; None: no combo."""
    r, desk = t.combos, t.twin.desk
    assert r is not None
    open_ = [n for n, m in t.twin.markets.items() if m.legs and m.status == "active"]
    if not open_:
        return None
    accounts = list(t.twin.cash)
    asked = [one for one in desk.rfqs.values() if one.market in open_]
    said = [q for q in desk.quotes.values() if combo_of(t, q) in open_]
    if not said:
        bid = r.choice([2_000, 5_000, 7_000])
        if not asked:
            return w.CreateRfq(r.choice(accounts), r.choice(open_), 300)
        return w.CreateQuote(r.choice(accounts), asked[0].id, bid, 10_000 - bid)
    quote = max(said, key=lambda one: one.status != "open")
    if quote.status == "open":
        wanted = "yes" if quote.sizes["yes"] else "no"
        return w.AcceptQuote(member_of(desk.rfqs[quote.rfq].account), quote.id, wanted)
    if quote.status == "accepted" and r.random() < 0.7:
        return w.ConfirmQuote(member_of(quote.account), quote.id)
    side = ASK if quote.side == "yes" else BID
    price = quote.yes_bid if quote.side == "yes" else 10_000 - quote.no_bid
    return c.PlaceOrder(r.choice(accounts), combo_of(t, quote), side, price, 100)


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
