"""Money outside trading: deposits, withdrawals, transfers, grants. One command moves them all."""

from __future__ import annotations

from presage.domain import accounts as ledger
from presage.domain.commands import Move
from presage.domain.facts import AccountOpened, MoneyMoved, Posting
from presage.domain.ids import AccountId, member_of, shard_of, subaccount_of
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.engine.state import Account
from presage.units import MAX_MONEY, Money

_NAMES = frozenset({ledger.FEES, ledger.ROUNDING, ledger.BONUS, ledger.COVER, ledger.WORLD})
_PREFIXES = ("hold:", "pot:")
MAX_LINES = 100


def move(d: Decision, c: Move) -> None:
    """Post the lines; an account can give away only what no order has reserved.

    The first money that a member gets on a shard opens its primary account there.
    """
    opening: list[AccountId] = []
    accounts = [_cash_account(d, name, amount, opening) for name, amount in c.lines]
    if c.seen:
        raise Refused(Code.TRANSFER_EXISTS)
    _check_lines(c)
    lines = []
    for (name, amount), account in zip(c.lines, accounts, strict=True):
        before = account.cash if account else d.state.ledger.get(name, 0)
        _check_line(name, amount, before, account)
        lines.append(Posting(name, amount, before + amount))
    for new in opening:
        d.emit(AccountOpened(new, d.state.members[member_of(new)].accounts[0].netting))
    d.emit(MoneyMoved(d.new_id(), tuple(lines), c.cause, c.kind))


def _check_lines(c: Move) -> None:
    names = [name for name, _ in c.lines]
    if not 2 <= len(names) <= MAX_LINES or len(set(names)) != len(names):
        raise Refused(Code.INVALID_AMOUNT, "a movement names two or more different accounts")
    if sum(amount for _, amount in c.lines) != 0:
        raise Refused(Code.INVALID_AMOUNT, "the lines do not sum to zero")
    if not all(0 < abs(amount) <= MAX_MONEY for _, amount in c.lines):
        raise Refused(Code.INVALID_AMOUNT, "an amount is zero or too large")


def _cash_account(
    d: Decision, name: str, amount: Money, opening: list[AccountId]
) -> Account | None:
    """The member's account behind `cash:<id>`; None for the ledger's own, and for one that this
    money opens, which is noted. Raises: Refused."""
    if name in _NAMES or name.startswith(_PREFIXES):
        return None
    kind, _, number = name.partition(":")
    is_account = kind == "cash" and number.isascii() and number.isdecimal()
    account = d.state.accounts.get(int(number)) if is_account else None
    if account is not None:
        return account
    if not is_account or amount <= 0 or not _opens(d, int(number)):
        raise Refused(Code.ACCOUNT_NOT_FOUND, name)
    opening.append(int(number))
    return None


def _opens(d: Decision, account: AccountId) -> bool:
    """Whether it would be a member's primary account on a shard that there is."""
    known = member_of(account) in d.state.members and shard_of(account) in d.state.shards
    return known and subaccount_of(account) == 0


def _check_line(name: str, amount: Money, before: Money, account: Account | None) -> None:
    if amount > 0:
        return
    free = account.available if account else before
    if free + amount < 0 and not (account is None and ledger.may_be_negative(name)):
        raise Refused(Code.INSUFFICIENT_BALANCE, name)
