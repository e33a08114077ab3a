"""What can have happened to what is planned ahead: fees to come, pauses to come.

Stored for ever, as all facts (`domain/facts.py`).
"""

from __future__ import annotations

from presage.domain.bases import FactBase
from presage.domain.ids import EventId, Id, SeriesId
from presage.units import Micros


class FeesPlanned(FactBase, frozen=True):
    """What SeriesFeesSet or EventFeesSet will say, under the same `change`, when `due` comes; one
    of `series` and `event` is 0."""

    change: Id
    series: SeriesId
    event: EventId
    fee_type: str
    multiplier: int
    due: Micros


class FeesDropped(FactBase, frozen=True):
    """The planned change will not happen; names what it was about, as FeesPlanned does."""

    change: Id
    series: SeriesId
    event: EventId


class PausePlanned(FactBase, frozen=True):
    window: int
    start: Micros
    end: Micros
    exchange: bool


class PauseDropped(FactBase, frozen=True):
    """A pause that had not begun will not."""

    window: int


class PauseBegan(FactBase, frozen=True):
    """From here on the switches are what was wished, less what pauses that are on hold off."""

    window: int


class PauseEnded(FactBase, frozen=True):
    window: int


class SwitchesWished(FactBase, frozen=True):
    """How the operator wants the switches to be once no planned pause is on."""

    exchange: bool
    trading: bool
