"""ticker: a market's quotes and totals whenever one of them changed; not numbered.

However much happened in a batch, a market is told once, as it stands after it.
"""

from __future__ import annotations

from collections.abc import Iterable

from presage.api.kalshi.replies import milliseconds, seconds
from presage.api.stream.channels.channel import AudienceChannel, Batch
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import MarketSubscription, Subscription
from presage.domain.facts import TopChanged, Traded
from presage.domain.ids import MarketId
from presage.domain.member_facts import PositionTransferred
from presage.feeds.cards import MarketCard
from presage.units import Micros, format_count, format_price, whole_contracts
from presage.wire.kalshi.stream import Ticker
from presage.wire.kalshi.times import rfc3339


class Tickers(AudienceChannel):
    """The channel."""

    name = "ticker"
    sequenced = False
    by_id = True

    def start(self, subscription: MarketSubscription, tickers: Iterable[str], shown: bool) -> None:
        for ticker in tickers:
            self.audience.add(subscription, ticker)
            if shown:
                subscription.session.hold(subscription, ticker)

    def arrive(self, subscription: Subscription, ticker: str, id: int, asked: bool) -> None:
        assert isinstance(subscription, MarketSubscription)
        card = self.views.markets.by_ticker(ticker)
        if card is not None and subscription.wants(ticker):
            post([subscription], [self._message(card, self.views.clock())])

    def fold(self, batch: Batch) -> None:
        if not self.audience:
            return
        changed: dict[MarketId, Micros] = {}
        for entry, _ in batch:
            for fact in entry.facts:
                if isinstance(fact, TopChanged | Traded | PositionTransferred):
                    changed[fact.market] = entry.at
        everything = []
        for market, at in changed.items():
            card = self.views.markets.by_id(market)
            if self.audience.heard(card.ticker):
                message = self._message(card, at)
                everything.append(message)
                post(self.audience.of(card.ticker), [message])
        post(self.audience.everyone, everything)

    def _message(self, card: MarketCard, at: Micros) -> Message:
        # A contract pays a dollar, so whole contracts are whole dollars of notional value.
        ticker = Ticker(
            market_id=self.views.market_id(card.id),
            market_ticker=card.ticker,
            price_dollars=format_price(card.last_price),
            yes_bid_dollars=format_price(card.bid),
            yes_ask_dollars=format_price(card.ask),
            volume_fp=format_count(card.volume),
            open_interest_fp=format_count(card.open_interest),
            dollar_volume=whole_contracts(card.volume),
            dollar_open_interest=whole_contracts(card.open_interest),
            yes_bid_size_fp=format_count(card.bid_size),
            yes_ask_size_fp=format_count(card.ask_size),
            last_trade_size_fp=format_count(card.last_size),
            ts=seconds(at),
            ts_ms=milliseconds(at),
            time=rfc3339(at),
        )
        return Message("ticker", ticker)
