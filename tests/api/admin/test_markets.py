"""The verbs on markets, from opening to the last payout."""

from __future__ import annotations

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, World, rfc3339


def verb(world: World, ticker: str, name: str, **body: object) -> dict[str, str]:
    """Do something to a market; the market afterwards."""
    market: dict[str, str] = world.admin("POST", f"/markets/{ticker}/{name}", **body)["market"]
    return market


def test_a_market_lives_through_its_statuses(world: World) -> None:
    opens = rfc3339(world.now // SECOND + 3_600)
    ticker = world.list_market("LIFE", open_time=opens, settlement_timer_seconds=DAY)
    assert verb(world, ticker, "open")["status"] == "active"
    assert verb(world, ticker, "pause")["status"] == "inactive"
    assert verb(world, ticker, "resume")["status"] == "active"
    assert verb(world, ticker, "close")["status"] == "closed"
    determined = verb(world, ticker, "determine", result="0.37")
    assert (determined["status"], determined["result"]) == ("determined", "scalar")
    assert determined["settlement_value"] == "0.3700"
    assert verb(world, ticker, "dispute")["status"] == "disputed"
    assert world.refused("POST", f"/markets/{ticker}/settle") == (409, "wrong_status")
    amended = verb(world, ticker, "amend", result="no", expiration_value="12 mm")
    assert (amended["status"], amended["result"]) == ("amended", "no")
    assert verb(world, ticker, "settle")["status"] == "finalized"
    printed = world.call("GET", f"/trade-api/v2/markets/{ticker}").json["market"]
    assert (printed["status"], printed["result"]) == ("finalized", "no")
    assert printed["expiration_value"] == "12 mm"


@pytest.mark.parametrize("timer", [0, DAY])
def test_settling_with_a_result_pays_before_it_answers(world: World, timer: int) -> None:
    ticker = world.list_market(f"PAY-{timer}", settlement_timer_seconds=timer)
    before = world.balance(world.one), world.balance(world.two)
    world.order(world.one, ticker, "bid", "0.4000")
    world.order(world.two, ticker, "ask", "0.4000")
    assert verb(world, ticker, "settle", result="yes")["status"] == "finalized"
    # One bought ten at 40 cents and is paid 10 dollars; two pays 6 dollars and the taker's fee.
    assert world.balance(world.one) - before[0] == 600
    assert world.balance(world.two) - before[1] == -617
    assert world.admin("GET", "/overview")["escrow"] == "0.0000"


def test_settling_needs_a_result_that_agrees(world: World) -> None:
    ticker = world.list_market("AGREE", settlement_timer_seconds=DAY)
    assert world.refused("POST", f"/markets/{ticker}/settle") == (409, "wrong_status")
    verb(world, ticker, "close")
    verb(world, ticker, "determine", result="yes")
    other = world.refused("POST", f"/markets/{ticker}/settle", result="no")
    assert other == (409, "wrong_status")
    assert verb(world, ticker, "settle", result="1.00")["result"] == "yes"
    assert world.refused("POST", f"/markets/{ticker}/settle") == (409, "wrong_status")


def test_a_refused_settlement_changes_nothing(world: World) -> None:
    fixed = world.list_market("FIXED", can_close_early=False)
    refusal = world.refused("POST", f"/markets/{fixed}/settle", result="yes")
    assert refusal == (409, "cannot_close_early")
    first = world.list_market("EXCL-1", event={"mutually_exclusive": True})
    second = world.add_market("EXCL-2", "EXCL-1-E")
    verb(world, first, "settle", result="0.70")
    refusal = world.refused("POST", f"/markets/{second}/settle", result="0.31")
    assert refusal == (409, "values_exceed_one")
    for ticker in (fixed, second):
        market = world.call("GET", f"/trade-api/v2/markets/{ticker}").json["market"]
        assert market["status"] == "active"
    assert verb(world, second, "settle", result="0.30")["status"] == "finalized"


def test_void_gives_everything_back(world: World) -> None:
    ticker = world.list_market("VOID")
    before = world.balance(world.one), world.balance(world.two)
    world.order(world.one, ticker, "bid", "0.4000")
    world.order(world.two, ticker, "ask", "0.4000")
    assert verb(world, ticker, "void")["status"] == "finalized"
    assert (world.balance(world.one), world.balance(world.two)) == before


def test_void_with_a_value_settles_at_it(world: World) -> None:
    undecided = world.list_market("VALUE-1")
    assert verb(world, undecided, "void", value="0.25")["settlement_value"] == "0.2500"
    disputed = world.list_market("VALUE-2", settlement_timer_seconds=DAY)
    verb(world, disputed, "close")
    verb(world, disputed, "determine", result="yes")
    verb(world, disputed, "dispute")
    market = verb(world, disputed, "void", value="0.50")
    assert (market["status"], market["settlement_value"]) == ("finalized", "0.5000")


def test_pausing_can_cancel_at_once(world: World) -> None:
    ticker = world.list_market("PAUSE")
    order = world.order(world.one, ticker, "bid", "0.1000")
    verb(world, ticker, "pause")
    assert not world.admin("GET", f"/orders/{order}/audit")["over"]
    verb(world, ticker, "resume")
    assert world.admin("GET", f"/orders/{order}/audit")["over"]
    order = world.order(world.one, ticker, "bid", "0.1000")
    verb(world, ticker, "pause", cancel_orders=True)
    assert world.admin("GET", f"/orders/{order}/audit")["over"]


def test_times_and_price_grid_can_be_moved(world: World) -> None:
    ticker = world.list_market("MOVE")
    later = rfc3339(world.now // SECOND + 5 * DAY)
    assert verb(world, ticker, "times", close_time=later)["close_time"] == later
    moved = verb(world, ticker, "structure", price_level_structure="deci_cent")
    assert moved["price_level_structure"] == "deci_cent"
    world.order(world.one, ticker, "bid", "0.1010")
    opened = world.refused("POST", f"/markets/{ticker}/times", open_time=later)
    assert opened == (400, "invalid_times")


def test_a_result_that_cannot_be_is_refused(world: World) -> None:
    ticker = world.list_market("BAD")
    for result in ("maybe", "1.01", "-0.1", "0.12345", "YES", "", "0.5000000000"):
        refusal = world.refused("POST", f"/markets/{ticker}/settle", result=result)
        assert refusal == (400, "validation_failed"), result


def test_verbs_on_nothing_are_not_found(world: World) -> None:
    for name in ("open", "pause", "resume", "close", "dispute", "settle", "void", "times"):
        assert world.refused("POST", f"/markets/NONE/{name}") == (404, "not_found")
