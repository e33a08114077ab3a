"""From a known outcome to money paid: determine, dispute, amend, settle, void.

Settling fixes the value; holders are then paid one by one, and the last payout finalizes the
market. All the while the market's escrow is exactly what the holders still unpaid are owed. A void
returns to everybody the net cash and the fees that trading in the market had taken.
"""

from __future__ import annotations

from presage.domain.commands import (
    AmendMarket,
    DetermineMarket,
    DisputeMarket,
    SettleMarket,
    VoidMarket,
)
from presage.domain.facts import (
    MarketDetermined,
    MarketDisputed,
    MarketFinalized,
    PositionPaid,
    SettlementStarted,
)
from presage.domain.ids import AccountId
from presage.domain.markets import DECIDED, result_word
from presage.domain.payouts import payout
from presage.domain.rejects import Code, Refused
from presage.engine.advances import post_advance
from presage.engine.decision import Decision
from presage.engine.legs import is_certain
from presage.engine.lookup import find_market
from presage.engine.markets import close
from presage.engine.state import Event, Market
from presage.units import DOLLAR_PRICE, Micros, Price


def determine(d: Decision, c: DetermineMarket) -> None:
    """The outcome of a closed market is known; the settlement timer starts."""
    market = find_market(d, c.market)
    check_value(c.value)
    check_own(market)
    if market.status != "closed":
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}, not closed")
    _check_sum(market, c.value)
    decide(d, market, "determined", c.value)


def dispute(d: Decision, c: DisputeMarket) -> None:
    """Hold the payout until the outcome is amended."""
    market = find_market(d, c.market)
    if market.status not in ("determined", "amended") or market.settling:
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    check_own(market)
    hold(d, market)


def amend(d: Decision, c: AmendMarket) -> None:
    """Another outcome; the timer starts anew, and an open dispute ends."""
    market = find_market(d, c.market)
    check_value(c.value)
    check_own(market)
    if market.status not in DECIDED or market.settling:
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    _check_sum(market, c.value)
    decide(d, market, "amended", c.value)


def settle(d: Decision, c: SettleMarket) -> None:
    """Pay now; never while a dispute is open."""
    market = find_market(d, c.market)
    if market.status not in ("determined", "amended") or market.settling:
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    if not is_certain(d.state, market):
        raise Refused(Code.WRONG_STATUS, "a leg may still come out otherwise")
    start(d, market)


def void(d: Decision, c: VoidMarket) -> None:
    """Undo all trading in a market that is not finalized."""
    market = find_market(d, c.market)
    if market.settling or market.status == "finalized":
        raise Refused(Code.WRONG_STATUS, "the market is paid")
    if market.status in ("initialized", "active", "inactive"):
        close(d, market, min(d.at, market.close_at))
    d.emit(MarketDetermined(market.id, "determined", "void", 0, d.at))
    start(d, market)


def by_timer(d: Decision, market: Market) -> None:
    """The settlement timer may have run out. A combo also waits until its legs are certain."""
    due = market.settle_at and d.at >= market.settle_at
    waits = market.status in ("determined", "amended") and not market.settling
    if due and waits and is_certain(d.state, market):
        start(d, market)


def check_value(value: Price) -> None:
    if not 0 <= value <= DOLLAR_PRICE:
        raise Refused(Code.INVALID_VALUE, "a settlement value lies between 0 and 1 dollar")


def _check_sum(market: Market, value: Price) -> None:
    if market.event.exclusive and value + _decided_elsewhere(market) > DOLLAR_PRICE:
        raise Refused(
            Code.VALUES_EXCEED_ONE, "the values of an exclusive event sum to at most one dollar"
        )


def _decided_elsewhere(market: Market) -> Price:
    """What the event's other markets are worth by what is known of them."""
    event: Event = market.event
    return sum(
        other.value
        for other in event.markets
        if other is not market and (other.status in DECIDED or other.status == "finalized")
    )


def check_own(market: Market) -> None:
    if market.legs:
        raise Refused(Code.WRONG_STATUS, "the outcome of a combo follows from its legs")


def decide(d: Decision, market: Market, status: str, value: Price) -> None:
    """The outcome is this; the settlement timer starts."""
    announce(d, market, status, result_word(value), value, market.timer)


def announce(
    d: Decision, market: Market, status: str, result: str, value: Price, left: Micros
) -> None:
    """The outcome is this, and is paid when that much time has passed."""
    d.emit(MarketDetermined(market.id, status, result, value, d.at + left))
    tell_combos(d, market)


def hold(d: Decision, market: Market) -> None:
    """The outcome is in doubt; nothing is paid."""
    left = max(market.settle_at - d.at, 0)
    d.emit(MarketDisputed(market.id, left, market.status))
    tell_combos(d, market)


def tell_combos(d: Decision, market: Market) -> None:
    """The combos that hang on it follow what is known of it now."""
    if market.combos:
        d.queue("combos", market.id)


def start(d: Decision, market: Market) -> None:
    """Fix the value and begin to pay."""
    d.emit(SettlementStarted(market.id, market.result, market.value))
    d.queue("payout", market.id)
    tell_combos(d, market)


def pay(d: Decision, market: Market, account_id: AccountId) -> None:
    """Pay one holder, and value its advance in the event anew. One unit of work."""
    account = d.state.accounts[account_id]
    holding = market.holdings.get(account_id)
    revenue = realized = fee_refund = rounding_refund = 0
    count = cost = fees = 0
    if holding is not None:
        count, cost, fees = holding.count, holding.cost, holding.fees
        if market.result == "void":
            revenue, realized = holding.spent, -holding.realized
            fee_refund, rounding_refund = holding.fees, holding.rounding
        else:
            revenue = payout(count, market.value)
            realized = revenue - cost
    cash = account.cash + revenue + fee_refund
    cover = max(-cash, 0)
    d.emit(
        PositionPaid(
            market.id,
            account_id,
            count,
            cost,
            revenue,
            realized,
            fees,
            cash + cover,
            market.open_interest,
            market.result,
            market.value,
            fee_refund,
            rounding_refund,
            cover,
        )
    )
    d.touch(account)
    advance = market.event.advances.get(account_id)
    if advance is not None:
        post_advance(d, account, market.event, advance.room - market.value)


def finalize(d: Decision, market: Market) -> None:
    """Everybody is paid."""
    result = "" if market.result == "void" else market.result
    d.emit(MarketFinalized(market.id, result, market.value))
