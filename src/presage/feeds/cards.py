"""What is kept in memory of each series, event and market: rule facets, quotes, totals, texts.

A card holds numbers as facts gave them; it prints nothing and looks at no clock. Texts are read
from their rows when first printed, and are None until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from presage.catalog.events import EventText
from presage.catalog.markets import MarketText
from presage.catalog.series import SeriesText
from presage.domain.ids import EventId, MarketId, SeriesId
from presage.domain.markets import DECIDED
from presage.projections.periods import HOUR, period_end
from presage.units import SECOND, Count, Micros, Price

STATUS_WORDS: Final[dict[str, str]] = {
    "initialized": "unopened",
    "active": "open",
    "inactive": "paused",
    "closed": "closed",
    "determined": "closed",
    "disputed": "closed",
    "amended": "closed",
    "finalized": "settled",
}
"""A market's status -> the word that lists filter by."""

_HOUR_SECONDS: Final = 3_600
_DAY: Final[Micros] = 24 * _HOUR_SECONDS * SECOND


class SeriesCard(msgspec.Struct, eq=False):
    """`multiplier` in 1/10 000."""

    id: SeriesId
    ticker: str
    fee_type: str
    multiplier: int
    shard: int
    updated_at: Micros
    events: list[EventCard] = []
    volume: Count = 0
    text: SeriesText | None = None
    edition: int = 0

    def forget_text(self) -> None:
        """Read the text again before it is printed."""
        self.text = None
        self.edition += 1

    def chain(self) -> Iterator[Card]:
        """The cards whose texts are printed with this one."""
        yield self


class EventCard(msgspec.Struct, eq=False):
    """`words` counts the event's markets by status word; `collection` is that of a combo; `traders`
    are the members who had traded when the event's volume was `counted_at`."""

    id: EventId
    series: SeriesCard
    ticker: str
    exclusive: bool
    netting: str
    fee_type: str
    multiplier: int
    updated_at: Micros
    shard: int = 0
    collection: str = ""
    markets: list[MarketCard] = []
    words: dict[str, int] = {}
    text: EventText | None = None
    edition: int = 0
    traders: int = 0
    counted_at: Count = 0

    @property
    def volume(self) -> Count:
        """Contracts that were traded in all its markets."""
        return sum(one.volume for one in self.markets)

    def forget_text(self) -> None:
        """Read the text again before it is printed."""
        self.text = None
        self.edition += 1

    def chain(self) -> Iterator[Card]:
        """The cards whose texts are printed with this one."""
        yield self
        yield self.series


class Hour(msgspec.Struct, frozen=True):
    """How a market stood before the first change of an hour; `ends_at` in unix seconds."""

    ends_at: int
    bid: Price
    ask: Price
    last_price: Price
    volume: Count


class LegCard(msgspec.Struct, frozen=True, eq=False):
    """A market, and the side on which it has to come out."""

    market: MarketCard
    side: Literal["yes", "no"]

    @property
    def value(self) -> Price | None:
        """What YES of the market was determined to be worth; None: it is not, or it is void."""
        market = self.market
        known = market.status in DECIDED or market.status == "finalized"
        return market.value if known and market.result not in ("", "void") else None


class MarketCard(msgspec.Struct, eq=False):
    """`ask` is 0 in a book that nobody ever touched and 10 000 in one whose asks are used up;
    `settle_at` (when the outcome will be paid), `settled_at` and `fee_waiver_until` 0: none.
    `hours` holds the last day's hours in which quotes or volume changed, oldest first. `legs` are
    those of a combo; `combos` those that have this market as a leg. `piece` is the printed market
    as of hour `piece_hour`, 0: it is not printed, or has changed; `option` and `option_hour` are
    the same for the site."""

    id: MarketId
    event: EventCard
    ticker: str
    status: str
    open_at: Micros
    close_at: Micros
    structure: str
    timer: Micros
    can_close_early: bool
    fee_waiver_until: Micros
    provisional: bool
    created_at: Micros
    updated_at: Micros
    bid: Price = 0
    bid_size: Count = 0
    ask: Price = 0
    ask_size: Count = 0
    last_price: Price = 0
    volume: Count = 0
    open_interest: Count = 0
    last_size: Count = 0
    result: str = ""
    value: Price = 0
    settle_at: Micros = 0
    settled_at: Micros = 0
    legs: tuple[LegCard, ...] = ()
    combos: list[MarketCard] = []
    hours: list[Hour] = []
    text: MarketText | None = None
    edition: int = 0
    piece: msgspec.Raw | None = None
    piece_hour: int = 0
    option: Any = None
    option_hour: int = 0

    def changed(self) -> None:
        """What was printed of it is no longer true."""
        self.piece_hour = self.option_hour = 0

    def forget_text(self) -> None:
        """Read the text again before it is printed."""
        self.text = self.piece = self.option = None
        self.changed()
        self.edition += 1

    @property
    def event_ticker(self) -> str:
        return self.event.ticker

    @property
    def series_ticker(self) -> str:
        return self.event.series.ticker

    @property
    def shard(self) -> int:
        return self.event.shard

    @property
    def word(self) -> str:
        """The status word that lists filter by."""
        return STATUS_WORDS[self.status]

    def chain(self) -> Iterator[Card]:
        """The cards whose texts are printed with this one."""
        yield self
        yield self.event
        yield self.event.series

    def remember(self, at: Micros) -> None:
        """Keep how things stand, before the first change of an hour."""
        end = period_end(HOUR, at)
        if self.hours and self.hours[-1].ends_at == end:
            return
        self._forget_hours(at)
        self.hours.append(Hour(end, self.bid, self.ask, self.last_price, self.volume))

    def day_ago(self, now: Micros) -> Hour | None:
        """How the market stood 24 to 25 hours before `now`; None: as it does now."""
        self._forget_hours(now)
        return self.hours[0] if self.hours else None

    def _forget_hours(self, now: Micros) -> None:
        oldest = period_end(HOUR, now - _DAY)
        while self.hours and self.hours[0].ends_at < oldest:
            del self.hours[0]


Card = SeriesCard | EventCard | MarketCard
