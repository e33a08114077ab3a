"""Members as others see them: profiles, rankings, and who is much talked about."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.site.common import Page, Shape
from presage.wire.site.events import CategoryRef
from presage.wire.site.posts import Post

Metric = Literal["profit", "volume", "predictions", "accuracy"]
Window = Literal["day", "week", "month", "all"]


class Ranked(Shape):
    """Somebody in a ranking."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None
    level: int


class LeaderboardEntry(Shape):
    """`value` is what the metric counts: cents, options, or the Brier score."""

    rank: int
    user: Ranked
    value: int | float
    profit_cents: int
    volume_cents: int
    predictions: int
    win_rate_bps: int | None


class Leaderboard(Shape, omit_defaults=True):
    """Who has the same value has the same rank. `me` is the caller's own line, wherever it is.
    `enabled` is told when the feature is switched off: then there is nobody."""

    metric: Metric
    window: Window
    entries: list[LeaderboardEntry]
    me: LeaderboardEntry | None
    as_of: str
    next_cursor: str | None
    enabled: bool = True


class ShowLeaderboard(Page):
    """`accuracy` ranks those with 10 settled options or more, the smallest Brier score first."""

    metric: Metric = "profit"
    window: Window = "all"


class TrendingUser(Shape):
    """`score` is from 0 to 100."""

    user: Ranked
    score: float
    profit_7d_cents: int = msgspec.field(name="profit7dCents")
    volume_7d_cents: int = msgspec.field(name="volume7dCents")
    new_followers_7d: int = msgspec.field(name="newFollowers7d")
    likes_7d: int = msgspec.field(name="likes7d")
    rank: int


class TrendingUsers(Shape):
    users: list[TrendingUser]
    as_of: str


class ShowTrending(Shape):
    limit: Annotated[int, Meta(ge=1, le=50)] = 10


class CalibrationBucket(Shape):
    """Forecasts from `bucketBps` up: what they cost on average, and how often they came true."""

    bucket_bps: int
    contracts: int | float
    avg_price_bps: int
    won_bps: int


class Ranks(Shape):
    """Of all time; null: not ranked."""

    profit: int | None
    volume: int | None
    predictions: int | None


class CategoryStats(Shape):
    category: CategoryRef
    predictions: int
    resolved: int
    wins: int
    win_rate_bps: int | None
    profit_cents: int
    volume_cents: int


class Stats(Shape):
    """`predictions` are options ever held, `resolved` those of them that were settled (voided ones
    left out). Brier score and calibration stand there from 10 resolved ones on."""

    trades: int
    predictions: int
    resolved: int
    wins: int
    win_rate_bps: int | None
    profit_cents: int
    roi_bps: int | None
    volume_cents: int
    biggest_win_cents: int
    avg_hold_hours: float | None
    brier: float | None
    calibration_error_bps: int | None
    calibration: list[CalibrationBucket]
    ranks: Ranks
    categories: list[CategoryStats]


class PublicPosition(Shape):
    """What a member holds, who wants everybody to see it."""

    event_slug: str
    option_id: str
    option_label: str
    side: Literal["YES", "NO"]
    quantity: int | float


class PublicTrade(Shape):
    """What was bought (selling YES is buying NO), at the price of that side."""

    event_slug: str
    option_id: str
    option_label: str
    side: Literal["YES", "NO"]
    quantity: int | float
    price_cents: int | float
    created_at: str


class BadgeRef(Shape):
    id: str
    name: str
    tier: str


class UserCard(Shape, omit_defaults=True):
    """`isFollowing` and `isCopying` only for a caller who has said who it is."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None
    bio: str
    joined_at: str
    level: int
    badges: list[BadgeRef]
    streak: int
    follower_count: int
    following_count: int
    copier_count: int
    role_badge: Literal["MODERATOR", "RESOLVER", "ADMIN", "AUDITOR"] | None
    is_following: bool | None = None
    is_copying: bool | None = None


class ProfileReply(Shape, omit_defaults=True):
    """`positions` and `recentTrades` only of members who show them."""

    user: UserCard
    stats: Stats
    recent_posts: list[Post]
    positions: list[PublicPosition] | None = None
    recent_trades: list[PublicTrade] | None = None
