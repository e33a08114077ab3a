"""Deposits and withdrawals as movements: money between the world outside and a member's account.

While it is not decided what becomes of one, its money waits in a ledger account of its own: in the
pot of what is underway, or, where it is still the member's, in a hold. Here is from where to where
it goes; who may decide what is the asker's business.
"""

from __future__ import annotations

from typing import Literal

from presage.domain import accounts as ledger
from presage.domain.accounts import LedgerAccount
from presage.domain.commands import Move
from presage.domain.ids import AccountId, Id
from presage.units import CENT, Money

Kind = Literal["deposit", "withdrawal"]
Fate = Literal["applied", "failed", "returned"]

DECIDING = "decide:"


def gateway_fee(money: Money, bps: int) -> Money:
    """What a gateway keeps of a payment, in whole cents: rounded up, never all of it, and the rest
    is the gateway's."""
    cents = -(-money * bps // (10_000 * CENT))
    return min(cents * CENT, money - CENT)


def begun(kind: Kind, account: AccountId, money: Money, cause: str, waits: LedgerAccount) -> Move:
    """One is asked for: its money waits."""
    source = ledger.WORLD if kind == "deposit" else ledger.cash(account)
    return Move(((source, -money), (waits, money)), cause, kind)


def decided(
    kind: Kind,
    account: AccountId,
    money: Money,
    waits: LedgerAccount,
    transfer: Id | str,
    fate: Fate,
) -> Move:
    """What became of one, which `transfer` names by its id or by its cause: applied or failed while
    it waited, or returned after it was applied."""
    cash = ledger.cash(account)
    inwards = kind == "deposit"
    source, goal = {
        "applied": (waits, cash if inwards else ledger.WORLD),
        "failed": (waits, ledger.WORLD if inwards else cash),
        "returned": (cash, ledger.WORLD) if inwards else (ledger.WORLD, cash),
    }[fate]
    return Move(((source, -money), (goal, money)), deciding(transfer, fate), f"{kind}:{fate}")


def deciding(transfer: Id | str, fate: str) -> str:
    """The cause of a movement that decides what becomes of another: applied or failed is decided
    once, and returned is once more."""
    return f"{DECIDING}{transfer}:{'returned' if fate == 'returned' else 'end'}"


def decided_by(cause: str) -> Id | str | None:
    """The movement that a cause decides about, by its id or its own cause; None: it is no such."""
    if not cause.startswith(DECIDING):
        return None
    transfer = cause.removeprefix(DECIDING).rpartition(":")[0]
    return int(transfer) if transfer.isdecimal() else transfer
