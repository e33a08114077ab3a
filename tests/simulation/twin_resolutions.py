"""The twin's outcomes: what becomes of an event's markets together, and who may say so when."""

from __future__ import annotations

from collections import Counter, defaultdict
from types import SimpleNamespace as Record
from typing import TYPE_CHECKING, Any

from presage.domain.markets import DECIDED, UNDECIDED
from presage.domain.rejects import Code
from presage.domain.resolution_commands import (
    CorrectOutcomes,
    DisputeMarkets,
    ResolveMarkets,
    SettleMarkets,
)
from presage.units import DOLLAR_PRICE, SECOND
from tests.simulation.twin_desk import need

if TYPE_CHECKING:
    from tests.simulation.twin import Twin

YEAR = 366 * 24 * 3_600 * SECOND


class TwinResolutions:
    """It decides by itself whether a wish is granted, and checks what it is told of the rest."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.paid = defaultdict[int, dict[int, int]](dict)
        """Market -> account -> the position that was paid."""
        self.in_combos = set[int]()
        """The legs of combos that were paid."""
        self.owed = Counter[int]()
        """What the house has paid in an account's place."""

    def note(self, m: Any, market: int, account: int, count: int, result: str) -> None:
        """Somebody is paid, or given back what trading took."""
        if result != "void":
            self.in_combos |= {leg.market for leg in m.legs}
            self.paid[market] |= {account: count} if count else {}

    def named(self, numbers: list[int]) -> list[Any]:
        known = self.twin.markets
        need(all(number in known for number in numbers), Code.MARKET_NOT_FOUND)
        need(0 < len(numbers) == len(set(numbers)) <= 200, Code.INVALID_VALUE)
        need(len({known[number].event for number in numbers}) == 1, Code.INVALID_VALUE)
        return [known[number] for number in numbers]

    def own(self, market: Any, *statuses: str) -> None:
        need(not market.legs and market.status in statuses, Code.WRONG_STATUS)

    def money(self, lines: Any) -> None:
        if lines:
            self.twin.purse.move(Record(lines=lines, seen=0))  # type: ignore[arg-type]  # all it reads

    def dispute_markets(self, w: DisputeMarkets) -> None:
        markets = self.named([*w.markets])
        for market in markets:
            self.own(market, *DECIDED)
        self.money(w.lines)
        left = {n: self.twin.markets[n].settle_at - self.twin.at for n in w.markets}
        fresh = [n for n in w.markets if self.twin.markets[n].status != "disputed"]
        self.twin.hear(w)
        for number in w.markets:
            assert self.twin.markets[number].status == "disputed"
        for number in fresh:
            assert self.twin.markets[number].left == max(left[number], 0)

    def settle_markets(self, w: SettleMarkets) -> None:
        for market in self.named([*w.markets]):
            self.own(market, "determined", "amended")
        self.twin.hear(w)
        assert {self.twin.markets[n].status for n in w.markets} == {"finalized"}

    def resolve_markets(self, w: ResolveMarkets) -> None:
        values = dict(w.outcomes)
        markets = self.named([*(number for number, _ in w.outcomes), *w.released])
        need(-1 <= w.window <= YEAR and 0 <= w.least <= YEAR, Code.INVALID_TIMES)
        for number, value in values.items():
            need(-1 <= value <= DOLLAR_PRICE, Code.INVALID_VALUE)
            self.own(self.twin.markets[number], "closed", *DECIDED, *(UNDECIDED if w.close else ()))
        for number in w.released:
            self.own(self.twin.markets[number], "disputed")
        self.check_sum(markets[0].event, values)
        self.money(w.lines)
        was = {n: (m.status, getattr(m, "left", 0)) for n, m in self.twin.markets.items()}
        self.twin.hear(w)
        for number, value in values.items():
            market = self.twin.markets[number]
            window = market.timer if w.window == -1 else w.window
            word = "amended" if was[number][0] in DECIDED else "determined"
            assert market.status == (word if window else "finalized"), number
            assert market.value == max(value, 0)
            assert market.settle_at == self.twin.at + window
        for number in w.released:
            left = max(was[number][1], w.least)
            assert self.twin.markets[number].settle_at == self.twin.at + left

    def check_sum(self, event: int, values: dict[int, int]) -> None:
        inside = {n: m for n, m in self.twin.markets.items() if m.event == event}
        known = {n: m.value for n, m in inside.items() if m.status in (*DECIDED, "finalized")}
        new = {number: max(value, 0) for number, value in values.items()}
        fits = sum((known | new).values()) <= DOLLAR_PRICE or not any(new.values())
        exclusive = getattr(self.twin.events[event], "exclusive", False)
        need(fits or not exclusive, Code.VALUES_EXCEED_ONE)

    def correct_outcomes(self, w: CorrectOutcomes) -> None:
        twin, known, values = self.twin, self.twin.markets, dict(w.outcomes)
        need(all(n in known for n in (*values, *(h[0] for h in w.holders))), Code.MARKET_NOT_FOUND)
        need(all(account in twin.cash for _, account, _ in w.holders), Code.ACCOUNT_NOT_FOUND)
        each = {number: [h for h in w.holders if h[0] == number] for number in values}
        flat = all(sum(count for *_, count in held) == 0 for held in each.values())
        named = {(number, account) for number, account, count in w.holders if count}
        known_all = sum(map(len, each.values())) == len(w.holders) == len(named)
        need(flat and known_all, Code.INVALID_COUNT)
        event = self.named([number for number, _ in w.outcomes])[0].event
        need(all(0 <= value <= DOLLAR_PRICE for value in values.values()), Code.INVALID_VALUE)
        was = {number: getattr(known[number], "value", 0) for number in values}
        need(values != was, Code.INVALID_VALUE)
        for number in values:
            self.own(known[number], "finalized")
            need(known[number].result not in ("", "void"), Code.WRONG_STATUS)
        alone = getattr(twin.events[event], "exclusive", False)
        inside = [m for m in known.values() if m.event == event]
        need(not alone or all(m.status == "finalized" for m in inside), Code.WRONG_STATUS)
        self.check_sum(event, values)
        changed = {number for number in values if values[number] != was[number]}
        need(not changed & self.in_combos, Code.WRONG_STATUS)
        assert {(n, *h) for n in values for h in self.paid[n].items()} == set(w.holders)
        twin.hear(w)
        gains = Counter[int]()
        for number in changed:
            assert known[number].value == values[number]
            for account, count in self.paid[number].items():
                added = count * (values[number] - was[number])
                gains[account] += added
                twin.subs.spend(account, -added)
        for account, gain in gains.items():
            owed = self.owed[account] if gain > 0 else 0
            cash = (
                twin.cash[account] + max(gain - owed, 0) if gain > 0 else twin.cash[account] + gain
            )
            twin.cash[account] = max(cash, 0)
            change = min(gain, owed) if gain > 0 else min(cash, 0)
            self.owed[account] -= change
            twin.ledger[f"house:cover:{account}"] += change
