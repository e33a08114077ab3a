"""Combos beyond what the scenarios show: limits, what refusals name, and many combos of one leg."""

from __future__ import annotations

import pytest

from presage.domain import commands as c
from presage.domain.combo_commands import CreateCombo
from presage.domain.combo_facts import ComboCreated, CombosTold
from presage.domain.combos import (
    MAX_LEGS,
    MAX_WEEKLY,
    ComboLeg,
    in_order,
    leg_value,
    product,
    tickers,
    week_of,
)
from presage.domain.facts import MarketFinalized, WorkDone
from presage.domain.rejects import Code, Reject
from presage.engine.combo_invariants import check
from presage.engine.engine import Engine
from presage.engine.work import UNITS
from presage.units import DOLLAR, SECOND
from presage.wire.admin import collections as wire
from tests.engine.exchange import DAY, Exchange

WEEK = 7 * DAY


class Combos(Exchange):
    """Series 2 is for combos; markets 1 to 3 are open, 2 and 3 in an exclusive event."""

    def __init__(self) -> None:
        super().__init__()
        self.do(c.CreateSeries("KXMVE"))
        self.do(c.CreateEvent(1, "X", exclusive=True))
        self.do(c.CreateMarket(2, "N", 0, 3 * WEEK, timer=60 * SECOND))
        self.do(c.CreateMarket(2, "O", 0, 3 * WEEK))

    def wish(self, *legs: tuple[int, str], member: int = 1, name: str = "A") -> CreateCombo:
        return CreateCombo(member, 2, name, tuple(ComboLeg(*leg) for leg in legs))

    def combo(self, *legs: tuple[int, str], name: str = "A") -> int:
        """Create one; its market."""
        facts = self.do(self.wish(*legs, name=name))
        return next(fact.market for fact in facts if isinstance(fact, ComboCreated))

    def reject(self, *legs: tuple[int, str]) -> Reject:
        result = self.decide(self.wish(*legs))
        assert isinstance(result, Reject)
        return result


@pytest.mark.parametrize(
    ("legs", "code", "details"),
    [
        ([(1, "yes"), (1, "yes"), (2, "no")], Code.DUPLICATED_LEGS, "M"),
        ([(1, "no"), (1, "yes"), (1, "no")], Code.DUPLICATED_LEGS, "M"),
        ([(1, "yes"), (1, "no")], Code.CONFLICTING_LEGS, "M"),
        ([(2, "yes"), (1, "yes"), (3, "yes")], Code.CONFLICTING_LEGS, "N,O"),
        ([(1, "maybe")], Code.INVALID_COMBINATION, "M"),
        ([], Code.INVALID_COMBINATION, f"a combo has 1 to {MAX_LEGS} legs"),
        ([(99, "yes")], Code.MARKET_NOT_FOUND, ""),
    ],
)
def test_a_refusal_names_the_offending_tickers(
    legs: list[tuple[int, str]], code: Code, details: str
) -> None:
    assert Combos().reject(*legs) == Reject(code, details)


def test_a_combination_is_one_market_in_whatever_collection_it_is_another() -> None:
    exchange = Combos()
    first = exchange.combo((1, "yes"), (2, "no"))
    assert exchange.refused(exchange.wish((1, "yes"), (2, "no"), member=2)) == Code.TICKER_EXISTS
    assert exchange.combo((1, "yes"), (2, "no"), name="B") != first
    assert exchange.combo((2, "no"), (1, "yes")) != first  # a collection may be ordered


def test_legs_are_in_one_order_unless_the_collection_is_ordered() -> None:
    legs = [ComboLeg(2, "no"), ComboLeg(1, "yes")]
    assert in_order(legs, ordered=False) == (legs[1], legs[0])
    assert in_order(legs, ordered=True) == tuple(legs)
    one, other = (tickers("KXMVEX", "C", in_order(legs, flag)) for flag in (True, False))
    assert one != other
    assert one[1].startswith(f"{one[0]}-")
    assert one[0].startswith("KXMVEX-S")


