"""What is planned ahead: fees that change and pauses that come and go by themselves."""

from __future__ import annotations

from presage.domain import commands as c
from presage.domain import plan_commands as p
from presage.domain.facts import EventFeesSet, Fact, PauseSet, SeriesFeesSet
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID, IOC
from presage.domain.rejects import Code
from presage.engine.engine import Engine
from presage.units import CONTRACT, SECOND
from tests.engine.exchange import HALF, Exchange

HOUR = 3_600 * SECOND


def planned(ex: Exchange, due: int, fee_type: str = "flat", event: int = 0) -> int:
    """Plan other fees; the change's id."""
    ex.do(p.PlanFees(0 if event else 1, event, fee_type, 20_000, due))
    return ex.seq << 20


def taken(ex: Exchange) -> int:
    """What a member pays for one contract at half a dollar, fee included."""
    ex.bid(1)
    before = ex.cash(2)
    ex.order(c.PlaceOrder(account_id(2), 1, ASK, HALF, CONTRACT, tif=IOC))
    return before - ex.cash(2)


def switches(ex: Exchange) -> tuple[bool, bool]:
    return ex.engine.state.exchange_active, ex.engine.state.trading_active


def reloaded(ex: Exchange) -> None:
    """Go on from a snapshot, as a restart does."""
    digest = ex.engine.digest()
    ex.engine = Engine.load(ex.engine.dump())
    assert ex.engine.digest() == digest


def only(kind: type[Fact], facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if isinstance(fact, kind)]


def test_fees_change_to_the_microsecond() -> None:
    ex = Exchange()
    usual = taken(ex)
    change = planned(ex, ex.at + HOUR)
    assert ex.engine.next_due() == ex.at + HOUR
    assert ex.tick(HOUR - 1) == []
    assert taken(ex) == usual
    assert ex.tick(1) == [SeriesFeesSet(1, "flat", 20_000, change)]
    assert taken(ex) != usual
    assert ex.engine.state.planned_fees == {}


def test_planned_fees_outlive_a_restart() -> None:
    ex = Exchange()
    change = planned(ex, ex.at + HOUR, "", event=1)
    reloaded(ex)
    assert ex.tick(2 * HOUR) == [EventFeesSet(1, "", 20_000, change)]


def test_a_plan_comes_before_however_many_timers() -> None:
    ex = Exchange()
    due = ex.at + HOUR
    for _ in range(600):
        ex.do(c.PlaceOrder(account_id(1), 1, BID, 100, CONTRACT, expires_at=due - 1))
    planned(ex, due)
    assert len(only(SeriesFeesSet, ex.tick(HOUR))) == 1


def test_fees_to_come_can_be_dropped() -> None:
    ex = Exchange()
    change = planned(ex, ex.at + HOUR)
    ex.do(p.DropFees(change))
    assert ex.refused(p.DropFees(change)) is Code.PLAN_NOT_FOUND
    assert only(SeriesFeesSet, ex.tick(2 * HOUR)) == []


def test_plans_that_cannot_be() -> None:
    ex = Exchange()
    later = ex.at + HOUR
    assert ex.refused(p.PlanFees(1, 0, "flat", 0, ex.at)) is Code.INVALID_TIMES
    assert ex.refused(p.PlanFees(9, 0, "flat", 0, later)) is Code.SERIES_NOT_FOUND
    assert ex.refused(p.PlanFees(0, 9, "flat", 0, later)) is Code.EVENT_NOT_FOUND
    assert ex.refused(p.PlanFees(1, 0, "", 0, later)) is Code.INVALID_VALUE
    assert ex.refused(p.PlanFees(1, 0, "flat", -1, later)) is Code.INVALID_VALUE
    assert ex.refused(p.PlanPause(1, ex.at, ex.at)) is Code.INVALID_TIMES
    assert ex.refused(p.PlanPause(1, 0, ex.at)) is Code.INVALID_TIMES
    assert ex.refused(p.DropPause(1)) is Code.PLAN_NOT_FOUND
    ex.do(p.PlanPause(1, later, later + 1))
    assert ex.refused(p.PlanPause(1, later, later + 1)) is Code.INVALID_VALUE


