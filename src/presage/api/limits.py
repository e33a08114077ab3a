"""Rate limits: token buckets in whole numbers, per member and bucket, and per client network.

It decides whether a call may go on now and what the published tiers allow. It never sleeps and
never reads a clock of its own. A refused call costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal

import msgspec

_SECOND: Final = 1_000_000_000
DEFAULT_TIER: Final = "basic"


class Budget(msgspec.Struct, frozen=True):
    """`rate` tokens flow in per second, at most `capacity` wait."""

    rate: int
    capacity: int


class Tier(msgspec.Struct, frozen=True):
    read: Budget
    write: Budget


TIERS: Final[Mapping[str, Tier]] = {
    "basic": Tier(Budget(200, 200), Budget(100, 100)),
    "advanced": Tier(Budget(300, 600), Budget(300, 600)),
    "expert": Tier(Budget(600, 600), Budget(600, 1_200)),
    "premier": Tier(Budget(1_000, 1_000), Budget(1_000, 2_000)),
    "paragon": Tier(Budget(2_000, 2_000), Budget(2_000, 4_000)),
    "prime": Tier(Budget(4_000, 4_000), Budget(4_000, 8_000)),
    "prestige": Tier(Budget(10_000, 10_000), Budget(8_000, 16_000)),
}


class _Level:
    """Tokens left, in units of a token per 10^9, at a moment in nanoseconds.

    One nanosecond at rate r adds exactly r units, so nothing is ever rounded.
    """

    __slots__ = ("at", "budget", "units")

    def __init__(self, budget: Budget, at: int) -> None:
        self.budget = budget
        self.units = budget.capacity * _SECOND
        self.at = at


class TokenBuckets:
    """Any number of buckets. A bucket that is full again is forgotten."""

    def __init__(self, monotonic_ns: Callable[[], int], max_buckets: int = 100_000) -> None:
        self._now = monotonic_ns
        self._levels: dict[Hashable, _Level] = {}
        self._max = max_buckets

    def take(self, key: Hashable, budget: Budget, tokens: int) -> bool:
        """Take tokens, all or none."""
        now = self._now()
        level = self._levels.get(key)
        if level is None:
            if len(self._levels) >= self._max:
                self._forget(now)
            level = self._levels[key] = _Level(budget, now)
        _refill(level, budget, now)
        need = tokens * _SECOND
        if need > level.units:
            return False
        level.units -= need
        return True

    def _forget(self, now: int) -> None:
        """Drop what is full again; under a flood also the older half of the rest."""
        for key, level in list(self._levels.items()):
            _refill(level, level.budget, now)
            if level.units == level.budget.capacity * _SECOND:
                del self._levels[key]
        if len(self._levels) >= self._max:
            for key in list(self._levels)[: self._max // 2 + 1]:
                del self._levels[key]


def _refill(level: _Level, budget: Budget, now: int) -> None:
    level.budget = budget
    full = budget.capacity * _SECOND
    level.units = min(full, level.units + (now - level.at) * budget.rate)
    level.at = now


class RateLimits:
    """What a member may spend. `tier_of` names a member's tier (a key of `TIERS`)."""

    def __init__(self, monotonic_ns: Callable[[], int], tier_of: Callable[[int], str]) -> None:
        self._buckets = TokenBuckets(monotonic_ns)
        self._tier_of = tier_of

    def take(
        self, member: int, bucket: Literal["read", "write"], tokens: int, shard: int = 0
    ) -> bool:
        """Spend tokens of a member's bucket, of a shard's own where it is not the first; False when
        there are too few."""
        tier = TIERS[self._tier_of(member)]
        budget = tier.read if bucket == "read" else tier.write
        return self._buckets.take((member, bucket, shard), budget, tokens)


class AddressLimits:
    """What one client network may send, whoever it says it is: one token a request."""

    def __init__(self, monotonic_ns: Callable[[], int], budget: Budget) -> None:
        self._buckets = TokenBuckets(monotonic_ns)
        self._budget = budget

    def take(self, host: str) -> bool:
        return self._buckets.take(network(host), self._budget, 1)


def network(host: str) -> str:
    """The address itself for IPv4, the /64 for IPv6: one household is one client."""
    if ":" not in host:
        return host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    assert isinstance(address, IPv6Address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
