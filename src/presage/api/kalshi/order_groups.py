"""Order groups: a limit on what may match within 15 seconds, and a switch to stop many orders."""

from __future__ import annotations

from presage.api.ids import Kind
from presage.api.kalshi import translate
from presage.api.kalshi.owned import (
    QUERY,
    AnyCall,
    account_for,
    account_or_any,
    accounts_for,
    group_for,
    ids_of,
    is_own,
    missing,
    services_of,
    shard_meant,
    submit,
)
from presage.api.kalshi.rejects import invalid_parameters
from presage.api.registry import Call
from presage.domain.commands import (
    CreateGroup,
    DeleteGroup,
    ResetGroup,
    SetGroupLimit,
    TriggerGroup,
)
from presage.domain.group_facts import GroupCreated
from presage.domain.ids import AccountId, Id, shard_of, subaccount_of
from presage.projections import groups, orders
from presage.projections.groups import GroupRow
from presage.units import Count, format_count
from presage.wire.kalshi.order_groups import (
    CreateOrderGroupRequest,
    CreateOrderGroupResponse,
    EmptyResponse,
    GetOrderGroupResponse,
    GetOrderGroupsQuery,
    GetOrderGroupsResponse,
    OrderGroup,
    OrderGroupActionRequest,
    OrderGroupQuery,
    UpdateOrderGroupLimitRequest,
)


async def get_order_groups(call: Call[GetOrderGroupsQuery, None]) -> GetOrderGroupsResponse:
    """List order groups, newest first."""
    accounts = ids_of(accounts_for(call, call.query.subaccount))
    rows = await services_of(call).reader.run(
        lambda connection: groups.of_accounts(connection, accounts)
    )
    # As recorded: without groups there is no key.
    return GetOrderGroupsResponse([_group(call, row) for row in rows]) if rows else _NONE


_NONE = GetOrderGroupsResponse()


def _group(call: AnyCall, row: GroupRow) -> OrderGroup:
    return OrderGroup(
        id=services_of(call).ids.text(row.id, Kind.GROUP),
        contracts_limit_fp=format_count(row.contracts_limit),
        is_auto_cancel_enabled=True,
        exchange_index=shard_of(row.account),
    )


async def get_order_group(call: Call[OrderGroupQuery, None]) -> GetOrderGroupResponse:
    """Get one order group with its resting orders."""
    id_ = group_for(call, call.path["order_group_id"], QUERY)
    services = services_of(call)
    row, members = await services.reader.run(
        lambda connection: (groups.find(connection, id_), orders.group_members(connection, id_))
    )
    if row is None or not is_own(call, row.account):
        raise missing()
    if account_or_any(call, call.query.subaccount, shard_of(row.account)) not in (0, row.account):
        raise missing()
    return GetOrderGroupResponse(
        is_auto_cancel_enabled=True,
        contracts_limit_fp=format_count(row.contracts_limit),
        orders=[services.ids.text(order, Kind.ORDER) for order in members],
        exchange_index=shard_of(row.account),
    )


async def create_order_group(
    call: Call[None, CreateOrderGroupRequest],
) -> CreateOrderGroupResponse:
    """Create an order group."""
    body = call.body
    account = account_for(call, body.subaccount, shard_meant(call, body.exchange_index))
    receipt = await submit(call, CreateGroup(account, _limit(body)))
    group = next(fact.group for fact in receipt.facts if isinstance(fact, GroupCreated))
    return CreateOrderGroupResponse(
        order_group_id=services_of(call).ids.text(group, Kind.GROUP),
        subaccount=subaccount_of(account),
        exchange_index=shard_of(account),
    )


async def update_order_group_limit(
    call: Call[OrderGroupQuery, UpdateOrderGroupLimitRequest],
) -> EmptyResponse:
    """Set a group's limit; one that is reached already triggers it."""
    group, account, shard = _meant(call)
    command = SetGroupLimit(call.caller.member, group, _limit(call.body), account, shard)
    await submit(call, command, wait_for_work=True)
    return EmptyResponse()


async def trigger_order_group(
    call: Call[OrderGroupQuery, OrderGroupActionRequest],
) -> EmptyResponse:
    """Cancel the group's orders and take no new ones until it is reset."""
    await submit(call, TriggerGroup(call.caller.member, *_meant(call)), wait_for_work=True)
    return EmptyResponse()


async def reset_order_group(
    call: Call[OrderGroupQuery, OrderGroupActionRequest],
) -> EmptyResponse:
    """Forget what matched and take orders again."""
    await submit(call, ResetGroup(call.caller.member, *_meant(call)))
    return EmptyResponse()


async def delete_order_group(call: Call[OrderGroupQuery, None]) -> EmptyResponse:
    """Remove a group and cancel its orders."""
    await submit(call, DeleteGroup(call.caller.member, *_meant(call)), wait_for_work=True)
    return EmptyResponse()


def _meant(call: AnyCall) -> tuple[Id, AccountId, int]:
    """The group in the path, the account it must belong to (0: any of the member's) and the shard
    it must be on."""
    query: OrderGroupQuery = call.query
    group = group_for(call, call.path["order_group_id"])
    shard = shard_meant(call, query.exchange_index)
    return group, account_or_any(call, query.subaccount, shard), shard


def _limit(body: CreateOrderGroupRequest | UpdateOrderGroupLimitRequest) -> Count:
    limit = translate.twin_count(body.contracts_limit, body.contracts_limit_fp, "contracts_limit")
    if limit is None:
        raise invalid_parameters("one of contracts_limit and contracts_limit_fp is needed")
    return limit
