"""What a call may name: the caller's own accounts, orders and groups, and any market.

Whatever belongs to somebody else does not exist. A key that is locked to one subaccount means that
one when it names none, and is refused when it names another.
"""

from __future__ import annotations

from typing import Any

from presage.api import faults
from presage.api.faults import ApiError
from presage.api.ids import Kind
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.rejects import EXCHANGE, refusal, reject_error
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.domain.commands import Command
from presage.domain.ids import AccountId, Id, account_id, member_of, subaccount_of
from presage.domain.rejects import Code, Reject
from presage.feeds.accounts import Account
from presage.feeds.cards import MarketCard
from presage.gateway import Receipt

AnyCall = Call[Any, Any]

QUERY: str = "query-exchange"
"""The service that recorded bodies name when something read is not found."""


def services_of(call: AnyCall) -> Services:
    """The call's services, typed."""
    services: Services = call.services
    return services


async def submit(call: AnyCall, command: Command, *, wait_for_work: bool = False) -> Receipt:
    """The receipt of a command. Raises: ApiError for a refusal by a rule."""
    result = await services_of(call).gateway.submit(command, wait_for_work=wait_for_work)
    if isinstance(result, Reject):
        raise reject_error(result)
    return result


def _named(call: AnyCall, subaccount: int | None) -> int | None:
    """The subaccount a call means; None: it names none and need not."""
    lock = call.caller.subaccount_lock
    if lock is None:
        return subaccount
    if subaccount is not None and subaccount != lock:
        raise faults.locked_key()
    return lock


def account_for(call: AnyCall, subaccount: int | None, shard: int | None = None) -> AccountId:
    """The account to act on, the primary one unless another is named.

    Raises: a 404 if it was never opened, a 403 if the key is locked to another.
    """
    number = _named(call, subaccount) or 0
    account = account_id(call.caller.member, number, max(shard or 0, 0))
    if services_of(call).accounts.find(account) is None:
        raise refusal(404, "not_found", f"subaccount {number} does not exist", EXCHANGE)
    return account


def account_or_any(call: AnyCall, subaccount: int | None, shard: int | None = None) -> AccountId:
    """As `account_for`, but 0 (any of the member's) when none is named."""
    if _named(call, subaccount) is None:
        return 0
    return account_for(call, subaccount, shard)


def accounts_for(call: AnyCall, subaccount: int | None, shard: int | None = None) -> list[Account]:
    """The member's accounts that a filter keeps: all unless one is named."""
    number = _named(call, subaccount)
    return [
        account
        for account in services_of(call).accounts.of(call.caller.member)
        if (number is None or account.subaccount == number)
        and (shard is None or account.shard == shard)
    ]


def ids_of(accounts: list[Account]) -> list[AccountId]:
    return [account.id for account in accounts]


def is_own(call: AnyCall, account: AccountId) -> bool:
    """Whether the caller's key reaches this account."""
    lock = call.caller.subaccount_lock
    return member_of(account) == call.caller.member and lock in (None, subaccount_of(account))


def market_for(call: AnyCall, ticker: str, shard: int | None = None) -> MarketCard:
    """The market with a ticker. Raises: a 404 if there is none (on that shard)."""
    card = services_of(call).markets.by_ticker(ticker)
    if card is None or (shard is not None and shard >= 0 and shard != card.shard):
        raise reject_error(Reject(Code.MARKET_NOT_FOUND))
    return card


def order_for(call: AnyCall, text: str, service: str = EXCHANGE) -> Id:
    """The order behind an id's text. Raises: a 404 if it is no id of an order."""
    return _number(call, text, Kind.ORDER, service)


def group_for(call: AnyCall, text: str, service: str = EXCHANGE) -> Id:
    """The order group behind an id's text. Raises: a 404 if it is no id of a group."""
    return _number(call, text, Kind.GROUP, service)


def rfq_for(call: AnyCall, text: str, service: str = EXCHANGE) -> Id:
    """The RFQ behind an id's text. Raises: a 404 if it is no id of an RFQ."""
    return _number(call, text, Kind.RFQ, service)


def quote_for(call: AnyCall, text: str, service: str = EXCHANGE) -> Id:
    """The quote behind an id's text. Raises: a 404 if it is no id of a quote."""
    return _number(call, text, Kind.QUOTE, service)


def block_trade_for(call: AnyCall, text: str, service: str = EXCHANGE) -> Id:
    """The block trade behind an id's text. Raises: a 404 if it is no id of one."""
    return _number(call, text, Kind.BLOCK_TRADE, service)


def _number(call: AnyCall, text: str, kind: Kind, service: str) -> Id:
    number = services_of(call).ids.number(text, kind)
    if number is None:
        raise not_found(service)
    return number


def missing(service: str = QUERY) -> ApiError:
    """Something that was to be read does not exist, or is somebody else's."""
    return not_found(service)
