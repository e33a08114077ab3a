"""The WebSocket of a served exchange, with the `websockets` client and a signed handshake."""

from __future__ import annotations

import json
from typing import Any

from websockets.sync.client import connect

from tests.api.stream.schemas import check
from tests.compat.client import Member
from tests.compat.conftest import MakeMarket

PATH = "/trade-api/ws/v2"


def test_an_order_is_heard_of(one: Member, make_market: MakeMarket) -> None:
    ticker = make_market()
    url = f"ws://127.0.0.1:{one.port}{PATH}"
    with connect(url, additional_headers=one.headers("GET", PATH), compression=None) as socket:

        def hear() -> Any:
            message = json.loads(socket.recv(timeout=10))
            check(message)
            return message

        channels = ["orderbook_delta", "user_orders", "ticker"]
        params = {"channels": channels, "market_tickers": [ticker]}
        socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
        assert [hear()["msg"]["channel"] for _ in channels] == channels
        assert hear()["type"] == "orderbook_snapshot"
        name = f"stream-{ticker}"
        placed = one.place(ticker, "bid", "0.4000", "2.00", client_order_id=name)
        assert placed.status == 201
        told = {message["type"]: message for message in [hear() for _ in channels]}
        assert told["user_order"]["msg"]["order_id"] == placed.body["order_id"]
        assert told["ticker"]["msg"]["yes_bid_dollars"] == "0.4000"
        delta = told["orderbook_delta"]
        assert (delta["seq"], delta["msg"]["client_order_id"]) == (2, name)
