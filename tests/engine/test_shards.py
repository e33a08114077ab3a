"""Shards: what is on which, who trades where, and in which order a member's accounts stand."""

from __future__ import annotations

import msgspec
import pytest

from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain import facts as f
from presage.domain.ids import account_id, shard_of
from presage.domain.orders import BID
from presage.domain.rejects import Code
from presage.domain.shard_commands import DeclareShard
from presage.engine.engine import Engine
from presage.storage.codec import decode_facts, encode_facts
from presage.units import CONTRACT, DOLLAR
from tests.engine.exchange import DAY, HALF, Exchange

ANN, BOB = account_id(1), account_id(2)
ANN_1, BOB_1 = account_id(1, 0, 1), account_id(2, 0, 1)


@pytest.fixture
def two() -> Exchange:
    """Shard 1 with market 2, where Ann and Bob have 10 dollars each."""
    exchange = Exchange()
    exchange.do(DeclareShard(1))
    exchange.do(c.CreateEvent(1, "F", shard=1))
    exchange.do(c.CreateMarket(2, "N", 0, DAY))
    for account in (1, 2):
        home, there = account_id(account), account_id(account, 0, 1)
        exchange.move(f"cash:{home}", f"cash:{there}", 10 * DOLLAR)
    return exchange


def test_an_event_is_where_its_series_is_unless_it_says_otherwise(two: Exchange) -> None:
    two.do(c.CreateSeries("C", shard=1))
    two.do(c.CreateEvent(2, "C-1"))
    two.do(c.CreateEvent(2, "C-0", shard=0))
    events = two.engine.state.events
    assert {event.ticker: event.shard for event in events.values()} == {
        "E": 0,
        "F": 1,
        "C-1": 1,
        "C-0": 0,
    }


@pytest.mark.parametrize(
    "command",
    [
        c.CreateSeries("C", shard=2),
        c.CreateSeries("C", shard=-1),
        c.CreateEvent(1, "G", shard=2),
        c.CreateEvent(1, "G", shard=-2),
        c.OpenAccount(1, 2),
        DeclareShard(64),
        DeclareShard(-1),
    ],
)
def test_a_shard_that_nobody_declared(two: Exchange, command: c.Command) -> None:
    assert two.refused(command) is Code.INVALID_VALUE


@pytest.mark.parametrize("shard", [0, 1])
def test_a_shard_is_declared_once(two: Exchange, shard: int) -> None:
    assert two.refused(DeclareShard(shard)) is Code.SHARD_EXISTS


@pytest.mark.parametrize(
    "command",
    [
        c.PlaceOrder(ANN, 2, BID, HALF, CONTRACT),
        c.PlaceOrder(ANN_1, 1, BID, HALF, CONTRACT),
        w.CreateRfq(ANN, 2, CONTRACT),
        w.ProposeBlockTrade(1, ANN, BOB_1, 2, HALF, CONTRACT, "yes", DAY),
        w.ProposeBlockTrade(1, ANN_1, BOB, 2, HALF, CONTRACT, "yes", DAY),
    ],
)
def test_a_market_of_another_shard_is_not_there(two: Exchange, command: c.Command) -> None:
    assert two.refused(command) is Code.MARKET_NOT_FOUND


def test_quotes_and_block_trades_keep_to_their_shard(two: Exchange) -> None:
    two.do(w.CreateRfq(ANN_1, 2, CONTRACT))
    rfq = two.seq << 20
    assert two.refused(w.CreateQuote(BOB, rfq, HALF, 0)) is Code.MARKET_NOT_FOUND
    two.do(w.CreateQuote(BOB_1, rfq, HALF, 0))
    two.do(w.ProposeBlockTrade(1, ANN_1, BOB_1, 2, HALF, CONTRACT, "yes", DAY))
    block = two.seq << 20
    assert two.refused(w.AcceptBlockTrade(2, block, BOB)) is Code.ACCOUNT_NOT_FOUND
    two.do(w.AcceptBlockTrade(2, block, BOB_1))


def test_an_order_is_found_on_its_shard_only(two: Exchange) -> None:
    order = two.order(c.PlaceOrder(ANN_1, 2, BID, HALF, CONTRACT))
    for command in (c.CancelOrder(1, order, shard=0), c.DecreaseOrder(1, order, to=0, shard=0)):
        assert two.refused(command) is Code.ORDER_NOT_FOUND
    two.do(c.CancelOrder(1, order, shard=1))


def test_a_group_is_found_on_its_shard_only(two: Exchange) -> None:
    two.do(c.CreateGroup(ANN_1, CONTRACT))
    group = two.seq << 20
    for command in (
        c.SetGroupLimit(1, group, CONTRACT, shard=0),
        c.TriggerGroup(1, group, shard=0),
        c.ResetGroup(1, group, shard=0),
        c.DeleteGroup(1, group, shard=0),
    ):
        assert two.refused(command) is Code.GROUP_NOT_FOUND
    elsewhere = c.PlaceOrder(ANN, 1, BID, HALF, CONTRACT, group=group)
    assert two.refused(elsewhere) is Code.GROUP_NOT_FOUND
    two.do(c.DeleteGroup(1, group, shard=1))


def test_money_opens_only_a_primary_account_of_a_known_member(two: Exchange) -> None:
    for account in (account_id(1, 3, 1), account_id(9, 0, 1), account_id(1, 0, 2)):
        lines = ((f"cash:{ANN}", -DOLLAR), (f"cash:{account}", DOLLAR))
        assert two.refused(c.Move(lines, "x", "shards")) is Code.ACCOUNT_NOT_FOUND


def test_a_refused_first_movement_opens_nothing(two: Exchange) -> None:
    two.do(DeclareShard(3))
    lines = ((f"cash:{ANN}", -(10**12)), (f"cash:{account_id(1, 0, 3)}", 10**12))
    assert two.refused(c.Move(lines, "x", "shards")) is Code.INSUFFICIENT_BALANCE


def test_accounts_keep_their_order_over_a_snapshot(two: Exchange) -> None:
    """A subaccount on shard 0 that is opened after an account on shard 1 comes before it."""
    two.do(c.OpenAccount(1))
    live = [one.id for one in two.engine.state.members[1].accounts]
    assert live == [ANN, account_id(1, 1), ANN_1]
    again = Engine.load(two.engine.dump())
    assert [one.id for one in again.state.members[1].accounts] == live
    assert again.state.shards == {0, 1}
    assert again.digest() == two.engine.digest()


def test_a_member_that_is_stopped_ends_everywhere(two: Exchange) -> None:
    two.order(c.PlaceOrder(ANN_1, 2, BID, HALF, CONTRACT))
    two.order(c.PlaceOrder(ANN, 1, BID, HALF, CONTRACT))
    facts = two.do(c.SetMemberStatus(1, "suspended"))
    ended = [shard_of(fact.account) for fact in facts if isinstance(fact, f.OrderCanceled)]
    assert ended == [0, 1]


def test_an_event_from_before_there_were_shards_is_on_the_first() -> None:
    """Its fact has a field less."""
    fact = f.EventCreated(1, 1, "E", False, "")
    (values,) = msgspec.msgpack.decode(encode_facts((fact,)))
    (read,) = decode_facts(msgspec.msgpack.encode([values[:-1]]))
    assert read == fact
    assert fact.shard == 0
