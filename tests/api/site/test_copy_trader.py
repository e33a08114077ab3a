"""Beginning, changing, pausing and stopping to mirror a trader."""

from __future__ import annotations

from typing import Any

import pytest

from presage.site.copies import MOST
from tests.api.asking import JSON_TYPE, request
from tests.api.site.copying import Scene
from tests.api.site.dealing import Table
from tests.api.site.world import Member, World, code_of


@pytest.fixture(name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


def test_beginning(scene: Scene) -> None:
    answer = scene.ask(scene.cem, scene.lea, allocationCents=10_000, maxPerTradeCents=2_000)
    assert answer.status == 201
    shown = answer.json["relation"]
    id, trader = shown.pop("id"), shown.pop("trader")
    assert id.startswith("cpy_")
    assert trader == {"id": scene.lea.id, "username": scene.lea.username, "avatarUrl": None}
    assert shown.pop("createdAt") == shown.pop("updatedAt")
    assert shown == {
        "status": "ACTIVE",
        "allocationCents": 10_000,
        "investedCents": 0,
        "freeAllocationCents": 10_000,
        "ratioBps": 10_000,
        "maxPerTradeCents": 2_000,
        "maxSlippageCents": 2,
        "copySells": True,
        "categories": [],
        "maxLossCents": None,
        "realizedPnlCents": 0,
        "unrealizedPnlCents": 0,
        "copiedTrades": 0,
        "skippedTrades": 0,
        "pauseReason": None,
    }
    assert scene.relation() == answer.json["relation"]


def test_changing_what_is_named(scene: Scene) -> None:
    before = scene.copy(maxLossCents=500, categories=["economics"])
    body = {"username": scene.lea.username, "ratioBps": 5_000, "maxLossCents": None}
    answer = scene.cem.call("POST", "/api/copy-trader", body)
    assert answer.status == 200
    after = answer.json["relation"]
    assert after == before | {
        "ratioBps": 5_000,
        "maxLossCents": None,
        "updatedAt": after["updatedAt"],
    }
    assert scene.copy(categories=None)["categories"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "traderId"),
        ({"traderId": "me"}, "traderId"),
        ({"username": "me"}, "username"),
        ({"traderId": "lea", "username": "bob"}, "username"),
        ({"traderId": "lea", "allocationCents": 99}, "allocationCents"),
        ({"traderId": "lea", "maxPerTradeCents": 99}, "maxPerTradeCents"),
        ({"traderId": "lea", "ratioBps": 0}, "ratioBps"),
        ({"traderId": "lea", "ratioBps": 50_001}, "ratioBps"),
        ({"traderId": "lea", "ratioBps": 1.5}, "ratioBps"),
        ({"traderId": "lea", "maxSlippageCents": 21}, "maxSlippageCents"),
        ({"traderId": "lea", "maxLossCents": 0}, "maxLossCents"),
        ({"traderId": "lea", "copySells": 1}, "copySells"),
        ({"traderId": "lea", "categories": ["Not A Slug"]}, "categories"),
        ({"traderId": "lea", "maxPerTrade": 500}, "maxPerTrade"),
    ],
)
def test_what_cannot_be(scene: Scene, body: dict[str, Any], field: str) -> None:
    people = {"me": scene.cem, "lea": scene.lea, "bob": scene.bob}
    sent = {"allocationCents": 10_000, "maxPerTradeCents": 1_000, **body}
    for key, value in (("traderId", "id"), ("username", "username")):
        if key in sent:
            sent[key] = getattr(people[sent[key]], value)
    answer = scene.cem.call("POST", "/api/copy-trader", sent)
    assert code_of(answer) == (400, "validation_failed")
    assert answer.json["details"][0]["field"].startswith(field)
    assert scene.relation() is None


@pytest.mark.parametrize("missing", ["allocationCents", "maxPerTradeCents"])
def test_beginning_needs_both_caps(scene: Scene, missing: str) -> None:
    body = {"traderId": scene.lea.id, "allocationCents": 1_000, "maxPerTradeCents": 1_000}
    del body[missing]
    answer = scene.cem.call("POST", "/api/copy-trader", body)
    assert answer.status == 400
    assert answer.json["details"][0]["field"] == missing


