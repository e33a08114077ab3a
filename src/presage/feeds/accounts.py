"""Every account's money and positions as they are now, in memory.

Loaded from the stored tables at the start, then kept by folding committed facts, so that a balance
costs no query. Nothing here is decided or added up beyond what facts state; what positions are
worth is the asker's business.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, select

from presage.domain.accounts import held_by
from presage.domain.balances import BALANCE_FACTS, balances
from presage.domain.facts import (
    AccountOpened,
    Fact,
    Leg,
    MoneyMoved,
    NettingSet,
    PositionPaid,
    Traded,
)
from presage.domain.ids import AccountId, Id, MarketId, MemberId, member_of, shard_of, subaccount_of
from presage.domain.member_facts import (
    AccountLocked,
    AccountUnlocked,
    PositionTransferred,
    Share,
)
from presage.projections.accounts import accounts
from presage.projections.holds import holds
from presage.projections.positions import positions
from presage.projections.projection import Entry
from presage.units import Count, Micros, Money


class Account:
    """One account's money, and its open positions by market (+ YES, - NO, never 0). `lock` is the
    id of its settlement-advance lock, 0: not locked. `held` is what it owns and cannot spend until
    something is decided, by kind (`bond`, ...)."""

    __slots__ = (
        "cash",
        "held",
        "id",
        "lock",
        "netting",
        "opened_at",
        "positions",
        "reserved",
        "updated_at",
    )

    def __init__(self, id: AccountId, netting: bool, opened_at: Micros) -> None:
        self.id = id
        self.netting = netting
        self.opened_at = opened_at
        self.updated_at = opened_at
        self.lock: Id = 0
        self.cash: Money = 0
        self.reserved: Money = 0
        self.positions: dict[MarketId, Count] = {}
        self.held: dict[str, Money] = {}

    @property
    def available(self) -> Money:
        """What the account may spend: cash less what its resting orders have reserved."""
        return self.cash - self.reserved

    @property
    def subaccount(self) -> int:
        return subaccount_of(self.id)

    @property
    def shard(self) -> int:
        return shard_of(self.id)


class Accounts:
    """The view. Written in the event loop by `apply`, read there too."""

    def __init__(self) -> None:
        self._accounts: dict[AccountId, Account] = {}
        self._members: dict[MemberId, list[Account]] = {}

    def load(self, connection: Connection) -> None:
        """Read everything from the tables `accounts` and `positions`."""
        self._accounts.clear()
        self._members.clear()
        for row in connection.execute(select(accounts).order_by(accounts.c.account)):
            account = self._open(row.account, row.netting, row.opened_at)
            account.cash, account.reserved = row.cash, row.reserved
            account.updated_at = row.updated_at
            account.lock = row.lock
        held = select(positions.c.account, positions.c.market, positions.c.position)
        for row in connection.execute(held.where(positions.c.position != 0)):
            self._accounts[row.account].positions[row.market] = row.position
        for row in connection.execute(select(holds)):
            self._hold_money(row.account, row.kind, row.amount)

    def find(self, account: AccountId) -> Account | None:
        """The account, or None if it was never opened."""
        return self._accounts.get(account)

    def of(self, member: MemberId) -> Sequence[Account]:
        """A member's accounts in the order of their ids: the primary one first."""
        return self._members.get(member, ())

    def apply(self, entry: Entry) -> None:
        """Fold a committed entry."""
        for fact in entry.facts:
            kind = type(fact)
            if kind in _FOLDS:
                _FOLDS[kind](self, fact, entry.at)
            if kind in BALANCE_FACTS:
                self._pay(fact, entry.at)

    def _pay(self, fact: Fact, at: Micros) -> None:
        for id_, cash, reserved in balances(fact):
            account = self._accounts[id_]
            account.updated_at = at
            if cash is not None:
                account.cash = cash
            if reserved is not None:
                account.reserved = reserved

    def _opened(self, fact: AccountOpened, at: Micros) -> None:
        self._open(fact.account, fact.netting, at)

    def _traded(self, fact: Traded, at: Micros) -> None:
        self._hold(fact.taker, fact.market)
        self._hold(fact.maker, fact.market)

    def _paid_out(self, fact: PositionPaid, at: Micros) -> None:
        self._accounts[fact.account].positions.pop(fact.market, None)

    def _netting_set(self, fact: NettingSet, at: Micros) -> None:
        self._accounts[fact.account].netting = fact.enabled

    def _locked(self, fact: AccountLocked, at: Micros) -> None:
        self._accounts[fact.account].lock = fact.lock

    def _unlocked(self, fact: AccountUnlocked, at: Micros) -> None:
        self._accounts[fact.account].lock = 0

    def _transferred(self, fact: PositionTransferred, at: Micros) -> None:
        self._hold(fact.source, fact.market)
        self._hold(fact.target, fact.market)

    def _moved(self, fact: MoneyMoved, at: Micros) -> None:
        for line in fact.lines:
            owner = held_by(line.account)
            if owner is not None:
                self._hold_money(*owner, line.amount)

    def _hold_money(self, id: AccountId, kind: str, amount: Money) -> None:
        account = self._accounts.get(id)
        if account is not None:  # a hold may bear any number
            account.held[kind] = account.held.get(kind, 0) + amount

    def _hold(self, leg: Leg | Share, market: MarketId) -> None:
        positions = self._accounts[leg.account].positions
        if leg.position:
            positions[market] = leg.position
        else:
            positions.pop(market, None)

    def _open(self, id: AccountId, netting: bool, at: Micros) -> Account:
        account = self._accounts[id] = Account(id, netting, at)
        insort(self._members.setdefault(member_of(id), []), account, key=attrgetter("id"))
        return account


_FOLDS: Final[dict[type[Fact], Callable[[Accounts, Any, Micros], None]]] = {
    AccountOpened: Accounts._opened,
    Traded: Accounts._traded,
    PositionPaid: Accounts._paid_out,
    NettingSet: Accounts._netting_set,
    AccountLocked: Accounts._locked,
    AccountUnlocked: Accounts._unlocked,
    MoneyMoved: Accounts._moved,
    PositionTransferred: Accounts._transferred,
}
