"""The operations about money on several exchange shards: transfers and target allocations."""

from __future__ import annotations

from presage.api.kalshi import shards
from presage.api.registry import Operation
from presage.wire.kalshi import order_groups as g
from presage.wire.kalshi import shards as s

OPERATIONS = (
    Operation(
        id="IntraExchangeInstanceTransfer",
        method="POST",
        path="/portfolio/intra_exchange_instance_transfer",
        handler=shards.intra_exchange_instance_transfer,
        body=s.IntraExchangeInstanceTransferRequest,
        reply=s.IntraExchangeInstanceTransferResponse,
        scope="write::transfer",
        tags=("portfolio",),
    ),
    Operation(
        id="GetIntraExchangeInstanceTransfers",
        method="GET",
        path="/portfolio/intra_exchange_instance_transfers",
        handler=shards.get_intra_exchange_instance_transfers,
        query=s.IntraExchangeInstanceTransfersQuery,
        reply=s.GetIntraExchangeInstanceTransfersResponse,
        scope="read",
        tags=("portfolio",),
    ),
    Operation(
        id="GetIntraExchangeInstanceTransfer",
        method="GET",
        path="/portfolio/intra_exchange_instance_transfers/{transfer_id}",
        handler=shards.get_intra_exchange_instance_transfer,
        reply=s.GetIntraExchangeInstanceTransferResponse,
        scope="read",
        tags=("portfolio",),
    ),
    Operation(
        id="GetTargetBalanceAllocation",
        method="GET",
        path="/portfolio/target_balance_allocation",
        handler=shards.get_target_balance_allocation,
        reply=s.GetTargetBalanceAllocationResponse,
        scope="read",
        tags=("portfolio",),
    ),
    Operation(
        id="SetTargetBalanceAllocation",
        method="POST",
        path="/portfolio/target_balance_allocation",
        handler=shards.set_target_balance_allocation,
        body=s.SetTargetBalanceAllocationRequest,
        reply=g.EmptyResponse,
        scope="write::transfer",
        tags=("portfolio",),
    ),
)
