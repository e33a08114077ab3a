"""What is sent when: about members' own orders and positions, events, and what they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.domain.commands import AmendMarket, CloseMarket, DetermineMarket, DisputeMarket
from presage.domain.resolution_commands import CorrectOutcomes
from presage.site import deliveries, notifications, outbox, webhooks
from presage.units import SECOND
from tests.api.site.dealing import Table
from tests.api.site.hooking import data, following_world, open_wide, receiver, subscribe, types
from tests.api.site.trading import market_of, number_of, run, settle, void
from tests.api.site.world import Member, World
from tests.receiver import Receiver


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from following_world(tmp_path_factory)


class Ear:
    """A member who hears what they asked for."""

    def __init__(self, world: World, *events: str) -> None:
        self.world = world
        self.who: Member = world.join()
        self.there: Receiver = receiver(world)
        self.webhook = subscribe(self.who, self.there.url, *events)

    def types(self) -> list[str]:
        self.listen()
        return types(self.there)

    def data(self, type: str) -> list[Any]:
        self.listen()
        return data(self.there, type)

    def one(self, type: str) -> Any:
        (found,) = self.data(type)
        return found

    def listen(self) -> None:
        for _ in range(3):  # ten a second
            self.world.work()
            self.world.now += SECOND

    def close(self) -> None:
        self.who.call("DELETE", f"/api/me/webhooks?id={self.webhook['id']}")
        self.world.do(self.there.close())


@pytest.fixture
def ear(world: World) -> Iterator[Ear]:
    """Hears everything of one's own."""
    made = Ear(world, "trade.*", "limit_order.*", "position.*", "protection.*")
    yield made
    made.close()


@pytest.fixture
def public(world: World) -> Iterator[Ear]:
    """Hears of events."""
    made = Ear(world, "event.*")
    yield made
    made.close()


def place_of(table: Table) -> dict[str, Any]:
    shown = table.world.join().get(f"/api/events/{table.slug}")["event"]
    option = shown["options"][0]
    return {
        "eventSlug": table.slug,
        "optionId": option["id"],
        "optionLabel": option["label"],
        "marketTicker": table.ticker,
    }


def test_a_trade_and_the_order_that_it_met(world: World, ear: Ear) -> None:
    table, other = Table(world), Ear(world, "limit_order.*", "trade.executed")
    resting = table.rest(other.who, "buy no", 60, 10)
    bought = table.traded(ear.who, "buy yes", 45, 4)
    told = ear.one("trade.executed")
    assert told == place_of(table) | {
        "tradeId": bought["trade"]["id"],
        "orderId": bought["trade"]["orderId"],
        "clientOrderId": bought["trade"]["clientOrderId"],
        "side": "YES",
        "action": "BUY",
        "source": bought["trade"]["source"],
        "quantity": 4,
        "averagePriceCents": 40,
        "feeCents": 0,
        "remainingQuantity": 0,
        "liquidity": "TAKER",
        "sequence": told["sequence"],
    }
    assert ear.types() == ["trade.executed"], "an order that never rests is no limit order"
    assert sorted(other.types()) == [
        "limit_order.created",
        "limit_order.partially_filled",
        "trade.executed",
    ]
    met = other.one("trade.executed")
    assert (met["side"], met["averagePriceCents"], met["liquidity"]) == ("NO", 60, "MAKER")
    assert (met["quantity"], met["remainingQuantity"]) == (4, 6)
    assert met["sequence"] == told["sequence"]
    part = other.one("limit_order.partially_filled")
    assert part["orderId"] == resting["id"]
    assert (part["limitPriceCents"], part["orderQuantity"]) == (60, 10)
    table.traded(ear.who, "buy yes", 45, 6)
    assert other.one("limit_order.filled")["remainingQuantity"] == 0
    other.close()


def test_one_message_for_an_order_however_many_it_met(world: World, ear: Ear) -> None:
    table = Table(world)
    for price in (60, 58):
        table.rest(world.join(), "buy no", price, 1)
    table.traded(ear.who, "buy yes", 45, 2)
    told = ear.one("trade.executed")
    assert (told["quantity"], told["averagePriceCents"]) == (2, 41)


