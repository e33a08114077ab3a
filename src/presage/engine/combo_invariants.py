"""What must be true of a combo and its legs after every command."""

from __future__ import annotations

from presage.domain.combos import MAX_WEEKLY
from presage.domain.markets import UNDECIDED
from presage.engine.legs import is_certain, worth
from presage.engine.state import Market, State


def check(state: State, market: Market) -> None:
    """Raise AssertionError naming the first thing that is not as it must be."""
    _known(state, market)
    if market.legs:
        _combo(state, market)
    assert all(member.combos <= MAX_WEEKLY for member in state.members.values())


def _known(state: State, leg: Market) -> None:
    name = f"market {leg.ticker}"
    assert leg.combos == sorted(set(leg.combos)), f"{name}: its combos are out of order"
    for combo in map(state.markets.__getitem__, leg.combos):
        assert combo.status != "finalized", f"{name}: it knows a combo that is over"
        assert leg.id in [one.market for one in combo.legs], f"{name}: it knows a foreign combo"


def _combo(state: State, combo: Market) -> None:
    name = f"combo {combo.ticker}"
    over = combo.status == "finalized"
    for leg in combo.legs:
        known = state.markets[leg.market]
        assert (combo.id in known.combos) != over, f"{name}: a leg does not know it"
        assert not known.legs, f"{name}: a leg is a combo"
    assert len(combo.event.markets) == 1, f"{name}: it is not alone in its event"
    if combo.result == "void":
        return
    value = worth(state, combo)
    if combo.settling or over:
        assert is_certain(state, combo), f"{name}: paid before its legs were certain"
        assert combo.value == value, f"{name}: paid {combo.value}, worth {value}"
    elif state.work:
        pass  # a leg may be known of that it was not told yet
    elif combo.status in UNDECIDED or combo.status == "disputed":
        assert value is None, f"{name}: {combo.status}, but worth {value}"
    else:
        assert combo.value == value, f"{name}: determined {combo.value}, worth {value}"
