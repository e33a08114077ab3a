"""What is worth making only so often: rankings, with how long each is good for.

It is kept in memory and counted in real time, so that a clock that stands still does not keep it
for ever. How it is made, `rankings.py` knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Generic, NamedTuple, TypeVar

from presage.domain.ids import MemberId
from presage.site.paper import Standing
from presage.units import Micros

T = TypeVar("T")

_SECOND: Final = 1_000_000_000
_BOARD_FOR: Final = 60 * _SECOND
_TRENDS_FOR: Final = 300 * _SECOND


class Place(NamedTuple):
    """A line of a ranking. `key` sorts it, the smallest first; members with one key share a
    rank."""

    key: int
    member: MemberId
    rank: int
    profit_cents: int
    volume_cents: int
    predictions: int
    win_rate_bps: int | None

    def keyset(self) -> tuple[int, int]:
        return self.key, self.member


class Board(NamedTuple):
    """A ranking as it was at a moment."""

    at: Micros
    places: list[Place]
    of: dict[MemberId, Place]


class Trend(NamedTuple):
    """`score` in hundredths."""

    member: MemberId
    score: int
    profit: int
    volume: int
    followers: int
    likes: int


class Trends(NamedTuple):
    """Who was trending at a moment, first the most."""

    at: Micros
    members: list[Trend]


class Seat(NamedTuple):
    """A player's place in a tournament."""

    rank: int
    standing: Standing


class Ladder(NamedTuple):
    """All places of a tournament as they were at a moment, the first first."""

    at: Micros
    seats: list[Seat]
    of: dict[MemberId, Seat]


class Kept(Generic[T]):
    """Something that is worth making only so often. While it is made anew, others get what there
    was."""

    def __init__(self, nanoseconds: int) -> None:
        self._for = nanoseconds
        self._made: dict[object, tuple[int, T]] = {}
        self._making: set[object] = set()

    async def get(self, key: object, now: int, make: Callable[[], Awaitable[T]]) -> T:
        """What was made not too long ago, or is made now."""
        known = self._made.get(key)
        if known is not None and (now - known[0] < self._for or key in self._making):
            return known[1]
        self._making.add(key)
        try:
            made = await make()
        finally:
            self._making.discard(key)
        self._made[key] = now, made
        return made


class Rankings:
    """All of them."""

    def __init__(self) -> None:
        self.boards = Kept[Board](_BOARD_FOR)
        self.trends = Kept[Trends](_TRENDS_FOR)
        self.contests = Kept[Ladder](_BOARD_FOR)
