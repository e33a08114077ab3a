"""Kalshi's JSON as a plan of what to list: pure reading, nothing is sent or stored here.

It understands the answers of Kalshi's `/series`, `/events` and `/markets` (nested markets too),
lists of such objects, objects keyed by ticker, and order books; keys may carry a leading
underscore. Whatever else a file holds is passed over. It decides which times a market gets, never
whether the exchange takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from presage.domain.markets import PRICE_STRUCTURES
from presage.units import CENT_PRICE, CONTRACT, DOLLAR_PRICE, Count, Money, Price

Body = dict[str, Any]
"""The body of a request to the operator API, without its reason."""
Level = tuple[Price, Count]

LENGTH_UNKNOWN: Final = timedelta(days=30)
"""How long a market runs of which only an order book is known."""
FEE_ROOM: Final[Money] = 200 * CENT_PRICE
"""Micro-dollars a contract that a maker's deposit holds for fees."""
_LONGEST_TIMER: Final = 366 * 24 * 3_600

_EVENT_FIELDS: Final = ("title", "sub_title", "category", "strike_date", "strike_period")
_MARKET_TEXTS: Final = (
    "title",
    "subtitle",
    "yes_sub_title",
    "no_sub_title",
    "rules_primary",
    "rules_secondary",
    "early_close_condition",
    "strike_type",
    "floor_strike",
    "cap_strike",
    "functional_strike",
    "custom_strike",
    "primary_participant_key",
)
_TIMES: Final = (
    "open_time",
    "close_time",
    "expected_expiration_time",
    "latest_expiration_time",
    "occurrence_datetime",
)


