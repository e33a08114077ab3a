"""Nobody makes money by trading in circles, and reserves are enough whatever trades."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from presage.domain import commands as c
from presage.domain.facts import Traded
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID, IOC
from presage.units import CENT, CONTRACT, DOLLAR
from tests.engine.exchange import HALF, Exchange

CENTS = st.integers(1, 99).map(lambda cents: cents * 100)
COUNTS = st.integers(1, 40 * CONTRACT)
FEES = st.sampled_from(["quadratic", "quadratic_with_maker_fees", "flat"])


def with_fees(fees: str, grid: int) -> Exchange:
    """Market 2 has these fees; member 3 has this cash grid."""
    exchange = Exchange()
    exchange.do(c.CreateSeries("T", fees))
    exchange.do(c.CreateEvent(2, "F"))
    exchange.do(c.CreateMarket(2, "N", 0, 10**12, structure="banded_centi_cent"))
    exchange.do(c.OpenMember(3, grid=grid))
    exchange.move("world", f"cash:{account_id(3)}", 1_000 * DOLLAR)
    return exchange


@given(FEES, st.sampled_from([100, CENT]), st.integers(1, 9_999), COUNTS, st.booleans())
def test_there_and_back_never_pays(
    fees: str, grid: int, price: int, count: int, first: bool
) -> None:
    """Buying and selling at one price, or the other way round, leaves no more than before."""
    exchange = with_fees(fees, grid)
    before = exchange.cash(3)
    exchange.order(c.PlaceOrder(account_id(1), 2, BID, price, count))
    exchange.order(c.PlaceOrder(account_id(3), 2, ASK, price, count))
    exchange.order(c.PlaceOrder(account_id(1), 2, ASK, price, count))
    if first:
        exchange.order(c.PlaceOrder(account_id(3), 2, BID, price, count))
    else:
        exchange.do(c.CloseMarket(2))
        exchange.do(c.DetermineMarket(2, price))
        exchange.tick()
    assert exchange.position(account_id(3), 2) == 0
    assert exchange.cash(3) <= before


@given(st.lists(st.tuples(CENTS, COUNTS), min_size=1, max_size=12), st.booleans())
def test_a_full_reserve_is_enough_when_all_orders_are_hit(
    orders: list[tuple[int, int]], upward: bool
) -> None:
    """One balance behind many resting orders: all are hit, and the cash stays at or above zero."""
    exchange = Exchange()
    exchange.do(c.CreateSeries("T", "quadratic_with_combo_maker_fees", 100_000))
    exchange.do(c.CreateEvent(2, "F"))
    exchange.do(c.CreateMarket(2, "N", 0, 10**12))
    exchange.do(c.OpenMember(3))
    exchange.move("world", f"cash:{account_id(3)}", 5 * DOLLAR)
    side = BID if upward else ASK
    for price, count in orders:
        exchange.decide(c.PlaceOrder(account_id(3), 2, side, price, count))
    limit = 100 if upward else 9_900
    exchange.decide(c.PlaceOrder(account_id(1), 2, 1 - side, limit, 50_000, IOC))
    assert 0 <= exchange.cash(3) <= 5 * DOLLAR
    assert exchange.engine.state.accounts[account_id(3)].reserved == 0


@given(st.integers(1, 30), CENTS)
def test_many_small_fills_never_cost_more_than_the_reserve(pieces: int, price: int) -> None:
    exchange = Exchange(members=3)
    for number in range(pieces):
        exchange.ask(1 + number % 2, price=price, count=1)
    fee = 100 * -(-175 * pieces // 100)  # 0.07 x pieces / 100 x 0.25, up to $0.0001
    before = exchange.cash(3)
    facts = exchange.do(c.PlaceOrder(account_id(3), 1, BID, price, pieces, IOC))
    assert sum(isinstance(fact, Traded) for fact in facts) == pieces
    assert before - exchange.cash(3) <= pieces * price + fee


def test_a_balance_counts_once_for_fifty_orders() -> None:
    """The sum of what rests is reserved, not the largest."""
    exchange = Exchange(cash=10 * DOLLAR)
    accepted = sum(
        isinstance(exchange.decide(c.PlaceOrder(account_id(1), 1, BID, HALF, CONTRACT)), list)
        for _ in range(50)
    )
    assert accepted == 20
    exchange.move("world", f"cash:{account_id(2)}", 100 * DOLLAR)
    exchange.order(c.PlaceOrder(account_id(2), 1, ASK, HALF, 50 * CONTRACT, IOC))
    assert exchange.cash(1) == 0
    assert exchange.position(account_id(1)) == 20 * CONTRACT


def test_lots_are_sold_oldest_first() -> None:
    exchange = Exchange()
    for price in (3_000, 4_000):
        exchange.ask(2, price=price)
        exchange.bid(1, price=price)
    exchange.bid(2, price=6_000)
    facts = exchange.do(c.PlaceOrder(account_id(1), 1, ASK, 6_000, CONTRACT))
    (trade,) = (fact for fact in facts if isinstance(fact, Traded))
    assert trade.taker.realized == 3_000 * CONTRACT, "sold at 0.60 what had cost 0.30"
    assert trade.taker.cost == 4_000 * CONTRACT
