"""Finding what a command is about, and the refusals when it is not there or may not act."""

from __future__ import annotations

from presage.domain.ids import AccountId, EventId, MarketId, MemberId, SeriesId
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.engine.state import Account, Event, Market, Member, Series


def find_member(d: Decision, member_id: MemberId, may_trade: bool = True) -> Member:
    """Raises: Refused if there is no such member, or it may not trade although it must."""
    member = d.state.members.get(member_id)
    if member is None:
        raise Refused(Code.MEMBER_NOT_FOUND)
    if may_trade and not member.may_trade:
        raise Refused(Code.MEMBER_SUSPENDED)
    return member


def find_account(d: Decision, account_id: AccountId) -> Account:
    """An account that may trade. Raises: Refused."""
    account = d.state.accounts.get(account_id)
    if account is None:
        raise Refused(Code.ACCOUNT_NOT_FOUND)
    if not account.member.may_trade:
        raise Refused(Code.MEMBER_SUSPENDED)
    if account.lock:
        raise Refused(Code.ACCOUNT_LOCKED)
    return account


def find_series(d: Decision, series_id: SeriesId) -> Series:
    series = d.state.series.get(series_id)
    if series is None:
        raise Refused(Code.SERIES_NOT_FOUND)
    return series


def find_event(d: Decision, event_id: EventId) -> Event:
    event = d.state.events.get(event_id)
    if event is None:
        raise Refused(Code.EVENT_NOT_FOUND)
    return event


def find_market(d: Decision, market_id: MarketId) -> Market:
    market = d.state.markets.get(market_id)
    if market is None:
        raise Refused(Code.MARKET_NOT_FOUND)
    return market


def find_market_of(d: Decision, account: Account, market_id: MarketId) -> Market:
    """A market that the account can trade in: there is none on another shard. Raises: Refused."""
    market = d.state.markets.get(market_id)
    if market is None or market.shard != account.shard:
        raise Refused(Code.MARKET_NOT_FOUND)
    return market


def require_open(d: Decision, market: Market, for_cancel: bool = False) -> None:
    """Whether orders of the market may be placed or changed now, or only cancelled.

    Binds at once: a market past its closing time is closed although no Tick has said so yet.
    Cancelling is allowed while trading or the market is paused. Raises: Refused.
    """
    state = d.state
    if (
        market.status == "active"
        and d.at < market.close_at
        and state.trading_active
        and state.exchange_active
    ):
        return
    if not state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    if not state.trading_active and not for_cancel:
        raise Refused(Code.TRADING_PAUSED)
    status = market.status
    if status in ("active", "inactive") and d.at >= market.close_at:
        raise Refused(Code.MARKET_CLOSED)
    if status in ("active", "inactive") and for_cancel:
        return
    if status == "inactive":
        raise Refused(Code.MARKET_PAUSED)
    if status == "initialized":
        raise Refused(Code.MARKET_NOT_OPEN)
    raise Refused(Code.MARKET_CLOSED)
