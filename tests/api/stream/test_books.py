"""orderbook_delta: snapshot and deltas give the book that REST shows, at every number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from presage.domain import commands as c
from presage.domain.facts import OrderPlaced
from presage.domain.ids import MarketId, account_id
from presage.domain.orders import ASK, BID
from presage.units import CONTRACT
from tests.api.stream.kit import Floor
from tests.api.stream.replica import Replica, Traffic

FULL: Final = bool(os.environ.get("PRESAGE_FULL"))
MESSAGES: Final = 100_000 if FULL else 3_000
TICKER: Final = "KXRAIN-1-0"
OTHER: Final = "KXRAIN-1-1"
TICKERS: Final = (TICKER, OTHER, "KXRAIN-1-2")


@pytest.fixture
def floor() -> Iterator[Floor]:
    with Floor() as floor:
        floor.set_up(3)
        yield floor


def market(floor: Floor, ticker: str = TICKER) -> MarketId:
    card = floor.markets.by_ticker(ticker)
    assert card is not None
    return card.id


def test_a_snapshot_then_changes_as_they_come(floor: Floor) -> None:
    number = market(floor)
    floor.place(1, number, BID, 4_000, 3 * CONTRACT)
    floor.place(2, number, ASK, 6_000, 2 * CONTRACT)
    client = floor.join(3)
    (shown,) = client.subscribe("orderbook_delta", market_ticker=TICKER)
    assert shown == {
        "type": "orderbook_snapshot",
        "sid": 1,
        "seq": 1,
        "msg": {
            "market_ticker": TICKER,
            "market_id": shown["msg"]["market_id"],
            "yes_dollars_fp": [["0.4000", "3.00"]],
            "no_dollars_fp": [["0.4000", "2.00"]],
        },
    }
    floor.place(2, number, ASK, 4_000, CONTRACT)
    floor.place(2, number, ASK, 5_500, CONTRACT)
    first, second = client.take()
    assert (first["seq"], second["seq"]) == (2, 3)
    assert first["msg"] == {
        "market_ticker": TICKER,
        "market_id": shown["msg"]["market_id"],
        "price_dollars": "0.4000",
        "delta_fp": "-1.00",
        "side": "yes",
        "ts": "2026-09-21T14:13:20Z",
        "ts_ms": 1_790_000_000_000,
    }
    assert second["msg"]["side"] == "no"
    assert second["msg"]["price_dollars"] == "0.4500"


def test_an_empty_side_has_no_key(floor: Floor) -> None:
    (shown,) = floor.join().subscribe("orderbook_delta", market_ticker=TICKER)
    assert set(shown["msg"]) == {"market_ticker", "market_id"}


def test_no_levels_in_yes_prices(floor: Floor) -> None:
    number = market(floor)
    floor.place(2, number, ASK, 6_500, CONTRACT)
    client = floor.join(3)
    (shown,) = client.subscribe("orderbook_delta", market_tickers=[TICKER], use_yes_price=True)
    assert shown["msg"]["no_dollars_fp"] == [["0.6500", "1.00"]]
    floor.place(2, number, ASK, 6_600, CONTRACT)
    (delta,) = client.told("orderbook_delta")
    assert (delta["side"], delta["price_dollars"]) == ("no", "0.6600")


def test_only_the_causer_sees_its_own_order_id(floor: Floor) -> None:
    number = market(floor)
    floor.do(c.OpenAccount(1))
    deposit = (("world", -1_000_000), (f"cash:{account_id(1, 1)}", 1_000_000))
    floor.do(c.Move(deposit, "sub", "deposit"))
    own, other, locked = floor.join(1), floor.join(2), floor.join(1, lock=0)
    clients = own, other, locked
    for client in clients:
        client.subscribe("orderbook_delta", market_ticker=TICKER)
    order = c.PlaceOrder(account_id(1, 1), number, BID, 4_000, CONTRACT, client_order_id="mine")
    (placed,) = (fact for fact in floor.do(order) if isinstance(fact, OrderPlaced))
    floor.do(c.CancelOrder(1, placed.order))
    for message in own.told("orderbook_delta"):
        assert (message["client_order_id"], message["subaccount"]) == ("mine", 1)
    for client in (other, locked):
        for message in client.told("orderbook_delta"):
            assert "client_order_id" not in message
            assert "subaccount" not in message


def test_an_order_from_before_the_connection_is_known_by_its_name(floor: Floor) -> None:
    number = market(floor)
    facts = floor.place(1, number, BID, 4_000, CONTRACT, client_order_id="old")
    (placed,) = (fact for fact in facts if isinstance(fact, OrderPlaced))
    client = floor.join(1)
    client.subscribe("orderbook_delta", market_ticker=TICKER)
    floor.do(c.CancelOrder(1, placed.order))
    (delta,) = client.told("orderbook_delta")
    assert delta["client_order_id"] == "old"


def test_a_snapshot_can_be_asked_for_again(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("orderbook_delta", market_ticker=TICKER)
    floor.place(1, market(floor, OTHER), BID, 4_000, CONTRACT)
    tickers = [TICKER, OTHER]
    first, second = client.ask(
        "update_subscription", sid=1, action="get_snapshot", market_tickers=tickers
    )
    assert first["type"] == second["type"] == "orderbook_snapshot"
    assert (first["id"], first["seq"]) == (2, 2)
    assert (second["id"], second["seq"]) == (2, 3)
    assert [one["msg"]["market_ticker"] for one in (first, second)] == tickers
    # It was not subscribed to by being asked for.
    floor.place(1, market(floor, OTHER), BID, 4_100, CONTRACT)
    assert client.take() == []


def test_a_market_may_be_waited_for(floor: Floor) -> None:
    client = floor.join(3)
    assert client.subscribe("orderbook_delta", market_tickers=["KXRAIN-1-LATER"]) == []
    number = floor.add_market("KXRAIN-1-LATER")
    (shown,) = client.told("orderbook_snapshot")
    assert set(shown) == {"market_ticker", "market_id"}
    floor.place(1, number, BID, 4_000, CONTRACT)
    assert len(client.told("orderbook_delta")) == 1


def test_what_is_committed_before_a_command_is_told_before_its_answer(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("orderbook_delta", market_ticker=TICKER)
    floor.held = True
    floor.place(1, market(floor), BID, 4_000, CONTRACT)
    entries, floor._entries = floor._entries, []
    floor.hub.watch(entries)
    delta, snapshot = client.ask(
        "update_subscription", sids=[1], action="get_snapshot", market_ticker=TICKER
    )
    assert (delta["type"], delta["seq"]) == ("orderbook_delta", 2)
    assert snapshot["msg"]["yes_dollars_fp"] == [["0.4000", "1.00"]]


def test_books_kept_by_clients_are_the_exchanges_own(floor: Floor) -> None:
    """Every book that REST would show after a command is met, in that order, on the way through
    the messages; batches of commands and changes of the subscriptions come in between."""
    random = Random(4)
    traffic = Traffic(floor, random, TICKERS)
    replicas = [
        Replica(floor.join(member), TICKER, yes_price=yes_price)
        for member in (1, 3)
        for yes_price in (False, True)
    ]
    floor.held = True
    while sum(replica.messages for replica in replicas) < MESSAGES:
        shown = [traffic.step() for _ in range(random.choice([1, 1, 1, 2, 10]))]
        floor.commit()
        for replica in replicas:
            replica.follow(replica.client.take(), shown)
            if random.random() < 0.1:
                replica.act(random, TICKERS)
                replica.check(shown[-1])


def test_who_comes_back_begins_at_one_with_a_snapshot(floor: Floor) -> None:
    floor.place(1, market(floor), BID, 4_000, CONTRACT)
    client = floor.join(3)
    for _ in range(2):
        client = floor.join(3)
        (shown,) = client.subscribe("orderbook_delta", market_ticker=TICKER)
        assert (shown["type"], shown["sid"], shown["seq"]) == ("orderbook_snapshot", 1, 1)
        floor.hub.close(client.session)
    floor.place(1, market(floor), BID, 4_100, CONTRACT)
    assert client.take() == []
