"""market_lifecycle_v2 and multivariate_market_lifecycle: what happens to markets and events.

What the clock does by itself (opening, closing) is not told, as on Kalshi. A new market is told
with its texts, which are read first; what happens meanwhile waits, so that the order stays right.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, NamedTuple

import structlog
from msgspec import UNSET

from presage.api.kalshi.replies import seconds
from presage.api.stream.channels.channel import Batch, Channel
from presage.api.stream.commands import Subscribe
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import Subscription
from presage.api.stream.views import Views
from presage.catalog.markets import MarketText
from presage.domain import facts as f
from presage.domain.combo_commands import CreateCombo
from presage.domain.commands import Command, CreateMarket, SetMarketTimes, Tick
from presage.domain.markets import PRICE_STRUCTURES
from presage.domain.resolution_facts import OutcomeCorrected
from presage.feeds.cards import Card, EventCard, MarketCard
from presage.feeds.printing import multiplier
from presage.projections.projection import Entry
from presage.units import format_price
from presage.wire.kalshi.stream import (
    EventFees,
    EventNews,
    MarketMetadata,
    MarketNews,
    MarketTexts,
    PriceRange,
)

_log = structlog.get_logger(__name__)


class _Story(NamedTuple):
    """A message yet to be made; `card` is whose texts it needs."""

    make: Callable[[], Message]
    card: Card | None = None


class MarketLifecycle(Channel):
    """The channel about everything but combos."""

    name = "market_lifecycle_v2"
    combos: ClassVar[bool] = False

    def __init__(self, views: Views) -> None:
        super().__init__(views)
        self._waiting: deque[_Story] = deque()
        self._at_work: asyncio.Task[None] | None = None

    def open(self, subscription: Subscription, params: Subscribe) -> None:
        """Markets that params name are for the other channels of the same command."""

    def leave(self, subscription: Subscription) -> None:
        """Nothing is kept besides."""

    def fold(self, batch: Batch) -> None:
        if not self.subscriptions:
            return
        for entry, _ in batch:
            for fact in entry.facts:
                tell = _STORIES.get(type(fact))
                if tell is not None:
                    for story in tell(self, fact, entry):
                        self._tell(story)

    def rewritten(self, card: MarketCard, *fields: str) -> None:
        """Texts of a market were written anew; `fields` names those of them that changed."""
        if self.subscriptions and self._about(card.event):
            self._tell(_Story(lambda: self._metadata(card, fields), card))

    # In order, and not before the texts are there

    def _tell(self, story: _Story) -> None:
        if story.card is None and not self._waiting:
            post(self.subscriptions, [story.make()])
            return
        self._waiting.append(story)
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._tell_waiting())

    async def _tell_waiting(self) -> None:
        try:
            while self._waiting:
                cards = [story.card for story in self._waiting if story.card is not None]
                await self.views.markets.texts.bring(self.views.reader, cards)
                # Those that have come meanwhile may need texts that are not there yet.
                while self._waiting and _has_texts(self._waiting[0]):
                    post(self.subscriptions, [self._waiting.popleft().make()])
        except Exception as error:
            _log.error("a channel failed", channel=self.name, exc_info=error)
            self._waiting.clear()
            self.fail()
        finally:
            self._at_work = None

    # What each fact tells

    def _about(self, event: EventCard) -> bool:
        return (event.collection != "") == self.combos

    def _message(self, **news: Any) -> Message:
        return Message(self.name, MarketNews(**news))

    def _market(self, fact: Any) -> MarketCard | None:
        card = self.views.markets.by_id(fact.market)
        return card if self._about(card.event) else None

    def _created(self, fact: f.MarketCreated, entry: Entry) -> Iterable[_Story]:
        card = self._market(fact)
        if card is not None:
            yield _Story(lambda: self._listing(card, fact), card)

    def _listing(self, card: MarketCard, fact: f.MarketCreated) -> Message:
        return self._message(
            market_ticker=card.ticker,
            exchange_index=card.shard,
            open_ts=seconds(fact.open_at),
            close_ts=seconds(fact.close_at),
            additional_metadata=_texts(card, fact),
            event_type="created",
            price_level_structure=fact.structure,
            price_ranges=UNSET if self.combos else _ranges(fact.structure),
        )

    def _event_created(self, fact: f.EventCreated, entry: Entry) -> Iterable[_Story]:
        card = self.views.markets.event_by_id(fact.event)
        if self._about(card):
            yield _Story(lambda: _event(card), card)

    def _event_fees(self, fact: f.EventFeesSet, entry: Entry) -> Iterable[_Story]:
        if self.combos:
            return
        ticker = self.views.markets.event_by_id(fact.event).ticker
        is_set = fact.fee_type != ""
        fees = EventFees(
            event_ticker=ticker,
            fee_type_override=fact.fee_type if is_set else None,
            fee_multiplier_override=multiplier(fact.multiplier) if is_set else None,
        )
        yield _Story(lambda: Message("event_fee_update", fees))

    def _status(self, fact: f.MarketStatusChanged, entry: Entry) -> Iterable[_Story]:
        card = self._market(fact)
        if card is None or _is_by_the_clock(entry.command):
            return
        ticker = card.ticker
        if fact.status == "closed":
            close_ts = seconds(fact.close_at)
            yield self._said(ticker, "close_date_updated", close_ts=close_ts)
        elif fact.status == "inactive":
            yield self._said(ticker, "deactivated", is_deactivated=True)
        elif fact.status == "active":
            yield self._said(ticker, "activated", is_deactivated=False)

    def _times(self, fact: f.MarketTimesSet, entry: Entry) -> Iterable[_Story]:
        card, command = self._market(fact), entry.command
        if card is not None and isinstance(command, SetMarketTimes) and command.close_at:
            close_ts = seconds(fact.close_at)
            yield self._said(card.ticker, "close_date_updated", close_ts=close_ts)

    def _determined(self, fact: f.MarketDetermined, entry: Entry) -> Iterable[_Story]:
        card = self._market(fact)
        if card is not None:
            void = fact.result == "void"
            yield self._said(
                card.ticker,
                "determined",
                determination_ts=seconds(entry.at),
                result="" if void else fact.result,
                settlement_value=UNSET if void else format_price(fact.value),
            )

    def _settled(self, fact: f.MarketFinalized, entry: Entry) -> Iterable[_Story]:
        card = self._market(fact)
        if card is not None:
            yield self._said(card.ticker, "settled", settled_ts=seconds(entry.at))

    def _corrected(self, fact: OutcomeCorrected, entry: Entry) -> Iterable[_Story]:
        """It is determined and settled once more."""
        card = self._market(fact)
        if card is not None:
            at = seconds(entry.at)
            value = format_price(fact.value)
            how = {"result": fact.result, "settlement_value": value}
            yield self._said(card.ticker, "determined", determination_ts=at, **how)
            yield self._said(card.ticker, "settled", settled_ts=at)

    def _structure(self, fact: f.PriceStructureSet, entry: Entry) -> Iterable[_Story]:
        card = self._market(fact)
        if card is not None and not self.combos:
            yield self._said(
                card.ticker,
                "price_level_structure_updated",
                price_level_structure=fact.structure,
                price_ranges=_ranges(fact.structure),
            )

    def _said(self, ticker: str, event_type: str, **more: Any) -> _Story:
        return _Story(lambda: self._message(market_ticker=ticker, event_type=event_type, **more))

    def _metadata(self, card: MarketCard, fields: Iterable[str]) -> Message:
        text = _market_text(card)
        told = {name: value for name in fields if (value := getattr(text, name)) is not None}
        return Message("market_lifecycle_v2", MarketMetadata(market_ticker=card.ticker, **told))


class MultivariateLifecycle(MarketLifecycle):
    """The channel about combos."""

    name = "multivariate_market_lifecycle"
    combos = True


def _is_by_the_clock(command: Command) -> bool:
    """Whether a status follows from a time that has come, and not from this command itself."""
    if isinstance(command, SetMarketTimes):
        return not command.close_at
    return isinstance(command, Tick | CreateMarket | CreateCombo)


def _has_texts(story: _Story) -> bool:
    return story.card is None or all(part.text is not None for part in story.card.chain())


def _market_text(card: MarketCard) -> MarketText:
    assert card.text is not None, "texts are brought before a market is told"
    return card.text


def _texts(card: MarketCard, fact: f.MarketCreated) -> MarketTexts:
    text, event = _market_text(card), card.event.text
    assert event is not None, "texts are brought before a market is told"
    expires = text.expected_expiration_at or text.latest_expiration_at or fact.close_at
    return MarketTexts(
        name=text.subtitle or event.title or card.ticker,
        title=text.title,
        yes_sub_title=text.yes_sub_title,
        no_sub_title=text.no_sub_title,
        rules_primary=text.rules_primary,
        rules_secondary=text.rules_secondary,
        can_close_early=fact.can_close_early,
        event_ticker=card.event_ticker,
        expected_expiration_ts=seconds(expires),
        strike_type=text.strike_type or UNSET,
        floor_strike=UNSET if text.floor_strike is None else text.floor_strike,
        cap_strike=UNSET if text.cap_strike is None else text.cap_strike,
        custom_strike=UNSET if text.custom_strike is None else text.custom_strike,
    )


def _event(card: EventCard) -> Message:
    text = card.text
    assert text is not None, "texts are brought before an event is told"
    news = EventNews(
        event_ticker=card.ticker,
        exchange_index=card.shard,
        title=text.title,
        subtitle=text.sub_title,
        collateral_return_type=card.netting,
        series_ticker=card.series.ticker,
        strike_date=UNSET if text.strike_at is None else seconds(text.strike_at),
        strike_period=text.strike_period or UNSET,
    )
    return Message("event_lifecycle", news)


def _ranges(structure: str) -> tuple[PriceRange, ...]:
    return tuple(
        PriceRange(format_price(band.start), format_price(band.end), format_price(band.step))
        for band in PRICE_STRUCTURES[structure]
    )


_STORIES: Final[dict[type[f.Fact], Callable[[MarketLifecycle, Any, Entry], Iterable[_Story]]]] = {
    f.MarketCreated: MarketLifecycle._created,
    f.EventCreated: MarketLifecycle._event_created,
    f.EventFeesSet: MarketLifecycle._event_fees,
    f.MarketStatusChanged: MarketLifecycle._status,
    f.MarketTimesSet: MarketLifecycle._times,
    f.MarketDetermined: MarketLifecycle._determined,
    f.MarketFinalized: MarketLifecycle._settled,
    OutcomeCorrected: MarketLifecycle._corrected,
    f.PriceStructureSet: MarketLifecycle._structure,
}
