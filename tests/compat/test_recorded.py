"""What Kalshi's demo exchange was recorded to answer, asked again here.

Refusals must be the same to the letter; accepted calls must have at least the recorded keys, with
values of the same form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.compat.client import V2, Member, Reply
from tests.wire.contract import REFERENCE, needs_reference, recorded

pytestmark = needs_reference

Ask = Callable[[Member, Member, str], Reply]
BALANCE = "/portfolio/balance"
ORDERS = "/portfolio/events/orders"


def recorded_status(name: str) -> int:
    meta = json.loads((REFERENCE / "wire-fixtures" / f"{name}.meta.json").read_text("utf-8"))
    status: int = meta["status"]
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


REFUSED: dict[str, Ask] = {
    "auth__bad_signature": foreign_signature,
    "auth__missing_signature_header": with_headers(
        lambda headers: headers.pop("KALSHI-ACCESS-SIGNATURE")
    ),
    "auth__unknown_key_id": with_headers(
        lambda headers: headers.update({"KALSHI-ACCESS-KEY": str(uuid4())})
    ),
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
    "margin__orders__reduce_only_gtc": order("0.5000", reduce_only=True),
    "margin__groups__get": get(f"/portfolio/order_groups/{uuid4()}"),
    "margin__subaccounts__create_nobody": subaccount_without_body,
    "margin__subaccounts__transfer_duplicate": transfer(2),
}
ACCEPTED: dict[str, Ask] = {
    "auth__balance_ok": get(BALANCE),
    "auth__skew_minus5s": signed_at(-5_000),
    "auth__skew_plus5s": signed_at(5_000),
    "account__endpoint_costs": get("/account/endpoint_costs"),
    "account__limits": get("/account/limits"),
    "exchange__status": get("/exchange/status"),
    "fills__after_taker": after_trading("/portfolio/fills?ticker={market}"),
    "markets__garbage_cursor": get("/markets?limit=5&cursor=garbage-cursor-fixture"),
    "markets__single": get("/markets/{market}"),
    "markets__unauth_list": unsigned("/markets?limit=5"),
    "markets__unauth_single": unsigned("/markets/{market}"),
    "settlements__page": get("/portfolio/settlements?limit=5"),
    "markets__status_open": get("/markets?status=open&limit=5"),
    "orderbook__base": after_trading("/markets/{market}/orderbook"),
    "orders__cancel_v2": canceled(1),
    "orders__create_v2_maker": order("0.0100", post_only=False),
    "orders__create_v2_taker_ioc": taken,
    "orders__get_after_create": shown,
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
    "margin__groups__delete": in_group("DELETE", ""),
    "margin__groups__reset": in_group("PUT", "/reset"),
    "margin__groups__trigger": in_group("PUT", "/trigger"),
    "margin__groups__update_limit": in_group("PUT", "/limit"),
    "margin__subaccounts__create": subaccount,
    "margin__subaccounts__transfer_first": transfer(1),
}
OF_THE_MARKET = {
    "early_close_condition",
    "floor_strike",
    "cap_strike",
    "strike_type",
    "custom_strike",
    "functional_strike",
    "expected_expiration_time",
    "occurrence_datetime",
    "mve_collection_ticker",
    "mve_selected_legs",
    "is_provisional",
    "primary_participant_key",
    "settlement_value_dollars",
    "settlement_ts",
}
"""Keys that a market has when it has such a thing."""


@pytest.fixture(autouse=True)
def _nothing_left(one: Member, two: Member) -> None:
    for member in (one, two):
        member.call("DELETE", ORDERS)


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


def missing(wanted: Any, found: Any, place: str) -> list[str]:
    """What the recorded value has and ours lacks; of lists the first item is compared."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return [f"{place} is {found!r}"]
        lacking = [
            f"{place}.{key} is not there"
            for key in wanted
            if key not in found and key not in OF_THE_MARKET
        ]
        both = [key for key in wanted if key in found]
        return lacking + [
            x for key in both for x in missing(wanted[key], found[key], f"{place}.{key}")
        ]
    if isinstance(wanted, list):
        if not isinstance(found, list):
            return [f"{place} is {found!r}"]
        return missing(wanted[0], found[0], f"{place}[0]") if wanted and found else []
    same = form(wanted) == form(found)
    return [] if same else [f"{place}: recorded {wanted!r}, found {found!r}"]


def form(value: Any) -> str:
    """How a value is spelled: its type, and for texts their number of decimals or kind of time."""
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    if isinstance(value, int | float):
        return "number"
    if re.fullmatch(r"-?\d+\.\d+", value):
        return f"decimal with {len(value.partition('.')[2])} places"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", value):
        return "time"
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        return "uuid"
    return "text"
