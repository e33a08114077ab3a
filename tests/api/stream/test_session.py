"""Commands: each is obeyed or answered with a code of the table; nothing is ever dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from presage.api.stream.errors import TEXTS, Code
from presage.api.stream.limits import Limits
from presage.domain.orders import BID
from presage.units import CONTRACT
from tests.api.stream.kit import Client, Floor

TICKER = "KXRAIN-1-0"
OTHER = "KXRAIN-1-1"
EVERY_CHANNEL = (
    "orderbook_delta",
    "ticker",
    "trade",
    "fill",
    "market_positions",
    "market_lifecycle_v2",
    "multivariate_market_lifecycle",
    "communications",
    "order_group_updates",
    "user_orders",
    "cfbenchmarks_value",
    "cfbenchmarks_value_5hz",
    "pyth_value",
)


@pytest.fixture
def floor() -> Iterator[Floor]:
    with Floor(Limits(markets=4, room=1, commands=50, snapshots=60)) as floor:
        floor.set_up(3)
        yield floor


@pytest.fixture
def client(floor: Floor) -> Client:
    return floor.join(1)


def test_acknowledgements_as_recorded(floor: Floor) -> None:
    session = floor.join(3).session
    session.receive(
        '{"id":1,"cmd":"subscribe","params":{"channels":["orderbook_delta","trade"],'
        f'"market_tickers":["{TICKER}"],"use_yes_price":false}}}}'
    )
    data = session.outbox.take()
    head = b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}\n'
    assert data == bytes((0x81, len(head))) + head + data[len(head) + 2 :]
    assert b'{"type":"subscribed","id":1,"msg":{"channel":"trade","sid":2}}\n' in data


@pytest.mark.parametrize("channel", EVERY_CHANNEL)
def test_every_channel_can_be_had_listed_and_left(client: Client, channel: str) -> None:
    client.subscribe(channel, market_tickers=[TICKER])
    (listed,) = client.ask("list_subscriptions")
    assert listed == {"type": "ok", "id": 2, "msg": [{"channel": channel, "sid": 1}]}
    (left,) = client.ask("unsubscribe", sids=[1])
    assert left["type"] == "unsubscribed"
    assert (left["id"], left["sid"]) == (3, 1)
    assert left["seq"] >= 1
    assert client.ask("list_subscriptions")[0]["msg"] == []
    assert client.refused("unsubscribe", sids=[1]) == Code.UNKNOWN_SID


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", 1),
        ("not json", 1),
        ("[]", 1),
        ('"subscribe"', 1),
        ("1", 1),
        ("[" * 10_000, 1),
        ('{"id":"1","cmd":"subscribe"}', 1),
        ('{"id":-1,"cmd":"subscribe","params":{}}', 1),
        ('{"id":1.5,"cmd":"subscribe","params":{}}', 1),
        ('{"id":99999999999999999999,"cmd":"subscribe","params":{}}', 1),
        ('{"id":1,"cmd":7}', 1),
        ('{"id":1,"cmd":"subscribe","params":{"channels":["trade"]}', 1),
        ('{"id":1,"cmd":"subscribe"}', 2),
        ('{"id":1,"cmd":"subscribe","params":null}', 2),
        ('{"id":1,"cmd":"unsubscribe"}', 2),
        ('{"id":1,"cmd":"update_subscription"}', 2),
        ('{"id":1,"cmd":"subscribe","params":{}}', 3),
        ('{"id":1,"cmd":"subscribe","params":{"channels":[]}}', 3),
        ('{"id":1,"cmd":"unsubscribe","params":{}}', 4),
        ('{"id":1,"cmd":"unsubscribe","params":{"sids":[]}}', 4),
        ("{}", 5),
        ('{"id":1,"cmd":"dance","params":{}}', 5),
        ('{"id":1,"cmd":"unsubscribe","params":{"sids":[1]}}', 7),
        ('{"id":1,"cmd":"update_subscription","params":{"sid":1,"action":"add_markets"}}', 7),
        ('{"id":1,"cmd":"subscribe","params":{"channels":["weather"]}}', 8),
        ('{"id":1,"cmd":"subscribe","params":[]}', 11),
        ('{"id":1,"cmd":"subscribe","params":{"channels":"trade"}}', 11),
        ('{"id":1,"cmd":"subscribe","params":{"channels":[1]}}', 11),
        ('{"id":1,"cmd":"unsubscribe","params":{"sids":["1"]}}', 11),
        ('{"id":1,"cmd":"update_subscription","params":{}}', 12),
        ('{"id":1,"cmd":"update_subscription","params":{"sids":[]}}', 12),
        ('{"id":1,"cmd":"update_subscription","params":{"sids":[1,2]}}', 12),
        ('{"id":1,"cmd":"update_subscription","params":{"sid":1,"sids":[2]}}', 12),
    ],
)
def test_what_is_wrong_with_a_command(client: Client, message: str, code: int) -> None:
    client.subscribe("ticker")
    client.ask("unsubscribe", sids=[1])
    (reply,) = client.send(message)
    assert (reply["type"], reply["msg"]["code"]) == ("error", code)
    assert reply["msg"]["msg"].startswith(TEXTS[Code(code)])
    # Nothing of it did any harm.
    assert client.ask("list_subscriptions")[0]["msg"] == []


SUBSCRIBE: list[tuple[list[str], dict[str, Any], int]] = [
    (["orderbook_delta"], {}, 14),
    (["orderbook_delta"], {"market_tickers": []}, 14),
    (["orderbook_delta"], {"market_id": "f5ed38e2-0991-4c8f-817e-08c4fd9cbfdb"}, 14),
    (["trade"], {"market_tickers": []}, 14),
    (["ticker"], {"market_ids": []}, 14),
    (["ticker"], {"market_id": "f5ed38e2-0991-4c8f-817e-08c4fd9cbfdb"}, 11),
    (["ticker"], {"market_id": "no uuid"}, 11),
    (["trade"], {"market_id": "f5ed38e2-0991-4c8f-817e-08c4fd9cbfdb"}, 11),
    (["trade"], {"market_ticker": TICKER, "market_tickers": [TICKER]}, 11),
    (["trade"], {"market_ticker": ""}, 11),
    (["trade"], {"market_ticker": "X" * 129}, 11),
    (["trade"], {"market_ticker": "Ü"}, 11),
    (["trade"], {"market_tickers": ["A", "B", "C", "D", "E"]}, 26),
    (["communications"], {"shard_key": 0}, 20),
    (["communications"], {"shard_factor": 0}, 19),
    (["communications"], {"shard_factor": -3, "shard_key": 0}, 19),
    (["communications"], {"shard_factor": 101}, 22),
    (["communications"], {"shard_factor": 4, "shard_key": 4}, 21),
    (["communications"], {"shard_factor": 4, "shard_key": -1}, 21),
    (["communications"], {"shard_factor": "4"}, 11),
    (["communications"], {"user_filter": "others"}, 11),
    (["cfbenchmarks_value"], {"index_ids": []}, 24),
    (["pyth_value"], {"underlying_tickers": []}, 28),
    (["pyth_value"], {"underlying_tickers": [""]}, 11),
]


@pytest.mark.parametrize(("channels", "params", "code"), SUBSCRIBE)
def test_what_is_wrong_with_a_subscription(
    client: Client, channels: list[str], params: dict[str, Any], code: int
) -> None:
    assert client.refused("subscribe", channels=channels, **params) == code
    assert client.ask("list_subscriptions")[0]["msg"] == []


@pytest.mark.parametrize(
    ("channel", "params", "code"),
    [
        ("orderbook_delta", {}, 15),
        ("orderbook_delta", {"action": ""}, 15),
        ("orderbook_delta", {"action": "dance"}, 13),
        ("orderbook_delta", {"action": "add_markets"}, 14),
        ("orderbook_delta", {"action": "delete_markets", "market_tickers": []}, 14),
        ("orderbook_delta", {"action": "get_snapshot"}, 14),
        ("orderbook_delta", {"action": "get_snapshot", "market_ticker": "NOWHERE"}, 11),
        ("ticker", {"action": "get_snapshot", "market_ticker": TICKER}, 13),
        ("market_lifecycle_v2", {"action": "add_markets", "market_ticker": TICKER}, 13),
        ("communications", {"action": "add_markets", "market_ticker": TICKER}, 13),
        ("cfbenchmarks_value", {"action": "subscribe_indices"}, 24),
        ("cfbenchmarks_value_5hz", {"action": "unsubscribe_indices", "index_ids": []}, 24),
        ("cfbenchmarks_value", {"action": "subscribe_underlyings", "index_ids": ["X"]}, 13),
        ("pyth_value", {"action": "subscribe_underlyings"}, 28),
    ],
)
def test_what_is_wrong_with_an_update(
    client: Client, channel: str, params: dict[str, Any], code: int
) -> None:
    client.subscribe(channel, market_ticker=TICKER)
    (reply,) = client.ask("update_subscription", sid=1, **params)
    assert (reply["type"], reply["sid"], reply["msg"]["code"]) == ("error", 1, code)
    if channel == "orderbook_delta":
        assert reply["seq"] == 2
    if channel == "ticker":
        assert "seq" not in reply


def test_one_bad_channel_does_not_spoil_the_others(client: Client) -> None:
    refused, done = client.ask("subscribe", channels=["weather", "trade"])
    assert refused["msg"]["code"] == Code.UNKNOWN_CHANNEL
    assert done["msg"] == {"channel": "trade", "sid": 1}


def test_no_id_and_zero_are_the_same(client: Client) -> None:
    for command in ({"cmd": "list_subscriptions"}, {"id": 0, "cmd": "list_subscriptions"}):
        assert client.send(command) == [{"type": "ok", "msg": []}]


def test_unknown_keys_are_ignored(client: Client) -> None:
    assert client.subscribe("trade", colour="blue") == []


def test_subscribing_again_adds_markets(client: Client) -> None:
    client.subscribe("orderbook_delta", market_ticker=TICKER)
    first, shown = client.ask("subscribe", channels=["orderbook_delta"], market_ticker=OTHER)
    assert first["msg"] == {"channel": "orderbook_delta", "sid": 1}
    assert (shown["msg"]["market_ticker"], shown["seq"]) == (OTHER, 2)
    (again,) = client.ask("subscribe", channels=["orderbook_delta"], market_ticker=OTHER)
    assert again["type"] == "subscribed"


def test_an_update_names_all_markets_unless_told_not_to(client: Client) -> None:
    client.subscribe("trade", market_ticker=TICKER)
    client.subscribe("ticker", market_ticker=TICKER, skip_ticker_ack=True)
    for sid, action, told in (
        (1, "add_markets", {"market_tickers": [TICKER, OTHER]}),
        (1, "delete_markets", {"market_tickers": [TICKER]}),
        (2, "add_markets", {}),
    ):
        (reply,) = client.ask("update_subscription", sids=[sid], action=action, market_ticker=OTHER)
        assert (reply["type"], reply["sid"], reply["msg"]) == ("ok", sid, told)


def test_markets_named_by_id_are_acknowledged_by_id(client: Client, floor: Floor) -> None:
    card = floor.markets.by_ticker(TICKER)
    assert card is not None
    id = floor.hub.channels["ticker"].views.market_id(card.id)
    client.subscribe("ticker", market_ids=[id])
    (reply,) = client.ask("update_subscription", sid=1, action="add_markets", market_ticker=OTHER)
    assert reply["msg"] == {"market_tickers": [OTHER], "market_ids": [id]}


def test_a_subscription_whose_last_market_is_deleted_is_silent(
    client: Client, floor: Floor
) -> None:
    client.subscribe("ticker", market_ticker=TICKER)
    client.ask("update_subscription", sid=1, action="delete_markets", market_ticker=TICKER)
    card = floor.markets.by_ticker(TICKER)
    assert card is not None
    floor.place(2, card.id, BID, 4_000, CONTRACT)
    assert client.take() == []


def test_a_limit_on_markets_is_kept_and_freed(client: Client) -> None:
    client.subscribe("trade", market_tickers=["A", "B", "C", "D"])
    assert client.refused("subscribe", channels=["ticker"], market_ticker="E") == 26
    client.ask("update_subscription", sid=1, action="delete_markets", market_ticker="D")
    client.subscribe("ticker", market_ticker="E")
    client.ask("unsubscribe", sids=[1])
    client.ask("update_subscription", sid=2, action="add_markets", market_tickers=["A", "B"])


def test_private_channels_need_the_right_to_read(floor: Floor) -> None:
    client = floor.join(1, scopes=frozenset({"write::trade"}))
    assert client.refused("subscribe", channels=["fill"]) == Code.AUTHENTICATION_REQUIRED
    client.subscribe("trade")


def test_commands_beyond_the_limit_are_refused_until_the_next_second(
    client: Client, floor: Floor
) -> None:
    for _ in range(50):
        assert client.ask("list_subscriptions")[0]["type"] == "ok"
    assert client.send({"cmd": "list_subscriptions"})[0]["msg"]["code"] == 27
    floor.hub.second += 1
    assert client.ask("list_subscriptions")[0]["type"] == "ok"


def test_ten_thousand_commands_a_second_are_answered_and_harm_nobody() -> None:
    with Floor() as floor:
        floor.set_up(1)
        healthy, flood = floor.join(2), floor.join(3)
        healthy.subscribe("orderbook_delta", market_ticker=TICKER)
        flood.checked = False
        codes = []
        for _ in range(11):
            for _ in range(1_000):
                flood.session.receive('{"cmd":"dance"}')
            codes += [reply["msg"]["code"] for reply in flood.take()]
        assert codes == [Code.UNKNOWN_COMMAND] * 10_000 + [Code.TOO_MANY_REQUESTS] * 1_000
        card = floor.markets.by_ticker(TICKER)
        assert card is not None
        floor.place(1, card.id, BID, 4_000, CONTRACT)
        assert len(healthy.told("orderbook_delta")) == 1
        floor.hub.second += 1
        assert flood.ask("list_subscriptions")[0]["type"] == "ok"


def test_snapshots_wait_until_there_is_room(floor: Floor) -> None:
    session = floor.join(3).session
    tickers = [f"KXRAIN-1-{number}" for number in range(3)]
    params = {"channels": ["orderbook_delta"], "market_tickers": tickers}
    session.receive(json.dumps({"cmd": "subscribe", "params": params}))
    for _ in range(3):
        assert session.holds
        # What is not shown yet has no deltas either.
        session.outbox.take()
        session.pump()
        assert session.outbox.size > 0
    assert not session.holds


def test_a_client_that_never_takes_its_snapshots_is_told_in_time(floor: Floor) -> None:
    client = floor.join(3)
    params = {"channels": ["orderbook_delta"], "market_tickers": [TICKER, OTHER]}
    client.session.receive(json.dumps({"cmd": "subscribe", "params": params}))
    floor.hub.second += 60
    client.session.look()
    messages = client.take()
    assert messages[-1]["msg"]["code"] == Code.TIMEOUT
    assert messages[-1]["msg"]["market_tickers"] == [TICKER, OTHER]


def test_a_client_that_does_not_read_loses_its_subscriptions(client: Client) -> None:
    client.subscribe("trade")
    client.subscribe("ticker")
    client.session.overflow()
    first, second = client.take()
    assert (first["sid"], first["seq"], first["msg"]["code"]) == (1, 1, 25)
    assert (second["sid"], second["msg"]["code"]) == (2, 25)
    assert client.ask("list_subscriptions")[0]["msg"] == []


def test_a_bug_in_a_channel_ends_its_subscriptions_only(
    client: Client, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.subscribe("trade", "ticker")
    card = floor.markets.by_ticker(TICKER)
    assert card is not None

    def fail(_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(floor.hub.channels["trade"], "fold", fail)
    floor.place(2, card.id, BID, 4_000, CONTRACT)
    ticker, error = client.take()
    assert (error["sid"], error["msg"]["code"]) == (1, Code.CHANNEL_ERROR)
    assert ticker["type"] == "ticker"
    assert client.ask("list_subscriptions")[0]["msg"] == [{"channel": "ticker", "sid": 2}]
