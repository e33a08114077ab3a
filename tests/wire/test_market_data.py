"""Market data replies are what every generation of the API describes, and what was recorded."""

from __future__ import annotations

import importlib
import re
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.api.kalshi.routes_market_data import OPERATIONS
from presage.catalog import exchange as catalog
from presage.catalog.exchange import Announcement, Session, Window
from presage.domain import commands as c
from presage.domain.orders import ASK, BID
from presage.units import CONTRACT, SECOND
from presage.wire.kalshi.markets import Market, Trade
from presage.wire.kalshi.times import LATEST, rfc3339
from tests.feeds.kit import DAY, HOUR, NOON, Exchange
from tests.wire.contract import (
    GENERATIONS,
    faults,
    is_described,
    needs_reference,
    recorded,
    recordings,
)

NOW: Final = NOON // SECOND
RANGE: Final = {"start_ts": NOW - 60, "end_ts": NOW + 7_200}

# (operation, path, query, the SDK's model of the reply)
ASKED: Final[list[tuple[str, str, dict[str, Any], str]]] = [
    ("GetExchangeStatus", "/exchange/status", {}, "ExchangeStatus"),
    ("GetExchangeSchedule", "/exchange/schedule", {}, "GetExchangeScheduleResponse"),
    (
        "GetExchangeAnnouncements",
        "/exchange/announcements",
        {},
        "GetExchangeAnnouncementsResponse",
    ),
    ("GetUserDataTimestamp", "/exchange/user_data_timestamp", {}, "GetUserDataTimestampResponse"),
    (
        "GetSeriesFeeChanges",
        "/series/fee_changes",
        {"show_historical": "true"},
        "GetSeriesFeeChangesResponse",
    ),
    ("GetSeriesList", "/series", {}, "GetSeriesListResponse"),
    (
        "GetSeriesList",
        "/series",
        {"include_volume": "true", "include_product_metadata": "true"},
        "GetSeriesListResponse",
    ),
    ("GetSeries", "/series/KXRAIN", {}, "GetSeriesResponse"),
    ("GetEvents", "/events", {}, "GetEventsResponse"),
    (
        "GetEvents",
        "/events",
        {"with_nested_markets": "true", "with_milestones": "true"},
        "GetEventsResponse",
    ),
    ("GetMultivariateEvents", "/events/multivariate", {}, "GetMultivariateEventsResponse"),
    ("GetEventFeeChanges", "/events/fee_changes", {}, ""),
    ("GetEvent", "/events/KXRAIN-1", {}, "GetEventResponse"),
    ("GetEvent", "/events/KXRAIN-1", {"with_nested_markets": "true"}, "GetEventResponse"),
    ("GetEventMetadata", "/events/KXRAIN-1/metadata", {}, "GetEventMetadataResponse"),
    (
        "GetMarketCandlesticksByEvent",
        "/series/KXRAIN/events/KXRAIN-1/candlesticks",
        RANGE | {"period_interval": 60},
        "GetEventCandlesticksResponse",
    ),
    ("GetMarkets", "/markets", {}, "GetMarketsResponse"),
    (
        "BatchGetMarketCandlesticks",
        "/markets/candlesticks",
        RANGE | {"period_interval": 1, "market_tickers": "KXRAIN-1-0,KXRAIN-1-1"},
        "BatchGetMarketCandlesticksResponse",
    ),
    (
        "GetMarketOrderbooks",
        "/markets/orderbooks",
        {"tickers": ["KXRAIN-1-0", "KXRAIN-1-1"]},
        "",
    ),
    ("GetTrades", "/markets/trades", {}, "GetTradesResponse"),
    ("GetMarket", "/markets/KXRAIN-1-0", {}, "GetMarketResponse"),
    ("GetMarketOrderbook", "/markets/KXRAIN-1-0/orderbook", {}, "GetMarketOrderbookResponse"),
    (
        "GetMarketCandlesticks",
        "/series/KXRAIN/markets/KXRAIN-1-0/candlesticks",
        RANGE | {"period_interval": 1440, "end_ts": NOW + 90_000},
        "GetMarketCandlesticksResponse",
    ),
]


