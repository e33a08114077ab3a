"""What an FCM does for its subtraders: making them, reading what they have, capping their days.

Only members of the role `fcm` get here, and only to subtraders of their own; a key that is bound to
a subtrader may read its own cap.
"""

from __future__ import annotations

from typing import Any

from presage.api.kalshi import portfolio, replies, translate
from presage.api.kalshi.orders import markets_named
from presage.api.kalshi.owned import AnyCall, missing, services_of, submit
from presage.api.kalshi.rejects import invalid_parameters, refusal, reject_error
from presage.api.registry import Call
from presage.domain.accounts import NO_CAP
from presage.domain.commands import OpenMember
from presage.domain.ids import AccountId, shard_of
from presage.domain.member_commands import SetDailyCap
from presage.domain.rejects import Code, Reject
from presage.domain.trading_days import date_text
from presage.identity import members, subtraders
from presage.identity.members import Member
from presage.projections import orders
from presage.units import CENT, Money, NotANumber, TooPrecise, format_balance, parse_money
from presage.wire.kalshi.fcm import (
    CreateFCMSubtraderRequest,
    CreateFCMSubtraderResponse,
    DailyCapQuery,
    FCMSubtrader,
    GetDailyCapQuery,
    GetFCMEventContractDailyCapResponse,
    GetFCMOrdersQuery,
    GetFCMPositionsQuery,
    ListFCMSubtradersResponse,
    UpdateFCMEventContractDailyCapRequest,
)
from presage.wire.kalshi.order_groups import EmptyResponse
from presage.wire.kalshi.orders import GetOrdersResponse
from presage.wire.kalshi.portfolio import GetPositionsResponse


def require_fcm(call: AnyCall) -> None:
    """Raises: a 403 for members of any other role."""
    if call.caller.role != subtraders.FCM:
        raise refusal(403, "permission_denied", "this is for FCM members only")


async def subtrader_for(call: AnyCall, id: str) -> Member:
    """The caller's subtrader with that id. Raises: a 403 if the caller is no FCM, a 404."""
    require_fcm(call)
    found = await services_of(call).reader.run(
        lambda connection: subtraders.find(connection, call.caller.user_id, id)
    )
    if found is None:
        raise missing()
    return found


def _accounts(call: AnyCall, subtrader: Member) -> list[AccountId]:
    """The subtrader's accounts, one a shard."""
    return [account.id for account in services_of(call).accounts.of(subtrader.number)]


async def acting_for(
    call: AnyCall, id: str | None, field: str, subaccount: int | None
) -> Member | None:
    """The subtrader that an FCM names to act for, or None. Raises: ApiError."""
    if not id:
        return None
    if call.caller.role != subtraders.FCM:
        raise invalid_parameters(f"{field}: only FCM members have subtraders")
    if subaccount is not None:
        raise invalid_parameters(f"{field}: a subtrader has no subaccounts")
    return await subtrader_for(call, id)


# Subtraders


async def create_fcm_subtrader(
    call: Call[None, CreateFCMSubtraderRequest],
) -> CreateFCMSubtraderResponse:
    """Open a subtrader: an account of its own, on the cent grid, that trades once it has a cap."""
    require_fcm(call)
    services, caller = services_of(call), call.caller
    id = subtraders.subtrader_id(caller.user_id, call.body.subtrader_suffix)
    tier = services.tiers.of(caller.member)
    made: list[int] = []

    def write(connection: Any) -> OpenMember | Reject:
        if members.find_by_id(connection, id) is not None:
            return Reject(Code.MEMBER_EXISTS)
        number = members.next_number(connection)
        name = call.body.subtrader_suffix
        row = Member(id, number, subtraders.SUBTRADER, name, "active", tier, call.at)
        members.add(connection, row)
        made.append(number)
        return OpenMember(number, "subtrader", CENT, fcm=caller.member)

    result = await services.gateway.submit(None, write)
    if isinstance(result, Reject):
        if result.code is Code.MEMBER_EXISTS:
            raise refusal(409, "subtrader_already_exists")
        raise reject_error(result)
    services.tiers.put(made[-1], tier)
    return CreateFCMSubtraderResponse(id)


async def list_fcm_subtraders(call: Call[None, None]) -> ListFCMSubtradersResponse:
    """List the caller's subtraders, oldest first."""
    require_fcm(call)
    caller = call.caller
    firm, every = await services_of(call).reader.run(
        lambda connection: (
            members.find(connection, caller.member),
            subtraders.of(connection, caller.user_id),
        )
    )
    blocked = firm is None or firm.status != "active"
    return ListFCMSubtradersResponse(
        [
            FCMSubtrader(
                subtrader_id=one.id,
                exchange_indices=[shard_of(account) for account in _accounts(call, one)],
                trading_blocked=blocked or one.status != "active",
            )
            for one in every
        ]
    )


