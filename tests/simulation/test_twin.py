"""Engine and twin agree on random traffic; replay, snapshots and hash seeds change nothing."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from presage.domain import commands as c
from presage.domain.facts import Fact
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID, CancelReason
from presage.domain.quotes import STANDARD, RfqEnd
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.engine.lookup import find_market
from presage.units import CONTRACT, DOLLAR
from tests.compiled import breaks_the_engine
from tests.scenarios.tables import Tables
from tests.simulation.fuzz import Disagreement, Lockstep, Run, Step, failure, kind_of, shrink

FULL = os.environ.get("PRESAGE_FULL") == "1"
SEEDS = range(1, 21) if FULL else range(1, 5)
COMMANDS = 2_500 if FULL else 1_500
MOST_SEEDS = 61
"""Rare things may need more of them."""
ROOT = Path(__file__).resolve().parents[2]
REASONS = (CancelReason, RfqEnd)


@cache
def finished(seed: int) -> Lockstep:
    run = Run(seed)
    run.go(COMMANDS)
    return run.lockstep


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_and_twin_agree(seed: int) -> None:
    """Trades, refusals, money, positions and queues after every command; replay and snapshots."""
    assert finished(seed).fills > 0


@pytest.mark.skipif(not FULL, reason="needs the long runs")
def test_the_traffic_leaves_nothing_out() -> None:
    """Every command is accepted, every fact happens and orders end for every reason somewhere."""
    known = {kind.__name__ for union in (c.Command, Fact) for kind in get_args(union)}
    missing = known | {word for kind in REASONS for word in get_args(kind)}
    missing -= {"CombosTold"}  # a leg of 500 combos: test_combos.py
    for seed in range(1, MOST_SEEDS):
        missing -= set(finished(seed).happened)
        if not missing:
            return
    assert not missing


class Numbers(dict[int, str]):
    """Names for a table that nobody reads."""

    def __missing__(self, id_: int) -> str:
        return str(id_)


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_facts_alone_tell_cash_reserves_and_queues(seed: int) -> None:
    """Whoever only copies numbers from facts, as projections do, has the engine's own numbers."""
    run = Run(seed)
    run.go(500)
    engine, tables = Engine(), Tables(names=Numbers())
    for step in run.steps:
        result = engine.execute(step.command, step.seq, step.at)
        for fact in [] if isinstance(result, Reject) else result:
            tables.apply(fact)
        tables.agree(engine.state)


def digest_under(hash_seed: str) -> str:
    """The final digest of one run in a process of its own."""
    words = "-m tests.simulation --seed 5 --commands 800 --digest"
    first = os.environ.get("PYTHONPATH", "")  # where a compiled engine is
    paths = os.pathsep.join([*filter(None, [first]), str(ROOT), str(ROOT / "src")])
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, *words.split()],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_hash_seed_of_the_process_changes_nothing() -> None:
    first = digest_under("1")
    assert len(first) == 64
    assert digest_under("4711") == first


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = Run(9), Run(9)
    first.go(300)
    second.go(300)
    assert first.steps == second.steps


# Would a wrong engine be noticed?


def opening() -> list[c.Command]:
    """Two rich members, one open market."""
    return [
        c.Genesis(b"x", bytes(16)),
        c.OpenMember(1),
        c.OpenMember(2),
        c.Move((("world", -DOLLAR), (f"cash:{account_id(1)}", DOLLAR)), "a", "deposit"),
        c.Move((("world", -DOLLAR), (f"cash:{account_id(2)}", DOLLAR)), "b", "deposit"),
        c.CreateSeries("S"),
        c.CreateEvent(1, "E"),
        c.CreateMarket(1, "M", 0, 10**15),
        c.PlaceOrder(account_id(1), 1, BID, 5_000, CONTRACT),
    ]


def steps(commands: list[c.Command]) -> list[Step]:
    return [Step(number, number, command) for number, command in enumerate(commands, 1)]


def test_a_trade_that_only_one_side_sees_is_noticed() -> None:
    lockstep = Lockstep()
    for step in steps(opening()):
        lockstep.take(step)
    lockstep.twin.orders.clear()
    with pytest.raises(Disagreement, match="trades"):
        lockstep.take(Step(20, 20, c.PlaceOrder(account_id(2), 1, ASK, 5_000, CONTRACT)))


def test_a_cent_that_only_one_side_has_is_noticed() -> None:
    lockstep = Lockstep()
    for step in steps(opening()):
        lockstep.take(step)
    lockstep.twin.cash[account_id(2)] += 1
    with pytest.raises(Disagreement, match="money"):
        lockstep.take(Step(20, 20, c.CreateGroup(account_id(2), CONTRACT)))


def test_a_fact_lost_in_the_replay_is_noticed() -> None:
    lockstep = Lockstep()
    for step in steps(opening()):
        lockstep.take(step)
    lockstep.replica = Engine()
    with pytest.raises(Disagreement, match="replay"):
        lockstep.renew()