def test_five_thousand_combos_a_week_and_then_again() -> None:
    exchange = Combos()
    member = exchange.engine.state.members[1]
    exchange.combo((1, "yes"))
    assert (member.combo_week, member.combos) == (week_of(exchange.at), 1)
    member.combos = MAX_WEEKLY
    assert exchange.refused(exchange.wish((2, "yes"))) == Code.TOO_MANY_COMBOS
    exchange.do(exchange.wish((2, "yes"), member=2))
    exchange.at = 4 * DAY - 1  # Sunday, one microsecond before midnight
    assert exchange.refused(exchange.wish((2, "no"))) == Code.TOO_MANY_COMBOS
    exchange.at += 1
    exchange.do(exchange.wish((2, "no")))
    assert member.combos == 1


def test_only_a_series_for_combos_has_combos_and_nothing_joins_a_combo() -> None:
    exchange = Combos()
    wish = CreateCombo(1, 1, "A", (ComboLeg(1, "yes"),))
    assert exchange.refused(wish) == Code.INVALID_COMBINATION
    combo = exchange.combo((1, "yes"))
    event = exchange.engine.state.markets[combo].event.id
    assert exchange.refused(c.CreateMarket(event, "Z", 0, DAY)) == Code.WRONG_STATUS


def test_many_combos_of_one_leg_are_told_in_steps_and_a_restart_goes_on() -> None:
    exchange = Combos()
    combos = [exchange.combo((2, "yes"), name=f"A{number}") for number in range(UNITS + 20)]
    exchange.do(c.CloseMarket(2))
    facts = exchange.do(c.DetermineMarket(2, DOLLAR // 100))
    assert isinstance(facts[-1], CombosTold)
    state = exchange.engine.state
    assert state.markets[combos[UNITS - 1]].status == "determined"
    assert state.markets[combos[UNITS]].status == "active"
    exchange.engine = Engine.load(exchange.engine.dump())
    replica = Engine.load(exchange.engine.dump())
    while not (facts := exchange.tick()):  # first come the timers that were loaded
        assert exchange.engine.next_due() == 0
    assert any(isinstance(fact, WorkDone) for fact in facts)
    assert {exchange.engine.state.markets[combo].status for combo in combos} == {"determined"}
    replica.apply(facts, exchange.seq, exchange.at)
    assert replica.digest() == exchange.engine.digest()
    # The leg's timer ends; the combos were waiting for it.
    paid = 0
    exchange.at += 60 * SECOND
    while exchange.engine.next_due() == 0 or not paid:
        paid += sum(isinstance(fact, MarketFinalized) for fact in exchange.tick())
    assert paid == len(combos) + 1
    assert exchange.engine.state.markets[2].combos == []


@pytest.mark.parametrize(
    ("values", "worth"),
    [
        ([10_000], 10_000),
        ([10_000, 10_000], 10_000),
        ([3_333, 6_667], 2_222),
        ([1, 1], 0),
        ([9_999] * MAX_LEGS, 9_950),
        ([0, 10_000], 0),
    ],
)
def test_a_product_is_rounded_down_once(values: list[int], worth: int) -> None:
    assert product(values) == worth


def test_what_operators_may_ask_for_is_what_the_rules_allow() -> None:
    assert wire.MAX_LEGS == MAX_LEGS


def test_what_a_leg_counts() -> None:
    assert leg_value("yes", "scalar", 3_000) == 3_000
    assert leg_value("no", "scalar", 3_000) == 7_000
    assert leg_value("no", "void", 0) == leg_value("yes", "void", 0) == 10_000


def test_a_combo_with_another_value_than_its_legs_is_noticed() -> None:
    exchange = Combos()
    combo = exchange.engine.state.markets[exchange.combo((2, "yes"))]
    exchange.do(c.CloseMarket(2))
    exchange.do(c.DetermineMarket(2, 10_000))
    check(exchange.engine.state, combo)
    combo.value = 9_999
    with pytest.raises(AssertionError, match="determined 9999, worth 10000"):
        check(exchange.engine.state, combo)
