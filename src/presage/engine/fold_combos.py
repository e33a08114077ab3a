"""How facts about combos change the state, and who hangs on whom."""

from __future__ import annotations

from bisect import bisect_left, insort

from presage.domain import combo_facts as k
from presage.domain.combos import Legs
from presage.engine.state import Market, State


def combo_created(state: State, fact: k.ComboCreated) -> None:
    member = state.members[fact.member]
    member.combo_week, member.combos = fact.week, fact.made


def combos_told(state: State, fact: k.CombosTold) -> None:
    work = state.work[0]
    assert work.id == fact.work, "work is done in the order in which it was queued"
    work.place = fact.market


def join_legs(state: State, combo: Market, legs: Legs) -> None:
    """From here on the legs know the combo, unless it is over."""
    combo.legs = legs
    if combo.status != "finalized":
        for leg in legs:
            insort(state.markets[leg.market].combos, combo.id)


def leave_legs(state: State, combo: Market) -> None:
    """The combo is over."""
    for leg in combo.legs:
        combos = state.markets[leg.market].combos
        place = bisect_left(combos, combo.id)
        assert combos[place] == combo.id, "a leg does not know its combo"
        del combos[place]
