"""The leaderboard, and who is trending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.authors import Levels, levels
from presage.api.site.cache import Place
from presage.api.site.money import owned_cents
from presage.api.site.rankings import BRIER_PLACES, board, trends
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import printed
from presage.domain.ids import MemberId
from presage.wire.site import profiles as wire

_HUNDREDTHS: Final = 100


async def get_leaderboard(call: Call[wire.ShowLeaderboard, None]) -> wire.Leaderboard:
    """Show a ranking of members; with a credential also one's own place in it."""
    query = call.query
    after = pages.after(call, int, int)
    if not site_of(call).settings.flag("leaderboard"):
        return _switched_off(call)
    found = await board(call, query.metric, query.window)
    behind = found.places
    if after is not None:
        behind = [place for place in behind if place.keyset() > tuple(after)]
    cut = pages.cut(call, behind[: pages.wanted(call)], Place.keyset)
    me = found.of.get(call.caller.member)
    known = await _levels(call, [place.member for place in (*cut.rows, *((me,) if me else ()))])
    return wire.Leaderboard(
        metric=query.metric,
        window=query.window,
        entries=[_entry(call, place, known) for place in cut.rows],
        me=_entry(call, me, known) if me is not None else None,
        as_of=printed(found.at),
        next_cursor=cut.next_cursor,
    )


def _switched_off(call: Call[wire.ShowLeaderboard, None]) -> wire.Leaderboard:
    """Nobody."""
    return wire.Leaderboard(
        metric=call.query.metric,
        window=call.query.window,
        entries=[],
        me=None,
        as_of=printed(call.at),
        next_cursor=None,
        enabled=False,
    )


async def list_trending_users(call: Call[wire.ShowTrending, None]) -> wire.TrendingUsers:
    """Show who does well, trades much and is liked this week."""
    found = await trends(call)
    shown = found.members[: call.query.limit]
    known = await _levels(call, [one.member for one in shown])
    users = [
        wire.TrendingUser(
            user=_ranked(call, one.member, known),
            score=one.score / _HUNDREDTHS,
            profit_7d_cents=owned_cents(one.profit),
            volume_7d_cents=owned_cents(one.volume),
            new_followers_7d=one.followers,
            likes_7d=one.likes,
            rank=rank,
        )
        for rank, one in enumerate(shown, 1)
    ]
    return wire.TrendingUsers(users=users, as_of=printed(found.at))


async def _levels(call: AnyCall, members: Iterable[MemberId]) -> Levels:
    return await services_of(call).reader.run(lambda connection: levels(connection, members))


def _entry(call: AnyCall, place: Place, known: Levels) -> wire.LeaderboardEntry:
    return wire.LeaderboardEntry(
        rank=place.rank,
        user=_ranked(call, place.member, known),
        value=place.key / BRIER_PLACES if call.query.metric == "accuracy" else -place.key,
        profit_cents=place.profit_cents,
        volume_cents=place.volume_cents,
        predictions=place.predictions,
        win_rate_bps=place.win_rate_bps,
    )


def _ranked(call: AnyCall, member: MemberId, known: Levels) -> wire.Ranked:
    person = site_of(call).people.find(member)
    assert person is not None, "rankings hold members only"
    return wire.Ranked(
        id=ids.shown("usr", person.id),
        username=person.username,
        display_name=person.display_name,
        avatar_url=person.avatar or None,
        level=known[member],
    )
