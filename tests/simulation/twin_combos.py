"""The twin's own idea of combos: what may be combined, and what its legs make of one.

When a combo is determined and paid it is told by facts; whether that was the time and the value it
then works out from all legs anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from presage.domain import combo_commands as k
from presage.domain.rejects import Code
from presage.units import DOLLAR_PRICE
from tests.simulation.twin_desk import need

if TYPE_CHECKING:
    from tests.simulation.twin import Twin


class TwinCombos:
    """`known`: the combinations that were made. `made`: how many each member made in a week."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.known = set[tuple[Any, ...]]()
        self.made = Counter[tuple[int, int]]()

    def create_combo(self, c: k.CreateCombo) -> None:
        twin = self.twin
        twin.desk.active(c.member)
        need(c.series in twin.series, Code.SERIES_NOT_FOUND)
        need(all(leg.market in twin.markets for leg in c.legs), Code.MARKET_NOT_FOUND)
        name = (c.series, c.collection, c.legs)
        need(name not in self.known, Code.TICKER_EXISTS)
        legs = [(leg.market, leg.side) for leg in c.legs]
        need(len(set(legs)) == len(legs), Code.DUPLICATED_LEGS)
        need(len({market for market, _ in legs}) == len(legs), Code.CONFLICTING_LEGS)
        events = [twin.markets[market].event for market, side in legs if side == "yes"]
        hopes = Counter(event for event in events if twin.events[event].exclusive)
        need(max(hopes.values(), default=0) <= 1, Code.CONFLICTING_LEGS)
        for market, side in legs:
            m = twin.markets[market]
            open_ = m.status in ("initialized", "active", "inactive") and twin.at < m.close_at
            need(open_ and not m.legs and side in ("yes", "no"), Code.INVALID_COMBINATION)
        ours = twin.series[c.series].ticker.startswith("KXMVE")
        need(0 < len(legs) <= 50 and ours, Code.INVALID_COMBINATION)
        need(twin.exchange, Code.EXCHANGE_PAUSED)
        self.known.add(name)
        twin.hear(c)

    def legs_of(self, combo: Any) -> list[tuple[Any, str]]:
        return [(self.twin.markets[leg.market], leg.side) for leg in combo.legs]

    def counts(self, leg: tuple[Any, str]) -> Fraction | None:
        """None: the leg may come out in any way."""
        market, side = leg
        if market.status not in ("determined", "amended", "finalized"):
            return None
        if market.result in ("", "void"):
            return Fraction(1)
        value = Fraction(market.value, DOLLAR_PRICE)
        return value if side == "yes" else 1 - value

    def worth(self, legs: list[tuple[Any, str]]) -> int | None:
        """In 1/10 000 dollar; None: some leg that matters is open."""
        result = Fraction(DOLLAR_PRICE)
        counts = [self.counts(leg) for leg in legs]
        for count in counts:
            result *= 1 if count is None else count
        if result and None in counts:
            return None
        return int(result)

    def compare(self, working: bool, ticked: bool) -> Iterator[tuple[str, object, object]]:
        """Where every combo is, and where its legs put it; `working`: some may not have heard of
        them yet."""
        for number, m in self.twin.markets.items():
            if not m.legs or m.result == "void" or (m.status, m.result) == ("finalized", ""):
                continue
            legs, name = self.legs_of(m), f"combo {number}"
            worth = self.worth(legs)
            paid = self.worth([leg for leg in legs if leg[0].status == "finalized"])
            certain = paid == 0 or all(leg[0].status == "finalized" for leg in legs)
            if m.status == "finalized":
                yield f"{name} is paid, its legs are certain", True, certain
            elif ticked and m.status in ("determined", "amended"):
                yield f"{name} is overdue", False, self.twin.at >= m.settle_at and certain
            if not working:
                decided = m.status in ("determined", "amended", "finalized")
                yield name, m.value if decided else None, worth
