"""How facts about subtraders, locks and transferred positions change the state; and what all facts
that change a position or spend premium have in common."""

from __future__ import annotations

from collections import deque

from presage.domain import member_facts as f
from presage.domain.ids import MemberId
from presage.domain.orders import BID, Side
from presage.domain.trading_days import trading_day
from presage.engine.state import NO_LOTS, Account, Holding, Market, Member, State, Subtrader
from presage.units import DOLLAR_PRICE, Count, Money, Price


def become_subtrader(state: State, member: Member, fcm: MemberId) -> Subtrader:
    """The member is one of the FCM's from its first moment on."""
    subtrader = member.subtrader = Subtrader(state.members[fcm])
    state.subtraders.setdefault(fcm, []).append(member)
    return subtrader


def spend_premium(state: State, member: Member, amount: Money) -> None:
    """A subtrader has spent so much on a fill, or got it back (negative). A new day counts anew."""
    subtrader = member.subtrader
    assert subtrader is not None
    day = trading_day(state.at)
    subtrader.executed = subtrader.on(day) + amount
    subtrader.day = day


def daily_cap_set(state: State, fact: f.DailyCapSet) -> None:
    subtrader = state.members[fact.member].subtrader
    assert subtrader is not None
    subtrader.limit = fact.limit


def account_locked(state: State, fact: f.AccountLocked) -> None:
    state.accounts[fact.account].lock = fact.lock


def account_unlocked(state: State, fact: f.AccountUnlocked) -> None:
    state.accounts[fact.account].lock = 0


def position_transferred(state: State, fact: f.PositionTransferred) -> None:
    market = state.markets[fact.market]
    _take_share(state, fact, fact.source, 1 - fact.side)
    _take_share(state, fact, fact.target, fact.side)
    market.escrow += (fact.open_interest - market.open_interest) * DOLLAR_PRICE
    market.open_interest = fact.open_interest


def _take_share(state: State, fact: f.PositionTransferred, share: f.Share, side: Side) -> None:
    account = state.accounts[share.account]
    holding = open_holding(account, state.markets[fact.market])
    change_lots(holding, side, fact.price, share.closed, fact.count - share.closed)
    holding.count = share.position
    holding.cost = share.cost
    holding.realized += share.realized
    holding.spent += share.paid - share.received
    account.cash = share.cash
    announce_reserve(holding, share.reserved)


def open_holding(account: Account, market: Market) -> Holding:
    """The account's stake in the market; from now on it has one."""
    holding = account.holdings.get(market.id)
    if holding is None:
        holding = account.holdings[market.id] = Holding(account, market)
        market.holdings[account.id] = holding
    return holding


def announce_reserve(holding: Holding, reserved: Money, grown: Money = 0) -> None:
    """Take over what the account has reserved now. If no position covered anything, it would have
    changed by what the full reserves of the holding's orders have `grown` by."""
    account = holding.account
    if relieved := account.reserved + grown - reserved:
        holding.relieved += relieved
    account.reserved = reserved


def change_lots(holding: Holding, side: Side, price: Price, closed: Count, opened: Count) -> None:
    """The oldest `closed` contracts leave, `opened` new ones come at `price` (of YES)."""
    lots, left = holding.lots, closed
    if lots is NO_LOTS:
        lots = holding.lots = deque()
    while left:
        count, paid = lots.popleft()
        if count > left:
            lots.appendleft((count - left, paid))
            break
        left -= count
    if opened:
        own = price if side == BID else DOLLAR_PRICE - price
        if lots and lots[-1][1] == own:
            opened += lots.pop()[0]
        lots.append((opened, own))
