"""Random wishes about shards, in runs that have more than one: money over there, events over there.

They draw from a source of their own, so that the runs with one shard stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from presage.domain import commands as c
from presage.domain.ids import account_id, member_of, shard_of
from presage.domain.shard_commands import DeclareShard

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic

EVERY = 4
"""One seed in so many has shards."""


def prelude(t: Traffic) -> list[c.Command]:
    """A second shard, with events on it and a little money."""
    wishes: list[c.Command] = [DeclareShard(1)]
    for member in t.members:
        wishes.append(t.deposit(account_id(member, 0, 1)))
    for exclusive, netting in ((False, ""), (True, "MECNET"), (True, "MECNET")):
        wishes.append(c.CreateEvent(1, t.name(), exclusive, netting, shard=1))
    return wishes


def suited(t: Traffic, account: int, market: int) -> int:
    """Mostly an account on the market's shard, where there is more than one."""
    known = t.twin.markets.get(market)
    if t.shards is None or known is None or t.shards.random() < 0.03:
        return account
    shard = t.twin.events[known.event].shard
    there = [one for one in t.twin.cash if shard_of(one) == shard]
    own = [one for one in there if member_of(one) == member_of(account)]
    return max(own or there or [account], key=lambda one: t.twin.cash.get(one, 0))


def wish(t: Traffic) -> c.Command:
    """Something that only makes sense with shards."""
    r = t.shards
    assert r is not None
    member, shard = r.choice(list(t.members)), r.choice([0, 1, 1, 2, 2, 5])
    account = r.choice(list(t.twin.cash))
    other = account_id(member_of(account), r.choice([0, 0, 0, 1]), shard)
    free = t.twin.free(account)
    amount = r.choice([free, free // 2, 100, free + 1])
    order = next(iter(t.twin.orders), 7)
    group = next(iter(t.twin.groups), 7)
    wishes: list[c.Command] = [
        DeclareShard(r.choice([0, 1, 2, 2, 64, -1])),
        c.OpenAccount(member, shard) if len(t.twin.cash) < 16 else t.deposit(account),
        c.CreateEvent(r.choice([1, 2]), t.name(), True, "MECNET", shard=shard),
        c.CreateSeries(t.name(), shard=shard),
        c.SetNetting(account, r.random() < 0.6, True),
        c.CancelOrder(t.member(owner(t, order)), order, shard=shard),
        c.DecreaseOrder(t.member(owner(t, order)), order, to=0, shard=shard),
        c.ResetGroup(member, group, shard=shard),
    ]
    between = c.Move(((f"cash:{account}", -amount), (f"cash:{other}", amount)), t.name(), "shards")
    return r.choice([*wishes, between, between, between])


def owner(t: Traffic, order: int) -> int:
    known = t.twin.orders.get(order)
    return member_of(known.account) if known else 0
