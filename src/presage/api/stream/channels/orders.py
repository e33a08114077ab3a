"""user_orders: each of a member's orders as it stands after every command that changed it.

Not numbered. An order that is placed and trades at once is told once, as the command left it.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from presage.api.ids import Kind
from presage.api.kalshi.replies import milliseconds, words
from presage.api.stream.channels.channel import Batch
from presage.api.stream.channels.own import OwnChannel
from presage.api.stream.frames import Message
from presage.domain.ids import shard_of, subaccount_of
from presage.feeds.blotters import LiveOrder
from presage.units import format_count, format_money, format_price
from presage.wire.kalshi.orders import OrderStatus
from presage.wire.kalshi.stream import UserOrder
from presage.wire.kalshi.times import rfc3339

REASONS: Final = frozenset(
    {
        "Decrease",
        "Amend",
        "MarginCancel",
        "SelfTradeCancel",
        "ExpiryCancel",
        "CloseCancel",
        "HaltCancel",
        "Trade",
        "PostOnlyCrossCancel",
        "ReduceOnlyCancel",
    }
)
"""Those that Kalshi's clients know; others are not told."""
_STATUSES: Final[dict[str, OrderStatus]] = {
    "resting": "resting",
    "executed": "executed",
    "canceled": "canceled",
}


class UserOrders(OwnChannel):
    """The channel."""

    name = "user_orders"

    def fold(self, batch: Batch) -> None:
        if not self.readers:
            return
        for _, news in batch:
            for order in news.orders.values():
                if self.hears(order.account):
                    ticker = self.views.markets.by_id(order.market).ticker
                    self.tell(order.account, ticker, self._message(order, ticker))

    def _message(self, order: LiveOrder, ticker: str) -> Message:
        outcome, book_side = words(order.side)
        group, expires = order.order_group, order.expires_at
        told = UserOrder(
            order_id=self.views.ids.text(order.id, Kind.ORDER),
            user_id=self.user_id(order.account),
            ticker=ticker,
            exchange_index=shard_of(order.account),
            status=_STATUSES[order.status],
            side="no" if order.outcome == "no" else "yes",
            is_yes=order.outcome != "no",
            outcome_side=outcome,
            book_side=book_side,
            yes_price_dollars=format_price(order.price),
            fill_count_fp=format_count(order.filled),
            remaining_count_fp=format_count(order.remaining),
            initial_count_fp=format_count(order.count),
            taker_fill_cost_dollars=format_money(order.taker_cost),
            maker_fill_cost_dollars=format_money(order.maker_cost),
            taker_fees_dollars=format_money(order.taker_fees),
            maker_fees_dollars=format_money(order.maker_fees),
            client_order_id=order.client_order_id,
            order_group_id=self.views.ids.text(group, Kind.GROUP) if group else UNSET,
            self_trade_prevention_type=order.stp,
            created_time=rfc3339(order.created_at),
            created_ts_ms=milliseconds(order.created_at),
            last_update_time=rfc3339(order.updated_at),
            last_updated_ts_ms=milliseconds(order.updated_at),
            expiration_time=rfc3339(expires) if expires else UNSET,
            expiration_ts_ms=milliseconds(expires) if expires else UNSET,
            last_update_reason=order.reason if order.reason in REASONS else UNSET,
            subaccount_number=subaccount_of(order.account),
        )
        return Message("user_order", told)
