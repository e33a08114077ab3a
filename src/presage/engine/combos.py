"""Combos: made of legs, and decided by them alone.

A combo is an ordinary market in an event of its own. Nobody determines it: whenever something
becomes known of a leg, a job tells the combos that hang on it, and each follows. It pays no sooner
than the legs that decide it, so that it never pays what a redetermination takes back.
"""

from __future__ import annotations

from bisect import bisect_right

from presage.domain.combo_commands import CreateCombo
from presage.domain.combo_facts import ComboCreated, CombosTold
from presage.domain.combos import (
    MAX_LEGS,
    MAX_WEEKLY,
    PREFIX,
    SIDES,
    STRUCTURE,
    Legs,
    tickers,
    week_of,
)
from presage.domain.facts import EventCreated, MarketCreated
from presage.domain.markets import UNDECIDED
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.engine.legs import worth
from presage.engine.lookup import find_market, find_member, find_series
from presage.engine.markets import by_clock, close, new_ticker
from presage.engine.settlement import by_timer, decide, hold
from presage.engine.state import Market, Work


def create_combo(d: Decision, c: CreateCombo) -> None:
    """A market for a combination that has none; it is open at once, and until its last leg
    closes."""
    member = find_member(d, c.member)
    series = find_series(d, c.series)
    legs = [find_market(d, leg.market) for leg in c.legs]
    event_ticker, ticker = tickers(series.ticker, c.collection, c.legs)
    new_ticker(d, "event", event_ticker)
    new_ticker(d, "market", ticker)
    _check_legs(d, c.legs, legs)
    if not series.ticker.startswith(PREFIX):
        raise Refused(Code.INVALID_COMBINATION, f"the series of combos begin with {PREFIX}")
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    week = week_of(d.at)
    made = member.combos + 1 if member.combo_week == week else 1
    if made > MAX_WEEKLY:
        raise Refused(Code.TOO_MANY_COMBOS, f"{MAX_WEEKLY} combos a week")
    event, number = len(d.state.events) + 1, len(d.state.markets) + 1
    d.emit(EventCreated(event, series.id, event_ticker, False, "", series.shard, c.collection))
    d.emit(
        MarketCreated(
            number,
            event,
            ticker,
            d.at,
            max(leg.close_at for leg in legs),
            STRUCTURE,
            c.timer,
            True,
            0,
            True,
            True,
            c.legs,
        )
    )
    d.emit(ComboCreated(number, member.id, week, made))
    by_clock(d, d.state.markets[number])


def _check_legs(d: Decision, legs: Legs, markets: list[Market]) -> None:
    """What cannot be combined, whatever a collection allows. Raises: Refused naming tickers."""
    sides: dict[int, list[str]] = {}
    hoped: dict[int, list[str]] = {}
    twice: list[str] = []
    against: list[str] = []
    wrong: list[str] = []
    for leg, market in zip(legs, markets, strict=True):
        before = sides.setdefault(market.id, [])
        if leg.side in before:
            twice.append(market.ticker)
        elif before:
            against.append(market.ticker)
        elif leg.side == "yes" and market.event.exclusive:
            hoped.setdefault(market.event.id, []).append(market.ticker)
        before.append(leg.side)
        if leg.side not in SIDES or market.legs or not _is_open(d, market):
            wrong.append(market.ticker)
    # At most one market of an exclusive event comes true.
    against += [ticker for tickers in hoped.values() if len(tickers) > 1 for ticker in tickers]
    _refuse(Code.DUPLICATED_LEGS, twice)
    _refuse(Code.CONFLICTING_LEGS, against)
    _refuse(Code.INVALID_COMBINATION, wrong)
    if not 1 <= len(legs) <= MAX_LEGS:
        raise Refused(Code.INVALID_COMBINATION, f"a combo has 1 to {MAX_LEGS} legs")


def _refuse(code: Code, offending: list[str]) -> None:
    if offending:
        raise Refused(code, ",".join(dict.fromkeys(offending)))


def _is_open(d: Decision, market: Market) -> bool:
    """Once a leg has closed somebody may know how it comes out."""
    return market.status in ("initialized", "active", "inactive") and d.at < market.close_at


# Following the legs


def tell(d: Decision, job: Work, units: int) -> tuple[int, bool]:
    """Let up to `units` combos of a leg follow. Returns what is left and whether it is done."""
    combos = d.state.markets[job.subject].combos
    first = bisect_right(combos, job.place)
    batch = combos[first : first + units]
    finished = first + len(batch) == len(combos)
    for combo in batch:
        _follow(d, d.state.markets[combo])
    if not finished:
        d.emit(CombosTold(job.id, batch[-1]))
    return units - len(batch), finished


def _follow(d: Decision, combo: Market) -> None:
    """Bring a combo to what its legs say now."""
    if combo.settling:
        return
    value = worth(d.state, combo)
    if value is None:
        # Trading does not begin again: who traded on an outcome would be traded against.
        if combo.status in ("determined", "amended"):
            hold(d, combo)
        return
    if combo.status in UNDECIDED:
        if combo.status != "closed":
            close(d, combo, min(d.at, combo.close_at))
        decide(d, combo, "determined", value)
    elif combo.status == "disputed" or combo.value != value:
        decide(d, combo, "amended", value)
    by_timer(d, combo)
