"""fill, user_orders, market_positions, order_group_updates, communications: each to its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from presage.api.ids import Kind
from presage.api.stream.channels.communications import shard_of_market
from presage.domain import commands as c
from presage.domain.desk_commands import (
    AcceptQuote,
    ConfirmQuote,
    CreateQuote,
    CreateRfq,
    DeleteRfq,
)
from presage.domain.desk_facts import QuoteCreated as Quoted
from presage.domain.desk_facts import RfqCreated as RfqOpened
from presage.domain.facts import Fact, OrderPlaced
from presage.domain.group_facts import GroupCreated
from presage.domain.ids import MarketId, account_id
from presage.domain.orders import ASK, BID
from presage.units import CONTRACT, DOLLAR, SECOND
from presage.wire.kalshi.stream_rfqs import QuoteCreated, RfqCreated, RfqDeleted
from tests.api.stream.kit import Floor

TICKER = "KXRAIN-1-0"
OTHER = "KXRAIN-1-1"


@pytest.fixture
def floor() -> Iterator[Floor]:
    with Floor() as floor:
        floor.set_up(2)
        yield floor


def market(floor: Floor, ticker: str = TICKER) -> MarketId:
    card = floor.markets.by_ticker(ticker)
    assert card is not None
    return card.id


def order_of(facts: list[Fact]) -> int:
    (placed,) = (fact for fact in facts if isinstance(fact, OrderPlaced))
    return placed.order


def test_a_fill_is_told_to_each_party_its_way(floor: Floor) -> None:
    taker, maker, nobody = floor.join(2), floor.join(1), floor.join(3)
    for client in (taker, maker, nobody):
        client.subscribe("fill")
    number = market(floor)
    terms = {"client_order_id": "resting", "action": "buy", "outcome": "yes"}
    floor.place(1, number, BID, 4_000, 2 * CONTRACT, **terms)
    floor.place(2, number, ASK, 4_000, CONTRACT, action="sell", outcome="yes")
    (made,), (took,) = maker.take(), taker.take()
    assert nobody.take() == []
    assert "seq" not in made
    assert made["msg"].pop("trade_id") == took["msg"].pop("trade_id")
    made["msg"].pop("order_id")
    assert made == {
        "type": "fill",
        "sid": 1,
        "msg": {
            "client_order_id": "resting",
            "market_ticker": TICKER,
            "exchange_index": 0,
            "is_taker": False,
            "side": "yes",
            "yes_price_dollars": "0.4000",
            "count_fp": "1.00",
            "fee_cost": "0.000000",
            "action": "buy",
            "ts": 1_790_000_000,
            "ts_ms": 1_790_000_000_000,
            "post_position_fp": "1.00",
            "purchased_side": "yes",
            "outcome_side": "yes",
            "book_side": "bid",
        },
    }
    assert took["msg"]["post_position_fp"] == "-1.00"
    assert (took["msg"]["action"], took["msg"]["side"]) == ("sell", "yes")
    assert (took["msg"]["outcome_side"], took["msg"]["fee_cost"]) == ("no", "0.016800")
    assert "client_order_id" not in took["msg"]


def test_a_fill_of_an_order_from_before_the_connection(floor: Floor) -> None:
    number = market(floor)
    floor.place(1, number, BID, 4_000, CONTRACT, client_order_id="old", outcome="no", action="sell")
    client = floor.join(1)
    client.subscribe("fill", "user_orders")
    floor.place(2, number, ASK, 4_000, CONTRACT)
    fill, order = client.take()
    assert (fill["msg"]["client_order_id"], fill["msg"]["action"]) == ("old", "sell")
    assert fill["msg"]["side"] == "no"
    assert (order["msg"]["status"], order["msg"]["client_order_id"]) == ("executed", "old")
    assert order["msg"]["maker_fill_cost_dollars"] == "0.400000"


def test_an_order_from_its_placement_to_its_end(floor: Floor) -> None:
    client, number = floor.join(1), market(floor)
    client.subscribe("user_orders")
    order = order_of(
        floor.place(
            1, number, BID, 4_000, 5 * CONTRACT, client_order_id="a", expires_at=floor.now * 2
        )
    )
    (placed,) = client.told("user_order")
    assert placed.pop("order_id") == floor.ids.text(order, Kind.ORDER)
    assert placed == {
        "user_id": "user-1",
        "ticker": TICKER,
        "exchange_index": 0,
        "status": "resting",
        "side": "yes",
        "is_yes": True,
        "outcome_side": "yes",
        "book_side": "bid",
        "yes_price_dollars": "0.4000",
        "fill_count_fp": "0.00",
        "remaining_count_fp": "5.00",
        "initial_count_fp": "5.00",
        "taker_fill_cost_dollars": "0.000000",
        "maker_fill_cost_dollars": "0.000000",
        "taker_fees_dollars": "0.000000",
        "maker_fees_dollars": "0.000000",
        "client_order_id": "a",
        "self_trade_prevention_type": "taker_at_cross",
        "created_time": "2026-09-21T14:13:20Z",
        "created_ts_ms": 1_790_000_000_000,
        "last_update_time": "2026-09-21T14:13:20Z",
        "last_updated_ts_ms": 1_790_000_000_000,
        "expiration_time": placed["expiration_time"],
        "expiration_ts_ms": 3_580_000_000_000,
        "subaccount_number": 0,
    }


def test_every_change_of_an_order_is_told_with_its_reason(floor: Floor) -> None:
    client, number = floor.join(1), market(floor)
    client.subscribe("user_orders")
    terms = {"client_order_id": "a"}
    order = order_of(floor.place(1, number, BID, 4_000, 5 * CONTRACT, **terms))
    client.take()
    floor.place(2, number, ASK, 4_000, CONTRACT)
    floor.do(c.DecreaseOrder(1, order, by=CONTRACT))
    floor.do(c.AmendOrder(1, order, price=4_100, count=4 * CONTRACT, new_client_order_id="b"))
    floor.do(c.CancelOrder(1, order))
    told = [
        (
            one["status"],
            one.get("last_update_reason"),
            one["remaining_count_fp"],
            one["client_order_id"],
        )
        for one in client.told("user_order")
    ]
    assert told == [
        ("resting", "Trade", "4.00", "a"),
        ("resting", "Decrease", "3.00", "a"),
        ("resting", "Amend", "3.00", "b"),
        ("canceled", None, "0.00", "b"),
    ]


def test_an_order_that_trades_at_once_is_told_once(floor: Floor) -> None:
    number = market(floor)
    for price in (4_000, 4_100):
        floor.place(1, number, BID, price, CONTRACT)
    client = floor.join(2)
    client.subscribe("user_orders")
    floor.place(2, number, ASK, 4_000, 2 * CONTRACT)
    (told,) = client.told("user_order")
    assert (told["status"], told["fill_count_fp"]) == ("executed", "2.00")
    assert told["taker_fill_cost_dollars"] == "1.190000"


def test_positions_follow_trades_and_payouts(floor: Floor) -> None:
    number = market(floor)
    floor.place(1, number, BID, 4_000, 2 * CONTRACT)
    floor.place(2, number, ASK, 4_000, CONTRACT)
    client = floor.join(1)
    client.subscribe("market_positions")
    floor.place(2, number, ASK, 4_000, CONTRACT)
    assert client.told("market_position") == [
        {
            "user_id": "user-1",
            "market_ticker": TICKER,
            "position_fp": "2.00",
            "position_cost_dollars": "0.800000",
            "realized_pnl_dollars": "0.000000",
            "fees_paid_dollars": "0.000000",
            "position_fee_cost_dollars": "0.000000",
            "volume_fp": "2.00",
        }
    ]
    for command in (
        c.CloseMarket(number),
        c.DetermineMarket(number, 10_000),
        c.SettleMarket(number),
        c.Tick(),
    ):
        if floor.engine.state.markets[number].status != "finalized":
            floor.do(command)
    (paid,) = client.told("market_position")
    assert (paid["position_fp"], paid["realized_pnl_dollars"]) == ("0.00", "1.200000")


def test_private_channels_can_be_narrowed_to_markets(floor: Floor) -> None:
    client = floor.join(1)
    client.subscribe("fill", "user_orders", "market_positions", market_tickers=[TICKER])
    for ticker in (TICKER, OTHER):
        floor.place(1, market(floor, ticker), BID, 4_000, CONTRACT)
        floor.place(2, market(floor, ticker), ASK, 4_000, CONTRACT)
    tickers = [one["msg"].get("market_ticker", one["msg"].get("ticker")) for one in client.take()]
    assert tickers == [TICKER] * 4


def test_a_locked_key_hears_of_its_subaccount_only(floor: Floor) -> None:
    floor.do(c.OpenAccount(1))
    lines = (("world", -DOLLAR), (f"cash:{account_id(1, 1)}", DOLLAR))
    floor.do(c.Move(lines, "sub", "deposit"))
    locked, free = floor.join(1, lock=1), floor.join(1)
    for client in (locked, free):
        client.subscribe("user_orders", "order_group_updates")
    for subaccount in (0, 1):
        account = account_id(1, subaccount)
        floor.do(c.PlaceOrder(account, market(floor), BID, 4_000, CONTRACT))
        floor.do(c.CreateGroup(account, CONTRACT))
    assert [one["type"] for one in locked.take()] == ["user_order", "order_group_updates"]
    assert len(free.take()) == 4


def test_order_groups(floor: Floor) -> None:
    client, other = floor.join(1), floor.join(2)
    for one in (client, other):
        one.subscribe("order_group_updates")
    facts = floor.do(c.CreateGroup(account_id(1), 3 * CONTRACT))
    (created,) = (fact for fact in facts if isinstance(fact, GroupCreated))
    group = created.group
    floor.do(c.SetGroupLimit(1, group, 4 * CONTRACT))
    floor.do(c.TriggerGroup(1, group))
    floor.do(c.ResetGroup(1, group))
    floor.do(c.DeleteGroup(1, group))
    messages = client.take()
    assert [one["seq"] for one in messages] == [1, 2, 3, 4, 5]
    assert {one["msg"]["order_group_id"] for one in messages} == {floor.ids.text(group, Kind.GROUP)}
    told = [(one["msg"]["event_type"], one["msg"].get("contracts_limit_fp")) for one in messages]
    assert told == [
        ("created", "3.00"),
        ("limit_updated", "4.00"),
        ("triggered", None),
        ("reset", None),
        ("deleted", None),
    ]
    assert other.take() == []


# RFQs

ASKED = RfqCreated(id="r", creator_id="c", market_ticker=TICKER, created_ts="t")
HIDDEN = RfqCreated(id="r", creator_id="0", market_ticker=TICKER, created_ts="t")
OVER = RfqDeleted(id="r", creator_id="c", market_ticker=TICKER, deleted_ts="t")


def quote(subaccount: int) -> QuoteCreated:
    return QuoteCreated(
        quote_id="q",
        rfq_id="r",
        quote_creator_id="m",
        rfq_creator_id="c",
        market_ticker=TICKER,
        yes_bid_dollars="0.3500",
        no_bid_dollars="0.6000",
        created_ts="t",
        subaccount=subaccount,
    )


def test_rfqs_are_told_to_all_and_quotes_to_their_parties(floor: Floor) -> None:
    asker, maker, other, own_only = (floor.join(n) for n in (1, 2, 3, 3))
    for client in (asker, maker, other):
        client.subscribe("communications", user_filter="")
    own_only.subscribe("communications", user_filter="self")
    channel = floor.hub.communications
    channel.rfq_created(account_id(1), ASKED, HIDDEN)
    channel.quote({account_id(1, 1): quote(1), account_id(2, 2): quote(2)})
    channel.rfq_deleted(account_id(1), OVER)
    told = asker.take()
    assert [one["type"] for one in told] == ["rfq_created", "quote_created", "rfq_deleted"]
    assert [one["seq"] for one in told] == [1, 2, 3]
    assert told[0]["msg"]["creator_id"] == "c"
    assert told[1]["msg"]["subaccount"] == 1
    assert [one["msg"].get("subaccount") for one in maker.take()] == [None, 2, None]
    told = other.take()
    assert [one["type"] for one in told] == ["rfq_created", "rfq_deleted"]
    assert told[0]["msg"]["creator_id"] == "0"
    assert own_only.take() == []


def test_shards_split_the_markets_among_them(floor: Floor) -> None:
    clients = [floor.join(3) for _ in range(4)]
    for key, client in enumerate(clients):
        client.subscribe("communications", shard_factor=4, shard_key=key)
    floor.hub.communications.rfq_created(account_id(1), ASKED)
    heard = [len(client.take()) for client in clients]
    assert sum(heard) == 1
    assert heard.index(1) == shard_of_market(TICKER, 4)


def test_an_rfq_from_its_creation_to_the_trade(floor: Floor) -> None:
    number = market(floor)
    asker, maker, other = (floor.join(n) for n in (1, 2, 3))
    for client in (asker, maker, other):
        client.subscribe("communications")
    facts = floor.do(CreateRfq(account_id(1), number, contracts=2 * CONTRACT))
    (rfq,) = (fact for fact in facts if isinstance(fact, RfqOpened))
    (created,) = other.take()
    assert created["msg"] == {
        "id": floor.ids.text(rfq.rfq, Kind.RFQ),
        "creator_id": floor.ids.text(1, Kind.COMMUNICATIONS),
        "market_ticker": TICKER,
        "event_ticker": "KXRAIN-1",
        "contracts_fp": "2.00",
        "created_ts": "2026-09-21T14:13:20Z",
    }
    facts = floor.do(CreateQuote(account_id(2), rfq.rfq, 4_000, 5_000))
    (quoted,) = (fact for fact in facts if isinstance(fact, Quoted))
    floor.do(AcceptQuote(1, quoted.quote, "yes", client_order_id="asked"))
    floor.do(ConfirmQuote(2, quoted.quote, client_order_id="made"))
    floor.pass_time(16 * SECOND)
    types = ["rfq_created", "quote_created", "quote_accepted", "quote_executed", "rfq_deleted"]
    for client, name in ((asker, "asked"), (maker, "made")):
        told = client.take()
        assert sorted(one["type"] for one in told) == sorted(types)
        assert [one["seq"] for one in told] == [1, 2, 3, 4, 5]
        messages = {one["type"]: one["msg"] for one in told}
        assert messages["quote_created"]["yes_bid_dollars"] == "0.4000"
        assert messages["quote_accepted"]["accepted_side"] == "yes"
        assert messages["quote_accepted"]["contracts_accepted_fp"] == "2.00"
        assert messages["quote_executed"]["client_order_id"] == name
    assert [one["type"] for one in other.take()] == ["rfq_deleted"]


def test_who_asks_may_be_hidden_from_all_others(floor: Floor) -> None:
    floor.obscured = True
    number = market(floor)
    asker, maker, other = (floor.join(n) for n in (1, 2, 3))
    for client in (asker, maker, other):
        client.subscribe("communications")
    facts = floor.do(CreateRfq(account_id(1), number, contracts=2 * CONTRACT))
    (rfq,) = (fact for fact in facts if isinstance(fact, RfqOpened))
    floor.do(CreateQuote(account_id(2), rfq.rfq, 4_000, 5_000))
    floor.do(DeleteRfq(1, rfq.rfq))
    own = floor.ids.text(1, Kind.COMMUNICATIONS)
    for client, creator in ((asker, own), (maker, "0"), (other, "0")):
        for one in client.take():
            named = one["msg"].get("rfq_creator_id") or one["msg"]["creator_id"]
            assert named == creator, one
            assert one["msg"].get("quote_creator_id") in (
                None,
                floor.ids.text(2, Kind.COMMUNICATIONS),
            )
