"""Collateral return: exactly what exclusive outcomes guarantee, found by trying all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from presage.domain import commands as c
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID
from presage.domain.payouts import payout
from presage.units import CONTRACT, DOLLAR
from tests.engine.exchange import HALF, Exchange

MARKETS = (2, 3, 4, 5)
ANN = account_id(1)
TRADES = st.lists(
    st.tuples(st.sampled_from(MARKETS), st.sampled_from([BID, ASK]), st.integers(1, 900)),
    max_size=10,
)


def netting() -> Exchange:
    """Member 1 nets; markets 2 to 5 exclude each other."""
    exchange = Exchange()
    exchange.do(c.SetNetting(ANN, True))
    exchange.do(c.CreateEvent(1, "F", True, "MECNET"))
    for market in MARKETS:
        exchange.do(c.CreateMarket(2, f"N{market}", 0, 10**12))
    return exchange


def take(exchange: Exchange, market: int, side: int, count: int) -> None:
    """Member 1 trades against member 2 at one half."""
    exchange.order(c.PlaceOrder(account_id(2), market, 1 - side, HALF, count))
    exchange.order(c.PlaceOrder(ANN, market, side, HALF, count))


def advanced(exchange: Exchange) -> int:
    standing = exchange.engine.state.events[2].advances.get(ANN)
    return standing.amount if standing else 0


def least(exchange: Exchange, open_markets: tuple[int, ...]) -> int:
    """The least that the NO positions pay: each market alone yes, or none of them."""
    held = {market: min(exchange.position(ANN, market), 0) for market in open_markets}
    outcomes = [*open_markets, 0]
    return min(
        sum(payout(count, 10_000 if market == winner else 0) for market, count in held.items())
        for winner in outcomes
    )


@given(TRADES)
def test_the_advance_is_what_every_outcome_pays(trades: list[tuple[int, int, int]]) -> None:
    exchange = netting()
    for market, side, count in trades:
        take(exchange, market, side, count)
        assert advanced(exchange) == least(exchange, MARKETS)


@given(TRADES, st.permutations(MARKETS), st.integers(0, 4))
def test_whatever_happens_nothing_is_owed_at_the_end(
    trades: list[tuple[int, int, int]], order: list[int], winner: int
) -> None:
    """Netting moves money forward in time: at the end everybody has what he would have had."""
    exchange, plain = netting(), netting()
    plain.do(c.SetNetting(ANN, False))
    for one in (exchange, plain):
        for market, side, count in trades:
            take(one, market, side, count)
        for position, market in enumerate(order):
            one.do(c.CloseMarket(market))
            one.do(c.DetermineMarket(market, 10_000 if position == winner else 0))
            one.tick()
    assert advanced(exchange) == 0
    assert exchange.engine.state.ledger.get("house:cover", 0) == 0
    assert exchange.cash(1) == plain.cash(1)


def test_an_account_that_switched_off_gets_no_new_advance_at_settlement() -> None:
    exchange = netting()
    for market in (2, 3, 4):
        take(exchange, market, ASK, CONTRACT)
    assert advanced(exchange) == 2 * DOLLAR
    exchange.do(c.SetNetting(ANN, False))
    before = exchange.cash(1)
    exchange.do(c.CloseMarket(2))
    exchange.do(c.DetermineMarket(2, 0))
    exchange.tick()
    assert advanced(exchange) == 0
    assert exchange.cash(1) == before + DOLLAR


def test_another_member_without_netting_gets_nothing_early() -> None:
    exchange = netting()
    for market in (2, 3):
        take(exchange, market, BID, CONTRACT)
    assert exchange.engine.state.events[2].advances.get(account_id(2)) is None


def test_a_scalar_outcome_leaves_the_rest_of_the_dollar_to_the_others() -> None:
    """0.40 are decided: of the two NO left one may lose at most 0.60."""
    exchange = netting()
    for market in (2, 3, 4):
        take(exchange, market, ASK, CONTRACT)
    exchange.do(c.CloseMarket(2))
    exchange.do(c.DetermineMarket(2, 4_000))
    exchange.tick()
    assert advanced(exchange) == 1_400_000
