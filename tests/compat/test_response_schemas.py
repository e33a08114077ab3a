"""Every reply of every operation served here, held against two generations of published schemas."""

from __future__ import annotations

import csv
import time
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.compat.client import Member, Operator
from tests.compat.conftest import SERIES, MakeMarket
from tests.compat.samples import PUBLIC_KEY
from tests.wire.contract import GENERATIONS, REFERENCE, faults, needs_reference

pytestmark = needs_reference

CATEGORIES: Final = {
    "account",
    "api-keys",
    "communications",
    "events",
    "exchange",
    "fcm",
    "markets",
    "order-groups",
    "orders",
    "orders-v2",
    "portfolio",
    "series",
    "subaccounts",
}
LATER: Final = {"GetPerpsAccountApiLimits"}
"""Operations of these categories that are not served yet."""
UNDESCRIBED: Final = {"UpgradeAccountApiUsageLevel", "UpdateSubaccountNetting"}
"""Operations whose answer the published schemas say nothing about."""

ONLY_IN_THE_PAGES: Final = {
    "ApplySubaccountPositionTransfer",
    "LockSubaccountForSettlementAdvance",
    "UnlockSubaccountForSettlementAdvance",
}
"""Operations that only the collected pages of documentation describe."""

Heard = dict[str, tuple[int, Any]]
"""Operation id -> status and body of a reply."""


