"""News, sponsors and live matches as the site prints them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from presage.wire.site.common import Shape
from presage.wire.site.events import Sponsor


class AskNews(Shape):
    limit: Annotated[int, Meta(ge=1, le=20)] = 8


class Article(Shape):
    """Plain text; `url` leads to somebody else's page."""

    title: str
    url: str
    source: str
    published_at: str | None
    image_url: str | None
    snippet: str


class Summary(Shape):
    """Made by a machine from the articles at `sources`; no market is resolved by it."""

    text: str
    model: str
    generated_at: str
    sources: list[str]
    machine_made: bool = True


class News(Shape):
    """`stale`: the provider does not answer, this is older than it should be; `error` stands there
    only when it does not and there is nothing older."""

    configured: bool
    provider: str | None
    articles: list[Article]
    summary: Summary | None
    stale: bool
    updated_at: str | None
    error: Literal["provider_unavailable"] | UnsetType = UNSET


class SponsorReply(Shape):
    """Whose page it is at this moment, null: nobody's."""

    sponsor: Sponsor | None


class Team(Shape):
    """Its newest innings; nulls: it has not batted."""

    name: str
    short: str
    score: int | None
    wickets: int | None
    overs: int | float | None


class Match(Shape):
    """`eventSlugs` are open events about it."""

    id: str
    series: str
    format: Literal["TEST", "ODI", "T20", "OTHER"]
    venue: str
    start_at: str | None
    status: Literal["UPCOMING", "LIVE", "BREAK", "FINISHED", "ABANDONED"]
    status_text: str
    teams: list[Team]
    result: str | None
    event_slugs: list[str]


class LiveCricket(Shape):
    """What is being played. It informs; it resolves nothing."""

    configured: bool
    provider: str | None
    matches: list[Match]
    stale: bool
    updated_at: str | None