def lively(ex: Exchange) -> None:
    """Something of everything that a reply can hold, in words that the oldest SDK knows."""
    first, second = ex.set_up(2, fee_waiver_until=NOON + DAY, provisional=True)
    ex.place(1, first, ASK, 5_200, 350)
    ex.place(1, first, BID, 4_700, 3 * CONTRACT)
    ex.place(2, first, BID, 5_200, CONTRACT)
    ex.do(c.SetSeriesFees(1, "quadratic_with_maker_fees", 5_000))
    ex.do(c.SetEventFees(1, "flat", 10_000))
    ex.do(c.CloseMarket(second))
    ex.do(c.DetermineMarket(second, 10_000))
    catalog.add_session(ex.connection, Session(NOON, NOON + DAY, 3, "05:00", "23:59"))
    catalog.add_window(ex.connection, Window(NOON, NOON + HOUR))
    catalog.announce(ex.connection, Announcement("info", "Rain ahead.", NOON))


@needs_reference
@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("operation", "path", "query", "model"), ASKED)
def test_a_reply_fits_its_description(
    generation: str, operation: str, path: str, query: dict[str, Any], model: str
) -> None:
    with Exchange() as ex:
        lively(ex)
        ex.now += HOUR
        body = ex.get(path, **query)
    assert faults(generation, operation, body) == []


@needs_reference
def test_every_operation_is_described_somewhere() -> None:
    names = {operation for operation, *_ in ASKED}
    assert names == {operation.id for operation in OPERATIONS}
    known = [{name for name in names if is_described(one, name)} for one in GENERATIONS]
    assert set().union(*known) == names


@pytest.mark.parametrize(("operation", "path", "query", "model"), ASKED)
def test_the_official_client_reads_a_reply(
    operation: str, path: str, query: dict[str, Any], model: str
) -> None:
    if not model:
        pytest.skip("the client of that time did not know the operation")
    models = importlib.import_module("kalshi_python_sync.models")
    with Exchange() as ex:
        lively(ex)
        ex.now += HOUR
        body = ex.get(path, **query)
    assert getattr(models, model).from_dict(body) is not None


@needs_reference
def test_every_recorded_key_of_a_market_is_printed() -> None:
    names = [name for name in recordings("markets__") if name != "markets__limit_over_max"]
    assert names
    for name in names:
        body = recorded(name)
        for market in body.get("markets") or [body["market"]]:
            assert market.keys() <= set(Market.__struct_fields__), name


@needs_reference
def test_a_recorded_market_prints_the_same_quotes() -> None:
    wanted = recorded("markets__single")["market"]
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 9_900, CONTRACT)
        ex.place(2, market, BID, 9_900, CONTRACT)
        ex.place(1, market, BID, 4_700, 3 * CONTRACT)
        ex.place(1, market, ASK, 5_200, 3 * CONTRACT)
        body = ex.get("/markets/KXRAIN-1-0")["market"]
        depth = ex.get("/markets/KXRAIN-1-0/orderbook")
    quotes = [name for name in wanted if re.match(r"(yes|no)_(bid|ask)|last_price", name)]
    assert len(quotes) >= 7
    assert {name: body[name] for name in quotes} == {name: wanted[name] for name in quotes}
    assert depth["orderbook_fp"] == recorded("orderbook__base")["orderbook_fp"]


@needs_reference
def test_a_recorded_trade_prints_the_same() -> None:
    trades = recorded("trades__public_recorded")["trades"]
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 300, 777)
        ex.place(2, market, BID, 300, 777)
        (ours,) = ex.get("/markets/trades")["trades"]
    for trade in trades:
        assert trade.keys() <= set(Trade.__struct_fields__)
    own = {"ticker", "trade_id", "created_time"}
    wanted = {name: value for name, value in trades[0].items() if name not in own}
    assert {name: ours[name] for name in wanted} == wanted


def test_older_clients_read_the_book_in_cents() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up(structure="deci_cent")
        for price in (4_700, 4_710, 4_000):
            ex.place(1, market, BID, price, 150)
        ex.place(1, market, ASK, 5_200, 3 * CONTRACT)
        book = ex.get("/markets/KXRAIN-1-0/orderbook")["orderbook"]
    assert book["yes"] == [[40, 1], [47, 3]], "levels on the same cent are one"
    assert book["no"] == [[48, 3]]
    assert book["yes_dollars"][-1] == ["0.4710", "1.50"]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_781_159_353_157_000, "2026-06-11T06:29:13.157Z"),
        (1_781_159_353_000_001, "2026-06-11T06:29:13.000001Z"),
        (LATEST, "9999-12-31T23:59:59Z"),
        (1 << 62, "9999-12-31T23:59:59Z"),
    ],
)
def test_times_print_the_decimals_they_need(at: int, text: str) -> None:
    assert rfc3339(at) == text


@given(st.integers(0, LATEST + SECOND))
def test_times_are_what_the_calendar_says(at: int) -> None:
    seconds, micros = divmod(min(at, LATEST), SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    assert datetime.fromisoformat(rfc3339(at)) == moment
