"""What a call may name: the caller's own accounts, orders and groups, and any market.

Whatever belongs to somebody else does not exist. A key that is locked to one subaccount means that
one when it names none, and is refused when it names another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from presage.api import faults
from presage.api.faults import ApiError
from presage.api.ids import Kind
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.rejects import EXCHANGE, invalid_parameters, refusal, reject_error
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.domain.commands import Command
from presage.domain.ids import AccountId, Id, MarketId, account_id, member_of, subaccount_of
from presage.domain.rejects import Code, Reject
from presage.feeds.accounts import Account
from presage.feeds.cards import MarketCard
from presage.gateway import Receipt

AnyCall = Call[Any, Any]

QUERY: str = "query-exchange"
"""The service that recorded bodies name when something read is not found."""
AUTO: Final = -1
"""The `exchange_index` that says: wherever the market is."""


class About(Protocol):
    """A row about a market."""

    @property
    def market(self) -> MarketId: ...


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


def account_for(call: AnyCall, subaccount: int | None, shard: int = 0) -> AccountId:
    """The account to act on, the primary one unless another is named.

    Raises: a 404 if it was never opened, a 403 if the key is locked to another.
    """
    number = _named(call, subaccount) or 0
    account = account_id(call.caller.member, number, shard)
    if services_of(call).accounts.find(account) is None:
        raise _unopened(call, number, shard)
    return account


def _unopened(call: AnyCall, number: int, shard: int) -> ApiError:
    require_shard(call, shard)
    if not number:
        sentence = f"you have no account on exchange_index {shard}: transfer money to it first"
        return refusal(404, "user_not_found", sentence, EXCHANGE)
    where = f" on exchange_index {shard}" if shard else ""
    return refusal(404, "not_found", f"subaccount {number} does not exist{where}", EXCHANGE)


def require_shard(call: AnyCall, shard: int, field: str = "exchange_index") -> None:
    """Raises: a 400 if nobody has declared the shard."""
    if shard not in services_of(call).markets.shards:
        raise invalid_parameters(f"{field}: there is no exchange shard {shard}")


def shard_meant(call: AnyCall, shard: int | None, ticker: str | None = None) -> int:
    """The shard that a request goes to: the one it names, else that of its market, else the first.

    Raises: a 404 for a market that is not on the shard named, a 400 for -1 without a market.
    """
    if ticker:
        return market_for(call, ticker, shard).shard
    if shard == AUTO:
        raise invalid_parameters("exchange_index -1 needs a market_ticker")
    return shard or 0


async def shard_about(call: AnyCall, find: Callable[[Any], About | None]) -> int:
    """The shard of the market that a row is about; the first for a row that is not there."""
    services = services_of(call)
    if len(services.markets.shards) == 1:
        return 0
    row = await services.reader.run(find)
    return 0 if row is None else services.markets.by_id(row.market).shard


def account_or_any(call: AnyCall, subaccount: int | None, shard: int = 0) -> AccountId:
    """As `account_for`, but 0 (any of the member's) when none is named."""
    if _named(call, subaccount) is None:
        return 0
    return account_for(call, subaccount, shard)


def accounts_for(call: AnyCall, subaccount: int | None, shard: int | None = None) -> list[Account]:
    """The member's accounts that a filter keeps, of all shards unless one is named, of all
    subaccounts unless one is named."""
    number = _named(call, subaccount)
    return [
        account
        for account in services_of(call).accounts.of(call.caller.member)
        if (number is None or account.subaccount == number)
        and (shard is None or account.shard == shard)
    ]


def primary_or(call: AnyCall, subaccount: int | None, shard: int | None = None) -> list[Account]:
    """The accounts of one subaccount, the primary one unless another is named, on all shards unless
    one is named. Raises: a 404 if there is none, a 400 for a shard that there is not."""
    number = _named(call, subaccount) or 0
    accounts = accounts_for(call, number, shard)
    if not accounts:
        require_shard(call, shard or 0)
        if number:
            raise _unopened(call, number, shard or 0)
    return accounts


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
