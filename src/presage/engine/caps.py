"""What a subtrader may still spend today: the daily premium cap that its FCM sets.

Counted are the net premium of today's fills (what was paid, fees included, less what closing and
settlements brought), the reserves of resting orders, and the worst case of confirmed quotes on
their way to the book. A new order needs room for its own worst case on top. Orders that rest are
never cancelled for a cap's sake. Whoever is no subtrader has no cap; a subtrader without one places
nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from presage.domain.accounts import NO_CAP
from presage.domain.ids import MemberId
from presage.domain.member_commands import SetDailyCap
from presage.domain.member_facts import DailyCapSet
from presage.domain.quotes import CONFIRMED
from presage.domain.rejects import Code, Refused
from presage.domain.trading_days import trading_day
from presage.engine.collateral import fee_terms, newest_reserve
from presage.engine.decision import Decision
from presage.engine.desk import Quote
from presage.engine.state import Account, Market, Member, State
from presage.units import MAX_MONEY, Count, Micros, Money, Price


class CapUse(NamedTuple):
    """A subtrader's cap and what is used of it on the trading day `day`."""

    limit: Money
    executed: Money
    resting: Money
    pending: Money
    day: int


def set_daily_cap(d: Decision, c: SetDailyCap) -> None:
    """Binds the next order; what rests already is left alone."""
    member = d.state.members.get(c.subtrader)
    if member is None or member.subtrader is None or member.subtrader.fcm.id != c.fcm:
        raise Refused(Code.MEMBER_NOT_FOUND)
    if not NO_CAP <= c.limit <= MAX_MONEY:
        raise Refused(Code.INVALID_AMOUNT)
    if c.limit == NO_CAP == member.subtrader.limit:
        raise Refused(Code.NO_DAILY_CAP)
    d.emit(DailyCapSet(member.id, c.limit))


def cap_use(state: State, member_id: MemberId, at: Micros) -> CapUse | None:
    """Of a subtrader with a cap, for whoever asks."""
    member = state.members.get(member_id)
    if member is None or member.subtrader is None or member.subtrader.limit == NO_CAP:
        return None
    day = trading_day(at)
    resting = sum(account.reserved for account in member.accounts)
    pending = _pending(state, member, at)
    return CapUse(member.subtrader.limit, member.subtrader.on(day), resting, pending, day)


def over_cap(
    d: Decision, account: Account, need: Money, reserved: Money, but: Quote | None = None
) -> bool:
    """Whether a new order that needs so much, beside resting ones that reserve so much, goes beyond
    its subtrader's cap; `but` is the quote that becomes the order."""
    subtrader = account.member.subtrader
    if subtrader is None:
        return False
    if subtrader.limit == NO_CAP:
        return True
    if not need:
        return False
    member = account.member
    elsewhere = sum(other.reserved for other in member.accounts if other is not account)
    used = subtrader.on(trading_day(d.at)) + reserved + elsewhere
    used += _pending(d.state, member, d.at, but)
    return used + need > subtrader.limit


def _pending(state: State, member: Member, at: Micros, but: Quote | None = None) -> Money:
    """The worst case of the member's orders that confirmed quotes will become."""
    total = 0
    for quote in state.desk.making.get(member.id, {}).values():
        if quote.status == CONFIRMED and quote is not but:
            total += _worst(quote.account, quote.rfq.market, quote.order(quote.side), at)
    for rfq in state.desk.asking.get(member.id, {}).values():
        taken = rfq.taken
        if taken is not None and taken.status == CONFIRMED and taken is not but:
            side, price, count = taken.order(taken.side)
            total += _worst(rfq.account, rfq.market, (1 - side, price, count), at)
    return total


def _worst(account: Account, market: Market, order: tuple[int, Price, Count], at: Micros) -> Money:
    side, price, count = order
    return newest_reserve(side, price, count, fee_terms(market, account, at), True, 0)