def test_a_pause_comes_and_goes_by_itself() -> None:
    ex = Exchange()
    ex.do(p.PlanPause(7, ex.at + HOUR, ex.at + 2 * HOUR))
    ex.tick(HOUR - 1)
    assert switches(ex) == (True, True)
    ex.tick(1)
    assert switches(ex) == (True, False)
    order = c.PlaceOrder(account_id(1), 1, BID, HALF, CONTRACT)
    assert ex.refused(order) is Code.TRADING_PAUSED
    reloaded(ex)
    ex.tick(HOUR - 1)
    assert switches(ex) == (True, False)
    ex.tick(1)
    assert switches(ex) == (True, True)
    ex.do(order)
    assert ex.engine.next_due() == ex.engine.state.timers[0][0]


def test_a_pause_of_everything_cancels_who_asked_for_it() -> None:
    ex = Exchange()
    ex.do(c.PlaceOrder(account_id(1), 1, BID, HALF, CONTRACT, cancel_on_pause=True))
    stays = ex.bid(1)
    ex.do(p.PlanPause(7, ex.at + HOUR, ex.at + 2 * HOUR, exchange=True))
    ex.tick(HOUR)
    assert switches(ex) == (False, False)
    assert list(ex.engine.state.orders) == [stays]


def test_a_pause_gives_back_only_what_it_held_off() -> None:
    ex = Exchange()
    ex.do(p.PlanPause(7, ex.at + HOUR, ex.at + 2 * HOUR))
    ex.do(c.SetPause(exchange=True, trading=False))
    ex.tick(HOUR)
    ex.tick(HOUR)
    assert switches(ex) == (True, False), "the operator had switched it off"


def test_the_operators_word_during_a_pause_holds_after_it() -> None:
    ex = Exchange()
    ex.do(p.PlanPause(7, ex.at + HOUR, ex.at + 2 * HOUR))
    ex.tick(HOUR)
    ex.do(c.SetPause(exchange=False, trading=True))
    assert switches(ex) == (False, False)
    reloaded(ex)
    ex.tick(HOUR)
    assert switches(ex) == (False, True)
    ex.do(c.SetPause(exchange=True, trading=True))
    assert switches(ex) == (True, True)


def test_pauses_that_overlap_last_until_the_last_one_ends() -> None:
    ex = Exchange()
    ex.do(p.PlanPause(1, ex.at + HOUR, ex.at + 3 * HOUR))
    ex.do(p.PlanPause(2, ex.at + 2 * HOUR, ex.at + 4 * HOUR, exchange=True))
    seen = []
    for _ in range(4):
        ex.tick(HOUR)
        seen.append(switches(ex))
    assert seen == [(True, False), (False, False), (False, False), (True, True)]


def test_between_pauses_that_touch_nothing_trades() -> None:
    ex = Exchange()
    ex.do(p.PlanPause(1, ex.at + HOUR, ex.at + 2 * HOUR))
    ex.do(p.PlanPause(2, ex.at + 2 * HOUR, ex.at + 3 * HOUR))
    ex.tick(HOUR)
    facts = ex.tick(HOUR)
    assert {fact.trading for fact in facts if isinstance(fact, PauseSet)} == {False}


def test_a_pause_that_is_on_ends_when_it_is_dropped() -> None:
    ex = Exchange()
    ex.do(p.PlanPause(1, ex.at - 5, ex.at + HOUR))
    assert switches(ex) == (True, False)
    ex.do(p.DropPause(1))
    assert switches(ex) == (True, True)
    ex.do(p.PlanPause(1, ex.at + 2 * HOUR, ex.at + 3 * HOUR))
    ex.tick(HOUR)
    assert switches(ex) == (True, True), "what an earlier plan of that name reminds of is skipped"


def test_a_pause_slept_through_has_been() -> None:
    ex = Exchange()
    ex.do(c.PlaceOrder(account_id(1), 1, BID, HALF, CONTRACT, cancel_on_pause=True))
    ex.do(p.PlanPause(1, ex.at + HOUR, ex.at + 2 * HOUR))
    ex.tick(5 * HOUR)
    assert switches(ex) == (True, True)
    assert not ex.engine.state.orders
