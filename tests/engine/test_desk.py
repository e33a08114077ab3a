"""RFQs and quotes in numbers: limits, and endings that go on over several entries."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain.desk_facts import QuoteCanceled, QuoteCreated, RfqClosed, RfqCreated
from presage.domain.facts import Fact
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID
from presage.domain.quotes import NO, YES, contracts_for, requester_pays
from presage.domain.rejects import Code
from presage.domain.terms import FREE, FeeTerms
from presage.engine.engine import Engine
from presage.engine.work import run
from presage.units import CONTRACT, DOLLAR
from tests.compiled import breaks_the_engine
from tests.engine.exchange import DAY, HALF, Exchange

FEW = 3


def made(facts: Sequence[Fact]) -> int:
    """The RFQ or quote that an entry made."""
    (id_,) = (
        fact.rfq if isinstance(fact, RfqCreated) else fact.quote
        for fact in facts
        if isinstance(fact, RfqCreated | QuoteCreated)
    )
    return id_


def ask(exchange: Exchange, member: int, market: int = 1) -> int:
    return made(exchange.do(w.CreateRfq(account_id(member), market, CONTRACT)))


def quote(exchange: Exchange, member: int, rfq: int) -> int:
    return made(exchange.do(w.CreateQuote(account_id(member), rfq, HALF, 0)))


def closed(facts: Sequence[Fact]) -> list[int]:
    return [fact.rfq for fact in facts if isinstance(fact, RfqClosed)]


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long work does three units an entry."""
    monkeypatch.setattr(run, "__defaults__", (FEW,))
    monkeypatch.setattr("presage.engine.timers.UNITS", FEW)


@breaks_the_engine
@pytest.mark.usefixtures("in_small_steps")
def test_a_closing_market_ends_its_rfqs_in_portions() -> None:
    exchange = Exchange(members=9)
    rfqs = [ask(exchange, member) for member in range(1, 9)]
    last = quote(exchange, 9, rfqs[-1])
    assert closed(exchange.do(c.CloseMarket(1))) == rfqs[:FEW]
    # What waits is dead already, also after a restart and when the market opens again.
    exchange.engine = Engine.load(exchange.engine.dump())
    exchange.do(c.SetMarketTimes(1, 0, 2 * DAY))
    assert exchange.refused(w.CreateQuote(account_id(9), rfqs[-2], HALF, 0)) is Code.RFQ_NOT_FOUND
    assert exchange.refused(w.AcceptQuote(8, last, YES)) is Code.QUOTE_NOT_FOUND
    fresh = ask(exchange, 1)
    again = made(exchange.do(w.CreateRfq(account_id(8), 1, CONTRACT)))
    portions = [closed(exchange.tick()) for _ in range(FEW)]
    assert [rfq for portion in portions for rfq in portion] == rfqs[FEW:-1]
    assert list(exchange.engine.state.desk.rfqs) == [fresh, again]
    assert exchange.engine.state.desk.silenced_markets == {}


@breaks_the_engine
@pytest.mark.usefixtures("in_small_steps")
def test_a_suspended_maker_ends_its_quotes_in_portions() -> None:
    exchange = Exchange(members=7)
    own = ask(exchange, 7)
    rfqs = [ask(exchange, member) for member in range(1, 6)]
    quotes = [quote(exchange, 7, rfq) for rfq in rfqs]
    exchange.do(w.AcceptQuote(5, quotes[-1], YES))
    assert closed(exchange.do(c.SetMemberStatus(7, "suspended"))) == [own]
    exchange.do(c.SetMemberStatus(7, "active"))
    assert exchange.refused(w.AcceptQuote(4, quotes[-2], YES)) is Code.QUOTE_NOT_FOUND
    fresh = quote(exchange, 6, rfqs[0])
    exchange.do(w.AcceptQuote(1, fresh, YES))
    ended = [fact for _ in range(2) for fact in exchange.tick() if isinstance(fact, QuoteCanceled)]
    assert {fact.quote for fact in ended} <= set(quotes)
    assert {fact.reason for fact in ended} == {"member_suspended"}
    assert list(exchange.engine.state.desk.quotes) == [fresh]
    assert list(exchange.engine.state.desk.rfqs) == rfqs


@breaks_the_engine
def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presage.engine.quotes.MAX_QUOTES_PER_RFQ", 2)
    monkeypatch.setattr("presage.engine.quotes.MAX_QUOTES", 1)
    monkeypatch.setattr("presage.engine.quotes.MAX_OPEN_ORDERS", 1)
    exchange = Exchange(members=4)
    first, second = ask(exchange, 1), ask(exchange, 2)
    mine = quote(exchange, 3, first)
    assert exchange.refused(w.CreateQuote(account_id(3), second, HALF, 0)) is Code.TOO_MANY_QUOTES
    mine = quote(exchange, 3, first)  # replacing is no addition
    quote(exchange, 2, first)
    assert exchange.refused(w.CreateQuote(account_id(4), first, HALF, 0)) is Code.TOO_MANY_QUOTES
    order = exchange.order(c.PlaceOrder(account_id(1), 1, BID, 100, CONTRACT))
    assert exchange.refused(w.AcceptQuote(1, mine, YES)) is Code.TOO_MANY_ORDERS
    exchange.do(c.CancelOrder(1, order))
    exchange.do(w.AcceptQuote(1, mine, YES))
    exchange.order(c.PlaceOrder(account_id(3), 1, ASK, 9_900, CONTRACT))
    assert exchange.refused(w.ConfirmQuote(3, mine)) is Code.TOO_MANY_ORDERS


def test_a_name_that_was_used_before_is_refused() -> None:
    exchange = Exchange()
    mine = quote(exchange, 2, ask(exchange, 1))
    assert exchange.refused(w.AcceptQuote(1, mine, YES, "x", seen=1)) is Code.ORDER_EXISTS
    exchange.do(w.AcceptQuote(1, mine, YES, "x"))
    assert exchange.refused(w.ConfirmQuote(2, mine, "x", seen=1)) is Code.ORDER_EXISTS


def test_a_grid_that_no_longer_has_the_price_cancels() -> None:
    exchange = Exchange()
    exchange.do(c.SetPriceStructure(1, "deci_cent"))
    rfq = ask(exchange, 1)
    mine = made(exchange.do(w.CreateQuote(account_id(2), rfq, 4_010, 0)))
    exchange.do(w.AcceptQuote(1, mine, YES))
    exchange.do(w.ConfirmQuote(2, mine))
    exchange.do(c.SetPriceStructure(1, "linear_cent"))
    (ended,) = (f for f in exchange.tick(15 * DOLLAR) if isinstance(f, QuoteCanceled))
    assert ended.reason == "invalid_price"


@pytest.mark.parametrize(
    ("target", "price", "terms", "count"),
    [
        (10 * DOLLAR, 2_550, FeeTerms(taker=7_000_000), 3_727),  # as recorded
        (10 * DOLLAR, 2_550, FREE, 3_921),
        (10 * DOLLAR, 5_000, FREE, 2_000),
        (DOLLAR, 9_999, FREE, 100),
        (9_998, 9_999, FREE, 0),
        (10**18, 1, FREE, 10**11),
    ],
)
def test_contracts_for_a_sum(target: int, price: int, terms: FeeTerms, count: int) -> None:
    assert contracts_for(target, price, terms, False) == count
    assert contracts_for(target, price, FREE, True) >= count


def test_who_takes_a_bid_buys_the_other_outcome() -> None:
    assert (requester_pays(YES, 4_000, 5_500), requester_pays(NO, 4_000, 5_500)) == (6_000, 4_500)
