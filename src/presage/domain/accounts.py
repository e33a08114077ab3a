"""Names of the ledger's accounts, and which of them may be negative.

Cash belongs to a member's account. Everything else is the exchange's own book-keeping: every
posting sums to zero over all of them, so money is only ever moved.
"""

from __future__ import annotations

from typing import Final, Literal

from presage.domain.ids import AccountId, MarketId

LedgerAccount = str
"""`cash:<account>`, `hold:<kind>:<name>`, `escrow:<market>`,
`advance:<account>:<event>`, `pot:<name>`, `fees`, `rounding`, `house:bonus`, `house:cover`,
`house:cover:<account>`, `world`."""

FEES: Final = "fees"
ROUNDING: Final = "rounding"
BONUS: Final = "house:bonus"
COVER: Final = "house:cover"
WORLD: Final = "world"
UNDERWAY: Final = "pot:underway:"
HOLD: Final = "hold:"
BOND: Final = "bond"
"""The kind of what is held while a dispute is open."""
WITHDRAWAL: Final = "withdrawal"
"""Why money is held: its owner has asked for it to be paid out."""

MemberStatus = Literal["active", "suspended", "closed"]
MemberKind = Literal["direct", "operator", "house", "fcm", "subtrader"]
"""An FCM acts for subtraders; each of them is a member of its own, on the cent grid."""

MAX_SUBTRADERS: Final = 1_000
"""Of one FCM."""
NO_CAP: Final = -1
"""The daily cap of a subtrader that has none."""


def cash(account: AccountId) -> LedgerAccount:
    """The ledger's name of an account's cash."""
    return f"cash:{account}"


def underway(account: AccountId) -> LedgerAccount:
    """Money on its way into or out of an account: nobody's to spend until that is decided."""
    return f"{UNDERWAY}{account}"


def hold(kind: str, *name: AccountId | str) -> LedgerAccount:
    """Money set aside for one thing, of the kind said. It stays its owner's: whose cash went into
    it first (`projections/holds.py`)."""
    return ":".join((f"{HOLD}{kind}", *(str(part) for part in name)))


def covered(account: AccountId) -> LedgerAccount:
    """What the house has paid in an account's place and gets back when it can (negative)."""
    return f"{COVER}:{account}"


def escrow(market: MarketId) -> LedgerAccount:
    """The ledger's name of the money that backs a market's open contracts."""
    return f"escrow:{market}"


def may_be_negative(name: LedgerAccount) -> bool:
    """Money comes from outside (`world`), the house gives and covers, advances are claims."""
    return name in (WORLD, ROUNDING) or name.startswith(("house:", "advance:"))
