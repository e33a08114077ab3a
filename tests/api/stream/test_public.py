"""ticker, trade and the two lifecycle channels: what everybody may hear."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from presage.catalog.markets import MARKET_TEXTS
from presage.domain import commands as c
from presage.domain.combo_commands import CreateCombo
from presage.domain.combos import ComboLeg
from presage.domain.ids import MarketId
from presage.domain.orders import ASK, BID
from presage.domain.resolution_commands import CorrectOutcomes
from presage.units import CONTRACT, SECOND
from tests.api.stream.kit import Client, Floor, caller
from tests.feeds.kit import DAY, NOON, market_text

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


def trade(floor: Floor, ticker: str = TICKER) -> None:
    floor.place(1, market(floor, ticker), BID, 4_000, 2 * CONTRACT)
    floor.place(2, market(floor, ticker), ASK, 4_000, CONTRACT)


def test_a_ticker_is_told_whenever_a_quote_or_total_changed(floor: Floor) -> None:
    client = floor.join(3)
    client.subscribe("ticker", market_ticker=TICKER)
    trade(floor)
    first, second = client.take()
    assert "seq" not in first
    assert first["msg"]["yes_bid_dollars"] == "0.4000"
    id = second["msg"].pop("market_id")
    assert id == floor.hub.channels["ticker"].views.market_id(market(floor))
    assert second == {
        "type": "ticker",
        "sid": 1,
        "msg": {
            "market_ticker": TICKER,
            "price_dollars": "0.4000",
            "yes_bid_dollars": "0.4000",
            "yes_ask_dollars": "1.0000",
            "volume_fp": "1.00",
            "open_interest_fp": "1.00",
            "dollar_volume": 1,
            "dollar_open_interest": 1,
            "yes_bid_size_fp": "1.00",
            "yes_ask_size_fp": "0.00",
            "last_trade_size_fp": "1.00",
            "ts": 1_790_000_000,
            "ts_ms": 1_790_000_000_000,
            "time": "2026-09-21T14:13:20Z",
        },
    }


def test_one_batch_is_one_ticker_a_market(floor: Floor) -> None:
    some, every = floor.join(3), floor.join(3)
    some.subscribe("ticker", market_ticker=TICKER)
    every.subscribe("ticker")
    floor.held = True
    trade(floor)
    trade(floor, OTHER)
    trade(floor)
    floor.commit()
    assert [one["market_ticker"] for one in some.told("ticker")] == [TICKER]
    assert [one["market_ticker"] for one in every.told("ticker")] == [TICKER, OTHER]


def test_a_ticker_can_be_shown_at_once(floor: Floor) -> None:
    trade(floor)
    client = floor.join(3)
    (shown,) = client.subscribe("ticker", market_ticker=TICKER, send_initial_snapshot=True)
    assert shown["msg"]["last_trade_size_fp"] == "1.00"
    ok, added = client.ask(
        "update_subscription",
        sid=1,
        action="add_markets",
        market_tickers=[OTHER],
        send_initial_snapshot=True,
    )
    assert ok["type"] == "ok"
    assert (added["type"], added["msg"]["market_ticker"]) == ("ticker", OTHER)


def test_the_last_trade_is_known_after_a_restart(floor: Floor) -> None:
    trade(floor)
    markets, _ = floor.restarted()
    card = markets.by_ticker(TICKER)
    other = markets.by_ticker(OTHER)
    assert card is not None
    assert other is not None
    assert (card.last_size, other.last_size) == (CONTRACT, 0)


def test_trades_are_numbered(floor: Floor) -> None:
    some, every = floor.join(3), floor.join(3)
    some.subscribe("trade", market_tickers=[TICKER])
    every.subscribe("trade")
    trade(floor, OTHER)
    trade(floor)
    (told,) = some.take()
    assert [one["seq"] for one in every.take()] == [1, 2]
    told["msg"].pop("trade_id")
    assert told == {
        "type": "trade",
        "sid": 1,
        "seq": 1,
        "msg": {
            "market_ticker": TICKER,
            "yes_price_dollars": "0.4000",
            "no_price_dollars": "0.6000",
            "count_fp": "1.00",
            "taker_side": "no",
            "taker_outcome_side": "no",
            "taker_book_side": "ask",
            "is_block_trade": False,
            "ts": 1_790_000_000,
            "ts_ms": 1_790_000_000_000,
        },
    }


# Lifecycle


def lives(floor: Floor, channel: str = "market_lifecycle_v2") -> Client:
    client = floor.join(3)
    client.subscribe(channel)
    return client


def test_a_market_from_pause_to_settlement(floor: Floor) -> None:
    client, number = lives(floor), market(floor)
    floor.do(c.PauseMarket(number))
    floor.do(c.ResumeMarket(number))
    floor.do(c.SetMarketTimes(number, close_at=NOON + 2 * DAY))
    floor.do(c.SetPriceStructure(number, "deci_cent"))
    floor.do(c.CloseMarket(number))
    floor.do(c.DetermineMarket(number, 10_000))
    floor.do(c.SettleMarket(number))
    messages = client.take()
    assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
    at = NOON // SECOND
    told = [{k: v for k, v in one["msg"].items() if k != "market_ticker"} for one in messages]
    assert told == [
        {"event_type": "deactivated", "is_deactivated": True},
        {"event_type": "activated", "is_deactivated": False},
        {"event_type": "close_date_updated", "close_ts": at + 2 * 86_400},
        {
            "event_type": "price_level_structure_updated",
            "price_level_structure": "deci_cent",
            "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}],
        },
        {"event_type": "close_date_updated", "close_ts": at},
        {
            "event_type": "determined",
            "determination_ts": at,
            "result": "yes",
            "settlement_value": "1.0000",
        },
        {"event_type": "settled", "settled_ts": at},
    ]


def test_a_corrected_outcome_is_told_as_the_first_was(floor: Floor) -> None:
    client, number = lives(floor), market(floor)
    floor.do(c.CloseMarket(number))
    floor.do(c.DetermineMarket(number, 10_000))
    floor.do(c.SettleMarket(number))
    client.take()
    floor.do(CorrectOutcomes(((number, 2_500),), ()))
    told = [{k: v for k, v in one["msg"].items() if k != "market_ticker"} for one in client.take()]
    at = NOON // SECOND
    assert told == [
        {
            "event_type": "determined",
            "determination_ts": at,
            "result": "scalar",
            "settlement_value": "0.2500",
        },
        {"event_type": "settled", "settled_ts": at},
    ]


def test_what_the_clock_does_is_not_told(floor: Floor) -> None:
    client = lives(floor)
    floor.pass_time(400 * DAY)
    card = floor.markets.by_ticker(TICKER)
    assert card is not None
    assert card.status == "closed"
    assert client.take() == []


def test_a_new_market_is_told_with_its_texts_and_before_what_follows(floor: Floor) -> None:
    async def scenario() -> list[Any]:
        await floor.hub.blotters.open(3)
        client = Client(floor.hub.open(caller(3), lambda _: None))
        client.subscribe("market_lifecycle_v2")
        MARKET_TEXTS.insert(floor.connection, market_text("KXRAIN-1-NEW"))
        command = c.CreateMarket(1, "KXRAIN-1-NEW", NOON, NOON + DAY)
        floor.do(command)
        number = market(floor, "KXRAIN-1-NEW")
        floor.pass_time(0)
        floor.do(c.PauseMarket(number))
        assert client.take() == []
        task = floor.hub.lifecycle._at_work
        assert task is not None
        await task
        return client.take()

    created, paused = asyncio.run(scenario())
    assert created["msg"] == {
        "market_ticker": "KXRAIN-1-NEW",
        "exchange_index": 0,
        "open_ts": NOON // SECOND,
        "close_ts": NOON // SECOND + 86_400,
        "additional_metadata": {
            "name": "Rain tomorrow?",
            "title": "Will it rain (KXRAIN-1-NEW)?",
            "yes_sub_title": "Rain",
            "no_sub_title": "Dry",
            "rules_primary": "If the gauge is wet, the market resolves to Yes.",
            "rules_secondary": "",
            "can_close_early": True,
            "event_ticker": "KXRAIN-1",
            "expected_expiration_ts": NOON // SECOND + 86_400,
            "strike_type": "greater",
            "floor_strike": 0.5,
            "custom_strike": {"gauge": "a"},
        },
        "event_type": "created",
        "price_level_structure": "linear_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
    }
    assert (created["seq"], paused["seq"]) == (1, 2)
    assert paused["msg"]["event_type"] == "deactivated"


def test_a_new_event_and_its_fees(floor: Floor) -> None:
    async def scenario() -> list[Any]:
        await floor.hub.blotters.open(3)
        client = Client(floor.hub.open(caller(3), lambda _: None))
        client.subscribe("market_lifecycle_v2")
        floor.do(c.CreateEvent(1, "KXRAIN-2", True, "MECNET"))
        task = floor.hub.lifecycle._at_work
        assert task is not None
        await task
        event = floor.markets.event("KXRAIN-2")
        assert event is not None
        floor.do(c.SetEventFees(event.id, "quadratic", 20_000))
        floor.do(c.SetEventFees(event.id))
        return client.take()

    created, raised, cleared = asyncio.run(scenario())
    assert (created["type"], created["msg"]["event_ticker"]) == ("event_lifecycle", "KXRAIN-2")
    assert created["msg"]["collateral_return_type"] == "MECNET"
    assert (raised["type"], raised["msg"]) == (
        "event_fee_update",
        {
            "event_ticker": "KXRAIN-2",
            "fee_type_override": "quadratic",
            "fee_multiplier_override": 2,
        },
    )
    assert cleared["msg"]["fee_type_override"] is None
    assert cleared["msg"]["fee_multiplier_override"] is None


def test_combos_have_a_channel_of_their_own(floor: Floor) -> None:
    floor.do(c.CreateSeries("KXMVE"))

    async def scenario() -> list[list[Any]]:
        await floor.hub.blotters.open(3)
        clients = []
        for channel in ("market_lifecycle_v2", "multivariate_market_lifecycle"):
            clients.append(Client(floor.hub.open(caller(3), lambda _: None)))
            clients[-1].subscribe(channel)
        leg = market(floor)
        floor.do(CreateCombo(1, 2, "KXMVE-R", (ComboLeg(leg, "yes"),)))
        task = floor.hub.multivariate._at_work
        assert task is not None
        await task
        floor.do(c.PauseMarket(leg))
        floor.do(c.CloseMarket(leg))
        floor.do(c.DetermineMarket(leg, 0))
        return [client.take() for client in clients]

    single, combo = asyncio.run(scenario())
    assert {one["msg"]["market_ticker"] for one in single} == {TICKER}
    assert [one["type"] for one in combo[:2]] == [
        "event_lifecycle",
        "multivariate_market_lifecycle",
    ]
    ticker = combo[1]["msg"]["market_ticker"]
    assert ticker.startswith("KXMVE-S")
    told = [(one["msg"]["market_ticker"], one["msg"]["event_type"]) for one in combo[1:]]
    assert told == [
        (ticker, "created"),
        (ticker, "close_date_updated"),
        (ticker, "determined"),
    ]


def test_rewritten_texts_are_told(floor: Floor) -> None:
    client = lives(floor)
    card = floor.markets.by_ticker(TICKER)
    assert card is not None

    async def rewrite() -> None:
        assert card is not None
        floor.markets.rewritten(card, floor.now, ("yes_sub_title", "strike_type", "cap_strike"))
        task = floor.hub.lifecycle._at_work
        assert task is not None
        await task

    asyncio.run(rewrite())
    assert client.told("market_lifecycle_v2") == [
        {
            "event_type": "metadata_updated",
            "market_ticker": TICKER,
            "strike_type": "greater",
            "yes_sub_title": "Rain",
        }
    ]
