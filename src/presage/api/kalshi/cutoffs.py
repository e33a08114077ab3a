"""Which side of a cutoff a list is on, and as of when.

A cursor pins the cutoff that was in force when its first page was asked for: a list that was begun
gives all of its side of that cutoff, wherever the cutoff moves meanwhile.
"""

from __future__ import annotations

from presage.api.kalshi.owned import AnyCall, services_of
from presage.domain.cutoffs import Cutoffs
from presage.projections.newest import Place
from presage.units import Micros


def current(call: AnyCall) -> Cutoffs:
    """The cutoffs in force."""
    return services_of(call).markets.cutoffs


def place(call: AnyCall, cursor: str | None, now: Micros) -> tuple[Micros, Place | None]:
    """The cutoff of a list whose cutoff is `now` where it begins, and where the page before ended,
    None: this is the first. Raises: a fault for a foreign cursor."""
    keyset = services_of(call).cursors.open(call, cursor, int, int, int)
    if keyset is None:
        return now, None
    return int(keyset[0]), (int(keyset[1]), int(keyset[2]))


def market_place(call: AnyCall, cursor: str | None) -> tuple[Micros, int | None]:
    """As `place`, for lists of markets by id."""
    keyset = services_of(call).cursors.open(call, cursor, int, int)
    if keyset is None:
        return current(call).markets, None
    return int(keyset[0]), int(keyset[1])


def from_cutoff(since: Micros | None, cutoff: Micros) -> Micros | None:
    """The beginning of a time range, less what is historical."""
    if not cutoff:
        return since
    return cutoff if since is None else max(since, cutoff)


def before_cutoff(until: Micros | None, cutoff: Micros) -> Micros:
    """The end of a time range, less what is live."""
    return cutoff - 1 if until is None else min(until, cutoff - 1)
