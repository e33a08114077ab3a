"""The accounts and their balances as they are now: what the views in memory are loaded from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Boolean, Column, Table, bindparam, func, insert, update

from presage.domain.balances import BALANCE_FACTS, balances
from presage.domain.facts import AccountOpened, MoneyMoved, NettingSet
from presage.domain.ids import AccountId
from presage.domain.member_facts import AccountLocked, AccountUnlocked
from presage.projections import holds
from presage.projections.projection import Moment, Row, Rows, render
from presage.storage.schema import BigKey, projected
from presage.units import Micros, Money

accounts = Table(
    "accounts",
    projected,
    Column("account", BigKey, primary_key=True, autoincrement=False),
    Column("cash", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("netting", Boolean, nullable=False),
    Column("lock", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

_INSERT = render(insert(accounts))
_THIS = accounts.c.account == bindparam("whose")
_BALANCE = render(
    update(accounts)
    .where(_THIS)
    .values(
        cash=func.coalesce(bindparam("new_cash"), accounts.c.cash),
        reserved=func.coalesce(bindparam("new_reserved"), accounts.c.reserved),
        updated_at=bindparam("at"),
    )
)
_LOCK = render(update(accounts).where(_THIS).values(lock=bindparam("new_lock")))
_NETTING = render(update(accounts).where(_THIS).values(netting=bindparam("enabled")))


class Accounts:
    """Writes the table: one change of balance per account, with what it came to; and the holds."""

    name = "accounts"
    tables = (accounts, holds.holds)
    handles = frozenset({AccountLocked, AccountOpened, AccountUnlocked, NettingSet}) | BALANCE_FACTS

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        changed: dict[AccountId, Row] = {}
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, AccountOpened):
                    rows.add(_INSERT, _opened(fact, moment.at))
                elif isinstance(fact, NettingSet):
                    rows.add(_NETTING, {"whose": fact.account, "enabled": fact.enabled})
                elif isinstance(fact, AccountLocked):
                    rows.add(_LOCK, {"whose": fact.account, "new_lock": fact.lock})
                elif isinstance(fact, AccountUnlocked):
                    rows.add(_LOCK, {"whose": fact.account, "new_lock": 0})
                elif isinstance(fact, MoneyMoved):
                    holds.write(fact, rows)
                for account, cash, reserved in balances(fact):
                    _change(changed, account, cash, reserved, moment.at)
        for row in changed.values():
            rows.add(_BALANCE, row)


def _change(
    changed: dict[AccountId, Row],
    account: AccountId,
    cash: Money | None,
    reserved: Money | None,
    at: Micros,
) -> None:
    row = changed.get(account)
    if row is None:
        row = changed[account] = {"whose": account, "new_cash": None, "new_reserved": None}
    if cash is not None:
        row["new_cash"] = cash
    if reserved is not None:
        row["new_reserved"] = reserved
    row["at"] = at


def _opened(fact: AccountOpened, at: int) -> Row:
    return {
        "account": fact.account,
        "cash": 0,
        "reserved": 0,
        "netting": fact.netting,
        "lock": 0,
        "opened_at": at,
        "updated_at": at,
    }