class Book(msgspec.Struct, frozen=True):
    """Recorded bids: for YES and for NO, in prices of that outcome."""

    ticker: str
    yes: tuple[Level, ...]
    no: tuple[Level, ...]

    @property
    def cost(self) -> Money:
        """What a maker needs to rest all of it."""
        levels = self.yes + self.no
        return sum(price * count + FEE_ROOM * count // CONTRACT for price, count in levels)


class Plan(msgspec.Struct):
    """What to list, by ticker, in the order in which it must be done; books by market."""

    series: dict[str, Body] = {}
    events: dict[str, Body] = {}
    markets: dict[str, Body] = {}
    books: dict[str, Book] = {}
    unusable: list[str] = []

    def digest(self) -> str:
        """The same for the same books."""
        return sha256(msgspec.msgpack.encode(sorted(self.books.items()))).hexdigest()[:32]


def read(documents: Iterable[Any]) -> Plan:
    """Everything that the decoded JSON documents describe."""
    plan = Plan()
    for document in documents:
        for thing in _things(document):
            _add(plan, thing)
    for market in plan.markets.values():
        _need_event(plan, market["event_ticker"], market.get("title") or market["ticker"])
    for event in plan.events.values():
        series = {"ticker": event["series_ticker"], "title": event["series_ticker"]}
        plan.series.setdefault(series["ticker"], _filled(series, event, ("category",)))
    return plan


def _things(document: Any, ticker: str = "") -> Iterator[Body]:
    """Objects that may be a series, event, market or book, wherever they are nested; a book gets
    the ticker that it is kept under."""
    if isinstance(document, list):
        for item in document:
            yield from _things(item)
        return
    if not isinstance(document, Mapping):
        return
    thing = {str(name).removeprefix("_"): value for name, value in document.items()}
    if _is_book(thing):
        yield thing | {"ticker": ticker}
        return
    if "ticker" in thing or "event_ticker" in thing:
        yield thing
    for name, value in thing.items():
        # Strikes and metadata are part of their object; they hold no markets.
        if isinstance(value, list) or (isinstance(value, Mapping) and _is_holder(thing)):
            yield from _things(value, name)


def _is_holder(thing: Mapping[str, Any]) -> bool:
    return "ticker" not in thing and "event_ticker" not in thing


def _is_book(thing: Mapping[str, Any]) -> bool:
    return "yes" in thing and "no" in thing and "ticker" not in thing


def _add(plan: Plan, thing: Body) -> None:
    try:
        _sort(plan, thing)
    except (TypeError, ValueError) as error:
        name = thing.get("ticker") or thing.get("event_ticker")
        plan.unusable.append(f"{name}: {error}")


def _sort(plan: Plan, thing: Body) -> None:
    """Put a thing where it belongs. Raises: TypeError, ValueError."""
    ticker = thing.get("ticker")
    if "yes" in thing and "no" in thing:
        if ticker:
            plan.books[ticker] = Book(ticker, _levels(thing["yes"]), _levels(thing["no"]))
    elif ticker and thing.get("event_ticker"):
        _add_market(plan, thing)
    elif ticker and ("frequency" in thing or "fee_type" in thing):
        plan.series[ticker] = _filled({"ticker": ticker}, thing, ("title", "category"))
    elif thing.get("event_ticker") and not ticker:
        _add_event(plan, thing)


def _add_event(plan: Plan, thing: Body) -> None:
    ticker = thing["event_ticker"]
    series = thing.get("series_ticker") or series_of(ticker)
    event = _filled({"event_ticker": ticker, "series_ticker": series}, thing, _EVENT_FIELDS)
    event["mutually_exclusive"] = bool(thing.get("mutually_exclusive"))
    if event["mutually_exclusive"] and thing.get("collateral_return_type") == "MECNET":
        event["collateral_return_type"] = "MECNET"
    plan.events[ticker] = event


def _add_market(plan: Plan, thing: Body) -> None:
    ticker = thing["ticker"]
    market = _filled(
        {"ticker": ticker, "event_ticker": thing["event_ticker"]}, thing, _MARKET_TEXTS
    )
    times = dict(thing)
    times.setdefault("latest_expiration_time", thing.get("expiration_time"))
    for name in _TIMES:
        if times.get(name):
            market[name] = text(moment(times[name]))
    if "close_time" not in market:
        raise ValueError("no close_time")
    market["can_close_early"] = bool(thing.get("can_close_early", True))
    market["settlement_timer_seconds"] = min(
        int(thing.get("settlement_timer_seconds") or 0), _LONGEST_TIMER
    )
    if thing.get("price_level_structure") in PRICE_STRUCTURES:
        market["price_level_structure"] = thing["price_level_structure"]
    plan.markets[ticker] = market


def _need_event(plan: Plan, ticker: str, title: str) -> None:
    """A market's event is listed even if no document describes it."""
    if ticker not in plan.events:
        plan.events[ticker] = {
            "event_ticker": ticker,
            "series_ticker": series_of(ticker),
            "title": title,
            "mutually_exclusive": False,
        }


def series_of(ticker: str) -> str:
    """`KXHIGHNY-24JUL14-B90.5` -> `KXHIGHNY`."""
    return ticker.partition("-")[0]


def _filled(body: Body, thing: Mapping[str, Any], names: Iterable[str]) -> Body:
    """`body` with the named members of `thing` that say something."""
    given = {name: thing[name] for name in names if thing.get(name) not in (None, "", {})}
    return body | given


def _levels(levels: Any) -> tuple[Level, ...]:
    """[[cents, contracts], ...] as prices and counts; what cannot rest is left out."""
    whole = [(price * CENT_PRICE, count * CONTRACT) for price, count in levels or ()]
    return tuple(level for level in whole if 0 < level[0] < DOLLAR_PRICE and level[1] > 0)


def shifted(plan: Plan, now: datetime) -> Plan:
    """The same plan, where each market that is over opens now and runs as long as it did."""
    markets = {ticker: _from_now(market, now) for ticker, market in plan.markets.items()}
    return msgspec.structs.replace(plan, markets=markets)


def _from_now(market: Body, now: datetime) -> Body:
    closes = moment(market["close_time"])
    if closes > now:
        return market
    opens = moment(market["open_time"]) if "open_time" in market else closes - LENGTH_UNKNOWN
    ahead = now - opens
    moved = {name: text(moment(market[name]) + ahead) for name in _TIMES if name in market}
    return market | moved


def with_books_only(plan: Plan, now: datetime) -> Plan:
    """The plan with a market for each book that has none; all that is known is its ticker."""
    markets, events, series = dict(plan.markets), dict(plan.events), dict(plan.series)
    for ticker in plan.books.keys() - plan.markets.keys():
        event = ticker.rpartition("-")[0] or ticker
        root = events[event]["series_ticker"] if event in events else series_of(ticker)
        series.setdefault(root, {"ticker": root, "title": root})
        events.setdefault(event, {"event_ticker": event, "series_ticker": root, "title": event})
        closes = text(now + LENGTH_UNKNOWN)
        markets[ticker] = {
            "ticker": ticker,
            "event_ticker": event,
            "title": ticker,
            "close_time": closes,
        }
    return msgspec.structs.replace(plan, markets=markets, events=events, series=series)


def moment(written: str) -> datetime:
    """RFC 3339 as a moment; without an offset it is UTC. Raises: ValueError."""
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def text(at: datetime) -> str:
    """A moment as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
