"""Events, their options and history as the site prints them, and what lists of them are asked."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.site.common import Page, Shape

Number = int | float
"""Whole where it is; prices in cents have up to 2 decimals, as counts of contracts have."""
Status = Literal[
    "DRAFT",
    "UPCOMING",
    "OPEN",
    "PAUSED",
    "CLOSED",
    "RESOLVING",
    "DISPUTED",
    "AMENDED",
    "RESOLVED",
    "VOIDED",
]
Result = Literal["YES", "NO", "SCALAR", "VOID"]
MarkSource = Literal["MID", "LAST", "COST", "SETTLED"]
Slug = Annotated[str, Meta(max_length=200)]


class CategoryRef(Shape):
    slug: str
    name: str


class Option(Shape):
    """One YES/NO market. Quotes are null where there is none; `probBps` is the mark, else the last
    trade; `normalizedProbBps` adds up to 10 000 over the options of an event of which one happens.
    """

    id: str
    market_ticker: str
    label: str
    image_url: str | None
    status: Status
    order: int
    yes_bid_cents: Number | None
    yes_ask_cents: Number | None
    no_bid_cents: Number | None
    no_ask_cents: Number | None
    last_price_cents: Number | None
    prob_bps: int | None
    normalized_prob_bps: int | None
    mark_source: MarkSource | None
    change_24h_bps: int | None = msgspec.field(name="change24hBps")
    volume_contracts: Number
    open_interest: Number
    tick_cents: Number
    fractional: bool
    result: Result | None
    settlement_value_cents: Number | None


class Sponsor(Shape):
    """Who pays for an event's page; it has no part in the market."""

    name: str
    url: str
    logo_url: str | None
    text: str
    disclosure: str
    starts_at: str | None
    ends_at: str | None


class Event(Shape):
    """An event as lists print it."""

    id: str
    slug: str
    event_ticker: str
    series_ticker: str
    title: str
    subtitle: str | None
    category: CategoryRef | None
    tags: tuple[str, ...]
    featured: bool
    image_url: str | None
    sponsor: Sponsor | None
    status: Status
    mutually_exclusive: bool
    open_at: str | None
    close_at: str | None
    resolved_at: str | None
    volume_contracts: Number
    volume_cents: int
    volume_24h_cents: int = msgspec.field(name="volume24hCents")
    liquidity_cents: int
    open_interest: Number
    trader_count: int
    comment_count: int
    is_watched: bool
    options: list[Option]


class Clarification(Shape):
    """A word added to the rules."""

    at: str
    text: str
    by: str | None


class EventDetail(Event):
    """An event on its own page."""

    description: str
    rules_primary: str
    rules_secondary: str
    resolution_source: str
    clarifications: list[Clarification]
    resolution: Resolution | None
    disputes: int
    created_by: str | None
    suggested_by: str | None
    related_slugs: list[str]
    early_close_condition: str | None


class Outcome(Shape):
    """How an option was decided."""

    option_id: str
    result: Result
    settlement_value_cents: Number | None


class Deed(Shape):
    """One thing that was done or said about an event's outcome. `by` is never who disputes."""

    at: str
    action: Literal["RESOLVED", "DISPUTED", "AMENDED", "STANDS", "VOIDED", "FINALIZED", "CORRECTED"]
    by: str | None
    note: str
    evidence_url: str | None
    outcomes: list[Outcome]
    dispute_window_ends_at: str | None
    dispute_id: str | None
    status: Literal["OPEN", "REJECTED", "UPHELD", "VOIDED"] | None


class Resolution(Shape):
    """What was decided, by whom, and until when it can be disputed: null while a dispute is open.
    `history` is what led there, oldest first."""

    state: Status
    outcomes: list[Outcome]
    evidence_url: str | None
    note: str
    resolved_by: str | None
    determined_at: str | None
    dispute_window_ends_at: str | None
    finalized_at: str | None
    history: list[Deed]


class Point(Shape):
    t: str
    prob_bps: int
    volume_contracts: Number


class History(Shape):
    """One option's probability of YES, oldest first."""

    option_id: str
    points: list[Point]


class EventReply(Shape):
    event: EventDetail
    price_history: list[History]


class EventsReply(Shape):
    events: list[Event]
    next_cursor: str | None


class EventRef(Shape):
    """Just enough of an event to find it."""

    id: str
    slug: str
    title: str
    status: Status
    event_ticker: str


class ListEvents(Page):
    """Filters are ANDed. `featured` 1: only such, 0: only others. `open` holds paused events too.
    Without `sort` a search is ranked by how well it fits, other lists by what is traded most."""

    category: Annotated[str, Meta(max_length=100)] | None = None
    featured: Annotated[int, Meta(ge=0, le=1)] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    status: Literal["open", "closed", "resolved", "all"] = "open"
    sort: Literal["trending", "newest", "closing", "volume"] | None = None


class ShowEvent(Shape):
    """How much history, in at most how many points."""

    range: Literal["1h", "1d", "1w", "1m", "all"] = "1w"
    points: Annotated[int, Meta(ge=10, le=1_000)] = 200


class ShowBook(Shape):
    depth: Annotated[int, Meta(ge=1, le=99)] = 99


class BookLevel(Shape):
    price_cents: Number
    quantity: Number
    orders: int


class BookSide(Shape):
    """Bids best (highest) first, asks best (lowest) first."""

    bids: list[BookLevel]
    asks: list[BookLevel]


class OrderBook(Shape):
    """Both sides whole. `sequence` grows with each change of the book."""

    option_id: str
    market_ticker: str
    event_slug: str
    status: Status
    sequence: int
    as_of: str
    yes: BookSide
    no: BookSide
    last_price_cents: Number | None
    mid_prob_bps: int | None
    spread_cents: Number | None
