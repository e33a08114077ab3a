"""kalshi_python_sync 3.2.0, unmodified: every call it can make for what is served here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import kalshi_python_sync
import pytest
from kalshi_python_sync.exceptions import ApiException

from tests.compat.client import Client, Member, Operator
from tests.compat.conftest import SERIES, MakeMarket

# The package declares types and exports no names: here it is what it is at run time.
kalshi: Any = kalshi_python_sync
Sdk = Any


def sdk_of(member: Client) -> Sdk:
    configuration = kalshi.Configuration(host=f"http://127.0.0.1:{member.port}/trade-api/v2")
    configuration.api_key_id = member.key_id
    configuration.private_key_pem = member.pem
    return kalshi.KalshiClient(configuration)


@pytest.fixture(scope="module")
def sdk(one: Member) -> Sdk:
    return sdk_of(one)


@pytest.fixture(scope="module")
def other(two: Member) -> Sdk:
    return sdk_of(two)


def buy(client: Sdk, ticker: str, side: str, cents: int, count: int, **more: Any) -> Any:
    price = {f"{side}_price": cents}
    more.setdefault("client_order_id", str(uuid4()))
    return client.create_order(
        ticker=ticker, action="buy", side=side, count=count, **price, **more
    ).order


def code_of(error: ApiException) -> str:
    body = json.loads(error.body or "")
    return str(body.get("error", body)["code"])


def test_exchange(sdk: Sdk) -> None:
    status = sdk.get_exchange_status()
    assert status.exchange_active
    assert status.trading_active
    assert sdk.get_exchange_schedule().schedule.standard_hours
    assert sdk.get_exchange_announcements().announcements == []
    assert sdk.get_series_fee_changes().series_fee_change_arr is not None
    assert sdk.get_user_data_timestamp().as_of_time


def test_series_events_and_markets(sdk: Sdk, market: str) -> None:
    event = market.rpartition("-")[0]
    assert sdk.get_series(SERIES).series.ticker == SERIES
    assert SERIES in [series.ticker for series in sdk.get_series_list().series]
    assert sdk.get_event(event).event.event_ticker == event
    assert event in [row.event_ticker for row in sdk.get_events(limit=200).events]
    assert sdk.get_event_metadata(event) is not None
    shown = sdk.get_market(market).market
    assert (shown.ticker, shown.event_ticker, shown.status) == (market, event, "active")
    listed = sdk.get_markets(event_ticker=event, status="open").markets
    assert [row.ticker for row in listed] == [market]
    assert sdk.get_multivariate_events().events == []


def test_pages_never_repeat_and_end(sdk: Sdk, make_market: MakeMarket) -> None:
    made = {make_market() for _ in range(5)}
    found, cursor = [], None
    while cursor != "":
        page = sdk.get_markets(series_ticker=SERIES, status="open", limit=2, cursor=cursor)
        found += [row.ticker for row in page.markets]
        cursor = page.cursor or ""
    assert len(set(found)) == len(found)
    assert made <= set(found)


def test_a_book_of_both_sides(sdk: Sdk, other: Sdk, market: str) -> None:
    buy(sdk, market, "yes", 40, 3)
    buy(other, market, "no", 55, 2)
    book = sdk.get_market_orderbook(market, depth=1).orderbook
    assert book.yes_dollars == [["0.4000", "3.00"]]
    assert book.no_dollars == [["0.5500", "2.00"]]
    shown = sdk.get_market(market).market
    assert (shown.yes_bid, shown.yes_ask, shown.no_bid, shown.no_ask) == (40, 45, 55, 60)


def test_an_empty_book_is_no_problem(sdk: Sdk, market: str) -> None:
    book = sdk.get_market_orderbook(market).orderbook
    assert (book.yes_dollars, book.no_dollars) == ([], [])


@pytest.mark.parametrize(
    ("action", "side", "cents", "book_side"),
    [
        ("buy", "yes", 40, "yes"),
        ("sell", "no", 60, "yes"),
        ("buy", "no", 40, "no"),
        ("sell", "yes", 60, "no"),
    ],
)
def test_four_ways_to_say_two_things(
    sdk: Sdk, market: str, action: str, side: str, cents: int, book_side: str
) -> None:
    name = str(uuid4())
    order = sdk.create_order(
        ticker=market,
        action=action,
        side=side,
        count=1,
        client_order_id=name,
        **{f"{side}_price": cents},
    ).order
    assert (order.action, order.side, order.client_order_id) == (action, side, name)
    assert (order.yes_price, order.no_price)[side == "no"] == cents
    book = sdk.get_market_orderbook(market).orderbook
    assert {"yes": book.yes_dollars, "no": book.no_dollars}[book_side] == [["0.4000", "1.00"]]


def test_prices_in_dollars(sdk: Sdk, make_market: MakeMarket) -> None:
    market = make_market(price_level_structure="deci_cent")
    order = sdk.create_order(
        ticker=market, action="buy", side="yes", count=1, yes_price_dollars="0.4250"
    ).order
    assert order.yes_price_dollars == "0.4250"
    assert order.no_price_dollars == "0.5750"


def test_the_life_of_an_order(sdk: Sdk, market: str) -> None:
    order = buy(sdk, market, "yes", 20, 10)
    assert sdk.get_order(order.order_id).order.status == "resting"
    renamed = str(uuid4())
    amended = sdk.amend_order(
        order.order_id,
        ticker=market,
        action="buy",
        side="yes",
        client_order_id=order.client_order_id,
        updated_client_order_id=renamed,
        yes_price=21,
        count=8,
    )
    assert (amended.old_order.yes_price, amended.order.yes_price) == (20, 21)
    assert amended.order.client_order_id == renamed
    assert sdk.decrease_order(order.order_id, reduce_to=5).order.remaining_count == 5
    positions = sdk.get_order_queue_positions(market_tickers=market).queue_positions
    assert [(row.order_id, row.queue_position) for row in positions] == [(order.order_id, 0)]
    assert sdk.get_order_queue_position(order.order_id).queue_position == 0
    canceled = sdk.cancel_order(order.order_id)
    assert canceled.reduced_by == 5
    assert canceled.order.status == "canceled"
    listed = sdk.get_orders(ticker=market, status="canceled").orders
    assert [row.order_id for row in listed] == [order.order_id]


def test_a_market_like_order_is_bounded_by_its_cost(sdk: Sdk, other: Sdk, market: str) -> None:
    buy(other, market, "no", 50, 10)
    order = sdk.create_order(
        ticker=market,
        action="buy",
        side="yes",
        count=4,
        yes_price=99,
        buy_max_cost=250,
        client_order_id=str(uuid4()),
    ).order
    assert order.fill_count == 4
    assert order.taker_fill_cost == 200
    with pytest.raises(ApiException) as refusal:
        sdk.create_order(
            ticker=market, action="buy", side="yes", count=6, yes_price=99, buy_max_cost=100
        )
    assert refusal.value.status == 409


def test_batches(sdk: Sdk, market: str) -> None:
    wish = {"ticker": market, "action": "buy", "side": "yes", "count": 1}
    rows = sdk.batch_create_orders(
        orders=[wish | {"yes_price": 3}, wish | {"yes_price": 4, "ticker": "NOT-THERE"}]
    ).orders
    assert rows[0].order.status == "resting"
    assert rows[1].error is not None
    canceled = sdk.batch_cancel_orders(ids=[rows[0].order.order_id]).orders
    assert [row.reduced_by for row in canceled] == [1]


def test_fills_positions_settlements_and_balance(
    sdk: Sdk, other: Sdk, operator: Operator, market: str
) -> None:
    buy(other, market, "no", 70, 5)
    before = sdk.get_balance()
    assert before.updated_ts > 0
    buy(sdk, market, "yes", 30, 5)
    (fill,) = sdk.get_fills(ticker=market).fills
    assert (fill.count, fill.yes_price, fill.no_price, fill.is_taker) == (5, 30, 70, True)
    (trade,) = sdk.get_trades(ticker=market).trades
    assert (trade.trade_id, trade.taker_side) == (fill.trade_id, "yes")
    (held,) = sdk.get_positions(ticker=market).market_positions
    assert (held.position, held.market_exposure, held.total_traded) == (5, 150, 150)
    assert sdk.get_balance().balance in (before.balance - 158, before.balance - 157)
    operator.act("POST", f"/markets/{market}/settle", result="no")
    (row,) = other.get_settlements(ticker=market).settlements
    assert (row.market_result, row.no_count, row.revenue, row.value) == ("no", 5, 500, 0)
    assert sdk.get_settlements(ticker=market).settlements[0].revenue == 0
    assert sdk.get_positions(ticker=market).market_positions == []
    assert sdk.get_portfolio_resting_order_total_value().total_resting_order_value >= 0


def test_groups(sdk: Sdk, market: str) -> None:
    group = sdk.create_order_group(contracts_limit=10).order_group_id
    order = buy(sdk, market, "yes", 10, 1, order_group_id=group)
    assert order.order_group_id == group
    assert sdk.get_order_group(group).orders == [order.order_id]
    assert group in [row.id for row in sdk.get_order_groups().order_groups]
    sdk.reset_order_group(group, {})
    sdk.delete_order_group(group)
    assert sdk.get_order(order.order_id).order.status == "canceled"
    with pytest.raises(ApiException) as refusal:
        sdk.get_order_group(group)
    assert refusal.value.status == 404


def test_rfqs_and_quotes(sdk: Sdk, other: Sdk, market: str) -> None:
    """The client says true for yes. It cannot read an accepted quote, from nobody: its model knows
    only true and false."""
    assert sdk.get_communications_id().communications_id
    rfq = sdk.create_rfq(market_ticker=market, contracts=5, rest_remainder=False).id
    assert rfq in [row.id for row in other.get_rfqs(status="open").rfqs]
    assert other.get_rfq(rfq).rfq.contracts == 5
    wish = {"rfq_id": rfq, "no_bid": "0.5500", "rest_remainder": False}
    first = other.create_quote(yes_bid="0.4000", **wish).id
    quote = other.create_quote(yes_bid="0.4100", **wish).id
    assert sdk.get_quote(first).quote.status == "cancelled"
    assert (sdk.get_quote(quote).quote.yes_bid, sdk.get_quote(quote).quote.no_bid) == (41, 55)
    assert [row.id for row in sdk.get_quotes(rfq_id=rfq, status="open").quotes] == [quote]
    sdk.accept_quote(quote, accepted_side="true")
    with pytest.raises(ApiException) as refusal:
        sdk.confirm_quote(quote)
    assert refusal.value.status == 404
    other.confirm_quote(quote)
    with pytest.raises(ApiException) as refusal:
        sdk.delete_rfq(rfq)
    assert (refusal.value.status, code_of(refusal.value)) == (400, "invalid_quote_status")


def test_candlesticks_of_every_kind(sdk: Sdk, other: Sdk, market: str) -> None:
    buy(sdk, market, "yes", 35, 7)
    buy(other, market, "no", 65, 7)
    now = int(time.time())
    span = {"start_ts": now - 7_200, "end_ts": now + 90_000}
    for interval in (1, 60, 1_440):
        candles = sdk.get_market_candlesticks(
            SERIES, market, period_interval=interval, **span
        ).candlesticks
        assert sum(candle.volume for candle in candles) == 7
        assert candles[-1].open_interest == 7
        assert [candle.price.close for candle in candles if candle.volume] == [35]
    batch = sdk.batch_get_market_candlesticks(market_tickers=market, period_interval=60, **span)
    assert [row.market_ticker for row in batch.markets] == [market]
    event = market.rpartition("-")[0]
    by_event = sdk.get_market_candlesticks_by_event(event, SERIES, period_interval=60, **span)
    assert by_event.market_tickers == [market]


def test_keys(sdk: Sdk, one: Member) -> None:
    made = sdk.generate_api_key(name="another")
    fresh = kalshi.KalshiClient(_with(one.port, made.api_key_id, made.private_key))
    assert fresh.get_balance().balance == sdk.get_balance().balance
    assert made.api_key_id in [key.api_key_id for key in sdk.get_api_keys().api_keys]
    sdk.delete_api_key(made.api_key_id)
    with pytest.raises(ApiException) as refusal:
        fresh.get_balance()
    assert (refusal.value.status, code_of(refusal.value)) == (401, "authentication_error")


def _with(port: int, key_id: str, pem: str) -> Any:
    configuration = kalshi.Configuration(host=f"http://127.0.0.1:{port}/trade-api/v2")
    configuration.api_key_id = key_id
    configuration.private_key_pem = pem
    return configuration


def test_refusals_are_exceptions_with_the_recorded_codes(sdk: Sdk, other: Sdk, market: str) -> None:
    order = buy(sdk, market, "yes", 20, 1)
    attempts: dict[tuple[int, str], Callable[[], Any]] = {
        (409, "order_already_exists"): lambda: buy(
            sdk, market, "yes", 20, 1, client_order_id=order.client_order_id
        ),
        (404, "not_found"): lambda: other.cancel_order(order.order_id),
        (400, "insufficient_balance"): lambda: buy(sdk, market, "yes", 99, 1_000_000),
    }
    for (status, code), attempt in attempts.items():
        with pytest.raises(ApiException) as refusal:
            attempt()
        assert (refusal.value.status, code_of(refusal.value)) == (status, code)
    assert sdk.get_order(order.order_id).order.status == "resting"


def test_an_fcm_reads_what_its_subtrader_has(
    operator: Operator, two: Member, make_market: MakeMarket
) -> None:
    made = operator.act("POST", "/members", name="FCM", role="fcm", funds="100", generate_key=True)
    fcm = Member(two.port, made["key"]["id"], made["key"]["private_key"])
    id = fcm.call("POST", "/fcm/subtraders", {"subtrader_suffix": "a"}).body["subtrader_id"]
    money = {"from_subaccount": 0, "to_subaccount": 0, "to_subtrader_id": id, "amount_cents": 900}
    wish = money | {"client_transfer_id": str(uuid4())}
    assert fcm.call("POST", "/portfolio/subaccounts/transfer", wish).status == 200
    cap = {"subtrader_id": id, "limit": "5"}
    assert fcm.call("PUT", "/fcm/subtraders/event_contract_daily_cap", cap).status == 200
    bound = {"name": "bound", "fcm_subtrader_id": id}
    key = fcm.call("POST", "/api_keys/generate", bound).body
    trader = Member(two.port, key["api_key_id"], key["private_key"])
    market = make_market()
    two.placed(market, "ask", "0.6000", "1.00")
    placed = trader.placed(market, "bid", "0.6000", "2.00")
    sdk = sdk_of(fcm)
    (order,) = sdk.get_fcm_orders(subtrader_id=id).orders
    assert (order.order_id, order.remaining_count) == (placed["order_id"], 1)
    (held,) = sdk.get_fcm_positions(subtrader_id=id).market_positions
    assert (held.ticker, held.position) == (market, 1)
    trader.close()
    fcm.close()
