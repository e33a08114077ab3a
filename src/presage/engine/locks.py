"""The settlement-advance lock: an account that stands still while somebody computes what could be
advanced on its positions.

Locked, an account places nothing, its resting orders are cancelled, what it agreed on is not
carried out, and its positions stay where they are. Money and payouts still come and go. Every lock
has an id of its own, so that whoever computed can tell whether the account has moved since.
"""

from __future__ import annotations

from presage.domain.ids import AccountId
from presage.domain.member_commands import LockAccount, UnlockAccount
from presage.domain.member_facts import AccountLocked, AccountUnlocked
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.engine.state import Account


def lock_account(d: Decision, c: LockAccount) -> None:
    """Lock it, or give an existing lock a new id."""
    account = _find(d, c.account)
    d.emit(AccountLocked(account.id, d.new_id()))
    if any(queue.oldest is not None for queue in account.queues()):
        d.queue("account", account.member.id, "Cancel", account.id)


def unlock_account(d: Decision, c: UnlockAccount) -> None:
    """It may trade again. One that is not locked stays as it is."""
    account = _find(d, c.account)
    if account.lock:
        d.emit(AccountUnlocked(account.id))


def _find(d: Decision, account_id: AccountId) -> Account:
    account = d.state.accounts.get(account_id)
    if account is None:
        raise Refused(Code.ACCOUNT_NOT_FOUND)
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    return account
