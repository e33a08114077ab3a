"""Questions asked of members' records: sums for one member, and for all within a span of time.

Ratios are left to who prints them; sums are exact.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, cast, func, select

from presage.domain.ids import MarketId, MemberId
from presage.projections.records import MINUTE, YES, earnings, forecasts, records
from presage.units import DOLLAR_PRICE, Count, Micros, Money

MOST_MARKETS: Final = 10_000
"""Markets of one member that are told apart, the newest first."""

_r = records.c
_f = forecasts.c
_COUNTS: Final = and_(_r.settled_at > 0, _r.void.is_(False), _r.opened > 0)
_PROFIT: Final = _r.realized - _r.fees


class Record(NamedTuple):
    """One member in one market. `profit` is after fees; `settled_at` 0: it is open, or was."""

    market: MarketId
    first_at: Micros
    trades: int
    volume: Money
    profit: Money
    spent: Money
    opened: Count
    closed: Count
    held: int
    """Contracts times minutes, if all are closed."""
    settled_at: Micros
    void: bool

    @property
    def resolved(self) -> bool:
        return self.settled_at > 0 and not self.void and self.opened > 0


class Bucket(NamedTuple):
    """Forecasts of about the same price whose markets are settled. `cost` is the sum of price x
    contracts, `won` of what they were worth x contracts, `error` of the squared difference x
    contracts."""

    bucket: int
    contracts: Count
    cost: int
    won: int
    error: int


class Sums(NamedTuple):
    """What a member did within a span."""

    profit: Money = 0
    volume: Money = 0
    trades: int = 0


class Results(NamedTuple):
    """Markets that were settled within a span, and how many of them brought a profit."""

    resolved: int = 0
    wins: int = 0


class Accuracy(NamedTuple):
    """`error` is the sum of squared differences x contracts."""

    contracts: Count
    error: int


def of_member(connection: Connection, member: MemberId) -> list[Record]:
    """Every market that a member has traded in, the newest first."""
    query = (
        select(
            _r.market,
            _r.first_at,
            _r.trades,
            _r.volume,
            _PROFIT,
            _r.spent,
            _r.opened,
            _r.closed,
            _r.closed_minutes - _r.opened_minutes,
            _r.settled_at,
            _r.void,
        )
        .where(_r.member == member)
        .order_by(_r.market.desc())
        .limit(MOST_MARKETS)
    )
    return [Record(*row) for row in connection.execute(query)]


def calibration(connection: Connection, member: MemberId) -> list[Bucket]:
    """How a member's forecasts came out, from the unlikely to the likely."""
    query = (
        select(
            _f.bucket,
            func.sum(_f.count),
            func.sum(_f.cost),
            func.sum(_worth() * _f.count),
            func.sum(_error()),
        )
        .join(records, and_(_r.member == _f.member, _r.market == _f.market))
        .where(_f.member == member, _COUNTS)
        .group_by(_f.bucket)
        .order_by(_f.bucket)
    )
    return [Bucket(*row) for row in connection.execute(query)]


def sums(connection: Connection, since: Micros) -> dict[MemberId, Sums]:
    """Profit, volume and trades of all since a moment (to the minute); 0: ever."""
    table: Any = earnings.c if since else _r
    query = select(
        table.member,
        func.sum(table.realized - table.fees),
        func.sum(table.volume),
        func.sum(table.trades),
    ).group_by(table.member)
    if since:
        query = query.where(earnings.c.minute >= since // MINUTE)
    return {row[0]: Sums(*row[1:]) for row in connection.execute(query)}


def predictions(connection: Connection, since: Micros) -> dict[MemberId, int]:
    """In how many markets each member has first opened a position since a moment."""
    where = and_(_r.first_at >= since, _r.opened > 0)
    query = select(_r.member, func.count()).where(where).group_by(_r.member)
    return {row[0]: row[1] for row in connection.execute(query)}


def results(connection: Connection, since: Micros) -> dict[MemberId, Results]:
    """What was settled for each member since a moment."""
    query = (
        select(_r.member, func.count(), func.sum(cast(_PROFIT > 0, Integer)))
        .where(_COUNTS, _r.settled_at >= since)
        .group_by(_r.member)
    )
    return {row[0]: Results(*row[1:]) for row in connection.execute(query)}


def accuracies(connection: Connection, since: Micros) -> dict[MemberId, Accuracy]:
    """How far each member's forecasts were from what was settled since a moment."""
    query = (
        select(_f.member, func.sum(_f.count), func.sum(_error()))
        .join(records, and_(_r.member == _f.member, _r.market == _f.market))
        .where(_COUNTS, _r.settled_at >= since)
        .group_by(_f.member)
    )
    return {row[0]: Accuracy(*row[1:]) for row in connection.execute(query)}


def _worth() -> ColumnElement[Any]:
    """What a contract of the forecast's own side came to."""
    return case((_f.side == YES, _r.value), else_=DOLLAR_PRICE - _r.value)


def _error() -> ColumnElement[Any]:
    """The sum of (price - worth) squared x count."""
    return _f.squares - 2 * _worth() * _f.cost + _worth() * _worth() * _f.count
