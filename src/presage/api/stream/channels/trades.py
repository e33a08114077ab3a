"""trade: every public trade; who took part is not said, only on which side the taker was."""

from __future__ import annotations

from presage.api.ids import Kind
from presage.api.kalshi.replies import milliseconds, seconds, words
from presage.api.stream.channels.channel import AudienceChannel, Batch
from presage.api.stream.frames import Message, post
from presage.domain.facts import Traded
from presage.units import DOLLAR_PRICE, Micros, format_count, format_price
from presage.wire.kalshi.stream import Trade


class Trades(AudienceChannel):
    """The channel."""

    name = "trade"

    def fold(self, batch: Batch) -> None:
        if not self.audience:
            return
        everything: list[Message] = []
        by_ticker: dict[str, list[Message]] = {}
        for entry, _ in batch:
            for fact in entry.facts:
                if isinstance(fact, Traded):
                    ticker = self.views.markets.by_id(fact.market).ticker
                    if self.audience.heard(ticker):
                        message = self._message(fact, ticker, entry.at)
                        everything.append(message)
                        by_ticker.setdefault(ticker, []).append(message)
        for ticker, messages in by_ticker.items():
            post(self.audience.of(ticker), messages)
        if everything:
            post(self.audience.everyone, everything)

    def _message(self, fact: Traded, ticker: str, at: Micros) -> Message:
        outcome, book_side = words(fact.side)
        trade = Trade(
            trade_id=self.views.ids.text(fact.trade, Kind.TRADE),
            market_ticker=ticker,
            yes_price_dollars=format_price(fact.price),
            no_price_dollars=format_price(DOLLAR_PRICE - fact.price),
            count_fp=format_count(fact.count),
            taker_side=outcome,
            taker_outcome_side=outcome,
            taker_book_side=book_side,
            is_block_trade=fact.block,
            ts=seconds(at),
            ts_ms=milliseconds(at),
        )
        return Message("trade", trade)
