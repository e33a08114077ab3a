"""The price feeds: what an operator publishes, averaged and told to whoever named it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from presage.api.stream.prices import MAX_NAMES, Prices, PriceTick, TooManyNames, parse_value
from tests.api.stream.kit import Floor

AT = 1_710_000_000_000  # a quarter of an hour, exactly


@pytest.fixture
def floor() -> Iterator[Floor]:
    with Floor() as floor:
        yield floor


def tick(value: str, at: int, name: str = "BRTI") -> PriceTick:
    return PriceTick(
        name=name, text=value, value=parse_value(value), source_ms=at, received_ms=at + 18
    )


def test_an_index_value_with_its_averages(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("cfbenchmarks_value", index_ids=["BRTI"])
    floor.prices.publish("cfbenchmarks", tick("10.5", AT - 2_000))
    floor.prices.publish("cfbenchmarks", tick("11", AT - 1_000))
    floor.prices.publish("cfbenchmarks", tick("99", AT - 1_000, "ETHUSD_RTI"))
    floor.prices.publish("cfbenchmarks", tick("12.00000001", AT))
    first, _, last = client.take()
    assert first["msg"]["avg_60s_data"]["value"] == "10.50000000"
    assert first["msg"]["avg_60s_data"]["window_size"] == 0
    assert last == {
        "type": "cfbenchmarks_value",
        "sid": 1,
        "seq": 3,
        "msg": {
            "index_id": "BRTI",
            "received_at": AT + 18,
            "data": f'{{"type":"value","id":"BRTI","time":{AT},"value":"12.00000001"}}',
            "avg_60s_data": {
                "value": "10.75000000",
                "window_size": 2,
                "window_start_ts_ms": AT - 60_000,
                "window_end_ts_exclusive": AT,
            },
            "last_60s_windowed_average_15min": {
                "value": "11.16666667",
                "window_size": 3,
                "window_start_ts_ms": AT - 60_000,
                "window_end_ts_exclusive": AT + 1,
            },
        },
    }


def test_the_final_minute_counts_its_seconds(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("cfbenchmarks_value", index_ids=["all"])
    for second in range(62):
        floor.prices.publish("cfbenchmarks", tick("1", AT - 61_000 + 1_000 * second))
    told = client.told("cfbenchmarks_value")
    sizes = [one.get("last_60s_windowed_average_15min", {}).get("window_size") for one in told]
    assert sizes == [None, None, *range(1, 61)]
    assert told[-1]["avg_60s_data"]["window_size"] == 60


def test_a_second_has_one_tick_here_and_five_there(floor: Floor) -> None:
    slow, fast = floor.join(3), floor.join(3)
    slow.subscribe("cfbenchmarks_value", index_ids=["BRTI"])
    fast.subscribe("cfbenchmarks_value_5hz", index_ids=["BRTI"])
    for step in range(10):
        floor.prices.publish("cfbenchmarks", tick("1", AT + 100 * step))
    assert len(slow.take()) == 1
    told = fast.take()
    assert [one["msg"]["source_ts_ms"] - AT for one in told] == [0, 200, 400, 600, 800]
    assert told[0]["msg"] == {
        "index_id": "BRTI",
        "value_usd": "1.00000000",
        "source_ts_ms": AT,
        "received_at": AT + 18,
        "data": f'{{"type":"value","id":"BRTI","time":{AT},"value":"1"}}',
    }


def test_what_is_not_newer_is_ignored() -> None:
    prices = Prices()
    assert prices.publish("pyth", tick("1", AT))
    assert not prices.publish("pyth", tick("2", AT))
    assert not prices.publish("pyth", tick("2", AT - 1))
    assert prices.publish("pyth", tick("2", AT + 1))
    assert prices.publish("pyth", tick("2", AT, "other"))


def test_a_feed_has_a_limit_on_names() -> None:
    prices = Prices()
    for number in range(MAX_NAMES):
        prices.publish("pyth", tick("1", AT, f"name {number}"))
    with pytest.raises(TooManyNames):
        prices.publish("pyth", tick("1", AT, "one more"))


def test_underlyings_are_added_removed_and_listed(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("pyth_value")
    floor.prices.publish("pyth", tick("1", AT - 3 * 3_600_000, "Metal.XPD/USD"))
    floor.prices.publish("pyth", tick("1", AT, "Metal.XAU/USD"))
    assert client.take() == []

    def update(action: str, *names: str) -> list[str]:
        params = {"underlying_tickers": names} if names else {}
        (reply,) = client.ask("update_subscription", sid=1, action=action, **params)
        told = reply["msg"]["underlying_tickers"]
        assert isinstance(told, list)
        return told

    assert update("underlying_list") == ["Metal.XAU/USD"]
    assert update("subscribe_underlyings", "Metal.XAU/USD") == ["Metal.XAU/USD"]
    assert update("subscribe_underlyings", "all") == ["all"]
    assert update("unsubscribe_underlyings", "Metal.XPD/USD") == ["all"]
    assert update("unsubscribe_underlyings", "all") == ["Metal.XAU/USD"]
    floor.prices.publish("pyth", tick("82.12345", AT + 1, "Metal.XAU/USD"))
    floor.prices.publish("pyth", tick("1", AT + 1, "Metal.XPD/USD"))
    (told,) = client.take()
    assert told == {
        "type": "pyth_value",
        "sid": 1,
        "seq": 6,
        "msg": {
            "underlying_ticker": "Metal.XAU/USD",
            "value_usd": "82.12345000",
            "source_ts_ms": AT + 1,
            "received_at": AT + 19,
        },
    }
    assert update("unsubscribe_underlyings", "Metal.XAU/USD") == []


def test_a_list_of_indexes_is_an_answer_with_an_id(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("cfbenchmarks_value_5hz")
    floor.prices.publish("cfbenchmarks", tick("1", AT))
    (reply,) = client.ask("update_subscription", sid=1, action="indexlist")
    assert reply == {
        "type": "cfbenchmarks_value_5hz_indexlist",
        "id": 2,
        "sid": 1,
        "seq": 1,
        "msg": {"index_ids": ["BRTI"]},
    }
