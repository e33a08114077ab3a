"""Tournaments as the site prints and reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from presage.wire.site.common import CursorText, Limit, Page, Shape, Strict
from presage.wire.site.posts import Author

TournamentStatus = Literal["UPCOMING", "ACTIVE", "SETTLING", "FINISHED", "CANCELLED"]


class ListTournaments(Page):
    """The last to start first."""

    status: Literal["active", "upcoming", "finished", "all"] = "active"


class ShowTournament(Shape):
    """Which part of the leaderboard."""

    limit: Limit = 50
    cursor: CursorText | None = None


class JoinTournament(Strict):
    """`accessCode` opens a private one."""

    access_code: Annotated[str, Meta(max_length=200)] | None = None


class PrizePool(Shape):
    """What there is to win, in cents."""

    fixed_cents: int
    from_fees: int
    total_cents: int


class Prize(Shape):
    """`shareBps` is of what the amounts leave of the pool."""

    rank: int
    share_bps: int | UnsetType = UNSET
    amount_cents: int | UnsetType = UNSET


class EventFilter(Shape):
    """Which events count; both empty: all."""

    categories: list[str]
    slugs: list[str]


class Tournament(Shape):
    """`joined` is there for whoever is logged in."""

    id: str
    slug: str
    title: str
    description: str
    image_url: str | None
    status: TournamentStatus
    start_at: str
    end_at: str
    join_closes_at: str
    settle_grace_hours: int
    bankroll_cents: int
    entry_fee_cents: int
    prize_pool: PrizePool
    prizes: list[Prize]
    max_players: int | None
    player_count: int
    min_trades: int
    event_filter: EventFilter
    private: bool
    sponsor: str | None
    joined: bool | UnsetType = UNSET


class Ranked(Shape):
    """A line of the leaderboard. `prizeCents` is there once it is over."""

    rank: int
    user: Author
    equity_cents: int
    return_bps: int
    trades: int
    qualified: bool
    prize_cents: int | UnsetType = UNSET


class Me(Shape):
    """How the caller stands; `cashCents` is what is free to trade with."""

    rank: int
    equity_cents: int
    return_bps: int
    trades: int
    qualified: bool
    cash_cents: int
    joined_at: str
    prize_cents: int | UnsetType = UNSET


class Entry(Shape):
    """What one begins with."""

    bankroll_cents: int
    joined_at: str
    rank: int


class TournamentsReply(Shape, omit_defaults=True):
    """`enabled` is told when the feature is switched off: then there are none."""

    tournaments: list[Tournament]
    next_cursor: str | None
    enabled: bool = True


class TournamentReply(Shape):
    """`me` is null for whoever does not play."""

    tournament: Tournament
    leaderboard: list[Ranked]
    me: Me | None
    next_cursor: str | None
    as_of: str


class JoinReply(Shape):
    entry: Entry
    tournament: Tournament