def test_a_limit_order_that_is_taken_back_or_ends(world: World, ear: Ear) -> None:
    table = Table(world)
    order = table.rest(ear.who, "buy yes", 30, 5)
    ear.who.call("DELETE", f"/api/limit-orders/{order['id']}")
    table.rest(ear.who, "buy yes", 31, 5, expiresInHours=1)
    ear.listen()
    world.now += 3_601 * SECOND
    table.rest(world.join(), "buy yes", 1, 1)  # whatever is done next finds it over
    assert sorted(ear.types()) == [
        "limit_order.cancelled",
        "limit_order.created",
        "limit_order.created",
        "limit_order.expired",
    ]
    assert ear.one("limit_order.cancelled")["orderId"] == order["id"]
    assert ear.one("limit_order.expired")["limitPriceCents"] == 31


def test_a_position_that_is_paid(world: World, ear: Ear) -> None:
    table = Table(world)
    table.rest(world.join(), "buy no", 60, 3)
    table.traded(ear.who, "buy yes", 40, 3)
    settle(world, table.ticker, 10_000)
    told = ear.one("position.settled")
    assert told["positionId"] == table.position(ear.who)["id"]
    assert (told["side"], told["quantity"], told["result"]) == ("YES", 3, "YES")
    assert (told["payoutCents"], told["realizedPnlCents"]) == (300, 180)


def test_a_protection_that_fires(world: World, ear: Ear) -> None:
    table, other = Table(world), world.join()
    table.rest(other, "buy no", 50, 10)
    table.traded(ear.who, "buy yes", 50, 10)
    position = table.position(ear.who)["id"]
    levels = {"takeProfitProbBps": 6_000}
    assert ear.who.call("POST", f"/api/positions/{position}/protections", levels).status == 200
    table.rest(other, "buy yes", 60, 20)
    told = ear.one("protection.triggered")
    assert told == place_of(table) | {
        "positionId": position,
        "side": "YES",
        "leg": "TAKE_PROFIT",
    }
    sold = ear.data("trade.executed")[-1]
    assert (sold["source"], sold["action"], sold["averagePriceCents"]) == ("PROTECTION", "SELL", 60)


def test_nobody_hears_of_others(world: World, ear: Ear) -> None:
    table = Table(world)
    table.rest(world.join(), "buy no", 60, 3)
    table.traded(world.join(), "buy yes", 40, 3)
    settle(world, table.ticker, 10_000)
    assert ear.types() == []


def test_a_member_hears_only_what_was_asked_for(world: World) -> None:
    some = Ear(world, "limit_order.created")
    table = Table(world)
    table.rest(world.join(), "buy no", 60, 3)
    table.rest(some.who, "buy yes", 40, 3)
    assert some.types() == ["limit_order.created"]
    some.who.call("PATCH", f"/api/me/webhooks/{some.webhook['id']}", {"status": "DISABLED"})
    table.rest(some.who, "buy yes", 30, 3)
    world.work()
    some.who.call("PATCH", f"/api/me/webhooks/{some.webhook['id']}", {"status": "ACTIVE"})
    assert some.types() == ["limit_order.created"], "what was while it was off is not sent"
    some.close()


def test_two_webhooks_get_the_same_message(world: World, ear: Ear) -> None:
    second = receiver(world)
    subscribe(ear.who, second.url)
    table = Table(world)
    table.rest(ear.who, "buy yes", 40, 3)
    ear.listen()
    (one,), (two,) = (
        [got for got in there.got if json.loads(got.body)["type"] == "limit_order.created"]
        for there in (ear.there, second)
    )
    assert one.body == two.body
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.headers["webhook-signature"] != two.headers["webhook-signature"]
    world.do(second.close())


def test_what_becomes_of_an_event_is_everybodys_business(world: World, public: Ear) -> None:
    table = Table(world, settlement_timer_seconds=3_600)
    world.admin("POST", f"/markets/{table.ticker}/pause")
    world.admin("POST", f"/markets/{table.ticker}/resume")
    market = market_of(world, table.ticker)
    run(world, CloseMarket(market))
    run(world, DetermineMarket(market, 10_000))
    run(world, DisputeMarket(market))
    run(world, AmendMarket(market, 0))
    found = public.types()
    assert sorted(found) == [
        "event.amended",
        "event.closed",
        "event.disputed",
        "event.opened",
        "event.resolved",
    ], "what goes on after a pause was open before"
    resolved = public.one("event.resolved")
    assert (resolved["eventSlug"], resolved["eventTicker"]) == (table.slug, f"{table.ticker}-E")
    (option,) = resolved["options"]
    assert (option["marketTicker"], option["result"]) == (table.ticker, "YES")
    assert option["settlementPriceCents"] == 100
    assert public.one("event.amended")["options"][0]["result"] == "NO"


