"""The site's lines about trading: trades, limit orders, positions and what protects them."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import limit_orders, portfolio, protections, trades, trades_export
from presage.api.site.lines import line
from presage.wire.site import trading as w

_ONCE: Final = Conditions(idempotent=True)
_ALWAYS: Final = Conditions(while_suspended=True)

TRADING: Final = (
    line(
        "POST /trades",
        trades.create_trade,
        w.TradeReply,
        body=w.PlaceTrade,
        status=201,
        scope="trade",
        conditions=_ONCE,
    ),
    line("GET /trades", trades.list_trades, w.TradesReply, query=w.ListTrades),
    line(
        "POST /limit-orders",
        limit_orders.create_limit_order,
        w.OrderReply,
        body=w.PlaceLimitOrder,
        status=201,
        scope="trade",
        conditions=_ONCE,
    ),
    line("GET /limit-orders", limit_orders.list_limit_orders, w.OrdersReply, query=w.ListOrders),
    line(
        "DELETE /limit-orders/{id}",
        limit_orders.cancel_limit_order,
        w.CancelledReply,
        scope="trade",
        conditions=_ALWAYS,
    ),
    line(
        "DELETE /limit-orders",
        limit_orders.cancel_limit_orders,
        w.MassCancelReply,
        query=w.CancelOrders,
        scope="trade",
        conditions=_ALWAYS,
    ),
    line("GET /positions", portfolio.list_positions, w.PositionsReply, query=w.ListPositions),
    line(
        "GET /me/trades/export",
        trades_export.export_trades,
        query=w.ExportTrades,
        produces="text/csv",
        conditions=Conditions(cap="export"),
    ),
    line(
        "POST /positions/{id}/protections",
        protections.set_protections,
        w.ProtectionsReply,
        body=w.SetProtections,
        scope="trade",
    ),
)
