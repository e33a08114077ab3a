"""The twin's own idea of money that is moved outside trading, and of who gets collateral back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presage.domain import commands as c
from presage.domain.accounts import may_be_negative
from presage.domain.ids import account_id, member_of, subaccount_of
from presage.domain.rejects import Code
from tests.simulation.twin_desk import need

if TYPE_CHECKING:
    from tests.simulation.twin import Twin


class TwinMoney:
    """Cash, and what the ledger has besides."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin

    def set_netting(self, w: c.SetNetting) -> None:
        twin = self.twin
        twin.trader(w.account)
        who, number = member_of(w.account), subaccount_of(w.account)
        own = [a for a in twin.cash if (member_of(a), subaccount_of(a)) == (who, number)]
        meant = own if w.everywhere else [w.account]
        own = [account for account in meant if (account in twin.netting) != w.enabled]
        twin.netting = twin.netting ^ {*own}
        for account in own:
            gain = sum(twin.least(account, e) - twin.advances[account, e] for e in twin.events)
            need(twin.free(account) + gain >= 0, Code.INSUFFICIENT_BALANCE)
        for account in own:
            for event in twin.events:
                twin.credit(account, event)

    def move(self, w: c.Move) -> None:
        twin = self.twin
        amounts, cash = dict(w.lines), {f"cash:{account}": account for account in twin.cash}
        new = {f"cash:{account_id(m, 0, s)}": m for m in twin.members for s in twin.shards}
        new = {n: m for n, m in new.items() if n not in cash and amounts.get(n, 0) > 0}
        cash |= {name: int(name[5:]) for name in new}
        need(all(n in cash for n in amounts if n.startswith("cash:")), Code.ACCOUNT_NOT_FOUND)
        need(not w.seen, Code.TRANSFER_EXISTS)
        sound = len(amounts) == len(w.lines) > 1 and sum(amounts.values()) == 0
        need(sound and all(amounts.values()), Code.INVALID_AMOUNT)
        for name, amount in amounts.items():
            free = name in cash and name not in new
            has = twin.free(cash[name]) if free else twin.ledger[name]
            need(amount > 0 or has >= -amount or may_be_negative(name), Code.INSUFFICIENT_BALANCE)
        for name, member in new.items():  # its first money opens an account
            twin.cash[cash[name]] = 0
            twin.netting |= {cash[name]} if account_id(member) in twin.netting else set()
        for name in amounts.keys() & cash.keys():
            twin.cash[cash[name]] += amounts.pop(name)
        twin.ledger.update(amounts)