def test_nobody_there(scene: Scene) -> None:
    body = {"allocationCents": 1_000, "maxPerTradeCents": 1_000}
    for name in ("usr_" + "0" * 32, "nobody-at-all"):
        answer = scene.cem.call("POST", "/api/copy-trader", {"traderId": name, **body})
        assert code_of(answer) == (404, "not_found")


def test_no_cycles(scene: Scene) -> None:
    scene.copy()
    assert code_of(scene.ask(scene.lea, scene.cem)) == (409, "copy_cycle")
    scene.copy(paused=True)
    assert scene.ask(scene.lea, scene.cem).status == 201
    assert code_of(scene.ask(scene.cem, scene.lea, paused=False)) == (409, "copy_cycle")
    assert scene.copy(ratioBps=2_000)["status"] == "PAUSED"


def test_ten_traders_at_most(scene: Scene) -> None:
    leaders = [scene.world.join() for _ in range(MOST)]
    for leader in leaders:
        scene.copy(scene.cem, leader)
    assert code_of(scene.ask(scene.cem, scene.lea)) == (409, "limit_reached")
    assert scene.ask(scene.cem, leaders[0]).status == 200
    scene.cem.call("DELETE", f"/api/copy-trader?traderId={leaders[0].id}")
    assert scene.ask(scene.cem, scene.lea).status == 201


def test_a_hundred_tries_at_once_make_one_relation(scene: Scene) -> None:
    bearer = (b"authorization", f"Bearer {scene.cem.key()}".encode())
    body = (
        f'{{"traderId": "{scene.lea.id}", "allocationCents": 1000, "maxPerTradeCents": 1000}}'
    ).encode()
    asked = [request("POST", "/api/copy-trader", (bearer, JSON_TYPE), body) for _ in range(100)]
    answers = scene.world.all_at_once(*asked)
    assert sorted(one.status for one in answers) == [200] * 99 + [201]
    assert len(scene.cem.get("/api/copy-trader?status=all")["relations"]) == 1


class TestConsent:
    def test_who_does_not_want_it(self, scene: Scene) -> None:
        scene.copy()
        scene.offer(50, 20)
        _allow(scene.lea, False)
        scene.trade(scene.lea, "buy yes", 50, 5)
        scene.world.work()
        shown = scene.relation()
        assert (shown["status"], shown["pauseReason"]) == ("PAUSED", "opted_out")
        assert scene.held() == 0
        assert len(scene.told("COPY_PAUSED")) == 1
        assert code_of(scene.ask(scene.bob, scene.lea)) == (403, "copying_not_allowed")
        refused = scene.ask(scene.cem, scene.lea, paused=False)
        assert code_of(refused) == (403, "copying_not_allowed")
        _allow(scene.lea, True)
        assert scene.relation()["status"] == "PAUSED", "only the copier takes it back"
        assert scene.copy(paused=False)["pauseReason"] is None

    def test_who_is_suspended(self, scene: Scene) -> None:
        scene.copy()
        scene.world.admin("PATCH", f"/users/{scene.lea.id}", status="SUSPENDED")
        scene.world.work()
        shown = scene.relation()
        assert (shown["status"], shown["pauseReason"]) == ("PAUSED", "leader_suspended")
        assert code_of(scene.ask(scene.bob, scene.lea)) == (403, "copying_not_allowed")

    def test_who_has_blocked(self, scene: Scene) -> None:
        scene.copy()
        scene.lea.call("POST", f"/api/blocks/{scene.cem.id}")
        scene.world.work()
        assert scene.relation()["pauseReason"] == "blocked"
        assert code_of(scene.ask(scene.cem, scene.lea, paused=False)) == (403, "blocked")

    def test_a_leader_sees_how_many_and_how_much_but_not_who(self, scene: Scene) -> None:
        scene.copy(allocationCents=10_000)
        scene.copy(scene.bob, allocationCents=5_000)
        found = scene.lea.get("/api/copy-trader?status=all&log=1")
        assert found["leading"] == {"copierCount": 2, "allocationCents": 15_000}
        assert (found["relations"], found["log"]) == ([], [])
        profile = scene.cem.get(f"/api/users/{scene.lea.username}")["user"]
        assert (profile["copierCount"], profile["isCopying"]) == (2, True)
        other = scene.world.join().get(f"/api/users/{scene.lea.username}")["user"]
        assert (other["copierCount"], other["isCopying"]) == (2, False)


