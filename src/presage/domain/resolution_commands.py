"""Wishes about the outcomes of an event's markets together: all of them are granted, or none.

`lines` move the bonds of those who dispute, in the same entry; they sum to zero, and `cause` says
in the ledger what for.
"""

from __future__ import annotations

from typing import Final

from presage.domain.bases import CommandBase
from presage.domain.ids import AccountId, MarketId
from presage.units import Count, Micros, Money, Price

VOID: Final[Price] = -1
"""The outcome that gives everybody back what trading took."""
OWN_TIMER: Final[Micros] = -1
"""The window that is each market's own settlement timer."""
MAX_HOLDERS: Final = 10_000
"""Positions that one correction is about: it is one entry of the journal."""

Lines = tuple[tuple[str, Money], ...]


class ResolveMarkets(CommandBase, frozen=True):
    """These markets come out so: those that are decided already are amended, and `close` first ends
    trading where it goes on. `window` is how long the outcomes can be disputed; 0: pay at once.
    `released` are disputed markets whose outcome stands: their timer goes on with what it had left,
    but `least` at least."""

    outcomes: tuple[tuple[MarketId, Price], ...]
    window: Micros = OWN_TIMER
    close: bool = False
    released: tuple[MarketId, ...] = ()
    least: Micros = 0
    lines: Lines = ()
    cause: str = ""
    audit: int = 0


class DisputeMarkets(CommandBase, frozen=True):
    """Somebody doubts these outcomes: nothing is paid until that is decided. Markets that are
    disputed already stay so."""

    markets: tuple[MarketId, ...]
    lines: Lines = ()
    cause: str = ""


class SettleMarkets(CommandBase, frozen=True):
    """Pay these now instead of at their timers' ends."""

    markets: tuple[MarketId, ...]
    audit: int = 0


class CorrectOutcomes(CommandBase, frozen=True):
    """These finalized markets came out otherwise than they were paid. `holders` are all who were
    paid for a position in them, and for which (+ YES, - NO): the engine has forgotten them."""

    outcomes: tuple[tuple[MarketId, Price], ...]
    holders: tuple[tuple[MarketId, AccountId, Count], ...]
    cause: str = ""
    audit: int = 0
