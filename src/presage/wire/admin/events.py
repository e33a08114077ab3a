"""Events, categories and series as operators write them for the site."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin import listings
from presage.wire.admin.common import Done, Request, ShortText, Text, Ticker
from presage.wire.admin.listings import Moment
from presage.wire.site.common import CursorText, Limit
from presage.wire.site.events import EventDetail, Status

Title = Annotated[str, Meta(pattern=r"\S", max_length=200)]
Label = Annotated[str, Meta(pattern=r"\S", max_length=100)]
Url = Annotated[str, Meta(max_length=500)]
Tags = Annotated[
    tuple[Annotated[str, Meta(pattern=r"\S", max_length=30)], ...], Meta(max_length=10)
]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=3, max_length=80)]
Hours = Annotated[int, Meta(ge=0, le=168)]
Tick = int | float
"""The grid of prices, in cents: 1, 0.5, 0.2, 0.1 or 0.01."""
Bps = Annotated[int, Meta(ge=1, le=9_999)]
Sponsor = Annotated[str, Meta(max_length=40)]
"""A sponsor's id; empty: none."""
Cents = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class NewOption(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`openingProbBps` is where the house begins to quote."""

    label: Label
    image_url: Url = ""
    opening_prob_bps: Bps | None = None


class Liquidity(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`subsidyCents` is what the house market maker may risk on the event."""

    kind: Literal["NONE", "HOUSE_LMSR"] = "NONE"
    subsidy_cents: Cents = 0


Options = Annotated[tuple[NewOption, ...], Meta(min_length=1, max_length=100)]


class DraftEvent(Request, rename="camel", kw_only=True):
    """An event with its options, kept as a draft until it is published. Without options it has the
    one called Yes. `tick` is in cents. Without `disputeWindowHours` a setting says how long."""

    title: Title
    subtitle: ShortText = ""
    slug: Slug | None = None
    event_ticker: Ticker | None = None
    series_ticker: Ticker | None = None
    category: Annotated[str, Meta(pattern=r"\S", max_length=60)]
    description: Text = ""
    rules_primary: Text = ""
    rules_secondary: Text = ""
    resolution_source: ShortText = ""
    early_close_condition: ShortText = ""
    options: Options = (NewOption(label="Yes"),)
    mutually_exclusive: bool = False
    open_at: Moment | None = None
    close_at: Moment
    image_url: Url = ""
    featured: bool = False
    tags: Tags = ()
    dispute_window_hours: Hours | None = None
    tick: Tick = 1
    sponsor: Sponsor = ""
    liquidity: Liquidity = msgspec.field(default_factory=Liquidity)


class CreateEvent(listings.CreateEvent, kw_only=True):
    """Two ways. With `event_ticker` and `series_ticker`: an event of the exchange at once, whose
    markets follow. In camelCase, as `DraftEvent` has it: a draft with its options."""

    event_ticker: Ticker | None = None  # type: ignore[assignment]  # the other way has another name
    series_ticker: Ticker | None = None  # type: ignore[assignment]
    title: Annotated[str, Meta(max_length=500)] = ""
    subtitle: ShortText = ""
    category: Annotated[str, Meta(max_length=60)] = ""
    slug: Slug | None = None
    ticker: Ticker | None = msgspec.field(default=None, name="eventTicker")
    series: Ticker | None = msgspec.field(default=None, name="seriesTicker")
    description: Text = ""
    rules_primary: Text = msgspec.field(default="", name="rulesPrimary")
    rules_secondary: Text = msgspec.field(default="", name="rulesSecondary")
    resolution_source: ShortText = msgspec.field(default="", name="resolutionSource")
    early_close_condition: ShortText = msgspec.field(default="", name="earlyCloseCondition")
    options: Options | None = None
    exclusive: bool = msgspec.field(default=False, name="mutuallyExclusive")
    open_at: Moment | None = msgspec.field(default=None, name="openAt")
    close_at: Moment | None = msgspec.field(default=None, name="closeAt")
    image: Url = msgspec.field(default="", name="imageUrl")
    featured: bool = False
    tags: Tags = ()
    dispute_window_hours: Hours | None = msgspec.field(default=None, name="disputeWindowHours")
    tick: Tick = 1
    sponsor: Sponsor = ""
    liquidity: Liquidity | None = None


class EventCreated(listings.Created, kw_only=True, omit_defaults=True):
    """`event` is the draft, where one was made."""

    event: EventDetail | None = None


class ChangeEvent(Request, rename="camel", kw_only=True):
    """What is left out stays. After the first trade only image, featured, tags, sponsor and a later
    closing can be changed. `sponsor` "" takes it away. `version`: refuse when somebody has changed
    the event since."""

    version: int | None = None
    title: Title | None = None
    subtitle: ShortText | None = None
    slug: Slug | None = None
    description: Text | None = None
    rules_primary: Text | None = None
    rules_secondary: Text | None = None
    resolution_source: ShortText | None = None
    early_close_condition: ShortText | None = None
    options: Options | None = None
    open_at: Moment | None = None
    close_at: Moment | None = None
    image_url: Url | None = None
    featured: bool | None = None
    tags: Tags | None = None
    sponsor: Sponsor | None = None


class Act(Request):
    """Only the reason."""


class PauseEvent(Request, rename="camel", kw_only=True):
    """Resting orders stay until trading goes on, or with `cancelOrders` are cancelled at once."""

    cancel_orders: bool = False


class AddOption(Request, rename="camel", kw_only=True):
    """One more option of an event whose options do not exclude each other."""

    label: Label
    image_url: Url = ""
    opening_prob_bps: Bps | None = None


class Clarify(Request, kw_only=True):
    """A word added to the rules, for ever."""

    text: Annotated[str, Meta(pattern=r"\S", max_length=5_000)]


class EventDone(Done, kw_only=True):
    """`version` is what the next change may name."""

    event: EventDetail
    version: int


class EventShown(msgspec.Struct, kw_only=True):
    event: EventDetail
    version: int


class ListEvents(msgspec.Struct, kw_only=True):
    """Newest first; `status` DRAFT lists what is not published."""

    status: Status | None = None
    limit: Limit = 50
    cursor: CursorText | None = None


class EventList(msgspec.Struct, kw_only=True, rename="camel"):
    events: list[EventDetail]
    next_cursor: str | None


class PutCategory(Request, kw_only=True):
    """Without `slug` it is made from the name."""

    name: Annotated[str, Meta(pattern=r"\S", max_length=60)]
    slug: Slug | None = None
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0


class ChangeCategory(Request, kw_only=True):
    name: Annotated[str, Meta(pattern=r"\S", max_length=60)] | None = None
    position: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class Category(msgspec.Struct, kw_only=True):
    """`listed`: it has a row; without one it is the name that some event or series uses."""

    slug: str
    name: str
    position: int
    listed: bool


class Categories(msgspec.Struct, kw_only=True):
    categories: list[Category]


class CategoryDone(Done, kw_only=True):
    category: Category


class ListSeries(msgspec.Struct, kw_only=True):
    """Newest first."""

    limit: Limit = 50
    cursor: CursorText | None = None


class Series(msgspec.Struct, kw_only=True):
    ticker: str
    title: str
    category: str
    tags: tuple[str, ...]
    frequency: str
    fee_type: str
    fee_multiplier: str
    events: int


class SeriesList(msgspec.Struct, kw_only=True):
    series: list[Series]
    next_cursor: str | None


class ChangeSeries(Request, kw_only=True):
    """What is left out stays."""

    title: ShortText | None = None
    category: ShortText | None = None
    tags: listings.Words | None = None
    frequency: Annotated[str, Meta(max_length=64)] | None = None
    contract_url: ShortText | None = None
    contract_terms_url: ShortText | None = None
    product_metadata: dict[str, Any] | None = None


class SeriesDone(Done, kw_only=True):
    series: Series


class HouseLiquidity(Request, rename="camel", kw_only=True):
    """`start` and `resize` say how many contracts stand at a price; `fairProbBps` is where it
    begins, `askLimitCents` a price at or below which as many are always offered."""

    action: Literal["start", "stop", "resize"]
    size: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    fair_prob_bps: Bps | None = None
    ask_limit_cents: Annotated[int, Meta(ge=1, le=99)] | None = None


class HouseLine(msgspec.Struct, kw_only=True, rename="camel"):
    option_id: str
    market_ticker: str
    active: bool
    size: int
    fair_prob_bps: int
    ask_limit_cents: int | float | None


class HouseDone(Done, kw_only=True):
    line: HouseLine
