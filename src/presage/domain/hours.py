"""Trading hours: weekly sessions in local time, and when trading is closed by them.

Local time is told in offsets from UTC that whoever sets the hours has looked up: nothing here knows
a time zone. Hours bind while the week that names them is in force; where none is, trading is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from presage.domain.bases import CommandBase, FactBase
from presage.units import SECOND, Micros

MINUTE: Final[Micros] = 60 * SECOND
DAY: Final[Micros] = 1_440 * MINUTE
_THURSDAY: Final = 3
"""The weekday of 1 January 1970; Monday is 0."""
_LOOK: Final[Micros] = 16 * DAY
"""In which whatever a week holds comes round, though a change of the clock swallow it once."""
MAX_SESSIONS: Final = 350
MAX_OFFSETS: Final = 400


class Session(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Open on one weekday (0: Monday) between two minutes of the local day, 1 440 being its end;
    in force between two times."""

    from_at: Micros
    until_at: Micros
    weekday: int
    opens: int
    closes: int


class Offset(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Local time is UTC and so many seconds, from a moment on."""

    since: Micros
    seconds: int


class SetHours(CommandBase, frozen=True):
    """Trading opens and closes by these hours; none: it never closes by itself. The first offset
    also holds for all that is before it."""

    sessions: tuple[Session, ...] = ()
    offsets: tuple[Offset, ...] = ()
    audit: int = 0


class HoursSet(FactBase, frozen=True):
    """The hours from here on. What follows are pauses of window 0."""

    sessions: tuple[Session, ...]
    offsets: tuple[Offset, ...]


class Hours(NamedTuple):
    sessions: Sequence[Session] = ()
    offsets: Sequence[Offset] = ()


def next_closing(hours: Hours, at: Micros) -> tuple[Micros, Micros] | None:
    """When trading is closed next, from and to; it began earlier if it is closed at `at`. None: it
    never is."""
    starts = sorted({at, *(one.from_at for one in hours.sessions if one.from_at > at)})
    for start in starts:
        near = _near(hours, start)
        moments = _moments(near, start)
        closed = next((moment for moment in moments if not is_open(near, moment)), None)
        if closed is not None:
            opens = (moment for moment in moments if moment > closed and is_open(near, moment))
            return closed, next(opens, start + _LOOK)
    return None


def is_open(hours: Hours, at: Micros) -> bool:
    """Whether the hours let anybody trade."""
    bound = False
    local = at + _offset(hours, at)
    day, minute = local // DAY, local % DAY // MINUTE
    for one in hours.sessions:
        if one.from_at <= at < one.until_at:
            bound = True
            if one.weekday == (day + _THURSDAY) % 7 and one.opens <= minute < one.closes:
                return True
    return not bound


def _offset(hours: Hours, at: Micros) -> Micros:
    seconds = hours.offsets[0].seconds if hours.offsets else 0
    for one in hours.offsets:
        if one.since > at:
            break
        seconds = one.seconds
    return seconds * SECOND


def _near(hours: Hours, start: Micros) -> Hours:
    """What of the hours can matter in the days after `start`."""
    end = start + _LOOK
    sessions = [one for one in hours.sessions if one.from_at <= end and start < one.until_at]
    past = [one for one in hours.offsets if one.since <= start - DAY]
    coming = [one for one in hours.offsets if start - DAY < one.since <= end + DAY]
    return Hours(sessions, past[-1:] + coming or hours.offsets[:1])


def _moments(hours: Hours, start: Micros) -> list[Micros]:
    """`start`, and every later moment of the next days at which trading may open or close."""
    end = start + _LOOK
    found = {start}
    found.update(one.since for one in hours.offsets)
    for one in hours.sessions:
        found.update((one.from_at, one.until_at))
        for day in range(start // DAY - 1, end // DAY + 2):
            if (day + _THURSDAY) % 7 == one.weekday:
                for minute in (one.opens, one.closes):
                    local = day * DAY + minute * MINUTE
                    found.update(local - offset.seconds * SECOND for offset in hours.offsets)
    return sorted(moment for moment in found if start <= moment <= end)
