"""What members have set aside now, by what it is for, in memory: challenges, withdrawals, bonds.

Loaded from the stored table at the start, then folded from committed movements. It moves nothing.
"""

from __future__ import annotations

from sqlalchemy import Connection

from presage.domain.facts import MoneyMoved
from presage.domain.ids import AccountId
from presage.projections import holds
from presage.projections.holds import HOLD, Hold
from presage.projections.projection import Entry
from presage.units import Money


class Holds:
    """The view. `load` once, then `apply` every committed entry in order."""

    def __init__(self) -> None:
        self._open: dict[str, Hold] = {}
        self._sums: dict[AccountId, dict[str, Money]] = {}

    def load(self, connection: Connection) -> None:
        """Start from the table."""
        self._open.clear()
        self._sums.clear()
        for hold in holds.every_hold(connection):
            self._put(hold)

    def apply(self, entry: Entry) -> None:
        """Fold one committed entry."""
        for fact in entry.facts:
            if type(fact) is MoneyMoved:
                for hold in holds.changed(fact):
                    self._put(hold)

    def of(self, account: AccountId) -> dict[str, Money]:
        """What an account has set aside, by the kind of hold."""
        return self._sums.get(account, {})

    def _put(self, hold: Hold) -> None:
        known = self._open.pop(hold.name, None)
        account, before = (known.account, known.amount) if known else (hold.account, 0)
        if hold.amount:
            self._open[hold.name] = Hold(hold.name, account, hold.amount)
        sums = self._sums.setdefault(account, {})
        kind = hold.name.removeprefix(HOLD).partition(":")[0]
        sums[kind] = sums.get(kind, 0) + hold.amount - before
        if not sums[kind]:
            del sums[kind]
        if not sums:
            del self._sums[account]