def test_a_failing_run_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that thinks a bid at one half is worth less than it is."""
    monkeypatch.setattr("tests.simulation.twin_desk.DOLLAR_PRICE", 9_999)
    long = opening() + [c.CreateGroup(account_id(1), CONTRACT) for _ in range(30)]
    long.append(c.PlaceOrder(account_id(2), 1, ASK, 6_000, CONTRACT))
    kind = failure(steps(long))
    assert "money of" in kind
    small = shrink(steps(long), kind)
    assert len(small) <= len(opening())
    assert failure(small) == kind


# Mutants: the engine broken in one place. The twin has to notice each.


def newest_first(first: Any) -> Any:
    """Of the orders at one price the newest trades first."""

    def wrong(book: Any, side: int, price: int) -> Any:
        level = book.bid if side == ASK else book.ask
        if level.oldest is not level.newest:
            newest = level.newest
            book.remove(newest)
            newest.next, level.oldest.prev = level.oldest, newest
            newest.level, level.oldest = level, newest
            level.size += newest.remaining
        return first(book, side, price)

    return wrong


def no_improvement(leg: Any) -> Any:
    """Both pay the taker's limit instead of the maker's price; the taker's leg is asked first."""
    limits = [0]

    def wrong(order: Any, count: int, price: int, taker: bool, *more: Any) -> Any:
        limits[0] = order.price if taker else limits[0]
        return leg(order, count, limits[0], taker, *more)

    return wrong


def newest_covered(relief: Any) -> Any:
    """What is held covers the newest orders first."""

    def wrong(holding: Any, side: int, *rest: Any) -> Any:
        queue = holding.orders(side)
        orders = list(queue)
        link(queue, orders[::-1])
        try:
            return relief(holding, side, *rest)
        finally:
            link(queue, orders)

    def link(queue: Any, orders: list[Any]) -> None:
        queue.oldest = orders[0] if orders else None
        for order, newer in zip(orders, [*orders[1:], None], strict=False):
            order.newer = newer

    return wrong


MUTANTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "time priority": ("book.Book.first", newest_first),
    "price improvement": ("matching._leg", no_improvement),
    "fee rounding": ("matching.trade_fee", lambda fee: lambda *a: max(fee(*a) - 100, 0)),
    "fee accumulator": (
        "matching.charge",
        lambda charge: lambda terms, fee, revenue, carry, cap: charge(terms, fee, revenue, 0, cap),
    ),
    "fee cap": ("matching._fee_cap", lambda cap: lambda *a: 10**12),
    "coverage order": ("collateral.relief", newest_covered),
    "reserve of a crossing order": (
        "orders.newest_reserve",
        lambda reserve: lambda *a: reserve(*a[:4], False, a[5]),
    ),
    "collateral returned": (
        "advances.least_payout",
        lambda least: lambda *a: least(*a) // 2,
    ),
    "group window": ("matching.GROUP_WINDOW", lambda window: 1_000_000),
    "self-trade prevention": ("matching.TAKER_AT_CROSS", lambda word: "never"),
    "reduce-only trim": ("matching._trim", lambda trim: lambda *a: None),
    "fill or kill": ("orders.can_fill", lambda can_fill: lambda *a, **k: True),
    "contracts for a sum": (
        "quotes.contracts_for",
        lambda contracts: lambda target, price, fees, on_top: contracts(target, price, fees, True),
    ),
    "time to confirm": ("quotes.windows_of", lambda windows: lambda market: STANDARD),
    "agreed before own orders": ("agreed.MAKER", lambda word: "taker_at_cross"),
    "maker of a block trade": (
        "block_trades.trade",
        lambda trade: lambda d, taker, maker, n, block: trade(d, maker, taker, n, block),
    ),
    "shards apart": (
        "orders.find_market_of",
        lambda find: lambda d, account, market: find_market(d, market),
    ),
    "roles of a quoter": ("matching.swapped", lambda swapped: lambda *a: False),
    "daily cap": ("orders.over_cap", lambda over: lambda *a: False),
    "daily cap of a quote": ("agreed.over_cap", lambda over: lambda *a: False),
    "day of the cap": ("fold_members.trading_day", lambda day: lambda at: 1),
    "basis of a moved position": (
        "positions.lots_cost",
        lambda cost: lambda holding, closed: cost(holding, closed) + 100,
    ),
    "orders behind a moved position": ("positions._check_orders", lambda check: lambda *a: None),
    "side of a leg": ("legs.leg_value", lambda value: lambda side, *rest: value("yes", *rest)),
    "a combo waits for its legs": ("settlement.is_certain", lambda certain: lambda *a: True),
    "legs that contradict": ("combos._refuse", lambda refuse: lambda code, tickers: None),
    "a planned pause": ("plans.allowed", lambda allowed: lambda state: (True, True)),
    "planned fees": ("timers.carry_out", lambda carry_out: lambda d: None),
    "payout": ("settlement.payout", lambda payout: lambda n, value: payout(n, 10_000 - value)),
}


def run_seeds(seeds: range) -> None:
    for seed in seeds:
        Run(seed).go(1_000)


@breaks_the_engine
@pytest.mark.parametrize("rule", MUTANTS)
def test_a_broken_rule_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a difference to the twin, before any assertion of the engine's own."""
    target, breaks = MUTANTS[rule]
    whole = f"presage.engine.{target}"
    monkeypatch.setattr(whole, breaks(pkgutil.resolve_name(whole)))
    monkeypatch.setattr("tests.simulation.fuzz.shrink", lambda steps, kind: steps[-1:])
    with pytest.raises(AssertionError, match="Disagreement"):
        run_seeds(range(31, 41))


def test_failures_are_alike_when_only_numbers_differ() -> None:
    assert kind_of(Disagreement("a 1")) == kind_of(Disagreement("a -22"))
    assert kind_of(Disagreement("a 1")) != kind_of(AssertionError("a 1"))
