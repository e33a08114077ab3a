"""Money outside trading: deposits, withdrawals, transfers, grants. One command moves them all."""

from __future__ import annotations

from collections.abc import Sequence

from presage.domain import accounts as ledger
from presage.domain.commands import Move
from presage.domain.facts import AccountOpened, MoneyMoved, Posting
from presage.domain.ids import AccountId, member_of, shard_of, subaccount_of
from presage.domain.rejects import Code, Refused
from presage.domain.resolution_commands import Lines
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
    postings = _postings(d, c.lines, accounts)
    for new in opening:
        d.emit(AccountOpened(new, d.state.members[member_of(new)].accounts[0].netting))
    d.emit(MoneyMoved(d.new_id(), postings, c.cause, c.kind))


def prepare(d: Decision, lines: Lines) -> tuple[Posting, ...]:
    """What the lines come to, for a command that moves money beside what it is about; nothing is
    posted yet. Raises: Refused."""
    if not lines:
        return ()
    return _postings(d, lines, [_cash_account(d, name, 0, []) for name, _ in lines])


def post(d: Decision, postings: tuple[Posting, ...], cause: str, kind: str) -> None:
    """Post what was prepared. Nothing may have changed a balance in between."""
    if postings:
        d.emit(MoneyMoved(d.new_id(), postings, cause, kind))


def _postings(d: Decision, lines: Lines, accounts: Sequence[Account | None]) -> tuple[Posting, ...]:
    _check_lines(lines)
    found = []
    for (name, amount), account in zip(lines, accounts, strict=True):
        before = account.cash if account else d.state.ledger.get(name, 0)
        _check_line(name, amount, before, account)
        found.append(Posting(name, amount, before + amount))
    return tuple(found)


def _check_lines(lines: Lines) -> None:
    names = [name for name, _ in lines]
    if not 2 <= len(names) <= MAX_LINES or len(set(names)) != len(names):
        raise Refused(Code.INVALID_AMOUNT, "a movement names two or more different accounts")
    if sum(amount for _, amount in lines) != 0:
        raise Refused(Code.INVALID_AMOUNT, "the lines do not sum to zero")
    if not all(0 < abs(amount) <= MAX_MONEY for _, amount in lines):
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
