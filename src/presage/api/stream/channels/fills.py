"""fill: a member's own side of every trade, in the words of its order; not numbered."""

from __future__ import annotations

from msgspec import UNSET

from presage.api.ids import Kind
from presage.api.kalshi.replies import milliseconds, seconds, words
from presage.api.stream.channels.channel import Batch
from presage.api.stream.channels.own import OwnChannel
from presage.api.stream.frames import Message
from presage.domain.facts import Leg, Traded
from presage.domain.ids import shard_of, subaccount_of
from presage.domain.orders import Side
from presage.feeds.blotters import News
from presage.projections.projection import Entry
from presage.units import format_count, format_money, format_price
from presage.wire.kalshi.stream import Fill


class Fills(OwnChannel):
    """The channel."""

    name = "fill"

    def fold(self, batch: Batch) -> None:
        if not self.readers:
            return
        for entry, news in batch:
            for fact in entry.facts:
                if isinstance(fact, Traded):
                    self._leg(fact, fact.taker, fact.side, True, entry, news)
                    self._leg(fact, fact.maker, 1 - fact.side, False, entry, news)

    def _leg(
        self, fact: Traded, leg: Leg, side: Side, is_taker: bool, entry: Entry, news: News
    ) -> None:
        if not self.hears(leg.account):
            return
        ticker = self.views.markets.by_id(fact.market).ticker
        outcome, book_side = words(side)
        order = news.orders.get(leg.order)
        fill = Fill(
            trade_id=self.views.ids.text(fact.trade, Kind.TRADE),
            order_id=self.views.ids.text(leg.order, Kind.ORDER),
            client_order_id=(order.client_order_id or UNSET) if order is not None else UNSET,
            market_ticker=ticker,
            exchange_index=shard_of(leg.account),
            is_taker=is_taker,
            side="no" if (order.outcome if order is not None else outcome) == "no" else "yes",
            yes_price_dollars=format_price(fact.price),
            count_fp=format_count(fact.count),
            fee_cost=format_money(leg.fee),
            action="sell" if order is not None and order.action == "sell" else "buy",
            ts=seconds(entry.at),
            ts_ms=milliseconds(entry.at),
            post_position_fp=format_count(leg.position),
            purchased_side=outcome,
            outcome_side=outcome,
            book_side=book_side,
            subaccount=subaccount_of(leg.account) or UNSET,
        )
        self.tell(leg.account, ticker, Message("fill", fill))
