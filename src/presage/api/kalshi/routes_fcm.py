"""The operations for FCM members and their subtraders."""

from __future__ import annotations

from presage.api.kalshi import fcm
from presage.api.registry import Operation
from presage.wire.kalshi import fcm as w
from presage.wire.kalshi import order_groups as g
from presage.wire.kalshi import orders as o
from presage.wire.kalshi import portfolio as p

_CAP = "/fcm/subtraders/event_contract_daily_cap"

OPERATIONS = (
    Operation(
        id="GetFCMOrders",
        method="GET",
        path="/fcm/orders",
        handler=fcm.get_fcm_orders,
        query=w.GetFCMOrdersQuery,
        reply=o.GetOrdersResponse,
        scope="read",
        tags=("fcm",),
    ),
    Operation(
        id="GetFCMPositions",
        method="GET",
        path="/fcm/positions",
        handler=fcm.get_fcm_positions,
        query=w.GetFCMPositionsQuery,
        reply=p.GetPositionsResponse,
        scope="read",
        tags=("fcm",),
    ),
    Operation(
        id="ListFCMSubtraders",
        method="GET",
        path="/fcm/subtraders",
        handler=fcm.list_fcm_subtraders,
        reply=w.ListFCMSubtradersResponse,
        scope="read",
        tags=("fcm",),
    ),
    Operation(
        id="CreateFCMSubtrader",
        method="POST",
        path="/fcm/subtraders",
        handler=fcm.create_fcm_subtrader,
        body=w.CreateFCMSubtraderRequest,
        reply=w.CreateFCMSubtraderResponse,
        status=201,
        scope="write",
        tags=("fcm",),
    ),
    Operation(
        id="GetFCMEventContractDailyCap",
        method="GET",
        path=_CAP,
        handler=fcm.get_fcm_event_contract_daily_cap,
        query=w.GetDailyCapQuery,
        reply=w.GetFCMEventContractDailyCapResponse,
        scope="read",
        locked_keys=True,
        tags=("fcm",),
    ),
    Operation(
        id="UpdateFCMEventContractDailyCap",
        method="PUT",
        path=_CAP,
        handler=fcm.update_fcm_event_contract_daily_cap,
        body=w.UpdateFCMEventContractDailyCapRequest,
        reply=g.EmptyResponse,
        scope="write",
        tags=("fcm",),
    ),
    Operation(
        id="DeleteFCMEventContractDailyCap",
        method="DELETE",
        path=_CAP,
        handler=fcm.delete_fcm_event_contract_daily_cap,
        query=w.DailyCapQuery,
        reply=g.EmptyResponse,
        scope="write",
        tags=("fcm",),
    ),
)
