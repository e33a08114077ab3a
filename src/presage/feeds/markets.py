"""Series, events and markets as they stand now: one card each, and the lists that find them.

Folded from committed facts, started from the projections. It answers which market, which page,
whether the exchange is open. How cards are printed is `printing.py`, what rests is `books.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection

from presage.catalog.events import EVENT_TEXTS
from presage.catalog.markets import MARKET_TEXTS
from presage.catalog.series import SERIES_TEXTS
from presage.domain import facts as f
from presage.domain.combos import Legs
from presage.domain.cutoffs import Cutoffs, CutoffsMoved
from presage.domain.ids import EventId, MarketId, SeriesId
from presage.domain.member_facts import PositionTransferred
from presage.domain.resolution_facts import OutcomeCorrected
from presage.domain.shard_facts import ShardDeclared
from presage.feeds.cards import EventCard, Hour, LegCard, MarketCard, SeriesCard
from presage.feeds.indexes import EventFilter, EventIndex, MarketFilter
from presage.feeds.texts import TextMemory
from presage.feeds.tiers import MarketTiers
from presage.projections import candles, cutoffs, exchange, history, markets, shards
from presage.projections.periods import HOUR
from presage.projections.projection import Entry
from presage.projections.trades import last_sizes
from presage.units import SECOND, Micros

T = TypeVar("T", SeriesCard, EventCard, MarketCard)

_DAY_SECONDS: Final = 24 * 3_600


class Markets:
    """The view. `load` once, then `apply` every committed entry in order."""

    def __init__(self) -> None:
        self.exchange_active = True
        self.trading_active = True
        self.shards: tuple[int, ...] = (0,)
        """Those that the operator has declared, in order; the first is always there."""
        self.cutoffs = Cutoffs()
        self.texts = TextMemory()
        self.unsearched: dict[EventId, int] = {}
        """Events that were made or rewritten since whoever searches has read them: how often."""
        self.on_rewritten: list[Callable[[MarketCard, Sequence[str]], None]] = []
        self._series: dict[SeriesId, SeriesCard] = {}
        self._events: dict[EventId, EventCard] = {}
        self._markets: dict[MarketId, MarketCard] = {}
        # Series, events and markets have name spaces of their own, as on Kalshi.
        self._series_by_ticker: dict[str, SeriesCard] = {}
        self._event_by_ticker: dict[str, EventCard] = {}
        self._market_by_ticker: dict[str, MarketCard] = {}
        self._tiers = MarketTiers()
        # Combos may be many times as many as all else, so that lists without them are lists.
        self._kinds = {kind: MarketTiers() for kind in (False, True)}
        self._event_kinds = {kind: EventIndex() for kind in (False, True)}

    # Which one

    def by_ticker(self, ticker: str) -> MarketCard | None:
        """The market with this ticker."""
        return self._market_by_ticker.get(ticker)

    def by_id(self, market: MarketId) -> MarketCard:
        """The market with this id, which must exist."""
        return self._markets[market]

    def find(self, market: MarketId) -> MarketCard | None:
        """The market with this id, if there is one."""
        return self._markets.get(market)

    def event(self, ticker: str) -> EventCard | None:
        """The event with this ticker."""
        return self._event_by_ticker.get(ticker)

    def event_by_id(self, event: EventId) -> EventCard:
        """The event with this id, which must exist."""
        return self._events[event]

    def series(self, ticker: str) -> SeriesCard | None:
        """The series with this ticker."""
        return self._series_by_ticker.get(ticker)

    def series_by_id(self, series: SeriesId) -> SeriesCard:
        """The series with this id, which must exist."""
        return self._series[series]

    # Which ones

    def all_series(self) -> list[SeriesCard]:
        """Every series, oldest first."""
        return list(self._series.values())

    def all_events(self) -> list[EventCard]:
        """Every event, oldest first."""
        return list(self._events.values())

    def events_having(self, *words: str) -> list[EventCard]:
        """Events, combos left out, of whose markets some have one of these status words; at the
        cost of what is found, as what is over becomes more and more."""
        return [self._events[event] for event in self._event_kinds[False].having(words)]

    @property
    def event_count(self) -> int:
        """How many events there are."""
        return len(self._events)

    def page(
        self,
        wanted: MarketFilter,
        limit: int,
        before: MarketId | None = None,
        *,
        cutoff: Micros | None = None,
    ) -> tuple[list[MarketCard], MarketId | None]:
        """Up to `limit` live markets, newest first, older than `before`, and the `before` of the
        next page, None on the last. `cutoff`: live as of that one, the one in force or older."""
        tiers = self._tiers_for(wanted)
        return tiers.live_page(self._markets, wanted, limit, before, cutoff)

    def historical_page(
        self, wanted: MarketFilter, limit: int, before: MarketId | None, cutoff: Micros
    ) -> tuple[list[MarketCard], MarketId | None]:
        """As `page`, of markets that were settled before the cutoff."""
        tiers = self._tiers_for(wanted)
        return tiers.historical_page(self._markets, wanted, limit, before, cutoff)

    def is_live(self, card: MarketCard) -> bool:
        """Whether a market is not historical."""
        return self._tiers.is_live(card)

    def _tiers_for(self, wanted: MarketFilter) -> MarketTiers:
        return self._tiers if wanted.combos is None else self._kinds[wanted.combos]

    def ids(self, tickers: Sequence[str]) -> list[MarketId]:
        """The ids of the markets among these tickers, oldest first, each once."""
        return sorted({card.id for ticker in tickers if (card := self.by_ticker(ticker))})

    def events_page(
        self, wanted: EventFilter, limit: int, before: EventId | None = None
    ) -> tuple[list[EventCard], EventId | None]:
        """As `page`, of events."""
        return self._event_kinds[wanted.combos].page(self._events, wanted, limit, before)

    def event_ids(self, tickers: Sequence[str]) -> list[EventId]:
        """The ids of the events among these tickers, oldest first, each once."""
        return sorted({card.id for ticker in tickers if (card := self.event(ticker))})

    # How they came here

    def load(self, connection: Connection) -> None:
        """Start from the projections' tables."""
        self.exchange_active, self.trading_active = exchange.is_active(connection)
        self.shards = tuple(shards.every_shard(connection))
        self.cutoffs = cutoffs.current(connection)
        written = SERIES_TEXTS.updated(connection)
        for series in markets.all_series(connection):
            self._add_series(_card(SeriesCard, series, written))
        written = EVENT_TEXTS.updated(connection)
        for event in markets.all_events(connection):
            self._add_event(_card(EventCard, event, written, series=self._series[event.series]))
        written = MARKET_TEXTS.updated(connection)
        for market in markets.all_markets(connection):
            owner = {"event": self._events[market.event], "legs": self._legs(market.legs)}
            self._add_market(_card(MarketCard, market, written, **owner))
        for market_id, size in last_sizes(connection):
            self._markets[market_id].last_size = size
        cutoff = self.cutoffs.markets
        self._tiers.fill(self._markets.values(), cutoff)
        for kind, index in self._kinds.items():
            of_kind = (card for card in self._markets.values() if bool(card.legs) == kind)
            index.fill(of_kind, cutoff)
        self._load_hours(connection)

    def _load_hours(self, connection: Connection) -> None:
        """Bring back what `MarketCard.hours` keeps, from the hourly candles."""
        now = history.last_at(connection) // SECOND
        since = now - _DAY_SECONDS
        for market in candles.traded_or_quoted(connection, HOUR, since):
            quotes, trades = candles.stored(connection, market, HOUR, since, now + _DAY_SECONDS)
            _remember_hours(self._markets[market], quotes, trades, since)

    def apply(self, entry: Entry) -> None:
        """Fold one committed entry."""
        for fact in entry.facts:
            fold = _FOLDS.get(type(fact))
            if fold is not None:
                fold(self, fact, entry.at)

    def rewritten(
        self, card: SeriesCard | EventCard | MarketCard, at: Micros, fields: Sequence[str] = ()
    ) -> None:
        """The texts of a series, event or market were changed at `at`: read them again. `fields`
        names what changed in a market, for those who listen."""
        card.forget_text()
        if isinstance(card, MarketCard):
            self._change(card, at, lambda: None)
            self.unsearch(card.event.id)
            for listener in self.on_rewritten:
                listener(card, fields)
            return
        card.updated_at = at
        # What a market prints names its category.
        events = [card] if isinstance(card, EventCard) else card.events
        for event in events:
            self.unsearch(event.id)
        for market in (market for event in events for market in event.markets):
            market.changed()

    def unsearch(self, event: EventId) -> None:
        """The words that an event is found by have changed."""
        self.unsearched[event] = self.unsearched.get(event, 0) + 1

    def _add_series(self, card: SeriesCard) -> None:
        self._series[card.id] = self._series_by_ticker[card.ticker] = card

    def _add_event(self, card: EventCard) -> None:
        self._events[card.id] = self._event_by_ticker[card.ticker] = card
        card.series.events.append(card)
        self._index_of(card).add(card)
        self.unsearch(card.id)

    def _add_market(self, card: MarketCard) -> None:
        self._markets[card.id] = self._market_by_ticker[card.ticker] = card
        if len(card.event.markets) == 1:
            card.event.markets[0].changed()  # what an only option is called, it is no more
        card.event.markets.append(card)
        self.unsearch(card.event.id)
        card.event.series.volume += card.volume
        for leg in card.legs:
            leg.market.combos.append(card)
        self._index_of(card.event).count(card.event, card.word, 1)

    def _legs(self, legs: Legs) -> tuple[LegCard, ...]:
        return tuple(
            LegCard(self._markets[leg.market], "yes" if leg.side == "yes" else "no") for leg in legs
        )

    def _index_of(self, card: EventCard) -> EventIndex:
        return self._event_kinds[card.collection != ""]

    def _indexes(self, card: MarketCard) -> tuple[MarketTiers, MarketTiers]:
        return self._tiers, self._kinds[bool(card.legs)]

    def _change(self, card: MarketCard, at: Micros, change: Callable[[], None]) -> None:
        """Alter what lists filter by, or what is printed of a market besides its trading."""
        word = card.word
        for index in self._indexes(card):
            index.remove(card)
        change()
        card.updated_at = at
        card.changed()
        for index in self._indexes(card):
            index.place(card)
        events = self._index_of(card.event)
        events.count(card.event, word, -1)
        events.count(card.event, card.word, 1)
        # A combo prints what its legs came out at.
        for combo in card.combos:
            combo.changed()

    def _series_created(self, fact: f.SeriesCreated, at: Micros) -> None:
        self._add_series(
            SeriesCard(
                fact.series, fact.ticker, fact.fee_type, fact.multiplier, fact.shard, updated_at=at
            )
        )

    def _series_fees(self, fact: f.SeriesFeesSet, at: Micros) -> None:
        card = self._series[fact.series]
        card.fee_type, card.multiplier, card.updated_at = fact.fee_type, fact.multiplier, at

    def _event_created(self, fact: f.EventCreated, at: Micros) -> None:
        series = self._series[fact.series]
        self._add_event(
            EventCard(
                fact.event,
                series,
                fact.ticker,
                fact.exclusive,
                fact.netting,
                "",
                0,
                updated_at=at,
                shard=fact.shard,
                collection=fact.collection,
            )
        )

    def _event_fees(self, fact: f.EventFeesSet, at: Micros) -> None:
        card = self._events[fact.event]
        card.fee_type, card.multiplier, card.updated_at = fact.fee_type, fact.multiplier, at

    def _market_created(self, fact: f.MarketCreated, at: Micros) -> None:
        card = MarketCard(
            fact.market,
            self._events[fact.event],
            fact.ticker,
            status="initialized",
            open_at=fact.open_at,
            close_at=fact.close_at,
            structure=fact.structure,
            timer=fact.timer,
            can_close_early=fact.can_close_early,
            fee_waiver_until=fact.fee_waiver_until,
            provisional=fact.provisional,
            created_at=at,
            updated_at=at,
            legs=self._legs(fact.legs),
        )
        self._add_market(card)
        for index in self._indexes(card):
            index.add(card)

    def _times_set(self, fact: f.MarketTimesSet, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.open_at, card.close_at = fact.open_at, fact.close_at

        self._change(card, at, change)

    def _structure_set(self, fact: f.PriceStructureSet, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.structure = fact.structure

        self._change(card, at, change)

    def _status_changed(self, fact: f.MarketStatusChanged, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.status, card.close_at = fact.status, fact.close_at

        self._change(card, at, change)

    def _determined(self, fact: f.MarketDetermined, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.status, card.result, card.value = fact.status, fact.result, fact.value
            card.settle_at = fact.settle_at
            # The row that says by which value it was decided came with the command.
            card.forget_text()

        self._change(card, at, change)

    def _disputed(self, fact: f.MarketDisputed, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.status, card.settle_at = "disputed", 0

        self._change(card, at, change)

    def _finalized(self, fact: f.MarketFinalized, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.status, card.result, card.value = "finalized", fact.result, fact.value
            card.settled_at = at

        self._change(card, at, change)

    def _corrected(self, fact: OutcomeCorrected, at: Micros) -> None:
        card = self._markets[fact.market]

        def change() -> None:
            card.result, card.value = fact.result, fact.value

        self._change(card, at, change)

    def _traded(self, fact: f.Traded, at: Micros) -> None:
        card = self._markets[fact.market]
        card.remember(at)
        card.last_price = fact.price
        card.last_size = fact.count
        card.volume += fact.count
        card.open_interest = fact.open_interest
        card.event.series.volume += fact.count
        card.changed()

    def _transferred(self, fact: PositionTransferred, at: Micros) -> None:
        card = self._markets[fact.market]
        card.open_interest = fact.open_interest
        card.changed()

    def _top_changed(self, fact: f.TopChanged, at: Micros) -> None:
        card = self._markets[fact.market]
        card.remember(at)
        card.bid, card.bid_size = fact.bid, fact.bid_size
        card.ask, card.ask_size = fact.ask, fact.ask_size
        card.changed()

    def _shard_declared(self, fact: ShardDeclared, at: Micros) -> None:
        self.shards = tuple(sorted({*self.shards, fact.shard}))

    def _pause_set(self, fact: f.PauseSet, at: Micros) -> None:
        self.exchange_active, self.trading_active = fact.exchange, fact.trading

    def _cutoffs_moved(self, fact: CutoffsMoved, at: Micros) -> None:
        self.cutoffs = Cutoffs(fact.markets, fact.trades, fact.orders, fact.positions)
        for tiers in (self._tiers, *self._kinds.values()):
            tiers.move(self._markets, fact.markets)


def _card(shape: type[T], row: msgspec.Struct, written: dict[str, Micros], **owner: Any) -> T:
    """A card from its projection's row; a text written later counts as the last update."""
    values = msgspec.structs.asdict(row) | owner
    values["updated_at"] = max(values["updated_at"], written.get(values["ticker"], 0))
    return shape(**values)


def _remember_hours(
    card: MarketCard,
    quotes: list[candles.QuoteRow],
    trades: list[candles.TradeRow],
    since: int,
) -> None:
    """Rebuild how the market stood before each hour that ends at `since` or later."""
    quote_at = {row.ends_at: row for row in quotes}
    trade_at = {row.ends_at: row for row in trades}
    bid = ask = last_price = 0
    volume = card.volume - sum(row.volume for row in trades if row.ends_at >= since)
    for end in sorted(quote_at.keys() | trade_at.keys()):
        if end >= since:
            card.hours.append(Hour(end, bid, ask, last_price, volume))
        if (quote := quote_at.get(end)) is not None:
            bid, ask = quote.bid_close, quote.ask_close
        if (trade := trade_at.get(end)) is not None:
            last_price = trade.close
            volume += trade.volume if end >= since else 0


_FOLDS: Final[dict[type[f.Fact], Callable[[Markets, Any, Micros], None]]] = {
    f.SeriesCreated: Markets._series_created,
    f.SeriesFeesSet: Markets._series_fees,
    f.EventCreated: Markets._event_created,
    f.EventFeesSet: Markets._event_fees,
    f.MarketCreated: Markets._market_created,
    f.MarketTimesSet: Markets._times_set,
    f.PriceStructureSet: Markets._structure_set,
    f.MarketStatusChanged: Markets._status_changed,
    f.MarketDetermined: Markets._determined,
    f.MarketDisputed: Markets._disputed,
    f.MarketFinalized: Markets._finalized,
    f.Traded: Markets._traded,
    OutcomeCorrected: Markets._corrected,
    PositionTransferred: Markets._transferred,
    f.TopChanged: Markets._top_changed,
    f.PauseSet: Markets._pause_set,
    ShardDeclared: Markets._shard_declared,
    CutoffsMoved: Markets._cutoffs_moved,
}
