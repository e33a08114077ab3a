"""Outcomes of an event's markets together: resolved, disputed, paid, all of them or none.

What happens to one market is `settlement.py`'s; here everything that could refuse is looked at for
all of them before anything happens to the first.
"""

from __future__ import annotations

from typing import Final

from presage.domain.markets import DECIDED, UNDECIDED, result_word
from presage.domain.rejects import Code, Refused
from presage.domain.resolution_commands import (
    OWN_TIMER,
    VOID,
    DisputeMarkets,
    ResolveMarkets,
    SettleMarkets,
)
from presage.engine import transfers
from presage.engine.decision import Decision
from presage.engine.lookup import find_market
from presage.engine.markets import MAX_TIMER, close
from presage.engine.settlement import announce, check_own, check_value, hold, start
from presage.engine.state import Event, Market
from presage.units import DOLLAR_PRICE, Price

MAX_MARKETS: Final = 200
"""That one command may be about."""
_BOND: Final = "dispute_bond"


def resolve(d: Decision, c: ResolveMarkets) -> None:
    """The outcomes are known, amended or voided; disputed ones may also be let stand."""
    outcomes = [(find_market(d, number), value) for number, value in c.outcomes]
    released = [find_market(d, number) for number in c.released]
    event = one_event([*(market for market, _ in outcomes), *released])
    _check_windows(c)
    for market, value in outcomes:
        if value != VOID:
            check_value(value)
        _check_decidable(market, trading=c.close)
    for market in released:
        check_own_status(market, market.status == "disputed")
    check_sum(event, outcomes)
    postings = transfers.prepare(d, c.lines)
    for market, value in outcomes:
        _decide(d, market, value, c)
    for market in released:
        left = max(market.left, c.least)
        announce(d, market, market.before, market.result, market.value, left)
    transfers.post(d, postings, c.cause, _BOND)


def dispute(d: Decision, c: DisputeMarkets) -> None:
    """Hold the payouts, and put the bond aside."""
    markets = [find_market(d, number) for number in c.markets]
    one_event(markets)
    for market in markets:
        check_own_status(market, market.status in DECIDED and not market.settling)
    postings = transfers.prepare(d, c.lines)
    for market in markets:
        if market.status != "disputed":
            hold(d, market)
    transfers.post(d, postings, c.cause, _BOND)


def settle(d: Decision, c: SettleMarkets) -> None:
    """Pay now; never while a dispute is open."""
    markets = [find_market(d, number) for number in c.markets]
    one_event(markets)
    for market in markets:
        check_own_status(market, market.status in ("determined", "amended") and not market.settling)
    for market in markets:
        start(d, market)


def one_event(markets: list[Market]) -> Event:
    """The event that they are all markets of. Raises: Refused."""
    if not 1 <= len(markets) <= MAX_MARKETS or len(set(markets)) != len(markets):
        raise Refused(Code.INVALID_VALUE, f"name 1 to {MAX_MARKETS} different markets")
    event = markets[0].event
    if any(market.event is not event for market in markets):
        raise Refused(Code.INVALID_VALUE, "the markets are not of one event")
    return event


def _check_windows(c: ResolveMarkets) -> None:
    if not OWN_TIMER <= c.window <= MAX_TIMER or not 0 <= c.least <= MAX_TIMER:
        raise Refused(Code.INVALID_TIMES, "dispute window out of range")


def _check_decidable(market: Market, *, trading: bool) -> None:
    undecided = UNDECIDED if trading else {"closed"}
    check_own_status(market, market.status in undecided | DECIDED and not market.settling)


def check_own_status(market: Market, fits: bool) -> None:
    """It is no combo, and its status fits. Raises: Refused."""
    check_own(market)
    if not fits:
        raise Refused(Code.WRONG_STATUS, f"{market.ticker} is {market.status}")


def check_sum(event: Event, outcomes: list[tuple[Market, Price]]) -> None:
    """What the event's markets are worth when these come out so. Raises: Refused."""
    if not event.exclusive or not outcomes:
        return
    values = {market: max(value, 0) for market, value in outcomes}
    known = (one for one in event.markets if one.status in DECIDED or one.status == "finalized")
    worth = {one: one.value for one in known} | values
    if any(values.values()) and sum(worth.values()) > DOLLAR_PRICE:
        raise Refused(
            Code.VALUES_EXCEED_ONE, "the values of an exclusive event sum to at most one dollar"
        )


def _decide(d: Decision, market: Market, value: Price, c: ResolveMarkets) -> None:
    status = "amended" if market.status in DECIDED else "determined"
    if market.status in ("initialized", "active", "inactive"):
        close(d, market, min(d.at, market.close_at))
    result = "void" if value == VOID else result_word(value)
    left = market.timer if c.window == OWN_TIMER else c.window
    announce(d, market, status, result, max(value, 0), left)
    if not left:
        start(d, market)
