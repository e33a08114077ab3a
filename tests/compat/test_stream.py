"""The WebSocket of a served exchange, with the `websockets` client and a signed handshake."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.api.stream.schemas import check
from tests.compat.client import Member
from tests.compat.conftest import MakeMarket
from tests.compat.forms import missing
from tests.wire.contract import REFERENCE, needs_reference

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


@needs_reference
@pytest.mark.parametrize("name", ["ws__orderbook_trade_yes", "ws__orderbook_trade_noleg"])
def test_a_recorded_conversation(
    one: Member, two: Member, make_market: MakeMarket, name: str
) -> None:
    """The same orders as in the recording: the same messages, the same levels, the same numbers."""
    folder = REFERENCE / "wire-fixtures"
    told = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    wanted = [json.loads(line) for line in told if line]
    command = json.loads((folder / f"{name}.meta.json").read_text("utf-8"))["subscribe_cmd"]
    market = make_market()
    command["params"]["market_tickers"] = [market]
    in_yes = command["params"]["use_yes_price"]
    (shown,) = (message for message in wanted if message["type"] == "orderbook_snapshot")
    url = f"ws://127.0.0.1:{one.port}{PATH}"
    with connect(url, additional_headers=two.headers("GET", PATH), compression=None) as socket:
        for side in ("yes", "no"):
            for price, count in shown["msg"][f"{side}_dollars_fp"]:
                place(one, market, side, yes_price(side, price, in_yes), count)
        socket.send(json.dumps(command))
        heard = [hear_raw(socket) for _ in range(3)]
        for message in wanted[3:]:
            change = message["msg"]
            side, price = change["side"], change["price_dollars"]
            place(one, market, side, yes_price(side, price, in_yes), change["delta_fp"])
            heard.append(hear_raw(socket))
    assert [missing(ours, theirs, "") for ours, theirs in zip(wanted, heard, strict=True)] == [
        [] for _ in wanted
    ]
    assert [bare(message) for message in heard] == [bare(message) for message in wanted]


def hear_raw(socket: Any) -> Any:
    text = socket.recv(timeout=10)
    assert text.endswith("\n")
    return json.loads(text)


def yes_price(side: str, price: str, in_yes: bool) -> str:
    return price if in_yes or side == "yes" else f"0.{10_000 - int(price[2:]):04d}"


def place(one: Member, market: str, side: str, price: str, change: str) -> None:
    """As much more, or less, at a level, whose price is one for YES."""
    if change.startswith("-"):
        orders = one.get(f"/portfolio/orders?ticker={market}&status=resting")["orders"]
        wanted = {"yes": "bid", "no": "ask"}[side], price
        told = [(row["book_side"], row["yes_price_dollars"]) for row in orders]
        order = orders[told.index(wanted)]
        body = {"reduce_by": change.removeprefix("-")}
        path = f"/portfolio/events/orders/{order['order_id']}/decrease"
        assert one.call("POST", path, body).status == 200
        return
    one.placed(market, "bid" if side == "yes" else "ask", price, change)


def bare(message: Any) -> Any:
    """Without what no two conversations share."""
    own = {"market_ticker", "market_id", "ts", "ts_ms"}
    kept = {key: value for key, value in message["msg"].items() if key not in own}
    return {**message, "msg": kept}
