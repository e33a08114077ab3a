"""The operations about orders and order groups, in every generation.

One entry each: who may call it, what it costs, what goes in and out. Paths of older generations
stand beside the present ones and share their handlers.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.kalshi import order_groups, orders, orders_v1
from presage.api.kalshi.buckets import shard_of_write
from presage.api.registry import Operation
from presage.wire.kalshi import order_groups as g
from presage.wire.kalshi import orders as o

TRADE: Final = "write::trade"
CHEAP: Final = 2

_V2: Final = "/portfolio/events/orders"
_V1: Final = "/portfolio/orders"
_GROUPS: Final = "/portfolio/order_groups"


def _count_orders(body: Any) -> int:
    return len(body.orders)


def _count_cancels(body: o.BatchCancelOrdersRequest) -> int:
    return max(len(body.orders or body.ids or ()), 1)


ORDERS_V2 = (
    Operation(
        id="CreateOrderV2",
        method="POST",
        path=_V2,
        handler=orders.create_order,
        body=o.CreateOrderV2Request,
        reply=o.CreateOrderV2Response,
        status=201,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="CancelAllOrders",
        method="DELETE",
        path=_V2,
        handler=orders.cancel_all_orders,
        query=o.CancelAllOrdersQuery,
        status=204,
        scope=TRADE,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="BatchCreateOrdersV2",
        method="POST",
        path=f"{_V2}/batched",
        handler=orders.batch_create_orders,
        body=o.BatchCreateOrdersV2Request,
        reply=o.BatchCreateOrdersV2Response,
        status=201,
        scope=TRADE,
        items=_count_orders,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="BatchCancelOrdersV2",
        method="DELETE",
        path=f"{_V2}/batched",
        handler=orders.batch_cancel_orders,
        body=o.BatchCancelOrdersV2Request,
        reply=o.BatchCancelOrdersV2Response,
        scope=TRADE,
        cost=CHEAP,
        items=_count_orders,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="CancelOrderV2",
        method="DELETE",
        path=f"{_V2}/{{order_id}}",
        handler=orders.cancel_order,
        query=o.CancelOrderV2Query,
        reply=o.CancelOrderV2Response,
        scope=TRADE,
        cost=CHEAP,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="AmendOrderV2",
        method="POST",
        path=f"{_V2}/{{order_id}}/amend",
        handler=orders.amend_order,
        query=o.SubaccountQuery,
        body=o.AmendOrderV2Request,
        reply=o.AmendOrderV2Response,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="DecreaseOrderV2",
        method="POST",
        path=f"{_V2}/{{order_id}}/decrease",
        handler=orders.decrease_order,
        query=o.SubaccountQuery,
        body=o.DecreaseOrderV2Request,
        reply=o.DecreaseOrderV2Response,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
)

ORDERS_V1 = (
    Operation(
        id="CreateOrder",
        method="POST",
        path=_V1,
        handler=orders_v1.create_order,
        body=o.CreateOrderRequest,
        reply=o.CreateOrderResponse,
        status=201,
        scope=TRADE,
        cost=20,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="BatchCreateOrders",
        method="POST",
        path=f"{_V1}/batched",
        handler=orders_v1.batch_create_orders,
        body=o.BatchCreateOrdersRequest,
        reply=o.BatchCreateOrdersResponse,
        status=201,
        scope=TRADE,
        cost=20,
        items=_count_orders,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="BatchCancelOrders",
        method="DELETE",
        path=f"{_V1}/batched",
        handler=orders_v1.batch_cancel_orders,
        body=o.BatchCancelOrdersRequest,
        reply=o.BatchCancelOrdersResponse,
        scope=TRADE,
        cost=4,
        items=_count_cancels,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="CancelOrder",
        method="DELETE",
        path=f"{_V1}/{{order_id}}",
        handler=orders_v1.cancel_order,
        query=o.CancelOrderQuery,
        reply=o.CancelOrderResponse,
        scope=TRADE,
        cost=4,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="AmendOrder",
        method="POST",
        path=f"{_V1}/{{order_id}}/amend",
        handler=orders_v1.amend_order,
        body=o.AmendOrderRequest,
        reply=o.AmendOrderResponse,
        scope=TRADE,
        cost=20,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="DecreaseOrder",
        method="POST",
        path=f"{_V1}/{{order_id}}/decrease",
        handler=orders_v1.decrease_order,
        body=o.DecreaseOrderRequest,
        reply=o.DecreaseOrderResponse,
        scope=TRADE,
        cost=20,
        shard=shard_of_write,
        locked_keys=True,
        tags=("orders",),
    ),
)

ORDER_READS = (
    Operation(
        id="GetOrders",
        method="GET",
        path=_V1,
        handler=orders.get_orders,
        query=o.GetOrdersQuery,
        reply=o.GetOrdersResponse,
        scope="read",
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="GetOrderQueuePositions",
        method="GET",
        path=f"{_V1}/queue_positions",
        handler=orders.get_queue_positions,
        query=o.GetOrderQueuePositionsQuery,
        reply=o.GetOrderQueuePositionsResponse,
        scope="read",
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="PostOrderQueuePositions",
        method="POST",
        path=f"{_V1}/queue_positions",
        handler=orders.post_queue_positions,
        query=o.GetOrderQueuePositionsQuery,
        body=o.GetOrderQueuePositionsRequest,
        body_optional=True,
        reply=o.GetOrderQueuePositionsResponse,
        scope="read",
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="GetOrder",
        method="GET",
        path=f"{_V1}/{{order_id}}",
        handler=orders.get_order,
        reply=o.GetOrderResponse,
        scope="read",
        cost=CHEAP,
        locked_keys=True,
        tags=("orders",),
    ),
    Operation(
        id="GetOrderQueuePosition",
        method="GET",
        path=f"{_V1}/{{order_id}}/queue_position",
        handler=orders.get_queue_position,
        reply=o.GetOrderQueuePositionResponse,
        scope="read",
        locked_keys=True,
        tags=("orders",),
    ),
)


def _create_group(id: str, path: str) -> Operation:
    return Operation(
        id=id,
        method="POST",
        path=path,
        handler=order_groups.create_order_group,
        body=g.CreateOrderGroupRequest,
        reply=g.CreateOrderGroupResponse,
        status=201,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("order-groups",),
    )


def _limit_group(id: str, path: str) -> Operation:
    return Operation(
        id=id,
        method="PUT",
        path=path,
        handler=order_groups.update_order_group_limit,
        query=g.OrderGroupQuery,
        body=g.UpdateOrderGroupLimitRequest,
        reply=g.EmptyResponse,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("order-groups",),
    )


def _reset_group(id: str, method: str) -> Operation:
    return Operation(
        id=id,
        method=method,
        path=f"{_GROUPS}/{{order_group_id}}/reset",
        handler=order_groups.reset_order_group,
        query=g.OrderGroupQuery,
        body=g.OrderGroupActionRequest,
        body_optional=True,
        reply=g.EmptyResponse,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("order-groups",),
    )


ORDER_GROUPS = (
    Operation(
        id="GetOrderGroups",
        method="GET",
        path=_GROUPS,
        handler=order_groups.get_order_groups,
        query=g.GetOrderGroupsQuery,
        reply=g.GetOrderGroupsResponse,
        scope="read",
        locked_keys=True,
        tags=("order-groups",),
    ),
    Operation(
        id="GetOrderGroup",
        method="GET",
        path=f"{_GROUPS}/{{order_group_id}}",
        handler=order_groups.get_order_group,
        query=g.OrderGroupQuery,
        reply=g.GetOrderGroupResponse,
        scope="read",
        locked_keys=True,
        tags=("order-groups",),
    ),
    _create_group("CreateOrderGroup", f"{_GROUPS}/create"),
    _create_group("CreateOrderGroupOld", _GROUPS),
    _limit_group("UpdateOrderGroupLimit", f"{_GROUPS}/{{order_group_id}}/limit"),
    _limit_group("UpdateOrderGroupOld", f"{_GROUPS}/{{order_group_id}}"),
    _reset_group("ResetOrderGroup", "PUT"),
    _reset_group("ResetOrderGroupOld", "POST"),
    Operation(
        id="TriggerOrderGroup",
        method="PUT",
        path=f"{_GROUPS}/{{order_group_id}}/trigger",
        handler=order_groups.trigger_order_group,
        query=g.OrderGroupQuery,
        body=g.OrderGroupActionRequest,
        body_optional=True,
        reply=g.EmptyResponse,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("order-groups",),
    ),
    Operation(
        id="DeleteOrderGroup",
        method="DELETE",
        path=f"{_GROUPS}/{{order_group_id}}",
        handler=order_groups.delete_order_group,
        query=g.OrderGroupQuery,
        reply=g.EmptyResponse,
        scope=TRADE,
        shard=shard_of_write,
        locked_keys=True,
        tags=("order-groups",),
    ),
)

OPERATIONS = (*ORDERS_V2, *ORDERS_V1, *ORDER_READS, *ORDER_GROUPS)
