"""A hundred tries at once of what may happen once have one effect.

Likes, follows, bookmarks, reports, trades and posts with one key are tried where the rest of them
is: `test_a_hundred_...` in `test_posts.py`, `test_follows.py`, `test_watchlist.py`,
`test_reports.py`, `test_trades.py`, `test_idempotency.py`. Here is all else.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, Final

import pytest

from presage.workers.referring import Referring
from tests.api.admin.world import Person
from tests.api.asking import JSON_TYPE, Answer, Headers, request
from tests.api.site.dealing import Table
from tests.api.site.talking import quiet, say
from tests.api.site.test_access import OTHER, mailed, token_in
from tests.api.site.test_trades_export import download
from tests.api.site.trading import new_market, trade
from tests.api.site.world import OUR_PAGES, PASSWORD, Member, World, code_of

HUNDRED: Final = 100
DAY: Final = 86_400_000_000
KALSHI: Final = "/trade-api/v2"


def rush(
    world: World,
    headers: Headers,
    method: str,
    target: str,
    body: Any = None,
    count: int = HUNDRED,
) -> list[Answer]:
    """The same request again and again, all of them together."""
    kind = () if body is None else (JSON_TYPE,)
    data = b"" if body is None else json.dumps(body).encode()
    made = [request(method, target, (*headers, *kind), data) for _ in range(count)]
    return world.all_at_once(*made)


def signed(world: World, who: Person, method: str, target: str, body: Any) -> list[Answer]:
    """The same, each with a signature of its own."""
    data = json.dumps(body).encode()
    path = target.partition("?")[0]
    return world.all_at_once(
        *(
            request(method, target, (*who.sign(method, path), JSON_TYPE), data)
            for _ in range(HUNDRED)
        )
    )


def by_key(who: Member, *scopes: str) -> Headers:
    return ((b"authorization", f"Bearer {who.key(*scopes)}".encode()),)


def counted(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def cents_of(who: Member) -> int:
    return int(who.get("/api/auth/me")["user"]["balanceCents"])


@pytest.fixture(name="world")
def _world(world: World) -> World:
    quiet(world)
    world.set("streakBonuses", False)
    return world


# Money that the exchange gives


def test_a_day_of_the_streak_is_paid_once(world: World) -> None:
    world.set("streakBonuses", True)
    member = world.join()
    member.key()
    world.now += DAY
    before = cents_of(member)
    assert counted(rush(world, member.browser(), "GET", "/api/auth/me")) == {200: HUNDRED}
    world.work()
    assert cents_of(member) - before == 100
    streak = member.get("/api/me/streak")
    assert (streak["current"], streak["totalEarnedCents"]) == (2, 150)


def test_a_referral_is_paid_once(world: World) -> None:
    referrer = world.join()
    referee = world.join(referralCode=referrer.get("/api/me/referral")["code"])
    other = world.join()
    one, two = new_market(world), new_market(world)
    for ticker in (one, one, two):
        trade(referee, other, ticker)
    before = cents_of(referrer)
    services = world.running.services

    async def run() -> None:
        judges = (Referring(services.gateway, services.site.settings) for _ in range(HUNDRED))
        await asyncio.gather(
            *(judge.step(world.now) for judge in judges), world.running.jobs.catch_up()
        )

    world.do(run())
    assert cents_of(referrer) - before == 5_000
    shown = referrer.get("/api/me/referral")
    assert (shown["qualifiedCount"], shown["totalEarnedCents"]) == (1, 5_000)


def test_a_referral_code_can_be_used_by_many_but_an_email_once(world: World) -> None:
    code = world.join().get("/api/me/referral")["code"]
    answers = world.many_registrations(10, email="just-once@example.com", referralCode=code)
    assert counted(answers) == {201: 1, 409: 9}


def test_a_deposit_with_a_cause_is_made_once(world: World) -> None:
    before = world.balance(world.one)
    body = {"reason": "a test", "amount": "7", "cause": "invoice-1"}
    answers = signed(world, world.operator, "POST", "/api/admin/members/2/funds", body)
    assert counted(answers) == {200: HUNDRED}, "each is told what the one did"
    assert len({answer.json["transfer_id"] for answer in answers}) == 1
    assert world.balance(world.one) - before == 700


# Money that a member moves


def test_a_transfer_moves_money_once(world: World) -> None:
    path = f"{KALSHI}/portfolio/subaccounts"
    made = world.call("POST", path, {}, world.one).json["subaccount_number"]
    before = world.balance(world.one)
    body = {
        "client_transfer_id": "56bb4b33-7d38-4d79-8b07-3a8a3d6cd9a1",
        "from_subaccount": 0,
        "to_subaccount": made,
        "amount_cents": 250,
    }
    answers = signed(world, world.one, "POST", f"{path}/transfer", body)
    assert counted(answers) == {200: 1, 409: HUNDRED - 1}
    assert before - world.balance(world.one) == 250


def test_an_order_with_a_client_s_id_is_placed_once_whatever_the_door(world: World) -> None:
    table, ann = Table(world), world.join()
    body = {
        "optionId": table.ticker,
        "side": "YES",
        "action": "BUY",
        "quantity": 3,
        "limitPriceCents": 20,
        "clientOrderId": "only-once",
    }
    answers = rush(world, by_key(ann), "POST", "/api/limit-orders", body)
    assert counted(answers) == {201: 1, 409: HUNDRED - 1}
    (first,) = (answer.json["order"]["id"] for answer in answers if answer.status == 201)
    refused = [answer.json for answer in answers if answer.status == 409]
    assert {(one["code"], one["orderId"]) for one in refused} == {
        ("duplicate_client_order_id", first)
    }
    assert [one["id"] for one in ann.get("/api/limit-orders")["orders"]] == [first]
    assert ann.get("/api/auth/me")["user"]["reservedCents"] >= 60
    order = {
        "ticker": table.ticker,
        "side": "bid",
        "price": "0.2000",
        "count": "3.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": "once-here-too",
    }
    answers = signed(world, world.two, "POST", f"{KALSHI}/portfolio/events/orders", order)
    assert counted(answers) == {201: 1, 409: HUNDRED - 1}
    resting = world.call(
        "GET", f"{KALSHI}/portfolio/orders?status=resting&ticker={table.ticker}", None, world.two
    )
    assert len(resting.json["orders"]) == 1


def test_an_order_is_cancelled_once(world: World) -> None:
    table, ann = Table(world), world.join()
    before = ann.get("/api/auth/me")["user"]["availableCents"]
    order = table.rest(ann, "buy yes", 20, 10)
    answers = rush(world, by_key(ann), "DELETE", f"/api/limit-orders/{order['id']}")
    assert counted(answers) == {200: 1, 409: HUNDRED - 1}
    (done,) = (answer.json for answer in answers if answer.status == 200)
    assert (done["releasedCents"], done["releasedQuantity"]) == (200, 10)
    assert ann.get("/api/auth/me")["user"]["availableCents"] == before


def test_a_quote_is_accepted_once(world: World) -> None:
    table = Table(world)
    asked = {"market_ticker": table.ticker, "contracts": 10, "rest_remainder": False}
    path = f"{KALSHI}/communications"
    rfq = world.call("POST", f"{path}/rfqs", asked, world.one).json["id"]
    offer = {"rfq_id": rfq, "yes_bid": "0.40", "no_bid": "0.55", "rest_remainder": False}
    quote = world.call("POST", f"{path}/quotes", offer, world.two).json["id"]
    target = f"{path}/quotes/{quote}/accept"
    answers = signed(world, world.one, "PUT", target, {"accepted_side": "yes"})
    statuses = counted(answers)
    assert statuses.pop(204) == 1
    assert sum(statuses.values()) == HUNDRED - 1
    assert all(400 <= status < 500 for status in statuses)


def test_a_market_is_settled_and_paid_once(world: World) -> None:
    table, ann, bob = Table(world), world.join(), world.join()
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    before = cents_of(ann)
    world.admin("POST", f"/markets/{table.ticker}/close")
    body = {"reason": "it rained", "result": "yes"}
    target = f"/api/admin/markets/{table.ticker}/determine"
    answers = signed(world, world.operator, "POST", target, body)
    assert counted(answers) == {200: 1, 409: HUNDRED - 1}
    assert cents_of(ann) - before == 1_000


# What there is one of, or so many


def test_an_export_more_than_allowed_is_none(world: World) -> None:
    ann = world.join()
    world.set("EXPORTS_PER_HOUR", 1)
    answers = rush(world, by_key(ann), "GET", "/api/me/export")
    assert counted(answers) == {200: 1, 429: HUNDRED - 1}
    assert {int(one.headers["retry-after"]) >= 1 for one in answers if one.status == 429} == {True}
    world.set("EXPORTS_PER_HOUR", 0)
    assert download(world, ann)[1].count("\r\n") == 1


def test_the_last_key_is_made_once(world: World) -> None:
    ann = world.join()
    for _ in range(9):
        assert ann.click("POST", "/api/me/api-keys", {"name": "a key"}).status == 201
    answers = rush(world, ann.browser(), "POST", "/api/me/api-keys", {"name": "the last"})
    assert counted(answers) == {201: 1, 409: HUNDRED - 1}
    assert len(ann.click("GET", "/api/me/api-keys").json["apiKeys"]) == 10


def test_a_word_from_a_mail_works_once(world: World) -> None:
    ann = world.join()
    mailed(world)
    world.send("POST", "/api/auth/forgot", {"email": ann.email}, OUR_PAGES)
    (mail,) = mailed(world)
    body = {"token": token_in(mail), "newPassword": OTHER}
    answers = rush(world, OUR_PAGES, "POST", "/api/auth/reset", body, 20)  # each is a hash
    assert counted(answers) == {200: 1, 400: 19}
    assert world.login(ann.email, OTHER).status == 200
    assert world.login(ann.email, PASSWORD).status == 401


def test_a_key_for_repeating_a_call_is_one_post_and_one_comment(world: World) -> None:
    ann = world.join()
    world.list_market("ONCE-1")
    post = say(world, ann, "ONCE-1-E", "the first")
    key = (*by_key(ann), (b"idempotency-key", b"one"))
    for target, body, seen, name in (
        ("/api/posts", {"eventSlug": "ONCE-1-E", "body": "again?"},
         "/api/posts?eventSlug=ONCE-1-E", "posts"),
        (f"/api/posts/{post}/comments", {"body": "again?"},
         f"/api/posts/{post}/comments", "comments"),
    ):  # fmt: skip
        statuses = counted(rush(world, key, "POST", target, body))
        assert set(statuses) <= {201, 409}
        assert statuses[201] >= 1
        bodies = [one["body"] for one in ann.get(seen)[name]]
        assert bodies.count("again?") == 1


def test_a_decision_is_appealed_once(world: World) -> None:
    ann, bob = world.join(), world.join()
    world.list_market("ONCE-2")
    post = say(world, ann, "ONCE-2-E", "a bad one")
    report = {"targetType": "POST", "targetId": post, "reason": "spam"}
    id = bob.call("POST", "/api/reports", report).json["report"]["id"]
    action = world.admin("POST", f"/reports/{id}/decide", action="REMOVE")["actionId"]
    target = f"/api/moderation/{action}/appeal"
    answers = rush(world, by_key(ann), "POST", target, {"reason": "it was a joke"})
    assert counted(answers) == {201: 1, 409: HUNDRED - 1}


def test_a_block_is_one_block(world: World) -> None:
    ann, bob = world.join(), world.join()
    answers = rush(world, by_key(ann), "POST", f"/api/blocks/{bob.id}")
    assert all(answer.status in (200, 201) for answer in answers)
    assert ann.call("DELETE", f"/api/blocks/{bob.id}").status == 200
    assert bob.call("POST", f"/api/follow/{ann.id}").status == 200, "nothing of it is left"


def test_levels_of_a_position_are_one_protection(world: World) -> None:
    table, ann, bob = Table(world), world.join(), world.join()
    table.rest(bob, "buy no", 50, 10)
    table.traded(ann, "buy yes", 50, 10)
    table.rest(bob, "buy yes", 48, 50)
    table.rest(bob, "buy no", 48, 50)
    position = table.position(ann)
    target = f"/api/positions/{position['id']}/protections"
    answers = rush(world, by_key(ann), "POST", target, {"takeProfitProbBps": 6_000})
    assert counted(answers) == {200: HUNDRED}
    bob.call("DELETE", "/api/limit-orders?all=1")
    table.rest(bob, "buy yes", 60, 50)
    world.work()
    assert table.position(ann) is None or table.position(ann)["quantity"] == 0
    sales = [one for one in ann.get("/api/trades")["trades"] if one["source"] == "PROTECTION"]
    assert [one["filledQuantity"] for one in sales] == [10]


def test_an_event_is_published_once(world: World) -> None:
    draft = world.admin(
        "POST", "/events", title="Only one?", category="Economics", closeAt="2030-01-01T00:00:00Z"
    )["event"]
    target = f"/api/admin/events/{draft['slug']}/publish"
    answers = signed(world, world.operator, "POST", target, {"reason": "a test"})
    assert counted(answers) == {200: 1, 409: HUNDRED - 1}
    rows = world.admin("GET", "/audit?limit=200")["rows"]
    ticker = draft["eventTicker"]
    acts = [row["action"] for row in rows if row["subject"].startswith(ticker)]
    assert Counter(acts)["event.publish"] == Counter(acts)["market.create"] == 1


def test_an_account_is_closed_once(world: World) -> None:
    ann = world.join()
    answers = rush(world, ann.browser(), "DELETE", "/api/me", {"password": PASSWORD}, 20)
    assert counted(answers) == {200: 1, 401: 19}
    assert code_of(ann.click("GET", "/api/auth/me"))[0] == 401
