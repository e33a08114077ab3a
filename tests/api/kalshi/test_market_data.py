"""What market data operations answer to filters, pages and things that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from presage.api.faults import ApiError, QueryFault
from presage.api.kalshi.errors import render
from presage.domain import commands as c
from presage.domain.orders import ASK, BID
from presage.units import CONTRACT, SECOND
from tests.feeds.kit import DAY, HOUR, MINUTE, NOON, Exchange

NOW = NOON // SECOND


def tickers(body: dict[str, Any]) -> list[str]:
    return [market["ticker"][-1] for market in body["markets"]]


def trade(ex: Exchange, market: int, price: int) -> None:
    ex.place(1, market, ASK, price, CONTRACT)
    ex.place(2, market, BID, price, CONTRACT)


def test_markets_are_paged_newest_first_and_the_last_page_has_no_cursor() -> None:
    with Exchange() as ex:
        ex.set_up(3)
        first = ex.get("/markets", limit=2)
        ex.add_market("KXRAIN-1-3")
        second = ex.get("/markets", limit=2, cursor=first["cursor"])
    assert (tickers(first), tickers(second)) == (["2", "1"], ["0"])
    assert second["cursor"] == ""


@pytest.mark.parametrize("path", ["/markets", "/events", "/markets/trades", "/events/fee_changes"])
def test_a_foreign_cursor_is_ignored(path: str) -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 5_000)
        assert ex.get(path, cursor="garbage-cursor-fixture") == ex.get(path)


def test_too_large_a_limit_is_refused_as_recorded() -> None:
    with Exchange() as ex, pytest.raises(QueryFault) as refused:
        ex.get("/markets", limit=1_001)
    body = render(refused.value, "GetMarkets")
    assert getattr(body, "msg", "") == (
        "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit' "
        "Error:Field validation for 'Limit' failed on the 'lte' tag"
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["3", "2", "1", "0"]),
        ({"limit": 0}, ["3", "2", "1", "0"]),
        ({"status": "unopened"}, ["3"]),
        ({"status": "open"}, ["0"]),
        ({"status": "paused"}, ["1"]),
        ({"status": "closed"}, ["2"]),
        ({"status": "settled"}, []),
        ({"tickers": "KXRAIN-1-0,KXRAIN-1-2,NONE"}, ["2", "0"]),
        ({"series_ticker": "KXRAIN", "event_ticker": "KXRAIN-1", "status": "open"}, ["0"]),
        ({"event_ticker": "NONE"}, []),
        ({"series_ticker": "NONE"}, []),
        ({"mve_filter": "exclude"}, ["3", "2", "1", "0"]),
        ({"mve_filter": "only"}, []),
        ({"min_created_ts": NOW, "max_created_ts": NOW}, ["3", "2", "1", "0"]),
        ({"min_created_ts": NOW + 1}, []),
        ({"max_close_ts": NOW + 60}, ["2"]),
        ({"min_close_ts": NOW + 61, "max_close_ts": 2**62}, ["3", "1", "0"]),
        ({"min_updated_ts": NOW + 60}, ["2", "1"]),
        ({"min_updated_ts": NOW, "mve_filter": "exclude", "series_ticker": "KXRAIN"}, list("3210")),
    ],
)
def test_filters_of_markets(query: dict[str, Any], found: list[str]) -> None:
    with Exchange() as ex:
        markets = ex.set_up(3)
        ex.add_market("KXRAIN-1-3", open_at=NOON + DAY, close_at=NOON + 2 * DAY)
        ex.now += MINUTE
        ex.do(c.PauseMarket(markets[1]))
        ex.do(c.CloseMarket(markets[2]))
        assert tickers(ex.get("/markets", **query)) == found


@pytest.mark.parametrize(
    "query",
    [
        {"min_created_ts": 1, "max_close_ts": 2},
        {"min_settled_ts": 1, "max_close_ts": 2},
        {"min_created_ts": 1, "status": "settled"},
        {"max_close_ts": 1, "status": "open"},
        {"min_settled_ts": 1, "status": "closed"},
        {"min_updated_ts": 1, "status": "open"},
        {"min_updated_ts": 1, "event_ticker": "KXRAIN-1"},
        {"min_updated_ts": 1, "tickers": "KXRAIN-1-0"},
        {"min_updated_ts": 1, "min_close_ts": 1},
        {"min_updated_ts": 1, "mve_filter": "only"},
        {"min_updated_ts": 1, "series_ticker": "KXRAIN"},
        {"status": "finalized"},
        {"limit": -1},
        {"min_close_ts": "soon"},
    ],
)
def test_filters_that_exclude_each_other_are_refused(query: dict[str, Any]) -> None:
    with Exchange() as ex:
        ex.set_up()
        with pytest.raises(QueryFault):
            ex.get("/markets", **query)


@pytest.mark.parametrize(
    "path",
    [
        "/markets/NONE",
        "/markets/NONE/orderbook",
        "/markets/KXRAIN-1",
        "/events/NONE",
        "/events/KXRAIN-1-0/metadata",
        "/series/NONE",
        "/series/KXRAIN/markets/NONE/candlesticks",
        "/series/OTHER/markets/KXRAIN-1-0/candlesticks",
        "/series/OTHER/events/KXRAIN-1/candlesticks",
    ],
)
def test_what_does_not_exist_is_not_found(path: str) -> None:
    query = {"start_ts": 0, "end_ts": 1, "period_interval": 60} if "candle" in path else {}
    with Exchange() as ex:
        ex.set_up()
        ex.do(c.CreateSeries("OTHER"))
        with pytest.raises(ApiError) as refused:
            ex.get(path, **query)
    assert refused.value.status == 404


def test_markets_stand_beside_their_event_or_in_it() -> None:
    with Exchange() as ex:
        ex.set_up(2)
        beside = ex.get("/events/KXRAIN-1")
        nested = ex.get("/events/KXRAIN-1", with_nested_markets="true")
        listed = ex.get("/events", with_nested_markets="true")
    assert tickers(beside) == tickers(nested["event"]) == tickers(listed["events"][0]) == ["0", "1"]
    assert "markets" not in beside["event"]
    assert nested["markets"] == []
    assert beside["event"]["category"] == "Climate and Weather"
    assert beside["event"]["settlement_sources"][0]["name"] == "The gauge"


def test_events_are_paged_and_filtered() -> None:
    with Exchange() as ex:
        ex.set_up()
        for number in (2, 3):
            ex.do(c.CreateEvent(1, f"KXRAIN-{number}"))
        first = ex.get("/events", limit=2)
        second = ex.get("/events", limit=2, cursor=first["cursor"])
        by_status = ex.get("/events", status="open", series_ticker="KXRAIN")
        by_ticker = ex.get("/events", tickers="KXRAIN-3,KXRAIN-1,NONE")
        assert ex.get("/events", series_ticker="NONE")["events"] == []
    found = [[event["event_ticker"][-1] for event in body["events"]] for body in (first, second)]
    assert (found, second["cursor"]) == ([["3", "2"], ["1"]], "")
    assert [event["event_ticker"] for event in by_status["events"]] == ["KXRAIN-1"]
    assert [event["event_ticker"] for event in by_ticker["events"]] == ["KXRAIN-3", "KXRAIN-1"]


def test_series_are_filtered_by_category_tags_and_time() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 5_000)

        def count(**query: Any) -> int:
            return len(ex.get("/series", **query)["series"])

        assert count(category="Climate and Weather") == count(tags="Snow,Daily") == count() == 1
        assert count(category="Sports") == count(tags="Snow") == 0
        assert (count(min_updated_ts=NOW), count(min_updated_ts=NOW + 1)) == (1, 0)
        plain, full = (
            ex.get("/series", **query)["series"][0]
            for query in ({}, {"include_volume": "true", "include_product_metadata": "true"})
        )
    assert not {"volume_fp", "product_metadata"} & plain.keys()
    assert (full["volume_fp"], full["product_metadata"]) == ("1.00", {"scope": "city"})
    assert plain["fee_multiplier"] == 1


def test_trades_are_paged_and_filtered() -> None:
    with Exchange() as ex:
        first, second = ex.set_up(2)
        for price in (1_000, 2_000, 3_000):
            trade(ex, first, price)
            ex.now += SECOND
        trade(ex, second, 4_000)

        def prices(**query: Any) -> list[str]:
            return [
                one["yes_price_dollars"] for one in ex.get("/markets/trades", **query)["trades"]
            ]

        page = ex.get("/markets/trades", ticker="KXRAIN-1-0", limit=2)
        assert prices() == ["0.4000", "0.3000", "0.2000", "0.1000"]
        assert prices(ticker="KXRAIN-1-0", limit=2, cursor=page["cursor"]) == ["0.1000"]
        assert prices(min_ts=NOW + 1, max_ts=NOW + 2) == ["0.3000", "0.2000"]
        assert prices(ticker="NONE") == prices(is_block_trade="true") == []
        assert prices(max_ts=2**62) == prices(min_ts=-(2**62)) == prices()


def test_fee_changes_are_listed() -> None:
    with Exchange() as ex:
        ex.set_up()
        ex.do(c.SetSeriesFees(1, "quadratic", 5_000))
        ex.do(c.SetEventFees(1, "flat", 10_000))
        ex.do(c.SetEventFees(1))
        assert ex.get("/series/fee_changes") == {"series_fee_change_arr": []}
        series = ex.get("/series/fee_changes", show_historical="true")["series_fee_change_arr"]
        cleared, override = ex.get("/events/fee_changes", event_ticker="KXRAIN-1")[
            "event_fee_changes"
        ]
        page = ex.get("/events/fee_changes", limit=1)
        rest = ex.get("/events/fee_changes", limit=1, cursor=page["cursor"])
        assert ex.get("/events/fee_changes", event_ticker="NONE")["event_fee_changes"] == []
    assert [(one["series_ticker"], one["fee_multiplier"]) for one in series] == [("KXRAIN", 0.5)]
    assert (cleared["fee_type_override"], cleared["fee_multiplier_override"]) == (None, None)
    assert (override["fee_type_override"], override["fee_multiplier_override"]) == ("flat", 1)
    assert page["event_fee_changes"] + rest["event_fee_changes"] == [cleared, override]


def test_order_books_of_many_leave_out_what_does_not_exist() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, BID, 4_000, CONTRACT)
        books = ex.get("/markets/orderbooks", tickers=["KXRAIN-1-0", "NONE"])["orderbooks"]
        for tickers in ([], ["A"] * 101):
            with pytest.raises(QueryFault):
                ex.get("/markets/orderbooks", tickers=tickers)
    (book,) = books
    assert book["orderbook_fp"] == {"yes_dollars": [["0.4000", "1.00"]], "no_dollars": []}


def candles(ex: Exchange, **query: Any) -> list[dict[str, Any]]:
    path = "/series/KXRAIN/markets/KXRAIN-1-0/candlesticks"
    found: list[dict[str, Any]] = ex.get(path, **query)["candlesticks"]
    return found


def test_candlesticks_end_within_the_range_and_within_the_markets_life() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up(close_at=NOON + 3 * HOUR)
        trade(ex, market, 5_200)
        ex.pass_time(10 * HOUR)
        query = {"start_ts": 0, "end_ts": NOW + 36_000, "period_interval": 60}
        found = candles(ex, **query)
        later = query | {"start_ts": NOW + 3_600}
        assert candles(ex, **later) == []
        carried = candles(ex, **later, include_latest_before_start="true")
    assert [one["end_period_ts"] % 3_600 for one in found] == [0] * 4
    assert found[0]["price"]["close_dollars"] == found[1]["price"]["previous_dollars"] == "0.5200"
    assert "close" not in found[1]["price"]
    assert found[0]["yes_ask"]["low"] == 52
    assert carried == found[1:]


def test_too_many_candlesticks_are_refused() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 5_200)
        ex.pass_time(8 * DAY)
        with pytest.raises(QueryFault):
            candles(ex, start_ts=0, end_ts=NOW + 8 * 86_400, period_interval=1)
        with pytest.raises(QueryFault):
            candles(ex, start_ts=2, end_ts=1, period_interval=1)
        assert candles(ex, start_ts=2**62, end_ts=2**62, period_interval=1440) == []
        assert candles(ex, start_ts=-(2**62), end_ts=2**62, period_interval=1440)


def test_an_events_candlesticks_come_in_pages_of_time() -> None:
    with Exchange() as ex:
        markets = ex.set_up(3)
        for market in markets:
            trade(ex, market, 5_200)
        ex.pass_time(2 * DAY)
        path, end = "/series/KXRAIN/events/KXRAIN-1/candlesticks", NOW + 2 * 86_400
        pages, start = [], NOW
        while start <= end:
            query = {"start_ts": start, "end_ts": end, "period_interval": 1}
            pages.append(ex.get(path, **query))
            start = pages[-1]["adjusted_end_ts"] + 1
    assert len(pages) == 2
    assert pages[0]["market_tickers"] == [f"KXRAIN-1-{number}" for number in range(3)]
    first = [one["end_period_ts"] for one in pages[0]["market_candlesticks"][2]]
    assert sum(map(len, pages[0]["market_candlesticks"])) <= 5_000
    assert len(first) == 5_000 // 3
    assert pages[1]["adjusted_end_ts"] == end


def test_the_exchange_status_follows_its_switches() -> None:
    with Exchange() as ex:
        ex.set_up()
        assert ex.get("/exchange/status")["trading_active"] is True
        ex.do(c.SetPause(True, False))
        status = ex.get("/exchange/status")
    assert (status["exchange_active"], status["trading_active"]) == (True, False)
    (shard,) = status["exchange_index_statuses"]
    assert (shard["exchange_index"], shard["trading_active"]) == (0, False)


def test_without_trading_hours_the_exchange_never_closes() -> None:
    with Exchange() as ex:
        schedule = ex.get("/exchange/schedule")["schedule"]
    (week,) = schedule["standard_hours"]
    assert all(len(sessions) == 1 for day, sessions in week.items() if day.endswith("day"))
    assert schedule["maintenance_windows"] == []


def test_a_second_look_at_markets_reads_no_row() -> None:
    with Exchange() as ex:
        markets = ex.set_up(3)
        ex.get("/markets")
        before = ex.queries
        trade(ex, markets[0], 5_000)
        ex.get("/markets")
        ex.get("/events", with_nested_markets="true")
    assert ex.queries == before
