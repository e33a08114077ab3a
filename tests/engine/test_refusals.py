"""Refusals change nothing, and of several reasons the first of the list answers."""

from __future__ import annotations

import msgspec
import pytest

from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain.ids import account_id
from presage.domain.orders import BID, FOK, IOC
from presage.domain.rejects import Code
from presage.domain.resolution_commands import (
    MAX_HOLDERS,
    CorrectOutcomes,
    DisputeMarkets,
    ResolveMarkets,
    SettleMarkets,
)
from presage.units import CONTRACT, DOLLAR
from tests.engine.exchange import HALF, Exchange

ANN, NOBODY = account_id(1), account_id(9)
GOOD = c.PlaceOrder(ANN, 1, BID, HALF, CONTRACT)


def order(**changes: object) -> c.PlaceOrder:
    return msgspec.structs.replace(GOOD, **changes)


def deposit(amount: int, *names: str, seen: int = 0) -> c.Move:
    lines = ((names[0], -amount), (names[1], amount))
    return c.Move(lines, "cause", "transfer", seen)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (order(account=NOBODY, market=9), Code.ACCOUNT_NOT_FOUND),
        (order(market=9, group=9, seen=1), Code.MARKET_NOT_FOUND),
        (order(group=9, seen=1), Code.GROUP_NOT_FOUND),
        (order(seen=1, count=0), Code.ORDER_EXISTS),
        (order(count=0, price=1), Code.INVALID_COUNT),
        (order(count=10**12, price=1), Code.INVALID_COUNT),
        (order(price=1, tif="soon"), Code.INVALID_PRICE),
        (order(tif="soon", expires_at=0), Code.INVALID_ORDER),
        (order(stp="never"), Code.INVALID_ORDER),
        (order(tif=IOC, max_cost=-1), Code.INVALID_ORDER),
        (order(tif=FOK, post_only=True), Code.INVALID_ORDER),
        (order(count=10**9), Code.INSUFFICIENT_BALANCE),
        (order(count=10**9, reduce_only=True), Code.NOTHING_TO_REDUCE),
        (c.CancelOrder(9, 1), Code.MEMBER_NOT_FOUND),
        (c.CancelOrder(1, 1), Code.ORDER_NOT_FOUND),
        (c.AmendOrder(1, 1, HALF, 0), Code.ORDER_NOT_FOUND),
        (c.DecreaseOrder(1, 1), Code.ORDER_NOT_FOUND),
        (c.CancelAll(1, NOBODY), Code.ACCOUNT_NOT_FOUND),
        (c.CancelAll(1, account_id(2)), Code.ACCOUNT_NOT_FOUND),
        (c.CancelAll(1, ANN, 9), Code.MARKET_NOT_FOUND),
        (c.CreateGroup(ANN, 0), Code.INVALID_LIMIT),
        (c.SetGroupLimit(1, 9, 0), Code.GROUP_NOT_FOUND),
        (c.OpenMember(1), Code.MEMBER_EXISTS),
        (c.OpenAccount(9), Code.MEMBER_NOT_FOUND),
        (c.SetNetting(NOBODY, True), Code.ACCOUNT_NOT_FOUND),
        (c.CreateSeries("S"), Code.TICKER_EXISTS),
        (c.CreateEvent(9, "S"), Code.SERIES_NOT_FOUND),
        (c.CreateEvent(1, "F", False, "MECNET"), Code.INVALID_VALUE),
        (c.CreateMarket(9, "M", 5, 1), Code.EVENT_NOT_FOUND),
        (c.CreateMarket(1, "M", 5, 1), Code.TICKER_EXISTS),
        (c.CreateMarket(1, "N", 5, 5), Code.INVALID_TIMES),
        (c.SetMarketTimes(1, 5, 1), Code.INVALID_TIMES),
        (c.DetermineMarket(1, 10_001), Code.INVALID_VALUE),
        (c.DetermineMarket(1, 0), Code.WRONG_STATUS),
        (c.AmendMarket(1, -1), Code.INVALID_VALUE),
        (c.SettleMarket(1), Code.WRONG_STATUS),
        (c.ResumeMarket(1), Code.WRONG_STATUS),
        (c.OpenMarket(9), Code.MARKET_NOT_FOUND),
        (ResolveMarkets(()), Code.INVALID_VALUE),
        (ResolveMarkets(((9, 0),)), Code.MARKET_NOT_FOUND),
        (ResolveMarkets(((1, 10_001),)), Code.INVALID_VALUE),
        (ResolveMarkets(((1, 0), (1, 0))), Code.INVALID_VALUE),
        (ResolveMarkets(((1, 0),), -2), Code.INVALID_TIMES),
        (ResolveMarkets(((1, 0),)), Code.WRONG_STATUS),
        (ResolveMarkets((), released=(1,)), Code.WRONG_STATUS),
        (DisputeMarkets((1,)), Code.WRONG_STATUS),
        (SettleMarkets((1, 1)), Code.INVALID_VALUE),
        (SettleMarkets((1,)), Code.WRONG_STATUS),
        (CorrectOutcomes((), ()), Code.INVALID_VALUE),
        (CorrectOutcomes(((9, 0),), ((1, NOBODY, 1),)), Code.MARKET_NOT_FOUND),
        (CorrectOutcomes(((1, 0),), ((9, NOBODY, 1),)), Code.MARKET_NOT_FOUND),
        (CorrectOutcomes(((1, 1),), ((1, NOBODY, 1),)), Code.ACCOUNT_NOT_FOUND),
        (CorrectOutcomes(((1, 1),), ((1, ANN, 1),)), Code.INVALID_COUNT),
        (CorrectOutcomes(((1, 1),), ((1, ANN, 1), (1, ANN, -1))), Code.INVALID_COUNT),
        (CorrectOutcomes(((1, 1),), ((1, ANN, 0),)), Code.INVALID_COUNT),
        (CorrectOutcomes(((1, 1),), ((1, ANN, 1),) * (MAX_HOLDERS + 1)), Code.INVALID_COUNT),
        (CorrectOutcomes(((1, 1), (1, 1)), ()), Code.INVALID_VALUE),
        (CorrectOutcomes(((1, 10_001),), ()), Code.INVALID_VALUE),
        (CorrectOutcomes(((1, -1),), ()), Code.INVALID_VALUE),
        (CorrectOutcomes(((1, 0),), ()), Code.INVALID_VALUE),
        (CorrectOutcomes(((1, 1),), ()), Code.WRONG_STATUS),
        (w.CreateRfq(NOBODY, 9), Code.ACCOUNT_NOT_FOUND),
        (w.CreateRfq(ANN, 9), Code.MARKET_NOT_FOUND),
        (w.CreateRfq(ANN, 1), Code.INVALID_VALUE),
        (w.CreateRfq(ANN, 1, 10**12), Code.INVALID_VALUE),
        (w.CreateRfq(ANN, 1, 0, 10**19), Code.INVALID_VALUE),
        (w.DeleteRfq(9, 9), Code.MEMBER_NOT_FOUND),
        (w.DeleteRfq(1, 9), Code.RFQ_NOT_FOUND),
        (w.CreateQuote(NOBODY, 9, 0, 0), Code.ACCOUNT_NOT_FOUND),
        (w.CreateQuote(ANN, 9, 0, 0), Code.RFQ_NOT_FOUND),
        (w.DeleteQuote(1, 9), Code.QUOTE_NOT_FOUND),
        (w.AcceptQuote(9, 9, "yes"), Code.MEMBER_NOT_FOUND),
        (w.AcceptQuote(1, 9, "both", seen=1), Code.QUOTE_NOT_FOUND),
        (w.ConfirmQuote(1, 9, seen=1), Code.QUOTE_NOT_FOUND),
        (w.ProposeBlockTrade(9, ANN, NOBODY, 9, 0, 0, "", 0), Code.MEMBER_NOT_FOUND),
        (w.ProposeBlockTrade(1, ANN, NOBODY, 9, 0, 0, "", 0), Code.ACCOUNT_NOT_FOUND),
        (w.ProposeBlockTrade(1, ANN, ANN, 9, 0, 0, "", 0), Code.MARKET_NOT_FOUND),
        (w.ProposeBlockTrade(1, ANN, ANN, 1, 0, 0, "", 0), Code.INVALID_COUNT),
        (w.ProposeBlockTrade(1, ANN, ANN, 1, 0, 100, "", 0), Code.INVALID_PRICE),
        (w.ProposeBlockTrade(1, ANN, ANN, 1, HALF, 100, "", 0), Code.INVALID_VALUE),
        (w.AcceptBlockTrade(1, 9), Code.BLOCK_TRADE_NOT_FOUND),
    ],
    ids=lambda value: value.value if isinstance(value, Code) else type(value).__name__,
)
def test_the_first_reason_of_the_list_answers(command: c.Command, code: Code) -> None:
    assert Exchange().refused(command) is code


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (deposit(0, "world", f"cash:{NOBODY}"), Code.ACCOUNT_NOT_FOUND),
        (deposit(1, "world", "cash:\u00b2"), Code.ACCOUNT_NOT_FOUND),
        (deposit(1, "world", "cash:\uff14\uff10\uff19\uff16"), Code.ACCOUNT_NOT_FOUND),
        (deposit(1, "world", "escrow:1"), Code.ACCOUNT_NOT_FOUND),
        (deposit(1, "world", f"advance:{ANN}:1"), Code.ACCOUNT_NOT_FOUND),
        (deposit(0, "world", f"cash:{ANN}"), Code.INVALID_AMOUNT),
        (deposit(5, f"cash:{ANN}", f"cash:{ANN}"), Code.INVALID_AMOUNT),
        (deposit(2**63 - 1, "world", f"cash:{ANN}"), Code.INVALID_AMOUNT),
        (deposit(-5, "fees", f"cash:{ANN}"), None),
        (deposit(-5, f"cash:{ANN}", "fees"), Code.INSUFFICIENT_BALANCE),
        (deposit(1_001 * DOLLAR, f"cash:{ANN}", "world"), Code.INSUFFICIENT_BALANCE),
        (deposit(1_001 * DOLLAR, f"cash:{ANN}", "world", seen=7), Code.TRANSFER_EXISTS),
        (deposit(0, f"cash:{ANN}", "world", seen=7), Code.TRANSFER_EXISTS),
        (c.Move((("world", 1), ("fees", 1)), "x", "transfer"), Code.INVALID_AMOUNT),
        (c.Move((), "x", "transfer"), Code.INVALID_AMOUNT),
    ],
)
def test_movements(command: c.Move, code: Code | None) -> None:
    if code is None:
        Exchange().do(command)
    else:
        assert Exchange().refused(command) is code


def test_several_recipients_cannot_get_more_than_there_is() -> None:
    exchange = Exchange(members=3)
    amount = 501 * DOLLAR
    lines = ((f"cash:{ANN}", -2 * amount), *((f"cash:{account_id(n)}", amount) for n in (2, 3)))
    assert exchange.refused(c.Move(lines, "x", "transfer")) is Code.INSUFFICIENT_BALANCE


def test_sixty_three_subaccounts_and_no_more() -> None:
    exchange = Exchange()
    for _ in range(63):
        exchange.do(c.OpenAccount(1))
    assert exchange.refused(c.OpenAccount(1)) is Code.TOO_MANY_SUBACCOUNTS


def test_a_killed_order_only_spends_its_id() -> None:
    exchange = Exchange()
    before = exchange.cash(1), exchange.free(1), dict(exchange.engine.state.orders)
    exchange.do(order(tif=FOK))
    assert (exchange.cash(1), exchange.free(1), exchange.engine.state.orders) == before


def test_time_never_falls() -> None:
    exchange = Exchange()
    exchange.do(c.CreateSeries("T"))
    exchange.at -= 1
    with pytest.raises(AssertionError, match="time"):
        exchange.decide(c.Tick())
