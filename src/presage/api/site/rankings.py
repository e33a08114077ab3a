"""Rankings of all members, made at most once a minute (and once in five for trends).

Who ranks where follows from the sums of `projections/standings.py`. The house, the suspended and
whoever does not want to be shown are left out. Equal values have equal ranks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from presage.api.site.cache import Board, Place, Trend, Trends
from presage.api.site.money import owned_cents
from presage.api.site.services import AnyCall, services_of, site_of
from presage.domain.ids import MemberId
from presage.feeds.copying import only_copied
from presage.identity import members
from presage.identity.people import People
from presage.projections import standings
from presage.projections.standings import Accuracy, Results, Sums
from presage.site import follows, likes, preferences
from presage.units import DOLLAR_PRICE, SECOND, Micros
from presage.wire.site.profiles import Metric, Window

FEWEST: Final = 10
"""Settled options from which on forecasts say something."""
BRIER_PLACES: Final = 10_000
_DAY: Final[Micros] = 86_400 * SECOND
_WINDOWS: Final[Mapping[Window, Micros]] = {"day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY}
_TRADES: Final = 3
_WEIGHTS: Final = (40, 25, 20, 15)
_HIDDEN_STATES: Final = frozenset({"SUSPENDED", "BANNED", "CLOSED"})


class _Numbers(NamedTuple):
    sums: dict[MemberId, Sums]
    predictions: dict[MemberId, int]
    results: dict[MemberId, Results]
    accuracies: dict[MemberId, Accuracy]
    unranked: frozenset[MemberId]


async def board(call: AnyCall, metric: Metric, window: Window) -> Board:
    """A ranking, at most a minute old."""
    site = site_of(call)

    async def make() -> Board:
        span = _WINDOWS.get(window)
        since = 0 if span is None else call.at - span
        numbers = await services_of(call).reader.run(lambda c: _read(c, since))
        return _ranked(call.at, site.people, numbers, metric)

    return await site.rankings.boards.get((metric, window), site.monotonic_ns(), make)


async def trends(call: AnyCall) -> Trends:
    """Who does well, trades much and is liked this week; at most five minutes old."""
    site = site_of(call)

    async def make() -> Trends:
        since = call.at - 7 * _DAY
        read = services_of(call).reader.run
        unranked = await read(_unranked)
        sums, gained, liked = await read(
            lambda c: (
                standings.sums(c, since),
                follows.gained(c, since),
                likes.received(c, since),
            )
        )
        chosen = [
            member
            for member, one in sums.items()
            if one.trades >= _TRADES
            and _may_show(site.people, member, unranked, call.at)
            and _age(site.people, member, call.at) >= _DAY
        ]
        return Trends(call.at, _scored(chosen, sums, gained, liked))

    return await site.rankings.trends.get("", site.monotonic_ns(), make)


def brier(accuracy: Accuracy) -> int:
    """The mean squared error of forecasts, in 1/10 000, rounded to the nearest."""
    whole = accuracy.contracts * DOLLAR_PRICE * DOLLAR_PRICE
    return (2 * accuracy.error * BRIER_PLACES + whole) // (2 * whole)


def ratio_bps(part: int, whole: int) -> int | None:
    """A share in basis points, rounded down; None of nothing."""
    return part * 10_000 // whole if whole else None


def _read(connection: Any, since: Micros) -> _Numbers:
    return _Numbers(
        standings.sums(connection, since),
        _predictions(connection, since),
        standings.results(connection, since),
        standings.accuracies(connection, since),
        _unranked(connection),
    )


def _predictions(connection: Any, since: Micros) -> dict[MemberId, int]:
    """What was only copied is no prediction of one's own."""
    found, copied = standings.predictions(connection, since), only_copied(connection, since)
    own = {member: count - copied.get(member, 0) for member, count in found.items()}
    return {member: count for member, count in own.items() if count > 0}


def _unranked(connection: Any) -> frozenset[MemberId]:
    return frozenset(members.of_role(connection, "house")) | preferences.unranked(connection)


def _may_show(people: People, member: MemberId, unranked: frozenset[MemberId], at: Micros) -> bool:
    person = people.find(member)
    if person is None or member in unranked:
        return False
    return person.state(at) not in _HIDDEN_STATES


def _age(people: People, member: MemberId, at: Micros) -> Micros:
    person = people.find(member)
    return at - person.created_at if person is not None else 0


def _ranked(at: Micros, people: People, numbers: _Numbers, metric: Metric) -> Board:
    found: list[Place] = []
    for member in numbers.sums.keys() | numbers.predictions.keys() | numbers.accuracies.keys():
        if not _may_show(people, member, numbers.unranked, at):
            continue
        key = _key(numbers, member, metric)
        if key is not None:
            found.append(_place(numbers, member, key))
    found.sort(key=Place.keyset)
    places: list[Place] = []
    for number, place in enumerate(found, 1):
        same = bool(places) and places[-1].key == place.key
        places.append(place._replace(rank=places[-1].rank if same else number))
    return Board(at, places, {place.member: place for place in places})


def _place(numbers: _Numbers, member: MemberId, key: int) -> Place:
    sums = numbers.sums.get(member, Sums())
    results = numbers.results.get(member, Results())
    return Place(
        key,
        member,
        0,
        owned_cents(sums.profit),
        owned_cents(sums.volume),
        numbers.predictions.get(member, 0),
        ratio_bps(results.wins, results.resolved),
    )


def _key(numbers: _Numbers, member: MemberId, metric: Metric) -> int | None:
    """What sorts a member by a metric; None: the member has no place there."""
    sums = numbers.sums.get(member)
    match metric:
        case "profit":
            return None if sums is None else -owned_cents(sums.profit)
        case "volume":
            return -owned_cents(sums.volume) if sums is not None and sums.volume else None
        case "predictions":
            count = numbers.predictions.get(member)
            return -count if count else None
        case "accuracy":
            enough = numbers.results.get(member, Results()).resolved >= FEWEST
            accuracy = numbers.accuracies.get(member)
            return brier(accuracy) if accuracy is not None and enough else None


def _scored(
    chosen: list[MemberId],
    sums: Mapping[MemberId, Sums],
    gained: Mapping[MemberId, int],
    liked: Mapping[MemberId, int],
) -> list[Trend]:
    columns = (
        [sums[one].profit for one in chosen],
        [sums[one].volume for one in chosen],
        [gained.get(one, 0) for one in chosen],
        [liked.get(one, 0) for one in chosen],
    )
    percentiles = [_percentiles(column) for column in columns]
    found = []
    for at, member in enumerate(chosen):
        profit, volume, followers, likes_got = (column[at] for column in columns)
        score = sum(
            weight * column[at] for weight, column in zip(_WEIGHTS, percentiles, strict=True)
        )
        found.append(Trend(member, score // 100, profit, volume, followers, likes_got))
    return sorted(found, key=lambda one: (-one.score, one.member))


def _percentiles(values: list[int]) -> list[int]:
    """The share of the others that each is above of, in basis points."""
    if len(values) < 2:
        return [10_000 for _ in values]
    ordered = sorted(values)
    below: dict[int, int] = {}
    for at, value in enumerate(ordered):
        below.setdefault(value, at)
    return [below[value] * 10_000 // (len(values) - 1) for value in values]