def test_pausing_and_going_on(scene: Scene) -> None:
    scene.copy()
    scene.offer(50, 40)
    assert scene.copy(paused=True)["status"] == "PAUSED"
    scene.trade(scene.lea, "buy yes", 50, 4)
    scene.world.work()
    assert scene.copy(paused=False)["status"] == "ACTIVE"
    scene.world.work()
    assert scene.held() == 0, "what happened meanwhile is not made up for"
    scene.trade(scene.lea, "buy yes", 50, 4)
    scene.world.work()
    assert scene.held() == 4


def test_what_was_gathered_before_going_on_is_not_copied(scene: Scene) -> None:
    scene.copy()
    scene.bid(50, 4, scene.lea)
    scene.offer(51, 20, scene.world.join())
    scene.trade(scene.bob, "buy no", 50, 4)
    scene.world.work()
    scene.copy(paused=True)
    scene.copy(paused=False)
    scene.later(2)
    assert (scene.held(), scene.log()) == (0, [])


def test_a_smaller_allocation_stops_buying_only(scene: Scene) -> None:
    scene.copy(allocationCents=10_000)
    scene.lead(50, 10)
    shown = scene.copy(allocationCents=100, maxPerTradeCents=100)
    assert (shown["investedCents"], shown["freeAllocationCents"]) == (500, 0)
    scene.lead(50, 10)
    assert scene.held() == 10
    scene.bid(50, 60)
    scene.trade(scene.lea, "sell yes", 50, 20)
    scene.world.work()
    assert scene.held() == 0