class Conversation:
    """Calls in an order that makes sense, and what was answered."""

    def __init__(self, one: Member, two: Member, market: str) -> None:
        self.one, self.two, self.market = one, two, market
        self.event = market.rpartition("-")[0]
        self.heard: Heard = {}

    def hear(self, operation: str, method: str, path: str, body: Any = None) -> Any:
        reply = self.one.call(method, path, body)
        assert reply.status < 300, (operation, reply)
        self.heard[operation] = reply.status, reply.body
        return reply.body

    def v1(self, **more: Any) -> dict[str, Any]:
        wish = {"ticker": self.market, "action": "buy", "side": "yes", "count": 2, "yes_price": 9}
        return wish | {"client_order_id": str(uuid4())} | more

    def v2(self, **more: Any) -> dict[str, Any]:
        return {
            "ticker": self.market,
            "side": "bid",
            "count": "2.00",
            "price": "0.0900",
            "client_order_id": str(uuid4()),
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        } | more

    def market_data(self) -> None:
        now = int(time.time())
        span = f"start_ts={now - 7_200}&end_ts={now + 90_000}&period_interval=60"
        event, market = self.event, self.market
        for operation, path in {
            "GetExchangeStatus": "/exchange/status",
            "GetExchangeSchedule": "/exchange/schedule",
            "GetExchangeAnnouncements": "/exchange/announcements",
            "GetUserDataTimestamp": "/exchange/user_data_timestamp",
            "GetSeriesFeeChanges": "/series/fee_changes?show_historical=true",
            "GetEventFeeChanges": "/events/fee_changes",
            "GetSeriesList": "/series",
            "GetSeries": f"/series/{SERIES}",
            "GetEvents": "/events?with_nested_markets=true",
            "GetMultivariateEvents": "/events/multivariate",
            "GetEvent": f"/events/{event}",
            "GetEventMetadata": f"/events/{event}/metadata",
            "GetMarkets": "/markets?limit=50",
            "GetMarket": f"/markets/{market}",
            "GetMarketOrderbook": f"/markets/{market}/orderbook",
            "GetMarketOrderbooks": f"/markets/orderbooks?tickers={market}",
            "GetTrades": f"/markets/trades?ticker={market}",
            "BatchGetMarketCandlesticks": f"/markets/candlesticks?market_tickers={market}&{span}",
            "GetMarketCandlesticks": f"/series/{SERIES}/markets/{market}/candlesticks?{span}",
            "GetMarketCandlesticksByEvent": f"/series/{SERIES}/events/{event}/candlesticks?{span}",
            "GetEventForecastPercentilesHistory": f"/series/{SERIES}/events/{event}"
            f"/forecast_percentile_history?percentiles=5000&{span}",
        }.items():
            self.hear(operation, "GET", path)

    def account(self) -> None:
        for operation, path in {
            "GetAccountApiLimits": "/account/limits",
            "GetAccountEndpointCosts": "/account/endpoint_costs",
            "GetAccountApiUsageLevelVolumeProgress": "/account/api_usage_level/volume_progress",
            "GetBalance": "/portfolio/balance",
            "GetDeposits": "/portfolio/deposits",
            "GetWithdrawals": "/portfolio/withdrawals",
            "GetFills": "/portfolio/fills",
            "GetPositions": "/portfolio/positions",
            "GetSettlements": "/portfolio/settlements",
            "GetPortfolioRestingOrderTotalValue": "/portfolio/summary/total_resting_order_value",
            "GetApiKeys": "/api_keys",
        }.items():
            self.hear(operation, "GET", path)
        self.hear("UpgradeAccountApiUsageLevel", "POST", "/account/api_usage_level/upgrade", {})
        made = self.hear("GenerateApiKey", "POST", "/api_keys/generate", {"name": "schemas"})
        self.hear("DeleteApiKey", "DELETE", f"/api_keys/{made['api_key_id']}")
        pem = PUBLIC_KEY
        made = self.hear("CreateApiKey", "POST", "/api_keys", {"name": "own", "public_key": pem})
        self.one.call("DELETE", f"/api_keys/{made['api_key_id']}")

    def orders_v1(self) -> None:
        path = "/portfolio/orders"
        order = self.hear("CreateOrder", "POST", path, self.v1())["order"]
        this = f"{path}/{order['order_id']}"
        self.hear("GetOrder", "GET", this)
        self.hear("GetOrders", "GET", f"{path}?limit=5")
        self.hear("GetOrderQueuePosition", "GET", f"{this}/queue_position")
        where = f"{path}/queue_positions?market_tickers={self.market}"
        self.hear("GetOrderQueuePositions", "GET", where)
        amend = self.v1(count=3) | {
            "client_order_id": order["client_order_id"],
            "updated_client_order_id": str(uuid4()),
        }
        self.hear("AmendOrder", "POST", f"{this}/amend", amend)
        self.hear("DecreaseOrder", "POST", f"{this}/decrease", {"reduce_by": 1})
        self.hear("CancelOrder", "DELETE", this)
        items = {"orders": [self.v1(), self.v1(ticker="NOT-THERE")]}
        rows = self.hear("BatchCreateOrders", "POST", f"{path}/batched", items)["orders"]
        ids = {"ids": [rows[0]["order"]["order_id"], str(uuid4())]}
        self.hear("BatchCancelOrders", "DELETE", f"{path}/batched", ids)

    def orders_v2(self) -> None:
        path = "/portfolio/events/orders"
        this = f"{path}/{self.hear('CreateOrderV2', 'POST', path, self.v2())['order_id']}"
        amend = {"ticker": self.market, "side": "bid", "price": "0.0900", "count": "3.00"}
        self.hear("AmendOrderV2", "POST", f"{this}/amend", amend)
        self.hear("DecreaseOrderV2", "POST", f"{this}/decrease", {"reduce_by": "1.00"})
        self.hear("CancelOrderV2", "DELETE", this)
        items = {"orders": [self.v2(), self.v2(ticker="NOT-THERE")]}
        rows = self.hear("BatchCreateOrdersV2", "POST", f"{path}/batched", items)["orders"]
        ids = {"orders": [{"order_id": rows[0]["order_id"]}, {"order_id": str(uuid4())}]}
        self.hear("BatchCancelOrdersV2", "DELETE", f"{path}/batched", ids)
        self.hear("CancelAllOrders", "DELETE", path)

    def groups(self) -> None:
        path = "/portfolio/order_groups"
        made = self.hear("CreateOrderGroup", "POST", f"{path}/create", {"contracts_limit": 9})
        this = f"{path}/{made['order_group_id']}"
        self.hear("GetOrderGroups", "GET", path)
        self.hear("GetOrderGroup", "GET", this)
        self.hear("UpdateOrderGroupLimit", "PUT", f"{this}/limit", {"contracts_limit": 8})
        self.hear("TriggerOrderGroup", "PUT", f"{this}/trigger", {})
        self.hear("ResetOrderGroup", "PUT", f"{this}/reset", {})
        self.hear("DeleteOrderGroup", "DELETE", this)

    def communications(self, *markets: str) -> None:
        """As the requester in the first market, as the maker in the others."""
        self.hear("GetCommunicationsID", "GET", "/communications/id")
        rfqs, quotes = "/communications/rfqs", "/communications/quotes"
        size = {"contracts": 5, "rest_remainder": False}
        rfq = self.hear("CreateRFQ", "POST", rfqs, size | {"market_ticker": markets[0]})["id"]
        bids = {"yes_bid": "0.4000", "no_bid": "0.5500", "rest_remainder": False}
        given = self.two.call("POST", quotes, bids | {"rfq_id": rfq}).body["id"]
        self.hear("GetRFQs", "GET", rfqs)
        self.hear("GetRFQ", "GET", f"{rfqs}/{rfq}")
        self.hear("GetQuotes", "GET", quotes)
        side = {"accepted_side": "yes"}
        self.hear("AcceptQuote", "PUT", f"{quotes}/{given}/accept", side)
        self.hear("GetQuote", "GET", f"{quotes}/{given}")
        self.two.call("DELETE", f"{quotes}/{given}")
        given = self.two.call("POST", quotes, bids | {"rfq_id": rfq}).body["id"]
        scoped = f"{rfqs}/{rfq}/quotes/{given}"
        self.hear("AcceptRFQQuote", "PUT", f"{scoped}/accept", side)
        self.hear("GetRFQQuote", "GET", scoped)
        self.hear("DeleteRFQ", "DELETE", f"{rfqs}/{rfq}")
        for market, word in zip(markets[1:], ("", "RFQ"), strict=True):
            asked = self.two.call("POST", rfqs, size | {"market_ticker": market}).body["id"]
            path = f"{rfqs}/{asked}/quotes" if word else quotes
            made = self.hear("CreateQuote", "POST", quotes, bids | {"rfq_id": asked})["id"]
            self.hear(f"Delete{word}Quote", "DELETE", f"{path}/{made}")
            made = self.hear("CreateQuote", "POST", quotes, bids | {"rfq_id": asked})["id"]
            assert self.two.call("PUT", f"{path}/{made}/accept", side).status == 204
            self.hear(f"Confirm{word}Quote", "PUT", f"{path}/{made}/confirm")

    def block_trades(self, users: tuple[str, str], market: str) -> None:
        path = "/communications/block-trade-proposals"
        wish = {
            "buyer_user_id": users[0],
            "seller_user_id": users[1],
            "market_ticker": market,
            "price_centi_cents": 4_500,
            "centicount": 250,
            "maker_side": "no",
            "expiration_ts": "2100-01-01T00:00:00Z",
        }
        made = self.hear("ProposeBlockTrade", "POST", path, wish)["block_trade_proposal_id"]
        self.hear("AcceptBlockTradeProposal", "POST", f"{path}/{made}/accept")
        assert self.two.call("POST", f"{path}/{made}/accept", {}).status == 204
        self.hear("GetBlockTradeProposals", "GET", path)

    def subaccounts(self) -> None:
        path = "/portfolio/subaccounts"
        number = self.hear("CreateSubaccount", "POST", path, {})["subaccount_number"]
        move = {"client_transfer_id": str(uuid4()), "amount_cents": 500, "from_subaccount": 0}
        self.hear(
            "ApplySubaccountTransfer", "POST", f"{path}/transfer", move | {"to_subaccount": number}
        )
        self.hear("GetSubaccountBalances", "GET", f"{path}/balances")
        self.hear("GetSubaccountTransfers", "GET", f"{path}/transfers")
        self.hear("GetSubaccountNetting", "GET", f"{path}/netting")
        body = {"subaccount_number": number, "enabled": True}
        self.hear("UpdateSubaccountNetting", "PUT", f"{path}/netting", body)
        wish = {
            "client_transfer_id": str(uuid4()),
            "from_subaccount": 0,
            "to_subaccount": number,
            "market_ticker": self.market,
            "side": "yes",
            "count": 1,
            "price": "0.5000",
        }
        where = f"{path}/positions/transfer"
        self.hear("ApplySubaccountPositionTransfer", "POST", where, wish)
        lock, body = f"{path}/settlement-advance-lock", {"subaccount_number": number}
        self.hear("LockSubaccountForSettlementAdvance", "PUT", lock, body)
        self.hear("UnlockSubaccountForSettlementAdvance", "DELETE", lock, body)

    def fcm(self) -> None:
        """As an FCM, with a subtrader that has traded."""
        path = "/fcm/subtraders"
        made = self.hear("CreateFCMSubtrader", "POST", path, {"subtrader_suffix": "desk1"})
        id = made["subtrader_id"]
        self.hear("ListFCMSubtraders", "GET", path)
        cap, whose = f"{path}/event_contract_daily_cap", f"subtrader_id={id}"
        body = {"subtrader_id": id, "limit": "50.00"}
        self.hear("UpdateFCMEventContractDailyCap", "PUT", cap, body)
        self.hear("GetFCMEventContractDailyCap", "GET", f"{cap}?{whose}")
        money = {
            "client_transfer_id": str(uuid4()),
            "from_subaccount": 0,
            "to_subaccount": 0,
            "to_subtrader_id": id,
            "amount_cents": 5_000,
        }
        assert self.one.call("POST", "/portfolio/subaccounts/transfer", money).status == 200
        wish = {"name": "bound", "fcm_subtrader_id": id}
        key = self.one.call("POST", "/api_keys/generate", wish).body
        bound = Member(self.one.port, key["api_key_id"], key["private_key"])
        self.two.placed(self.market, "ask", "0.6000", "1.00")
        bound.placed(self.market, "bid", "0.6000", "2.00")
        bound.close()
        orders = self.hear("GetFCMOrders", "GET", f"/fcm/orders?{whose}")["orders"]
        held = self.hear("GetFCMPositions", "GET", f"/fcm/positions?{whose}")["market_positions"]
        assert (len(orders), len(held)) == (1, 1)
        self.hear("DeleteFCMEventContractDailyCap", "DELETE", f"{cap}?{whose}")