def test_a_corrected_outcome_is_told_once_more(world: World, public: Ear) -> None:
    table = Table(world)
    settle(world, table.ticker, 10_000)
    market = market_of(world, table.ticker)
    run(world, CorrectOutcomes(((market, 0),), ()))
    told = [option for one in public.data("event.resolved") for option in one["options"]]
    said = {(option["result"], option["settlementPriceCents"]) for option in told}
    assert len(told) == 2
    assert said == {("YES", 100), ("NO", 0)}


def test_a_void(world: World, public: Ear) -> None:
    table = Table(world)
    void(world, table.ticker)
    told = public.one("event.voided")
    assert told["options"][0]["result"] == "VOID"


def test_a_clarification(world: World, public: Ear) -> None:
    table = Table(world)
    world.admin("POST", f"/events/{table.ticker}-E/clarify", text="Snow counts as rain.")
    told = public.one("event.clarified")
    assert (told["eventSlug"], told["text"]) == (table.slug, "Snow counts as rain.")


def test_more_webhooks_than_one_round_reaches(
    world: World, public: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "_AROUND", 2)
    others = [Ear(world, "event.*") for _ in range(4)]
    table = Table(world)
    void(world, table.ticker)
    for one in (public, *others):
        assert "event.voided" in one.types()
    for one in others:
        one.close()


def test_what_members_are_told(world: World) -> None:
    hearing = Ear(world)
    fan = world.join()
    assert fan.call("POST", f"/api/follow/{hearing.who.id}").status == 200
    assert hearing.one("follow.created") == {
        "userId": fan.id,
        "username": fan.username,
        "notification": "NEW_FOLLOWER",
        "title": f"{fan.username} follows you",
        "body": "",
        "url": f"/users/{fan.username}",
    }
    told = {one["id"]: one for one in hearing.data("notification.created")}
    listed = hearing.who.get("/api/me/notifications")["notifications"]
    assert "NEW_FOLLOWER" in {one["type"] for one in listed}
    assert {(one["id"], one["type"], one["title"]) for one in listed} == {
        (id, one["type"], one["title"]) for id, one in told.items()
    }
    hearing.close()


@pytest.mark.parametrize(
    ("kind", "type"), [("PRICE_ALERT", "price.alert"), ("POST_COMMENTED", "post.commented")]
)
def test_some_notifications_have_a_type_of_their_own(world: World, kind: str, type: str) -> None:
    hearing = Ear(world, type)

    def rows(connection: Any) -> None:
        who = number_of(hearing.who)
        notifications.tell(connection, world.now, who, kind, "A title", thing="x")

    world.do(world.running.services.gateway.submit(None, rows))
    assert hearing.one(type) == {
        "thing": "x",
        "notification": kind,
        "title": "A title",
        "body": "",
        "url": "",
    }
    hearing.close()


ROW = "019e7044-8805-783f-98bc-77be7efe8c6a"
HEX = ROW.replace("-", "")


def happen(world: World, topic: str, member: int, **about: Any) -> None:
    """Another topic tells the outbox."""

    def rows(connection: Any) -> None:
        outbox.add(connection, world.now, topic, member, about)

    world.do(world.running.services.gateway.submit(None, rows))


def test_a_copy_names_its_trader_and_no_number_of_the_inside(world: World) -> None:
    hearing, leader, table = Ear(world, "copy_trade.*"), world.join(), Table(world)
    about = {
        "relation": ROW,
        "leader": number_of(leader),
        "market": market_of(world, table.ticker),
        "order": 0,
        "action": "buy",
        "quantity": 300,
        "gross": 1_200_000,
        "reason": "slippage",
        "secret": 7,
    }
    happen(world, "copy.executed", number_of(hearing.who), **about)
    happen(world, "copy.skipped", number_of(hearing.who), **about)
    told = place_of(table) | {
        "relationId": f"cpy_{HEX}",
        "trader": leader.username,
        "orderId": None,
        "action": "BUY",
        "quantity": 3,
        "reason": "slippage",
    }
    assert hearing.one("copy_trade.executed") == told
    assert hearing.one("copy_trade.skipped") == told
    hearing.close()


