"""Random talk: RFQs, quotes and block trades between the members of a run.

A step that could follow is likely (a quote for an RFQ, a yes to a quote), one that cannot is rare.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain.ids import member_of
from presage.units import CENT, SECOND
from tests.simulation.traffic_shards import suited

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic


def talk(t: Traffic) -> c.Command:
    """The next step of some conversation."""
    r, desk = t.random, t.twin.desk
    wishes = [rfq, rfq, block]
    if desk.rfqs:
        wishes += [quote] * 4 + [delete_rfq]
    if desk.quotes:
        wishes += [accept] * 4 + [delete_quote]
    if any(q.status == "accepted" for q in desk.quotes.values()):
        wishes += [confirm] * 12
    if desk.blocks:
        wishes += [agree] * 3
    return r.choice(wishes)(t)


def one(r: Random, things: dict[int, Any]) -> Any:
    """One of them, or None for something that does not exist."""
    return r.choice(list(things.values())) if things and r.random() < 0.97 else None


def account_of_another(t: Traffic, account: int) -> int:
    """Mostly somebody else's account."""
    for _ in range(4):
        found = t.account()
        if member_of(found) != member_of(account):
            return found
    return t.account()


def rfq(t: Traffic) -> c.Command:
    r = t.random
    contracts, cost = t.count(), 0
    if r.random() < 0.3:
        contracts, cost = 0, r.randint(1, 900) * CENT
    if r.random() < 0.02:
        contracts, cost = r.choice([(100, CENT), (0, 0)])
    on_top = r.random() < (0.4 if cost else 0.02)
    rest, replace = r.random() < 0.4, r.random() < 0.3
    account, market = t.account(), t.market()
    account = suited(t, account, market)
    return w.CreateRfq(account, market, contracts, cost, on_top, rest, replace)


def quote(t: Traffic) -> c.Command:
    r = t.random
    asked = one(r, t.twin.desk.rfqs)
    maker = account_of_another(t, asked.account if asked else 0)
    maker = suited(t, maker, asked.market if asked else 0)
    yes, no = t.price(), t.price()
    if r.random() < 0.9 and yes + no > 10_000:
        no = 10_000 - yes
    yes, no = r.choice([(yes, no), (yes, 0), (0, no)])
    return w.CreateQuote(
        maker, asked.id if asked else 7, yes, no, r.random() < 0.4, r.random() < 0.2
    )


def delete_rfq(t: Traffic) -> c.Command:
    asked = one(t.random, t.twin.desk.rfqs)
    return w.DeleteRfq(t.member(member_of(asked.account) if asked else 0), asked.id if asked else 7)


def delete_quote(t: Traffic) -> c.Command:
    said = one(t.random, t.twin.desk.quotes)
    return w.DeleteQuote(t.member(member_of(said.account) if said else 0), said.id if said else 7)


def accept(t: Traffic) -> c.Command:
    r, desk = t.random, t.twin.desk
    said = one(r, desk.quotes)
    if said is None:
        return w.AcceptQuote(t.member(), 7, "yes")
    side = "yes" if said.sizes["yes"] and (not said.sizes["no"] or r.random() < 0.5) else "no"
    if r.random() < 0.03:
        side = r.choice(["yes", "no", "both"])
    asked = desk.rfqs[said.rfq]
    named = r.choice([0, asked.id]) if r.random() < 0.97 else 7
    return w.AcceptQuote(t.member(member_of(asked.account)), said.id, side, t.client_id(), named)


def confirm(t: Traffic) -> c.Command:
    r, desk = t.random, t.twin.desk
    taken = {id: q for id, q in desk.quotes.items() if q.status == "accepted"}
    said = one(r, taken if r.random() < 0.9 else desk.quotes)
    member = t.member(member_of(said.account) if said else 0)
    return w.ConfirmQuote(member, said.id if said else 7, t.client_id())


def block(t: Traffic) -> c.Command:
    r = t.random
    buyer = t.account()
    proposer, seller, market = t.member(), account_of_another(t, buyer), t.market()
    return w.ProposeBlockTrade(
        proposer,
        suited(t, buyer, market),
        suited(t, seller, market),
        market,
        t.price(),
        t.count(),
        r.choice(["yes", "no"]),
        t.at + r.choice([0, 5, 60, 60]) * SECOND,
    )


def agree(t: Traffic) -> c.Command:
    r = t.random
    proposed = one(r, t.twin.desk.blocks)
    if proposed is None:
        return w.AcceptBlockTrade(t.member(), 7)
    account = r.choice([proposed.buyer, proposed.seller])
    other = t.account() if r.random() < 0.1 else 0
    other = suited(t, other, proposed.market) if other else 0
    return w.AcceptBlockTrade(t.member(member_of(account)), proposed.id, other)
