"""What all channels have in common: how a subscription begins, is changed and ends.

A channel turns batches of committed facts into messages and posts them to its readers. It may
refuse with a code of the table, and never writes to a connection.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from presage.api.stream.commands import Subscribe, Update
from presage.api.stream.errors import Code, CommandError
from presage.api.stream.subscriptions import Audience, MarketSubscription, Subscription
from presage.api.stream.views import Views
from presage.feeds.blotters import News
from presage.projections.projection import Entry

if TYPE_CHECKING:
    from presage.api.stream.session import Session

Batch = Sequence[tuple[Entry, News]]
"""Committed entries in order, each with what it changed on the blotters."""

MAX_TICKER = 128


class Channel(ABC):
    """`private`: only for keys that may read. `sequenced`: what it tells is numbered."""

    name: ClassVar[str]
    private: ClassVar[bool] = False
    sequenced: ClassVar[bool] = True

    def __init__(self, views: Views) -> None:
        self.views = views
        self.subscriptions: dict[Subscription, None] = {}

    @abstractmethod
    def open(self, subscription: Subscription, params: Subscribe) -> None:
        """A subscription begins. Raises: CommandError; then there is none."""

    # Most channels have nothing to do here.
    def extend(self, subscription: Subscription, params: Subscribe) -> None:  # noqa: B027
        """The client subscribed again: what is new is added, how it is told stays as it was."""

    def update(self, subscription: Subscription, params: Update, id: int) -> None:
        """Change a subscription and answer. Raises: CommandError."""
        raise CommandError(Code.UNSUPPORTED_ACTION)

    def arrive(self, subscription: Subscription, ticker: str, id: int, asked: bool) -> None:
        """It is a market's turn to be shown to a subscription (see `Session.hold`)."""
        raise NotImplementedError

    def drop(self, subscription: Subscription, tickers: Iterable[str]) -> None:
        """A subscription is no longer about these markets."""
        raise NotImplementedError

    @abstractmethod
    def leave(self, subscription: Subscription) -> None:
        """A subscription is over."""

    # Prices come in without a batch.
    def fold(self, batch: Batch) -> None:  # noqa: B027
        """Tell the readers what a batch means to them."""

    def fail(self) -> None:
        """Something was not told: whoever listens must begin anew."""
        for subscription in list(self.subscriptions):
            subscription.session.end(subscription, Code.CHANNEL_ERROR)

    def make(self, session: Session, sid: int) -> Subscription:
        """The kind of subscription this channel keeps."""
        return Subscription(session, self, sid)


