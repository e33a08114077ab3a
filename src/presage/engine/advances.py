"""Posting what an exclusive event's collateral return has changed by.

A position change in such an event moves the least its positions can pay; the difference is paid to
the account or taken back at once, so that the advance always equals that least.
"""

from __future__ import annotations

from presage.domain.facts import AdvanceSet
from presage.engine.collateral import holds_no, least_payout, room_for
from presage.engine.decision import Decision
from presage.engine.state import Account, Event
from presage.units import Price


def post_advance(d: Decision, account: Account, event: Event, room: Price | None = None) -> None:
    """Bring the account's advance up to date; `room` is given when a market was just paid.

    What the account cannot give back (only a void or a dispute's end can ask for it) the house
    covers.
    """
    standing = event.advances.get(account.id)
    if standing is None and not holds_no(account, event):
        return
    before = standing.amount if standing else 0
    if room is None:
        room = standing.room if standing else room_for(account, event)
    amount = least_payout(account, event, room)
    if standing is not None and amount == before and room == standing.room:
        return
    cash = account.cash + amount - before
    cover = max(-cash, 0)
    d.emit(AdvanceSet(account.id, event.id, amount, room, cash + cover, cover))
    d.touch(account)


def take_back(d: Decision, account: Account, event: Event) -> None:
    """End an advance: the account has switched collateral return off."""
    standing = event.advances[account.id]
    cash = account.cash - standing.amount
    d.emit(AdvanceSet(account.id, event.id, 0, standing.room, cash))
