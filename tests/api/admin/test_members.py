"""Members, keys and funds through the operator API."""

from __future__ import annotations

import pytest

from tests.api.admin.world import Person, World


def test_a_new_member_has_money_and_a_key_that_works(world: World) -> None:
    made = world.admin("POST", "/members", name="Ann", funds="12.50", generate_key=True)
    assert made["member"]["accounts"][0]["cash"] == "12.5000"
    ann = Person(made["key"]["id"], made["key"]["private_key"])
    assert world.balance(ann) == 1_250


def test_a_private_key_is_shown_once(world: World) -> None:
    made = world.admin("POST", "/members", name="Bob", generate_key=True)
    shown = world.admin("GET", f"/members/{made['member']['id']}")
    assert [key["id"] for key in shown["keys"]] == [made["key"]["id"]]
    assert "private_key" not in shown["keys"][0]
    assert "PRIVATE" not in world.call("GET", "/api/admin/audit").body.decode()


def test_members_are_found_by_id_and_by_number(world: World) -> None:
    member = world.admin("POST", "/members", name="Cem")["member"]
    by_number = world.admin("GET", f"/members/{member['number']}")["member"]
    assert by_number == world.admin("GET", f"/members/{member['id']}")["member"]
    for nobody in ("999", "no-such-id", "9" * 40):
        assert world.refused("GET", f"/members/{nobody}") == (404, "not_found")


def test_lists_are_paged_by_number(world: World) -> None:
    first = world.admin("GET", "/members?limit=2")
    assert [member["number"] for member in first["members"]] == [1, 2]
    rest = world.admin("GET", f"/members?after={first['next']}")
    assert rest["members"][0]["number"] == 3
    assert rest["next"] is None


def test_a_suspended_member_has_no_resting_orders_and_places_none(world: World) -> None:
    ticker = world.list_market("SUSPEND")
    made = world.admin("POST", "/members", name="Dan", funds="100", generate_key=True)
    dan = Person(made["key"]["id"], made["key"]["private_key"])
    order = world.order(dan, ticker, "bid", "0.1000")
    path = f"/members/{made['member']['id']}"
    assert world.admin("PATCH", path, status="suspended")["member"]["status"] == "suspended"
    assert world.admin("GET", f"/orders/{order}/audit")["over"]
    body = {"ticker": ticker, "side": "bid", "price": "0.1000", "count": "1.00"}
    body |= {"time_in_force": "good_till_canceled", "self_trade_prevention_type": "maker"}
    path_of_orders = "/trade-api/v2/portfolio/events/orders"
    assert world.call("POST", path_of_orders, body, dan).status == 403
    world.admin("PATCH", path, status="active")
    world.order(dan, ticker, "bid", "0.1000")


def test_operators_do_not_change_their_own_status(world: World) -> None:
    assert world.refused("PATCH", "/members/1", status="closed") == (409, "own_member")


def test_a_revoked_key_fails_at_the_next_call(world: World) -> None:
    made = world.admin("POST", "/members/2/keys", name="second")["key"]
    person = Person(made["id"], made["private_key"])
    assert world.call("GET", "/trade-api/v2/portfolio/balance", None, person).status == 200
    world.admin("DELETE", f"/keys/{made['id']}")
    assert world.call("GET", "/trade-api/v2/portfolio/balance", None, person).status == 401
    assert world.refused("DELETE", f"/keys/{made['id']}") == (404, "not_found")


def test_a_key_cannot_revoke_itself(world: World) -> None:
    assert world.refused("DELETE", f"/keys/{world.operator.key_id}") == (409, "own_key")


@pytest.mark.parametrize(
    "body",
    [
        {"public_key": "no key"},
        {"scopes": []},
        {"scopes": ["write"]},
        {"scopes": ["everything"]},
        {"subaccount": 7},
        {"subaccount": 64},
    ],
)
def test_a_key_that_cannot_be_is_refused(world: World, body: dict[str, object]) -> None:
    assert world.refused("POST", "/members/2/keys", **body) == (400, "validation_failed")


def test_a_role_makes_an_operator(world: World) -> None:
    made = world.admin("POST", "/members", name="Eve", role="operator", generate_key=True)
    eve = Person(made["key"]["id"], made["key"]["private_key"])
    assert world.call("GET", "/api/admin/overview", None, eve).status == 200


def test_deposits_and_withdrawals_move_cash(world: World) -> None:
    id = world.admin("POST", "/members", name="Fay")["member"]["id"]
    path = f"/members/{id}/funds"
    assert world.admin("POST", path, amount="10.000001")["cash"] == "10.000001"
    taken = world.admin("POST", path, amount="4.000001", kind="withdrawal")
    assert (taken["cash"], taken["amount"], taken["kind"]) == ("6.0000", "4.000001", "withdrawal")
    refusal = world.refused("POST", path, amount="6.01", kind="withdrawal")
    assert refusal == (402, "insufficient_balance")
    assert world.admin("GET", f"/members/{id}")["member"]["accounts"][0]["cash"] == "6.0000"


def test_a_cause_moves_money_once(world: World) -> None:
    id = world.admin("POST", "/members", name="Gus")["member"]["id"]
    path = f"/members/{id}/funds"
    first = world.admin("POST", path, amount="5", cause="invoice-1")
    again = world.admin("POST", path, amount="5", cause="invoice-1")
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again
    other = world.refused("POST", path, amount="6", cause="invoice-1")
    assert other == (409, "transfer_already_applied")
    assert world.admin("GET", f"/members/{id}")["member"]["accounts"][0]["cash"] == "5.0000"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount": 5},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "NaN"},
        {"amount": "1e3"},
        {"amount": "2000000000000"},
        {"amount": "1.0000001"},
        {"amount": "1", "kind": "gift"},
        {"amount": "1", "subaccount": 9},
        {"amount": "1", "cause": ""},
        {"amount": "1", "surprise": True},
        {"amount": "1", "reason": " "},
    ],
)
def test_funds_that_cannot_move_are_refused(world: World, body: dict[str, object]) -> None:
    assert world.refused("POST", "/members/2/funds", **body) == (400, "validation_failed")


def test_a_member_with_impossible_funds_is_not_made(world: World) -> None:
    before = world.admin("GET", "/overview")["members"]
    for funds in ("0", "x", "2000000000000"):
        refusal = world.refused("POST", "/members", name="Hal", funds=funds)
        assert refusal == (400, "validation_failed")
    assert world.admin("GET", "/overview")["members"] == before