class MarketChannel(Channel):
    """A channel whose subscriptions name markets, or mean all of them.

    `by_id`: markets may also be named by id. `needs_markets`: all of them at once cannot be had.
    """

    by_id: ClassVar[bool] = False
    needs_markets: ClassVar[bool] = False

    def make(self, session: Session, sid: int) -> MarketSubscription:
        return MarketSubscription(session, self, sid)

    def open(self, subscription: Subscription, params: Subscribe) -> None:
        assert isinstance(subscription, MarketSubscription)
        subscription.skips_list = bool(params.skip_ticker_ack)
        self.configure(subscription, params)
        named = self._named(params)
        if named is None and self.needs_markets:
            raise CommandError(Code.MARKET_REQUIRED)
        self._begin(subscription, named, bool(params.send_initial_snapshot))

    def extend(self, subscription: Subscription, params: Subscribe) -> None:
        assert isinstance(subscription, MarketSubscription)
        named = self._named(params)
        if named is None and self.needs_markets:
            raise CommandError(Code.MARKET_REQUIRED)
        if subscription.tickers is not None:
            if named is None:
                self.stop(subscription)
            self._begin(subscription, named, bool(params.send_initial_snapshot))

    def update(self, subscription: Subscription, params: Update, id: int) -> None:
        assert isinstance(subscription, MarketSubscription)
        if params.action not in ("add_markets", "delete_markets"):
            raise CommandError(Code.UNSUPPORTED_ACTION)
        named = self._named(params)
        if named is None:
            raise CommandError(Code.MARKET_REQUIRED)
        if params.action == "delete_markets":
            self._delete(subscription, named)
        elif subscription.tickers is not None:
            self._begin(subscription, named, bool(params.send_initial_snapshot))
        subscription.session.acknowledge(subscription, id, _listed(subscription))

    def leave(self, subscription: Subscription) -> None:
        assert isinstance(subscription, MarketSubscription)
        self.stop(subscription)

    # What each channel adds

    def configure(self, subscription: MarketSubscription, params: Subscribe) -> None:
        """Take over how this subscription wants to be told."""

    @abstractmethod
    def start(self, subscription: MarketSubscription, tickers: Iterable[str], shown: bool) -> None:
        """Listen to these markets too; `shown`: show first how they stand."""

    def start_all(self, subscription: MarketSubscription) -> None:
        """Listen to every market."""

    def forget(self, subscription: MarketSubscription, ticker: str) -> None:
        """Listen to a market no more."""

    @abstractmethod
    def stop(self, subscription: MarketSubscription) -> None:
        """Listen to nothing more."""

    # Which markets

    def drop(self, subscription: Subscription, tickers: Iterable[str]) -> None:
        assert isinstance(subscription, MarketSubscription)
        for ticker in tickers:
            if subscription.tickers is not None and ticker in subscription.tickers:
                self.forget(subscription, ticker)
                del subscription.tickers[ticker]
                subscription.ids.pop(ticker, None)
                subscription.session.count_markets(-1)

    def _begin(
        self, subscription: MarketSubscription, named: dict[str, str] | None, shown: bool
    ) -> None:
        """Listen to what was named (ticker -> id it was named by, or ""), None: to everything."""
        if named is None:
            subscription.session.count_markets(-len(subscription.tickers or ()))
            subscription.tickers = None
            self.start_all(subscription)
            return
        assert subscription.tickers is not None
        fresh = [ticker for ticker in named if ticker not in subscription.tickers]
        subscription.session.count_markets(len(fresh))
        subscription.ids.update({ticker: id for ticker, id in named.items() if id})
        subscription.tickers.update(dict.fromkeys(fresh))
        self.start(subscription, fresh, shown)

    def _delete(self, subscription: MarketSubscription, named: dict[str, str]) -> None:
        if subscription.tickers is None:
            raise CommandError(Code.INVALID_PARAMETER, "the subscription is to every market")
        self.drop(subscription, named)

    def _named(self, params: Subscribe | Update) -> dict[str, str] | None:
        """The markets that params name: ticker -> the id it was named by. None: they name none."""
        one, many = params.market_ticker, params.market_tickers
        one_id, many_ids = params.market_id, params.market_ids
        given = [way for way in (one, many, one_id, many_ids) if way is not None]
        if not given:
            return None
        if len(given) > 1:
            raise CommandError(Code.INVALID_PARAMETER, "markets are named in one way at a time")
        if one is not None or many is not None:
            return self._by_ticker([one] if one is not None else many or [])
        if not self.by_id:
            code = Code.MARKET_REQUIRED if self.needs_markets else Code.INVALID_PARAMETER
            raise CommandError(code)
        return self._by_id([one_id] if one_id is not None else many_ids or [])

    def _by_ticker(self, tickers: Sequence[str]) -> dict[str, str]:
        if not tickers:
            raise CommandError(Code.MARKET_REQUIRED)
        odd = [ticker[:MAX_TICKER] for ticker in tickers if not _may_be_ticker(ticker)]
        if odd:
            raise CommandError(Code.INVALID_PARAMETER, "no market ticker", odd[:100])
        return dict.fromkeys(tickers, "")

    def _by_id(self, ids: Sequence[str]) -> dict[str, str]:
        if not ids:
            raise CommandError(Code.MARKET_REQUIRED)
        named = {}
        for id in ids:
            card = self.views.market_by_id(id)
            if card is None:
                raise CommandError(Code.INVALID_PARAMETER, "no such market id")
            named[card.ticker] = id
        return named


class AudienceChannel(MarketChannel):
    """A market channel with one audience: a market is listened to from the moment it is named."""

    def __init__(self, views: Views) -> None:
        super().__init__(views)
        self.audience = Audience()

    def start(self, subscription: MarketSubscription, tickers: Iterable[str], shown: bool) -> None:
        for ticker in tickers:
            self.audience.add(subscription, ticker)

    def start_all(self, subscription: MarketSubscription) -> None:
        self.audience.everyone[subscription] = None

    def forget(self, subscription: MarketSubscription, ticker: str) -> None:
        self.audience.remove(subscription, ticker)

    def stop(self, subscription: MarketSubscription) -> None:
        self.audience.leave(subscription)


def _may_be_ticker(text: str) -> bool:
    return 0 < len(text) <= MAX_TICKER and text.isascii() and text.isprintable()


def _listed(subscription: MarketSubscription) -> dict[str, object]:
    """What an acknowledgement says it is about now."""
    if subscription.skips_list or subscription.tickers is None:
        return {}
    ids = subscription.ids
    told: dict[str, object] = {
        "market_tickers": [ticker for ticker in subscription.tickers if ticker not in ids]
    }
    if ids:
        told["market_ids"] = list(ids.values())
    return told