def user_id(member: Member, market: str) -> str:
    """What an order says about whose it is."""
    order = member.placed(market, "bid", "0.0100", "1.00")["order_id"]
    found: str = member.order(order)["user_id"]
    return found


@pytest.fixture(scope="module")
def heard(one: Member, two: Member, operator: Operator, make_market: MakeMarket) -> Heard:
    settled = make_market()
    two.placed(settled, "ask", "0.4000", "3.00")
    one.placed(settled, "bid", "0.4000", "3.00")
    operator.act("POST", f"/markets/{settled}/settle", result="0.25")
    market = make_market()
    two.placed(market, "ask", "0.5000", "5.00")
    one.placed(market, "bid", "0.5000", "3.00")
    one.placed(market, "bid", "0.4000", "3.00")
    conversation = Conversation(one, two, market)
    conversation.market_data()
    conversation.account()
    conversation.orders_v1()
    conversation.orders_v2()
    conversation.groups()
    conversation.subaccounts()
    conversation.communications(make_market(), make_market(), make_market())
    conversation.block_trades((user_id(one, market), user_id(two, market)), make_market())
    made = operator.act("POST", "/members", name="FCM", role="fcm", funds="100", generate_key=True)
    fcm = Member(one.port, made["key"]["id"], made["key"]["private_key"])
    acting = Conversation(fcm, two, make_market())
    acting.fcm()
    fcm.close()
    return conversation.heard | acting.heard


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_reply_is_as_published(heard: Heard, generation: str) -> None:
    found = [
        f"{operation}: {fault}"
        for operation, (status, body) in heard.items()
        if body is not None and operation not in UNDESCRIBED
        for fault in faults(generation, operation, published(operation, body), status)
    ]
    assert found == []


@pytest.mark.parametrize("operation", sorted(ONLY_IN_THE_PAGES))
def test_replies_are_as_the_pages_say(heard: Heard, operation: str) -> None:
    status, body = heard[operation]
    assert faults("openapi-3.28-docs.json", operation, body, status) == []


def published(operation: str, body: Any) -> Any:
    """A batch prints null for what a failed item does not have, as Kalshi documents it, where the
    schemas know only "left out"."""
    if not operation.startswith("Batch") or "orders" not in body:
        return body
    rows = [
        {key: value for key, value in row.items() if value is not None} for row in body["orders"]
    ]
    return {"orders": rows}


def test_statuses_are_the_published_ones_and_nothing_is_left_out(heard: Heard) -> None:
    with (REFERENCE / "endpoints.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["category"] in CATEGORIES]
    expected = {
        row["operationId"]: int(row["success_status"])
        for row in rows
        if row["operationId"] and row["operationId"] not in LATER
    }
    assert {name: status for name, (status, _) in heard.items()} == expected


def test_empty_answers_are_empty(heard: Heard) -> None:
    assert [
        name for name, (status, body) in heard.items() if (status == 204) != (body is None)
    ] == []
