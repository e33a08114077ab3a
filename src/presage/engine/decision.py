"""One command being decided: where facts are collected, and the only place they are emitted.

Emitting a fact applies it at once, so the rest of the decision sees its consequences. A decision
that has emitted may no longer refuse.
"""

from __future__ import annotations

from presage.domain.facts import Fact, WorkQueued
from presage.domain.ids import AccountId, Id, make_id
from presage.engine.fold import FOLDS
from presage.engine.state import Account, Market, State
from presage.units import Micros


class Decision:
    """State, the entry's number and time, the facts so far, and what they touched. An engine has
    one and begins it anew for each command."""

    __slots__ = ("accounts", "at", "facts", "made", "markets", "queued", "seq", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.accounts: dict[int, Account] = {}
        self.markets: dict[int, Market] = {}
        self.begin(0, 0)

    def begin(self, seq: int, at: Micros) -> None:
        """A new command: nothing has happened yet."""
        self.seq = seq
        self.at = at
        self.facts: list[Fact] = []
        self.made = 0
        self.queued = False
        if self.accounts:
            self.accounts.clear()
        if self.markets:
            self.markets.clear()

    def emit(self, fact: Fact) -> None:
        """It happened: apply it and keep it for the journal."""
        self.facts.append(fact)
        FOLDS[type(fact)](self.state, fact)

    def new_id(self) -> Id:
        """A name for the next thing this entry makes."""
        made = self.made
        self.made = made + 1
        return make_id(self.seq, made)

    def touch(self, account: Account) -> None:
        """Look at this account's money again before the command ends."""
        self.accounts[account.id] = account

    def touch_book(self, market: Market) -> None:
        """Announce this market's best prices at the end, if they changed."""
        self.markets[market.id] = market

    def queue(self, kind: str, subject: int, reason: str = "", account: AccountId = 0) -> None:
        """Leave cancellations or payouts to `work`. Kinds: market, member, account, holding, group,
        halt, payout; rfqs (of a market), communications (of a member); combos (of a leg)."""
        self.queued = True
        self.emit(WorkQueued(self.new_id(), kind, subject, reason, account))