class TestStopping:
    def test_keeps_what_was_copied(self, scene: Scene) -> None:
        relation = scene.copy()
        scene.lead(50, 10)
        answer = scene.cem.call("DELETE", f"/api/copy-trader?id={relation['id']}")
        assert (answer.status, answer.json["relation"]["status"]) == (200, "STOPPED")
        assert "closed" not in answer.json
        scene.lead(50, 10)
        assert scene.held() == 10
        assert scene.cem.get("/api/copy-trader")["relations"] == []
        assert scene.relation(status="stopped")["id"] == relation["id"]

    def test_sells_what_was_copied(self, scene: Scene) -> None:
        scene.offer(50, 5)
        scene.trade(scene.cem, "buy yes", 50, 5)
        other = Table(scene.world)
        scene.copy(maxSlippageCents=0)
        scene.lead(50, 10)
        other.rest(scene.bob, "buy no", 70, 20)
        other.traded(scene.lea, "buy yes", 30, 4)
        scene.world.work()
        scene.bid(48, 6)
        scene.table.rest(scene.bob, "buy yes", 43, 1)
        scene.table.rest(scene.bob, "buy yes", 42, 50)
        body = {"traderId": scene.lea.id, "closePositions": True}
        answer = scene.cem.call("DELETE", "/api/copy-trader", body)
        assert answer.status == 200
        first, second = sorted(answer.json["closed"], key=lambda one: -one["quantity"])
        assert (first["marketTicker"], first["side"]) == (scene.table.ticker, "YES")
        assert (first["quantity"], first["soldQuantity"], first["reason"]) == (10, 7, "slippage")
        assert first["proceedsCents"] == 6 * 48 + 43
        trades = scene.cem.get("/api/trades")["trades"]
        assert [one["source"] for one in trades if one["id"] == first["tradeId"]] == ["COPY"]
        assert (second["quantity"], second["soldQuantity"], second["reason"]) == (4, 0, "no_bid")
        assert scene.held() == 8
        told = answer.json["relation"]
        scene.world.work()
        assert scene.relation(status="stopped") == told, "what was answered is what comes"
        assert (told["investedCents"], told["realizedPnlCents"]) == (150 + 120, -19)

    def test_can_be_asked_for_again(self, scene: Scene) -> None:
        id = scene.copy()["id"]
        scene.lead(50, 10)
        scene.clear()
        target = f"/api/copy-trader?id={id}&closePositions=true"
        assert scene.cem.call("DELETE", target).json["closed"][0]["reason"] == "no_bid"
        scene.bid(50, 4)
        assert scene.cem.call("DELETE", target).json["closed"][0]["soldQuantity"] == 4
        again = scene.cem.call("DELETE", target).json["closed"][0]
        assert again["soldQuantity"] == 0
        assert scene.held() == 6

    def test_a_hundred_tries_at_once_sell_once(self, scene: Scene) -> None:
        scene.offer(50, 60)
        scene.trade(scene.cem, "buy yes", 50, 30)
        id = scene.copy()["id"]
        scene.trade(scene.lea, "buy yes", 50, 10)
        scene.world.work()
        scene.bid(50, 100)
        bearer = (b"authorization", f"Bearer {scene.cem.key()}".encode())
        target = f"/api/copy-trader?id={id}&closePositions=true"
        asked = [request("DELETE", target, (bearer,)) for _ in range(100)]
        answers = scene.world.all_at_once(*asked)
        assert {one.status for one in answers} == {200}
        assert sum(one.json["closed"][0]["soldQuantity"] for one in answers) == 10
        assert scene.held() == 30, "the own ones are still there"

    def test_beginning_again_is_another_relation(self, scene: Scene) -> None:
        first = scene.copy()
        scene.cem.call("DELETE", f"/api/copy-trader?id={first['id']}")
        answer = scene.ask(scene.cem, scene.lea)
        assert answer.status == 201
        assert answer.json["relation"]["id"] != first["id"]
        assert len(scene.cem.get("/api/copy-trader?status=all")["relations"]) == 2

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 400),
            ("?id=cpy_" + "0" * 32, 404),
            ("?id=x", 404),
            ("?traderId=nobody-at-all", 404),
            ("?traderId=lea", 404),
            ("?id=lea&closePositions=perhaps", 400),
        ],
    )
    def test_what_is_not_there(self, scene: Scene, query: str, status: int) -> None:
        target = "/api/copy-trader" + query.replace("lea", scene.lea.id)
        assert scene.cem.call("DELETE", target).status == status

    def test_unknown_keys_are_refused(self, scene: Scene) -> None:
        id = scene.copy()["id"]
        answer = scene.cem.call("DELETE", "/api/copy-trader", {"id": id, "closePosition": True})
        assert code_of(answer) == (400, "validation_failed")
        assert scene.relation()["status"] == "ACTIVE"


def test_who_leaves_copies_no_more(scene: Scene) -> None:
    scene.copy()
    scene.copy(scene.lea, scene.bob)
    closed = scene.lea.click(
        "DELETE", "/api/me", {"password": "correct horse battery", "confirm": True}
    )
    assert closed.status == 200, closed.body
    scene.world.work()
    assert scene.relation()["pauseReason"] == "leader_closed"
    assert scene.bob.get("/api/copy-trader")["leading"]["copierCount"] == 0


def test_pages(scene: Scene) -> None:
    for _ in range(3):
        scene.copy(scene.cem, scene.world.join())
    first = scene.cem.get("/api/copy-trader?limit=2")
    second = scene.cem.get(f"/api/copy-trader?limit=2&cursor={first['nextCursor']}")
    ids = [one["id"] for one in (*first["relations"], *second["relations"])]
    assert (len(ids), second["nextCursor"]) == (3, None)
    assert ids == sorted(ids, reverse=True)
    assert first["totals"]["allocationCents"] == 150_000
    wrong = scene.cem.call("GET", f"/api/copy-trader?status=all&cursor={first['nextCursor']}")
    assert code_of(wrong) == (400, "bad_cursor")


@pytest.mark.parametrize("query", ["status=some", "log=2", "limit=0"])
def test_bad_questions(scene: Scene, query: str) -> None:
    answer = scene.cem.call("GET", f"/api/copy-trader?{query}")
    assert code_of(answer) == (400, "validation_failed")


def _allow(member: Member, allowed: bool) -> None:
    answer = member.call("PATCH", "/api/me/preferences", {"allowCopying": allowed})
    assert answer.status == 200, answer.body
