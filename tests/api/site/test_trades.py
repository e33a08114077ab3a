"""Trades: at once, never worse than the limit, and paid for to the last micro-dollar."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from presage.domain.commands import Move
from presage.domain.ids import account_id
from tests.api.asking import JSON_TYPE, request
from tests.api.site.dealing import Table
from tests.api.site.world import Member, World, code_of


@pytest.fixture(name="table")
def _table(world: World) -> Table:
    world.set("streakBonuses", False)
    return Table(world)


@pytest.fixture(name="ann")
def _ann(world: World) -> Member:
    return world.join()


@pytest.fixture(name="bob")
def _bob(world: World) -> Member:
    return world.join()


def test_better_prices_are_given_to_the_taker(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 67, 4)
    table.rest(bob, "buy no", 66, 6)
    answer = table.traded(ann, "buy yes", 34, 10)
    trade = answer["trade"]
    assert (trade["filledQuantity"], trade["averagePriceCents"]) == (10, 33.6)
    assert [(fill["priceCents"], fill["quantity"]) for fill in trade["fills"]] == [(33, 4), (34, 6)]
    assert (trade["grossCents"], trade["cashDeltaCents"], trade["feeCents"]) == (336, -336, 0)
    assert (trade["result"], trade["status"], trade["remainingQuantity"]) == ("FILLED", "OPEN", 10)
    assert trade["source"] == "API"
    assert trade["id"].startswith("trd_")
    assert (answer["balanceCents"], answer["availableCents"]) == (99_664, 99_664)
    position = answer["position"]
    assert (position["quantity"], position["costCents"], position["side"]) == (10, 336, "YES")
    assert position["averagePriceCents"] == 33.6
    # the same fill on Kalshi's side: nothing is printed twice or differently
    listed = ann.get("/api/trades")["trades"]
    assert listed == [{k: v for k, v in trade.items() if k != "fills"}]


def test_the_rest_is_dropped(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 4)
    trade = table.traded(ann, "buy yes", 40, 10)["trade"]
    assert (trade["result"], trade["filledQuantity"], trade["cancelledQuantity"]) == (
        "PARTIAL",
        4,
        6,
    )
    assert ann.get("/api/limit-orders?status=history")["orders"] == []


def test_nothing_filled_is_a_409_that_says_what_there_is(
    table: Table, ann: Member, bob: Member
) -> None:
    answer = table.trade(ann, "buy yes", 40, 10)
    assert code_of(answer) == (409, "no_fill")
    assert "bestPriceCents" not in answer.json
    table.rest(bob, "buy no", 50, 4)
    answer = table.trade(ann, "buy yes", 40, 10)
    assert code_of(answer) == (409, "no_fill")
    assert (answer.json["bestPriceCents"], answer.json["availableQuantity"]) == (50, 0)
    assert ann.get("/api/trades")["trades"] == []
    assert ann.get("/api/auth/me")["user"]["balanceCents"] == 100_000


def test_slippage_widens_the_limit(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 57, 4)
    assert table.trade(ann, "buy yes", 40, 4, maxSlippageCents=2).status == 409
    trade = table.traded(ann, "buy yes", 40, 4, maxSlippageCents=3)["trade"]
    assert (trade["limitPriceCents"], trade["averagePriceCents"]) == (43, 43)
    table.rest(bob, "buy yes", 2, 4)
    assert (
        table.traded(ann, "sell yes", 90, 4, maxSlippageCents=98)["trade"]["limitPriceCents"] == 1
    )


def test_fill_or_kill(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 4)
    answer = table.trade(ann, "buy yes", 40, 5, fillOrKill=True)
    assert code_of(answer) == (409, "not_enough_liquidity")
    assert (answer.json["bestPriceCents"], answer.json["availableQuantity"]) == (40, 4)
    assert table.position(ann) is None
    assert table.traded(ann, "buy yes", 40, 4, fillOrKill=True)["trade"]["result"] == "FILLED"


def test_meeting_an_own_order_ends_the_rest(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 2)
    table.rest(ann, "buy no", 60, 2)
    answer = table.trade(ann, "buy yes", 40, 4, fillOrKill=True)
    assert code_of(answer) == (409, "not_enough_liquidity")
    trade = table.traded(ann, "buy yes", 40, 4)["trade"]
    assert (trade["filledQuantity"], trade["stopReason"]) == (2, "SELF_TRADE")


def test_the_exact_limit_of_what_can_be_paid(table: Table, world: World, bob: Member) -> None:
    ann = world.join()
    table.rest(bob, "buy no", 20, 1_251)
    answer = table.trade(ann, "buy yes", 80, 1_251)
    assert code_of(answer) == (402, "insufficient_funds")
    assert answer.json["requiredCents"] == 100_080
    assert answer.json["availableCents"] == 100_000
    assert answer.json["shortfallCents"] == 80
    assert answer.json["error"] == "You need 0.80 more to place this order."
    assert table.traded(ann, "buy yes", 80, 1_250)["availableCents"] == 0


def test_one_micro_dollar_less_is_too_little(world: World) -> None:
    world.set("streakBonuses", False)
    table = Table(world, fees="1")
    bob, ann = world.join(), world.join()
    table.rest(bob, "buy no", 60, 100)
    # 10 contracts at 40 cents and the worst fee, 0.168 dollars, down to the last micro
    need = 10 * 400_000 + 168_000
    services = world.running.services
    member = services.site.people.by_id(_uuid(ann.id)).number  # type: ignore[union-attr]
    cash = f"cash:{account_id(member)}"

    def pay(amount: int) -> None:
        lines = ((cash, -amount), ("world", amount))
        world.do(services.gateway.submit(Move(lines, f"{ann.id}{amount}", "withdrawal")))

    pay(1_000_000_000 - need + 1)
    answer = table.trade(ann, "buy yes", 40, 10)
    assert code_of(answer) == (402, "insufficient_funds")
    assert (answer.json["requiredCents"], answer.json["shortfallCents"]) == (417, 1)
    pay(-1)
    trade = table.traded(ann, "buy yes", 40, 10)
    assert (trade["availableCents"], trade["balanceCents"]) == (0, 0)
    assert trade["trade"]["feeCents"] == 17


def _uuid(text: str) -> str:
    return str(uuid.UUID(hex=text.partition("_")[2]))


def test_nobody_sells_what_he_has_not(table: Table, ann: Member, bob: Member) -> None:
    answer = table.trade(ann, "sell yes", 40, 1)
    assert code_of(answer) == (409, "insufficient_position")
    assert (answer.json["heldQuantity"], answer.json["reservedQuantity"]) == (0, 0)
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    table.rest(ann, "sell yes", 80, 4)
    table.rest(bob, "buy yes", 30, 20)
    answer = table.trade(ann, "sell yes", 30, 7)
    assert code_of(answer) == (409, "insufficient_position")
    assert (answer.json["heldQuantity"], answer.json["reservedQuantity"]) == (10, 4)
    assert code_of(table.trade(ann, "sell no", 30, 1)) == (409, "insufficient_position")
    sold = table.traded(ann, "sell yes", 30, 6)
    assert (sold["trade"]["realizedPnlCents"], sold["trade"]["cashDeltaCents"]) == (-60, 180)
    assert (sold["trade"]["status"], sold["trade"]["nettedQuantity"]) == ("CLOSED", 0)
    assert sold["position"]["quantity"] == 4
    assert sold["position"]["reservedQuantity"] == 4


def test_buying_the_other_side_nets_first(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    table.rest(bob, "buy yes", 35, 15)
    answer = table.traded(ann, "buy no", 65, 15)
    trade = answer["trade"]
    assert trade["nettedQuantity"] == 10
    # ten pairs bring a dollar each; 15 NO cost 65 cents each
    assert (trade["grossCents"], trade["cashDeltaCents"]) == (975, 25)
    assert (answer["position"]["side"], answer["position"]["quantity"]) == ("NO", 5)
    first = next(one for one in ann.get("/api/trades")["trades"] if one["side"] == "YES")
    assert (first["status"], first["realizedPnlCents"]) == ("CLOSED", -50)
    assert first["closedAt"] is not None
    assert [one["id"] for one in ann.get("/api/trades?status=open")["trades"]] == [trade["id"]]
    assert [one["id"] for one in ann.get("/api/trades?status=closed")["trades"]] == [first["id"]]


def test_a_client_order_id_is_used_once_for_ever(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    trade = table.traded(ann, "buy yes", 40, 1, clientOrderId="mine-1")["trade"]
    assert trade["clientOrderId"] == "mine-1"
    answer = table.trade(ann, "buy yes", 40, 1, clientOrderId="mine-1")
    assert code_of(answer) == (409, "duplicate_client_order_id")
    assert answer.json["orderId"] == trade["orderId"]
    answer = table.order(ann, "buy yes", 1, 1, clientOrderId="mine-1")
    assert answer.json["orderId"] == trade["orderId"]


def test_an_idempotency_key_makes_one_trade(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    key = {"idempotency_key": "k1"}
    first = table.trade(ann, "buy yes", 40, 1, headers=key)
    again = table.trade(ann, "buy yes", 40, 1, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert code_of(table.trade(ann, "buy yes", 40, 2, headers=key)) == (409, "idempotency_mismatch")
    assert table.position(ann)["quantity"] == 1


def test_a_hundred_of_the_same_at_once_make_one_order(
    table: Table, world: World, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 1_000)
    body = (
        b'{"optionId":"%b","side":"YES","action":"BUY","quantity":1,"priceCents":40}'
        % table.ticker.encode()
    )
    headers = (
        (b"authorization", f"Bearer {ann.key()}".encode()),
        (b"idempotency-key", b"at-once"),
        JSON_TYPE,
    )
    asked = [request("POST", "/api/trades", headers, body) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert {answer.status for answer in answers} <= {201, 409}
    assert sum(answer.status == 201 for answer in answers) >= 1
    assert table.position(ann)["quantity"] == 1
    assert len(ann.get("/api/trades")["trades"]) == 1


def test_a_hundred_sales_at_once_sell_what_is_held(
    table: Table, world: World, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 30)
    table.traded(ann, "buy yes", 40, 30)
    body = (
        b'{"optionId":"%b","side":"YES","action":"SELL","quantity":1,"limitPriceCents":90}'
        % table.ticker.encode()
    )
    headers = ((b"authorization", f"Bearer {ann.key()}".encode()), JSON_TYPE)
    asked = [request("POST", "/api/limit-orders", headers, body) for _ in range(100)]
    statuses = sorted(answer.status for answer in world.all_at_once(*asked))
    assert statuses == [201] * 30 + [409] * 70
    assert table.position(ann)["reservedQuantity"] == 30


def test_labels_and_slugs(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy yes", 40, 10)
    body: dict[str, Any] = {"eventSlug": table.slug, "optionLabel": "No", "side": "YES"}
    body |= {"action": "BUY", "quantity": 10, "priceCents": 60}
    trade = ann.call("POST", "/api/trades", body).json["trade"]
    assert (trade["side"], trade["optionLabel"], trade["eventSlug"]) == ("NO", "Yes", table.slug)


BAD = [
    ({"quantity": 0}, "validation_failed"),
    ({"quantity": 1.5}, "validation_failed"),
    ({"quantity": 100_001}, "validation_failed"),
    ({"quantity": "10"}, "validation_failed"),
    ({"quantity": True}, "validation_failed"),
    ({"priceCents": 0}, "validation_failed"),
    ({"priceCents": 100}, "validation_failed"),
    ({"priceCents": 34.5}, "off_tick"),
    ({"priceCents": 34.123}, "off_tick"),
    ({"side": "MAYBE"}, "validation_failed"),
    ({"maxSlippageCents": 99}, "validation_failed"),
    ({"limitPrice": 34}, "validation_failed"),
    ({"optionId": None}, "validation_failed"),
    ({"clientOrderId": ""}, "validation_failed"),
    ({"clientOrderId": "x" * 65}, "validation_failed"),
]


@pytest.mark.parametrize(("wrong", "code"), BAD, ids=[str(wrong) for wrong, _ in BAD])
def test_what_cannot_be_meant(table: Table, ann: Member, wrong: dict[str, Any], code: str) -> None:
    body = {"optionId": table.ticker, "side": "YES", "action": "BUY", "quantity": 1}
    answer = ann.call("POST", "/api/trades", body | {"priceCents": 34} | wrong)
    assert code_of(answer) == (400, code)
    assert answer.json["details"][0]["field"] == next(iter(wrong))


def test_forgiven_spellings(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    body = {"optionId": table.ticker, "side": "yes", "action": "Buy"}
    answer = ann.call("POST", "/api/trades", body | {"quantity": 10.0, "priceCents": 40.0})
    assert answer.status == 201, answer.body


def test_who_may_trade_what(table: Table, world: World, ann: Member) -> None:
    body = {"optionId": table.ticker, "side": "YES", "action": "BUY", "quantity": 1}
    body |= {"priceCents": 34}
    assert code_of(world.send("POST", "/api/trades", body)) == (401, "unauthenticated")
    key = ann.key("read")
    assert code_of(world.bearer(key, "POST", "/api/trades", body)) == (403, "scope_missing")
    assert code_of(ann.call("POST", "/api/trades", body | {"optionId": "X"})) == (404, "not_found")
    paper = body | {"tournamentSlug": "none"}
    assert code_of(ann.call("POST", "/api/trades", paper)) == (404, "not_found")


def test_a_market_that_is_not_open(table: Table, world: World, ann: Member) -> None:
    world.admin("POST", f"/markets/{table.ticker}/pause")
    answer = table.trade(ann, "buy yes", 40, 1)
    assert code_of(answer) == (409, "market_not_open")
    assert answer.json["status"] == "PAUSED"
    world.admin("POST", f"/markets/{table.ticker}/resume")
    world.admin("POST", "/exchange/pause")
    answer = table.trade(ann, "buy yes", 40, 1)
    assert code_of(answer) == (503, "exchange_paused")
    assert int(answer.headers["retry-after"]) >= 1
    world.admin("POST", "/exchange/resume")


def test_pages_and_filters(table: Table, world: World, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    made = [table.traded(ann, "buy yes", 40, 1)["trade"]["id"] for _ in range(5)][::-1]
    other = Table(world)
    assert ann.get(f"/api/trades?optionId={other.ticker}")["trades"] == []
    assert len(ann.get(f"/api/trades?eventSlug={table.slug}")["trades"]) == 5
    found: list[str] = []
    cursor = ""
    while True:
        page = ann.get(f"/api/trades?limit=2{cursor}")
        found += [trade["id"] for trade in page["trades"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert found == made
    answer = ann.call("GET", f"/api/trades?limit=2&status=open{cursor}")
    assert code_of(answer) == (400, "bad_cursor")
    for wrong in ("status=maybe", "limit=0", "from=yesterday", "cursor=x"):
        assert ann.call("GET", f"/api/trades?{wrong}").status == 400
    assert ann.get("/api/trades?from=2020-01-01&to=2020-01-02")["trades"] == []


def test_every_write_is_seen_by_the_next_read(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 1_000)
    for number in range(1, 101):
        order = table.rest(ann, "buy yes", 1, 1)
        found = ann.get("/api/limit-orders?limit=1")["orders"]
        assert found[0]["id"] == order["id"]
        assert table.traded(ann, "buy yes", 40, 1)["position"]["quantity"] == number
