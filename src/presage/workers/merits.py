"""Experience and badges for what members do beside trading: follows the outbox.

Posts and comments count after ten minutes, if they are still there; a like counts when whoever
likes has been here for a week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection

from presage.gateway import Gateway
from presage.identity import members
from presage.site import tallies, xp
from presage.site.outbox import Happening
from presage.site.streaks import DAY
from presage.site.tallies import Tally
from presage.site.xp import Gain
from presage.units import SECOND, Micros
from presage.workers.following import Item, Step
from presage.workers.rewarding import Deed, reward

VISIBLE_AFTER: Final[Micros] = 600 * SECOND
GROWN_UP: Final[Micros] = 7 * DAY
_WRITTEN: Final = {"post": 5, "comment": 2}
_RANKS: Final = {1: 200, 2: 150, 3: 100}
_OTHER_RANKS: Final = 25
_PODIUM: Final = 3
_PLAYERS: Final = 10
_AT_ONCE: Final = 20

Act = Callable[[Connection, Happening], None]


class Merits:
    """A follower."""

    name = "merits"
    facts: frozenset[type] = frozenset()
    from_start = True

    @property
    def topics(self) -> frozenset[str]:
        """What it knows how to count."""
        return frozenset(_ACTS)

    async def steps(self, item: Item) -> Sequence[Step]:
        """One: a tournament's winners are few."""
        assert isinstance(item, Happening), "it follows no fact"

        def do(connection: Connection, cause: str) -> None:
            _ACTS[item.topic](connection, item)

        return [Step(do)]


class Promised:
    """Counts posts and comments when their time has come."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def step(self, now: Micros) -> None:
        """Count all that is due."""
        due: list[Gain] = []

        def rows(connection: Connection) -> None:
            due[:] = xp.promised(connection, now, _AT_ONCE)
            for gain in due:
                xp.take_back(connection, gain.source, gain.ref)
                reward(connection, gain.member, now, None, [Deed(gain.source, gain.ref, gain.xp)])

        while True:
            await self._gateway.submit(None, rows)
            if len(due) < _AT_ONCE:
                return


def _streak(connection: Connection, item: Happening) -> None:
    current, longest = item.data["current"], item.data["longest"]

    def change(tally: Tally) -> None:
        tally.best_streak = max(tally.best_streak, longest)

    deed = Deed("streak", str(item.data["day"]), 10 + min(current, 30))
    reward(connection, item.member, item.at, change, [deed])


def _written(source: str) -> Act:
    def act(connection: Connection, item: Happening) -> None:
        ref, at = str(item.data[source]), item.at + VISIBLE_AFTER
        xp.promise(connection, Gain(item.member, source, ref, _WRITTEN[source], at))

    return act


def _removed(source: str) -> Act:
    """What was counted already stays: only what was never visible for long gives nothing."""

    def act(connection: Connection, item: Happening) -> None:
        xp.take_back(connection, source, str(item.data[source]))

    return act


def _liked(connection: Connection, item: Happening) -> None:
    post, author, likes = str(item.data["post"]), item.data["author"], item.data["likes"]
    liker = members.find(connection, item.member)
    if author == item.member or liker is None:
        return
    ref = f"{post}:{item.member}"
    new = tallies.mark(connection, author, "like", ref)
    grown_up = liker.created_at <= item.at - GROWN_UP

    def change(tally: Tally) -> None:
        tally.likes += new
        tally.best_post = max(tally.best_post, likes)

    reward(connection, author, item.at, change, [Deed("like", ref, 1)] * grown_up)


def _followed(connection: Connection, item: Happening) -> None:
    def change(tally: Tally) -> None:
        tally.followers = max(tally.followers, item.data["followers"])

    reward(connection, item.data["followed"], item.at, change)


def _ordered_by_key(connection: Connection, item: Happening) -> None:
    reward(connection, item.member, item.at, _by_key)


def _by_key(tally: Tally) -> None:
    tally.by_key = 1


def _suggested(connection: Connection, item: Happening) -> None:
    def change(tally: Tally) -> None:
        tally.suggestions += 1

    deed = Deed("suggestion", str(item.data["suggestion"]), 50)
    reward(connection, item.member, item.at, change, [deed])


def _upheld(connection: Connection, item: Happening) -> None:
    def change(tally: Tally) -> None:
        tally.disputes += 1

    reward(
        connection, item.member, item.at, change, [Deed("dispute", str(item.data["dispute"]), 75)]
    )


def _won(connection: Connection, item: Happening) -> None:
    winner = item.data.get("winner")
    if not winner:
        return

    def change(tally: Tally) -> None:
        tally.challenges_won += 1

    reward(
        connection, winner, item.at, change, [Deed("challenge", str(item.data["challenge"]), 30)]
    )


def _played(connection: Connection, item: Happening) -> None:
    ref, counts = str(item.data["tournament"]), item.data["players"] >= _PLAYERS
    for member, rank, prize_cents in item.data["ranks"]:
        if rank > _PODIUM and not prize_cents:
            continue
        deed = Deed("tournament", ref, _RANKS.get(rank, _OTHER_RANKS))
        reward(connection, member, item.at, _placed(rank) if counts else None, [deed])


def _placed(rank: int) -> Callable[[Tally], None]:
    def change(tally: Tally) -> None:
        tally.podiums += rank <= _PODIUM
        tally.tournaments_won += rank == 1

    return change


_ACTS: Final[dict[str, Act]] = {
    "streak.claimed": _streak,
    "post.created": _written("post"),
    "post.removed": _removed("post"),
    "comment.created": _written("comment"),
    "comment.removed": _removed("comment"),
    "post.liked": _liked,
    "follow.changed": _followed,
    "order.by_key": _ordered_by_key,
    "suggestion.approved": _suggested,
    "dispute.upheld": _upheld,
    "challenge.settled": _won,
    "tournament.ended": _played,
}
