"""Where history begins: what was over before these moments is read from the historical lists.

The wish and the fact are stored in the journal, as all are (`domain/commands.py`, `facts.py`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from presage.domain.bases import CommandBase, FactBase
from presage.units import SECOND, Micros

DAY: Final[Micros] = 24 * 3_600 * SECOND
MAX_LIVE_DAYS: Final = 36_500


class Cutoffs(msgspec.Struct, frozen=True):
    """Historical is what happened before: a market's settlement, a trade, the end of an order, the
    settlement of the last market of a position's event. 0: nothing is."""

    markets: Micros = 0
    trades: Micros = 0
    orders: Micros = 0
    positions: Micros = 0


class SetCutoffs(CommandBase, frozen=True):
    """Move cutoffs forward (0: leave that one). With `live_days` all four follow every midnight UTC
    to so many days ago; 0: they stay, -1: as it was."""

    markets: Micros = 0
    trades: Micros = 0
    orders: Micros = 0
    positions: Micros = 0
    live_days: int = -1
    audit: int = 0


class CutoffsMoved(FactBase, frozen=True):
    """The cutoffs from here on. `rolls_at` is when they follow next, 0: not by themselves."""

    markets: Micros
    trades: Micros
    orders: Micros
    positions: Micros
    live_days: int
    rolls_at: Micros


def midnight(at: Micros) -> Micros:
    """The last midnight UTC that is not after `at`."""
    return at - at % DAY
