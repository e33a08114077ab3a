"""What can have happened to combos besides what happens to every market.

Stored for ever, as all facts (`domain/facts.py`).
"""

from __future__ import annotations

from presage.domain.bases import FactBase
from presage.domain.ids import Id, MarketId, MemberId


class ComboCreated(FactBase, frozen=True):
    """Who wished for a combo, and how many he has created in this week by now. Its event and its
    market, with the legs, are told by the facts before."""

    market: MarketId
    member: MemberId
    week: int
    made: int


class CombosTold(FactBase, frozen=True):
    """How far a job has come that tells a leg's outcome to its combos: up to this one."""

    work: Id
    market: MarketId
