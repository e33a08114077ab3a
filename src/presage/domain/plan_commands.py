"""Wishes about what is planned ahead: fees to come, pauses to come.

Stored in the journal, as all commands (`domain/commands.py`).
"""

from __future__ import annotations

from presage.domain.bases import CommandBase
from presage.domain.ids import EventId, Id, SeriesId
from presage.units import Micros


class PlanFees(CommandBase, frozen=True):
    """Other fees of a series, or of an event (then `series` is 0), from `due` on. An empty
    `fee_type` clears the event's override."""

    series: SeriesId
    event: EventId
    fee_type: str
    multiplier: int
    due: Micros
    audit: int = 0


class DropFees(CommandBase, frozen=True):
    """Forget a planned change of fees."""

    change: Id
    audit: int = 0


class PlanPause(CommandBase, frozen=True):
    """Stop trading from `start` to `end`, or with `exchange` everything. `window` is the caller's
    number for it and is used once while it is planned."""

    window: int
    start: Micros
    end: Micros
    exchange: bool = False
    audit: int = 0


class DropPause(CommandBase, frozen=True):
    """Forget a planned pause; one that is on ends now."""

    window: int
    audit: int = 0
