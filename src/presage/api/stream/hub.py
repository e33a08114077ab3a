"""Where committed entries become messages: every channel, every session, one order of events.

Entries pile up until `settle`, which tells them to all channels at once; before a command is obeyed
everything that was committed has been told, so snapshots and what follows them always fit. A bug in
a channel ends that channel's subscriptions, never the exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from presage.api.auth import Caller
from presage.api.stream.channels.books import Books
from presage.api.stream.channels.channel import Batch, Channel
from presage.api.stream.channels.communications import Communications
from presage.api.stream.channels.fills import Fills
from presage.api.stream.channels.groups import OrderGroups
from presage.api.stream.channels.lifecycle import MarketLifecycle, MultivariateLifecycle
from presage.api.stream.channels.orders import UserOrders
from presage.api.stream.channels.positions import MarketPositions
from presage.api.stream.channels.tickers import Tickers
from presage.api.stream.channels.trades import Trades
from presage.api.stream.channels.values import (
    FastIndexValues,
    IndexValues,
    UnderlyingValues,
    ValueChannel,
)
from presage.api.stream.frames import Outbox
from presage.api.stream.limits import Limits
from presage.api.stream.prices import FeedName, Prices, PriceTick
from presage.api.stream.session import Session
from presage.api.stream.views import Views
from presage.feeds.blotters import Blotters
from presage.feeds.cards import MarketCard
from presage.projections.projection import Entry

_log: Final = structlog.get_logger(__name__)


class Hub:
    """`on_news` is called when entries have come in and wait to be told."""

    def __init__(
        self,
        views: Views,
        blotters: Blotters,
        prices: Prices,
        limits: Limits | None = None,
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self.limits = limits or Limits()
        self.blotters = blotters
        self.second = 0
        """Counts the seconds since the start."""
        self.on_news = on_news
        self.sessions: dict[Session, None] = {}
        self._news: list[Entry] = []
        self.communications = Communications(views)
        self.lifecycle = MarketLifecycle(views)
        self.multivariate = MultivariateLifecycle(views)
        self._values: dict[FeedName, ValueChannel] = {
            "cfbenchmarks_value": IndexValues(views, prices.per_second),
            "cfbenchmarks_value_5hz": FastIndexValues(views, prices.five_hertz),
            "pyth_value": UnderlyingValues(views, prices.pyth),
        }
        prices.listeners.append(self._priced)
        views.markets.on_rewritten.append(self._rewritten)
        channels: Sequence[Channel] = (
            Books(views),
            Tickers(views),
            Trades(views),
            Fills(views),
            UserOrders(views),
            MarketPositions(views),
            self.lifecycle,
            self.multivariate,
            self.communications,
            OrderGroups(views),
            *self._values.values(),
        )
        self.channels: dict[str, Channel] = {channel.name: channel for channel in channels}

    def open(self, caller: Caller, wake: Callable[[Outbox], None]) -> Session:
        """A session begins; its member's blotter must be open."""
        session = Session(self, caller, wake)
        self.sessions[session] = None
        return session

    def close(self, session: Session) -> None:
        """A session is over."""
        session.close()
        self.sessions.pop(session, None)

    def watch(self, entries: Sequence[Entry]) -> None:
        """Committed entries; the views have folded them."""
        if not self.sessions and not self.blotters:
            return
        if not self._news:
            self.on_news()
        self._news += entries

    def settle(self) -> None:
        """Tell everything that was committed."""
        entries, self._news = self._news, []
        if not entries:
            return
        try:
            batch: Batch = [(entry, self.blotters.apply(entry)) for entry in entries]
        except Exception as error:
            _log.error("the blotters failed", exc_info=error)
            for session in list(self.sessions):
                session.broken = True
            return
        for channel in self.channels.values():
            if channel.subscriptions:
                try:
                    channel.fold(batch)
                except Exception as error:
                    _log.error("a channel failed", channel=channel.name, exc_info=error)
                    channel.fail()

    def _rewritten(self, card: MarketCard, fields: Sequence[str]) -> None:
        self.settle()  # what was committed before is told before
        for channel in (self.lifecycle, self.multivariate):
            channel.rewritten(card, *fields)

    def _priced(self, feed: FeedName, tick: PriceTick) -> None:
        self._values[feed].tell(tick)
