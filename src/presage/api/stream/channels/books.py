"""orderbook_delta: a snapshot of each market, then every change of a level, numbered without gaps.

A market joins a subscription in the moment in which its snapshot is made, so snapshot and deltas
always fit. NO levels are told in NO prices, or in YES prices to those who asked for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET

from presage.api.kalshi.replies import milliseconds
from presage.api.stream.channels.channel import Batch, MarketChannel
from presage.api.stream.commands import Subscribe, Update
from presage.api.stream.errors import Code, CommandError
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import Audience, MarketSubscription, Subscription
from presage.api.stream.views import Views
from presage.domain.facts import MarketCreated
from presage.domain.ids import member_of, subaccount_of
from presage.domain.orders import ASK
from presage.feeds.blotters import News
from presage.feeds.books import Book, Level
from presage.feeds.cards import MarketCard
from presage.feeds.levels import Change, changes
from presage.projections.projection import Entry
from presage.units import DOLLAR_PRICE, format_count, format_price
from presage.wire.kalshi.stream import Delta, Snapshot
from presage.wire.kalshi.times import rfc3339


class _Told:
    """One change as everybody is told it; `fields` and `cause` make the causer's own version."""

    __slots__ = ("plain", "in_yes", "fields", "change", "client_order_id")

    def __init__(self, fields: dict[str, Any], change: Change, client_order_id: str) -> None:
        self.fields = fields
        self.change = change
        self.client_order_id = client_order_id
        self.plain = Message("orderbook_delta", Delta(**fields, **_price(change, False)))
        self.in_yes = self.plain
        if change.side == ASK:
            self.in_yes = Message("orderbook_delta", Delta(**fields, **_price(change, True)))

    def to(self, reader: MarketSubscription) -> Message:
        """As one reader is told it."""
        change, known = self.change, self.client_order_id
        if member_of(change.account) != reader.member or not reader.may_see(change.account):
            return self.in_yes if reader.yes_price else self.plain
        return Message(
            "orderbook_delta",
            Delta(
                **self.fields,
                **_price(change, reader.yes_price),
                client_order_id=known or UNSET,
                subaccount=subaccount_of(change.account) or UNSET,
            ),
        )


def _price(change: Change, yes_price: bool) -> dict[str, Any]:
    if change.side == ASK:
        price = change.price if yes_price else DOLLAR_PRICE - change.price
        return {"side": "no", "price_dollars": format_price(price)}
    return {"side": "yes", "price_dollars": format_price(change.price)}


class Books(MarketChannel):
    """The channel."""

    name = "orderbook_delta"
    needs_markets = True

    def __init__(self, views: Views) -> None:
        super().__init__(views)
        self._plain = Audience()
        self._in_yes = Audience()

    # Who listens

    def configure(self, subscription: MarketSubscription, params: Subscribe) -> None:
        subscription.yes_price = bool(params.use_yes_price)

    def start(self, subscription: MarketSubscription, tickers: Iterable[str], shown: bool) -> None:
        for ticker in tickers:
            subscription.session.hold(subscription, ticker)

    def update(self, subscription: Subscription, params: Update, id: int) -> None:
        if params.action != "get_snapshot":
            super().update(subscription, params, id)
            return
        named = self._named(params)
        if named is None:
            raise CommandError(Code.MARKET_REQUIRED)
        unknown = [one for one in named if self.views.markets.by_ticker(one) is None]
        if unknown:
            raise CommandError(Code.INVALID_PARAMETER, "no such market", unknown[:100])
        for ticker in named:
            subscription.session.hold(subscription, ticker, id, asked=True)

    def arrive(self, subscription: Subscription, ticker: str, id: int, asked: bool) -> None:
        assert isinstance(subscription, MarketSubscription)
        audience = self._audience(subscription)
        if not asked:
            if not subscription.wants(ticker) or (subscription, ticker) in audience:
                return
            self._join(subscription, ticker)
        card = self.views.markets.by_ticker(ticker)
        # A market that is yet to be listed is shown when it is.
        if card is not None:
            post([subscription], [self._snapshot(card, subscription.yes_price, id)])

    def _join(self, subscription: MarketSubscription, ticker: str) -> None:
        self._audience(subscription).add(subscription, ticker)

    def forget(self, subscription: MarketSubscription, ticker: str) -> None:
        self._audience(subscription).remove(subscription, ticker)

    def stop(self, subscription: MarketSubscription) -> None:
        self._audience(subscription).leave(subscription)

    def _audience(self, subscription: MarketSubscription) -> Audience:
        return self._in_yes if subscription.yes_price else self._plain

    # What they are told

    def _snapshot(self, card: MarketCard, yes_price: bool, id: int = 0) -> Message:
        book: Book = self.views.books.book(card.id)
        no = book.no_bids()
        if yes_price:
            no = [(DOLLAR_PRICE - price, count) for price, count in no]
        snapshot = Snapshot(
            card.ticker, self.views.market_id(card.id), _levels(book.bids()), _levels(no)
        )
        return Message("orderbook_snapshot", snapshot, id)

    def fold(self, batch: Batch) -> None:
        if not self._plain and not self._in_yes:
            return
        told: dict[str, list[_Told]] = {}
        for entry, news in batch:
            for fact in entry.facts:
                if isinstance(fact, MarketCreated):
                    self._listed(fact.ticker)
                    continue
                for change in changes(fact):
                    card = self.views.markets.by_id(fact.market)  # type: ignore[union-attr]  # it has changes
                    if self._plain.heard(card.ticker) or self._in_yes.heard(card.ticker):
                        told.setdefault(card.ticker, []).append(
                            self._told(card, change, entry, news)
                        )
        for ticker, changed in told.items():
            self._tell(ticker, changed)

    def _listed(self, ticker: str) -> None:
        """A market that was waited for is there, with an empty book."""
        card = self.views.markets.by_ticker(ticker)
        assert card is not None, "views are folded first"
        snapshot = Snapshot(ticker, self.views.market_id(card.id))
        for audience in (self._plain, self._in_yes):
            post(audience.of(ticker), [Message("orderbook_snapshot", snapshot)])

    def _told(self, card: MarketCard, change: Change, entry: Entry, news: News) -> _Told:
        order = news.orders.get(change.order)
        fields = {
            "market_ticker": card.ticker,
            "market_id": self.views.market_id(card.id),
            "delta_fp": format_count(change.by),
            "ts": rfc3339(entry.at),
            "ts_ms": milliseconds(entry.at),
        }
        return _Told(fields, change, "" if order is None else order.client_order_id)

    def _tell(self, ticker: str, changed: Sequence[_Told]) -> None:
        causes = {member_of(one.change.account) for one in changed}
        for audience in (self._plain, self._in_yes):
            readers = audience.of(ticker)
            own = [reader for reader in readers if reader.member in causes]
            if own:
                readers = [reader for reader in readers if reader.member not in causes]
            in_yes = audience is self._in_yes
            post(readers, [one.in_yes if in_yes else one.plain for one in changed])
            for reader in own:
                post([reader], [one.to(reader) for one in changed])


def _levels(levels: Sequence[Level]) -> tuple[tuple[str, str], ...]:
    return tuple((format_price(price), format_count(count)) for price, count in levels)
