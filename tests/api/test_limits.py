"""Token buckets: exact in whole numbers, apart for each member and bucket, bounded in memory."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.api.limits import (
    TIERS,
    AddressLimits,
    Budget,
    RateLimits,
    TokenBuckets,
    network,
)

SECOND = 1_000_000_000


class Ticks:
    """A monotonic clock in nanoseconds that moves when told to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def test_a_bucket_starts_full_and_refills_continuously() -> None:
    ticks = Ticks()
    buckets = TokenBuckets(ticks)
    budget = Budget(rate=100, capacity=200)
    assert [buckets.take("a", budget, 100) for _ in range(3)] == [True, True, False]
    ticks.now = SECOND // 10 - 1
    assert not buckets.take("a", budget, 10)
    ticks.now = SECOND // 10
    assert buckets.take("a", budget, 10)
    ticks.now += 1_000 * SECOND
    assert [buckets.take("a", budget, 200), buckets.take("a", budget, 1)] == [True, False]


def test_a_refused_call_costs_nothing() -> None:
    buckets = TokenBuckets(Ticks())
    budget = Budget(10, 10)
    assert not buckets.take("a", budget, 11)
    assert buckets.take("a", budget, 10)


@given(
    st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 40)), max_size=30),
    st.sampled_from([Budget(300, 30), Budget(7, 20), Budget(1_000, 1_000)]),
)
def test_buckets_agree_with_exact_fractions(steps: list[tuple[int, int]], budget: Budget) -> None:
    ticks = Ticks()
    buckets = TokenBuckets(ticks)
    level = Fraction(budget.capacity)
    for pause, tokens in steps:
        ticks.now += pause
        level = min(Fraction(budget.capacity), level + Fraction(pause * budget.rate, SECOND))
        expected = tokens <= level
        assert buckets.take("a", budget, tokens) is expected
        if expected:
            level -= tokens


def test_members_and_buckets_are_apart() -> None:
    limits = RateLimits(Ticks(), lambda member: "basic")
    assert limits.take(1, "write", 100)
    assert not limits.take(1, "write", 1)
    assert limits.take(1, "read", 200)
    assert limits.take(2, "write", 100)


def test_a_new_tier_holds_at_once() -> None:
    tiers = {1: "basic"}
    ticks = Ticks()
    limits = RateLimits(ticks, lambda member: tiers[member])
    assert limits.take(1, "write", 100)
    tiers[1] = "prestige"
    ticks.now += SECOND // 1_000
    assert [limits.take(1, "write", 8), limits.take(1, "write", 1)] == [True, False]
    tiers[1] = "basic"
    ticks.now += 100 * SECOND
    assert [limits.take(1, "write", 100), limits.take(1, "write", 1)] == [True, False]


@pytest.mark.parametrize(
    ("tier", "read", "write"),
    [
        ("basic", 200, 100),
        ("advanced", 300, 300),
        ("expert", 600, 600),
        ("premier", 1_000, 1_000),
        ("paragon", 2_000, 2_000),
        ("prime", 4_000, 4_000),
        ("prestige", 10_000, 8_000),
    ],
)
def test_the_published_tiers(tier: str, read: int, write: int) -> None:
    assert (TIERS[tier].read.rate, TIERS[tier].write.rate) == (read, write)


def test_only_full_buckets_are_forgotten() -> None:
    ticks = Ticks()
    buckets = TokenBuckets(ticks, max_buckets=10)
    budget = Budget(1, 2)
    for key in range(5):
        buckets.take(key, budget, 1)
    ticks.now += SECOND
    for key in range(5, 10):
        buckets.take(key, budget, 2)
    buckets.take(10, budget, 2)
    assert set(buckets._levels) == {5, 6, 7, 8, 9, 10}
    assert not any(buckets.take(key, budget, 1) for key in range(5, 11))


def test_a_bucket_is_full_by_its_newest_budget() -> None:
    ticks = Ticks()
    buckets = TokenBuckets(ticks, max_buckets=3)
    for key in ("b", "c", "a"):
        buckets.take(key, Budget(1, 1), 1)
    buckets.take("a", Budget(1, 100), 0)
    ticks.now += SECOND // 2
    buckets.take("b", Budget(1, 1), 0)
    ticks.now += SECOND // 2
    buckets.take("d", Budget(1, 1), 1)
    assert not buckets.take("a", Budget(1, 100), 2)


def test_a_flood_is_bounded() -> None:
    buckets = TokenBuckets(Ticks(), max_buckets=10)
    for key in range(1_000):
        assert buckets.take(key, Budget(1, 2), 2)
        assert not buckets.take(key, Budget(1, 2), 1)
        assert len(buckets._levels) <= 10


def test_addresses_count_by_network() -> None:
    limits = AddressLimits(Ticks(), Budget(1, 2))
    assert [limits.take("2001:db8::1"), limits.take("2001:db8::ffff:2")] == [True, True]
    assert not limits.take("2001:db8:0:0:1::")
    assert limits.take("2001:db8:0:1::1")
    assert limits.take("192.0.2.1")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_networks(host: str, expected: str) -> None:
    assert network(host) == expected
