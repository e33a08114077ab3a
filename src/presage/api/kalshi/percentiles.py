"""From the prices of an event's markets to what they say about the number behind it.

Each market says how likely the number is on one side of a strike, or between two. Together they are
points of a distribution; between two points it is a straight line, beyond the outermost strikes
nothing is known and the strike itself is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Curve = list[tuple[float, float]]
"""(number, how likely it is not exceeded), both rising."""


class Claim(NamedTuple):
    """A market: what its YES means, and the strikes it names."""

    strike_type: str | None
    floor: float | None
    cap: float | None


def curve(claims: Sequence[Claim], prices: Sequence[float | None]) -> Curve:
    """The distribution that markets at these prices (0 to 1, None: unknown) describe; fewer than
    two points say nothing."""
    known = [(one, price) for one, price in zip(claims, prices, strict=True) if price is not None]
    if any(claim.strike_type == "between" for claim, _ in known):
        return _of_buckets(known)
    return _of_thresholds(known)


def quantile(points: Curve, share: float) -> float:
    """The number that is not exceeded with this likelihood."""
    before, low = points[0]
    if share <= low:
        return before
    for number, likely in points[1:]:
        if likely >= share:
            part = (share - low) / (likely - low)
            return before + part * (number - before)
        before, low = number, likely
    return before


def decimals(claims: Sequence[Claim]) -> int:
    """How many decimals a forecast is told with: one more than the strikes have."""
    strikes = [strike for one in claims for strike in (one.floor, one.cap) if strike is not None]
    places = [len(f"{strike:.6f}".rstrip("0").partition(".")[2]) for strike in strikes]
    return max(places, default=0) + 1


def _of_thresholds(known: Sequence[tuple[Claim, float]]) -> Curve:
    points: Curve = []
    for claim, price in known:
        match claim:
            case Claim("greater" | "greater_or_equal", floor=float() | int() as floor):
                points.append((float(floor), 1 - price))
            case Claim("less" | "less_or_equal", cap=float() | int() as cap):
                points.append((float(cap), price))
            case _:
                pass
    return _rising(points)


def _of_buckets(known: Sequence[tuple[Claim, float]]) -> Curve:
    """Buckets side by side; prices that do not add up to 1 are taken in proportion."""
    low = float("-inf")
    buckets = sorted(
        (low if claim.floor is None else claim.floor, claim.cap, price)
        for claim, price in known
        if claim.floor is not None or claim.cap is not None
    )
    total = sum(price for _, _, price in buckets)
    if not total:
        return []
    points: Curve = []
    likely = 0.0
    for floor, cap, price in buckets:
        if floor > low and not points:
            points.append((floor, likely / total))
        likely += price
        if cap is not None:
            points.append((cap, likely / total))
    return _rising(points)


def _rising(points: Curve) -> Curve:
    """In order, each strike once, and never less likely than the one before."""
    found: dict[float, float] = {}
    highest = 0.0
    for number, likely in sorted(points):
        highest = max(highest, likely)
        found[number] = highest
    return list(found.items())
