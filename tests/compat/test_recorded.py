"""What Kalshi's demo exchange was recorded to answer, asked again here.

Refusals must be the same to the letter; accepted calls must have at least the recorded keys, with
values of the same form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.compat.client import V2, Member, Operator, Reply
from tests.compat.conftest import MakeMarket
from tests.compat.forms import missing
from tests.wire.contract import REFERENCE, needs_reference, recorded

pytestmark = needs_reference

Ask = Callable[[Member, Member, str], Reply]
BALANCE = "/portfolio/balance"
ORDERS = "/portfolio/events/orders"
ENDED = "RECORDED"


def recorded_status(name: str) -> int:
    meta = REFERENCE / "wire-fixtures" / f"{name}.meta.json"
    if not meta.exists():  # one recording has none, and is a list of markets
        return 200
    status: int = json.loads(meta.read_text("utf-8"))["status"]
    return status


def signed_at(ahead_ms: int) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        return one.send("GET", BALANCE, headers=one.headers("GET", V2 + BALANCE, ahead_ms))

    return ask


def with_headers(change: Callable[[dict[str, str]], object]) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        headers = one.headers("GET", V2 + BALANCE)
        change(headers)
        return one.send("GET", BALANCE, headers=headers)

    return ask


def foreign_signature(one: Member, two: Member, market: str) -> Reply:
    return one.send("GET", BALANCE, headers=one.headers("GET", "/something/else"))


def order(price: str, count: str = "1.00", **more: Any) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        return one.place(market, "bid", price, count, client_order_id=str(uuid4()), **more)

    return ask


def taken(one: Member, two: Member, market: str) -> Reply:
    two.placed(market, "ask", "0.5200", "1.00")
    return order("0.9900", time_in_force="immediate_or_cancel")(one, two, market)


def post_only(one: Member, two: Member, market: str) -> Reply:
    two.placed(market, "ask", "0.5200", "1.00")
    return order("0.9900", post_only=True)(one, two, market)


def same_name_again(one: Member, two: Member, market: str) -> Reply:
    name = str(uuid4())
    one.placed(market, "bid", "0.0100", "1.00", client_order_id=name)
    return one.place(market, "bid", "0.0100", "1.00", client_order_id=name)


def canceled_name_again(one: Member, two: Member, market: str) -> Reply:
    name = str(uuid4())
    placed = one.placed(market, "bid", "0.0100", "1.00", client_order_id=name)
    assert one.cancel(placed["order_id"]).status == 200
    return one.place(market, "bid", "0.0100", "1.00", client_order_id=name)


def numbers(one: Member, two: Member, market: str) -> Reply:
    body = {
        "ticker": market,
        "side": "bid",
        "client_order_id": str(uuid4()),
        "count": 1,
        "price": 0.01,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    return one.call("POST", ORDERS, body)


def canceled(times: int) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        placed = one.placed(market, "bid", "0.0100", "1.00")
        replies = [one.cancel(placed["order_id"]) for _ in range(times)]
        return replies[-1]

    return ask


def executed_canceled(one: Member, two: Member, market: str) -> Reply:
    return one.cancel(taken(one, two, market).body["order_id"])


def self_cross(one: Member, two: Member, market: str) -> Reply:
    one.placed(market, "bid", "0.4800", "1.00", post_only=True)
    name = str(uuid4())
    return one.place(
        market, "ask", "0.4800", "1.00", time_in_force="immediate_or_cancel", client_order_id=name
    )


def shown(one: Member, two: Member, market: str) -> Reply:
    placed = order("0.0100")(one, two, market)
    return one.call("GET", f"/portfolio/orders/{placed.body['order_id']}")


def legacy_order(one: Member, two: Member, market: str) -> Reply:
    body = {"action": "buy", "client_order_id": str(uuid4()), "count": 1, "side": "yes"}
    return one.call("POST", "/portfolio/orders", body | {"ticker": market, "yes_price": 1})


def legacy_cancel(one: Member, two: Member, market: str) -> Reply:
    placed = legacy_order(one, two, market)
    return one.call("DELETE", f"/portfolio/orders/{placed.body['order']['order_id']}")


def after_trading(path: str) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        taken(one, two, market)
        return one.call("GET", path.format(market=market))

    return ask


def book_of_two_sides(one: Member, two: Member, market: str) -> Reply:
    one.placed(market, "bid", "0.4700", "3.00")
    two.placed(market, "ask", "0.5200", "1.00")
    return one.call("GET", f"/markets/{market}/orderbook")


def get(path: str) -> Ask:
    return lambda one, two, market: one.call("GET", path.format(market=market))


def changed(verb: str, body: dict[str, str]) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        placed = one.placed(market, "bid", "0.1000", "2.00")
        whole = body | ({"ticker": market, "side": "bid"} if verb == "amend" else {})
        return one.call("POST", f"{ORDERS}/{placed['order_id']}/{verb}", whole)

    return ask


def in_group(method: str, verb: str) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        created = one.call("POST", "/portfolio/order_groups/create", {"contracts_limit": 10})
        path = f"/portfolio/order_groups/{created.body['order_group_id']}"
        body = {"contracts_limit": 20} if verb == "/limit" else {}
        return one.call(method, path + verb, body if method == "PUT" else None)

    return ask


def unsigned(path: str) -> Ask:
    return lambda one, two, market: one.send("GET", path.format(market=market), headers={})


def order_in_group(one: Member, two: Member, market: str) -> Reply:
    group = group_created(one, two, market).body["order_group_id"]
    return order("0.1000", order_group_id=group)(one, two, market)


def group_created(one: Member, two: Member, market: str) -> Reply:
    return one.call("POST", "/portfolio/order_groups/create", {"contracts_limit": 10})


def subaccount(one: Member, two: Member, market: str) -> Reply:
    return two.call("POST", "/portfolio/subaccounts", {})


def subaccount_without_body(one: Member, two: Member, market: str) -> Reply:
    return two.call("POST", "/portfolio/subaccounts")


def transfer(times: int) -> Ask:
    def ask(one: Member, two: Member, market: str) -> Reply:
        number = subaccount(one, two, market).body["subaccount_number"]
        body = {
            "amount_cents": 1,
            "client_transfer_id": str(uuid4()),
            "from_subaccount": 0,
            "to_subaccount": number,
        }
        path = "/portfolio/subaccounts/transfer"
        return [two.call("POST", path, body) for _ in range(times)][-1]

    return ask


def shown_after(step: Callable[[Member, str], Reply]) -> Ask:
    """An order as it is shown when something has been done to it."""

    def ask(one: Member, two: Member, market: str) -> Reply:
        name = str(uuid4())
        placed = one.placed(market, "bid", "0.0100", "1.00", client_order_id=name)
        assert step(one, market).status < 300
        return one.call("GET", f"/portfolio/orders/{placed['order_id']}")

    return ask


def next_page(one: Member, two: Member, market: str) -> Reply:
    two.placed(market, "bid", "0.0100", "1.00")
    first = one.call("GET", "/markets?limit=1")
    return one.call("GET", f"/markets?limit=1&cursor={first.body['cursor']}")


def crossed(one: Member, market: str) -> Reply:
    return one.place(market, "ask", "0.0100", "1.00", time_in_force="immediate_or_cancel")


def left_alone(one: Member, market: str) -> Reply:
    return one.call("GET", "/exchange/status")


REFUSED: dict[str, Ask] = {
    "auth__bad_signature": foreign_signature,
    "auth__missing_signature_header": with_headers(
        lambda headers: headers.pop("KALSHI-ACCESS-SIGNATURE")
    ),
    "auth__unknown_key_id": with_headers(
        lambda headers: headers.update({"KALSHI-ACCESS-KEY": str(uuid4())})
    ),
    "cleanup__leftover_0": canceled(2),
    "cleanup__leftover_1": executed_canceled,
    "cleanup__leftover_2": lambda one, two, market: one.cancel(str(uuid4())),
    "auth__skew_minus30s": signed_at(-30_000),
    "auth__skew_minus5min": signed_at(-300_000),
    "auth__skew_plus5min": signed_at(300_000),
    "markets__limit_over_max": get("/markets?limit=1001"),
    "orders__cancel_already_canceled": canceled(2),
    "orders__cancel_executed": executed_canceled,
    "orders__cancel_unknown_id": lambda one, two, market: one.cancel(str(uuid4())),
    "orders__duplicate_client_order_id": same_name_again,
    "orders__reuse_canceled_client_id": canceled_name_again,
    "orders__insufficient_balance": order("0.9900", "1000000.00"),
    "orders__invalid_price_structure": order("0.5150", post_only=True),
    "orders__numeric_field_types": numbers,
    "orders__post_only_cross": post_only,
    "margin__orders__off_tick_price": order("0.38295"),
    "margin__orders__price_band_violation": order("0.5150"),
    "margin__orders__reduce_only_gtc": order("0.5000", reduce_only=True),
    "margin__groups__get": get(f"/portfolio/order_groups/{uuid4()}"),
    "margin__subaccounts__create_nobody": subaccount_without_body,
    "margin__subaccounts__transfer_duplicate": transfer(2),
}
ACCEPTED: dict[str, Ask] = {
    "auth__balance_ok": get(BALANCE),
    "auth__balance_alt_host": get(BALANCE),
    "auth__skew_minus5s": signed_at(-5_000),
    "auth__skew_plus5s": signed_at(5_000),
    "account__endpoint_costs": get("/account/endpoint_costs"),
    "account__limits": get("/account/limits"),
    "cleanup__stp_resting": canceled(1),
    "exchange__status": get("/exchange/status"),
    "fills__after_taker": after_trading("/portfolio/fills?ticker={market}"),
    "markets__garbage_cursor": get("/markets?limit=5&cursor=garbage-cursor-fixture"),
    "markets__high_temp": get(f"/markets?tickers={ENDED}-SETTLED"),
    "markets__page1": get("/markets?status=open&limit=1"),
    "markets__page2": next_page,
    "markets__page3": next_page,
    "markets__single_filter_lastpage": get("/markets?tickers={market}"),
    "markets__status_closed": get(f"/markets?status=closed&tickers={ENDED}-CLOSED"),
    "markets__status_settled": get(f"/markets?status=settled&tickers={ENDED}-SETTLED"),
    "markets__single": get("/markets/{market}"),
    "markets__unauth_list": unsigned("/markets?limit=5"),
    "markets__unauth_single": unsigned("/markets/{market}"),
    "settlements__page": get("/portfolio/settlements?limit=5"),
    "settlements__end_of_session": get("/portfolio/settlements?limit=10"),
    "markets__status_open": get("/markets?status=open&limit=5"),
    "orderbook__base": book_of_two_sides,
    "orders__cancel_v2": canceled(1),
    "orders__create_v2_maker": order("0.0100", post_only=False),
    "orders__create_v2_taker_ioc": taken,
    "orders__get_after_create": shown,
    "orders__get_after_cancel": shown_after(left_alone),
    "orders__settlement_seed": taken,
    "orders__stp_resting_after": shown_after(crossed),
    "orders__stp_setup": order("0.4800", post_only=True),
    "orders__legacy_create": legacy_order,
    "orders__legacy_cancel": legacy_cancel,
    "orders__stp_self_cross": self_cross,
    "portfolio__orders_list": after_trading("/portfolio/orders?ticker={market}"),
    "portfolio__positions": after_trading("/portfolio/positions?ticker={market}"),
    "series__fee_changes": get("/series/fee_changes"),
    "trades__public_recorded": after_trading("/markets/trades?ticker={market}"),
    "margin__orders__amend_decrease": changed("amend", {"price": "0.1000", "count": "1.00"}),
    "margin__orders__amend_price": changed("amend", {"price": "0.1100", "count": "2.00"}),
    "margin__orders__decrease_reduce_by": changed("decrease", {"reduce_by": "1.00"}),
    "margin__groups__create": group_created,
    "margin__orders__create_in_group": order_in_group,
    "margin__account__limits_perps": get("/account/limits/perps"),
    "margin__groups__list": get("/portfolio/order_groups"),
    "margin__groups__delete": in_group("DELETE", ""),
    "margin__groups__reset": in_group("PUT", "/reset"),
    "margin__groups__trigger": in_group("PUT", "/trigger"),
    "margin__groups__update_limit": in_group("PUT", "/limit"),
    "margin__subaccounts__create": subaccount,
    "margin__subaccounts__transfer_first": transfer(1),
}
OTHERWISE = {
    "margin__transfer__intra_exchange": "an outage was recorded, not the answer",
    "ws__orderbook_trade_noleg": "tests/compat/test_stream.py",
    "ws__orderbook_trade_yes": "tests/compat/test_stream.py",
}
"""Recordings that are not compared here, and why or where."""


def whole() -> dict[str, Any]:
    """What a market says about itself when it says everything that was recorded."""
    moment = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    return {
        "early_close_condition": "When it is known.",
        "strike_type": "custom",
        "floor_strike": 1,
        "cap_strike": 2.5,
        "custom_strike": {"tennis_competitor": str(uuid4())},
        "expected_expiration_time": moment,
        "occurrence_datetime": moment,
        "primary_participant_key": "tennis_competitor",
        "is_provisional": True,
    }


@pytest.fixture
def market(make_market: MakeMarket) -> str:
    return make_market(**whole())


@pytest.fixture(scope="module", autouse=True)
def _ended(operator: Operator, make_market: MakeMarket) -> None:
    """Two markets that are over: one whose outcome may still be disputed, one that is settled."""
    event = make_market().rpartition("-")[0]
    closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for state, timer in (("closed", 3_600), ("settled", 0)):
        ticker = f"{ENDED}-{state.upper()}"
        names = {"ticker": ticker, "event_ticker": event, "close_time": closes}
        more = {"settlement_timer_seconds": timer, **whole()}
        operator.act("POST", "/markets", **names, **more)
        operator.act("POST", f"/markets/{ticker}/close")
        operator.act("POST", f"/markets/{ticker}/determine", result="no")


@pytest.fixture(autouse=True)
def _nothing_left(one: Member, two: Member) -> None:
    for member in (one, two):
        member.call("DELETE", ORDERS)


def test_every_recording_is_compared() -> None:
    names = {path.name.split(".")[0] for path in (REFERENCE / "wire-fixtures").iterdir()}
    assert names == REFUSED.keys() | ACCEPTED.keys() | OTHERWISE.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refusals_are_the_recorded_ones(name: str, one: Member, two: Member, market: str) -> None:
    reply = REFUSED[name](one, two, market)
    assert (reply.status, reply.body) == (recorded_status(name), recorded(name))


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_accepted_calls_say_what_was_recorded(
    name: str, one: Member, two: Member, market: str
) -> None:
    reply = ACCEPTED[name](one, two, market)
    assert reply.status == recorded_status(name)
    assert missing(recorded(name), reply.body, "") == []