# What they have


async def get_fcm_orders(call: Call[GetFCMOrdersQuery, None]) -> GetOrdersResponse:
    """List a subtrader's orders, or orders of all subtraders by client order id, newest first."""
    query = call.query
    require_fcm(call)
    names = [name for name in query.client_order_ids if name]
    if query.subtrader_id is not None:
        whose = [await subtrader_for(call, query.subtrader_id)]
    elif names:
        whose = await services_of(call).reader.run(
            lambda connection: subtraders.of(connection, call.caller.user_id)
        )
    else:
        raise invalid_parameters("subtrader_id or client_order_ids is required")
    after = replies.place(call, query.cursor)
    markets = markets_named(call, query.ticker, [query.event_ticker] if query.event_ticker else [])
    rows = await services_of(call).reader.run(
        lambda connection: orders.page(
            connection,
            [account for one in whose for account in _accounts(call, one)],
            query.limit + 1,
            after,
            markets=markets,
            status=query.status or "",
            since=translate.micros(query.min_ts),
            until=translate.micros(query.max_ts),
            client_order_ids=names,
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (row.created_at, row.id))
    return GetOrdersResponse(replies.orders(call, page), cursor)


async def get_fcm_positions(call: Call[GetFCMPositionsQuery, None]) -> GetPositionsResponse:
    """List a subtrader's positions; historical ones too, since nothing else lists them."""
    query = call.query
    subtrader = await subtrader_for(call, query.subtrader_id)
    events = [query.event_ticker] if query.event_ticker else []
    return await portfolio.positions_page(
        call,
        _accounts(call, subtrader),
        markets_named(call, query.ticker, events),
        query.count_filter,
        query.limit,
        query.cursor,
        portfolio.SETTLED[query.settlement_status],
    )


# Daily caps


async def get_fcm_event_contract_daily_cap(
    call: Call[GetDailyCapQuery, None],
) -> GetFCMEventContractDailyCapResponse:
    """A subtrader's daily cap and what is used of it."""
    subtrader_id, number = await _capped(call)
    at = call.at
    use = await services_of(call).gateway.inspect(lambda engine: engine.cap_use(number, at))
    if use is None:
        raise reject_error(Reject(Code.NO_DAILY_CAP))
    return GetFCMEventContractDailyCapResponse(
        subtrader_id=subtrader_id,
        limit=format_balance(use.limit),
        executed_utilization=format_balance(use.executed),
        resting_order_utilization=format_balance(use.resting),
        pending_order_utilization=format_balance(use.pending),
        cap_date=date_text(use.day),
    )


async def _capped(call: Call[GetDailyCapQuery, None]) -> tuple[str, int]:
    """Whose cap is asked for: id and number. Raises: ApiError."""
    caller, id = call.caller, call.query.subtrader_id
    if caller.role == subtraders.SUBTRADER:
        if id not in (None, caller.user_id):
            raise refusal(403, "permission_denied", "the key is bound to another subtrader")
        return caller.user_id, caller.member
    require_fcm(call)
    if id is None:
        raise invalid_parameters("subtrader_id is required")
    found = await subtrader_for(call, id)
    return found.id, found.number


async def update_fcm_event_contract_daily_cap(
    call: Call[None, UpdateFCMEventContractDailyCapRequest],
) -> EmptyResponse:
    """Set a subtrader's daily cap; it binds the next order, and cancels none."""
    subtrader = await subtrader_for(call, call.body.subtrader_id)
    limit = _dollars(call.body.limit)
    await submit(call, SetDailyCap(call.caller.member, subtrader.number, limit))
    return EmptyResponse()


async def delete_fcm_event_contract_daily_cap(call: Call[DailyCapQuery, None]) -> EmptyResponse:
    """Take a subtrader's daily cap away: it places nothing until it has one again."""
    subtrader = await subtrader_for(call, call.query.subtrader_id)
    await submit(call, SetDailyCap(call.caller.member, subtrader.number, NO_CAP))
    return EmptyResponse()


def _dollars(text: str) -> Money:
    try:
        amount = parse_money(text)
    except (NotANumber, TooPrecise):
        raise invalid_parameters("limit is not an amount in dollars") from None
    if amount < 0:
        raise invalid_parameters("limit is negative")
    return amount
