"""Random acts of members that are no orders: caps of subtraders, locks, positions that move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presage.domain import commands as c
from presage.domain import member_commands as m
from presage.domain.ids import account_id, member_of
from presage.domain.orders import ASK, BID
from presage.units import CENT, DOLLAR

if TYPE_CHECKING:
    from tests.simulation.traffic import Traffic

SUBTRADERS = 2


def desks(t: Traffic, fcm: int) -> list[c.Command]:
    """An FCM and its subtraders, with money and mostly with a cap."""
    wishes: list[c.Command] = [c.OpenMember(fcm, "fcm"), t.deposit(account_id(fcm))]
    for member in range(fcm + 1, fcm + 1 + SUBTRADERS):
        wishes.append(c.OpenMember(member, "subtrader", CENT, fcm=fcm))
        wishes.append(t.deposit(account_id(member)))
        if t.random.random() < 0.8:
            wishes.append(m.SetDailyCap(fcm, member, limit(t)))
    return wishes


def limit(t: Traffic) -> int:
    return t.random.randint(0, t.rich * DOLLAR) // 100 * 100


def act(t: Traffic) -> c.Command:
    """The next of them."""
    r, members = t.random, t.twin.subs
    if members.locked and r.random() < 0.6:
        return m.UnlockAccount(r.choice(sorted(members.locked)))
    chosen = r.random()
    if chosen < 0.08:
        return (m.LockAccount if chosen < 0.06 else m.UnlockAccount)(t.account())
    if chosen < 0.3:
        subtrader = t.member(r.choice([*t.members][-SUBTRADERS:]))
        fcm = members.fcm_of(subtrader) if subtrader in t.twin.members else 0
        return m.SetDailyCap(t.member(fcm), subtrader, r.choice([-1, *[limit(t)] * 6]))
    return hand(t)


def hand(t: Traffic) -> c.Command:
    """Mostly what can be: a position of an account whose member has another one."""
    r, twin = t.random, t.twin
    held = [
        (account, market)
        for account, market in sorted(twin.stakes)
        if market in twin.markets and account in twin.cash
    ]
    shared = [
        (account, market)
        for account, market in held
        if any(o != account and member_of(o) == member_of(account) for o in twin.cash)
    ]
    source, market = r.choice(shared or held or [(t.account(), t.market())])
    own = [o for o in twin.cash if o != source and member_of(o) == member_of(source)]
    target = r.choice(own) if own and r.random() < 0.95 else t.account()
    no = twin.closable(source, market, BID) > 0
    amount = twin.closable(source, market, BID if no else ASK)
    count = r.choice([amount, amount // 2, t.count()])
    price = r.choice([0, 10_000, t.price(), t.price(), t.price(), 10_001])
    name = t.name() if r.random() < 0.95 else "X1"
    return m.TransferPosition(source, target, market, count, price, name, no ^ (r.random() < 0.05))
