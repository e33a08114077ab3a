"""Wishes about combos. Stored in the journal, as all commands (`domain/commands.py`)."""

from __future__ import annotations

from presage.domain.bases import CommandBase
from presage.domain.combos import Legs
from presage.domain.ids import MemberId, SeriesId
from presage.units import Micros


class CreateCombo(CommandBase, frozen=True):
    """A market that pays when all `legs` come true, in an event of its own. `collection` is the
    ticker of the operator's collection that allows the combination; `timer` as in CreateMarket."""

    member: MemberId
    series: SeriesId
    collection: str
    legs: Legs
    timer: Micros = 0