@pytest.mark.parametrize("word", ["created", "accepted", "settled", "expired", "voided"])
def test_both_sides_of_a_challenge_hear_of_it(world: World, word: str) -> None:
    type = f"challenge.{word}"
    one, two, other, table = Ear(world, type), Ear(world, type), Ear(world, type), Table(world)
    parties = {"creator": number_of(one.who), "opponent": number_of(two.who)}
    market = market_of(world, table.ticker)
    happen(world, type, parties["creator"], challenge=ROW, market=market, winner=0, **parties)
    told = place_of(table) | {
        "challengeId": f"chl_{HEX}",
        "creator": one.who.username,
        "opponent": two.who.username,
        "winner": None,
    }
    assert one.one(type) == two.one(type) == told
    assert other.types() == []
    for hearing in (one, two, other):
        hearing.close()


def test_a_challenge_that_nobody_took_is_its_makers_alone(world: World) -> None:
    hearing = Ear(world, "challenge.*")
    creator = number_of(hearing.who)
    happen(world, "challenge.expired", creator, challenge=ROW, creator=creator, opponent=0)
    assert hearing.one("challenge.expired")["opponent"] is None
    hearing.close()


def test_everybody_may_hear_of_a_tournament(world: World) -> None:
    hearing, winner = Ear(world, "tournament.*"), world.join()
    happen(world, "tournament.started", 0, tournament=ROW, slug="cup", players=4)
    ranks = [[number_of(winner), 1, 5_000]]
    happen(world, "tournament.ended", 0, tournament=ROW, slug="cup", players=4, ranks=ranks)
    begun = {"tournamentId": f"trn_{HEX}", "tournamentSlug": "cup", "players": 4}
    assert hearing.one("tournament.started") == begun
    place = {"username": winner.username, "rank": 1, "prizeCents": 5_000}
    assert hearing.one("tournament.ended") == begun | {"ranks": [place]}
    hearing.close()


@pytest.mark.parametrize(("what", "prefix"), [("deposit", "dep"), ("withdrawal", "wdr")])
def test_money_on_its_way(world: World, what: str, prefix: str) -> None:
    hearing, other = Ear(world), Ear(world, f"{what}.*")
    happen(world, f"{what}.updated", number_of(hearing.who), **{what: ROW, "status": "PENDING"})
    told = {f"{what}Id": f"{prefix}_{HEX}", "status": "PENDING"}
    assert hearing.one(f"{what}.updated") == told
    assert other.types() == []
    hearing.close()
    other.close()


def test_long_texts_are_cut_off(world: World) -> None:
    hearing = Ear(world, "post.commented")

    def rows(connection: Any) -> None:
        about = {"text": "€" * 50_000, "list": ["y" * 2_000] * 500}
        who = number_of(hearing.who)
        deliveries.tell(connection, world.now, who, "post.commented", about)

    world.do(world.running.services.gateway.submit(None, rows))
    hearing.listen()
    (got,) = hearing.there.got
    assert len(got.body) <= deliveries.MOST_BODY
    hearing.close()


def test_who_has_no_webhook_costs_no_step(world: World) -> None:
    """The follower goes on without a submission; what comes later is heard all the same."""
    table = Table(world)
    world.work()
    table.rest(world.join(), "buy yes", 40, 3)
    worker = world.running.jobs.all["webhooks"]
    world.do(worker.catch_up())
    seq = world.running.services.gateway.seq
    world.do(worker.catch_up())
    assert worker.lag == 0
    assert world.running.services.gateway.seq == seq


def test_a_restart_misses_and_repeats_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    open_wide(world)
    world.work()
    who, table = world.join(), Table(world)
    there = receiver(world)
    subscribe(who, there.url, "limit_order.created")
    table.rest(who, "buy yes", 40, 1)
    world.do(world.running.jobs.all["webhooks"].catch_up())  # queued and not sent
    table.rest(who, "buy yes", 41, 1)  # not even queued
    world.do(there.close())
    world.restart()
    open_wide(world)

    after = world.do(Receiver().start(port=there.port))
    world.work()
    assert types(after) == ["limit_order.created"] * 2
    assert len({got.headers["webhook-id"] for got in after.got}) == 2
    world.do(after.close())
    world.close()


def test_every_type_is_of_the_published_list() -> None:
    assert len(webhooks.TYPES) == len(set(webhooks.TYPES)) == 31
